//! The page's words: in Vietnamese, and in English where that is asked for.

use super::Visitor;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::{World, on_both_engines};

/// Every text of the page that stands alone in an element.
const TEXTS: &str = "(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode.data.trim());
    return texts.filter(Boolean);
})()";

#[on_both_engines]
fn the_frame_speaks_the_language_of_the_page(world: World) {
    let words =
        |language: &str| world.server.anonymous().get(&format!("/docs/words.json?lang={language}")).expect(200).json;
    let (vietnamese, english) = (words("vi"), words("en"));
    let frame = vietnamese["frame"].as_object().unwrap();
    let told = |words: &Value| words.as_str().unwrap().to_owned();
    let cases = [
        ("/docs/", frame.values().map(told).collect::<BTreeSet<_>>(), frame.keys().cloned().collect::<BTreeSet<_>>()),
        ("/docs/?lang=en", frame.keys().cloned().collect(), frame.values().map(told).collect()),
    ];
    for (address, own, other) in cases {
        let Some(mut visitor) = Visitor::at(&world.server, address) else { return };
        visitor.log_in("admin");
        visitor.read("getIndicator", "indicator", "CT3");
        visitor.open("updateIndicator");
        visitor.find("/api/v1/indicators/{indicator}");
        let texts = visitor.browser.evaluate(TEXTS);
        let texts: BTreeSet<_> = texts.as_array().unwrap().iter().map(told).collect();
        let foreign: Vec<_> = texts.intersection(&other).collect();
        assert!(foreign.is_empty(), "{address} says {foreign:?}");
        assert!(texts.intersection(&own).count() >= 15, "{address}: {texts:?}");
        let groups =
            visitor.browser.evaluate("[...document.querySelectorAll('.page-group h2')].map(one => one.innerText)");
        let catalogue = if address == "/docs/" { "Danh mục" } else { "Catalogue" };
        assert_eq!(groups, json!([catalogue]), "{address}");
        let language = visitor.browser.evaluate("document.documentElement.lang");
        assert_eq!(language == "vi", address == "/docs/", "{address}");
        visitor.browser.assert_unharmed();
    }
    assert!(english["frame"].as_object().unwrap().iter().all(|(said, word)| word == said));
}

#[on_both_engines]
fn the_page_begins_folded(world: World) {
    let Some(mut visitor) = Visitor::of(&world.server) else { return };
    assert_eq!(visitor.browser.evaluate("document.querySelectorAll('.page-group').length"), 6);
    assert_eq!(visitor.browser.evaluate("document.querySelectorAll('.opblock-tag, .opblock').length"), 0);
    visitor.browser.click(".page-group h2 button");
    let tags = visitor.browser.evaluate("[...document.querySelectorAll('.opblock-tag a')].map(one => one.innerText)");
    assert_eq!(tags, json!(["Kết quả thực hiện", "Báo cáo cấp tỉnh", "Mẫu xuất dữ liệu"]));
    assert_eq!(visitor.browser.evaluate("document.querySelectorAll('.opblock').length"), 0);
}
