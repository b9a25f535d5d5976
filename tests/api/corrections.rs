//! After a period is locked, a figure changes under a correction only, and an erratum tells.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::engines::{Engine, FromEngine};
use support::{Client, World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// A small world in which figures of March and April are locked, and the people who deal with them.
struct Locked {
    world: World,
    /// Writes the records of the department.
    editor: Client,
    /// Decides for the department.
    approver: Client,
    /// The addresses of [`FIGURES`].
    figures: Vec<String>,
}

/// Figures declared at the beginning, all of them 3/4; corrections are about the first.
const FIGURES: [(&str, &str, &str, &str); 6] = [
    ("CT3", "H18.20.1", "nd09", "2026-03"),
    ("CT3", "H18.20.1", "nd09", "2026-04"),
    ("CT3", "H18.20.1", "civil", "2026-03"),
    ("CT3", "H18.20.2", "nd09", "2026-03"),
    ("CT5", "H18.20.1", "nd09", "2026-03"),
    ("CT3", "H18.1", "nd09", "2026-03"),
];

impl FromEngine for Locked {
    fn on(engine: Engine) -> Option<Self> {
        let world = World::on(engine)?;
        let declare = |(indicator, agency, calendar, month)| {
            let figure = world.create("observations", observation(indicator, agency, calendar, month, 3));
            format!("/api/v1/observations/{}", figure["id"])
        };
        let figures = FIGURES.into_iter().map(declare).collect();
        world.person("P", "H18.20.1", "2026-01-01");
        world.person("Q", "H18.20.2", "2026-01-01");
        world.course("K");
        world.agency("H18.2.1", "phong_chuyen_mon", Some("H18.2"));
        let editor = world.server.user(Role::Editor, Some("H18.20"));
        let approver = world.server.user(Role::Approver, Some("H18.20"));
        for (calendar, period, agency) in
            [("nd09", "2026-03", "H18.20"), ("nd09", "2026-Q2", "H18.20"), ("civil", "2026-Q1", "H18.20.1")]
        {
            approver.post("/api/v1/locks", &lock(calendar, period, agency)).expect(201);
        }
        world.create("periods", bodies::locks_on("2026-03", "2026-03-20"));
        Some(Self { world, editor, approver, figures })
    }
}

impl Locked {
    /// The path of a correction that the editor has asked for.
    fn requested(&self, body: &Value) -> String {
        format!("/api/v1/corrections/{}", self.editor.post("/api/v1/corrections", body).expect(201).id())
    }

    /// The path of a correction that is open.
    fn opened(&self, body: &Value) -> String {
        let path = self.requested(body);
        let answer = self.approver.post(&format!("{path}/approve"), &json!({})).expect(200);
        assert_eq!(answer.json["state"], "approved");
        path
    }

    /// The first figure with another numerator.
    fn change(&self, numerator: i64) -> support::Answer {
        self.editor.patch(&self.figures[0], &json!({"numerator": numerator}))
    }

    fn errata(&self, query: &str) -> Vec<Value> {
        self.world.admin.get(&format!("/api/v1/errata?{query}")).expect(200).items().clone()
    }
}

fn observation(indicator: &str, agency: &str, calendar: &str, month: &str, numerator: i64) -> Value {
    bodies::declared(indicator, agency, month, numerator, 4).with("calendar", calendar)
}

fn lock(calendar: &str, period: &str, agency: &str) -> Value {
    bodies::lock(period, agency).with("calendar", calendar)
}

/// A request to correct the first figure.
fn correction() -> Value {
    let asked = bodies::correction("2026-03", "H18.20.1").with("indicator", "CT3");
    asked.with("reason", "Cộng sót một hồ sơ").with("document_number", "12/CV-SKHCN")
}

/// A moment some minutes from now.
fn moment(minutes: i64) -> String {
    (DateTime::<Utc>::from(std::time::SystemTime::now()) + TimeDelta::minutes(minutes)).to_rfc3339()
}

/// Old and new of an erratum, as numerators and denominators.
fn parts(erratum: &Value) -> [Value; 4] {
    ["/old/numerator", "/old/denominator", "/new/numerator", "/new/denominator"]
        .map(|pointer| erratum.pointer(pointer).unwrap().clone())
}

#[on_both_engines]
fn a_correction_lets_exactly_what_it_covers_through_while_it_is_open(place: Locked) {
    let refused = place.change(4).refused(409, "period_locked");
    let told = refused.json["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("2026-03") && told.contains("nd09") && told.contains("/api/v1/corrections"), "{told}");

    let path = place.requested(&correction());
    place.change(4).refused(409, "period_locked");
    place.approver.post(&format!("{path}/approve"), &json!({})).expect(200);
    place.change(4).expect(200);
    for neighbour in &place.figures[1..] {
        place.world.admin.patch(neighbour, &json!({"numerator": 4})).refused(409, "period_locked");
    }
    // A figure may not leave the corrected months, nor come into them from elsewhere.
    place.editor.patch(&place.figures[0], &json!({"month": "2026-05"})).refused(409, "period_locked");
    place.editor.patch(&place.figures[0], &json!({"agency": "H18.20.2"})).refused(409, "period_locked");
    let other = place.world.declare("CT3", "H18.20.1", "2026-07", 1, 1);
    place
        .editor
        .patch(&format!("/api/v1/observations/{}", other["id"]), &json!({"month": "2026-04"}))
        .refused(409, "period_locked");

    let closed = place.editor.post(&format!("{path}/close"), &json!({})).expect(200);
    assert_eq!(closed.json["state"], "closed");
    place.change(3).refused(409, "period_locked");
    place.editor.delete(&place.figures[0]).refused(409, "period_locked");
    place.approver.post(&format!("{path}/close"), &json!({})).refused(409, "correction_not_open");
    place.world.server.assert_verified();
}

#[on_both_engines]
fn an_erratum_stands_beside_the_figure_in_the_list_and_in_the_report(place: Locked) {
    let path = place.opened(&correction());
    assert_eq!(place.world.attainment("CT3", "H18.20", "2026-03")["errata"], json!([]));
    place.change(2).expect(200);
    place.change(4).expect(200);
    let erratum = place.errata("indicator=CT3").remove(0);
    assert_eq!(parts(&erratum), [json!(3), json!(4), json!(4), json!(4)], "before the first change and after the last");
    assert_eq!(erratum["correction"], place.editor.get(&path).expect(200).json["id"]);
    for (member, value) in [
        ("indicator", "CT3"),
        ("agency", "H18.20.1"),
        ("calendar", "nd09"),
        ("month", "2026-03"),
        ("measure", "month_figure"),
        ("reason", "Cộng sót một hồ sơ"),
        ("document_number", "12/CV-SKHCN"),
    ] {
        assert_eq!(erratum[member], value);
    }
    assert_eq!(erratum["reverted"], false);
    let beside = |agency: &str, period: &str| place.world.attainment("CT3", agency, period);
    for (agency, period) in [("H18.20.1", "2026-03"), ("H18.20", "2026-Q1"), ("H18", "2026")] {
        let view = beside(agency, period);
        assert_eq!((&view["errata"], &view["errata_total"]), (&json!([erratum]), &json!(1)), "{agency} {period}");
    }
    for (agency, period) in [("H18.20.2", "2026-03"), ("H18.1", "2026-03"), ("H18.20.1", "2026-04"), ("H18", "2026-Q2")]
    {
        assert_eq!(beside(agency, period)["errata"], json!([]), "{agency} {period}");
    }
    assert_eq!(place.world.attainment("CT5", "H18", "2026-03")["errata"], json!([]));
    let report = place.world.admin.get("/api/v1/provincial-report?period=2026-03").expect(200);
    let rows = report.json["attainments"].as_array().unwrap();
    let with_errata: Vec<_> =
        rows.iter().filter(|row| row["errata"] != json!([])).map(|row| row["agency"].as_str().unwrap()).collect();
    assert_eq!(with_errata, ["H18", "H18.20", "H18.20.1"]);

    place.change(3).expect(200);
    let back = place.errata("indicator=CT3").remove(0);
    assert_eq!(
        (&back["id"], &back["reverted"], parts(&back)),
        (&erratum["id"], &json!(true), [json!(3), json!(4), json!(3), json!(4)])
    );
    place.world.server.assert_verified();
}

#[on_both_engines]
fn what_a_list_of_errata_is_asked_for_it_shows_and_only_within_the_callers_scope(place: Locked) {
    let path = place.opened(&correction().without("indicator"));
    place.change(4).expect(200);
    place.editor.patch(&place.figures[4], &json!({"numerator": 1})).expect(200);
    let id = path.rsplit('/').next().unwrap();
    for (query, count) in [
        ("", 2),
        ("indicator=CT5", 1),
        ("calendar=civil", 0),
        ("calendar=nd09&period=2026-Q1", 2),
        ("period=2026-04", 0),
        ("agency=H18.20", 2),
        ("agency=H18.20.2", 0),
        (&format!("correction={id}"), 2),
        ("correction=1", 0),
        ("sort=-corrected_at&limit=1", 1),
    ] {
        assert_eq!(place.errata(query).len(), count, "{query}");
    }
    for role in Role::ALL {
        assert_eq!(place.world.server.user(*role, None).get("/api/v1/errata").expect(200).items().len(), 2, "{role}");
        let elsewhere = place.world.server.user(*role, Some("H18.1"));
        assert_eq!(elsewhere.get("/api/v1/errata").expect(200).items().len(), 0, "{role}");
        elsewhere.get("/api/v1/errata?agency=H18.20").refused(422, "invalid_input");
        elsewhere.get("/api/v1/locks").expect(200);
    }
    let machine = place.world.server.user(Role::Puller, None);
    machine.get("/api/v1/corrections").refused(403, "forbidden");
    machine.get(&path).refused(403, "forbidden");
    assert_eq!(machine.get("/api/v1/attainments/CT3/H18/2026-03").expect(200).json["errata_total"], 1);
}

#[on_both_engines]
fn nobody_decides_on_a_request_of_their_own(place: Locked) {
    let server = &place.world.server;
    let requesters = [
        server.user(Role::Approver, Some("H18.20")),
        server.user(Role::Admin, Some("H18.20")),
        server.user(Role::Approver, None),
        place.world.admin.clone(),
    ];
    for requester in requesters {
        let path =
            format!("/api/v1/corrections/{}", requester.post("/api/v1/corrections", &correction()).expect(201).id());
        let before = place.world.server.seq();
        requester.post(&format!("{path}/approve"), &json!({})).refused(409, "requester_decides");
        requester.post(&format!("{path}/reject"), &json!({"reason": "Thôi"})).refused(409, "requester_decides");
        place.editor.post(&format!("{path}/approve"), &json!({})).refused(403, "forbidden");
        server.user(Role::Viewer, None).post(&format!("{path}/approve"), &json!({})).refused(403, "forbidden");
        server
            .user(Role::Approver, Some("H18.1"))
            .post(&format!("{path}/approve"), &json!({}))
            .refused(404, "not_found");
        server
            .user(Role::Approver, Some("H18.20.2"))
            .post(&format!("{path}/close"), &json!({}))
            .refused(404, "not_found");
        assert_eq!(place.world.server.seq() - before, 3, "users alone");
        let approved = place.approver.post(&format!("{path}/approve"), &json!({})).expect(200);
        assert_ne!(approved.json["requested_by"], approved.json["decided_by"]);
        place.approver.post(&format!("{path}/approve"), &json!({})).refused(409, "correction_decided");
    }
    let path = place.requested(&correction());
    let rejected = place.approver.post(&format!("{path}/reject"), &json!({"reason": "Chưa đủ căn cứ"})).expect(200);
    assert_eq!((&rejected.json["state"], &rejected.json["rejection"]), (&json!("rejected"), &json!("Chưa đủ căn cứ")));
    place.world.admin.post(&format!("{path}/approve"), &json!({})).refused(409, "correction_decided");
    place.editor.post(&format!("{path}/close"), &json!({})).refused(409, "correction_not_open");
}

#[on_both_engines]
fn only_what_is_locked_and_not_frozen_is_corrected(place: Locked) {
    let ask = |client: &Client, body: &Value| client.post("/api/v1/corrections", body);
    for (calendar, period, agency) in
        [("nd09", "2026-07", "H18.20.1"), ("civil", "2026-03", "H18.20.2"), ("civil", "2026-04", "H18.20.1")]
    {
        let free = correction().with("calendar", calendar).with("period", period).with("agency", agency);
        let errors = ask(&place.editor, &free).refused(409, "not_locked").errors();
        assert_eq!(errors.get("/period").map(String::as_str), Some("not_locked"), "{free}");
    }
    // One month of a year is locked; a lock below; one of the whole province.
    for (calendar, period, agency) in
        [("nd09", "2026", "H18.20.1"), ("civil", "2026-02", "H18.20"), ("nd09", "2026-03", "H18")]
    {
        let locked = correction().with("calendar", calendar).with("period", period).with("agency", agency);
        ask(&place.world.admin, &locked).expect(201);
    }
    ask(&place.editor, &correction().with("agency", "H18.1")).refused(422, "invalid_input");
    ask(&place.world.server.user(Role::Viewer, None), &correction()).refused(403, "forbidden");
    for member in ["reason", "document_number"] {
        ask(&place.editor, &correction().without(member)).refused(422, "invalid_input");
        ask(&place.editor, &correction().with(member, "  ")).refused(422, "invalid_input");
    }
    place.world.create("locks", lock("nd09", "2025", "H18"));
    place.world.admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
    ask(&place.world.admin, &correction().with("period", "2025-03")).refused(409, "phase_frozen");
}

#[on_both_engines]
fn a_window_lasts_thirty_days_at_most_and_is_over_by_itself(place: Locked) {
    let approve = |path: &str, body: Value| place.approver.post(&format!("{path}/approve"), &body);
    let path = place.requested(&correction());
    for (body, pointer) in [
        (json!({"opens_at": moment(0), "closes_at": moment(-1)}), "/closes_at"),
        (json!({"opens_at": moment(0), "closes_at": moment(30 * 24 * 60 + 1)}), "/closes_at"),
        (json!({"closes_at": moment(-1)}), "/closes_at"),
        (json!({"opens_at": "1999-12-31T00:00:00Z"}), "/opens_at"),
    ] {
        let errors = approve(&path, body.clone()).refused(422, "invalid_input").errors();
        assert!(errors.contains_key(pointer), "{body}: {errors:?}");
    }
    let over = approve(&path, json!({"opens_at": moment(-60), "closes_at": moment(-1)})).expect(200);
    assert_eq!(over.json["state"], "closed");
    place.change(4).refused(409, "period_locked");
    let path = place.requested(&correction());
    let ahead = approve(&path, json!({"opens_at": moment(60)})).expect(200);
    assert_eq!(ahead.json["state"], "approved");
    place.change(4).refused(409, "period_locked");
    let listed =
        |state: &str| place.editor.get(&format!("/api/v1/corrections?state={state}")).expect(200).items().len();
    assert_eq!(["requested", "approved", "rejected", "closed"].map(listed), [0, 1, 0, 1]);
    place.editor.post(&format!("{path}/close"), &json!({})).expect(200);
    assert_eq!(["requested", "approved", "rejected", "closed"].map(listed), [0, 0, 0, 2]);
    let path = place.requested(&correction());
    approve(&path, json!({"opens_at": moment(-60), "closes_at": moment(60)})).expect(200);
    place.change(4).expect(200);
}

#[on_both_engines]
fn a_late_record_counts_at_its_day_under_corrections_of_all_that_it_moves(place: Locked) {
    let world = &place.world;
    let training = |person: &str| bodies::training(person, "K", "2026-03-10");
    let record = |person: &str| place.editor.post("/api/v1/training-records", &training(person)).expect(201).json;
    let forget = |record: &Value| place.editor.delete(&format!("/api/v1/training-records/{}", record["id"]));
    let trained = || {
        ["2026-03", "2026-05", "2026-06", "2026-07"]
            .map(|month| world.attainment("CT7", "H18.20.1", month)["numerator"].clone())
    };
    // March and the second quarter are locked under nd09, the first quarter under civil.
    let late = json!([{"calendar": "nd09", "day": "2026-06-15"}, {"calendar": "civil", "day": "2026-04-01"}]);
    let body = correction().with("indicator", "CT7");
    // Open for another indicator; for March alone, which leaves the later sums closed.
    for opened in [correction(), body.clone()] {
        place.opened(&opened);
        let taken = record("P");
        assert_eq!((&taken["counted_from"], &taken["on"]), (&late, &json!("2026-03-10")));
        assert_eq!(trained(), [0, 0, 0, 1]);
        assert_eq!(place.errata("indicator=CT7"), [] as [Value; 0]);
        // It counts in open time only, so it may go again.
        forget(&taken).expect(204);
    }
    place.opened(&body.clone().with("period", "2026-Q2"));
    place.opened(&body.clone().with("calendar", "civil").with("period", "2026-Q1"));
    let taken = record("P");
    assert_eq!(taken["counted_from"], json!([]));
    assert_eq!(trained(), [1, 1, 1, 1]);
    // The corrections are about another agency than Q's.
    assert_eq!(record("Q")["counted_from"][0], late[0]);
    world.course("L");
    let both = json!([training("Q").with("course", "L"), training("P").with("course", "L")]);
    let report = place.editor.post("/api/v1/training-records/batch", &both).expect(200).json;
    assert_eq!(report["created"], 2);
    let errata = place.errata("indicator=CT7");
    let told: Vec<_> = errata
        .iter()
        .map(|row| (row["calendar"].as_str().unwrap(), row["measure"].as_str().unwrap(), parts(row)))
        .collect();
    let trained = [json!(0), json!(0), json!(1), json!(0)];
    assert_eq!(told, [("nd09", "month_change", trained.clone()), ("civil", "month_change", trained)]);
    // A later figure of a stock rests on the month that was corrected.
    assert_eq!(world.attainment("CT7", "H18.20", "2026-05")["errata_total"], 1);
    assert_eq!(world.attainment("CT7", "H18.20", "2026-02")["errata_total"], 0);
    world.server.assert_verified();
}

#[on_both_engines]
fn what_counts_in_closed_time_neither_changes_nor_goes_without_a_correction(place: Locked) {
    let world = &place.world;
    let record = world.create("training-records", bodies::training("P", "K", "2026-02-10"));
    let path = format!("/api/v1/training-records/{}", record["id"]);
    // Later closed sums hold February's trainings, so this one came late; it counts after them.
    assert_eq!(
        record["counted_from"],
        json!([{"calendar": "nd09", "day": "2026-06-15"}, {"calendar": "civil", "day": "2026-04-01"}])
    );
    place.approver.post("/api/v1/locks", &lock("nd09", "2026-07", "H18.20")).expect(201);
    for change in [json!({"on": "2026-02-11"}), json!({"result": "failed"})] {
        let errors = place.editor.patch(&path, &change).refused(409, "period_locked").errors();
        assert_eq!(errors.get("/on").map(String::as_str), Some("period_locked"));
    }
    place.editor.delete(&path).refused(409, "period_locked");
    // Members by which it does not count stay editable, the others under a correction.
    let noted = place.editor.patch(&path, &json!({"certificate": "12/CN"})).expect(200).json;
    assert_eq!(noted["counted_from"], record["counted_from"]);
    place.opened(&correction().with("indicator", "CT7").with("period", "2026-07"));
    place.editor.patch(&path, &json!({"on": "2026-02-11"})).expect(200);
    place.editor.delete(&path).expect(204);
    world.server.assert_verified();
}

#[on_both_engines]
fn stays_that_come_late_leave_closed_rolls_as_they_were_told(place: Locked) {
    let world = &place.world;
    let roll = |agency: &str| {
        ["2026-03", "2026-06", "2026-07"].map(|month| world.attainment("CT7", agency, month)["denominator"].clone())
    };
    assert_eq!((roll("H18.20.1"), roll("H18.20.2")), ([json!(1), json!(1), json!(1)], [json!(1), json!(1), json!(1)]));
    let hired = place
        .editor
        .post("/api/v1/staff", &bodies::staff("N", "H18.20.1", "2024-09-01").with("kind", "vien_chuc"))
        .expect(201)
        .json;
    assert_eq!(hired["tenures"][0]["from"], "2024-09-01");
    assert_eq!(
        hired["counted_from"],
        json!([{"calendar": "nd09", "day": "2026-06-15"}, {"calendar": "civil", "day": "2026-04-01"}])
    );
    assert_eq!(roll("H18.20.1"), [1, 1, 2]);
    // Nothing of phase I is closed there, so that 2024 has them.
    assert_eq!(world.attainment("CT7", "H18.20.1", "2024")["denominator"], 1);
    let moved = place
        .editor
        .post("/api/v1/staff/P/transfers", &json!({"agency": "H18.20.2", "on": "2026-04-20"}))
        .expect(200)
        .json;
    assert_eq!(moved["counted_from"][0], json!({"calendar": "nd09", "day": "2026-06-15"}));
    assert_eq!((roll("H18.20.1"), roll("H18.20.2")), ([json!(1), json!(1), json!(1)], [json!(1), json!(1), json!(2)]));
    // Another first day is no late record but another truth about closed months.
    place
        .editor
        .patch("/api/v1/staff/Q", &json!({"tenures": [{"agency": "H18.20.2", "from": "2026-04-20"}]}))
        .refused(409, "period_locked");
    place.editor.delete("/api/v1/staff/Q").refused(409, "period_locked");
    world.server.assert_verified();
}

#[on_both_engines]
fn nothing_is_closed_before_it_has_ended(place: Locked) {
    let admin = place.world.admin.clone();
    for (calendar, period) in [("nd09", "2099-01"), ("civil", "2099")] {
        let errors =
            admin.post("/api/v1/locks", &lock(calendar, period, "H18")).refused(409, "window_not_ended").errors();
        assert!(errors.contains_key("/period"), "{errors:?}");
    }
    let dates = |locks_on: &str| bodies::locks_on("2026-05", locks_on).with("calendar", "civil");
    admin.post("/api/v1/periods", &dates("2026-05-31")).refused(409, "window_not_ended");
    admin.post("/api/v1/periods", &dates("2026-06-01")).expect(201);
    admin.patch("/api/v1/movements/M/phases/II", &json!({"frozen": true})).refused(409, "window_not_ended");
}

#[on_both_engines]
fn an_erratum_that_shows_no_change_is_not_made_and_one_that_shows_none_any_more_is_reverted(place: Locked) {
    for calendar in ["nd09", "civil"] {
        place.opened(&correction().with("indicator", "CT7").with("calendar", calendar));
    }
    place.opened(&correction().with("indicator", "CT7").with("period", "2026-Q2"));
    // One person comes, another leaves: the month changes the roll by 0 in the end.
    place.world.person("N", "H18.20.1", "2026-03-05");
    let shown = || -> Vec<_> {
        place.errata("indicator=CT7").iter().map(|row| (parts(row), row["reverted"].clone())).collect()
    };
    let joined = ([0, 0, 0, 1].map(|part| json!(part)), json!(false));
    assert_eq!(shown(), [joined.clone(), joined]);
    let stays = json!({"tenures": [{"agency": "H18.20.1", "from": "2026-01-01", "to": "2026-03-08"}]});
    place.world.admin.patch("/api/v1/staff/P", &stays).expect(200);
    let nothing = ([0, 0, 0, 0].map(|part| json!(part)), json!(true));
    assert_eq!(shown(), [nothing.clone(), nothing]);

    let counted = |direction: &str, total: i64| {
        bodies::exchange("H18.20.1", "2026-03", total, total).with("direction", direction)
    };
    let first = place.opened(&correction().with("indicator", "CT1"));
    place.editor.post("/api/v1/document-exchanges", &counted("incoming", 4)).expect(201);
    place.editor.post(&format!("{first}/close"), &json!({})).expect(200);
    place.opened(&correction().with("indicator", "CT1"));
    // One more report, and the figure is what it was.
    let none = place.editor.post("/api/v1/document-exchanges", &counted("outgoing", 0)).expect(201).json;
    let told: Vec<_> = place.errata("indicator=CT1").iter().map(parts).collect();
    assert_eq!(told, [[json!(null), json!(null), json!(4), json!(4)]]);
    // The next change under that correction is told, from what was shown.
    let path = format!("/api/v1/document-exchanges/{}", none["id"]);
    place.editor.patch(&path, &json!({"total": 1})).expect(200);
    let told: Vec<_> = place.errata("indicator=CT1").iter().map(parts).collect();
    assert_eq!(told[1..], [[json!(4), json!(4), json!(4), json!(5)]]);
    place.world.server.assert_verified();
}

#[on_both_engines]
fn a_whole_batch_makes_one_erratum_per_figure_and_a_refused_one_none(place: Locked) {
    place.opened(&bodies::correction("2026-Q2", "H18.20"));
    let rows = |count: usize, numerator: i64| {
        let months = ["2026-04", "2026-05", "2026-06"]
            .into_iter()
            .flat_map(|month| ["CT3", "CT4", "CT5"].map(|code| (month, code)));
        let all = months.flat_map(|(month, code)| {
            ["H18.20", "H18.20.1", "H18.20.2"].map(|agency| observation(code, agency, "nd09", month, numerator))
        });
        all.take(count).collect::<Vec<_>>()
    };
    let send = |client: &Client, rows: Vec<Value>, mode: &str| {
        client.post(&format!("/api/v1/observations/batch?mode={mode}"), &json!(rows))
    };
    let mut spoilt = rows(5, 1);
    spoilt.push(observation("CT3", "H18.20", "nd09", "2026-03", 1));
    let before = place.world.server.seq();
    send(&place.editor, spoilt.clone(), "upsert").expect(422);
    send(&place.editor.clone().with("prefer", "tx=rollback"), rows(27, 1), "upsert").expect(200);
    assert_eq!((place.errata("").len(), place.world.server.seq()), (0, before));
    send(&place.editor, spoilt, "partial").expect(207);
    assert_eq!(place.errata("").len(), 5);
    send(&place.editor, rows(27, 2), "upsert").expect(200);
    let errata = place.errata("");
    assert_eq!(errata.len(), 27);
    for erratum in errata {
        let first = [&erratum["indicator"], &erratum["agency"], &erratum["month"]]
            == [&json!("CT3"), &json!("H18.20.1"), &json!("2026-04")];
        let old = if first { json!(3) } else { Value::Null };
        let old_denominator = if first { json!(4) } else { Value::Null };
        assert_eq!(parts(&erratum), [old, old_denominator, json!(2), json!(4)], "{erratum}");
    }
    place.world.server.assert_verified();
}

#[on_both_engines]
fn a_lock_holds_for_an_agency_and_everything_below_it(place: Locked) {
    let world = &place.world;
    world.declare("CT3", "H18.2", "2026-05", 1, 2);
    let change = |agency: &str, code: &str| {
        world.admin.post("/api/v1/observations", &observation(code, agency, "nd09", "2026-05", 1))
    };
    change("H18.20", "CT3").refused(409, "period_locked");
    change("H18.20.1", "CT4").refused(409, "period_locked");
    change("H18.1", "CT3").expect(201);
    let elsewhere = world.server.user(Role::Approver, Some("H18.1"));
    let errors =
        elsewhere.post("/api/v1/locks", &lock("nd09", "2026-05", "H18.20")).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/agency").map(String::as_str), Some("unknown_agency"));
    place.editor.post("/api/v1/locks", &lock("nd09", "2026-05", "H18.20.1")).refused(403, "forbidden");
    elsewhere.post("/api/v1/locks", &lock("nd09", "2026-05", "H18.1").without("reason")).refused(422, "invalid_input");
    let id = elsewhere.post("/api/v1/locks", &lock("nd09", "2026-05", "H18.1")).expect(201).id();
    elsewhere.post("/api/v1/locks", &lock("nd09", "2026-05", "H18.1")).refused(409, "already_exists");
    change("H18.1", "CT4").refused(409, "period_locked");

    let path = format!("/api/v1/locks/{id}");
    elsewhere.delete(&path).refused(403, "forbidden");
    place.approver.get(&path).refused(404, "not_found");
    let errors = world.admin.delete(&path).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/Change-Reason").map(String::as_str), Some("reason_required"));
    world.admin.clone().with("change-reason", "Khóa nhầm kỳ").delete(&path).expect(204);
    change("H18.1", "CT4").expect(201);
    // A user below a locked agency sees its lock.
    let below = world.server.user(Role::Viewer, Some("H18.20.2"));
    let seen = below.get("/api/v1/locks?sort=-period").expect(200);
    assert_eq!(
        seen.items().iter().map(|lock| lock["period"].as_str().unwrap()).collect::<Vec<_>>(),
        ["2026-Q2", "2026-03"]
    );
    world.server.assert_verified();
}

#[on_both_engines]
fn no_agency_moves_in_the_tree_where_a_closed_answer_would_move(place: Locked) {
    let world = &place.world;
    world.declare("CT3", "H18.2.1", "2026-05", 1, 2);
    let whole = world.attainment("CT3", "H18.20", "2026-Q2")["numerator"].clone();
    world.admin.patch("/api/v1/agencies/H18.2.1", &json!({"parent": "H18.20.1"})).refused(409, "closed_figures");
    world.admin.patch("/api/v1/agencies/H18.20.1", &json!({"parent": "H18.2"})).refused(409, "closed_figures");
    // March is locked everywhere, and H18.1 had nobody below it then.
    world.admin.patch("/api/v1/agencies/H18.2.1", &json!({"parent": "H18.1"})).refused(409, "closed_figures");
    world
        .admin
        .clone()
        .with("change-reason", "Rà soát lại cây cơ quan")
        .delete("/api/v1/periods/nd09/2026-03")
        .expect(204);
    world.admin.patch("/api/v1/agencies/H18.2.1", &json!({"parent": "H18.1"})).expect(200);
    assert_eq!(world.attainment("CT3", "H18.20", "2026-Q2")["numerator"], whole);
}
