//! Conditions on the page: what is done to a row is done to the row that was read.

use super::Visitor;
use serde_json::json;
use support::{World, on_both_engines};

/// True when the condition of the change is a tag, be it that of a compressed answer.
fn is_filled(visitor: &mut Visitor, tag: &str) -> bool {
    visitor.filled("updateIndicator", "If-Match").starts_with(tag.trim_end_matches('"'))
}

#[on_both_engines]
fn a_tag_that_was_read_is_the_condition_of_what_is_done_to_the_row(world: World) {
    let Some(mut visitor) = Visitor::of(&world.server) else { return };
    visitor.log_in("admin");
    visitor.read("getIndicator", "indicator", "CT3");
    let tag = world.admin.get("/api/v1/indicators/CT3").headers["etag"].clone();
    visitor.open("updateIndicator");
    assert_eq!(visitor.filled("updateIndicator", "indicator"), "CT3");
    assert!(is_filled(&mut visitor, &tag));
    // Another row has another tag, and none while it was not read.
    visitor.fill("updateIndicator", "indicator", "CT4");
    assert_eq!(visitor.filled("updateIndicator", "If-Match"), "");
    visitor.fill("updateIndicator", "indicator", "CT3");
    assert!(is_filled(&mut visitor, &tag));
    // The answer to a change has the tag for the next one.
    visitor.change("updateIndicator", &json!({"name_vi": "Tên khác"}), "Đổi tên");
    let next = world.admin.get("/api/v1/indicators/CT3").headers["etag"].clone();
    assert_ne!(next, tag);
    assert!(is_filled(&mut visitor, &next));
    // A row that somebody else has changed since is refused, and its new tag is not taken over unread.
    world.admin.patch("/api/v1/indicators/CT3", &json!({"name_vi": "Của người khác"})).expect(200);
    visitor.open("updateIndicator");
    assert_eq!(visitor.execute("updateIndicator").0, 412);
    assert!(is_filled(&mut visitor, &next));
    visitor.browser.assert_unharmed();
}

#[on_both_engines]
fn a_row_is_deleted_by_whoever_names_it(world: World) {
    let declared = world.declare("CT3", "H18.20", "2026-03", 3, 10)["id"].to_string();
    let Some(mut visitor) = Visitor::of(&world.server) else { return };
    visitor.log_in("admin");
    visitor.read("getObservation", "observation", &declared);
    visitor.open("deleteObservation");
    assert_eq!(visitor.filled("deleteObservation", "observation"), "");
    assert_ne!(visitor.filled("deleteObservation", "If-Match"), "");
    visitor.fill("deleteObservation", "observation", &declared);
    visitor.fill("deleteObservation", "Change-Reason", "Nhập nhầm kỳ");
    assert_eq!(visitor.execute("deleteObservation").0, 204);
    world.admin.get(&format!("/api/v1/observations/{declared}")).expect(404);
}
