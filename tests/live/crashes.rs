//! `kill -9` at every step of a replacement: after a restart exactly one generation serves.

use serde_json::json;

use crate::stage::{Stage, ask, told};
use crate::support::builds::{build, digest, marker};
use crate::support::operator::{Operator, serving};

/// The steps at which the host can be made to die, and the build that must serve afterwards.
const POINTS: [(&str, &str); 10] = [
    ("verify", "one"),
    ("stored", "one"),
    ("preflight", "one"),
    ("compile", "one"),
    ("warm", "one"),
    ("probe", "one"),
    ("recorded", "two"),
    ("published", "two"),
    ("drain", "two"),
    ("retired", "two"),
];

#[tokio::test]
async fn a_host_killed_at_any_step_comes_back_with_one_generation() {
    for (point, expected) in POINTS {
        let stage = Stage::new(json!({}));
        crate::support::builds::install(&stage.plugins(), "lab", "1.0.0", &build("one"));
        let mut host = stage
            .start_with(|command| {
                command.env("EIGEN_DM_FAULT_POINT", point);
            })
            .await;
        let mut operator = Operator::of(&host).await;
        let ended = operator.swap("lab", &build("two")).await;
        // A process that died has either not answered, or answered before it died.
        assert!(ended.is_err() || matches!(point, "drain" | "retired"), "{point}: {ended:?}");
        host.wait().await;

        let host = stage.start().await;
        let client = host.client().await;
        let (generation, word) = told(&ask(&client, "lab:a", &[]).await.unwrap());
        assert_eq!(word, marker(expected), "{point}");
        let mut operator = Operator::of(&host).await;
        let driver = operator.driver("lab").await;
        assert_eq!(serving(&driver), Some((generation, digest(&build(expected)))), "{point}");
        let active = driver.generations.iter().filter(|one| one.state == 4).count();
        assert_eq!(active, 1, "{point}: {driver:?}");
        // And it can be replaced as ever.
        let change = operator.swap("lab", &build("three")).await.unwrap();
        assert!(change.generation > generation, "{point}: {change:?}");
    }
}

#[tokio::test]
async fn what_a_killed_host_left_half_written_never_matters() {
    let stage = Stage::new(json!({}));
    let mut host = stage.start_with_lab("one").await;
    host.stop().await;
    let state = stage.config_file().with_file_name("state/plugins");
    std::fs::write(state.join(".tmpHalf"), "{\"version\":").unwrap();
    std::fs::create_dir(state.join("artifacts/.half")).unwrap();
    std::fs::write(state.join("artifacts/.half/artifact"), b"\0asm").unwrap();
    let host = stage.start().await;
    let (generation, word) = told(&ask(&host.client().await, "lab:a", &[]).await.unwrap());
    assert_eq!((generation, word), (1, marker("one")));
    assert!(!state.join("artifacts/.half").exists());
}
