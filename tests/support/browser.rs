//! A headless Chromium for tests of the page, driven by its DevTools protocol over a pipe.

use crate::tools;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Names under which systems have it.
const NAMES: &[&str] = &["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

/// Settings that keep it to itself.
const SETTINGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--window-size=1280,1000",
    "--remote-debugging-pipe",
];

/// One browser at a time: each takes as much memory as all servers of the suite.
static TURN: Mutex<()> = Mutex::new(());

/// A browser with one page; it ends when this is dropped.
pub struct Browser {
    process: Child,
    commands: ChildStdin,
    messages: BufReader<ChildStdout>,
    calls: u64,
    session: Option<String>,
    events: Vec<Value>,
    // Dropped last: the browser writes there while it runs.
    _profile: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Browser {
    /// Starts a browser; none where there is none, which is told as by [`tools::works`].
    pub fn start() -> Option<Self> {
        let is_there = |name: &&str| {
            let mut asked = Command::new(name);
            asked.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            asked.status().is_ok_and(|status| status.success())
        };
        let Some(name) = NAMES.iter().copied().find(is_there) else {
            tools::works(&["chromium", "--version"]);
            return None;
        };
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = tempfile::tempdir().expect("a temporary folder");
        // It reads commands from descriptor 3 and writes answers to descriptor 4.
        let mut process = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, name])
            .args(SETTINGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a browser");
        let commands = process.stdin.take().expect("a pipe");
        let messages = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut browser = Self {
            process,
            commands,
            messages,
            calls: 0,
            session: None,
            events: Vec::new(),
            _profile: profile,
            _turn: turn,
        };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}))["targetId"].clone();
        let attached = browser.call("Target.attachToTarget", &json!({"targetId": target, "flatten": true}));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Network", "Log", "Performance"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// Sends a command and answers what comes of it.
    #[track_caller]
    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let mut command = json!({"id": self.calls, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        self.commands.write_all(format!("{command}\0").as_bytes()).expect("the browser listens");
        loop {
            let mut message = Vec::new();
            self.messages.read_until(0, &mut message).expect("the browser answers");
            let message: Value = serde_json::from_slice(message.strip_suffix(&[0]).unwrap_or_default())
                .unwrap_or_else(|error| panic!("{method}: the browser has ended: {error}"));
            if message["id"] == self.calls {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    /// Goes to an address.
    pub fn go(&mut self, url: &str) {
        self.call("Page.navigate", &json!({"url": url}));
    }

    /// The value of an expression in the page, awaited where it is a promise.
    #[track_caller]
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", &asked);
        let failure = &answer["exceptionDetails"];
        assert!(failure.is_null(), "{expression}: {}", failure["exception"]["description"]);
        answer["result"]["value"].clone()
    }

    /// Waits until an expression in the page is true, and answers its value.
    #[track_caller]
    pub fn wait_for(&mut self, expression: &str) -> Value {
        let name = json!(expression);
        self.evaluate(&format!(
            "new Promise((found, failed) => {{
                const end = performance.now() + 60_000;
                const look = () => {{
                    const value = {expression};
                    if (value) found(value instanceof Node || value);
                    else if (performance.now() < end) setTimeout(look, 10);
                    else failed(new Error({name} + ' never came in: ' + document.body.innerText.slice(0, 3000)));
                }};
                look();
            }})"
        ))
    }

    /// Clicks on what a selector finds, once it is there.
    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        let selector = json!(selector);
        self.wait_for(&format!("document.querySelector({selector})"));
        self.evaluate(&format!("void document.querySelector({selector}).click()"));
    }

    /// Types a text in place of the one in a field.
    #[track_caller]
    pub fn write(&mut self, selector: &str, text: &str) {
        let selector = json!(selector);
        self.wait_for(&format!("document.querySelector({selector})"));
        self.evaluate(&format!(
            "{{ const field = document.querySelector({selector}); field.focus(); field.select() }}"
        ));
        match text {
            "" => self.evaluate("void document.execCommand('delete')"),
            text => self.call("Input.insertText", &json!({"text": text})),
        };
        // Some fields tell what was typed once they are left.
        self.evaluate("void document.activeElement.blur()");
    }

    /// The time that the page's main thread has worked, once it is idle.
    pub fn worked(&mut self) -> Duration {
        self.evaluate("new Promise(idle => requestIdleCallback(() => requestIdleCallback(() => idle())))");
        let metrics = self.call("Performance.getMetrics", &json!({}));
        let mut metrics = metrics["metrics"].as_array().into_iter().flatten();
        let worked = metrics.find(|metric| metric["name"] == "TaskDuration").expect("the time of tasks");
        Duration::from_secs_f64(worked["value"].as_f64().expect("seconds"))
    }

    /// The requests that the page has sent so far, with their headers as it gave them.
    pub fn requests(&self) -> Vec<Value> {
        let sent = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.map(|event| event["params"]["request"].clone()).collect()
    }

    /// Insists that no script has failed, and that the page's policy had nothing to forbid.
    #[track_caller]
    pub fn assert_unharmed(&self) {
        let is_harm = |event: &&Value| {
            event["method"] == "Runtime.exceptionThrown" || event["params"]["entry"]["source"] == "security"
        };
        let harm: Vec<_> = self.events.iter().filter(is_harm).collect();
        assert!(harm.is_empty(), "{harm:?}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // One that has ended by itself cannot be killed, and need not be.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
