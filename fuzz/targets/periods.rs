//! Periods: one that is read is written as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use thidua_domain::time::Period;

fuzz_target!(|text: &str| {
    if let Ok(period) = Period::parse("", text) {
        assert_eq!(period.to_string(), text);
        assert!(period.months().count() > 0);
    }
    if let Ok(month) = Period::parse_month("", text) {
        assert_eq!(month.to_string(), text);
    }
});
