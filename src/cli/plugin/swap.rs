//! `plugin swap`: a replacement brought to the host, and each of its steps shown.

use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use futures::stream;
use indicatif::{ProgressBar, ProgressStyle};

use super::super::exit::Problem;
use super::AdminArgs;
use super::change::{absolute, print};
use super::connect::connect;
use crate::grpc::admin::proto::swap_driver_request::{Header, Part};
use crate::grpc::admin::proto::swap_driver_response::Part as Answer;
use crate::grpc::admin::proto::{Canary, SwapDriverRequest};
use crate::plugin::manifest::{MANIFEST_FILE, Manifest};

/// Bytes of the artifact in one message.
const CHUNK: usize = 64 << 10;

/// What to replace, and how.
#[derive(Debug, Args)]
pub(in crate::cli) struct SwapArgs {
    /// The driver.
    name: String,
    /// The new component, its plugin.toml, or the folder that holds one.
    file: PathBuf,
    /// The file lies on the host: it is named, not sent.
    #[arg(long)]
    on_host: bool,
    /// Take every step but the last: nothing changes.
    #[arg(long)]
    dry_run: bool,
    /// The digest that the artifact must have (sha256:…).
    #[arg(long, value_name = "DIGEST")]
    expect: Option<String>,
    /// Try it on this share of the requests first, in percent.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    canary: Option<u8>,
    /// The trial has passed after so many answers.
    #[arg(long, value_name = "COUNT", default_value_t = 100, requires = "canary")]
    canary_requests: u64,
    /// The largest share of failures among them, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 5, requires = "canary", value_parser = clap::value_parser!(u8).range(0..=100))]
    canary_errors: u8,
    #[command(flatten)]
    admin: AdminArgs,
}

pub(super) async fn run(args: SwapArgs) -> Result<ExitCode, Problem> {
    let mut header = Header {
        name: args.name.clone(),
        expected_digest: args.expect.clone().unwrap_or_default(),
        dry_run: args.dry_run,
        canary: args.canary.map(|percent| Canary {
            share: f64::from(percent) / 100.0,
            requests: args.canary_requests,
            max_error_rate: f64::from(args.canary_errors) / 100.0,
            max_latency_ratio: 0.0,
        }),
        ..Header::default()
    };
    let mut artifact = Vec::new();
    if args.on_host {
        header.path = absolute(&args.file)?;
    } else {
        header.upload = true;
        artifact = read_bundle(&args.file, &mut header)?;
    }
    let chunks: Vec<_> = artifact.chunks(CHUNK).map(|chunk| Part::Chunk(chunk.to_vec())).collect();
    let parts = std::iter::once(Part::Header(header)).chain(chunks);
    let messages = stream::iter(parts.map(|part| SwapDriverRequest { part: Some(part) }));
    let progress = Steps::begin();
    let mut answers = connect(&args.admin).await?.swap_driver(messages).await?.into_inner();
    while let Some(answer) = answers.message().await? {
        match answer.part {
            Some(Answer::Progress(step)) => progress.step(&step.step),
            Some(Answer::Result(change)) => {
                progress.end();
                print(&args.name, &change, args.admin.json);
                return Ok(ExitCode::SUCCESS);
            }
            None => {}
        }
    }
    Err(Problem::Unreachable(
        "the host ended the swap without a result; `plugin show` tells what became of it".to_owned(),
    ))
}

/// The artifact; a manifest and its signature go into the header.
fn read_bundle(file: &Path, header: &mut Header) -> Result<Vec<u8>, Problem> {
    let unreadable =
        |path: &Path, error: &dyn std::fmt::Display| Problem::Usage(format!("{}: {error}", path.display()));
    let manifest = if file.is_dir() { file.join(MANIFEST_FILE) } else { file.to_owned() };
    if manifest.file_name().is_none_or(|name| name != MANIFEST_FILE) {
        return fs::read(file).map_err(|error| unreadable(file, &error));
    }
    let text = fs::read_to_string(&manifest).map_err(|error| unreadable(&manifest, &error))?;
    let parsed = Manifest::parse(&text).map_err(|rejection| unreadable(&manifest, &rejection))?;
    let folder = manifest.parent().unwrap_or(Path::new("."));
    let artifact = folder.join(parsed.artifact());
    // A missing signature is for the host to judge.
    header.signature = fs::read_to_string(folder.join(parsed.signature_file())).unwrap_or_default();
    header.manifest = text;
    fs::read(&artifact).map_err(|error| unreadable(&artifact, &error))
}

/// The step under way: a spinner on a terminal, a line each elsewhere.
struct Steps(Option<ProgressBar>);

impl Steps {
    fn begin() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
        bar.enable_steady_tick(Duration::from_millis(100));
        bar.set_message("send");
        Self(Some(bar))
    }

    fn step(&self, name: &str) {
        match &self.0 {
            Some(bar) => bar.set_message(name.to_owned()),
            None => eprintln!("{name}"),
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
