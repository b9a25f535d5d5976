//! Outages of PostgreSQL under load: the program says so, loses nothing, and goes on without a restart.

use super::kills::{prepare, random, ready, rounds};
use std::time::{Duration, Instant};
use support::Client;
use support::bodies;
use support::cluster::Cluster;
use support::engines::Place;
use support::load::{Load, assert_tells_nothing};
use support::postgres::free_port;
use support::program::{Serving, run};
use support::waiting::eventually;

/// The sample province on a server of its own, and the administrator.
fn sample(cluster: &Cluster) -> (Place, Serving, Client) {
    let place = Place::at(cluster.url());
    prepare(&place);
    let serving = Serving::start_sample(&place, free_port().unwrap());
    let root = serving.root();
    (place, serving, root)
}

#[test]
fn a_database_killed_under_load_loses_nothing_that_was_acknowledged() {
    let Some(mut cluster) = Cluster::start() else { return };
    let (place, mut serving, root) = sample(&cluster);
    let load = Load::start(8, &[&serving.url], root.token().unwrap());
    let mut longest = Duration::ZERO;
    for round in 0..rounds() {
        load.wait_for(random(60));
        let killed = Instant::now();
        match round % 4 {
            0 => cluster.kill_a_session(),
            1 => cluster.kill(),
            2 => cluster.stop(),
            _ => cluster.terminate_sessions(),
        }
        cluster.run();
        longest = longest.max(ready(&serving, killed));
        load.wait_for(1);
    }
    let (refused, waited) = (load.refused(), load.longest());
    let account = load.settle(&root);
    println!(
        "{} outages of PostgreSQL: {account}; ready again after {} ms at most; longest answer {} ms; refused {refused:?}",
        rounds(),
        longest.as_millis(),
        waited.as_millis()
    );
    assert!(account.is_clean(), "{account}");
    assert!(serving.is_running(), "the program goes on as it is");
    assert_eq!(serving.terminate(), Some(0));
    assert!(run(&place, &["verify"], "").status.success());
}

#[test]
fn without_its_database_a_server_says_so_and_goes_on_when_it_is_back() {
    let Some(mut cluster) = Cluster::start() else { return };
    let (_place, serving, root) = sample(&cluster);
    cluster.stop();
    let course = bodies::course("K-1", "H18.SKHCN");
    let refused = root.post("/api/v1/courses", &course).refused(503, "unavailable");
    assert!(refused.headers.contains_key("retry-after"));
    assert_tells_nothing(&refused.json.to_string());
    let refused = root.get("/api/v1/courses").refused(503, "unavailable");
    assert!(refused.headers.contains_key("retry-after"));
    assert_tells_nothing(&refused.json.to_string());
    serving.anonymous().get("/healthz").expect(200);
    serving.anonymous().get("/readyz").refused(503, "unavailable");
    // Figures are in memory.
    root.get("/api/v1/attainments/CT7/H18.SKHCN/2026-10").expect(200);

    cluster.run();
    eventually("the server is ready", || (serving.anonymous().get("/readyz").status == 200).then_some(()));
    root.post("/api/v1/courses", &course).expect(201);
    root.get("/api/v1/courses/K-1").expect(200);
    assert_eq!(serving.terminate(), Some(0));
}

#[test]
fn a_standby_takes_over_under_load_and_nothing_that_was_acknowledged_is_lost() {
    let Some(mut primary) = Cluster::start() else { return };
    prepare(&Place::at(primary.url()));
    let standby = primary.standby();
    let both = format!("{},{}", primary.address(), standby.address());
    let url = primary.url().replace(&primary.address().to_string(), &both);
    let place = Place::at(format!("{url}?target_session_attrs=read-write"));
    let mut serving = Serving::start_sample(&place, free_port().unwrap());
    let root = serving.root();
    let load = Load::start(8, &[&serving.url], root.token().unwrap());
    load.wait_for(40);
    let killed = Instant::now();
    primary.kill();
    standby.promote();
    let again = ready(&serving, killed);
    load.wait_for(40);
    let refused = load.refused();
    let account = load.settle(&root);
    println!("a standby takes over: {account}; ready again after {} ms; refused {refused:?}", again.as_millis());
    assert!(account.is_clean(), "{account}");
    assert!(serving.is_running(), "the program goes on as it is");
    assert_eq!(serving.terminate(), Some(0));
    assert!(run(&place, &["verify"], "").status.success());
}
