//! Replacements under constant load: nothing is lost, nothing is wrong.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::stage::{Stage, ask, told};
use crate::support::builds::{build, install, marker};
use crate::support::operator::Operator;

const SWAPS: usize = 60;
const CALLERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_and_every_answer_is_of_the_generation_it_names() {
    let stage = Stage::new(json!({ "log": { "level": "warn" } }));
    install(&stage.plugins(), "other", "1.0.0", &build("other"));
    let host = stage.start_with_lab("storm-a").await;
    let mut operator = Operator::of(&host).await;
    let done = Arc::new(AtomicBool::new(false));
    let mut callers = Vec::new();
    for caller in 0..CALLERS {
        let (client, done) = (host.client().await, Arc::clone(&done));
        let device = if caller == 0 { "other:a" } else { "lab:a" };
        callers.push(tokio::spawn(async move {
            let mut seen: BTreeMap<u64, String> = BTreeMap::new();
            let mut answers = 0_u64;
            while !done.load(Ordering::Relaxed) {
                let answer =
                    ask(&client, device, &[]).await.unwrap_or_else(|status| panic!("{device}: {status:?}"));
                let (generation, word) = told(&answer);
                let known = seen.entry(generation).or_insert_with(|| word.clone());
                assert_eq!(*known, word, "generation {generation} answered as two builds");
                answers += 1;
            }
            (device, answers, seen)
        }));
    }

    let words = ["storm-a", "storm-b", "storm-c"];
    let builds = words.map(build);
    let mut published: BTreeMap<u64, String> = [(1, marker(words[0]))].into();
    for turn in 1..=SWAPS {
        let word = turn % words.len();
        let change = operator.swap("lab", &builds[word]).await.unwrap();
        assert_eq!(change.previous_generation + 1, change.generation);
        published.insert(change.generation, marker(words[word]));
    }
    done.store(true, Ordering::Relaxed);
    let mut generations = 0;
    for caller in callers {
        let (device, answers, seen) = caller.await.unwrap();
        assert!(answers > 0, "{device} was never asked");
        if device == "lab:a" {
            generations += seen.len();
            for (generation, word) in seen {
                assert_eq!(published.get(&generation), Some(&word));
            }
        } else {
            assert_eq!(seen.into_iter().collect::<Vec<_>>(), [(1, marker("other"))]);
        }
    }
    assert!(
        generations > SWAPS / 4,
        "only {generations} generations were seen: the load did not overlap the swaps"
    );
}
