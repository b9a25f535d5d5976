//! The catalogues of texts: what the sources ask for is there in both languages, with the same values, and nothing else.

use super::in_repository;
use super::keys::{self, Function};
use std::collections::{BTreeMap, BTreeSet};
use thidua_domain::Date;
use thidua_domain::codes;
use thidua_domain::message::{Argument, Message};
use thidua_domain::records::future::require_day;
use thidua_http::texts::{Catalogue, Language, catalogue, parsed, say};

/// Parts of a code's explanation.
const PARTS: [&str; 3] = ["title", "meaning", "remedy"];

/// Texts that are the same word in both languages.
const ALIKE: &[&str] = &["phrase.null"];

#[test]
fn the_catalogues_hold_what_the_sources_ask_for_and_nothing_else() {
    let faults = faults(&keys::of_the_product(), catalogue(Language::Vietnamese), catalogue(Language::English));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_key_stands_once_in_each_file() {
    for language in [Language::Vietnamese, Language::English] {
        let path = format!("locales/{}.po", language.tag());
        let text = std::fs::read_to_string(in_repository(&path)).unwrap();
        parsed(&text).unwrap();
        let keys: Vec<_> = text.lines().filter(|line| line.starts_with("msgid ") && *line != "msgid \"\"").collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{path} says a key twice");
        // A text that is empty, or marked as doubtful, is not there.
        assert_eq!(catalogue(language).entries().count(), keys.len(), "{path} has keys without a text");
    }
}

#[test]
fn both_languages_say_it_in_their_own_words() {
    let english: BTreeMap<_, _> = catalogue(Language::English).entries().collect();
    for (key, forms) in catalogue(Language::Vietnamese).entries() {
        assert!(ALIKE.contains(&key) || english[key][0] != forms[0], "{key} is not translated");
        for text in forms.iter().chain(english[key]) {
            assert_eq!(text.trim(), text, "{key}: blanks around a text");
            assert!(!key.ends_with("#title") || !text.ends_with('.'), "{key}: a title is no sentence");
            let is_sentence = !key.starts_with("phrase.") && !key.contains("rehearsal.") && !key.ends_with("#title");
            assert!(!is_sentence || text.ends_with(['.', '?']), "{key}: {text}");
        }
    }
}

#[test]
fn a_missing_text_a_spare_one_and_other_values_are_found() {
    let source = r#"
        fn one(pointer: &str) -> Violation { Violation::new(pointer, "unknown_thing.gone").with("name", "x") }
        fn two(key: &'static str) -> Problem { Problem::new(StatusCode::NOT_FOUND, key) }
        fn three() -> Problem { two("missing") }
        fn four(kind: Kind) -> Message {
            let key = match kind { Kind::A("pattern") => "phrase.a", _ => "phrase.b" };
            Message::new(key).with("count", &3)
        }
        fn late() -> FindingText { FindingText::new("late", "late.todo").with("day", &today()) }
    "#;
    let used = keys::of(&[("planted.rs".to_owned(), source.to_owned())]);
    let head = "msgid \"\"\nmsgstr \"Plural-Forms: nplurals=2; plural=(n != 1);\\n\"\n";
    let text = |key: &str, text: &str| format!("\nmsgid \"{key}\"\nmsgstr \"{text}\"\n");
    let plural = |key: &str| {
        format!("\nmsgid \"{key}\"\nmsgid_plural \"{key}\"\nmsgstr[0] \"{{count}} x\"\nmsgstr[1] \"{{count}} y\"\n")
    };
    let whole = [
        head.to_owned(),
        text("unknown_thing.gone", "no {name}"),
        text("missing", "none"),
        text("late", "late since {day}"),
        text("late.todo", "enter it"),
        plural("phrase.a"),
        plural("phrase.b"),
    ]
    .concat();
    let only_messages = |faults: Vec<String>| {
        faults
            .into_iter()
            .filter(|fault| !PARTS.iter().any(|part| fault.contains(&format!("#{part}"))))
            .collect::<Vec<_>>()
    };
    let found = |vi: &str| only_messages(faults(&used, &Catalogue::read(vi), &Catalogue::read(&whole)));
    assert_eq!(found(&whole), Vec::<String>::new());
    let cases = [
        (whole.replace(&text("missing", "none"), ""), "vi: missing has no text"),
        (whole.replace(&text("late.todo", "enter it"), ""), "vi: late.todo has no text"),
        (format!("{whole}{}", text("spare", "x")), "vi: nothing asks for spare"),
        (whole.replace("no {name}", "no {nam}"), "unknown_thing.gone: {name} in English, {nam} in Vietnamese"),
    ];
    for (vi, fault) in cases {
        assert!(found(&vi).iter().any(|found| found == fault), "{fault}: {:?}", found(&vi));
    }
}

#[test]
fn numbers_days_and_plurals_have_the_form_of_their_language() {
    let day = Date::new(2026, 10, 31).unwrap();
    let both = |message: &Message| [say(message, Language::Vietnamese), say(message, Language::English)];
    let outside = |count: i64| {
        let from = Message::new("outside_course.dates").with("count", &count).with("from", &day);
        both(&from.with("to", &day).with("last", &day))
    };
    let [vi, en] = outside(1);
    assert!(vi.starts_with("1 bản ghi") && vi.contains("từ 31/10/2026 đến"), "{vi}");
    assert!(en.starts_with("1 training record would") && en.contains("from 2026-10-31 to"), "{en}");
    let [vi, en] = outside(100_000);
    assert!(vi.starts_with("100.000 bản ghi"), "{vi}");
    assert!(en.starts_with("100,000 training records would"), "{en}");
    let said = require_day("/on", Date::new(2026, 12, 1).unwrap(), day).unwrap_err();
    assert_eq!(
        both(&said.message),
        ["Ngày 01/12/2026 chưa đến: hôm nay là ngày 31/10/2026.", "2026-12-01 has not come: today is 2026-10-31.",]
    );
    let tenth = Message::new("invalid_count").with("max_count", &Argument::Decimal { units: 1, places: 1 });
    let [vi, en] = both(&tenth);
    assert!(vi.contains("0,1") && en.contains("0.1"), "{vi} {en}");
}

/// Faults of the catalogues: a text that is missing or spare, or holds other values than its place in the code gives.
fn faults(used: &[Function], vi: &Catalogue, en: &Catalogue) -> Vec<String> {
    let explained = codes::all().flat_map(|code| PARTS.map(|part| format!("{}#{part}", code.name)));
    let wanted: BTreeSet<String> = used.iter().flat_map(Function::keys).cloned().chain(explained).collect();
    let mut found = Vec::new();
    for (language, catalogue) in [("vi", vi), ("en", en)] {
        let there: BTreeSet<String> = catalogue.entries().map(|(key, _)| key.to_owned()).collect();
        found.extend(wanted.difference(&there).map(|key| format!("{language}: {key} has no text")));
        found.extend(there.difference(&wanted).map(|key| format!("{language}: nothing asks for {key}")));
        let plural = catalogue.entries().filter(|(_, forms)| forms.len() > 1);
        found.extend(
            plural
                .filter(|(_, forms)| {
                    forms.len() != catalogue.plural_forms() || forms.iter().any(|text| !text.contains("{count}"))
                })
                .map(|(key, _)| format!("{language}: {key} has other plural forms than its language")),
        );
    }
    let values = |catalogue: &Catalogue| -> BTreeMap<String, BTreeSet<String>> {
        let messages = catalogue.entries().filter(|(key, _)| !key.contains('#'));
        messages.map(|(key, forms)| (key.to_owned(), forms.iter().flat_map(|text| places(text)).collect())).collect()
    };
    let (vi, en) = (values(vi), values(en));
    for (key, english) in &en {
        if let Some(vietnamese) = vi.get(key).filter(|vietnamese| *vietnamese != english) {
            found.push(format!("{key}: {} in English, {} in Vietnamese", listed(english), listed(vietnamese)));
        }
    }
    for function in used {
        let asked: BTreeSet<_> = function.keys().filter_map(|key| en.get(key)).flatten().cloned().collect();
        if asked != function.values {
            let place = &function.place;
            found.push(format!("{place} gives {}, its texts hold {}", listed(&function.values), listed(&asked)));
        }
    }
    found
}

/// The names of the values in a text.
fn places(text: &str) -> Vec<String> {
    let parts = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    parts.map(|(name, _)| name.to_owned()).collect()
}

fn listed(names: &BTreeSet<String>) -> String {
    names.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(" ")
}
