//! A log alone gives the figures.

use crate::support::*;
use serde_json::{Value, json};
use thidua_domain::cells::{Cell, CellKey, Cells};
use thidua_domain::log::changes::{Actor, Change, Operation, Resource};
use thidua_domain::log::replay::{Recorded, Replay};

const MORNING: i64 = 1;
const EVENING: i64 = 2;

fn created(resource: Resource, id: i64, row: &Value) -> Change {
    Change {
        seq: id,
        at: MORNING,
        actor: Actor::SYSTEM,
        resource,
        resource_id: id,
        operation: Operation::Create,
        before: None,
        after: Some(row.to_string()),
        reason: None,
        nonce: None,
    }
}

/// One person who is trained in a catalogue of training alone, in one write, with a code and a certificate as the log
/// may hold them. Its last change but one is the course, its last the training.
fn log(code: &Value, certificate: &Value) -> Vec<Change> {
    let catalogue = catalogue();
    let calendars =
        catalogue.calendars.iter().map(|(id, calendar)| created(Resource::Calendars, id.0, &json!(calendar)));
    let phases = catalogue.phases.iter().map(|(id, phase)| created(Resource::Phases, id.0, &json!(phase)));
    let course = json!({"code": "K", "name": "Khóa", "kind": "basic_digital_skills", "form": "online", "hours": 1,
        "from": "2026-02-01", "to": "2026-02-01", "organiser": DEPARTMENT});
    let tenures = json!([{"agency": DEPARTMENT, "from": "2026-01-20", "to": null}]);
    let record = json!({"staff": 901, "course": 902, "on": "2026-02-20", "result": "completed", "confirmed_on": null,
        "certificate": certificate});
    let rest = [
        created(Resource::Indicators, CT7.0, &json!(catalogue.indicators[&CT7])),
        created(Resource::Staff, 901, &json!({"code": code, "kind": "cong_chuc", "tenures": tenures})),
        created(Resource::Courses, 902, &course),
        created(Resource::TrainingRecords, 903, &record),
    ];
    calendars.chain(phases).chain(rest).collect()
}

/// On the roll from the nd09 month of February on (January in `civil`).
fn hired() -> Vec<(CellKey, Cell)> {
    vec![
        (key(CT7, DEPARTMENT, ND09, "2026-02"), cell(0, 1, 1)),
        (key(CT7, DEPARTMENT, CIVIL, "2026-01"), cell(0, 1, 1)),
    ]
}

/// Trained in March (February).
fn trained() -> Vec<(CellKey, Cell)> {
    vec![
        (key(CT7, DEPARTMENT, ND09, "2026-03"), cell(1, 0, 0)),
        (key(CT7, DEPARTMENT, CIVIL, "2026-02"), cell(1, 0, 0)),
    ]
}

fn replayed(log: &[Change], given: impl Fn(i64) -> Vec<(CellKey, Cell)>) -> Result<Cells, String> {
    let mut replay = Replay::default();
    for change in log {
        replay.follow(change, Recorded { cells: &given(change.seq), steps: &[] });
    }
    replay.finish()
}

/// Values given all at once with the last change, as one write gives them.
fn at_the_end(seq: i64) -> Vec<(CellKey, Cell)> {
    if seq == 903 { [hired(), trained()].concat() } else { Vec::new() }
}

#[test]
fn sealed_texts_count_in_no_figure() {
    let sealed = json!({"sealed": "AAAA"});
    for (code, certificate) in [(json!("NV-1"), json!("CC-1")), (sealed.clone(), sealed.clone()), (sealed, Value::Null)]
    {
        let cells = replayed(&log(&code, &certificate), at_the_end).expect("what was given");
        assert_eq!(cells.iter().collect::<Vec<_>>().len(), 4);
        assert!(hired().into_iter().chain(trained()).all(|(key, cell)| cells.get(key) == cell));
    }
}

#[test]
fn a_write_may_give_values_as_it_goes_on() {
    let log = log(&json!("NV-1"), &Value::Null);
    let given = |seq| match seq {
        902 => hired(),
        903 => trained(),
        _ => Vec::new(),
    };
    assert!(replayed(&log, given).is_ok());
    let early = replayed(&log, |seq| if seq == 902 { at_the_end(903) } else { Vec::new() });
    let said = early.expect_err("nobody was trained then");
    assert!(said.ends_with("month 2026-03): given by change 902 1/0 from 0 reports, computed 0/0 from 0"), "{said}");
}

#[test]
fn a_value_given_by_a_later_write_comes_too_late() {
    let mut log = log(&json!("NV-1"), &Value::Null);
    if let Some(last) = log.last_mut() {
        last.at = EVENING;
    }
    let said = replayed(&log, at_the_end).expect_err("the roll was written before");
    assert!(said.ends_with("month 2026-02): after change 902 still 0/0 from 0 reports, computed 0/1 from 1"), "{said}");
}

#[test]
fn a_value_that_is_missing_at_the_end_is_named() {
    let said = replayed(&log(&json!("NV-1"), &Value::Null), |seq| if seq == 903 { hired() } else { Vec::new() });
    let said = said.expect_err("one was trained");
    assert!(said.ends_with("month 2026-03): after change 903 still 0/0 from 0 reports, computed 1/0 from 0"), "{said}");
}

#[test]
fn a_row_that_cannot_be_read_is_named() {
    let said = replayed(&[created(Resource::Staff, 7, &json!({"code": "NV-1"}))], |_| Vec::new());
    let said = said.expect_err("neither kind nor roll");
    assert!(said.starts_with("change 7: does not hold a row of staff that can be read: "), "{said}");
}
