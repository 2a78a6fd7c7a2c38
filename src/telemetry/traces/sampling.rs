//! Which requests are recorded.

use opentelemetry::trace::SpanKind;
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, ShouldSample as _};

use super::recording::exported_trace_id;
use crate::telemetry::trace_context::TraceContext;

/// How it is decided whether a request is recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Sampling {
    /// None is: there is nowhere to send spans.
    #[default]
    Off,
    /// As follows.
    On {
        /// Whether the decision of a caller that made one holds.
        follow_caller: bool,
        /// The share of the others, 0 to 1. Chosen by trace id, so that all services choose the same traces.
        share: f64,
    },
}

impl Sampling {
    /// Decides on a request, and notes in its context what callees are told. Whether it is recorded.
    pub fn decide(self, trace: &mut TraceContext) -> bool {
        let remote = trace.parent_span_id.is_some();
        let recorded = match self {
            // The caller's own recording goes on through us.
            Self::Off => {
                trace.sampled &= remote;
                return false;
            }
            Self::On { follow_caller: true, .. } if remote => trace.sampled,
            Self::On { share, .. } => {
                let id = exported_trace_id(&trace.trace_id);
                let sampler = Sampler::TraceIdRatioBased(share);
                let result = sampler.should_sample(None, id, "", &SpanKind::Server, &[], &[]);
                result.decision == SamplingDecision::RecordAndSample
            }
        };
        trace.sampled = recorded;
        recorded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

    fn decided(sampling: Sampling, traceparent: Option<&str>) -> (bool, bool) {
        let mut trace = TraceContext::from_headers(traceparent, None);
        (sampling.decide(&mut trace), trace.sampled)
    }

    #[test]
    fn a_caller_s_decision_holds_where_it_is_followed() {
        let all = Sampling::On { follow_caller: true, share: 1.0 };
        let none = Sampling::On { follow_caller: true, share: 0.0 };
        assert_eq!(decided(none, Some(SAMPLED)), (true, true));
        assert_eq!(decided(all, Some(UNSAMPLED)), (false, false));
        assert_eq!((decided(all, None), decided(none, None)), ((true, true), (false, false)));
        let own = Sampling::On { follow_caller: false, share: 1.0 };
        assert_eq!(decided(own, Some(UNSAMPLED)), (true, true));
    }

    #[test]
    fn without_traces_nothing_is_recorded_and_a_caller_s_flag_is_handed_on() {
        assert_eq!(decided(Sampling::Off, Some(SAMPLED)), (false, true));
        assert_eq!(decided(Sampling::Off, Some(UNSAMPLED)), (false, false));
        assert_eq!(decided(Sampling::Off, None), (false, false));
    }

    #[test]
    fn about_the_share_that_is_asked_for_is_recorded() {
        let tenth = Sampling::On { follow_caller: true, share: 0.1 };
        let recorded = (0..10_000).filter(|_| decided(tenth, None).0).count();
        assert!((800..1200).contains(&recorded), "{recorded}");
    }
}
