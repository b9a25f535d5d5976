//! Reports in the form of a mapping: the output of any report has the properties that the mapping names, in its order.

use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use thidua_domain::exchange::export_profiles::shaping::{Shaped, shape};
use thidua_domain::exchange::export_profiles::{
    CodePair, DatePattern, Envelope, Mapping, Output, PeriodPattern, Property, ReportRows, SourcePlace, ValueSource,
};
use thidua_domain::text::{Name, OutputName, Reference, SourcePath, StringEnum};

fn source(of: SourcePlace, path: &str) -> ValueSource {
    ValueSource { of, path: SourcePath::parse("", path).unwrap() }
}

fn text(text: &str) -> Reference {
    Reference::parse("", text).unwrap()
}

fn property(name: &str, value: Output) -> Property {
    let label_vi = Name::parse("", "Nhãn").unwrap();
    Property { name: OutputName::parse("", name).unwrap(), label_vi, label_en: None, value }
}

fn one(value: Output) -> Mapping {
    Mapping { rows: ReportRows::Attainments, envelope: None, properties: vec![property("a", value)] }
}

/// The output for a row with this value at `value`.
fn shaped(output: Output, value: Value) -> Value {
    let report = json!({"attainments": [{"value": value}]});
    serde_json::to_value(shape(&one(output), &report)).unwrap()[0]["a"].clone()
}

#[test]
fn dates_and_periods_are_written_as_their_patterns_say() {
    let from = || source(SourcePlace::Row, "value");
    for (pattern, written) in
        [(DatePattern::DayFirst, "05/02/2026"), (DatePattern::Iso, "2026-02-05"), (DatePattern::Digits, "20260205")]
    {
        assert_eq!(shaped(Output::Date { from: from(), pattern }, json!("2026-02-05")), written);
    }
    for (period, native, digits, month, quarter, year) in [
        ("2026-02", "2026-02", Some("202602"), Some("202602"), Some("20261"), "2026"),
        ("2026-12", "2026-12", Some("202612"), Some("202612"), Some("20264"), "2026"),
        ("2026-Q3", "2026-Q3", Some("20263"), None, Some("20263"), "2026"),
        ("2026-H2", "2026-H2", None, None, None, "2026"),
        ("2026", "2026", Some("2026"), None, None, "2026"),
    ] {
        for (pattern, written) in [
            (PeriodPattern::Native, Some(native)),
            (PeriodPattern::Digits, digits),
            (PeriodPattern::Month, month),
            (PeriodPattern::Quarter, quarter),
            (PeriodPattern::Year, Some(year)),
        ] {
            assert_eq!(
                shaped(Output::Period { from: from(), pattern }, json!(period)),
                json!(written),
                "{period} {pattern}"
            );
        }
    }
}

#[test]
fn a_code_list_says_what_stands_for_what_and_for_the_rest() {
    let codes = vec![CodePair { from: text("met"), to: text("1") }, CodePair { from: text("7"), to: text("bảy") }];
    let list = |otherwise: Option<&str>| Output::Code {
        from: source(SourcePlace::Row, "value"),
        codes: codes.clone(),
        otherwise: otherwise.map(text),
    };
    assert_eq!(shaped(list(None), json!("met")), "1");
    assert_eq!(shaped(list(None), json!(7)), "bảy");
    assert_eq!(shaped(list(None), json!("other")), Value::Null);
    assert_eq!(shaped(list(Some("0")), json!("other")), "0");
    // An absent value has no code, not even the one for every other value.
    assert_eq!(shaped(list(Some("0")), Value::Null), Value::Null);
}

#[test]
fn what_a_row_names_is_found_by_its_code() {
    let report = json!({
        "period": "2026-10",
        "attainments": [
            {"agency": "H18.1", "indicator": "CT1", "target": {"id": 7}}, {"agency": "H18.9", "indicator": "CT1", "target": null}
        ],
        "agencies": [{"identifier": "H18.1", "name_vi": "Xã"}],
        "indicators": [{"code": "CT1", "unit": "văn bản"}],
        "targets": [{"id": 7, "basis": "KH"}]
    });
    let from = |of, path| Output::Text { from: source(of, path) };
    let mapping = Mapping {
        rows: ReportRows::Attainments,
        envelope: Some(Envelope {
            rows_name: OutputName::parse("", "Du.Lieu").unwrap(),
            members: vec![property("Du.Ky", from(SourcePlace::Report, "period"))],
        }),
        properties: vec![
            property("Ten", from(SourcePlace::Agency, "name_vi")),
            property("DonVi", from(SourcePlace::Indicator, "unit")),
            property("CanCu", from(SourcePlace::Target, "basis")),
        ],
    };
    let expected = r#"{"Du":{"Ky":"2026-10","Lieu":[{"Ten":"Xã","DonVi":"văn bản","CanCu":"KH"},{"Ten":null,"DonVi":"văn bản","CanCu":null}]}}"#;
    assert_eq!(serde_json::to_string(&shape(&mapping, &report)).unwrap(), expected);
}

fn any_source() -> impl Strategy<Value = ValueSource> {
    let paths = vec!["agency", "period", "value", "target.id", "window.from", "name_vi", "id", "no.such.path"];
    (prop::sample::select(SourcePlace::VALUES), prop::sample::select(paths)).prop_map(|(of, path)| source(of, path))
}

fn any_output() -> impl Strategy<Value = Output> {
    (
        any_source(),
        0..7,
        prop::sample::select(DatePattern::VALUES),
        prop::sample::select(PeriodPattern::VALUES),
        any::<bool>(),
    )
        .prop_map(|(from, kind, date, period, otherwise)| match kind {
            0 => Output::Constant { text: text("x") },
            1 => Output::Text { from },
            2 => Output::WholeNumber { from },
            3 => Output::Boolean { from },
            4 => Output::Date { from, pattern: date },
            5 => Output::Period { from, pattern: period },
            _ => Output::Code {
                from,
                codes: vec![CodePair { from: text("1"), to: text("một") }],
                otherwise: otherwise.then(|| text("khác")),
            },
        })
}

fn any_name() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["A", "B", "C", "Ma"]), 1..5).prop_map(|names| names.join("."))
}

fn any_mapping() -> impl Strategy<Value = Mapping> {
    let properties = |most| prop::collection::vec((any_name(), any_output()), 1..most);
    (prop::sample::select(ReportRows::VALUES), prop::option::of((any_name(), properties(4))), properties(12)).prop_map(
        |(rows, envelope, properties)| {
            let all = |properties: Vec<(String, Output)>| {
                properties.into_iter().map(|(name, value)| property(&name, value)).collect()
            };
            let envelope = envelope.map(|(name, members)| Envelope {
                rows_name: OutputName::parse("", &name).unwrap(),
                members: all(members),
            });
            Mapping { rows, envelope, properties: all(properties) }
        },
    )
}

/// Any JSON, with the names a report has more often than not.
fn any_report() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_i64..3).prop_map(Value::from),
        Just(json!(1.5)),
        ".{0,8}".prop_map(Value::from),
        prop::sample::select(vec!["2026-10", "2026-Q4", "2026-H1", "2026", "2026-10-20", "1", "H18"])
            .prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "attainments",
        "agencies",
        "indicators",
        "targets",
        "agency",
        "indicator",
        "target",
        "id",
        "identifier",
        "code",
        "period",
        "value",
        "window",
        "from",
        "name_vi",
    ]);
    leaf.prop_recursive(5, 80, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..8).prop_map(|members| Value::Object(
                members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

/// True when no name stands twice and none is a value and holds others, by comparing each with each.
fn have_places(names: &[String]) -> bool {
    let clash = |a: &str, b: &str| a == b || b.starts_with(&format!("{a}.")) || a.starts_with(&format!("{b}."));
    !names.iter().enumerate().any(|(index, name)| names[..index].iter().any(|other| clash(name, other)))
}

fn names(properties: &[Property]) -> Vec<String> {
    properties.iter().map(|property| property.name.to_string()).collect()
}

/// The paths to the values of an object, in order; rows are a value.
fn leaves(members: &[(String, Shaped)], above: &str) -> Vec<String> {
    let inner = members.iter().flat_map(|(name, value)| {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        match value {
            Shaped::Object(members) => leaves(members, &path),
            _ => vec![path],
        }
    });
    inner.collect()
}

/// The names in the order they are sent: names with the same first part stand together, at the place of the first of
/// them.
fn grouped(names: &[String]) -> Vec<String> {
    let first = |name: &String| name.split('.').next().unwrap().to_owned();
    let mut seen = Vec::new();
    for name in names.iter().map(first) {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    let of = |head: &String| {
        let inner: Vec<_> = names.iter().filter(|name| first(name) == *head).collect();
        let rest: Vec<_> = inner.iter().filter_map(|name| Some(name.split_once('.')?.1.to_owned())).collect();
        if rest.is_empty() {
            vec![head.clone()]
        } else {
            grouped(&rest).iter().map(|rest| format!("{head}.{rest}")).collect()
        }
    };
    seen.iter().flat_map(of).collect()
}

proptest! {
    #[test]
    fn any_valid_mapping_over_any_report_sends_exactly_the_named_properties_in_order(
        mapping in any_mapping(), report in any_report(),
    ) {
        let around = mapping.envelope.as_ref().map(|envelope| {
            let mut all = names(&envelope.members);
            all.push(envelope.rows_name.to_string());
            all
        });
        let own = names(&mapping.properties);
        let valid = have_places(&own) && around.as_ref().is_none_or(|around| have_places(around));
        prop_assert_eq!(mapping.check().is_ok(), valid, "{:?} {:?}", own, around);

        let sent = shape(&mapping, &report);
        // Every output is JSON.
        let text = serde_json::to_string(&sent).unwrap();
        prop_assert!(serde_json::from_str::<Value>(&text).is_ok());
        if !valid {
            return Ok(());
        }
        let rows = match (&sent, around) {
            (Shaped::Array(rows), None) => rows,
            (Shaped::Object(members), Some(around)) => {
                prop_assert_eq!(leaves(members, ""), grouped(&around));
                let mut at = members;
                let mut found = None;
                for name in mapping.envelope.as_ref().unwrap().rows_name.as_str().split('.') {
                    match at.iter().find(|(known, _)| known == name).map(|(_, value)| value) {
                        Some(Shaped::Object(inner)) => at = inner,
                        Some(Shaped::Array(rows)) => found = Some(rows),
                        other => prop_assert!(false, "{:?}", other),
                    }
                }
                found.unwrap()
            }
            (other, _) => return Err(TestCaseError::fail(format!("{other:?}"))),
        };
        let expected = report.get(mapping.rows.as_str()).and_then(Value::as_array).map_or(0, Vec::len);
        prop_assert_eq!(rows.len(), expected);
        for row in rows {
            let Shaped::Object(members) = row else { return Err(TestCaseError::fail("no object")) };
            prop_assert_eq!(leaves(members, ""), grouped(&own));
            prop_assert_eq!(leaves(members, "").into_iter().collect::<BTreeSet<_>>(), own.iter().cloned().collect::<BTreeSet<_>>());
        }
    }
}
