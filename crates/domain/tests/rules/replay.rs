//! A log alone gives the figures.

use crate::support::*;
use serde_json::{Value, json};
use thidua_domain::cells::CellKey;
use thidua_domain::changes::{Actor, Change, Operation, Resource};
use thidua_domain::replay::Replay;

fn created(resource: Resource, id: i64, row: &Value) -> Change {
    Change {
        seq: id,
        at: 0,
        actor: Actor::SYSTEM,
        resource,
        resource_id: id,
        operation: Operation::Create,
        before: None,
        after: Some(row.to_string()),
        reason: None,
    }
}

/// One person who is trained in a catalogue of training alone, with a code and a certificate as the log may hold them.
fn replayed(code: &Value, certificate: &Value) -> Replay {
    let catalogue = catalogue();
    let mut replay = Replay::default();
    let mut put = |resource, id, row: Value| replay.apply(&created(resource, id, &row)).expect("a row");
    for (id, calendar) in &catalogue.calendars {
        put(Resource::Calendars, id.0, json!(calendar));
    }
    for (id, phase) in &catalogue.phases {
        put(Resource::Phases, id.0, json!(phase));
    }
    put(Resource::Indicators, CT7.0, json!(catalogue.indicators[&CT7]));
    let course = json!({"code": "K", "name": "Khóa", "kind": "basic_digital_skills", "form": "online", "hours": 1,
        "from": "2026-02-01", "to": "2026-02-01", "organiser": DEPARTMENT});
    put(Resource::Courses, 901, course);
    let tenures = json!([{"agency": DEPARTMENT, "from": "2026-01-20", "to": null}]);
    put(Resource::Staff, 902, json!({"code": code, "kind": "cong_chuc", "tenures": tenures}));
    let record = json!({"staff": 902, "course": 901, "on": "2026-02-20", "result": "completed", "confirmed_on": null,
        "certificate": certificate});
    put(Resource::TrainingRecords, 903, record);
    replay
}

/// On the roll from the nd09 month of February on (January in `civil`), trained in March (February).
fn give(replay: &mut Replay) -> Vec<CellKey> {
    let cells = [
        (key(CT7, DEPARTMENT, ND09, "2026-02"), cell(0, 1, 1)),
        (key(CT7, DEPARTMENT, ND09, "2026-03"), cell(1, 0, 0)),
        (key(CT7, DEPARTMENT, CIVIL, "2026-01"), cell(0, 1, 1)),
        (key(CT7, DEPARTMENT, CIVIL, "2026-02"), cell(1, 0, 0)),
    ];
    for (key, cell) in cells {
        replay.give(key, cell);
    }
    cells.iter().map(|(key, _)| *key).collect()
}

#[test]
fn sealed_texts_count_in_no_figure() {
    let sealed = json!({"sealed": "AAAA"});
    for (code, certificate) in [(json!("NV-1"), json!("CC-1")), (sealed.clone(), sealed.clone()), (sealed, Value::Null)]
    {
        let mut replay = replayed(&code, &certificate);
        give(&mut replay);
        assert_eq!(replay.compare(), Ok(4));
    }
}

#[test]
fn the_first_cell_that_was_given_another_value_is_named() {
    let mut replay = replayed(&json!("NV-1"), &Value::Null);
    let keys = give(&mut replay);
    replay.give(keys[1], cell(2, 0, 0));
    let difference = replay.compare().expect_err("two people were not trained");
    assert!(difference.ends_with("month 2026-03): given last 2/0 from 0 reports, computed 1/0 from 0"), "{difference}");
}

#[test]
fn a_row_that_cannot_be_read_is_named() {
    let refused = Replay::default().apply(&created(Resource::Staff, 7, &json!({"code": "NV-1"})));
    let said = refused.expect_err("neither kind nor roll");
    assert!(said.starts_with("change 7: does not hold a row of staff that can be read: "), "{said}");
}
