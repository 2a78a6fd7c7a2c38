//! Seventy ways to misbehave: each is contained, its caller learns why, and its neighbours are served.
//!
//! All of them live in one host, one driver each; what they leave behind is looked for at the end.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod suite;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use driver_manager::grpc::proto::ListDevicesRequest;
use tonic::Code;

use suite::{After, BEFORE, DURING, Stage};
use support::guests::bell;

/// The most that a request may take that was given a third of a second.
const PROMPT: Duration = Duration::from_secs(3);

#[tokio::test]
async fn whatever_a_driver_does_its_caller_learns_and_its_neighbours_are_served() {
    let stage = Stage::start().await;
    let host = &stage.host;
    let client = host.client().await;
    let listed =
        client.clone().list_devices(ListDevicesRequest::default()).await.unwrap().into_inner().devices;
    let devices: BTreeMap<_, _> =
        listed.into_iter().map(|device| (device.device_id.clone(), device)).collect();
    let mut wrong = Vec::new();
    for (word, after) in BEFORE.iter().chain(DURING) {
        let serves = devices.contains_key(&format!("{word}:a"));
        if serves == matches!(after, After::NotLoaded) {
            wrong.push(format!("{word}: in service: {serves}"));
        }
    }
    assert_eq!(devices.keys().filter(|id| id.as_str() == "sim:local").count(), 1);
    for (word, after) in BEFORE.iter().chain(DURING) {
        let After::Answers(codes) = after else { continue };
        let asked = Instant::now();
        let request = bell(word, &format!("{word}:a"), &[("dm.timeout", "300ms")]);
        let code = match client.clone().execute_circuit(request).await {
            Ok(answer) => {
                let metadata = answer.into_inner().metadata;
                if metadata["driver"] != *word || metadata["executed_on"] != format!("{word}:a") {
                    wrong.push(format!("{word}: {metadata:?}"));
                }
                Code::Ok
            }
            Err(status) => status.code(),
        };
        if !codes.contains(&code) || asked.elapsed() > PROMPT {
            wrong.push(format!("{word}: {code:?} after {:?}", asked.elapsed()));
        }
        let neighbour = client.clone().execute_circuit(bell("neighbour", "sim:local", &[])).await;
        if let Err(status) = neighbour {
            wrong.push(format!("{word}: its neighbour got {status:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A line of the log is a line, whatever a driver writes into it.
    for line in host.log().all() {
        let event: serde_json::Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_ne!(event["event"], "forged");
    }
}

#[tokio::test]
async fn rounds_of_all_of_them_leave_nothing_behind() {
    let stage = Stage::start().await;
    let client = stage.host.client().await;
    let round = async || {
        for (word, after) in DURING {
            if matches!(after, After::Answers(_)) {
                let request = bell(word, &format!("{word}:a"), &[("dm.timeout", "50ms")]);
                // What comes of it is for the other test.
                let _ = client.clone().execute_circuit(request).await;
            }
        }
    };
    for _ in 0..2 {
        round().await;
    }
    let before = stage.held();
    for _ in 0..3 {
        round().await;
    }
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let now = stage.held();
        if now.fits(&before) {
            break;
        }
        assert!(Instant::now() < end, "{before:?} became {now:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[test]
fn the_list_of_words_is_whole() {
    let listed: Vec<_> = include_str!("../guests/hostile/words.txt").lines().collect();
    assert_eq!(listed, DURING.iter().map(|(word, _)| *word).collect::<Vec<_>>());
}
