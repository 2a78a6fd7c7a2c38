//! Every example runs as its README says, and does what its README says.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::stage::{ask, ask_json, plain, root};

fn readme() -> String {
    fs::read_to_string(root().join("examples/README.md")).unwrap()
}

/// The commands that the README says to try, as arguments of the binary.
fn commands(readme: &str) -> Vec<Vec<&str>> {
    let quoted = readme.split('`').filter_map(|text| text.strip_prefix("cargo run -- "));
    quoted
        .map(|command| command.split_whitespace().collect())
        .filter(|words: &Vec<_>| words[0] == "run")
        .collect()
}

fn outcomes(counts: &[(String, i64)]) -> Vec<&str> {
    counts.iter().map(|(bits, _)| bits.as_str()).collect()
}

async fn counts(file: &str) -> Vec<(String, i64)> {
    plain(&ask(&["run", &format!("examples/{file}"), "--shots", "10000", "--seed", "7"]).await)
}

#[tokio::test]
async fn the_readme_names_every_example_and_its_commands_work() {
    let readme = readme();
    let folder = fs::read_dir(root().join("examples")).unwrap();
    let files: BTreeSet<String> = folder
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    for file in &files {
        assert!(readme.contains(&format!("[{file}]({file})")), "{file} is not in the README");
        ask(&["run", &format!("examples/{file}")]).await.exits(0);
    }
    let commands = commands(&readme);
    assert_eq!(commands.len(), 6, "{commands:?}");
    for command in commands {
        ask(&command).await.exits(0);
    }
}

#[tokio::test]
async fn bell_is_the_same_circuit_in_both_formats() {
    let (aqo, qasm) = (counts("bell.aqo.json").await, counts("bell.qasm").await);
    assert_eq!(outcomes(&aqo), ["00", "11"]);
    assert_eq!(aqo, qasm);
}

#[tokio::test]
async fn ghz_has_two_outcomes_on_five_qubits() {
    assert_eq!(outcomes(&counts("ghz.qasm").await), ["00000", "11111"]);
}

#[tokio::test]
async fn bit_order_puts_the_highest_classical_bit_leftmost() {
    assert_eq!(counts("bit_order.aqo.json").await, [("100".to_owned(), 10_000)]);
}

#[tokio::test]
async fn reset_measures_and_resets_in_mid_circuit() {
    let counts = counts("reset.aqo.json").await;
    assert_eq!(outcomes(&counts), ["10", "11"]);
    // Six standard deviations of a fair coin.
    assert!((counts[0].1 - 5000).abs() < 300, "{counts:?}");
}

#[tokio::test]
async fn vqe_has_the_exact_energy_in_its_metadata() {
    let answer: Value = ask_json(&["run", "examples/vqe.aqo.json", "--param", "theta=1.2"]).await;
    // The state is cos(0.6)|00> + sin(0.6)|11>: <ZZ> is 1 and <XX> is sin(1.2).
    assert_eq!(answer["metadata"]["energy"], format!("{:.6}", 1.0 + 1.2_f64.sin()));
}

#[tokio::test]
async fn interference_gives_a_quarter_of_ones() {
    let counts = counts("interference.qasm").await;
    assert_eq!(outcomes(&counts), ["0", "1"]);
    assert!((counts[1].1 - 2500).abs() < 260, "{counts:?}");
}
