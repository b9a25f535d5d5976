//! Running periods: every figure is told as of a day, and names it.

use chrono::{Days, Duration, NaiveDate, Utc};
use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::{Answer, Client, Server, World, on_both_engines, replay};

/// Today in Viet Nam.
fn today() -> NaiveDate {
    (Utc::now() + Duration::hours(7)).date_naive()
}

fn system(world: &World, status: &Value) {
    world.create("information-systems", bodies::system("S", "H18.1", "2026-01-05"));
    world.create("monitoring-statuses", status.clone());
}

/// A status of a day that meets every requirement until 30 days after its last event, and as long as its assessment.
fn status(on: &str, last_event: &str, valid_until: &str) -> Value {
    bodies::status("S", on).with("last_event", last_event).with("assessment_valid_until", valid_until)
}

/// Members that describe a running period.
fn told(row: &Value) -> Value {
    json!([row["numerator"], row["denominator"], row["verdict"], row["provisional"], row["judged_on"], row["complete"]])
}

/// A world with a system whose status of 20/09/2026 has its last event on 05/09, so that it holds until 05/10: the
/// whole log is of these days.
fn september(world: &World) -> Server {
    system(world, &status("2026-09-20", "2026-09-05", "2027-12-31"));
    let mut log = replay::log(&world.server);
    let at = |text: &str| text.parse::<chrono::DateTime<Utc>>().unwrap().timestamp_micros();
    for change in &mut log {
        change.at = at("2026-09-01T00:00:00Z");
    }
    // Ten in the morning in Viet Nam.
    log.last_mut().unwrap().at = at("2026-09-20T03:00:00Z");
    let place = world.server.engine().place().unwrap();
    let database = replay::replay(&place, log);
    Server::on_database(place, database)
}

fn ask(client: &Client, question: &str) -> Answer {
    client.get(&format!("/api/v1/attainments/CT6/H18/{question}"))
}

#[on_both_engines]
fn a_system_that_meets_every_rule_today_is_met_today_and_every_answer_says_of_which_day_it_is(world: World) {
    let today = today();
    // In two days the assessment runs out, which is before most periods end.
    let valid_until = (today + Days::new(2)).to_string();
    system(&world, &status(&today.to_string(), &today.to_string(), &valid_until));
    let mut day = bodies::property("TaiNgay", "date", "judged_on");
    day["value"]["pattern"] = json!("dd/MM/yyyy");
    let codes = [("ChiTieu", "indicator"), ("DonVi", "agency")];
    let [indicator, agency] = codes.map(|(name, path)| bodies::property(name, "text", path));
    world.create("export-profiles", bodies::profile("B", &[indicator, agency, day]));
    let resolved = world.admin.get(&format!("/api/v1/periods/resolve?date={today}")).expect(200).json;
    for period in resolved["periods"].as_array().unwrap() {
        let period = period["period"].as_str().unwrap();
        let expected = json!([1, 1, "met", true, today.to_string(), false]);
        let single = ask(&world.admin, period).expect(200).json;
        assert_eq!(told(&single), expected, "{period}: {single}");
        assert_eq!((&single["absence"], &single["shortfall"]), (&Value::Null, &json!(0)));
        let list =
            world.admin.get(&format!("/api/v1/attainments?period={period}&indicator=CT6&agency=H18")).expect(200);
        let trend = ask(&world.admin, &format!("series?from={period}&to={period}")).expect(200);
        let report = world.admin.get(&format!("/api/v1/provincial-report?period={period}")).expect(200).json;
        let of_province = |row: &&Value| row["indicator"] == "CT6" && row["agency"] == "H18";
        let reported = report["attainments"].as_array().unwrap().iter().find(of_province).unwrap();
        for row in [&list.items()[0], &trend.items()[0], reported] {
            assert_eq!(row, &single, "{period}");
        }
        assert_eq!((&report["provisional"], &report["judged_on"]), (&json!(true), &json!(today.to_string())));
        let exported = world.admin.get(&format!("/api/v1/export-profiles/B/report?period={period}")).expect(200).json;
        let row =
            exported.as_array().unwrap().iter().find(|row| row["ChiTieu"] == "CT6" && row["DonVi"] == "H18").unwrap();
        assert_eq!(row["TaiNgay"], today.format("%d/%m/%Y").to_string());

        let explained = ask(&world.admin, &format!("{period}/explain")).expect(200).json;
        assert_eq!(explained["attainment"], single);
        let record = &explained["records"][0];
        assert_eq!(
            (&record["numerator"], &record["denominator"], &record["lacks"]),
            (&json!(1), &json!(1), &json!([]))
        );
        let assumed = world
            .admin
            .post(
                "/api/v1/attainments/what-if",
                &json!({"indicator": "CT6", "agency": "H18", "period": period,
            "monitoring_statuses": [status(&today.to_string(), &today.to_string(), "2026-01-01")]}),
            )
            .expect(200)
            .json;
        assert_eq!((&assumed["provisional"], &assumed["judged_on"]), (&json!(true), &json!(today.to_string())));
        assert_eq!((&assumed["before"]["verdict"], &assumed["after"]["verdict"]), (&json!("met"), &json!("not_met")));
    }
    world.server.assert_verified();
}

#[on_both_engines]
fn a_period_that_has_not_begun_is_missing_and_says_so(world: World) {
    let today = today();
    system(&world, &status(&today.to_string(), &today.to_string(), "2199-12-31"));
    world.person("P", "H18.1", "2026-01-05");
    for indicator in ["CT1", "CT2", "CT6", "CT7"] {
        for period in ["2030", "2030-07", "2199"] {
            let row = world.attainment(indicator, "H18", period);
            assert_eq!(told(&row), json!([null, null, "missing", true, today.to_string(), false]), "{row}");
            assert_eq!(row["absence"], "not_begun");
            assert_eq!(
                (&row["expected_agencies"], &row["reported_agencies"], &row["expected_months"]),
                (&json!(0), &json!(0), &json!(0))
            );
            assert_eq!(
                (&row["shortfall"], &row["percent"], &row["own"]["numerator"]),
                (&Value::Null, &Value::Null, &Value::Null)
            );
        }
    }
    let explained = world.admin.get("/api/v1/attainments/CT6/H18/2030/explain").expect(200).json;
    assert_eq!((&explained["records"], &explained["attainment"]["absence"]), (&json!([]), &json!("not_begun")));
}

#[on_both_engines]
fn a_period_that_has_ended_is_final_and_of_its_last_day(world: World) {
    let today = today();
    system(&world, &status("2026-03-01", "2026-02-12", "2027-12-31"));
    // 12/02 lies 30 days before 14/03, the last day of March under nd09, and more before 31/03.
    assert_eq!(told(&world.attainment("CT6", "H18", "2026-03")), json!([1, 1, "met", false, "2026-03-14", true]));
    let civil = ask(&world.admin, "2026-03?calendar=civil").expect(200).json;
    assert_eq!(told(&civil), json!([0, 1, "not_met", false, "2026-03-31", true]));
    let later = ask(&world.admin, &format!("2026-03?judged_on={today}")).expect(200);
    assert_eq!(later.body, ask(&world.admin, "2026-03").expect(200).body, "the day asked on makes no difference");
}

#[on_both_engines]
fn the_past_is_judged_on_its_day_and_any_answer_can_be_had_again(world: World) {
    let then = september(&world);
    let client = then.admin();
    let log = replay::log(&then);
    let seq = log.iter().rfind(|change| {
        change.at < "2026-10-01T00:00:00Z".parse::<chrono::DateTime<Utc>>().unwrap().timestamp_micros()
    });
    let seq = seq.unwrap().seq;
    // The nd09 month of October: 15/09 to 14/10.
    for (moment, day, met) in [
        (seq.to_string(), "2026-09-20", 1),
        ("2026-09-20T10:00:00%2B07:00".to_owned(), "2026-09-20", 1),
        ("2026-10-05T16:59:59Z".to_owned(), "2026-10-05", 1),
        ("2026-10-05T17:00:00Z".to_owned(), "2026-10-06", 0),
        ("2026-10-06".to_owned(), "2026-10-06", 0),
    ] {
        let answer = ask(&client, &format!("2026-10?asOf={moment}")).expect(200);
        let verdict = if met == 1 { "met" } else { "not_met" };
        assert_eq!(told(&answer.json), json!([met, 1, verdict, true, day, false]), "{moment}");
        let again = ask(&client, &format!("2026-10?asOf={seq}&judged_on={day}")).expect(200);
        assert_eq!((&again.body, &again.headers["etag"]), (&answer.body, &answer.headers["etag"]), "{moment}");
    }
    let ended = ask(&client, "2026-10?asOf=2026-10-15").expect(200);
    assert_eq!(told(&ended.json), json!([0, 1, "not_met", false, "2026-10-14", true]));
    let before = ask(&client, "2026-11?asOf=2026-10-14").expect(200);
    assert_eq!(
        (told(&before.json), &before.json["absence"]),
        (json!([null, null, "missing", true, "2026-10-14", false]), &json!("not_begun"))
    );

    let out_of_range = |question: &str| {
        let refused = ask(&client, question).expect(422);
        assert_eq!(
            refused.errors().get("/judged_on").map(String::as_str),
            Some("judged_on_out_of_range"),
            "{}",
            refused.json
        );
        refused.json["errors"][0]["detail"].as_str().unwrap().to_owned()
    };
    let said = out_of_range(&format!("2026-10?asOf={seq}&judged_on=2026-09-19"));
    assert!(said.contains("20/09/2026") && said.contains("19/09/2026"), "{said}");
    out_of_range(&format!("2026-10?judged_on={}", today() + Days::new(2)));
    for path in [
        "attainments?period=2026-10",
        "provincial-report?period=2026-10",
        "export-profiles/native/report?period=2026-10",
        "attainments/CT6/H18/2026-10/explain?calendar=nd09",
        "attainments/CT6/H18/series?from=2026-10&to=2026-10",
    ] {
        let refused = client.get(&format!("/api/v1/{path}&judged_on=2026-08-31")).expect(422);
        assert_eq!(refused.errors().get("/judged_on").map(String::as_str), Some("judged_on_out_of_range"), "{path}");
        client.get(&format!("/api/v1/{path}&judged_on={}", today())).expect(200);
    }
    then.assert_verified();
}

#[on_both_engines]
fn the_day_is_in_the_tag_of_what_runs_and_in_no_other(world: World) {
    let then = september(&world);
    let client = then.admin();
    let seq = then.database().model().seq;
    let past = client.get("/api/v1/attainments/CT6/H18/2026-10?asOf=2026-09-21").expect(200).json["seq"].clone();
    assert!(past.as_i64().unwrap() <= seq);
    for (path, runs) in [
        ("attainments/CT6/H18/2026-10?", true),
        ("attainments/CT6/H18/2026?", true),
        ("attainments/CT6/H18/2027-01?", true),
        ("attainments/CT6/H18/2026-08?", false),
        ("attainments?period=2026-Q4&", true),
        ("attainments?period=2026-Q2&", false),
        ("attainments/CT6/H18/series?from=2026-08&to=2026-10&", true),
        ("attainments/CT6/H18/series?from=2026-07&to=2026-08&", false),
        ("provincial-report?period=2026-10&", true),
        ("provincial-report?period=2026-08&", false),
        ("export-profiles/native/report?period=2026-10&", true),
        ("export-profiles/native/report?period=2026-08&", false),
    ] {
        let on = |day: &str| client.get(&format!("/api/v1/{path}asOf={past}&judged_on={day}")).expect(200);
        let (one, other) = (on("2026-09-21"), on("2026-09-22"));
        assert_eq!(one.headers["etag"] != other.headers["etag"], runs, "{path}");
        assert_eq!(one.body != other.body, runs, "{path}");
        let known = client.clone().with("if-none-match", &one.headers["etag"]);
        known.get(&format!("/api/v1/{path}asOf={past}&judged_on=2026-09-22")).expect(if runs { 200 } else { 304 });
    }
}
