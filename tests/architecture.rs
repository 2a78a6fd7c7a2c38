//! The dependency rule of docs/architecture.md: a module uses only what stands below it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// For each module, the modules it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("files", &[]),
    ("config", &["model"]),
    ("telemetry", &["model"]),
    ("driver", &["model", "config"]),
    ("secrets", &["config"]),
    ("egress", &["secrets", "model", "config", "telemetry"]),
    ("wasm", &["driver", "egress", "model", "config", "files", "telemetry"]),
    ("python", &["driver", "model", "config", "telemetry"]),
    ("pool", &["driver", "model", "config", "telemetry"]),
    ("resilience", &["driver", "model", "config", "telemetry"]),
    ("cache", &["driver", "model", "config", "telemetry"]),
    ("plugin", &["pool", "driver", "model", "config", "files", "telemetry"]),
    ("dispatch", &["resilience", "cache", "plugin", "pool", "driver", "model", "config", "telemetry"]),
    ("grpc", &["dispatch", "resilience", "plugin", "model", "config", "telemetry"]),
    ("http", &["dispatch", "resilience", "plugin", "driver", "model", "config", "telemetry"]),
    (
        "app",
        &[
            "grpc",
            "http",
            "dispatch",
            "cache",
            "plugin",
            "wasm",
            "python",
            "egress",
            "secrets",
            "config",
            "telemetry",
        ],
    ),
    ("cli", &["app", "grpc", "http", "plugin", "wasm", "model", "config", "telemetry"]),
];

#[test]
fn every_module_uses_only_what_stands_below_it() {
    let may_use: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (module, path, text) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let Some(allowed) = may_use.get(module.as_str()) else {
            assert!(matches!(module.as_str(), "lib" | "main"), "{module} is not in the rule: {path}");
            continue;
        };
        for used in used_modules(&text) {
            seen += 1;
            if used != module && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{path}: {module} uses {used}"));
            }
        }
    }
    assert!(seen > 50, "only {seen} uses were found: the search is broken");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Top module, path and text of every file.
fn sources(folder: &Path) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let (Ok(inside), Ok(text)) = (path.strip_prefix(folder), fs::read_to_string(&path)) {
                let top = inside.iter().next().unwrap_or_default().to_string_lossy();
                let module = top.trim_end_matches(".rs").to_owned();
                found.push((module, inside.display().to_string(), text));
            }
        }
    }
    found
}

/// First path segment after each `crate::`, groups such as `crate::{app, config}` included.
fn used_modules(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let mut used = Vec::new();
    for rest in code.split("crate::").skip(1) {
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split('}').next().unwrap_or_default();
            used.extend(group.split(',').map(first_segment));
        } else {
            used.push(first_segment(rest));
        }
    }
    used.retain(|module| !module.is_empty());
    used
}

fn first_segment(path: &str) -> String {
    path.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
}
