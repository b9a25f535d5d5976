//! Metrics: valid by Prometheus' rules, true, bounded in number, and without names of persons.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use support::bodies;
use support::engines::Place;
use support::exposition::{Format, Page};
use support::program::{Serving, make_root, make_sample};
use support::server::PASSWORD;
use support::waiting::eventually;
use support::{Client, on_both_engines};

/// A server that tells metrics.
pub(super) struct Watched {
    pub(super) serving: Serving,
    /// `http://127.0.0.1:PORT/metrics`.
    url: String,
}

impl Watched {
    pub(super) fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut serving = Serving::start(place, &[&["--metrics-listen", "127.0.0.1:0"], arguments].concat());
        serving.line();
        let line = serving.line();
        let url = line.strip_prefix("Metrics").unwrap_or_else(|| panic!("{line}")).trim().to_owned();
        Self { serving, url }
    }

    /// Status, content type and body of the answer at the metrics address.
    fn get(&self, url: &str, accept: &str) -> (u16, String, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        let mut answer = agent.get(url).header("accept", accept).call().unwrap();
        let kind = answer.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
        (answer.status().as_u16(), kind, answer.body_mut().read_to_string().unwrap())
    }

    /// The page in both formats, which say the same, as far as they have names for it.
    fn text(&self) -> String {
        let (status, kind, open) = self.get(&self.url, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
        assert_eq!((status, &*kind), (200, "application/openmetrics-text; version=1.0.0; charset=utf-8"));
        Page::read(&open, Format::OpenMetrics).unwrap_or_else(|why| panic!("{why}"));
        let (status, kind, text) = self.get(&self.url, "*/*");
        assert_eq!((status, &*kind), (200, "text/plain; version=0.0.4; charset=utf-8"));
        text
    }

    pub(super) fn scrape(&self) -> Page {
        Page::read(&self.text(), Format::Text).unwrap_or_else(|why| panic!("{why}"))
    }
}

/// The administrator `root` of a server.
pub(super) fn root(place: &Place, serving: &Serving) -> Client {
    make_root(place);
    let credentials = json!({"username": "root", "password": PASSWORD});
    let log_in = || {
        serving.anonymous().post("/api/v1/auth/login", &credentials).json["access_token"].as_str().map(str::to_owned)
    };
    Client::new(serving.url.clone(), Some(eventually("the server hears of root", log_in)))
}

/// A client that may read the log, and its key.
pub(super) fn puller(root: &Client, name: &str) -> Client {
    root.post("/api/v1/clients", &json!({"client_id": name, "name": "Máy kéo", "role": "puller"})).expect(201);
    let key = json!({"kind": "api_key", "scopes": ["read"], "valid_days": 1});
    let key = root.post(&format!("/api/v1/clients/{name}/keys"), &key).expect(201).json;
    Client::new(root.url().to_owned(), Some(key["secret"].as_str().unwrap().to_owned()))
}

fn course(code: &str) -> serde_json::Value {
    bodies::course(code, "H18.SKHCN")
}

const ANSWERED: &str = "thidua_http_requests_total";

#[on_both_engines]
fn every_request_is_counted_once_and_nothing_falls(place: Place) {
    make_sample(&place);
    let watched = Watched::start(&place, &[]);
    let root = root(&place, &watched.serving);
    let before = watched.scrape();
    for _ in 0..3 {
        root.get("/api/v1/staff/NV-0001").expect(200);
    }
    root.get("/api/v1/staff/NV-BIMAT").expect(404);
    root.send("HEAD", "/api/v1/agencies", None, b"").expect(200);
    watched.serving.anonymous().get("/api/v1/agencies").expect(401);
    root.post("/api/v1/courses", &course("K-1")).expect(201);
    root.post("/api/v1/courses", &course("K-1")).expect(409);
    root.clone().with("prefer", "tx=rollback").post("/api/v1/courses", &course("K-2")).expect(201);
    for number in 0..50 {
        watched.serving.anonymous().get(&format!("/bimat-{number}")).expect(404);
        watched.serving.anonymous().send(&format!("BIMAT{number}"), "/healthz", None, b"").expect(501);
    }
    // What is no request is one more.
    let mut stream = TcpStream::connect(watched.serving.url.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(b"BIMAT\r\n\r\n").unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    let after = watched.scrape();

    let rise = |route: &str, method: &str, status: &str| {
        let labels = [("route", route), ("method", method), ("status", status)];
        let of = |page: &Page| page.value(ANSWERED, &labels).unwrap_or(0.0);
        (of(&before), of(&after))
    };
    for (route, method, status, count) in [
        ("/api/v1/staff/{code}", "GET", "200", 3.0),
        ("/api/v1/staff/{code}", "GET", "404", 1.0),
        ("/api/v1/agencies", "HEAD", "200", 1.0),
        ("/api/v1/agencies", "GET", "401", 1.0),
        ("/api/v1/courses", "POST", "201", 2.0),
        ("/api/v1/courses", "POST", "409", 1.0),
        ("unmatched", "GET", "404", 50.0),
        ("/healthz", "other", "501", 50.0),
        ("unmatched", "other", "400", 1.0),
    ] {
        let (before, after) = rise(route, method, status);
        assert_eq!(before + count, after, "{method} {route} {status}");
    }
    for (series, value) in before.counts() {
        assert!(after.series[series] >= value, "{series:?} has fallen");
    }
    assert_eq!(after.named(ANSWERED).filter(|(labels, _)| labels["method"].contains("BIMAT")).count(), 0);
    let (all, timed) = (sum(&after, ANSWERED), sum(&after, "thidua_http_request_duration_seconds_count"));
    assert_eq!(all, timed, "as many are timed as are counted");
    assert_eq!(after.value("thidua_http_requests_under_way", &[]), Some(0.0), "a scrape is none of them");

    let writes = |page: &Page, outcome: &str| page.value("thidua_writes_total", &[("outcome", outcome)]).unwrap();
    assert_eq!(writes(&after, "refused"), writes(&before, "refused") + 1.0, "the code that was taken");
    assert_eq!(writes(&after, "tried"), writes(&before, "tried") + 1.0, "the dry run");
    assert!(writes(&after, "committed") > writes(&before, "committed"));
    assert_eq!((writes(&after, "failed"), writes(&after, "turned_away")), (0.0, 0.0));
    let ended: f64 = after.named("thidua_writes_total").map(|(_, count)| count).sum();
    assert_eq!(after.value("thidua_writer_batch_writes_sum", &[]), Some(ended), "each was in one batch");
    assert!(
        after.value("thidua_writer_commit_seconds_count", &[])
            > before.value("thidua_writer_commit_seconds_count", &[])
    );
}

#[on_both_engines]
fn the_log_the_model_and_whoever_pulls_are_told_as_they_are(place: Place) {
    let watched = Watched::start(&place, &[]);
    let root = root(&place, &watched.serving);
    let machine = puller(&root, "may-keo");
    let head = root.get("/api/v1/changes").expect(200).json["head"].as_f64().unwrap();
    machine.get("/api/v1/changes?limit=2").expect(200);
    let client = |page: &Page, name: &str| {
        let mine = page.named(name).find(|(labels, _)| labels.get("client").is_some_and(|client| client == "may-keo"));
        mine.map(|(_, value)| value)
    };
    let page = eventually("the pull is told", || {
        let page = watched.scrape();
        client(&page, "thidua_puller_given_seq").is_some().then_some(page)
    });
    assert_eq!(client(&page, "thidua_puller_given_seq"), Some(2.0));
    assert_eq!(client(&page, "thidua_puller_acknowledged_seq"), None, "it never has");
    machine.post("/api/v1/changes/receipts", &json!({"seq": 1})).expect(200);
    let page = watched.scrape();
    assert_eq!(client(&page, "thidua_puller_acknowledged_seq"), Some(1.0));
    assert!(page.named("thidua_puller_given_seq").all(|(labels, _)| labels["account"].parse::<u64>().is_ok()));
    for (name, value) in [
        ("thidua_log_head_seq", head),
        ("thidua_model_seq", head),
        ("thidua_model_behind_changes", 0.0),
        ("thidua_model_behind_seconds", 0.0),
        ("thidua_database_up", 1.0),
        ("thidua_ready", 1.0),
        ("thidua_writer_queue_length", 0.0),
        ("thidua_writer_busy_seconds", 0.0),
        ("thidua_writer_queue_max", 4096.0),
    ] {
        assert_eq!(page.value(name, &[]), Some(value), "{name}");
    }
    let at = |name: &str| page.value(name, &[]).unwrap_or_else(|| panic!("{name}"));
    assert!(at("thidua_pool_connections_in_use") <= at("thidua_pool_connections_open"));
    assert!(at("thidua_pool_connections_open") <= at("thidua_pool_connections_max"));
    assert!(at("process_resident_memory_bytes") < at("process_virtual_memory_bytes"));
    assert!(at("process_open_fds") < at("process_max_fds") && at("process_threads") > 3.0);
    let now = f64::from(u32::try_from(chrono::Utc::now().timestamp()).unwrap());
    assert!((now - at("process_start_time_seconds")).abs() < 600.0);
    let engine = if place.is_postgres() { "PostgreSQL" } else { "SQLite" };
    assert_eq!(
        page.value("thidua_build_info", &[("version", env!("CARGO_PKG_VERSION")), ("engine", engine)]),
        Some(1.0)
    );
    root.patch("/api/v1/clients/may-keo", &json!({"disabled": true})).expect(200);
    assert_eq!(client(&watched.scrape(), "thidua_puller_given_seq"), None, "nobody waits for it any more");
}

#[on_both_engines]
fn metrics_have_an_address_of_their_own_and_name_nobody(place: Place) {
    let watched = Watched::start(&place, &[]);
    let root = root(&place, &watched.serving);
    let machine = puller(&root, "may-keo");
    root.get("/api/v1/staff/NV-0001?x=bimat").expect(422);
    root.get("/api/v1/changes").expect(200);
    machine.get("/api/v1/changes").expect(200);
    eventually("both are told", || (watched.scrape().named("thidua_puller_given_seq").count() == 2).then_some(()));
    watched.serving.anonymous().get("/metrics").expect(404);
    for path in ["/", "/healthz", "/api/v1/agencies", "/metrics/"] {
        let (status, _, body) = watched.get(&watched.url.replace("/metrics", path), "*/*");
        assert_eq!((status, &*body), (404, ""), "{path}");
    }
    let text = watched.text();
    let secrets =
        [root.token().unwrap(), machine.token().unwrap(), PASSWORD, "root", "bimat", "NV-0001", "Nguy", "127.0.0.1"];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    assert!(text.contains("client=\"may-keo\""), "machines are told by name");
}

#[on_both_engines]
fn a_verification_in_the_background_is_told_when_it_has_ended(place: Place) {
    make_sample(&place);
    let watched = Watched::start(&place, &[]);
    assert_eq!(watched.scrape().named("thidua_verify_outcome").count(), 0, "nothing is told of what is not done");
    assert_eq!(watched.serving.terminate(), Some(0));
    let watched = Watched::start(&place, &["--verify-hours", "1"]);
    let told = || Some(watched.scrape()).filter(|page| page.named("thidua_verify_outcome").count() > 0);
    let page = eventually("it ends", told);
    let outcome = |page: &Page, name: &str| page.value("thidua_verify_outcome", &[("outcome", name)]).unwrap();
    assert_eq!([outcome(&page, "clean"), outcome(&page, "difference"), outcome(&page, "failed")], [1.0, 0.0, 0.0]);
    let clean = page.value("thidua_verify_clean_seq", &[]);
    assert!(clean.is_some_and(|seq| seq > 1000.0), "{clean:?}");
    assert_eq!(watched.serving.terminate(), Some(0));

    tamper(&place);
    let watched = Watched::start(&place, &["--verify-hours", "1"]);
    let told = || Some(watched.scrape()).filter(|page| page.named("thidua_verify_outcome").count() > 0);
    let page = eventually("it ends", told);
    assert_eq!([outcome(&page, "clean"), outcome(&page, "difference"), outcome(&page, "failed")], [0.0, 1.0, 0.0]);
    assert_eq!(page.value("thidua_verify_clean_seq", &[]), None, "nothing was found clean");
}

#[on_both_engines]
fn who_goes_away_is_not_under_way_any_more(place: Place) {
    let watched = Watched::start(&place, &[]);
    let root = root(&place, &watched.serving);
    let head = root.get("/api/v1/changes").expect(200).json["head"].to_string();
    let address = watched.serving.url.trim_start_matches("http://").to_owned();
    let mut waiting = TcpStream::connect(&address).unwrap();
    let ask = format!(
        "GET /api/v1/changes?after={head}&wait=8 HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\r\n",
        root.token().unwrap()
    );
    waiting.write_all(ask.as_bytes()).unwrap();
    let under_way = |count: f64| {
        move |watched: &Watched| {
            (watched.scrape().value("thidua_http_requests_under_way", &[]) == Some(count)).then_some(())
        }
    };
    eventually("it waits", || under_way(1.0)(&watched));
    drop(waiting.shutdown(std::net::Shutdown::Both));
    drop(waiting);
    eventually("it is gone", || under_way(0.0)(&watched));
}

/// Alters a row behind the program's back.
fn tamper(place: &Place) {
    let statement = "UPDATE courses SET hours = hours + 1";
    if place.is_postgres() {
        PgConnection::establish(&place.url).unwrap().batch_execute(statement).unwrap();
    } else {
        let file = place.url.trim_start_matches("sqlite:");
        SqliteConnection::establish(file).unwrap().batch_execute(statement).unwrap();
    }
}

fn sum(page: &Page, name: &str) -> f64 {
    page.named(name).map(|(_, value)| value).sum()
}

#[test]
fn a_page_that_breaks_a_rule_is_found() {
    let histogram = |buckets: &str| format!("# HELP h H\n# TYPE h histogram\n{buckets}h_sum 3.5\nh_count 2\n");
    let good = histogram("h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\n");
    let counter = "# HELP c_total \"C\" \\\\ \\n\n# TYPE c_total counter\nc_total{a=\"\\\"\\\\\\n}\",b=\"\"} 1\n";
    for page in [&*good, counter] {
        Page::read(page, Format::Text).unwrap_or_else(|why| panic!("{why}"));
    }
    let bad = [
        good.trim_end().to_owned(),
        histogram("h_bucket{le=\"1\"} 1\n"),
        histogram("h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 3\n"),
        histogram("h_bucket{le=\"1\"} 3\nh_bucket{le=\"+Inf\"} 2\n"),
        good.replace("h_sum 3.5\n", ""),
        good.replace("h_count", "i_count"),
        good.replace("le=\"1\"", "le=\"1"),
        good.replace("# TYPE h histogram\n", ""),
        good.replace("# HELP h H\n", ""),
        good.replace("} 1\n", "}1\n"),
        good.replace("} 1\n", "} one\n"),
        good.replace("} 1\n", "} -1\n"),
        good.replace("{le=\"1\"}", "{le=\"1\",le=\"1\"}"),
        good.replace("{le=\"1\"}", "{1e=\"1\"}"),
        good.replace("h_bucket{le=\"1\"} 1\n", "h_bucket{le=\"1\"} 1\nh_bucket{le=\"1\"} 1\n"),
        good.replace("histogram", "histogramme"),
        format!("{good}\n"),
        format!("{good}{good}"),
        counter.replace("c_total", "c"),
        counter.replace("\\n}", "\\t}"),
        counter.replace("c_total{", "c-total{"),
    ];
    for (number, page) in bad.iter().enumerate() {
        assert!(Page::read(page, Format::Text).is_err(), "{number}: {page}");
    }
    assert!(Page::read(&good, Format::OpenMetrics).is_err(), "OpenMetrics has an end");
    assert!(Page::read(&format!("{good}# EOF\n"), Format::OpenMetrics).is_ok());
}
