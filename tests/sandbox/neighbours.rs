//! While some guests burn all the processor time they can get, the others are answered.

use std::fs;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;
use tokio::task::JoinHandle;
use tonic::Code;

use crate::stage::{all_is_well, neighbour_is_well};
use crate::support::guests::{Refusal, answer, bell, config, event, fixture, host, refusal, text};
use crate::support::host::{Client, Host};

/// How long the burners burn.
const BURN: Duration = Duration::from_secs(3);
/// Longest an answer may take meanwhile, on two cores that others use too.
const BOUND: Duration = Duration::from_secs(1);

/// Longest wait for a loop to spin, or to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// A host whose burners have no limit but the caller's deadline.
async fn furnace() -> Host {
    let endless = json!({ "memory": "16MiB", "fuel": "unlimited" });
    let drivers =
        ["endless-loop", "memory-bomb", "slow-ok"].map(|name| (name, fixture(name, endless.clone())));
    host(&config(drivers.into_iter().collect())).await
}

/// Asks for a Bell pair until the time is up; how long each took, shortest first.
async fn bells(client: &Client, job: &str, least: usize, until: Instant) -> Vec<Duration> {
    let mut times = Vec::new();
    while times.len() < least || Instant::now() < until {
        let began = Instant::now();
        answer(client, bell(&format!("{job}-{}", times.len()), "sim:local", &[])).await;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    times
}

fn shown(times: &[Duration]) -> String {
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    format!("p50 {:?}, p99 {:?}, longest {:?} of {}", at(50), at(99), at(100), times.len())
}

fn burn(
    client: &Client,
    job: String,
    device: &'static str,
    options: Vec<(&'static str, String)>,
) -> JoinHandle<Refusal> {
    let client = client.clone();
    tokio::spawn(async move {
        let options: Vec<_> = options.iter().map(|(key, value)| (*key, value.as_str())).collect();
        refusal(&client, bell(&job, device, &options)).await
    })
}

async fn active(host: &Host, driver: &str, wanted: impl Fn(f64) -> bool) {
    let labels = [("driver", driver), ("state", "active")];
    host.wait_for_metric("eigen_driver_connections", &labels, wanted).await;
}

#[tokio::test]
async fn neighbours_are_answered_while_loops_spin_bombs_go_off_and_others_compute() {
    let host = furnace().await;
    let (client, burners) = (host.client().await, host.client().await);
    bells(&client, "warm", 20, Instant::now()).await;
    let quiet = bells(&client, "quiet", 100, Instant::now()).await;
    println!("neighbour alone:            {}", shown(&quiet));

    let began = Instant::now();
    let deadline = || ("dm.timeout", format!("{}ms", BURN.as_millis()));
    let loops = (0..4)
        .map(|number| burn(&burners, format!("loop-{number}"), "fixture:endless-loop", vec![deadline()]));
    let busy = ["ms", "how"].into_iter().zip(["3600000".to_owned(), "busy".to_owned()]).chain([deadline()]);
    let busy: Vec<_> = busy.collect();
    let busy = (0..2).map(|number| burn(&burners, format!("busy-{number}"), "fixture:slow-ok", busy.clone()));
    let burning: Vec<_> = loops.chain(busy).collect();
    active(&host, "endless-loop", |lent| lent == 4.0).await;
    active(&host, "slow-ok", |lent| lent == 2.0).await;
    let bombs = async {
        let mut number = 0;
        while began.elapsed() < BURN {
            let bomb = refusal(&burners, bell(&format!("bomb-{number}"), "fixture:memory-bomb", &[])).await;
            bomb.is(Code::ResourceExhausted, "EIGEN_BACKEND_CAPACITY", "quota");
            number += 1;
        }
        number
    };
    let last_start = began + BURN.mul_f64(0.9);
    let (times, bombs) = tokio::join!(bells(&client, "beside", 1, last_start), bombs);
    println!("beside 6 burners, {bombs} bombs: {}", shown(&times));
    for ended in join_all(burning).await {
        ended.unwrap().is(Code::DeadlineExceeded, "EIGEN_BACKEND_TIMEOUT", "network");
    }
    let took = began.elapsed();
    println!("burners with a deadline of {BURN:?} were stopped after {took:?}");
    assert!(took < BURN + Duration::from_secs(2), "the deadline came late: {took:?}");
    assert!(bombs > 0 && times.len() >= 3, "too little happened to show anything");
    assert!(times.iter().all(|time| *time < BOUND), "over {BOUND:?}: {}", shown(&times));
    for device in ["fixture:endless-loop", "fixture:slow-ok", "fixture:memory-bomb"] {
        all_is_well(&host, &client, device, &format!("burnt-{device}")).await;
    }
}

/// Processor time the process has used, in ticks of 10 ms: fields 14 and 15 of `/proc/PID/stat`, proc(5).
fn ticks(host: &Host) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", host.id())).unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

/// Share of one core that the process used during a while.
async fn load(host: &Host) -> f64 {
    let (before, began) = (ticks(host), Instant::now());
    tokio::time::sleep(Duration::from_millis(250)).await;
    (ticks(host) - before) as f64 / 100.0 / began.elapsed().as_secs_f64()
}

#[tokio::test]
async fn a_caller_that_hangs_up_stops_its_endless_loop() {
    let host = furnace().await;
    let client = host.client().await;
    let call = burn(&client, "hung-up".to_owned(), "fixture:endless-loop", vec![]);
    active(&host, "endless-loop", |lent| lent == 1.0).await;
    // A tenth of a second of processor time: it spins.
    let (before, end) = (ticks(&host), Instant::now() + PATIENCE);
    while ticks(&host) < before + 10 {
        assert!(Instant::now() < end, "the loop never span");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    call.abort();
    let closed = event(&host, "connection_closed", "hung-up").await;
    assert_eq!((text(&closed, "driver_name"), text(&closed, "why")), ("endless-loop", "condemned"));
    active(&host, "endless-loop", |lent| lent == 0.0).await;
    let labels = [("driver", "endless-loop"), ("operation", "execute_circuit"), ("status", "CANCELLED")];
    host.wait_for_metric("eigen_driver_requests_total", &labels, |calls| calls == 1.0).await;
    let mut idle = load(&host).await;
    let end = Instant::now() + PATIENCE;
    while idle > 0.2 && Instant::now() < end {
        idle = load(&host).await;
    }
    println!("after the caller hung up: {idle:.2} of a core");
    assert!(idle <= 0.2, "the loop still spins: {idle}");
    all_is_well(&host, &client, "fixture:endless-loop", "hung-up").await;
    neighbour_is_well(&client, "after-hanging-up").await;
}
