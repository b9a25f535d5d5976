//! Texts by which a resource declares its operations.

use thidua_http::request::resource::Operation;

#[test]
fn a_doc_comment_is_a_summary_and_a_description_that_keeps_its_lines() {
    // As the compiler hands a doc comment over.
    let text = &[" List things", "", " The things of", " your agencies."];
    let list = Operation { id: "listThings", text, answer: "A page of things" };
    assert_eq!(list.summary(), "List things");
    assert_eq!(list.description(), "The things of\nyour agencies.");
}
