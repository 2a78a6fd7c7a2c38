//! The load: Bell calls, a number of them in flight, for a slice of time.
//!
//! Closed loops: each caller sends its next call when the last is answered, as a Kernel does. Every answer
//! is checked, and one that is wrong or missing ends the benchmark: a fast error is no result.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::task::JoinSet;
use tonic::transport::{Channel, Endpoint};

use crate::proto;
use crate::proto::driver_manager_service_client::DriverManagerServiceClient;

/// The circuit of every call.
const BELL: &str = include_str!("../../examples/bell.aqo.json");
const SHOTS: i32 = 1024;
/// Fixed, so that each call does the same work.
const SEED: &str = "7";

/// How calls come in.
#[derive(Clone, Copy)]
pub enum Load {
    /// So many at once, over one channel.
    InFlight(usize),
    /// One after the other, each over a new channel, connecting included.
    NewChannel,
}

impl Load {
    /// Those that are measured.
    pub const ALL: [Self; 3] = [Self::InFlight(1), Self::InFlight(32), Self::NewChannel];

    /// Its part of a row's name.
    pub fn name(self) -> String {
        match self {
            Self::InFlight(calls) => format!("{calls}-in-flight"),
            Self::NewChannel => "new-channel".to_owned(),
        }
    }

    /// Puts this load on the server that the endpoint names, for about `slice`.
    pub async fn run(self, endpoint: &Endpoint, slice: Duration) -> Result<Sample> {
        let callers = match self {
            Self::InFlight(calls) => {
                let channel = endpoint.connect().await.context("cannot connect")?;
                vec![Line::Kept(channel); calls]
            }
            Self::NewChannel => vec![Line::New(Box::new(endpoint.clone()))],
        };
        let started = Instant::now();
        let mut running: JoinSet<Result<Vec<Call>>> =
            callers.into_iter().map(|line| caller(line, started + slice)).collect();
        let mut calls = Vec::new();
        while let Some(ended) = running.join_next().await {
            calls.extend(ended??);
        }
        Sample::of(&calls, started.elapsed())
    }
}

/// What a caller calls through.
#[derive(Clone)]
enum Line {
    Kept(Channel),
    New(Box<Endpoint>),
}

impl Line {
    async fn channel(&self) -> Result<Channel> {
        match self {
            Self::Kept(channel) => Ok(channel.clone()),
            Self::New(endpoint) => endpoint.connect().await.context("cannot connect"),
        }
    }
}

/// One call, as its caller saw it.
struct Call {
    latency: Duration,
    /// Seconds the driver says that it worked.
    driver: f64,
}

async fn caller(line: Line, until: Instant) -> Result<Vec<Call>> {
    let bell = bell();
    let mut calls = Vec::new();
    while calls.is_empty() || Instant::now() < until {
        let request = bell.clone();
        let started = Instant::now();
        let mut client = DriverManagerServiceClient::new(line.channel().await?);
        let answer = client.execute_circuit(request).await;
        let latency = started.elapsed();
        let answer = answer.context("a Bell call failed")?.into_inner();
        check(&answer)?;
        calls.push(Call { latency, driver: answer.execution_time_sec });
    }
    Ok(calls)
}

fn bell() -> proto::ExecuteCircuitRequest {
    proto::ExecuteCircuitRequest {
        job_id: "bench".to_owned(),
        device_id: "sim:local".to_owned(),
        payload: Some(proto::CircuitPayload {
            format: proto::CircuitFormat::AqoJson.into(),
            data: BELL.into(),
        }),
        shots: SHOTS,
        // Every call is to be carried out: an answer from memory would be no result.
        options: [("seed", SEED), ("dm.cache", "bypass")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
    }
}

fn check(answer: &proto::ExecuteCircuitResponse) -> Result<()> {
    let count = |key: &str| answer.counts.get(key).copied().unwrap_or(0);
    let (zeros, ones) = (count("00"), count("11"));
    ensure!(
        zeros > 0 && ones > 0 && zeros + ones == i64::from(SHOTS),
        "the answer to a Bell circuit is wrong: {:?}",
        answer.counts
    );
    Ok(())
}

/// What a slice of load showed.
pub struct Sample {
    /// Median latency, µs.
    pub p50: f64,
    /// 99th percentile of latency, µs.
    pub p99: f64,
    /// Calls answered, 1/s.
    pub rate: f64,
    /// Median of the time the driver says that it worked, µs.
    pub driver: f64,
}

impl Sample {
    fn of(calls: &[Call], elapsed: Duration) -> Result<Self> {
        let latencies: Vec<f64> = calls.iter().map(|call| micros(call.latency.as_secs_f64())).collect();
        let driver: Vec<f64> = calls.iter().map(|call| micros(call.driver)).collect();
        let nothing = "no call was made";
        Ok(Self {
            p50: percentile(&latencies, 50).context(nothing)?,
            p99: percentile(&latencies, 99).context(nothing)?,
            rate: calls.len() as f64 / elapsed.as_secs_f64(),
            driver: percentile(&driver, 50).context(nothing)?,
        })
    }
}

fn micros(seconds: f64) -> f64 {
    seconds * 1e6
}

/// The smallest of the values that at least `percent` of them do not exceed (nearest rank).
pub fn percentile(values: &[f64], percent: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (values.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// The middle value; of an even number of values, the mean of the two in the middle.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let (below, above) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
    match (sorted.get(below), sorted.get(above)) {
        (Some(below), Some(above)) => f64::midpoint(*below, *above),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "the values are exact")]

    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values_by_nearest_rank() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 50), Some(100.0));
        assert_eq!(percentile(&values, 99), Some(198.0));
        assert_eq!(percentile(&[3.0], 99), Some(3.0));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn the_median_of_an_even_number_of_values_lies_between_the_middle_two() {
        assert_eq!(median([5.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 100.0]), 3.0);
        assert!(median([]).is_nan());
    }

    #[test]
    fn an_answer_that_lost_shots_or_entanglement_is_refused() {
        let answer = |counts: &[(&str, i64)]| proto::ExecuteCircuitResponse {
            counts: counts.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect(),
            ..Default::default()
        };
        assert!(check(&answer(&[("00", 500), ("11", 524)])).is_ok());
        for wrong in [&[("00", 500), ("11", 523)][..], &[("00", 500), ("01", 524)], &[("00", 1024)], &[]] {
            assert!(check(&answer(wrong)).is_err(), "{wrong:?}");
        }
    }
}
