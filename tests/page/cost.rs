//! The time that the page takes of its reader's machine, against that of the full contract in the same browser.

use super::{Visitor, block};
use serde_json::json;
use std::time::Duration;
use support::{Server, on_both_engines};

/// Operations of each size.
const OPENED: [&str; 3] = ["updateIndicator", "createObservation", "listTrainingRecords"];

/// The part of the full contract's time that the page may take at most.
const PART: u32 = 4;

/// The time of the main thread until an operation that is clicked on stands open.
fn opening(visitor: &mut Visitor, operation: &str) -> Duration {
    let before = visitor.browser.worked();
    visitor.browser.click(&format!("{} .opblock-summary-control", block(operation)));
    let responses = json!(format!("{} .responses-wrapper", block(operation)));
    visitor.browser.wait_for(&format!("document.querySelector({responses})"));
    visitor.browser.worked() - before
}

#[on_both_engines]
fn an_operation_opens_in_a_part_of_the_time_the_full_contract_takes(server: Server) {
    let Some(mut visitor) = Visitor::of(&server) else { return };
    visitor.browser.evaluate("void document.querySelectorAll('.page-group h2 button').forEach(group => group.click())");
    visitor.browser.wait_for("document.querySelectorAll('.opblock-tag').length > 20");
    visitor.browser.evaluate("void document.querySelectorAll('.opblock-tag').forEach(tag => tag.click())");
    let slim: Duration = OPENED.iter().map(|operation| opening(&mut visitor, operation)).sum();
    // The same Swagger UI over the contract as it is.
    visitor.browser.evaluate(
        "void (document.body.innerHTML = '<div id=\"full\"></div>', SwaggerUIBundle({
            dom_id: '#full', url: '/openapi.json?lang=vi', tryItOutEnabled: true, showExtensions: true, filter: true,
        }))",
    );
    visitor.browser.wait_for("document.querySelectorAll('.opblock').length > 100");
    let full: Duration = OPENED.iter().map(|operation| opening(&mut visitor, operation)).sum();
    println!("opening {} operations: {slim:?} of the main thread, {full:?} with the full contract", OPENED.len());
    assert!(slim * PART < full, "{slim:?} against {full:?}");
}
