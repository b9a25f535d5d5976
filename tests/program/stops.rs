//! Orderly stops: the program takes no more requests, finishes those it has, and ends.

use super::kills::prepare;
use serde_json::json;
use std::io::Read;
use std::net::TcpStream;
use std::process::Command;
use support::bodies;
use support::cluster::Cluster;
use support::engines::Place;
use support::on_both_engines;
use support::program::Serving;
use support::waiting::eventually;

fn terminate(serving: &Serving) {
    assert!(Command::new("kill").args(["-TERM", &serving.pid().to_string()]).status().unwrap().success());
}

#[on_both_engines]
fn a_server_told_to_stop_finishes_what_it_has_begun(place: Place) {
    prepare(&place);
    let mut serving = Serving::start(&place, &["--sample"]);
    let root = serving.root();
    let head = root.get("/api/v1/changes?limit=1").expect(200).json["head"].as_i64().unwrap();
    let bearer = format!("Bearer {}", root.token().unwrap());
    let stream = ureq::get(format!("{}/api/v1/changes", serving.url)).header("authorization", &bearer);
    let stream = stream.header("accept", "text/event-stream").header("last-event-id", head.to_string());
    let mut stream = stream.call().unwrap().into_body().into_reader();
    let idle = TcpStream::connect(serving.url.strip_prefix("http://").unwrap()).unwrap();

    let courses: Vec<_> = (0..3000).map(|number| bodies::course(&format!("K-{number}"), "H18.SKHCN")).collect();
    let writer = root.clone();
    let batch = std::thread::spawn(move || writer.post("/api/v1/courses/batch?mode=partial", &json!(courses)));
    let far = |root: &support::Client| root.get("/api/v1/changes?limit=1").expect(200).json["head"].as_i64();
    eventually("the batch is under way", || far(&root).filter(|now| *now > head + 100));
    assert!(far(&root) < Some(head + 3000), "the batch is still under way");
    terminate(&serving);

    let report = batch.join().unwrap().expect(207).json;
    assert_eq!(report["created"], 3000, "what was begun is finished");
    stream.read_to_string(&mut String::new()).expect("the stream ends in order");
    assert_eq!(eventually("the program ends", || (!serving.is_running()).then(|| serving.code())), Some(0));
    assert!(TcpStream::connect(serving.url.strip_prefix("http://").unwrap()).is_err());
    drop(idle);
    assert!(support::program::run(&place, &["verify"], "").status.success());
}

#[test]
fn a_server_told_to_stop_ends_though_its_database_hangs() {
    let Some(cluster) = Cluster::start() else { return };
    let place = Place::at(cluster.url());
    prepare(&place);
    let mut serving = Serving::start(&place, &["--sample"]);
    let root = serving.root();
    cluster.freeze();
    root.get("/api/v1/courses").refused(503, "unavailable");
    terminate(&serving);
    assert_eq!(eventually("the program ends", || (!serving.is_running()).then(|| serving.code())), Some(0));
    cluster.thaw();
}
