//! Identifiers of persons in logged rows.

use proptest::prelude::*;
use serde_json::{Value, json};
use thidua_domain::id::StaffId;
use thidua_domain::log::changes::Resource;
use thidua_domain::log::personal_data::{Personal, erased_code, require_not_erased};
use thidua_domain::text::Code;

fn read(resource: Resource, id: i64, row: &Value) -> Option<Personal> {
    Personal::read(resource, id, &row.to_string()).expect("JSON")
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

proptest! {
    #[test]
    fn what_is_sealed_and_opened_again_is_what_it_was(identifier in "\\PC{1,60}", person in 1_i64..1_000_000) {
        for (resource, id, row) in [
            (Resource::Staff, person, json!({"kind": "can_bo", "code": &identifier, "tenures": []})),
            (Resource::TrainingRecords, 7, json!({"on": "2026-01-06", "certificate": &identifier, "staff": person})),
            (Resource::Users, person, json!({"role": "viewer", "username": &identifier})),
            (Resource::Clients, person, json!({"role": "puller", "client_id": &identifier})),
        ] {
            let personal = read(resource, id, &row).expect("a person's");
            prop_assert_eq!(personal.owner, person);
            prop_assert_eq!(personal.plain(), Some(identifier.as_str()));
            let mut expected = row.clone();
            expected[personal.member()] = json!({"sealed": "c2VhbA"});
            let sealed = value(&personal.seal("c2VhbA"));
            prop_assert_eq!(&sealed, &expected);
            let personal = read(resource, id, &sealed).expect("a person's");
            prop_assert_eq!((personal.owner, personal.plain(), personal.sealed()), (person, None, Some("c2VhbA")));
            prop_assert_eq!(value(&personal.open(Some(&identifier))), row);
        }
    }
}

#[test]
fn without_the_key_a_code_says_that_it_is_erased_and_a_certificate_is_none() {
    let staff = read(Resource::Staff, 17, &json!({"code": {"sealed": "x"}, "kind": "can_bo"})).expect("a person's");
    assert_eq!(value(&staff.open(None)), json!({"code": "erased-17", "kind": "can_bo"}));
    let user = read(Resource::Users, 5, &json!({"username": {"sealed": "x"}})).expect("an account's");
    assert_eq!(value(&user.open(None)), json!({"username": "erased-5"}));
    let record = read(Resource::TrainingRecords, 9, &json!({"staff": 17, "certificate": {"sealed": "x"}}));
    assert_eq!(value(&record.expect("a person's").open(None)), json!({"staff": 17, "certificate": null}));
}

#[test]
fn there_is_nothing_to_seal_in_other_rows() {
    assert_eq!(read(Resource::Courses, 17, &json!({"code": "K-1"})), None);
    assert_eq!(read(Resource::TrainingRecords, 9, &json!({"staff": 17, "certificate": null})), None);
    let erased = read(Resource::Staff, 17, &json!({"code": "erased-17"})).expect("a person's");
    assert_eq!(erased.plain(), None);
}

#[test]
fn the_code_of_an_erased_person_is_nobody_elses() {
    let code = |text: &str| Code::parse("", text).expect("a code");
    assert!(require_not_erased(&code(&erased_code(StaffId(17))), StaffId(17)).is_ok());
    assert!(require_not_erased(&code("erased"), StaffId(1)).is_ok());
    let refused = require_not_erased(&code("erased-17"), StaffId(18)).expect_err("it is another's");
    assert_eq!(refused.code, "reserved_code");
}
