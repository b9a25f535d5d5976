//! The page where its content cannot be read.

use serde_json::json;
use support::browser::Browser;
use support::{Server, on_both_engines};

#[on_both_engines]
fn a_page_whose_content_cannot_be_read_says_so(server: Server) {
    for missing in ["contract.json", "words.json"] {
        let Some(mut browser) = Browser::start() else { return };
        browser.call("Network.setBlockedURLs", &json!({"urls": [format!("*/docs/{missing}*")]}));
        browser.go(&format!("{}/docs/", server.url()));
        let told = browser.wait_for("document.querySelector('[role=alert]:not([hidden])')?.innerText");
        let told = told.as_str().unwrap();
        assert!(told.contains("tải lại trang") && told.contains("reload the page"), "{missing}: {told}");
    }
    let Some(mut browser) = Browser::start() else { return };
    browser.go(&format!("{}/docs/", server.url()));
    browser.wait_for("document.querySelector('.page-group')");
    let hidden = browser.evaluate("document.getElementById('unread').hidden");
    assert_eq!(hidden, json!(true));
}
