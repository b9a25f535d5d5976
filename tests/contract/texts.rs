//! The contract in two languages: the same promises, and no text left untranslated.

use super::assert_checked_in;
use crate::house::comments::is_question;
use serde_json::Value;
use std::collections::BTreeSet;
use support::Server;
use support::on_both_engines;
use thidua_http::openapi;
use thidua_http::problem::negotiation::Language;

#[test]
fn the_catalogue_holds_the_texts_of_the_contract_and_no_others() {
    assert_checked_in("openapi/vi.po", &openapi::texts().unwrap());
}

#[test]
fn nothing_is_untranslated() {
    let (vi, en) = (texts(Language::Vietnamese), texts(Language::English));
    assert_eq!(vi.len(), en.len());
    assert!(en.len() > 1000);
    for ((place, vi), (_, en)) in vi.iter().zip(&en).filter(|(_, (_, en))| words(en).chars().any(char::is_alphabetic)) {
        assert_ne!(vi, en, "{place} is not translated");
        assert!(words(vi).chars().any(is_vietnamese), "{place} is not Vietnamese: {vi}");
    }
}

#[test]
fn a_translation_names_the_same_things() {
    for ((place, vi), (_, en)) in texts(Language::Vietnamese).iter().zip(&texts(Language::English)) {
        assert_eq!(quoted(vi), quoted(en), "{place}: {vi}");
        assert_eq!(vi.ends_with('.'), en.ends_with('.'), "{place}: {vi}");
    }
}

#[test]
fn no_text_opens_with_a_question_word() {
    let texts = texts(Language::English);
    let found: Vec<_> = texts.iter().filter(|(_, text)| is_question(text)).collect();
    assert!(found.is_empty(), "name the thing first: {found:#?}");
}

#[test]
fn the_languages_differ_in_texts_alone() {
    let without_texts = |language| {
        let mut document = document(language);
        visit(&mut document, "", &mut |_, text| text.clear());
        document
    };
    assert_eq!(without_texts(Language::Vietnamese), without_texts(Language::English));
}

#[on_both_engines]
fn the_contract_is_served_in_the_language_asked_for(server: Server) {
    let anonymous = server.anonymous();
    let title = |answer: &support::Answer| answer.json["paths"]["/api/v1/agencies"]["get"]["summary"].clone();
    let summary = |language| document(language)["paths"]["/api/v1/agencies"]["get"]["summary"].clone();
    let cases = [
        ("", "", Language::Vietnamese),
        ("", "en-GB, vi;q=0.5", Language::English),
        ("", "fr", Language::Vietnamese),
        ("?lang=en", "vi", Language::English),
        ("?lang=vi", "en", Language::Vietnamese),
    ];
    for page in ["/openapi.json", "/openapi-3.0.json"] {
        for (query, accepted, language) in cases {
            let caller = if accepted.is_empty() {
                anonymous.clone()
            } else {
                anonymous.clone().with("accept-language", accepted)
            };
            let answer = caller.get(&format!("{page}{query}")).expect(200);
            assert_eq!(title(&answer), summary(language), "{page}{query} {accepted}");
            assert_eq!(answer.headers["content-language"], language.tag());
            assert!(answer.headers["vary"].contains("accept-language"));
            caller.with("if-none-match", &answer.headers["etag"]).get(&format!("{page}{query}")).expect(304);
        }
        let tag = |language: &str| anonymous.get(&format!("{page}?lang={language}")).headers["etag"].clone();
        assert_ne!(tag("vi"), tag("en"));
        anonymous.get(&format!("{page}?lang=fr")).refused(422, "invalid_input");
        anonymous.get(&format!("{page}?language=vi")).refused(422, "invalid_input");
    }
}

fn document(language: Language) -> Value {
    serde_json::from_str(&openapi::json(language)).unwrap()
}

/// Every text of the contract with its place.
fn texts(language: Language) -> Vec<(String, String)> {
    let mut found = Vec::new();
    visit(&mut document(language), "", &mut |place, text| found.push((place.to_owned(), text.clone())));
    found
}

fn visit(value: &mut Value, place: &str, visitor: &mut dyn FnMut(&str, &mut String)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let place = format!("{place}/{name}");
                match (name.as_str(), value) {
                    ("example" | "examples", _) => {}
                    ("description" | "summary", Value::String(text)) => visitor(&place, text),
                    ("x-enum-descriptions", Value::Array(values)) => {
                        for (index, value) in values.iter_mut().enumerate() {
                            if let Value::String(text) = value {
                                visitor(&format!("{place}/{index}"), text);
                            }
                        }
                    }
                    (_, value) => visit(value, &place, visitor),
                }
            }
        }
        Value::Array(items) => {
            items.iter_mut().enumerate().for_each(|(index, item)| visit(item, &format!("{place}/{index}"), visitor));
        }
        _ => {}
    }
}

/// A text without what is quoted from the interface.
fn words(text: &str) -> String {
    text.split('`').step_by(2).collect()
}

/// Names from the interface that a text quotes.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// True for a letter of Vietnamese that English does not have.
fn is_vietnamese(letter: char) -> bool {
    let letter = letter.to_lowercase().next().unwrap_or(letter);
    "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ".contains(letter)
}
