//! The page in a browser.

use serde_json::{Value, json};

use crate::browser::{Browser, PHONE, WIDE};
use crate::stage;
use crate::support::guests::{answer, bell};
use crate::support::host::Host;

/// Keys as `WebDriver` names them.
const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";

fn url(host: &Host) -> String {
    format!("http://{}/", host.http)
}

/// The text of a driver's row.
fn row(driver: &str) -> String {
    format!("document.querySelector('tr[data-driver=\"{driver}\"]')?.innerText")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_appears_while_somebody_looks() {
    let host = stage::host().await;
    let browser = Browser::open(&url(&host), WIDE);
    browser.wait_until(&format!("{}?.includes('#1')", row("lab")));
    browser.wait_until("document.querySelector('#host-state').innerText === 'Ready'");
    assert!(
        browser
            .run("return document.querySelector('#drivers').innerText")
            .to_string()
            .contains("PLUGIN_START_FAILED")
    );

    stage::swap(&host).await;
    browser.wait_until(&format!("{}?.includes('#2')", row("lab")));
    browser.wait_until("document.querySelector('#log').innerText.includes('lab #2')");
    // Whoever hears the page instead of seeing it is told, too.
    browser.wait_until("document.querySelector('#news').textContent.startsWith('lab: ')");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_appear_in_figures_and_plots() {
    let host = stage::host().await;
    let browser = Browser::open(&url(&host), WIDE);
    browser.wait_until("document.querySelector('#rate').textContent === '0.00'");
    let client = host.client().await;
    for job in ["one", "two", "three"] {
        answer(&client, bell(job, "lab:a", &[])).await;
    }
    browser.wait_until("document.querySelector('#rate').textContent > 0");
    browser.wait_until("document.querySelector('#p50').textContent > 0");
    browser.wait_until("document.querySelector('#rate-plot path.answered').getAttribute('d') !== ''");
    browser.wait_until("document.querySelector('#latency-plot path.p50').getAttribute('d') !== ''");
    browser.wait_until("document.querySelector('#breakers').innerText.includes('lab:a')");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_asks_nobody_but_its_host_and_has_nothing_to_complain_of() {
    let host = stage::host().await;
    let browser = Browser::open(&url(&host), WIDE);
    browser.wait_until(&row("lab"));
    stage::swap(&host).await;
    browser.wait_until(&format!("{}?.includes('#2')", row("lab")));

    assert_eq!(browser.complaints(), Vec::<Value>::new());
    // Chromium's own start page is not ours.
    let asked: Vec<_> =
        browser.asked().into_iter().filter(|address| !address.starts_with("chrome://")).collect();
    for part in ["", "console/console.js", "console/console.css", "console/icon.svg", "console/state"] {
        let address = format!("{}{part}", url(&host));
        assert!(asked.contains(&address), "{address} is not in {asked:?}");
    }
    let own = |address: &&String| address.starts_with(&url(&host)) || address.starts_with("data:");
    let elsewhere: Vec<_> = asked.iter().filter(|address| !own(address)).collect();
    assert_eq!(elsewhere, Vec::<&String>::new());

    // What is looked for can be found: a complaint, and a request that the policy holds back.
    browser.run("console.error('a complaint'); fetch('http://127.0.0.2:9/').catch(() => {}); return true");
    browser.wait_until("true");
    let complaints = json!(browser.complaints()).to_string();
    assert!(
        complaints.contains("a complaint") && complaints.contains("Content Security Policy"),
        "{complaints}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_gone_is_said_to_be_gone() {
    let mut host = stage::host().await;
    let browser = Browser::open(&url(&host), WIDE);
    browser.wait_until(&row("lab"));
    host.stop().await;
    browser.wait_until("document.querySelector('#host-state').innerText === 'No contact'");
    assert_eq!(browser.run("return document.body.classList.contains('stale')"), true);
    // What was last known still stands.
    browser.wait_until(&row("lab"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_from_the_keyboard() {
    let host = stage::host().await;
    let browser = Browser::open(&url(&host), WIDE);
    browser.wait_until(&row("lab"));
    browser.press(TAB);
    assert_eq!(browser.run("return document.activeElement.className"), "skip");
    browser.press(ENTER);
    browser.wait_until("document.activeElement.id === 'main'");
    browser.press("p");
    browser.wait_until("document.querySelector('#pause').getAttribute('aria-pressed') === 'true'");
    browser.press("p");
    browser.wait_until("document.querySelector('#pause').getAttribute('aria-pressed') === 'false'");
    browser.press("/");
    browser.wait_until("document.activeElement.id === 'filter'");
    for key in ["l", "a", "b"] {
        browser.press(key);
    }
    browser.wait_until("document.querySelectorAll('#devices tbody tr').length === 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_needs_no_sideways_scrolling() {
    let host = stage::host().await;
    let browser = Browser::open(&url(&host), PHONE);
    browser.wait_until(&row("lab"));
    let widths = browser.run("return [document.documentElement.scrollWidth, window.innerWidth]");
    assert_eq!(widths[0], widths[1]);
    assert_eq!(widths[1], PHONE.width);
}
