//! Suggestions for slips.

use thidua_http::request::did_you_mean::nearest;

const KNOWN: [&str; 4] = ["name_vi", "name_en", "kind", "valid_from"];

#[test]
fn a_slip_finds_the_name_that_was_meant() {
    for (slip, meant) in
        [("nam_vi", "name_vi"), ("nameEn", "name_en"), ("knid", "kind"), ("validFrom", "valid_from"), ("Kind", "kind")]
    {
        assert_eq!(nearest(slip, KNOWN), Some(meant), "{slip}");
    }
}

#[test]
fn something_else_finds_nothing() {
    for other in ["", "x", "khong_co", "password", "é".repeat(500).as_str()] {
        assert_eq!(nearest(other, KNOWN), None, "{other}");
    }
}
