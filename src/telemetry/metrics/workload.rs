//! What the host itself is busy with: guests that wait for a thread, workers in Python, and its own process.
//!
//! The process' numbers are read when the page is asked for, under the names that Prometheus' client libraries give them
//! (*Writing client libraries*, "Process metrics").

use std::fmt::Error;
use std::time::Instant;

use procfs::process::{LimitValue, Process};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::{
        MetricType,
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::{ConstGauge, Gauge},
        histogram::Histogram,
    },
    registry::{Registry, Unit},
};

use super::{Metrics, clean, register};

label_sets! {
    WorkerLabels { driver: String }
    EndLabels { driver: String, outcome: &'static str }
}

/// Upper bounds of delays, in seconds: 10 µs to 1 s.
const DELAYS: [f64; 12] = [1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 5e-2, 0.1, 0.25, 1.0];

/// The families of this file.
pub(super) struct Workload {
    guests: GuestQueue,
    starts: Family<WorkerLabels, Counter>,
    ends: Family<EndLabels, Counter>,
    resident: Family<WorkerLabels, Gauge>,
}

/// Where calls are counted that wait for a guest thread.
#[derive(Debug, Clone)]
pub struct GuestQueue {
    waiting: Gauge,
    delay: Histogram,
}

/// A call that waits; counted until it begins, or is dropped.
#[derive(Debug)]
pub struct Waiting {
    queue: GuestQueue,
    since: Instant,
}

impl GuestQueue {
    /// A call joins the queue.
    pub fn enter(&self) -> Waiting {
        self.waiting.inc();
        Waiting { queue: self.clone(), since: Instant::now() }
    }
}

impl Waiting {
    /// A thread has taken it up.
    pub fn begins(self) {
        self.queue.delay.observe(self.since.elapsed().as_secs_f64());
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.queue.waiting.dec();
    }
}

/// A worker's process: what it holds is taken off when this is dropped.
#[derive(Debug)]
pub struct WorkerGauge {
    resident: Gauge,
    last: i64,
    died: Counter,
    shut_down: Counter,
}

impl WorkerGauge {
    /// Notes its memory in RAM, in bytes.
    pub fn resident(&mut self, bytes: u64) {
        let now = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.resident.inc_by(now - self.last);
        self.last = now;
    }

    /// Counts its end: whether it died, or nobody needed it any more.
    pub fn ended(&self, died: bool) {
        if died { &self.died } else { &self.shut_down }.inc();
    }
}

impl Drop for WorkerGauge {
    fn drop(&mut self) {
        self.resident.dec_by(self.last);
    }
}

impl Workload {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let guests = GuestQueue { waiting: Gauge::default(), delay: Histogram::new(DELAYS) };
        let waiting = guests.waiting.clone();
        registry.register("eigen_driver_guest_queue", "Calls that wait for a guest thread", waiting);
        registry.register_with_unit(
            "eigen_driver_guest_scheduling_delay",
            "Time from a call's hand-over to when a guest thread took it up for the first time",
            Unit::Seconds,
            guests.delay.clone(),
        );
        let resident: Family<WorkerLabels, Gauge> = Family::default();
        registry.register_with_unit(
            "eigen_driver_worker_resident",
            "Memory in RAM of a driver's Python workers, shared libraries included in each",
            Unit::Bytes,
            resident.clone(),
        );
        registry.register_collector(Box::new(OwnProcess));
        Self {
            guests,
            resident,
            starts: register(registry, "eigen_driver_worker_starts", "Python workers started"),
            ends: register(
                registry,
                "eigen_driver_worker_ends",
                "Python workers that ended: shut_down when nobody needed them, else died",
            ),
        }
    }
}

impl Metrics {
    /// Where calls are counted that wait for a guest thread.
    pub fn guest_queue(&self) -> GuestQueue {
        self.workload.guests.clone()
    }

    /// Counts a worker that was started, and what it holds as long as the gauge is kept.
    pub fn worker_started(&self, driver: &str) -> WorkerGauge {
        let labels = WorkerLabels { driver: clean(driver) };
        self.workload.starts.get_or_create(&labels).inc();
        let end = |outcome| {
            self.workload.ends.get_or_create_owned(&EndLabels { driver: labels.driver.clone(), outcome })
        };
        WorkerGauge {
            resident: self.workload.resident.get_or_create_owned(&labels),
            last: 0,
            died: end("died"),
            shut_down: end("shut_down"),
        }
    }
}

/// Reads `/proc/self` for every page.
#[derive(Debug)]
struct OwnProcess;

impl Collector for OwnProcess {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        // What cannot be read is left out: the other families must not be lost for it.
        let Ok(process) = Process::myself() else { return Ok(()) };
        if let Ok(stat) = process.stat() {
            let ticks = procfs::ticks_per_second() as f64;
            let seconds = (stat.utime + stat.stime) as f64 / ticks;
            let family = encoder.encode_descriptor(
                "process_cpu",
                "Processor time of this process",
                Some(&Unit::Seconds),
                MetricType::Counter,
            )?;
            ConstCounter::new(seconds).encode(family)?;
            gauge(&mut encoder, "process_threads", "Threads of this process", stat.num_threads as f64)?;
            let resident = stat.rss as f64 * procfs::page_size() as f64;
            let help = "Memory in RAM of this process, in bytes";
            gauge(&mut encoder, "process_resident_memory_bytes", help, resident)?;
            let help = "Address space of this process, in bytes";
            gauge(&mut encoder, "process_virtual_memory_bytes", help, stat.vsize as f64)?;
            if let Ok(boot) = procfs::boot_time_secs() {
                let started = boot as f64 + stat.starttime as f64 / ticks;
                let help = "When this process was started, in seconds since 1970";
                gauge(&mut encoder, "process_start_time_seconds", help, started)?;
            }
        }
        if let Ok(files) = process.fd_count() {
            gauge(&mut encoder, "process_open_fds", "Files that this process has open", files as f64)?;
        }
        if let Ok(limits) = process.limits()
            && let LimitValue::Value(most) = limits.max_open_files.soft_limit
        {
            gauge(&mut encoder, "process_max_fds", "Files that it may have open", most as f64)?;
        }
        Ok(())
    }
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> Result<(), Error> {
    let family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    ConstGauge::new(value).encode(family)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::telemetry::metrics::BuildInfo;

    fn value(page: &str, sample: &str) -> Option<f64> {
        page.lines().find_map(|line| line.strip_prefix(sample)?.trim().parse().ok())
    }

    #[test]
    fn a_call_that_waits_is_counted_until_it_begins_or_is_given_up() {
        let metrics = Metrics::new(BuildInfo { version: "1", interface: "1" });
        let queue = metrics.guest_queue();
        let (one, other) = (queue.enter(), queue.enter());
        assert_eq!(value(&metrics.encode(), "eigen_driver_guest_queue "), Some(2.0));
        one.begins();
        drop(other);
        let page = metrics.encode();
        assert_eq!(value(&page, "eigen_driver_guest_queue "), Some(0.0));
        assert_eq!(value(&page, "eigen_driver_guest_scheduling_delay_seconds_count "), Some(1.0));
    }

    #[test]
    fn what_workers_hold_is_summed_and_goes_with_them() {
        let metrics = Metrics::new(BuildInfo { version: "1", interface: "1" });
        let held = "eigen_driver_worker_resident_bytes{driver=\"lab\"} ";
        let (mut one, mut other) = (metrics.worker_started("lab"), metrics.worker_started("lab"));
        one.resident(100);
        other.resident(10);
        one.resident(50);
        assert_eq!(value(&metrics.encode(), held), Some(60.0));
        drop(one);
        assert_eq!(value(&metrics.encode(), held), Some(10.0));
        assert_eq!(value(&metrics.encode(), "eigen_driver_worker_starts_total{driver=\"lab\"} "), Some(2.0));
    }

    #[test]
    fn this_process_is_described_by_the_names_that_prometheus_gives() {
        let page = Metrics::new(BuildInfo { version: "1", interface: "1" }).encode();
        for sample in [
            "process_cpu_seconds_total ",
            "process_resident_memory_bytes ",
            "process_virtual_memory_bytes ",
            "process_start_time_seconds ",
            "process_open_fds ",
            "process_max_fds ",
            "process_threads ",
        ] {
            assert!(value(&page, sample).is_some_and(|value| value >= 0.0), "{sample}{page}");
        }
        let started = value(&page, "process_start_time_seconds ").unwrap_or_default();
        let now =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        assert!((0.0..3600.0).contains(&(now.as_secs_f64() - started)), "{started}");
    }
}
