//! The loader from outside: text in, configuration or list of mistakes out.
#![expect(clippy::unwrap_used, reason = "tests")]

mod files;

use std::{fmt::Write, net::SocketAddr, time::Duration};

use proptest::prelude::*;

use super::*;

fn load(text: &str) -> Result<Config, ConfigErrors> {
    load_with(text, &[])
}

fn load_with(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let env =
        |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Config::from_yaml(text, Path::new("dm.yaml"), &env)
}

/// The rendered mistakes, one a line.
fn mistakes(text: &str) -> Vec<String> {
    load(text).unwrap_err().to_string().lines().map(str::to_owned).collect()
}

/// The only mistake of a text.
fn mistake(text: &str) -> String {
    let all = mistakes(text);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.into_iter().next().unwrap()
}

#[test]
fn without_a_file_the_defaults_run() {
    assert_eq!(Config::load(None, &|_| None).unwrap(), Config::default());
    assert_eq!(load("").unwrap(), Config::default());
    assert_eq!(load("# only a comment\n").unwrap(), Config::default());
}

#[test]
fn a_section_whose_keys_are_commented_out_means_its_defaults() {
    assert_eq!(load("grpc:\n  # bind: 1.2.3.4:5\nhttp:\ndrivers:\n").unwrap(), Config::default());
}

#[test]
fn values_with_units_are_read() {
    let config = load(
        "grpc: {bind: '[::1]:7', max_payload: 1 MiB, drain_timeout: 1500ms}\n\
         wasm: {guest_memory_total: 2GiB, guest_threads: 3, cache_dir: /var/cache/x}\n\
         driver_defaults: {fuel: 1_000_000, retire_above: 50%}\n\
         log: {format: json, level: 'warn,driver_manager::guest=debug'}\n",
    )
    .unwrap();
    assert_eq!(config.grpc.bind, "[::1]:7".parse::<SocketAddr>().unwrap());
    assert_eq!(config.grpc.max_payload, ByteSize::mib(1));
    assert_eq!(config.grpc.drain_timeout, Duration::from_millis(1500));
    assert_eq!(config.wasm.guest_memory_total, MemoryShare::Bytes(ByteSize::mib(2048)));
    assert_eq!(config.wasm.guest_threads, Some(3));
    assert_eq!(config.wasm.cache_dir.as_deref(), Some(Path::new("/var/cache/x")));
    assert_eq!(config.driver_defaults.fuel, FuelBudget::Units(1_000_000));
    assert_eq!(config.driver_defaults.retire_above, Percent(50));
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn every_mistake_is_reported_at_once_in_the_file_s_order_with_line_column_and_key() {
    let all = mistakes(
        "grpc:\n\
        \x20 bnd: 1\n\
        \x20 max_payload: 64\n\
        \x20 drain_timeout: soon\n\
         lgo: {}\n\
         log:\n\
        \x20 level: inof\n\
        \x20 format: jsno\n\
         drivers:\n\
        \x20 ibm:\n\
        \x20   limits: {memory: [], tabels: 4}\n\
        \x20   enabled: yes\n",
    );
    let expected = [
        "dm.yaml:2:3: grpc.bnd: unknown key `bnd`; allowed: bind, allow_remote_plaintext, ",
        "dm.yaml:3:16: grpc.max_payload: the bare number 64 has no unit; allowed: a whole number with its unit",
        "dm.yaml:4:18: grpc.drain_timeout: `soon` is no duration; allowed: a duration with its unit",
        "dm.yaml:5:1: lgo: unknown key `lgo`; allowed: grpc, http, admin, log, ",
        "dm.yaml:7:3: log.level: unknown level `inof`; allowed: off, error, warn, info, debug, trace, or ",
        "dm.yaml:8:11: log.format: unknown value `jsno`; allowed: auto, json, text; did you mean `json`?",
        "dm.yaml:11:22: drivers.ibm.limits.memory: found a list; allowed: a whole number with its unit",
        "dm.yaml:11:26: drivers.ibm.limits.tabels: unknown key `tabels`; allowed: memory, ",
        "dm.yaml:12:14: drivers.ibm.enabled: found the text `yes`; allowed: `true` or `false`",
    ];
    assert_eq!(all.len(), expected.len(), "{all:#?}");
    for (line, start) in all.iter().zip(expected) {
        assert!(line.starts_with(start), "{line}\nshould start with\n{start}");
    }
    assert!(all[0].ends_with("; did you mean `bind`?"), "{}", all[0]);
    assert!(all[3].ends_with("; did you mean `log`?"), "{}", all[3]);
    assert!(all[4].ends_with("; did you mean `info`?"), "{}", all[4]);
    assert!(all[7].ends_with("; did you mean `tables`?"), "{}", all[7]);
}

#[test]
fn a_key_given_twice_is_a_mistake_wherever_it_stands() {
    let all = mistakes("http: {}\ndrivers:\n  a: {enabled: true, enabled: false}\n  a: {}\nhttp: {}\n");
    assert_eq!(
        all,
        [
            "dm.yaml:3:22: drivers.a.enabled: the key is already given in line 3; allowed: each key once",
            "dm.yaml:4:3: drivers.a: the key is already given in line 3; allowed: each key once",
            "dm.yaml:5:1: http: the key is already given in line 1; allowed: each key once",
        ]
    );
}

#[test]
fn text_that_is_no_yaml_is_refused_with_its_place() {
    for (text, place) in
        [("grpc: [\n", "1:7"), ("grpc:\n  bind: 'x\n", "2:9"), ("a: b: c", "1:5"), ("x: *no", "1:4")]
    {
        let line = mistake(text);
        assert!(line.starts_with(&format!("dm.yaml:{place}: not valid YAML: ")), "{text:?} gave {line}");
    }
}

#[test]
fn something_other_than_a_section_at_the_root_is_refused() {
    for text in ["- a\n- b\n", "5", "text"] {
        assert!(mistake(text).ends_with("allowed: a section of `key: value` lines"), "{text:?}");
    }
}

#[test]
fn aliases_that_would_unfold_without_end_are_refused_quickly() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        writeln!(text, "a{level}: &a{level} [{}]", [before.as_str(); 9].join(", ")).unwrap();
    }
    assert!(load(&text).unwrap_err().problems()[0].problem.starts_with("not valid YAML: "));
    let deep = format!("a: {}", "[".repeat(10_000));
    assert!(load(&deep).unwrap_err().problems()[0].problem.starts_with("not valid YAML: "));
    let wide = format!("a: [{}]", "1,".repeat(100_000));
    assert!(load(&wide).unwrap_err().problems()[0].problem.starts_with("not valid YAML: "));
}

#[test]
fn a_file_with_more_mistakes_than_anyone_reads_ends_with_a_word_on_the_rest() {
    let lines: Vec<String> = (0..500).map(|number| format!("k{number}: 1")).collect();
    let text = lines.join("\n");
    let all = mistakes(&text);
    assert!(all.len() <= 52, "{}", all.len());
    assert!(all.last().unwrap().contains("more mistakes follow"), "{:?}", all.last());
}

#[test]
fn a_plaintext_bind_that_others_reach_must_be_asked_for() {
    let line = mistake("grpc: {bind: '0.0.0.0:50061'}");
    assert!(line.starts_with("dm.yaml:1:8: grpc.bind: 0.0.0.0:50061 is open to other machines"), "{line}");
    let config = load("grpc: {bind: '0.0.0.0:50061', allow_remote_plaintext: true}").unwrap();
    assert!(config.warnings()[0].starts_with("grpc.bind is 0.0.0.0:50061"), "{:?}", config.warnings());
    assert_eq!(Config::default().warnings(), Vec::<String>::new());
}

#[test]
fn values_that_contradict_each_other_are_refused_where_they_were_written() {
    for (text, start) in [
        (
            "grpc: {max_message: 8MiB}",
            "dm.yaml:1:8: grpc.max_message: 8MiB leaves no room above `grpc.max_payload`",
        ),
        (
            "grpc: {max_payload: 64MiB}",
            "dm.yaml:1:8: grpc.max_message: 32MiB leaves no room above `grpc.max_payload`",
        ),
        (
            "http: {bind: '127.0.0.1:50061'}",
            "dm.yaml:1:8: http.bind: 127.0.0.1:50061 is taken by `grpc.bind`",
        ),
        (
            "deadlines: {simulator: 25h}",
            "dm.yaml:1:13: deadlines.simulator: 1day 1h is more than `deadlines.longest`",
        ),
        (
            "deadlines: {status: 0s}",
            "dm.yaml:1:13: deadlines.status: 0s is out of range; allowed: 1ms to 30days",
        ),
        (
            "wasm: {pool: {memories: 4}}",
            "dm.yaml:1:15: driver_defaults.memories: 8 is more than `wasm.pool.memories`",
        ),
        ("driver_defaults: {handles: 0}", "dm.yaml:1:19: driver_defaults.handles: 0 is out of range"),
        (
            "drivers: {a: {limits: {memory: 5GiB}}}",
            "dm.yaml:1:24: drivers.a.limits.memory: 5GiB is out of range",
        ),
        (
            "drivers: {a: {limits: {log_line: 1MiB}}}",
            "dm.yaml:1:24: drivers.a.limits.log_line: a line of 1MiB",
        ),
        (
            "wasm: {guest_memory_total: 512MiB}",
            "dm.yaml:1:8: drivers.simulator.limits.memory: 1088MiB is more than",
        ),
        ("drivers: {Bad.Name: {}}", "dm.yaml:1:11: drivers.Bad.Name: `Bad.Name` is no driver name"),
        ("plugins: {directories: [a, b, a]}", "dm.yaml:1:31: plugins.directories[2]: `a` is given twice"),
        ("wasm: {cache_dir: ''}", "dm.yaml:1:8: wasm.cache_dir: the path is empty"),
        ("log: {level: 'a=b=c'}", "dm.yaml:1:7: log.level: `a=b=c` is no filter"),
    ] {
        let all = mistakes(text);
        assert!(all[0].starts_with(start), "{text}\ngave {all:#?}\nshould start with {start}");
        assert!(all[0].contains("; allowed: "), "{}", all[0]);
    }
}

#[test]
fn a_wrong_default_is_reported_once_not_for_every_driver() {
    mistake("driver_defaults: {handles: 0}\ndrivers: {a: {}, b: {limits: {tables: 2}}, simulator: {}}");
}

#[test]
fn a_check_is_left_out_when_one_of_its_values_could_not_be_read() {
    let line = mistake("grpc:\n  max_message: 128\n  max_payload: 64MiB\n");
    assert!(line.starts_with("dm.yaml:2:16: grpc.max_message: the bare number"), "{line}");
}

#[test]
fn the_environment_overrides_the_file_and_is_named_in_mistakes() {
    let variables = [
        (environment::GRPC_BIND, "127.0.0.1:1"),
        (environment::METRICS_PORT, "2"),
        (environment::LOG_LEVEL, "debug"),
    ];
    let config = load_with("grpc: {bind: '127.0.0.1:9'}\nlog: {level: warn}", &variables).unwrap();
    assert_eq!(config.grpc.bind.port(), 1);
    assert_eq!(config.http.bind.to_string(), "127.0.0.1:2");
    assert_eq!(config.log.level, "debug");

    let wrong = [
        (environment::GRPC_BIND, "localhost"),
        (environment::METRICS_PORT, "65536"),
        (environment::LOG_LEVEL, "loud"),
    ];
    let errors = load_with("", &wrong).unwrap_err().to_string();
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), 3, "{errors}");
    assert!(
        lines[0].starts_with("environment variable DRIVER_MANAGER_GRPC_BIND: grpc.bind: `localhost` is no")
    );
    assert!(
        lines[1].starts_with("environment variable DRIVER_MANAGER_METRICS_PORT: http.bind: `65536` is no")
    );
    assert!(
        lines[2]
            .starts_with("environment variable DRIVER_MANAGER_LOG_LEVEL: log.level: unknown level `loud`")
    );

    let open = load_with("", &[(environment::GRPC_BIND, "0.0.0.0:1")]).unwrap_err().to_string();
    assert!(
        open.starts_with("environment variable DRIVER_MANAGER_GRPC_BIND: grpc.bind: 0.0.0.0:1 is open"),
        "{open}"
    );
    assert_eq!(load_with("", &[(environment::GRPC_BIND, " ")]).unwrap(), Config::default());
}

#[test]
fn the_simulator_keeps_its_grants_unless_the_file_changes_them() {
    let limits = |text: &str| load(text).unwrap().limits_of(SIMULATOR);
    let built_in = limits("");
    assert_eq!(built_in.memory, ByteSize::mib(1088));
    assert_eq!(built_in.fuel, FuelBudget::Unlimited);
    assert_eq!(built_in.instances, 8);
    assert_eq!(limits("drivers: {ibm: {}, simulator: {settings: {a: b}}}"), built_in);

    let own = limits(
        "drivers: {simulator: {limits: {memory: 128MiB, instances: 2}}}\ndriver_defaults: {tables: 3}",
    );
    assert_eq!((own.memory, own.fuel), (ByteSize::mib(128), FuelBudget::Unlimited));
    assert_eq!((own.instances, own.tables), (2, 3));
}

#[test]
fn a_driver_that_is_not_named_has_the_defaults_limits() {
    let config = load("driver_defaults: {memory: 32MiB}").unwrap();
    assert_eq!(config.limits_of("found-in-a-folder").memory, ByteSize::mib(32));
}

#[test]
fn settings_reach_the_driver_as_they_are_written() {
    let config = load(
        "drivers: {a: {settings: {float: 1.0, octal: &x 0755, alias: *x, tag: !!str 5, switch: true, long: \
         99999999999999999999999, hex: 0x1F, exp: 1e5, quoted: ' q '}}}",
    )
    .unwrap();
    let settings: Vec<_> =
        config.drivers["a"].settings.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(
        settings,
        [
            ("alias", "0755"),
            ("exp", "1e5"),
            ("float", "1.0"),
            ("hex", "0x1F"),
            ("long", "99999999999999999999999"),
            ("octal", "0755"),
            ("quoted", " q "),
            ("switch", "true"),
            ("tag", "5"),
        ]
    );
}

#[test]
fn settings_are_never_printed() {
    let config = load("drivers: {a: {settings: {token: canary-5f2b}}}").unwrap();
    assert!(!format!("{config:?}").contains("canary-5f2b"));
    for text in [
        "drivers: {a: {settings: {token: [canary-5f2b]}}}",
        "drivers: {a: {settings: {token: {x: canary-5f2b}}}}",
        "drivers: {a: {settings: canary-5f2b}}",
        "drivers: {a: {settings: [token, canary-5f2b]}}",
        "drivers: {a: {settings: {token: 'canary-5f2b}}}",
        "drivers: {a: {settings: {token: *canary-5f2b}}}",
    ] {
        let line = mistake(text);
        assert!(!line.contains("canary-5f2b"), "{line}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_a_mistake_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let load = |path: &Path| Config::load(Some(path), &|_| None).unwrap_err().to_string();

    let missing = folder.path().join("missing.yaml");
    assert!(load(&missing).starts_with(&format!("{}: cannot be read: ", missing.display())));

    let large = folder.path().join("large.yaml");
    std::fs::write(&large, "#".repeat(MAX_FILE.as_usize() + 1)).unwrap();
    assert!(load(&large).ends_with("the file is too large; allowed: at most 1MiB"));

    let binary = folder.path().join("binary.yaml");
    std::fs::write(&binary, b"log: \xff").unwrap();
    assert!(load(&binary).ends_with("byte 5 is not valid UTF-8; allowed: UTF-8 text"));
}

proptest! {
    #[test]
    fn no_text_makes_the_loader_panic_and_every_refusal_has_lines(text in ".{0,400}") {
        if let Err(errors) = load(&text) {
            prop_assert!(!errors.to_string().is_empty());
            prop_assert_eq!(errors.to_string().lines().count(), errors.problems().len());
        }
    }

    #[test]
    fn no_yaml_of_our_own_words_makes_the_loader_panic(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "grpc", "drivers", "simulator", "limits", "memory", "settings", "bind", ": ", "\n", "  ", "- ",
                "[", "]", "{", "}", ",", "&a ", "*a", "<<", "null", "1", "64MiB", "30s", "'", "\"", "!!str ", "#",
            ]),
            0..60,
        )
    ) {
        if let Err(errors) = load(&words.concat()) {
            prop_assert_eq!(errors.to_string().lines().count(), errors.problems().len());
        }
    }
}
