//! Preferences of a request. That unknown ones are passed over, or refused where strictness is asked for, is a promise
//! of `api/writes.rs`.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use thidua_http::request::preferences::{Preference, Preferences, require_kept, wait};

fn headers(lines: &[&'static str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(HeaderName::from_static("prefer"), HeaderValue::from_static(line));
    }
    headers
}

fn is_dry_run(lines: &[&'static str]) -> Option<bool> {
    let read = Preferences::read(&headers(lines), &[Preference::DryRun]).ok()?;
    Some(read.has(Preference::DryRun))
}

#[test]
fn the_first_statement_of_a_name_counts() {
    assert_eq!(is_dry_run(&["tx=rollback, tx=commit"]), Some(true));
    assert_eq!(is_dry_run(&["tx=commit", "tx=rollback"]), Some(false));
}

#[test]
fn names_have_no_case_and_values_may_be_quoted() {
    assert_eq!(is_dry_run(&["TX=\"rollback\"; why=trial"]), Some(true));
}

#[test]
fn waiting_is_for_some_seconds() {
    let seconds = |line| wait(&headers(&[line])).map(|wait| wait.as_secs());
    assert_eq!(seconds("count=exact, wait=5"), Some(5));
    assert_eq!(seconds("wait=3600"), Some(30));
    for none in ["wait", "wait=0", "wait=-1", "count=exact"] {
        assert_eq!(seconds(none), None, "{none}");
    }
}

#[test]
fn what_stands_in_quotes_is_no_preference() {
    assert_eq!(is_dry_run(&[r#"note="a, tx=rollback""#]), Some(false));
    assert_eq!(is_dry_run(&[r#"note="a \" , b;", tx="roll\back";x="1,2""#]), Some(true));
    assert_eq!(is_dry_run(&["note=\"open, tx=rollback"]), Some(false));
}

#[test]
fn what_is_to_be_tried_is_tried_or_refused() {
    let check = |line, can_be_tried| {
        let takes: &[Preference] = if can_be_tried { &[Preference::DryRun] } else { &[] };
        require_kept(&headers(&[line]), takes, true).is_ok()
    };
    for line in ["wait=5", "tx=commit", "respond-async, tx=commit"] {
        assert!(check(line, true) && check(line, false), "{line}");
    }
    assert!(check("tx=rollback", true) && !check("tx=rollback", false));
    for line in ["tx=Rollback", "tx=rolback", "tx", "wait=5, TX=\"Rollback\"", "tx=commit, tx=rollback"] {
        assert!(!check(line, true) && !check(line, false), "{line}");
    }
    let asks = |line| require_kept(&headers(&[line]), &[Preference::ExactCount], false).is_ok();
    assert!(asks("tx=rollback") && asks("count=exact, handling=strict") && !asks("tx=rolback"));
    assert!(!asks("tx=rollback, handling=strict"));
}
