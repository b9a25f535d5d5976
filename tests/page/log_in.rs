//! Logging in on the page: with a second factor, and for longer than a token holds.

use super::Visitor;
use data_encoding::BASE32_NOPAD;
use serde_json::json;
use support::server::{PASSWORD, create_user};
use support::{Server, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_http::crypto::totp;

/// The headers of the requests that the page has sent to an address, in order.
fn tokens(visitor: &Visitor, address: &str) -> Vec<String> {
    let sent = visitor.browser.requests();
    let there = sent.iter().filter(|request| request["url"].as_str().unwrap().ends_with(address));
    there.map(|request| request["headers"]["Authorization"].as_str().unwrap_or_default().to_owned()).collect()
}

#[on_both_engines]
fn the_page_renews_its_token_by_itself_and_keeps_none(server: Server) {
    let Some(mut visitor) = Visitor::of(&server) else { return };
    visitor.log_in("admin");
    visitor.open("getMe");
    assert_eq!(visitor.execute("getMe").0, 200);
    assert!(tokens(&visitor, "/auth/refresh").is_empty());
    // An hour later the token has run out.
    visitor.browser.evaluate("{ const now = Date.now; Date.now = () => now() + 3_600_000 }");
    assert_eq!(visitor.execute("getMe").0, 200);
    assert_eq!(tokens(&visitor, "/auth/refresh").len(), 1);
    let used = tokens(&visitor, "/api/v1/me");
    let [.., before, after] = used.as_slice() else { panic!("{used:?}") };
    assert!(before.starts_with("Bearer eyJ") && after.starts_with("Bearer eyJ") && before != after);
    let kept = visitor.kept();
    assert!(!kept.contains("eyJ") && !kept.contains("tdr_"), "{kept}");
    // A page that is loaded anew has forgotten who was there.
    visitor.browser.call("Page.reload", &json!({}));
    visitor.browser.wait_for("document.querySelector('input[name=password]')?.value === ''");
    visitor.browser.assert_unharmed();
}

#[on_both_engines]
fn a_session_that_was_ended_elsewhere_is_over_on_the_page(server: Server) {
    let Some(mut visitor) = Visitor::of(&server) else { return };
    visitor.log_in("admin");
    server.admin().send("POST", "/api/v1/auth/logout-everywhere", None, b"").expect(204);
    visitor.open("getMe");
    assert_eq!(visitor.execute("getMe").0, 401);
    visitor.browser.wait_for("document.querySelector('input[name=password]')");
}

#[on_both_engines]
fn a_second_factor_is_asked_for_where_there_is_one(server: Server) {
    create_user(server.database(), "hai-lop", Role::Viewer);
    let client = server.login("hai-lop", PASSWORD);
    let prepared = client.post("/api/v1/auth/second-factor", &json!({"password": PASSWORD})).expect(200).json;
    let key = BASE32_NOPAD.decode(prepared["secret"].as_str().unwrap().as_bytes()).unwrap();
    let code = |later| totp::code(&key, totp::step(chrono::Utc::now().timestamp()) + later);
    // The code of the half minute before, so that those of now and next are still good.
    client.post("/api/v1/auth/second-factor/confirmation", &json!({"code": code(-1)})).expect(200);
    let Some(mut visitor) = Visitor::of(&server) else { return };
    assert_eq!(visitor.browser.evaluate("document.querySelector('input[name=code]')"), json!(null));
    visitor.try_password("hai-lop");
    visitor.browser.write("input[name=code]", &code(0));
    visitor.browser.click(".page-log-in button");
    visitor.browser.wait_for("document.querySelector('.page-log-in strong')?.textContent === 'hai-lop'");
    visitor.open("getMe");
    assert_eq!(visitor.execute("getMe").1["second_factor"], true);
}

#[on_both_engines]
fn a_wrong_password_is_told_in_the_pages_language(server: Server) {
    for (address, told) in [("/docs/", "mật khẩu"), ("/docs/?lang=en", "password")] {
        let Some(mut visitor) = Visitor::at(&server, address) else { return };
        visitor.try_password("khong-co-ai");
        let said = visitor.browser.wait_for("document.querySelector('.page-log-in [role=alert]')?.textContent");
        assert!(said.as_str().unwrap().to_lowercase().contains(told), "{address}: {said}");
    }
}
