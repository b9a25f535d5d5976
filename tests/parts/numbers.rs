//! Numbers as a language writes them.

use thidua_domain::message::{Argument, Message, ToArgument};
use thidua_http::texts::Language::{English, Vietnamese};
use thidua_http::texts::say;

/// A value in both languages, in a text of nothing else.
fn said(value: &impl ToArgument) -> (String, String) {
    let message = Message::new("{value}").with("value", value);
    (say(&message, Vietnamese), say(&message, English))
}

#[test]
fn digits_stand_in_groups_of_three() {
    for (number, vi, en) in [
        (0, "0", "0"),
        (999, "999", "999"),
        (1_000, "1.000", "1,000"),
        (100_000, "100.000", "100,000"),
        (-1_234_567, "-1.234.567", "-1,234,567"),
    ] {
        assert_eq!(said(&Argument::Number(number)), (vi.to_owned(), en.to_owned()));
    }
}

#[test]
fn decimal_places_stand_behind_the_sign_of_the_language() {
    for (units, places, vi, en) in
        [(1, 1, "0,1", "0.1"), (-5, 2, "-0,05", "-0.05"), (123_456, 2, "1.234,56", "1,234.56"), (7, 0, "7", "7")]
    {
        assert_eq!(said(&Argument::Decimal { units, places }), (vi.to_owned(), en.to_owned()));
    }
}
