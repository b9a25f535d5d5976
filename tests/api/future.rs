//! Dates to come: nothing is recorded before it has happened, and no training lies outside its course.

use chrono::{Days, Duration, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{World, on_both_engines};
use thidua_domain::accounts::users::Role;

/// Today in Viet Nam.
fn today() -> NaiveDate {
    (Utc::now() + Duration::hours(7)).date_naive()
}

/// A day to come, even if midnight passes meanwhile.
fn to_come() -> NaiveDate {
    today() + Days::new(2)
}

/// The month of `civil` after next, which has not begun even if midnight passes meanwhile.
fn month_to_come() -> String {
    (today() + Days::new(62)).format("%Y-%m").to_string()
}

fn moment(ahead: TimeDelta) -> String {
    (Utc::now() + ahead).to_rfc3339()
}

/// Creates the course, the person and the system that the records refer to.
fn furnish(world: &World) {
    world.course("K");
    world.person("P", "H18.1", "2026-01-05");
    world.create("information-systems", bodies::system("S", "H18.1", "2026-01-05"));
}

fn training(on: impl ToString, result: &str, confirmed_on: Option<String>) -> Value {
    json!({"staff": "P", "course": "K", "on": on.to_string(), "result": result, "confirmed_on": confirmed_on})
}

fn status(on: impl ToString, last_event: impl ToString) -> Value {
    bodies::status("S", &on.to_string())
        .with("last_event", last_event.to_string())
        .with("assessment_valid_until", "2199-12-31")
}

fn figure(month: &str, nature: &str) -> Value {
    bodies::declared("CT3", "H18.1", month, 1, 2).with("calendar", "civil").with("nature", nature)
}

fn exchange(month: &str) -> Value {
    bodies::exchange("H18.1", month, 1, 1).with("calendar", "civil").with("signed", 1).with("paperless", 1)
}

fn incident(detected: &str, resolved: Option<&str>) -> Value {
    bodies::incident("H18.1").with("title", "Mất điện").with("detected_at", detected).with("resolved_at", resolved)
}

#[on_both_engines]
fn a_record_of_a_time_to_come_is_refused_alone_in_a_batch_and_as_a_change(world: World) {
    furnish(&world);
    let (past, soon, month) = ("2026-02-03", to_come(), month_to_come());
    let late = moment(TimeDelta::minutes(15));
    let day = |text: &str| text.to_owned();
    // Records that are taken, each with changes and neighbours that lie in the future.
    let cases = [
        (
            "training-records",
            training(past, "completed", None),
            vec![
                (training(soon, "completed", None), "/on"),
                (training(soon, "attended", None), "/on"),
                (training(soon, "failed", None), "/on"),
                (training(past, "completed", Some(soon.to_string())), "/confirmed_on"),
            ],
        ),
        (
            "monitoring-statuses",
            status(past, past),
            vec![(status(soon, past), "/on"), (status(soon, soon), "/last_event")],
        ),
        ("observations", figure("2026-02", "actual"), vec![(figure(&month, "actual"), "/month")]),
        ("document-exchanges", exchange("2026-02"), vec![(exchange(&month), "/month")]),
        (
            "incidents",
            incident("2026-02-03T08:00:00+07:00", None),
            vec![
                (incident(&late, None), "/detected_at"),
                (incident("2026-02-03T08:00:00+07:00", Some(&late)), "/resolved_at"),
            ],
        ),
    ];
    for (resource, row, to_come) in cases {
        let path = format!("/api/v1/{resource}");
        for (body, pointer) in &to_come {
            let before = today();
            let answer =
                world.admin.clone().with("accept-language", "en").post(&path, body).refused(422, "invalid_input");
            assert_eq!(answer.errors().get(*pointer), Some(&day("in_future")), "{body}");
            let said = answer.json["errors"].to_string();
            assert!(said.contains(&before.to_string()) || said.contains(&today().to_string()), "{said}");
            let batch = world.admin.post(&format!("{path}/batch?mode=partial"), &json!([body])).expect(207);
            assert!(batch.json["rejections"][0].to_string().contains("in_future"), "{}", batch.json);
        }
        let made = world.create(resource, row);
        let one = format!("{path}/{}", made["id"]);
        for (body, _) in &to_come {
            let mut patch = body.clone();
            for fixed in ["staff", "system"] {
                patch.as_object_mut().unwrap().remove(fixed);
            }
            let answer = world.admin.patch(&one, &patch).refused(422, "invalid_input");
            assert!(answer.errors().values().any(|code| code == "in_future"), "{body}");
        }
        assert_eq!(world.admin.get(&one).expect(200).json, made, "{resource}");
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn today_the_running_month_and_this_moment_have_come(world: World) {
    furnish(&world);
    let (today, month) = (today(), today().format("%Y-%m").to_string());
    world.create("training-records", training(today, "completed", Some(today.to_string())));
    world.create("monitoring-statuses", status(today, today));
    world.create("observations", figure(&month, "actual"));
    world.create("document-exchanges", exchange(&month));
    // The caller's clock may be somewhat ahead.
    world.create("incidents", incident(&moment(TimeDelta::minutes(2)), None));
    world.server.assert_verified();
}

#[on_both_engines]
fn an_estimate_may_be_of_a_month_to_come_and_is_no_actual_figure_before(world: World) {
    let estimate = world.create("observations", figure(&month_to_come(), "estimate"));
    let path = format!("/api/v1/observations/{}", estimate["id"]);
    let errors = world.admin.patch(&path, &json!({"nature": "actual"})).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/month").map(String::as_str), Some("in_future"));
    world.admin.patch(&path, &json!({"numerator": 2})).expect(200);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_training_outside_its_course_is_refused_and_one_soon_after_it_is_found_by_the_rehearsal(world: World) {
    world.create(
        "courses",
        json!({"code": "K", "name": "Khóa", "kind": "basic_digital_skills", "form": "in_person",
                                   "hours": 8, "from": "2026-03-02", "to": "2026-03-04", "organiser": "H18.20"}),
    );
    for (person, agency) in [("P", "H18.1"), ("Q", "H18.1"), ("R", "H18.2"), ("T", "H18.2")] {
        world.person(person, agency, "2026-01-05");
    }
    let record = |person: &str, on: &str| bodies::training(person, "K", on);
    let path = "/api/v1/training-records";
    for refused in ["2026-03-01", "2026-04-04"] {
        let answer = world.admin.post(path, &record("P", refused)).refused(422, "invalid_input");
        assert_eq!(answer.errors().get("/on").map(String::as_str), Some("outside_course"), "{refused}");
        let said = answer.json["errors"].to_string();
        assert!(said.contains("02/03/2026") && said.contains("04/03/2026") && said.contains("03/04/2026"), "{said}");
        let report = world.admin.post(&format!("{path}/batch"), &json!([record("P", refused)])).expect(422);
        assert!(report.json.to_string().contains("outside_course"), "{}", report.json);
    }
    // The first day, the last, the day after it, and the last day of grace: 30 days after 04/03.
    let made = ["P", "Q", "R", "T"].iter().zip(["2026-03-02", "2026-03-04", "2026-03-05", "2026-04-03"]);
    let made: Vec<_> = made.map(|(person, on)| world.create("training-records", record(person, on))).collect();
    let errors = world.admin.patch(&format!("{path}/{}", made[0]["id"]), &json!({"on": "2026-02-28"}));
    assert_eq!(errors.refused(422, "invalid_input").errors().get("/on").map(String::as_str), Some("outside_course"));

    // Of R and T, who are of H18.2; only the first of them lies in 2026-03 under nd09.
    let rehearse = |period: &str| {
        let answer = world.admin.clone().with("accept-language", "en");
        let answer = answer.post("/api/v1/provincial-report/rehearse", &json!({"period": period})).expect(200);
        let found = answer.json["findings"].as_array().unwrap().clone();
        found.into_iter().filter(|finding| finding["reason"] == "outside_course").collect::<Vec<_>>()
    };
    for (period, count) in [("2026-03", 1), ("2026-Q2", 1), ("2026", 2)] {
        let found = rehearse(period);
        assert_eq!(found.len(), 1, "{period}: {found:?}");
        assert_eq!((&found[0]["kind"], &found[0]["agency"]), (&json!("inconsistent"), &json!("H18.2")));
        assert_eq!((&found[0]["indicator"], &found[0]["operation"]), (&json!("CT7"), &json!("updateTrainingRecord")));
        let text = found[0]["text"].as_str().unwrap();
        let counted = if count == 1 { "1 training record of".to_owned() } else { format!("{count} training records") };
        assert!(text.contains(&counted) && text.ends_with(": K."), "{text}");
    }
    assert_eq!(rehearse("2026-05"), Vec::<Value>::new());
    // A machine is told that there are some, and nothing about how many or where.
    let machine = world.server.user(Role::Puller, None).with("accept-language", "en");
    let told = machine.post("/api/v1/provincial-report/rehearse", &json!({"period": "2026-03"})).expect(200).json;
    let told =
        told["findings"].as_array().unwrap().iter().find(|finding| finding["reason"] == "outside_course").unwrap();
    assert_eq!(told["text"], "Cơ quan H18.2 has training records of days on which their course was not held.");
    world.server.assert_verified();
}

#[on_both_engines]
fn a_course_does_not_leave_its_trainings_outside(world: World) {
    world.course("K");
    for (person, on) in [("P", "2026-03-02"), ("Q", "2026-05-04"), ("R", "2026-05-05")] {
        world.person(person, "H18.1", "2026-01-05");
        world.trained(person, "K", on);
    }
    let course = |from: &str, to: &str| json!({"from": from, "to": to});
    // 30 days after 03/04 is 03/05.
    for (days, pointers) in [
        (course("2026-03-03", "2026-05-05"), vec!["/from"]),
        (course("2026-03-02", "2026-04-03"), vec!["/to"]),
        (course("2026-03-03", "2026-04-03"), vec!["/from", "/to"]),
    ] {
        let answer = world.admin.patch("/api/v1/courses/K", &days).refused(422, "invalid_input");
        let errors: Vec<_> = answer.errors().into_iter().collect();
        let expected: Vec<_> = pointers.iter().map(|at| ((*at).to_owned(), "outside_course".to_owned())).collect();
        assert_eq!(errors, expected, "{days}");
        if pointers == ["/to"] {
            assert!(answer.json["errors"][0].to_string().contains("2 bản ghi"), "{}", answer.json);
        }
    }
    // With the month after the last day everybody is within.
    world.admin.patch("/api/v1/courses/K", &course("2026-03-02", "2026-04-05")).expect(200);
    world.admin.patch("/api/v1/courses/K", &json!({"name": "Khóa khác"})).expect(200);
    world.server.assert_verified();
}
