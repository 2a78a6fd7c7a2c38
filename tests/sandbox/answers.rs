//! Drivers that answer honestly, but late.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tonic::Code;

use crate::stage::{all_is_well, condemned, stage};
use crate::support::guests::{SHOTS, answer, bell, event, refusal, text};

/// One test at a time uses the slow driver, so that each knows which instance it gets.
static SLOW: Mutex<()> = Mutex::const_new(());

async fn in_time(job: &str, device: &str, options: &[(&str, &str)], at_least: Duration) {
    let client = stage().await.client().await;
    let began = Instant::now();
    let good = answer(&client, bell(job, device, options)).await;
    assert!(began.elapsed() >= at_least, "{job} answered after {:?}", began.elapsed());
    assert_eq!(good.counts, [("00".to_owned(), i64::from(SHOTS))].into());
}

#[tokio::test]
async fn a_slow_driver_is_waited_for_asleep_or_busy() {
    let _turn = SLOW.lock().await;
    for how in ["asleep", "busy"] {
        let options = [("ms", "300"), ("how", how), ("dm.timeout", "30s")];
        in_time(&format!("slow-{how}"), "fixture:slow-ok", &options, Duration::from_millis(300)).await;
    }
}

#[tokio::test]
async fn a_deadline_gets_through_to_a_guest_asleep_or_busy_with_unlimited_fuel() {
    let _turn = SLOW.lock().await;
    let host = stage().await;
    let client = host.client().await;
    for how in ["asleep", "busy"] {
        let job = format!("late-{how}");
        let began = Instant::now();
        let options = [("ms", "3600000"), ("how", how), ("dm.timeout", "400ms")];
        let refused = refusal(&client, bell(&job, "fixture:slow-ok", &options)).await;
        let took = began.elapsed();
        println!("deadline of 400 ms, guest {how}: {took:?}");
        assert!((Duration::from_millis(400)..Duration::from_secs(3)).contains(&took), "{how}: {took:?}");
        refused.is(Code::DeadlineExceeded, "EIGEN_BACKEND_TIMEOUT", "network");
        assert!(refused.message.contains("driver `slow-ok`"), "{refused:#?}");
        refused.names("did not answer within 0.", "`dm.timeout`").names("did not answer", "`deadlines`");
        condemned(host, "slow-ok", "deadline", &job).await;
        all_is_well(host, &client, "fixture:slow-ok", &job).await;
    }
}

#[tokio::test]
async fn the_caller_s_own_deadline_counts_as_much_as_the_option() {
    let client = stage().await.client().await;
    let mut request =
        tonic::Request::new(bell("grpc-timeout", "fixture:answers-later", &[("ms", "3600000")]));
    request.set_timeout(Duration::from_millis(300));
    let began = Instant::now();
    let status = client.clone().execute_circuit(request).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5));
    // Whoever is first, host or client, says the same; the client's own word is `Timeout expired`.
    assert!(matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled), "{status:?}");
}

#[tokio::test]
async fn a_submitted_job_is_asked_for_until_it_is_done() {
    in_time("later", "fixture:answers-later", &[("ms", "400")], Duration::from_millis(400)).await;
    in_time("at-once", "fixture:answers-later", &[("ms", "0")], Duration::ZERO).await;
}

#[tokio::test]
async fn a_submitted_job_holds_no_instance_while_it_runs() {
    // More jobs at once than the driver may have instances.
    let client = stage().await.client().await;
    let began = Instant::now();
    let job = async |number: usize| {
        answer(&client, bell(&format!("crowd-{number}"), "fixture:answers-later", &[("ms", "1000")])).await
    };
    let all = futures::future::join_all((0..24).map(job)).await;
    assert!(all.iter().all(|good| good.counts.get("00") == Some(&i64::from(SHOTS))));
    println!("24 jobs of a second over 8 instances: {:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_millis(2500), "they queued: {:?}", began.elapsed());
}

#[tokio::test]
async fn a_submitted_job_that_misses_its_deadline_is_cancelled_at_the_provider() {
    let host = stage().await;
    let client = host.client().await;
    let options = [("ms", "3600000"), ("dm.timeout", "300ms")];
    let refused = refusal(&client, bell("too-late", "fixture:answers-later", &options)).await;
    refused.is(Code::DeadlineExceeded, "EIGEN_BACKEND_TIMEOUT", "network");
    refused.names("at the provider", "cancelled at the provider");
    let failed = event(host, "execution_failed", "too-late").await;
    assert_eq!(text(&failed, "driver_name"), "answers-later", "{failed}");
}
