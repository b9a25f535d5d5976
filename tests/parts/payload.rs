//! The time that a body may take.

use std::time::Duration;
use thidua_http::request::payload::BodyLimits;

#[test]
fn a_body_earns_time_by_its_bytes_and_never_more_than_any_may_take() {
    let (patience, in_all) = (Duration::from_secs(20), Duration::from_secs(900));
    let limits = BodyLimits { single: 0, batch: 0, patience, in_all };
    let seconds = |received| limits.may_take(received).as_secs();
    assert_eq!((seconds(0), seconds(1023), seconds(1024), seconds(10 * 1024)), (20, 20, 21, 30));
    assert_eq!((seconds(879 * 1024), seconds(880 * 1024), seconds(64 << 20)), (899, 900, 900));
}
