//! Values that the page leaves to people.

use super::{Visitor, block};
use serde_json::{Value, json};
use support::{Server, on_both_engines};

#[on_both_engines]
fn nothing_that_cannot_be_taken_back_has_its_row_condition_or_reason_filled_in(server: Server) {
    let Some(mut visitor) = Visitor::of(&server) else { return };
    visitor.log_in("admin");
    let paths = support::contract::document()["paths"].as_object().unwrap();
    let mut seen = 0;
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            if method != "delete" && !path.ends_with("/erasure") && !path.ends_with("/merger") {
                continue;
            }
            let id = operation["operationId"].as_str().unwrap();
            visitor.open(id);
            let selector = json!(format!("{} :is(input, textarea)", block(id)));
            let values =
                visitor.browser.evaluate(&format!("[...document.querySelectorAll({selector})].map(one => one.value)"));
            let values = values.as_array().unwrap();
            assert!(values.len() >= 3, "{id}: {values:?}");
            for value in values.iter().map(|value| value.as_str().unwrap()).filter(|value| !value.is_empty()) {
                let body: Value = serde_json::from_str(value).unwrap_or_else(|_| panic!("{id} fills in {value}"));
                let members = body.as_object().unwrap_or_else(|| panic!("{id} fills in {value}"));
                let is_open = |value: &Value| {
                    value == "" || value.as_array().is_some_and(|rows| rows.iter().all(|row| row == ""))
                };
                assert!(members.values().all(is_open), "{id} fills in {value}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 25, "{seen}");
}
