//! Late records: a calendar counts a record of closed time later, or refuses it.

use serde_json::json;
use support::bodies::{self, Members};
use support::{World, on_both_engines};

#[on_both_engines]
fn a_calendar_may_refuse_what_comes_late(world: World) {
    for (person, agency) in [("P", "H18.20.1"), ("Q", "H18.1")] {
        world.person(person, agency, "2026-01-01");
    }
    world.course("K");
    world.create("locks", bodies::lock("2026-Q2", "H18.20"));
    let training = |person: &str, on: &str| {
        let body = bodies::training(person, "K", on);
        world.admin.post("/api/v1/training-records", &body)
    };
    // By default it is taken; this one was late before the calendar refused any.
    let known = training("P", "2026-03-10").expect(201).json;
    assert_eq!(known["counted_from"], json!([{"calendar": "nd09", "day": "2026-06-15"}]));
    let set =
        |choice: &str| world.admin.patch("/api/v1/calendars/nd09", &json!({"late_records": choice})).expect(200).json;
    assert_eq!(world.admin.get("/api/v1/calendars/nd09").expect(200).json["late_records"], "count_later");
    assert_eq!(set("refuse")["late_records"], "refuse");

    world.course("L");
    let late = |on: &str| {
        let body = bodies::training("P", "L", on);
        world.admin.post("/api/v1/training-records", &body)
    };
    let errors = late("2026-03-10").refused(409, "late_record").errors();
    assert_eq!(errors.get("/on").map(String::as_str), Some("late_record"));
    let hired = bodies::staff("N", "H18.20.1", "2026-02-01").with("kind", "vien_chuc");
    let errors = world.admin.post("/api/v1/staff", &hired).refused(409, "late_record").errors();
    assert_eq!(errors.get("/tenures").map(String::as_str), Some("late_record"));
    // Nothing of the commune is closed, nor is anything after June.
    assert_eq!(training("Q", "2026-03-10").expect(201).json["counted_from"], json!([]));
    assert_eq!(late("2026-06-20").expect(201).json["counted_from"], json!([]));
    // The record that was taken stays editable.
    let path = format!("/api/v1/training-records/{}", known["id"]);
    world.admin.patch(&path, &json!({"on": "2026-03-11"})).expect(200);

    set("count_later");
    world.admin.post("/api/v1/staff", &hired).expect(201);
    world.admin.patch("/api/v1/calendars/nd09", &json!({"late_records": "sometimes"})).expect(422);
    world.server.assert_verified();
}

#[on_both_engines]
fn a_rehearsal_tells_which_records_came_late(world: World) {
    world.person("P", "H18.20.1", "2026-01-01");
    world.course("K");
    world.create("information-systems", bodies::system("S", "H18.20.2", "2026-01-01"));
    world.create("locks", bodies::lock("2026-Q2", "H18.20"));
    let found = |period: &str, calendar: &str| {
        let asked = json!({"period": period, "calendar": calendar});
        let answer = world
            .admin
            .clone()
            .with("accept-language", "en")
            .post("/api/v1/provincial-report/rehearse", &asked)
            .expect(200);
        let findings = answer.json["findings"].as_array().unwrap().clone();
        let late = findings.into_iter().filter(|finding| finding["reason"] == "counted_later");
        late.map(|finding| {
            (
                finding["kind"].clone(),
                finding["indicator"].clone(),
                finding["agency"].clone(),
                finding["text"].as_str().unwrap().to_owned(),
            )
        })
        .collect::<Vec<_>>()
    };
    world.trained("P", "K", "2026-04-02");
    assert_eq!(found("2026-04", "nd09").len(), 1);
    world.create(
        "monitoring-statuses",
        bodies::status("S", "2026-05-03").with("last_event", "2026-05-01").with("assessment_valid_until", "2026-12-31"),
    );
    let told = found("2026-Q2", "nd09");
    let about: Vec<_> = told.iter().map(|(kind, indicator, agency, _)| json!([kind, indicator, agency])).collect();
    assert_eq!(about, [json!(["late", "CT7", "H18.20.1"]), json!(["late", "CT6", "H18.20.2"])]);
    assert!(told.iter().all(|(.., text)| text.contains("1 record counted from 2026-06-15")), "{told:?}");
    assert!(found("2026-Q2", "civil").is_empty(), "nothing is closed there");
    assert!(found("2026-Q3", "nd09").is_empty(), "it is of the second quarter");

    // In a frozen phase there is no open day left: it is kept, and counts nowhere.
    world.person("Q", "H18.1", "2024-01-01");
    world.admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
    let kept = world.trained("Q", "K", "2024-05-10");
    assert_eq!(kept["counted_from"], json!([{"calendar": "nd09", "day": null}, {"calendar": "civil", "day": null}]));
    let told = found("2024-05", "nd09");
    assert!(told.len() == 1 && told[0].3.contains("1 record counted nowhere"), "{told:?}");
    world.server.assert_verified();
}
