//! One look at all places, and what it finds to be new.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::places::{Place, Spot, places};
use super::read::{self, Manifests};
use super::settle::{Seen, Step};
use crate::config::Config;
use crate::model::{DriverName, RejectReason, Rejection};
use crate::plugin::bundle::Bundle;

/// What a look has found to be new since the one before.
#[derive(Default)]
pub struct Scan {
    /// Plugins that appeared or changed.
    pub found: Vec<(DriverName, Bundle)>,
    /// Plugins that cannot be read, with the place where they lie; told once for each change.
    pub refused: Vec<(DriverName, String, Rejection)>,
    /// Drivers whose files have been gone for `plugins.removal_grace`.
    pub gone: Vec<DriverName>,
}

/// Remembers what was told, so that a look at unchanged folders costs a few system calls a plugin.
#[derive(Default)]
pub struct Scanner {
    config: Arc<Config>,
    manifests: Manifests,
    seen: BTreeMap<DriverName, (Spot, Seen)>,
    /// Since when the files of a driver that was told of are missing.
    missing: BTreeMap<DriverName, Instant>,
    refused: Vec<(DriverName, String, Rejection)>,
    next_look: Option<Instant>,
    first_done: bool,
}

impl Scanner {
    /// A scanner that has seen nothing yet.
    pub fn new(config: &Arc<Config>) -> Self {
        Self { config: Arc::clone(config), ..Self::default() }
    }

    /// When another look is due because something has not come to rest.
    pub fn next_look(&self) -> Option<Instant> {
        self.next_look
    }

    /// The plugin that lies there under a name now, read anew.
    pub fn current(&self, name: &DriverName) -> Option<Result<Bundle, Rejection>> {
        self.seen.get(name).map(|(spot, _)| read::bundle(spot, &self.config))
    }

    /// Looks at all places. Blocking.
    pub fn scan(&mut self, now: Instant) -> Scan {
        let config = Arc::clone(&self.config);
        let looked = places(&config, &mut self.manifests);
        let mut scan = Scan::default();
        self.next_look = None;
        scan.refused =
            looked.refused.iter().filter(|refused| !self.refused.contains(refused)).cloned().collect();
        self.refused = looked.refused;
        self.note_missing(&looked.spots, now, &mut scan);
        for (name, spot) in &looked.spots {
            self.look_at(name, spot, now, &config, &mut scan);
        }
        let manifest = |spot: &Spot| match &spot.place {
            Place::Manifest(path) => Some(path.clone()),
            _ => None,
        };
        let there: std::collections::HashSet<_> = looked.spots.values().filter_map(manifest).collect();
        self.manifests.retain(|path| there.contains(path));
        self.first_done = true;
        scan
    }

    fn look_at(&mut self, name: &DriverName, spot: &Spot, now: Instant, config: &Config, scan: &mut Scan) {
        let settle = config.plugins.settle;
        let prints = self.manifests.prints(&spot.place);
        let fresh = || {
            let recently = prints.iter().flatten().any(|print| print.age().is_none_or(|age| age < settle));
            let old = spot.place == Place::Embedded || (!self.first_done && !recently);
            (spot.clone(), Seen::new(prints, now, old, settle))
        };
        let known = self.seen.entry(name.clone()).or_insert_with(fresh);
        if known.0 != *spot {
            *known = fresh();
        }
        let seen = &mut known.1;
        let step = seen.look(prints, now, settle);
        let due = now + settle;
        let mut later =
            |then: Instant| self.next_look = Some(self.next_look.map_or(then, |next| next.min(then)));
        match step {
            Step::Known => {}
            Step::Wait(then) => later(then),
            Step::Try => match read::bundle(spot, config) {
                Ok(bundle) if vouches_for_itself(&bundle) => {
                    seen.told();
                    scan.found.push((name.clone(), bundle));
                }
                _ => {
                    seen.tried();
                    later(due);
                }
            },
            Step::Read => {
                seen.told();
                match read::bundle(spot, config).and_then(whole) {
                    Ok(bundle) => scan.found.push((name.clone(), bundle)),
                    Err(rejection) => scan.refused.push((name.clone(), spot.place.shown(), rejection)),
                }
            }
        }
    }

    fn note_missing(&mut self, spots: &BTreeMap<DriverName, Spot>, now: Instant, scan: &mut Scan) {
        let grace = self.config.plugins.removal_grace;
        let lost: Vec<DriverName> =
            self.seen.keys().filter(|name| !spots.contains_key(*name)).cloned().collect();
        for name in lost {
            self.seen.remove(&name);
            self.missing.insert(name, now);
        }
        self.missing.retain(|name, since| {
            if spots.contains_key(name) {
                return false;
            }
            let due = *since + grace;
            if now >= due {
                scan.gone.push(name.clone());
                return false;
            }
            self.next_look = Some(self.next_look.map_or(due, |next| next.min(due)));
            true
        });
    }
}

/// Its manifest names the digest that its artifact has: nobody is writing any more.
fn vouches_for_itself(bundle: &Bundle) -> bool {
    bundle.manifest.as_ref().and_then(crate::plugin::manifest::Manifest::digest) == Some(bundle.digest)
}

/// What has come to rest with another digest than its manifest names will not become whole by itself.
fn whole(bundle: Bundle) -> Result<Bundle, Rejection> {
    match bundle.manifest.as_ref().and_then(crate::plugin::manifest::Manifest::digest) {
        Some(named) if named != bundle.digest => {
            let text = format!("the artifact has the digest {}, its manifest names {named}", bundle.digest);
            Err(Rejection::new(RejectReason::DigestMismatch, text)
                .remedy("Install artifact and manifest of one release; `driver-manager plugin sign` brings them together."))
        }
        _ => Ok(bundle),
    }
}
