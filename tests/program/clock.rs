//! Clocks that are set wrong: tokens run out by the machine's clock, months end by it in Asia/Ho_Chi_Minh, and the log
//! does not go back with it.

use super::client_at;
use super::kills::prepare;
use serde_json::json;
use support::bodies::{self, Members};
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, run};
use support::tools::works;

/// `serve` by a clock that begins at a time in UTC.
fn serving_at(place: &Place, time: &str) -> Serving {
    let library = format!("LD_PRELOAD={}", libfaketime().expect("it works here"));
    // Only the time of day is another one: what waits goes by the steady clock.
    let clock = ["env", &library, "TZ=UTC", "FAKETIME_DONT_FAKE_MONOTONIC=1", &format!("FAKETIME=@{time}")];
    Serving::start_by(place, &clock, &["--sample"])
}

/// The library, where Debian's package has it; the command `faketime` stays beside what it starts, which is in our way.
fn libfaketime() -> Option<String> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten();
    let mut libraries = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    libraries.find(|library| library.is_file()).map(|library| library.display().to_string())
}

fn works_here() -> bool {
    works(&["faketime", "-f", "@2027-01-01 00:00:00", "true"]) && libfaketime().is_some()
}

#[on_both_engines]
fn a_token_runs_out_by_the_clock(place: Place) {
    if !works_here() {
        return;
    }
    prepare(&place);
    let serving = serving_at(&place, "2027-02-01 08:00:00");
    let root = serving.root();
    root.get("/api/v1/me").expect(200);
    drop(serving);
    let serving = serving_at(&place, "2027-02-01 08:55:00");
    client_at(&serving.url, &root).get("/api/v1/me").expect(200);
    drop(serving);
    let serving = serving_at(&place, "2027-02-01 09:01:00");
    client_at(&serving.url, &root).get("/api/v1/me").refused(401, "invalid_token");
}

#[on_both_engines]
fn a_month_is_locked_from_midnight_in_ho_chi_minh_on(place: Place) {
    if !works_here() {
        return;
    }
    prepare(&place);
    let serving = serving_at(&place, "2027-02-27 12:00:00");
    let root = serving.root();
    root.post("/api/v1/periods", &json!({"calendar": "nd09", "period": "2027-01", "locks_on": "2027-03-01"}))
        .expect(201);
    let course = |code: &str| {
        bodies::course(code, "H18.SKHCN")
            .with("kind", "basic_digital_skills")
            .with("from", "2026-12-20")
            .with("to", "2026-12-21")
    };
    root.post("/api/v1/courses", &course("K-1")).expect(201);
    drop(serving);
    let record = |person: &str| bodies::training(person, "K-1", "2026-12-20");

    // The last minutes of February there; the clock of UTC shows the same day before and after midnight.
    let serving = serving_at(&place, "2027-02-28 16:50:00");
    let root = serving.root();
    let in_time = root.post("/api/v1/training-records", &record("NV-0001")).expect(201).json;
    assert_eq!(in_time["counted_from"], json!([]));
    drop(serving);
    let serving = serving_at(&place, "2027-02-28 17:00:01");
    let root = serving.root();
    let late = root.post("/api/v1/training-records", &record("NV-0002")).expect(201).json;
    assert_eq!(late["counted_from"], json!([{"calendar": "nd09", "day": "2027-01-15"}]));
}

#[on_both_engines]
fn after_midnight_what_runs_is_told_anew_and_what_has_ended_is_not(place: Place) {
    if !works_here() {
        return;
    }
    prepare(&place);
    let clock = place.folder().join("clock");
    let set = |time: &str| std::fs::write(&clock, time).expect("a file");
    // It stands still until it is set again.
    set("2027-02-28 16:59:59");
    let library = format!("LD_PRELOAD={}", libfaketime().expect("it works here"));
    let file = format!("FAKETIME_TIMESTAMP_FILE={}", clock.display());
    let starter = ["env", &library, "TZ=UTC", "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_NO_CACHE=1", &file];
    let serving = Serving::start_by(&place, &starter, &["--sample"]);
    let root = serving.root();
    // The year under nd09 is that from 15/12/2026 to 14/12/2027; 2027-01 ended on 14/01.
    let paths = [
        "attainments/CT6/H18/2027",
        "attainments?period=2027-Q1",
        "provincial-report?period=2027-03",
        "attainments/CT6/H18/series?from=2027-01&to=2027-03",
    ];
    let ended = "/api/v1/attainments/CT6/H18/2027-01";
    let before: Vec<_> = paths
        .iter()
        .map(|path| {
            let path = format!("/api/v1/{path}");
            root.get(&path).expect(200);
            // The second one is given as it was kept.
            (root.get(&path).expect(200), path)
        })
        .collect();
    let finished = root.get(ended).expect(200);
    let judged_on = |body: &[u8]| String::from_utf8_lossy(body).matches("\"judged_on\":\"2027-03-01\"").count();

    set("2027-02-28 17:00:00");
    for (old, path) in &before {
        assert_eq!(judged_on(&old.body), 0, "{path}");
        let known = root.clone().with("if-none-match", &old.headers["etag"]);
        for _ in 0..2 {
            let new = known.get(path).expect(200);
            assert!(judged_on(&new.body) > 0 && new.headers["etag"] != old.headers["etag"], "{path}");
            assert_eq!(root.get(path).expect(200).body, new.body, "{path}");
        }
        let sign = if path.contains('?') { '&' } else { '?' };
        assert_eq!(root.get(&format!("{path}{sign}judged_on=2027-02-28")).expect(200).body, old.body, "{path}");
    }
    root.clone().with("if-none-match", &finished.headers["etag"]).get(ended).expect(304);
    assert_eq!(root.get(ended).expect(200).body, finished.body);
}

#[on_both_engines]
fn a_clock_set_back_does_not_set_the_log_back(place: Place) {
    if !works_here() {
        return;
    }
    prepare(&place);
    let serving = serving_at(&place, "2027-02-28 12:00:00");
    let course = |code: &str| bodies::course(code, "H18.SKHCN");
    serving.root().post("/api/v1/courses", &course("K-1")).expect(201);
    drop(serving);
    let serving = serving_at(&place, "2027-02-27 12:00:00");
    let root = serving.root();
    let head = root.get("/api/v1/changes?limit=1").expect(200).json["head"].as_i64().unwrap();
    root.post("/api/v1/courses", &course("K-2")).expect(201);
    let last = root.get(&format!("/api/v1/changes?after={}", head - 1)).expect(200);
    let times: Vec<_> = last.items().iter().map(|change| change["at_micros"].as_i64()).collect();
    assert!(times.is_sorted() && times.len() > 1, "{times:?}");
    assert_eq!(serving.terminate(), Some(0));
    assert!(run(&place, &["verify"], "").status.success());
}
