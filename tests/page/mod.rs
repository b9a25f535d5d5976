//! Promises of the page for people, in a real browser.

mod conditions;
mod cost;
mod files;
mod log_in;
mod prefilled;
mod roles;
mod unread;
mod words;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::Server;
use support::browser::Browser;
use support::server::PASSWORD;

/// Somebody in front of the page.
struct Visitor {
    browser: Browser,
}

impl Visitor {
    /// Opens the page; none where there is no browser.
    fn of(server: &Server) -> Option<Self> {
        Self::at(server, "/docs/")
    }

    /// Opens the page at an address.
    fn at(server: &Server, address: &str) -> Option<Self> {
        let mut browser = Browser::start()?;
        browser.go(&format!("{}{address}", server.url()));
        browser.wait_for("document.querySelector('.page-group')");
        Some(Self { browser })
    }

    /// Types name and password, and sends them.
    fn try_password(&mut self, username: &str) {
        self.browser.write("input[name=username]", username);
        self.browser.write("input[name=password]", PASSWORD);
        self.browser.click(".page-log-in button");
    }

    /// Logs in.
    #[track_caller]
    fn log_in(&mut self, username: &str) {
        self.try_password(username);
        let name = json!(username);
        self.browser.wait_for(&format!("document.querySelector('.page-log-in strong')?.textContent === {name}"));
    }

    /// Types into the filter, and answers the operations that are shown then, by their names.
    fn find(&mut self, text: &str) -> BTreeSet<String> {
        self.browser.write(".page-filter", text);
        // The list is told anew in the same turn in which the key is read.
        let shown = self.browser.evaluate("[...document.querySelectorAll('.opblock')].map(one => one.id)");
        let names = shown.as_array().unwrap().iter().map(|id| id.as_str().unwrap().rsplit('-').next().unwrap());
        names.map(str::to_owned).collect()
    }

    /// Finds an operation by its name, and opens it if it is not open yet.
    #[track_caller]
    fn open(&mut self, operation: &str) {
        assert!(self.find(operation).contains(operation), "{operation} is not shown");
        let closed = json!(format!("{}:not(.is-open) .opblock-summary-control", block(operation)));
        self.browser.evaluate(&format!("void document.querySelector({closed})?.click()"));
        self.browser.wait_for(&format!("document.querySelector({})", json!(format!("{} .execute", block(operation)))));
    }

    /// Types the value of a parameter.
    fn fill(&mut self, operation: &str, parameter: &str, value: &str) {
        self.browser.write(&field(operation, parameter), value);
    }

    /// The value that a parameter has.
    fn filled(&mut self, operation: &str, parameter: &str) -> String {
        let value =
            self.browser.evaluate(&format!("document.querySelector({}).value", json!(field(operation, parameter))));
        value.as_str().unwrap().to_owned()
    }

    /// Sends an operation, and answers status and body.
    #[track_caller]
    fn execute(&mut self, operation: &str) -> (u64, Value) {
        let block = block(operation);
        // An answer of before would be taken for this one.
        self.browser
            .evaluate(&format!("void document.querySelector({})?.click()", json!(format!("{block} .btn-clear"))));
        self.browser.click(&format!("{block} .execute"));
        let answer = json!(format!("{block} .live-responses-table tbody .response-col_status"));
        let status = self.browser.wait_for(&format!("document.querySelector({answer})?.innerText.trim()"));
        let body = json!(format!("{block} .live-responses-table .response-col_description code"));
        let body = self.browser.evaluate(&format!("document.querySelector({body})?.innerText ?? ''"));
        let status = status.as_str().unwrap().split_whitespace().next().unwrap();
        (status.parse().unwrap(), serde_json::from_str(body.as_str().unwrap()).unwrap_or_default())
    }

    /// Reads a row by its key.
    #[track_caller]
    fn read(&mut self, operation: &str, key: &str, value: &str) -> Value {
        self.open(operation);
        self.fill(operation, key, value);
        let (status, row) = self.execute(operation);
        assert_eq!(status, 200, "{operation} {value}: {row}");
        row
    }

    /// Changes the row that was read last, for a reason; the condition is the page's.
    #[track_caller]
    fn change(&mut self, operation: &str, patch: &Value, reason: &str) -> Value {
        self.open(operation);
        self.browser.write(&format!("{} .body-param__text", block(operation)), &patch.to_string());
        self.fill(operation, "Change-Reason", reason);
        let (status, row) = self.execute(operation);
        assert_eq!(status, 200, "{operation}: {row}");
        row
    }

    /// All that the browser keeps for the page beyond the page itself.
    fn kept(&mut self) -> String {
        let kept = self.browser.evaluate(
            "(async () => JSON.stringify([
                {...localStorage}, {...sessionStorage}, document.cookie, location.href,
                (await indexedDB.databases()).map(one => one.name), window.name, history.state,
            ]))()",
        );
        kept.as_str().unwrap().to_owned()
    }
}

/// The selector of an operation.
fn block(operation: &str) -> String {
    format!(".opblock[id$='-{operation}']")
}

/// The selector of the field of a parameter.
fn field(operation: &str, parameter: &str) -> String {
    format!("{} tr[data-param-name='{parameter}'] input", block(operation))
}
