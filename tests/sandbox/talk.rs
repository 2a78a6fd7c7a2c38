//! What guests say: three sources, one structured log, one budget.

use serde_json::Value;

use crate::stage::{neighbour_is_well, stage};
use crate::support::guests::{SHOTS, answer, bell, event, text};

/// `log_rate` and `log_line` of the shared host's `giant-log`.
const RATE: usize = 32 << 10;
const LINE: usize = 1 << 10;

#[tokio::test]
async fn a_flood_is_cut_to_its_rate_the_loss_is_counted_and_the_answer_is_still_good() {
    let host = stage().await;
    let client = host.client().await;
    let began = std::time::Instant::now();
    let request = bell("flood", "fixture:giant-log", &[("mebibytes", "8")]);
    let answer = answer(&client, request).await;
    assert_eq!(answer.counts, [("00".to_owned(), i64::from(SHOTS))].into());
    assert_eq!(answer.metadata.get("stream_lines").map(String::as_str), Some("16384"), "all was taken in");
    event(host, "rpc_end", "flood").await;
    let earned = RATE * (2 + usize::try_from(began.elapsed().as_secs()).unwrap());
    let lines = said("flood", host.log().json());
    let bytes: usize = lines.iter().map(|line| text(line, "message").len()).sum();
    assert!(bytes <= earned, "{bytes} bytes were logged, {earned} are allowed");
    assert!(bytes >= RATE / 2, "only {bytes} bytes were logged");
    assert_eq!(lines[1]["fields"]["number"], "0", "{}", lines[1]);
    for line in &lines {
        assert!(text(line, "message").len() <= LINE + "…".len(), "{} bytes", text(line, "message").len());
    }
    // 24 MiB of lines of 1 KiB, nearly all of them dropped. The rest is told with the next line that passes.
    answer_quietly("after-the-flood").await;
    let labels = [("driver", "giant-log")];
    let dropped =
        host.wait_for_metric("eigen_driver_log_lines_dropped_total", &labels, |lines| lines > 20_000.0).await;
    println!("flood: {} lines of {bytes} bytes logged, {dropped} lines dropped", lines.len());
    let told = host.log().wait_for("the loss", |line| line["event"] == "guest_log_dropped").await;
    assert_eq!(text(&told, "driver_name"), "giant-log");
    neighbour_is_well(&client, "flood").await;
}

/// Lets the bucket fill a little, so that a line passes.
async fn answer_quietly(job: &str) {
    let client = stage().await.client().await;
    for turn in 0.. {
        let job = format!("{job}-{turn}");
        answer(&client, bell(&job, "fixture:giant-log", &[("mebibytes", "0")])).await;
        event(stage().await, "rpc_end", &job).await;
        if !said(&job, stage().await.log().json()).is_empty() {
            return;
        }
    }
}

fn said(job: &str, log: Vec<Value>) -> Vec<Value> {
    let ours = |line: &Value| line["event"] == "guest_log" && line["job_id"] == job;
    log.into_iter().filter(ours).collect()
}

mod voices {
    use serde_json::json;

    use super::{answer, bell, event, said, text};
    use crate::support::guests::{config, fixture, host};

    #[tokio::test]
    async fn log_stdout_and_stderr_become_lines_with_driver_job_and_level() {
        let limits = json!({ "memory": "64MiB", "log_rate": "1MiB", "log_line": "1KiB" });
        let host = host(&config(json!({ "giant-log": fixture("giant-log", limits) }))).await;
        let client = host.client().await;
        // Nothing but the endless first line and the unended last ones.
        answer(&client, bell("voices", "fixture:giant-log", &[("mebibytes", "0")])).await;
        event(&host, "rpc_end", "voices").await;
        let lines = said("voices", host.log().json());
        let heard: Vec<_> = lines.iter().map(|line| (text(line, "level"), text(line, "message"))).collect();
        assert!(
            lines.iter().all(|line| line["driver_name"] == "giant-log" && line["instance"].is_u64()),
            "{lines:?}"
        );
        assert_eq!(heard.len(), 3, "{heard:?}");
        assert!(
            heard[0].0 == "INFO" && heard[0].1.starts_with("xxxx") && heard[0].1.len() <= 1030,
            "{heard:?}"
        );
        assert_eq!(heard[1..], [("INFO", "and this is the end"), ("WARN", "and this is the end")]);
    }
}
