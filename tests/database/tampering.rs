//! Tampering behind the program's back: verification names the first row that is wrong.

use crate::database::fixture::{Fixture, assert_clean, hire, observation, trained};
use support::on_both_engines;
use thidua_domain::id::StaffId;
use thidua_domain::records::courses::Hours;
use thidua_persistence::records::{courses, observations, training_records};
use thidua_persistence::verify::Finding;

/// The small world with three people, one of them trained, and one declared figure.
struct Busy {
    world: Fixture,
    people: Vec<StaffId>,
    last: i64,
}

impl support::engines::FromEngine for Busy {
    fn on(engine: support::Engine) -> Option<Self> {
        let world = Fixture::on(engine)?;
        let (commune, course) = (world.commune(), world.ids.courses[0]);
        let declared = observation(world.ids.indicators[2], commune, world.ids.calendars[0], 202_602, (3, 4));
        let people = world
            .write(move |transaction| {
                let people = [
                    hire(transaction, "NV-1", commune)?,
                    hire(transaction, "NV-2", commune)?,
                    hire(transaction, "NV-3", commune)?,
                ];
                training_records::insert(transaction, &trained(people[0], course, "2026-02-01"))?;
                observations::insert(transaction, &declared)?;
                Ok(people.to_vec())
            })
            .expect("it fits");
        let last = world.tables().log().len() as i64;
        assert_clean(&world.database, last);
        Some(Self { world, people, last })
    }
}

impl Busy {
    /// Tampers, and gives the finding of a verification.
    #[track_caller]
    fn found_after(&self, sql: &str) -> String {
        self.world.tables().execute(sql);
        match self.world.finding() {
            Finding::Difference(difference) => difference,
            clean => panic!("{clean:?} after {sql}"),
        }
    }
}

#[on_both_engines]
fn an_edited_change(busy: Busy) {
    let (first, second) = (busy.people[1].0, busy.people[2].0);
    let edit =
        |seq| format!("UPDATE changes SET after = replace(after, '2026-01-01', '2026-01-02') WHERE seq = {seq};");
    let found = busy.found_after(&(edit(second) + &edit(first)));
    assert_eq!(found, format!("change {first}: its content does not fit its hash"));
}

#[on_both_engines]
fn an_added_reason(busy: Busy) {
    let found = busy.found_after("UPDATE changes SET reason = 'được duyệt' WHERE seq = 7");
    assert_eq!(found, "change 7: its content does not fit its hash");
}

#[on_both_engines]
fn a_nonce_that_is_another_or_none_or_not_there(busy: Busy) {
    let (first, second, third) = (busy.people[0].0, busy.people[1].0, busy.people[2].0);
    let found = busy.found_after(&format!("UPDATE changes SET nonce = '0123456789abcdef' WHERE seq = {third}"));
    assert!(
        found.starts_with(&format!("change {third}: cannot be read: ")) && found.ends_with("stored nonce is none"),
        "{found}"
    );
    let found = busy.found_after(&format!(
        "UPDATE changes SET nonce = (SELECT nonce FROM changes WHERE seq = {first}) WHERE seq = {second}"
    ));
    assert_eq!(found, format!("change {second}: its content does not fit its hash"));
    let found = busy.found_after(&format!("UPDATE changes SET nonce = NULL WHERE seq = {first}"));
    assert_eq!(found, format!("change {first}: its content does not fit its hash"));
}

#[on_both_engines]
fn a_deleted_change(busy: Busy) {
    let gone = busy.people[1].0;
    let found = busy.found_after(&format!("DELETE FROM changes WHERE seq = {gone}"));
    assert_eq!(found, format!("change {}: follows change {}, {gone} expected", gone + 1, gone - 1));
}

#[on_both_engines]
fn a_deleted_first_change(busy: Busy) {
    let found = busy.found_after("DELETE FROM changes WHERE seq = 1");
    assert_eq!(found, "change 2: follows change 0, 1 expected");
}

#[on_both_engines]
fn two_changes_in_the_others_place(busy: Busy) {
    let (first, second) = (busy.people[0].0, busy.people[2].0);
    let found = busy.found_after(&format!(
        "UPDATE changes SET seq = -1 WHERE seq = {first};
             UPDATE changes SET seq = {first} WHERE seq = {second};
             UPDATE changes SET seq = {second} WHERE seq = -1;"
    ));
    assert_eq!(found, format!("change {first}: is not chained to the change before it"));
}

#[on_both_engines]
fn two_changes_with_the_others_content(busy: Busy) {
    let (first, second) = (busy.people[0].0, busy.people[2].0);
    let content = |seq| format!("(SELECT after FROM changes WHERE seq = {seq})");
    let found = busy.found_after(&format!(
        "UPDATE changes SET after = CASE seq WHEN {first} THEN {} ELSE {} END WHERE seq IN ({first}, {second})",
        content(second),
        content(first)
    ));
    assert_eq!(found, format!("change {first}: its content does not fit its hash"));
}

#[on_both_engines]
fn a_forged_link(busy: Busy) {
    let seq = busy.people[1].0;
    let zeros = "0".repeat(64);
    let found = busy.found_after(&format!("UPDATE changes SET previous_hash = '{zeros}' WHERE seq = {seq}"));
    assert_eq!(found, format!("change {seq}: is not chained to the change before it"));
}

#[on_both_engines]
fn an_edited_cell(busy: Busy) {
    let ids = &busy.world.ids;
    let (indicator, agency, calendar) = (ids.indicators[2], busy.world.commune(), ids.calendars[0]);
    let place = format!("indicator_id = {indicator} AND agency_id = {agency} AND month = 202602");
    let found = busy.found_after(&format!("UPDATE cells SET numerator = 4 WHERE {place}"));
    assert_eq!(
        found,
        format!(
            "cell (indicator {indicator}, agency {agency}, calendar {calendar}, month 2026-02): \
             stored 4/4 from 1 reports, computed 3/4 from 1"
        )
    );
}

#[on_both_engines]
fn an_invented_cell(busy: Busy) {
    let (indicator, agency) = (busy.world.ids.indicators[0], busy.world.commune());
    let calendar = busy.world.ids.calendars[1];
    let found =
        busy.found_after(&format!("INSERT INTO cells VALUES ({indicator}, {agency}, {calendar}, 202605, 9, 9, 1)"));
    assert_eq!(
        found,
        format!(
            "cell (indicator {indicator}, agency {agency}, calendar {calendar}, month 2026-05): \
             stored 9/9 from 1 reports, computed 0/0 from 0"
        )
    );
}

#[on_both_engines]
fn an_edited_last_version(busy: Busy) {
    let (indicator, agency) = (busy.world.ids.indicators[2], busy.world.commune());
    let found = busy.found_after(&format!("UPDATE cell_versions SET denominator = 5 WHERE indicator_id = {indicator}"));
    let start = format!("cell (indicator {indicator}, agency {agency},");
    assert!(found.starts_with(&start) && found.contains("given by change") && found.contains(" 3/5 from"), "{found}");
}

#[on_both_engines]
fn a_row_gone(busy: Busy) {
    let record = busy.last - 1;
    let found = busy.found_after("DELETE FROM training_records");
    assert_eq!(found, format!("training-records {record}: the row of change {record} is gone"));
    assert_eq!(busy.world.tables().log().len() as i64, busy.last, "the log itself is whole");
}

#[on_both_engines]
fn an_edited_row(busy: Busy) {
    let declared = busy.last;
    let found = busy.found_after("UPDATE observations SET numerator = 2");
    assert_eq!(found, format!("observations {declared}: the row is not what change {declared} made it"));
}

#[on_both_engines]
fn a_row_that_no_change_made(busy: Busy) {
    let found = busy.found_after("INSERT INTO courses SELECT 2, 'K0', name, kind, form, hours, from_on, to_on, organiser_id FROM courses WHERE code = 'K1'");
    assert_eq!(found, "courses 2: no change in the log has made the row");
}

#[on_both_engines]
fn a_deleted_row_that_is_there_again(busy: Busy) {
    let (calendar, agency) = (busy.world.ids.calendars[0], busy.world.commune());
    let period = thidua_domain::time::Period::parse("", "2026-03").unwrap();
    let text = |text| thidua_domain::text::Reference::parse("", text).unwrap();
    let lock = busy
        .world
        .write(move |transaction| {
            let locked_at = transaction.now();
            let lock =
                thidua_domain::closing::locks::Lock { calendar, period, agency, reason: text("Khóa"), locked_at };
            thidua_persistence::closing::locks::insert(transaction, &lock)
        })
        .expect("it fits");
    busy.world.tables().execute("CREATE TABLE kept AS SELECT * FROM locks");
    let reason = Some("Mở".to_owned());
    let context = thidua_persistence::Context { reason, ..crate::database::fixture::context() };
    busy.world
        .database
        .write(context, move |transaction| thidua_persistence::closing::locks::delete(transaction, lock))
        .expect("it can go");
    let found = busy.found_after("INSERT INTO locks SELECT * FROM kept");
    assert_eq!(found, format!("locks {lock}: change {} deleted the row, and it is there", busy.last + 2));
}

#[on_both_engines]
fn two_rows_with_the_others_content(busy: Busy) {
    let (first, second) = (busy.people[0], busy.people[1]);
    let found = busy.found_after(&format!(
        "UPDATE staff SET code = 'NV-0' WHERE id = {first};
             UPDATE staff SET code = 'NV-1' WHERE id = {second};
             UPDATE staff SET code = 'NV-2' WHERE id = {first};"
    ));
    assert_eq!(found, format!("staff {first}: the row is not what change {first} made it"));
}

#[on_both_engines]
fn a_stay_of_nobody(busy: Busy) {
    let agency = busy.world.commune();
    let found = busy.found_after(&format!("INSERT INTO tenures VALUES ('staff', 9000, {agency}, '2026-01-01', NULL)"));
    assert_eq!(found, "staff 9000: no change in the log has made the row");
}

#[on_both_engines]
fn a_role_that_nobody_gave(busy: Busy) {
    let user = busy
        .world
        .write(|transaction| {
            let user = serde_json::json!({"role": "viewer", "agency": null, "disabled": false, "password_version": 1});
            let profile = thidua_persistence::accounts::users::UserProfile {
                username: crate::database::fixture::code("can-bo"),
                display_name: None,
                user: serde_json::from_value(user).expect("a user"),
                sign_on: None,
            };
            thidua_persistence::accounts::users::insert(transaction, &profile, "no hash")
        })
        .expect("it fits");
    let found = busy.found_after("UPDATE users SET role = 'admin'");
    assert_eq!(found, format!("users {user}: the row is not what change {user} made it"));
}

#[on_both_engines]
fn rows_on_both_sides_of_a_page_of_the_log(busy: Busy) {
    let (first, second) = (busy.world.ids.courses[0], busy.world.ids.courses[1]);
    let changed = busy.last + 5200;
    // More changes of the second course than fit on a page.
    busy.world
        .write(move |transaction| {
            let mut course = courses::get(transaction.connection(), second)?;
            for hours in 1..=5200 {
                course.hours = Hours::stored(hours % 2000 + 1);
                courses::update(transaction, second, &course)?;
            }
            Ok(())
        })
        .expect("it fits");
    assert_clean(&busy.world.database, changed);
    let found = busy.found_after(&format!("UPDATE courses SET hours = 8 WHERE id = {second}"));
    assert_eq!(found, format!("courses {second}: the row is not what change {changed} made it"));
    let found = busy.found_after(&format!("UPDATE courses SET hours = 9 WHERE id = {first}"));
    assert_eq!(found, format!("courses {first}: the row is not what change {first} made it"));
}
