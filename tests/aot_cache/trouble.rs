//! Folders that cannot be used: the host serves all the same, slower, and says why.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::home::{DRIVERS, Home, Visit};
use crate::support::host::{BINARY, new_folder};

/// The host serves without a cache, and says why in the log and in its health.
async fn does_without(home: &Home, why: &str) {
    let host = home.host(|_| {}).await;
    let (status, page) = host.http_get("/healthz").await;
    let health: Value = serde_json::from_str(&page).unwrap();
    let notes = health["notes"].to_string();
    assert_eq!(status, 200);
    assert!(notes.contains("compiled components are not kept") && notes.contains(why), "{page}");
    let visit = Visit::of(host).await;
    assert_eq!(visit.cached(), 0);
    let warned = visit.0.iter().any(|line| line["level"] == "WARN" && line.to_string().contains(why));
    assert!(warned, "no warning with {why:?}: {:#?}", visit.0);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_costs_only_time() {
    let home = Home::new();
    File::create(home.cache()).unwrap();
    does_without(&home, "exists").await;
    let home = Home::new();
    File::create(home.state()).unwrap();
    does_without(&home, "exists").await;
}

#[tokio::test]
async fn a_folder_that_others_can_reach_is_not_used() {
    for open in [Home::cache, Home::state] {
        for others in [0o750, 0o705, 0o702] {
            let home = Home::new();
            fs::create_dir(open(&home)).unwrap();
            fs::set_permissions(open(&home), Permissions::from_mode(others)).unwrap();
            does_without(&home, "is open to other users; chmod 700 it").await;
            assert_eq!(fs::read_dir(open(&home)).unwrap().count(), 0, "something was kept there");
        }
    }
}

#[tokio::test]
async fn a_link_in_place_of_the_folder_is_not_followed() {
    let home = Home::new();
    let elsewhere = new_folder();
    symlink(elsewhere.path(), home.cache()).unwrap();
    does_without(&home, "is not a folder").await;
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_key_that_is_too_short_is_not_used() {
    let home = Home::new();
    home.visit().await;
    fs::write(home.state().join("aot-cache.key"), [0; 31]).unwrap();
    does_without(&home, "compiled components are not kept").await;
}

#[tokio::test]
async fn a_full_disk_costs_only_time() {
    let home = Home::new();
    let host = home
        .host(|command| {
            // Files of at most some kilobytes, as a stand-in for a disk that is nearly full: the key fits.
            let mut limited = Command::new("/bin/sh");
            limited
                .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"", BINARY])
                .args(command.get_args());
            rebuild(command, limited);
        })
        .await;
    let visit = Visit::of(host).await;
    assert_eq!(visit.cached(), 0);
    assert_eq!(visit.warnings("entry not written", "error").len(), DRIVERS.len());
    assert!(home.entries().is_empty(), "no half entry under any name");
    home.visit().await;
    assert_eq!(home.visit().await.cached(), DRIVERS.len());
}

/// Puts a command in place of another, with the other's environment and streams.
fn rebuild(command: &mut Command, mut other: Command) {
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        other.current_dir(folder);
    }
    other.stdin(Stdio::null());
    other.stdout(Stdio::piped()).stderr(Stdio::piped());
    *command = other;
}

/// Neither root nor anybody; `nobody` on most systems.
const OTHER_USER: u32 = 65534;

#[tokio::test]
async fn a_read_only_cache_still_serves_and_a_missing_entry_costs_only_time() {
    let home = Home::new();
    home.visit().await;
    let entries = home.entries();
    fs::remove_file(&entries[0]).unwrap();
    let kept = &entries[1..];
    let before = fs::read(&kept[0]).unwrap();
    // Modes do not bind root, so root's host runs as somebody else, to whom all of it is given.
    let root = rustix::process::geteuid().is_root();
    if root {
        let files = [home.cache(), home.state(), home.state().join("aot-cache.key"), kept[0].clone()];
        files
            .into_iter()
            .chain([home.0.path().to_owned()])
            .for_each(|path| chown(path, Some(OTHER_USER), None).unwrap());
    }
    fs::set_permissions(home.cache(), Permissions::from_mode(0o500)).unwrap();
    let host = home
        .host(|command| {
            if root {
                let config = command.get_args().last().map(PathBuf::from).unwrap();
                let folder = config.parent().unwrap();
                for path in [folder, &folder.join("work"), &config] {
                    chown(path, Some(OTHER_USER), None).unwrap();
                }
                command.uid(OTHER_USER);
            }
        })
        .await;
    let visit = Visit::of(host).await;
    assert_eq!((visit.cached(), visit.rejections().len()), (1, 0));
    assert_eq!(visit.warnings("entry not written", "error").len(), 1);
    fs::set_permissions(home.cache(), Permissions::from_mode(0o700)).unwrap();
    assert_eq!(home.entries(), kept);
    assert_eq!(fs::read(&kept[0]).unwrap(), before);
}
