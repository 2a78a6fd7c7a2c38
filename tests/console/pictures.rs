//! Pictures of the console. `cargo xtask pictures` puts them into `docs/images`; a test leaves them in `target`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::browser::{Browser, PHONE, Screen, WIDE};
use crate::stage;
use crate::support::operator::Operator;
use driver_manager::grpc::admin::proto::set_breaker_request::Which;
use driver_manager::grpc::admin::proto::{BreakerState, SetBreakerRequest};

/// The first bytes of every PNG.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn folder() -> PathBuf {
    let asked = std::env::var_os("DRIVER_MANAGER_PICTURES").map(PathBuf::from);
    asked.unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_is_pictured_wide_and_on_a_phone_in_light_and_dark() {
    let host = stage::host().await;
    stage::swap(&host).await;
    let which = Some(Which::DeviceId("lab:b".to_owned()));
    let held = SetBreakerRequest { which, hold: BreakerState::Open.into() };
    Operator::of(&host).await.client.set_breaker(held).await.unwrap();
    stage::requests(&host).await;
    fs::create_dir_all(folder()).unwrap();
    for (name, screen) in [("wide", WIDE), ("phone", PHONE)] {
        for dark in [false, true] {
            let browser = Browser::open(&format!("http://{}/", host.http), Screen { dark, ..screen });
            browser.wait_until("document.querySelector('#latency-plot path.p50')?.getAttribute('d')");
            let ground = browser.run("return getComputedStyle(document.body).backgroundColor");
            assert_eq!(ground == "rgb(13, 17, 23)", dark, "{ground}");
            let picture = browser.picture(!screen.phone);
            assert!(picture.starts_with(PNG));
            let shade = if dark { "dark" } else { "light" };
            fs::write(folder().join(format!("console-{name}-{shade}.png")), picture).unwrap();
        }
    }
}
