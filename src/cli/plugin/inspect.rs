//! `plugin inspect`: what a plugin is and whether this host would run it, without a host.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::super::exit::Problem;
use super::super::say;
use super::super::show::print_json;
use crate::config::Config;
use crate::model::Rejection;
use crate::plugin::Bundle;
use crate::plugin::discovery;
use crate::plugin::trust::signature::Signature;
use crate::wasm::{self, INTERFACE_VERSION, Interface};

/// What to look into.
#[derive(Debug, Args)]
pub(in crate::cli) struct InspectArgs {
    /// A component, a plugin.toml, or the folder that holds one.
    file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &InspectArgs) -> Result<ExitCode, Problem> {
    let refuse = |rejection: Rejection| Problem::Refused(rejection.to_string());
    let bundle = discovery::bundle_at(&args.file, &Config::default()).map_err(refuse)?;
    let interface = wasm::inspect(&bundle.parts.artifact).map_err(refuse)?;
    let fits = interface.differences.is_empty();
    if args.json {
        print_json(&as_json(&bundle, &interface));
    } else {
        print(&bundle, &interface);
    }
    Ok(if fits { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whose signature it carries; whether that is trusted is for a host's config to say.
fn signature(bundle: &Bundle) -> String {
    match bundle.parts.signature.as_deref().map(Signature::parse) {
        None => "none".to_owned(),
        Some(Ok(signature)) => format!("by key {}", signature.fingerprint),
        Some(Err(why)) => format!("unreadable: {why}"),
    }
}

fn print(bundle: &Bundle, interface: &Interface) {
    say(format_args!("{}", bundle.origin));
    say(format_args!("  size       {} bytes", bundle.parts.artifact.len()));
    say(format_args!("  digest     {}", bundle.digest));
    say(format_args!("  signature  {}", signature(bundle)));
    if let Some(manifest) = &bundle.manifest {
        let (id, version) = manifest.id_and_version();
        say(format_args!("  plugin     {id} {version}, driver `{}`", manifest.name()));
        if let Err(rejection) = manifest.compatible() {
            say(format_args!("  not for this host: {rejection}"));
        }
        for (key, wish) in manifest.limits().set() {
            say(format_args!("  asks for   limits.{key}: {wish}"));
        }
    }
    say("  exports");
    interface.exports.iter().for_each(|name| say(format_args!("    {name}")));
    say(if interface.imports.is_empty() { "  imports    nothing" } else { "  imports" });
    for (name, offered) in &interface.imports {
        say(format_args!("    {name}{}", if *offered { "" } else { "  NOT OFFERED by this host" }));
    }
    if interface.differences.is_empty() {
        say(format_args!("  fits this host (eigen:qdriver@{INTERFACE_VERSION})"));
    } else {
        say("  does not fit this host: it");
        interface.differences.iter().for_each(|line| say(format_args!("    {line}")));
    }
}

fn as_json(bundle: &Bundle, interface: &Interface) -> Value {
    let imports: Vec<_> =
        interface.imports.iter().map(|(name, offered)| json!({ "name": name, "offered": offered })).collect();
    let manifest = bundle.manifest.as_ref().map(|manifest| {
        let (id, version) = manifest.id_and_version();
        let limits: std::collections::BTreeMap<_, _> = manifest.limits().set().into_iter().collect();
        json!({ "plugin_id": id, "plugin_version": version, "driver": manifest.name(), "limits": limits })
    });
    json!({
        "origin": bundle.origin.to_string(),
        "size": bundle.parts.artifact.len(),
        "digest": bundle.digest.to_string(),
        "signature": signature(bundle),
        "manifest": manifest,
        "exports": interface.exports,
        "imports": imports,
        "differences": interface.differences,
        "fits": interface.differences.is_empty(),
    })
}
