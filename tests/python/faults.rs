//! Whatever a worker does, its caller is told, others are served, and the driver comes back.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tonic::Code;

use crate::stage::{Stage, ask, code, worker};
use crate::support::guests::{answer, bell};
use crate::support::host::new_folder;

fn process(pid: i32) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}"))
}

#[tokio::test]
async fn a_worker_that_is_killed_is_back_within_a_second() {
    let stage = Stage::new(json!({}));
    stage.install("1.0.0", "def", "");
    let host = stage.start().await;
    let client = host.client().await;
    let first = worker(&ask(&client, &[]).await.unwrap());
    kill_process(Pid::from_raw(first).unwrap(), Signal::KILL).unwrap();
    let started = Instant::now();
    let second = worker(&ask(&client, &[("seed", "2")]).await.unwrap());
    assert_ne!(first, second);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_call_whose_worker_dies_is_tried_again_where_that_does_no_harm() {
    // Without a sandbox, so that it can leave a mark, and may have sent a job.
    let stage = Stage::new(json!({ "python": { "isolation": "none" } }));
    let mark = new_folder();
    // It dies once, and leaves a mark.
    let body = format!(
        "mark = {:?}\nif options.get('die') and not os.path.exists(mark):\n    open(mark, 'w').close()\n    os._exit(7)",
        mark.path().join("died").display().to_string()
    );
    stage.install("1.0.0", "def", &body);
    let host = stage.start().await;
    worker(&ask(&host.client().await, &[("die", "1")]).await.unwrap());
    assert!(mark.path().join("died").exists());
    host.wait_for_metric("eigen_driver_traps_total", &[("driver", "lab"), ("kind", "worker_died")], |died| {
        died > 0.5
    })
    .await;
}

#[tokio::test]
async fn a_driver_that_holds_the_interpreter_is_killed_at_its_deadline_and_others_are_served_meanwhile() {
    let stage = Stage::new(json!({ "resilience": { "retry": { "attempts": 1 } } }));
    stage.install("1.0.0", "def", "while options.get('loop'): pass");
    let host = stage.start().await;
    let client = host.client().await;
    let stuck = worker(&ask(&client, &[]).await.unwrap());
    let looping = tokio::spawn({
        let client = client.clone();
        async move { ask(&client, &[("loop", "1"), ("dm.timeout", "700ms")]).await }
    });
    while !looping.is_finished() {
        answer(&client, bell("other", "sim:local", &[])).await;
    }
    assert_eq!(code(looping.await.unwrap()), Code::DeadlineExceeded);
    let until = Instant::now() + Duration::from_secs(10);
    while process(stuck).exists() {
        assert!(Instant::now() < until, "the worker loops on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_ne!(worker(&ask(&client, &[("seed", "3")]).await.unwrap()), stuck);
}

#[tokio::test]
async fn a_coroutine_whose_caller_has_gone_is_cancelled_and_its_worker_lives_on() {
    let stage = Stage::new(json!({ "resilience": { "retry": { "attempts": 1 } } }));
    let body = "
if options.get('wait'):
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        self.cancelled = True
        raise
seen['cancelled'] = str(getattr(self, 'cancelled', False))";
    stage.install("1.0.0", "async def", body);
    let host = stage.start().await;
    let client = host.client().await;
    let first = worker(&ask(&client, &[]).await.unwrap());
    let waiting = ask(&client, &[("wait", "1"), ("dm.timeout", "300ms")]).await;
    assert_eq!(code(waiting), Code::DeadlineExceeded);
    // Answers come in order: once one tells of the cancellation, the host has heard of it too, and kills nobody.
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let answer = ask(&client, &[]).await.unwrap();
        assert_eq!(worker(&answer), first);
        if answer.metadata["cancelled"] == "True" {
            break;
        }
        assert!(Instant::now() < until, "the coroutine waits on");
    }
}

#[tokio::test]
async fn a_driver_that_cannot_be_imported_is_refused_and_the_log_says_where() {
    let stage = Stage::new(json!({}));
    stage.install_file("1.0.0", "import no_such_package_here\n");
    let host = stage.start().await;
    assert_eq!(code(ask(&host.client().await, &[]).await), Code::NotFound);
    host.log().wait_for("the reason", |line| line.to_string().contains("no_such_package_here")).await;
}

#[tokio::test]
async fn no_worker_outlives_a_host_that_is_killed() {
    let stage = Stage::new(json!({}));
    stage.install("1.0.0", "def", "while options.get('loop'): pass");
    let mut host = stage.start().await;
    let client = host.client().await;
    let orphan = worker(&ask(&client, &[]).await.unwrap());
    let looping = tokio::spawn(async move { ask(&client, &[("loop", "1")]).await });
    // The call is under way once the worker burns processor time.
    let stat = || std::fs::read_to_string(process(orphan).join("stat")).unwrap_or_default();
    let ticks = |stat: &str| stat.split(' ').nth(13).and_then(|ticks| ticks.parse::<u64>().ok()).unwrap_or(0);
    let before = ticks(&stat());
    while ticks(&stat()) < before + 5 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    host.signal(Signal::KILL);
    let killed = Instant::now();
    // A zombie is no process: nobody is left to collect it but the machine's first process.
    while process(orphan).exists() && !stat().contains(") Z ") {
        assert!(killed.elapsed() < Duration::from_secs(1), "the worker lives on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    host.wait().await;
    assert!(looping.await.unwrap().is_err());
}
