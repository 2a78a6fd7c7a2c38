//! What the cache is for, and how it is kept small.

use std::fs::{self, File};
use std::time::UNIX_EPOCH;

use crate::home::{DRIVERS, Home, Visit};

#[tokio::test]
async fn the_first_start_compiles_and_the_second_takes_it_from_the_cache() {
    let home = Home::new();
    let first = home.visit().await;
    assert_eq!(first.cached(), 0);
    let written = home.entries();
    assert_eq!(written.len(), DRIVERS.len());
    let before: Vec<_> = written.iter().map(|path| fs::read(path).unwrap()).collect();

    let second = home.visit().await;
    assert_eq!(second.cached(), DRIVERS.len());
    println!(
        "loading {} drivers: {:.1} ms compiled, {:.1} ms cached",
        DRIVERS.len(),
        first.load_ms(),
        second.load_ms()
    );
    assert!(second.load_ms() < first.load_ms() / 2.0, "the cache saves no time");
    assert_eq!(second.rejections(), [""; 0]);
    assert_eq!(home.entries(), written);
    let after: Vec<_> = written.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(before == after, "a hit must not write");
}

#[tokio::test]
async fn two_hosts_that_start_at_once_share_one_cache() {
    let home = Home::new();
    let (one, other) = tokio::join!(home.host(|_| {}), home.host(|_| {}));
    let (one, other) = tokio::join!(Visit::of(one), Visit::of(other));
    for visit in [&one, &other] {
        assert_eq!(visit.rejections(), [""; 0]);
        assert_eq!(visit.warnings("cache", "error"), [""; 0]);
    }
    assert_eq!(
        home.entries().len(),
        DRIVERS.len(),
        "one entry for each component, and nothing left half-written"
    );
    let later = home.visit().await;
    assert_eq!((later.cached(), later.rejections().len()), (DRIVERS.len(), 0));
}

#[tokio::test]
async fn a_cache_that_vanishes_is_made_anew() {
    let home = Home::new();
    home.visit().await;
    fs::remove_dir_all(home.cache()).unwrap();
    assert_eq!(home.visit().await.cached(), 0);
    assert_eq!(home.visit().await.cached(), DRIVERS.len());
}

#[tokio::test]
async fn a_cache_over_its_bound_drops_what_was_unused_longest() {
    let home = Home::new();
    home.visit().await;
    let sizes: Vec<_> = home.entries().iter().map(|path| fs::metadata(path).unwrap().len()).collect();
    let strangers = home.cache().join("old.cwasm");
    File::create(&strangers).unwrap().set_len(2 << 30).unwrap();
    File::options().write(true).open(&strangers).unwrap().set_modified(UNIX_EPOCH).unwrap();
    let gone = home.entries().remove(0);
    fs::remove_file(&gone).unwrap();
    let visit = home.visit().await;
    assert_eq!(visit.cached(), DRIVERS.len() - 1);
    assert!(!strangers.exists(), "over `wasm.max_cache`, and nobody used it");
    assert_eq!(home.entries().len(), sizes.len());
}
