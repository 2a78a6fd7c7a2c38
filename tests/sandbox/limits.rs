//! Guests that take more than they were granted: stopped, with the limit, its value and its key.

use serde_json::Value;
use tokio::sync::Mutex;
use tonic::Code;

use crate::stage::{all_is_well, condemned, neighbour_is_well, stage};
use crate::support::guests::{Refusal, answer, bell, refusal, text};

/// One test at a time uses the giant, so that each knows which instance it gets.
static GIANT: Mutex<()> = Mutex::const_new(());

/// Makes a driver of the shared host misbehave; checks that it is stopped for this reason and usable again.
async fn stopped(driver: &str, kind: &str, job: &str, options: &[(&str, &str)]) -> (Refusal, Value) {
    let (host, device) = (stage().await, format!("fixture:{driver}"));
    let client = host.client().await;
    let traps = async || host.metric("eigen_driver_traps_total", &[("driver", driver), ("kind", kind)]).await;
    let before = traps().await;
    let refused = refusal(&client, bell(job, &device, options)).await;
    assert_eq!(refused.provider, driver, "{refused:#?}");
    let line = condemned(host, driver, kind, job).await;
    assert!(traps().await > before, "the {kind} trap was not counted");
    all_is_well(host, &client, &device, job).await;
    (refused, line)
}

fn is_capacity(refused: &Refusal) -> &Refusal {
    refused.is(Code::ResourceExhausted, "EIGEN_BACKEND_CAPACITY", "quota")
}

#[tokio::test]
async fn an_endless_loop_ends_with_its_fuel() {
    let (refused, line) = stopped("endless-loop", "fuel", "loop", &[]).await;
    is_capacity(&refused).names("fuel limit of 300000000 units", "`drivers.endless-loop.limits.fuel`");
    assert!(text(&line, "limit").contains("300000000"), "{line}");
}

#[tokio::test]
async fn fuel_is_granted_anew_to_every_call() {
    let client = stage().await.client().await;
    // One instance answers all of them; together they burn many times what one call may.
    for turn in 0..3 {
        let request = bell(&format!("refuelled-{turn}"), "fixture:answers-later", &[("ms", "1")]);
        answer(&client, request).await;
    }
    for turn in 0..2 {
        let refused =
            refusal(&client, bell(&format!("refuelled-loop-{turn}"), "fixture:endless-loop", &[])).await;
        is_capacity(&refused).names("fuel limit of 300000000 units", "limits.fuel");
    }
}

#[tokio::test]
async fn an_endless_recursion_ends_with_its_stack() {
    let (refused, line) = stopped("endless-recursion", "stack", "recursion", &[]).await;
    is_capacity(&refused).names("call stack limit 512KiB", "`wasm.stack`");
    assert!(text(&line, "cause").contains("call stack exhausted"), "{line}");
}

#[tokio::test]
async fn a_memory_bomb_ends_at_its_memory() {
    let (refused, line) = stopped("memory-bomb", "memory", "bomb", &[]).await;
    is_capacity(&refused).names("memory limit 16MiB", "`drivers.memory-bomb.limits.memory`");
    assert!(text(&line, "limit").contains("16MiB"), "{line}");
}

#[tokio::test]
async fn a_table_bomb_ends_at_its_table() {
    let (refused, _) = stopped("table-bomb", "table", "table", &[]).await;
    is_capacity(&refused).names("table elements limit 5000", "`drivers.table-bomb.limits.table_elements`");
}

#[tokio::test]
async fn an_answer_over_the_bound_never_reaches_the_host_whatever_part_of_it_is_giant() {
    let _turn = GIANT.lock().await;
    for part in ["metadata", "counts", "message"] {
        let job = format!("giant-{part}");
        let options = [("part", part), ("mebibytes", "24")];
        let (refused, _) = stopped("giant-result", "host_calls", &job, &options).await;
        is_capacity(&refused)
            .names("data between driver and host limit 8MiB", "`drivers.giant-result.limits.host_calls`");
    }
}

#[tokio::test]
async fn giant_parts_under_the_bound_are_cut_or_refused_and_the_caller_is_told() {
    let _turn = GIANT.lock().await;
    let client = stage().await.client().await;
    let giant =
        |part| bell(&format!("large-{part}"), "fixture:giant-result", &[("part", part), ("mebibytes", "2")]);
    let cut = answer(&client, giant("metadata")).await;
    assert_eq!(cut.metadata.get("metadata_truncated").map(String::as_str), Some("true"));
    assert!(!cut.metadata.contains_key("giant"));
    let long = refusal(&client, giant("message")).await;
    long.is(Code::Internal, "EIGEN_BACKEND_INTERNAL", "internal");
    assert!((100..=1024).contains(&long.message.len()), "{} bytes", long.message.len());
    // Bitstrings of a thousand characters for a circuit of two bits.
    refusal(&client, giant("counts")).await.is(Code::Internal, "EIGEN_BACKEND_INTERNAL", "internal");
    neighbour_is_well(&client, "large").await;
}

#[tokio::test]
async fn a_panic_is_the_driver_s_own_fault_and_its_message_reaches_the_log_alone() {
    let (refused, line) = stopped("panics", "panic", "panic", &[]).await;
    refused.is(Code::Internal, "EIGEN_BACKEND_INTERNAL", "internal");
    assert!(refused.message.contains("driver `panics` panicked"), "{refused:#?}");
    assert!(!format!("{refused:?}").contains("flux capacitor"), "the caller learns too much: {refused:#?}");
    assert!(text(&line, "cause").contains("the flux capacitor is empty"), "{line}");
    assert!(text(&line, "cause").contains("execute"), "no backtrace: {line}");
    let host = stage().await;
    let said = host.log().wait_for("the panic as a line of the guest's", |line| {
        line["event"] == "guest_log" && text(line, "message").contains("the flux capacitor is empty")
    });
    let said = said.await;
    assert_eq!((text(&said, "driver_name"), text(&said, "level")), ("panics", "ERROR"), "{said}");
}
