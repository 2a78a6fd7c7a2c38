//! A replacement as it comes in: a header, then the artifact in chunks, within bounds.

use tonic::{Status, Streaming};

use super::proto::swap_driver_request::{Header, Part};
use super::proto::{Canary, SwapDriverRequest};
use super::status;
use crate::config;
use crate::model::{Digest, DriverName};
use crate::plugin::{Replacement, SwapRequest, Trial};

/// How much an upload may bring.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes of an artifact (`wasm.max_component`).
    pub(super) artifact: usize,
    /// Bytes of a manifest, and of a signature (`plugins.max_manifest`).
    pub(super) text: usize,
}

/// Reads a swap's messages to their end.
pub(super) async fn read(
    mut messages: Streaming<SwapDriverRequest>,
    bounds: Bounds,
) -> Result<SwapRequest, Status> {
    let first = messages.message().await?.and_then(|message| message.part);
    let Some(Part::Header(header)) = first else {
        return Err(status::invalid("header", "the first message must be the header"));
    };
    for (field, text) in [("manifest", &header.manifest), ("signature", &header.signature)] {
        if text.len() > bounds.text {
            let text = format!("has {} bytes; `plugins.max_manifest` allows {}", text.len(), bounds.text);
            return Err(status::too_large(field, &text));
        }
    }
    let mut artifact = Vec::new();
    while let Some(message) = messages.message().await? {
        let Some(Part::Chunk(chunk)) = message.part else {
            return Err(status::invalid("chunk", "after the header only chunks may follow"));
        };
        if !header.upload {
            return Err(status::invalid("upload", "chunks came although `upload` is not set"));
        }
        if artifact.len() + chunk.len() > bounds.artifact {
            let text = format!("is over {} bytes, which `wasm.max_component` allows", bounds.artifact);
            return Err(status::too_large("chunk", &text));
        }
        artifact.extend_from_slice(&chunk);
    }
    request(header, artifact)
}

fn request(header: Header, artifact: Vec<u8>) -> Result<SwapRequest, Status> {
    let replacement = match (header.upload, header.path.is_empty()) {
        (true, true) if artifact.is_empty() => return Err(status::invalid("chunk", "the artifact is empty")),
        (true, true) => Replacement::Upload {
            artifact,
            manifest: Some(header.manifest).filter(|text| !text.is_empty()),
            signature: Some(header.signature).filter(|text| !text.is_empty()),
        },
        (false, false) => Replacement::Path(header.path.into()),
        _ => return Err(status::invalid("path", "give either `path` or `upload`")),
    };
    let expected_digest = match header.expected_digest.as_str() {
        "" => None,
        text => {
            let digest = text.parse::<Digest>();
            Some(digest.map_err(|error| status::invalid("expected_digest", error.to_string()))?)
        }
    };
    Ok(SwapRequest {
        name: name(&header.name)?,
        replacement,
        expected_digest,
        dry_run: header.dry_run,
        trial: header.canary.as_ref().map(trial).transpose()?,
    })
}

/// A driver's name that can be one.
pub(super) fn name(text: &str) -> Result<DriverName, Status> {
    if config::is_driver_name(text) {
        return Ok(DriverName::new(text));
    }
    Err(status::invalid("name", "must be 1 to 64 of the characters `a` to `z`, `0` to `9` and `-`"))
}

fn trial(canary: &Canary) -> Result<Trial, Status> {
    let within = |field: &str, value: f64, low: f64| {
        if value > low && value <= 1.0 || value == 0.0 && low < 0.0 {
            Ok(value)
        } else {
            Err(status::invalid(field, "must be a share, 0 to 1"))
        }
    };
    if canary.requests == 0 {
        return Err(status::invalid("canary.requests", "must be > 0"));
    }
    let ratio = canary.max_latency_ratio;
    if !ratio.is_finite() || ratio < 0.0 {
        return Err(status::invalid("canary.max_latency_ratio", "must be 0 or more"));
    }
    Ok(Trial {
        share: within("canary.share", canary.share, 0.0)?,
        requests: canary.requests,
        max_error_rate: within("canary.max_error_rate", canary.max_error_rate, -1.0)?,
        max_latency_ratio: (ratio > 0.0).then_some(ratio),
        timeout: config::Canary::default().timeout,
    })
}
