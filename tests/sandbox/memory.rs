//! All guests together: the host's own bound on memory holds, whatever each of them was granted.

use std::fs;

use serde_json::json;
use tonic::Code;

use crate::stage::{condemned, neighbour_is_well};
use crate::support::guests::{answer, bell, config, fixture, host, refusal};
use crate::support::host::Host;

/// All guests together.
const TOTAL_MIB: u64 = 96;
/// Bombs at once, each of which was granted all of it.
const BOMBS: usize = 4;
/// What the host may need besides, in MiB: stacks, buffers, the allocator's own.
const SLACK_MIB: u64 = 48;

/// A figure of the process, in MiB: `VmRSS` is what it holds, `VmHWM` the most it ever held.
fn figure(host: &Host, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", host.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
}

#[tokio::test]
async fn many_bombs_at_once_stay_under_the_host_s_own_bound() {
    let all = format!("{TOTAL_MIB}MiB");
    let limits = json!({ "memory": all, "fuel": "unlimited", "instances": BOMBS, "retire_above": "100%" });
    let mut settings = config(json!({
        "memory-bomb": fixture("memory-bomb", limits.clone()),
        "giant-result": fixture("giant-result", limits.clone()),
        "simulator": { "limits": { "memory": all } },
    }));
    settings["wasm"] = json!({ "guest_memory_total": all });
    let host = host(&settings).await;
    let client = host.client().await;
    // An idle instance that keeps some: no bomb can get all that it was granted.
    answer(&client, bell("ballast", "fixture:giant-result", &[("mebibytes", "8")])).await;
    neighbour_is_well(&client, "before").await;
    let before = figure(&host, "VmRSS");

    for round in 0..3 {
        let bomb = async |number: usize| {
            let job = format!("bomb-{round}-{number}");
            let refused = refusal(&client, bell(&job, "fixture:memory-bomb", &[])).await;
            refused.is(Code::ResourceExhausted, "EIGEN_BACKEND_CAPACITY", "quota");
            refused
                .names(&format!("host-wide guest memory limit {TOTAL_MIB}MiB"), "`wasm.guest_memory_total`");
            condemned(&host, "memory-bomb", "host_memory", &job).await;
        };
        futures::future::join_all((0..BOMBS).map(bomb)).await;
        // What they took is free again.
        neighbour_is_well(&client, &format!("round-{round}")).await;
    }

    let (peak, after) = (figure(&host, "VmHWM"), figure(&host, "VmRSS"));
    println!(
        "resident before {before} MiB, at the peak {peak} MiB, after {after} MiB; bound {TOTAL_MIB} MiB"
    );
    assert!(peak > before + TOTAL_MIB / 2, "the bombs took nothing: this test shows nothing");
    assert!(peak < before + TOTAL_MIB + SLACK_MIB, "{peak} MiB at the peak, {before} MiB before");
    assert!(after < before + SLACK_MIB, "{after} MiB after, {before} MiB before");
}
