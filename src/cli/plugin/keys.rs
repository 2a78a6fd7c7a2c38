//! `plugin keygen|sign|verify`: plugins get an author that hosts can trust.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::super::exit::Problem;
use super::super::{ConfigArgs, say};
use crate::model::Digest;
use crate::plugin::discovery;
use crate::plugin::manifest::{MANIFEST_FILE, Manifest};
use crate::plugin::trust::{self, signature};

/// Where the new key goes.
#[derive(Debug, Args)]
pub(in crate::cli) struct KeygenArgs {
    /// The file of the private key; it must not exist yet.
    file: PathBuf,
}

/// What to sign, and with what.
#[derive(Debug, Args)]
pub(in crate::cli) struct SignArgs {
    /// A plugin.toml, or the folder that holds one.
    plugin: PathBuf,
    /// The file of the private key.
    #[arg(long)]
    key: PathBuf,
}

/// What to judge, by which config.
#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyArgs {
    /// A component, a plugin.toml, or the folder that holds one.
    plugin: PathBuf,
    /// The driver's name; without one, the manifest's or the file's.
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) fn keygen(args: &KeygenArgs) -> Result<ExitCode, Problem> {
    let unwritable = |error: io::Error| Problem::Usage(format!("{}: {error}", args.file.display()));
    let key = signature::PrivateKey::generate().map_err(unwritable)?;
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&args.file).map_err(unwritable)?;
    file.write_all(key.to_file().as_bytes()).map_err(unwritable)?;
    let public = key.public();
    say(format_args!("private key: {} (keep it secret)", args.file.display()));
    say(format_args!("public key, for the config of hosts that are to trust it:"));
    say(format_args!("plugins:\n  trust:\n    keys:\n      {}: {public:?}", key_name(&args.file)));
    Ok(ExitCode::SUCCESS)
}

/// A name for the config, from the file's.
fn key_name(file: &Path) -> String {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name: String = stem.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if name.is_empty() { "author".to_owned() } else { name }
}

/// The manifest is replaced last: a host takes up the plugin when it finds the digest in it to be right.
pub(super) fn sign(args: &SignArgs) -> Result<ExitCode, Problem> {
    let manifest = if args.plugin.is_dir() { args.plugin.join(MANIFEST_FILE) } else { args.plugin.clone() };
    let about = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| Problem::Usage(format!("{path}: {error}"))
    };
    let key = fs::read_to_string(&args.key).map_err(about(&args.key))?;
    let key = signature::PrivateKey::parse(&key)
        .map_err(|why| Problem::Usage(format!("{}: {why}", args.key.display())))?;
    let text = fs::read_to_string(&manifest).map_err(about(&manifest))?;
    let refuse =
        |rejection: crate::model::Rejection| Problem::Refused(format!("{}: {rejection}", manifest.display()));
    let parsed = Manifest::parse(&text).map_err(refuse)?;
    let folder = manifest.parent().unwrap_or(Path::new("."));
    let artifact = folder.join(parsed.artifact());
    let digest = Digest::of(&fs::read(&artifact).map_err(about(&artifact))?);
    let text = with_digest(&text, digest);
    // What was just written must be what is read.
    let signed = Manifest::parse(&text).map_err(refuse)?;
    if signed.digest() != Some(digest) {
        return Err(Problem::Refused(format!(
            "{}: write `artifact_digest` on a line of its own",
            manifest.display()
        )));
    }
    let beside = folder.join(signed.signature_file());
    replace(&beside, &key.sign(text.as_bytes()).to_string()).map_err(about(&beside))?;
    replace(&manifest, &text).map_err(about(&manifest))?;
    say(format_args!("{}: {digest}", artifact.display()));
    say(format_args!("{}: signed by key {}", beside.display(), signature::fingerprint(&key.public())));
    Ok(ExitCode::SUCCESS)
}

/// The text with this digest in its `[driver]` table; all else stays as it was written.
fn with_digest(text: &str, digest: Digest) -> String {
    let line = format!("artifact_digest = \"{digest}\"");
    let is = |key: &'static str| {
        move |line: &&str| {
            line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
        }
    };
    let has = text.lines().any(|line| is("artifact_digest")(&line));
    let mut lines: Vec<String> = Vec::new();
    for old in text.lines() {
        if is("artifact_digest")(&old) {
            lines.push(line.clone());
        } else {
            lines.push(old.to_owned());
            if !has && is("artifact")(&old) {
                lines.push(line.clone());
            }
        }
    }
    lines.join("\n") + "\n"
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

pub(super) fn verify(args: &VerifyArgs) -> Result<ExitCode, Problem> {
    let config = args.config.load().map_err(|errors| Problem::Host(errors.to_string()))?;
    let bundle = discovery::bundle_at(&args.plugin, &config)
        .map_err(|rejection| Problem::Refused(rejection.to_string()))?;
    let own = bundle.manifest.as_ref().map(|manifest| manifest.name().to_owned());
    let stem = || args.plugin.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = args.name.clone().or(own).unwrap_or_else(stem);
    let decided = trust::verify(&name, &bundle, &config, discovery::embedded_digest());
    let decided = decided
        .and_then(|trusted| bundle.manifest.as_ref().map_or(Ok(()), Manifest::compatible).map(|()| trusted));
    match decided {
        Ok(trusted) => {
            say(format_args!("driver `{name}`: trusted ({trusted}), {}", bundle.digest));
            Ok(ExitCode::SUCCESS)
        }
        Err(rejection) => {
            eprintln!("driver `{name}`: {}: {rejection}", rejection.reason);
            if !rejection.remedy.is_empty() {
                eprintln!("  what to do: {}", rejection.remedy);
            }
            Ok(ExitCode::FAILURE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_put_beside_the_artifact_and_the_rest_stays() {
        let digest = Digest::of(b"abc");
        let text = "a = 1 # keep\n[driver]\nartifact = \"x.wasm\"\nname = \"x\"\n";
        let once = with_digest(text, digest);
        let expected = format!(
            "a = 1 # keep\n[driver]\nartifact = \"x.wasm\"\nartifact_digest = \"{digest}\"\nname = \"x\"\n"
        );
        assert_eq!(once, expected);
        assert_eq!(with_digest(&once, digest), expected);
        let other = Digest::of(b"other");
        assert_eq!(with_digest(&once, other), expected.replace(&digest.to_string(), &other.to_string()));
    }
}
