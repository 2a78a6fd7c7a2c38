#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

const TYPES: &str = include_str!("../../../wit/types.wit");
const HOST: &str = include_str!("../../../wit/host.wit");
const DRIVER: &str = include_str!("../../../wit/driver.wit");
const WORLD: &str = include_str!("../../../wit/world.wit");

/// A component without a function's body worth the name, from these texts: its interface is what counts.
fn component(texts: &[(&str, String)]) -> Vec<u8> {
    use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
    use wit_parser::{ManglingAndAbi, SourceMap};
    let mut sources = SourceMap::new();
    for (name, text) in texts {
        sources.push_str(name, text.as_str());
    }
    let group = sources.parse().map_err(|(_, error)| error).unwrap();
    let mut resolve = Resolve::default();
    let package = resolve.push_group(group).unwrap();
    let world = resolve.select_world(&[package], Some("qdriver")).unwrap();
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

/// The texts of this host, each after a change.
fn changed(from: &str, to: &str) -> Vec<u8> {
    let all = [TYPES, HOST, DRIVER, WORLD].concat();
    assert!(all.contains(from), "{from} is in none of the texts");
    component(
        &[("types.wit", TYPES), ("host.wit", HOST), ("driver.wit", DRIVER), ("world.wit", WORLD)]
            .map(|(name, text)| (name, text.replace(from, to))),
    )
}

#[track_caller]
fn differs(bytes: &[u8], words: &[&str]) {
    let differences = inspect(bytes).unwrap().differences;
    for word in words {
        assert!(differences.iter().any(|line| line.contains(word)), "no {word:?} in {differences:#?}");
    }
    let rejection = check(bytes).unwrap_err();
    assert_eq!(rejection.reason, RejectReason::InterfaceMismatch);
    assert!(rejection.remedy.contains("wit/"));
}

#[test]
fn a_driver_of_this_interface_fits() {
    let found = inspect(&changed("package eigen:qdriver@1.0.0;", "package eigen:qdriver@1.0.0;")).unwrap();
    assert_eq!(found.differences, Vec::<String>::new());
    assert!(found.exports.contains(&"eigen:qdriver/driver@1.0.0".to_owned()), "{found:?}");
}

#[test]
fn a_missing_function_is_named() {
    let reconcile = "reconcile: func(execution-key: string) -> result<reconciliation, error>;";
    differs(&changed(reconcile, ""), &["without the function `reconcile`"]);
}

#[test]
fn another_type_is_named_down_to_the_field() {
    differs(
        &changed("shots: u64,", "shots: u32,"),
        &["function `execute`", "type `request`, field `shots`: it is u32, and u64 is wanted"],
    );
    differs(
        &changed("seed: option<u64>,", "seed: u64,"),
        &["field `seed`: it is u64, and option<u64> is wanted"],
    );
    differs(&changed("job-id: string,", ""), &["the field `job-id` (string) is missing"]);
    differs(
        &changed("queue-depth: u32,", "queue-depth: u32, mood: string,"),
        &["the field `mood` is not known to this host"],
    );
}

#[test]
fn another_enum_flag_or_variant_is_named() {
    differs(
        &changed("maintenance,", "broken,"),
        &["the case `maintenance` is missing", "the case `broken` is not known"],
    );
    differs(&changed("observables,\n", ""), &["the flag `observables` is missing"]);
    differs(
        &changed("done(execution-result), pending(pending)", "pending(pending), done(execution-result)"),
        &["stand in another order"],
    );
}

#[test]
fn other_parameters_and_results_are_named() {
    differs(
        &changed("poll: func(ticket: string)", "poll: func(ticket: string, often: bool)"),
        &["function `poll`: it has 2 parameters, and 1 are wanted"],
    );
    differs(
        &changed("poll: func(ticket: string)", "poll: func(key: string)"),
        &["a parameter is called `key`, and `ticket` is wanted"],
    );
    differs(
        &changed(
            "cancel: func(ticket: string) -> result<_, error>",
            "cancel: func(ticket: string) -> result<u32, error>",
        ),
        &["function `cancel`", "it is u32, and nothing is wanted"],
    );
}

#[test]
fn another_version_says_which_is_offered() {
    let other = changed("package eigen:qdriver@1.0.0;", "package eigen:qdriver@2.0.0;");
    differs(&other, &["exports `eigen:qdriver/driver@2.0.0`, but this host offers version 1.0.0"]);
}

#[test]
fn an_import_that_is_not_offered_is_named_and_more_exports_do_no_harm() {
    let world = "world qdriver {";
    let wish = changed(world, "interface teleport { go: func(); }\nworld qdriver { import teleport;");
    differs(&wish, &["imports `eigen:qdriver/teleport@1.0.0`, which this host does not offer"]);
    let more = changed(world, "interface extra { go: func(); }\nworld qdriver { export extra;");
    assert_eq!(inspect(&more).unwrap().differences, Vec::<String>::new());
    let unknown = changed("progress: func(", "confess: func(secret: string);\n    progress: func(");
    differs(&unknown, &["imports the function `confess`"]);
}

#[test]
fn what_is_no_component_is_refused_without_a_panic() {
    let good = changed("package eigen:qdriver@1.0.0;", "package eigen:qdriver@1.0.0;");
    for end in (0..good.len()).step_by(97) {
        let _ = check(&good[..end]);
    }
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..400 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let mut bytes = good.clone();
        let place = seed as usize % bytes.len();
        bytes[place] = (seed >> 32) as u8;
        let _ = check(&bytes);
    }
}
