//! A headless Chromium, by W3C `WebDriver` (<https://www.w3.org/TR/webdriver2/>) and its own additions for logs.
//!
//! A client of our own, since the one that is written in Rust stands under a licence that `deny.toml` does not
//! allow. It blocks, which harms nobody in a test. Browser and profile go with the handle.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::host::new_folder;
use crate::support::watchdog::Watchdog;

/// Longest time for the browser to do what it was told, and for a page to become what is expected.
const PATIENCE: Duration = Duration::from_secs(25);
/// A browser for the first time, on a machine that does much else.
const START: Duration = Duration::from_mins(2);

/// What one looks at the page with.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// Whether the person prefers dark pages.
    pub dark: bool,
    /// Whether it is a phone.
    pub phone: bool,
}

/// A window of usual size.
pub const WIDE: Screen = Screen { width: 1280, height: 1240, dark: false, phone: false };
/// A phone of usual size.
pub const PHONE: Screen = Screen { width: 390, height: 844, dark: false, phone: true };

/// A browser with one page.
pub struct Browser {
    driver: Child,
    watchdog: Watchdog,
    address: SocketAddr,
    session: String,
    profile: TempDir,
}

impl Browser {
    /// Opens a page.
    pub fn open(url: &str, screen: Screen) -> Self {
        let profile = new_folder();
        let mut driver = Command::new("chromedriver");
        driver.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver =
            driver.spawn().unwrap_or_else(|error| panic!("chromedriver: {error}; run `cargo xtask test`"));
        let watchdog = Watchdog::over(&driver);
        let mut said = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = said.find_map(|line| {
            line.rsplit_once(" successfully on port ")?.1.trim_end_matches('.').parse().ok()
        });
        let port = port.unwrap_or_else(|| panic!("chromedriver does not start"));
        // A full pipe would hold it up.
        std::thread::spawn(move || said.for_each(drop));
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut browser = Self { driver, watchdog, address, session: String::new(), profile };
        browser.begin(screen);
        browser.post("url", &json!({ "url": url }));
        browser
    }

    fn begin(&mut self, screen: Screen) {
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ];
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let arguments: Vec<_> = arguments.into_iter().map(str::to_owned).chain([profile]).collect();
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let made = request(self.address, "POST", "/session", &wanted, START);
        made["sessionId"]
            .as_str()
            .unwrap_or_else(|| panic!("no session: {made}"))
            .clone_into(&mut self.session);
        let Screen { width, height, dark, phone } = screen;
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": if phone { 2 } else { 1 }, "mobile": phone }),
        );
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// What a script says that ends with `return`.
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until an expression holds; gives its value.
    #[track_caller]
    pub fn wait_until(&self, expression: &str) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let value = self.run(&format!("return {expression}"));
            if !matches!(value, Value::Null | Value::Bool(false)) {
                return value;
            }
            let page = || self.run("return document.body.innerText");
            assert!(Instant::now() < end, "{expression} never holds: {}", page());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Presses a key, given as `WebDriver` names it.
    pub fn press(&self, key: &str) {
        let actions = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        self.post("actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }));
    }

    /// What the page complained of since the last look.
    pub fn complaints(&self) -> Vec<Value> {
        let log = self.post("se/log", &json!({ "type": "browser" }));
        log.as_array().cloned().unwrap_or_default()
    }

    /// Every address that was asked since the last look.
    pub fn asked(&self) -> Vec<String> {
        let log = self.post("se/log", &json!({ "type": "performance" }));
        let messages = log.as_array().into_iter().flatten().filter_map(|entry| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &message["message"];
            let asked = message["method"] == "Network.requestWillBeSent";
            asked.then(|| message["params"]["request"]["url"].as_str().unwrap_or_default().to_owned())
        });
        messages.collect()
    }

    /// A picture, as a PNG: of the whole page, or of what a phone shows of it.
    pub fn picture(&self, whole: bool) -> Vec<u8> {
        let shot = self.devtools("Page.captureScreenshot", &json!({ "captureBeyondViewport": whole }));
        STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    fn post(&self, command: &str, body: &Value) -> Value {
        request(self.address, "POST", &format!("/session/{}/{command}", self.session), body, PATIENCE)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The end of the session ends Chromium; the end of its driver alone would not.
        let path = format!("/session/{}", self.session);
        let _ = exchange(self.address, "DELETE", &path, "", PATIENCE);
        self.watchdog.call_off();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

#[track_caller]
fn request(address: SocketAddr, method: &str, path: &str, body: &Value, patience: Duration) -> Value {
    let answer = exchange(address, method, path, &body.to_string(), patience);
    let answer = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let value = answer["value"].clone();
    assert!(value["error"].is_null(), "{method} {path}: {value}");
    value
}

/// One request over a connection of its own; gives the answer's body.
fn exchange(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
    patience: Duration,
) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(patience))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut answer = vec![0; length];
    reader.read_exact(&mut answer)?;
    Ok(answer)
}
