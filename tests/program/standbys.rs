//! Reads from a standby: nothing older than a node's own figures, and nobody notices when it is lost.

use super::kills::prepare;
use super::metrics::Watched;
use serde_json::Value;
use std::ops::Not;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use support::Client;
use support::bodies;
use support::cluster::Cluster;
use support::engines::Place;
use support::program::program;
use support::waiting::eventually;

/// A primary with the sample, a standby of it, and a node that reads from the standby.
struct World {
    _primary: Cluster,
    standby: Cluster,
    node: Watched,
    root: Client,
}

impl World {
    fn start() -> Option<Self> {
        let primary = Cluster::start()?;
        let place = Place::at(primary.url());
        prepare(&place);
        let standby = primary.follower();
        let node = Watched::start(&place, &["--read-database-url", &standby.url()]);
        let root = node.serving.root();
        let world = Self { _primary: primary, standby, node, root };
        world.wait_for_standby();
        Some(world)
    }

    /// Waits until the standby answers reads, with all that the node knows.
    fn wait_for_standby(&self) {
        eventually("the standby answers", || (self.reads_of(1, "answered").0 > 0).then_some(()));
    }

    /// The list of courses so many times, and by how many of these a count of reads has risen.
    fn reads_of(&self, times: usize, outcome: &str) -> (usize, Vec<Value>) {
        let before = self.reads(outcome);
        let lists = (0..times).map(|_| self.courses()).collect();
        (self.reads(outcome) - before, lists)
    }

    fn courses(&self) -> Value {
        self.root.get("/api/v1/courses?limit=200&sort=-code").expect(200).json
    }

    /// Reads that had an outcome at the standby.
    fn reads(&self, outcome: &str) -> usize {
        let page = self.node.scrape();
        page.value("thidua_standby_reads_total", &[("outcome", outcome)]).unwrap_or_default() as usize
    }

    fn standby_is_up(&self) -> bool {
        self.node.scrape().value("thidua_standby_up", &[]) == Some(1.0)
    }

    fn create(&self, code: &str) {
        self.root.post("/api/v1/courses", &bodies::course(code, "H18.SKHCN")).expect(201);
    }
}

fn names(list: &Value, code: &str) -> bool {
    list["items"].as_array().unwrap().iter().any(|row| row["code"] == code)
}

#[test]
fn a_read_goes_to_the_standby_only_where_that_has_come_as_far_as_the_node() {
    let Some(world) = World::start() else { return };
    assert_eq!(world.reads_of(20, "answered").0, 20);

    world.standby.hold(true);
    world.create("ZZ-1");
    let (behind, lists) = world.reads_of(5, "behind");
    assert_eq!(behind, 5, "the primary answers what the standby cannot know");
    assert!(lists.iter().all(|list| names(list, "ZZ-1")));
    world.root.get("/api/v1/courses/ZZ-1").expect(200);
    let fed = world.root.get("/api/v1/changes?after=0&limit=1").expect(200);
    assert_eq!(fed.items().len(), 1);

    let seq = |world: &World| world.node.scrape().value("thidua_standby_seq", &[]).unwrap();
    let held = seq(&world);
    world.standby.hold(false);
    world.wait_for_standby();
    eventually("the standby's last change is told", || (seq(&world) > held).then_some(()));
    let (answered, lists) = world.reads_of(5, "answered");
    assert_eq!(answered, 5);
    assert!(lists.iter().all(|list| names(list, "ZZ-1")));
    let other = world.root.get("/api/v1/courses/ZZ-1").expect(200).json;
    assert_eq!(other["code"], "ZZ-1");
}

#[test]
fn a_standby_that_is_lost_hangs_or_comes_back_refuses_nobody() {
    let Some(mut world) = World::start() else { return };
    let (ended, lists) = (AtomicBool::new(false), AtomicUsize::new(0));
    let reader = world.root.clone();
    thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    while !ended.load(Ordering::Relaxed) {
                        reader.get("/api/v1/courses?limit=5").expect(200);
                        lists.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let more = |count: usize| {
            let before = lists.load(Ordering::Relaxed);
            eventually("reads go on", || (lists.load(Ordering::Relaxed) >= before + count).then_some(()));
        };
        more(50);
        world.standby.kill();
        more(50);
        eventually("the loss is told", || world.standby_is_up().not().then_some(()));
        world.standby.run();
        eventually("the standby is taken up again", || world.standby_is_up().then_some(()));
        world.wait_for_standby();
        // Those who asked before it hung wait with it; nobody after them does.
        world.standby.freeze();
        eventually("the silence is told", || world.standby_is_up().not().then_some(()));
        world.courses();
        world.standby.thaw();
        more(50);
        eventually("the standby is taken up again", || world.standby_is_up().then_some(()));
        ended.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    world.wait_for_standby();
}

#[test]
fn a_standby_of_another_log_is_not_read_from() {
    let (Some(primary), Some(other)) = (Cluster::start(), Cluster::start()) else { return };
    let place = Place::at(primary.url());
    prepare(&place);
    prepare(&Place::at(other.url()));
    let node = Watched::start(&place, &["--read-database-url", &other.url()]);
    let root = node.serving.root();
    for _ in 0..20 {
        root.get("/api/v1/courses").expect(200);
    }
    let page = node.scrape();
    assert_eq!(page.value("thidua_standby_up", &[]), Some(0.0));
    assert_eq!(page.value("thidua_standby_reads_total", &[("outcome", "answered")]), Some(0.0));
}

#[test]
fn a_file_has_no_standby_and_a_file_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(format!("sqlite:{}", folder.path().join("thidua.sqlite").display()));
    for (standby, said) in [
        ("postgres://thidua@127.0.0.1:1/thidua", "the database is a SQLite file"),
        ("other.sqlite", "a standby is named by postgres://…"),
    ] {
        let ended = program(&place).args(["serve", "--read-database-url", standby]).output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr);
        assert!(!ended.status.success() && told.contains(said), "{told}");
    }
}
