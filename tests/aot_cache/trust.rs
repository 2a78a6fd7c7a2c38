//! Entries that this host did not write, or not so: deleted and compiled anew.

use std::fs;

use crate::home::{DRIVERS, Home, mode};

/// Bytes in front of an entry's code: the authentication tag.
const TAG: usize = 32;

#[tokio::test]
async fn folders_entries_and_key_are_for_the_service_alone() {
    let home = Home::new();
    home.visit().await;
    assert_eq!((mode(&home.cache()), mode(&home.state())), (0o700, 0o700));
    for file in home.entries().into_iter().chain([home.state().join("aot-cache.key")]) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    let mut kept: Vec<_> =
        fs::read_dir(home.state()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    kept.sort();
    assert_eq!(kept, ["aot-cache.key", "plugins"], "nothing but the key and what is known of drivers");
    for folder in ["plugins", "plugins/artifacts"] {
        assert_eq!(mode(&home.state().join(folder)), 0o700, "{folder}");
    }
    let key = fs::read(home.state().join("aot-cache.key")).unwrap();
    assert!(key.len() == 32 && key.iter().any(|byte| *byte != key[0]), "no key: {key:?}");
    for entry in home.entries() {
        let content = fs::read(entry).unwrap();
        assert!(!content.windows(key.len()).any(|window| window == key), "an entry gives the key away");
    }
}

#[tokio::test]
async fn an_entry_that_is_damaged_in_any_way_is_never_run_but_compiled_anew() {
    let home = Home::new();
    home.visit().await;
    let (good, damaged) = (home.entries(), home.entries().remove(0));
    let whole = fs::read(&damaged).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let damages = [
        ("empty", Vec::new(), "too short"),
        ("shorter than a tag", whole[..TAG - 1].to_vec(), "too short"),
        ("a tag alone", whole[..TAG].to_vec(), "damaged"),
        ("half", whole[..whole.len() / 2].to_vec(), "damaged"),
        ("a byte less", whole[..whole.len() - 1].to_vec(), "damaged"),
        ("a byte more", [&whole[..], &[0]].concat(), "damaged"),
        ("a bit of the tag", flipped(0), "damaged"),
        ("a bit of the first byte", flipped(TAG), "damaged"),
        ("a bit in the middle", flipped(whole.len() / 2), "damaged"),
        ("a bit of the last byte", flipped(whole.len() - 1), "damaged"),
        ("native code without a tag", whole[TAG..].to_vec(), "damaged"),
    ];
    for (how, bytes, reason) in damages {
        fs::write(&damaged, &bytes).unwrap();
        let visit = home.visit().await;
        assert_eq!(visit.cached(), DRIVERS.len() - 1, "{how}");
        let rejections = visit.rejections();
        assert!(rejections.len() == 1 && rejections[0].contains(reason), "{how}: {rejections:?}");
        assert_eq!(home.entries(), good, "{how}");
        assert_eq!(mode(&damaged), 0o600, "{how}");
        assert_ne!(fs::read(&damaged).unwrap(), bytes, "{how} was left in place");
    }
    assert_eq!(home.visit().await.cached(), DRIVERS.len(), "the new entry is good");
}

#[tokio::test]
async fn good_entries_under_each_other_s_names_are_not_run() {
    let home = Home::new();
    home.visit().await;
    let entries = home.entries();
    let aside = home.cache().join("aside");
    for (from, to) in [(&entries[0], &aside), (&entries[1], &entries[0]), (&aside, &entries[1])] {
        fs::rename(from, to).unwrap();
    }
    let visit = home.visit().await;
    assert_eq!((visit.cached(), visit.rejections().len()), (0, 2), "{:?}", visit.rejections());
    assert_eq!(home.visit().await.cached(), 2);
}

#[tokio::test]
async fn entries_written_under_another_key_are_not_run() {
    let (ours, theirs) = (Home::new(), Home::new());
    ours.visit().await;
    theirs.visit().await;
    let names = ours.entries();
    for (name, foreign) in names.iter().zip(theirs.entries()) {
        assert_eq!(name.file_name(), foreign.file_name(), "same component, same engine, same name");
        fs::copy(foreign, name).unwrap();
    }
    let visit = ours.visit().await;
    assert_eq!((visit.cached(), visit.rejections().len()), (0, 2), "{:?}", visit.rejections());

    // The key itself is lost: what it vouched for is worth nothing, and a new one is made.
    fs::remove_file(ours.state().join("aot-cache.key")).unwrap();
    let visit = ours.visit().await;
    assert_eq!((visit.cached(), visit.rejections().len()), (0, 2), "{:?}", visit.rejections());
    assert_eq!(ours.visit().await.cached(), 2);
}
