//! Texts: NFC, control characters, lengths counted in characters, and the enums spelled alike everywhere.

use crate::support::refusal;
use proptest::prelude::*;
use regex::Regex;
use thidua_domain::accounts::users::Role;
use thidua_domain::message::Argument;
use thidua_domain::text::{AgencyIdentifier, AreaCode, Code, Name, Prose, Reference, Shape, TextKind, unreadable};
use thidua_domain::time::{Month, Period};
use thidua_domain::violation::{Violation, Violations};

/// "Điện Biên" with every mark as a combining character of its own, and composed.
const DECOMPOSED: &str = "\u{110}ie\u{302}\u{323}n Bie\u{302}n";
const COMPOSED: &str = "\u{110}i\u{1ec7}n Bi\u{ea}n";

#[test]
fn one_spelling_of_vietnamese_is_kept() {
    assert_ne!(DECOMPOSED, COMPOSED);
    assert_eq!(Name::parse("", DECOMPOSED).unwrap().as_str(), COMPOSED);
    assert_eq!(Name::parse("", DECOMPOSED), Name::parse("", COMPOSED));
    assert_eq!(Reference::parse("", DECOMPOSED).unwrap().as_str(), COMPOSED);
    assert_eq!(Prose::parse("", DECOMPOSED).unwrap().as_str(), COMPOSED);
}

#[test]
fn a_text_is_trimmed_and_must_then_say_something() {
    assert_eq!(Name::parse("", " \u{a0}\u{3000}Sở\t\n").unwrap().as_str(), "Sở");
    for blank in ["", " ", "\n\t\r", "\u{a0}\u{2003}\u{3000}"] {
        assert_eq!(refusal(Name::parse("/name_vi", blank)), ("/name_vi".into(), "invalid_length"));
    }
}

#[test]
fn nul_and_control_characters_are_refused_and_named() {
    for control in ["\0", "\u{1}", "\u{1b}", "\u{7f}", "\u{85}", "\u{9f}"] {
        let text = format!("a{control}b");
        for outcome in [
            Name::parse("/x", &text).map(|_| ()),
            Reference::parse("/x", &text).map(|_| ()),
            Prose::parse("/x", &text).map(|_| ()),
        ] {
            let violation = outcome.unwrap_err();
            assert_eq!((violation.pointer.as_str(), violation.code), ("/x", "control_character"));
            let named = format!("{:04X}", u32::from(control.chars().next().unwrap()));
            assert_eq!(violation.message.argument("code_point"), Some(&Argument::Text(named)));
        }
    }
    assert_eq!(refusal(Name::parse("", "\0")), (String::new(), "control_character"), "NUL is not trimmed away");
}

#[test]
fn only_prose_has_several_lines() {
    for text in ["một\nhai", "một\r\nhai", "một\thai"] {
        assert_eq!(Prose::parse("", text).unwrap().as_str(), text);
        assert_eq!(refusal(Name::parse("", text)).1, "control_character");
        assert_eq!(refusal(Reference::parse("", text)).1, "control_character");
    }
}

#[test]
fn lengths_are_counted_in_characters_not_bytes() {
    let fits = |text: &str, max: usize| {
        let whole = text.repeat(max);
        let over = text.repeat(max + 1);
        match max {
            300 => Name::parse("", &whole).is_ok() && Name::parse("", &over).is_err(),
            500 => Reference::parse("", &whole).is_ok() && Reference::parse("", &over).is_err(),
            _ => Prose::parse("", &whole).is_ok() && Prose::parse("", &over).is_err(),
        }
    };
    // One, two, three and four bytes; and three characters that compose to one.
    for character in ["a", "đ", "\u{1ec7}", "\u{20bb7}", "e\u{323}\u{302}"] {
        for max in [300, 500, 4000] {
            assert!(fits(character, max), "{max} times {character}");
        }
    }
    let violation = Name::parse("", &"đ".repeat(301)).unwrap_err();
    assert_eq!(violation.code, "invalid_length");
    let named = ["max", "length"].map(|name| violation.message.argument(name).cloned());
    assert_eq!(named, [Some(Argument::Number(300)), Some(Argument::Number(301))]);
}

#[test]
fn codes_are_ascii_and_start_with_a_letter_or_digit() {
    for good in ["CT1", "nd09", "NV-0042", "0", "a.b_c-d", &"x".repeat(50)] {
        assert_eq!(Code::parse("", good).unwrap().as_str(), good);
    }
    for bad in [
        "",
        " ",
        " CT1",
        "CT1 ",
        "CT 1",
        "-a",
        ".a",
        "_a",
        "Đ1",
        "CT\u{661}",
        "ＣＴ1",
        "a/b",
        "a\0",
        "a\n",
        &"x".repeat(51),
    ] {
        assert_eq!(refusal(Code::parse("/code", bad)), ("/code".into(), "invalid_code"), "{bad:?}");
    }
}

#[test]
fn agency_identifiers_and_area_codes_are_never_mixed() {
    for good in ["H18", "H18.20", "000.00.20.H18", "H18.20.1.2", &"A".repeat(35)] {
        assert_eq!(AgencyIdentifier::parse("", good).unwrap().as_str(), good);
        assert!(AreaCode::parse("", good).is_err(), "{good}");
    }
    let too_long = "A".repeat(36);
    for bad in ["", ".", "H18.", ".H18", "H18..20", "h18", "H18-20", "H18 20", "Đ18", "H18.\u{662}", &too_long] {
        let outcome = AgencyIdentifier::parse("/identifier", bad);
        assert_eq!(refusal(outcome), ("/identifier".into(), "invalid_agency_identifier"), "{bad:?}");
    }
    for good in ["11", "03127"] {
        assert_eq!(AreaCode::parse("", good).unwrap().as_str(), good);
    }
    for bad in ["", "1", "111", "1111", "031270", "1a", "H1", "-1", " 11", "１1", "\u{661}"] {
        assert_eq!(refusal(AreaCode::parse("/area", bad)), ("/area".into(), "invalid_area_code"), "{bad:?}");
    }
}

#[test]
fn json_is_no_way_around_the_rules() {
    assert!(serde_json::from_str::<Code>("\"-a\"").is_err());
    assert!(serde_json::from_str::<Name>("\"a\\u0000b\"").is_err());
    assert!(serde_json::from_str::<AreaCode>("\"1\"").is_err());
    assert!(serde_json::from_str::<AgencyIdentifier>("\"h18\"").is_err());
    let name: Name = serde_json::from_str(&format!("\" {DECOMPOSED} \"")).unwrap();
    assert_eq!(serde_json::to_string(&name).unwrap(), format!("\"{COMPOSED}\""));
}

#[test]
fn spellings_are_distinct_and_the_same_in_json() {
    let spellings: std::collections::BTreeSet<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
    assert_eq!(spellings.len(), Role::ALL.len());
    for role in Role::ALL {
        assert_eq!(Role::from_spelling(role.as_str()), Some(*role));
        assert_eq!(serde_json::to_string(role).unwrap(), format!("\"{role}\""));
        assert_eq!(serde_json::from_str::<Role>(&format!("\"{role}\"")).unwrap(), *role);
    }
    for wrong in ["", "Admin", "ADMIN", " admin", "root"] {
        assert_eq!(Role::from_spelling(wrong), None, "{wrong:?}");
    }
}

#[test]
fn all_violations_of_a_document_are_reported_in_order() {
    let violation = |pointer: &str| Violation::new(pointer, "c");
    let mut found = Violations::default();
    assert_eq!(found.take(Err::<u8, _>(violation("/a"))), None);
    assert_eq!(found.take(Ok(7)), Some(7));
    found.require(true, || violation("/no"));
    found.require(false, || violation("/b").under("/list/0"));
    assert_eq!(refusal_pointers(found.finish(Some(()))), ["/a", "/list/0/b"]);
    assert_eq!(Violations::default().finish(Some(7)), Ok(7));
    assert_eq!(Violations::default().finish(None::<u8>), Err(Vec::new()));
}

fn refusal_pointers(outcome: Result<(), Vec<Violation>>) -> Vec<String> {
    outcome.unwrap_err().into_iter().map(|violation| violation.pointer).collect()
}

/// Letters, combining marks, white space, controls, and anything.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "e", "ơ", "Đ", "\u{302}", "\u{323}", "\u{301}", " ", "\n", "\t", "\0", "\u{a0}", "\u{7f}"
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_parsed_text_parses_to_itself_and_obeys_its_rules(text in any_text()) {
        if let Ok(name) = Name::parse("", &text) {
            prop_assert_eq!(Name::parse("", name.as_str()), Ok(name.clone()));
            prop_assert!(!name.as_str().chars().any(char::is_control));
            prop_assert_eq!(name.as_str().trim(), name.as_str());
        }
        if let Ok(prose) = Prose::parse("", &text) {
            prop_assert_eq!(Prose::parse("", prose.as_str()), Ok(prose.clone()));
        }
    }

    #[test]
    fn a_short_line_is_refused_only_when_blank_or_holding_a_control_character(text in any_text()) {
        let trimmed = text.trim();
        let good = !trimmed.is_empty() && !trimmed.chars().any(char::is_control);
        prop_assert_eq!(Name::parse("", &text).is_ok(), good, "{:?}", text);
    }

    #[test]
    fn codes_are_kept_to_the_letter(text in "[ -~]{0,6}|[A-Za-z0-9][A-Za-z0-9._-]{0,49}") {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let good = text.chars().all(allowed) && text.starts_with(|c: char| c.is_ascii_alphanumeric());
        prop_assert_eq!(Code::parse("", &text).map(String::from).ok(), good.then_some(text));
    }
}

/// Texts close to those that are taken: the letters of codes, white space of several kinds, controls, Vietnamese.
fn near_texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9._-]{0,60}",
        "[A-Z0-9.]{0,40}",
        "[0-9]{0,6}",
        "(19|20|21|22)[0-9]{2}(-[0-9QH]{0,2}){0,2}",
        proptest::collection::vec(
            prop_oneof![
                Just(' '),
                Just('\t'),
                Just('\n'),
                Just('\u{b}'),
                Just('\u{1c}'),
                Just('\u{85}'),
                Just('\u{a0}'),
                Just('\u{3000}'),
                Just('\0'),
                Just('\u{7f}'),
                Just('\u{feff}'),
                Just('\u{200b}'),
                Just('\u{3164}'),
                Just('\u{2028}'),
                Just('\u{202e}'),
                Just('\u{2066}'),
                Just('\u{fdd0}'),
                Just('ệ'),
                Just('Đ'),
                Just('a'),
                Just('\u{1f600}'),
            ],
            0..8
        )
        .prop_map(String::from_iter),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The contract shows the shapes; a client that follows them is not surprised.
    #[test]
    fn the_shape_says_exactly_what_is_taken(text in near_texts()) {
        let is_read = unreadable("", &text).is_none();
        let taken = [
            (Code::SHAPE, Code::parse("", &text).is_ok()),
            (AgencyIdentifier::SHAPE, AgencyIdentifier::parse("", &text).is_ok()),
            (AreaCode::SHAPE, AreaCode::parse("", &text).is_ok()),
            (Name::SHAPE, is_read && Name::parse("", &text).is_ok()),
            (Reference::SHAPE, is_read && Reference::parse("", &text).is_ok()),
            (Prose::SHAPE, is_read && Prose::parse("", &text).is_ok()),
            (Period::SHAPE, Period::parse("", &text).is_ok()),
            (Month::SHAPE, Period::parse_month("", &text).is_ok()),
        ];
        for (shape, parsed) in taken {
            let length = text.chars().count();
            let fits = (shape.min_length..=shape.max_length).contains(&length)
                && Regex::new(shape.pattern).unwrap().is_match(&text);
            prop_assert_eq!(fits, parsed, "{:?} and {}", text, shape.pattern);
        }
    }
}

#[test]
fn the_longest_text_is_taken_and_a_longer_one_is_not() {
    let long = |shape: Shape, extra: usize| "1".repeat(shape.max_length + extra);
    for extra in [0, 1] {
        let taken = [
            Code::parse("", &long(Code::SHAPE, extra)).is_ok(),
            AgencyIdentifier::parse("", &long(AgencyIdentifier::SHAPE, extra)).is_ok(),
            AreaCode::parse("", &long(AreaCode::SHAPE, extra)).is_ok(),
            Name::parse("", &long(Name::SHAPE, extra)).is_ok(),
            Reference::parse("", &long(Reference::SHAPE, extra)).is_ok(),
            Prose::parse("", &long(Prose::SHAPE, extra)).is_ok(),
        ];
        assert_eq!(taken, [extra == 0; 6]);
    }
}
