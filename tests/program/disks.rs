//! Disks: a write is on the disk before it is answered, and a disk without room refuses writes and nothing else.

use super::kills::prepare;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use support::bodies;
use support::engines::Place;
use support::program::{Serving, run};
use support::tools::works;
use support::waiting::eventually;
use support::{Client, Engine};

const TRACES: &[&str] = &["strace", "-f", "-o", "/dev/null", "true"];

fn course(code: &str) -> Value {
    bodies::course(code, "H18.SKHCN")
}

#[test]
fn a_write_is_on_the_disk_before_it_is_answered() {
    if !works(TRACES) {
        return;
    }
    let place = Engine::Sqlite.place().unwrap();
    prepare(&place);
    let log = place.folder().join("trace");
    // -D: the traced program stays a child of ours, and the tracer goes with it.
    let calls = "trace=read,recvfrom,readv,write,writev,sendto,sendmsg,fsync,fdatasync";
    let strace = ["strace", "-D", "-f", "-y", "-s", "2000", "-e", calls, "-o", log.to_str().unwrap()];
    let serving = Serving::start_by(&place, &strace, &["--sample"]);
    let root = serving.root();
    root.post("/api/v1/courses", &course("K-SYNC")).expect(201);
    assert_eq!(serving.terminate(), Some(0));

    let traced = eventually("the answer is traced", || {
        let traced = fs::read_to_string(&log).ok()?;
        traced.contains("HTTP/1.1 201").then_some(traced)
    });
    let lines: Vec<&str> = traced.lines().collect();
    // The body names the course first; it may come after the head, in a read of its own.
    let arrived = lines.iter().position(|line| line.contains("K-SYNC"));
    let answered = lines.iter().position(|line| line.contains("HTTP/1.1 201"));
    let (arrived, answered) = (arrived.expect("the write arrives"), answered.expect("it is answered"));
    let between = &lines[arrived..answered];
    let begun = between.iter().position(|line| line.contains("sync(") && line.contains("test.sqlite-wal"));
    let begun = begun.unwrap_or_else(|| panic!("no sync between\n{}\n{}", lines[arrived], lines[answered]));
    let thread = between[begun].split_whitespace().next().unwrap();
    let ends = |line: &&str| line.starts_with(thread) && line.contains("sync") && line.ends_with("= 0");
    assert!(between[begun..].iter().any(ends), "the sync has ended before the answer");
}

/// Has every write of a process to a file fail for want of room, until it ends.
struct FullDisk(Child);

impl FullDisk {
    fn under(process: u32, file: &Path) -> Self {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-p", &process.to_string(), "-o", "/dev/null", "-P", file.to_str().unwrap()]);
        strace.args(["-e", "trace=write,pwrite64", "-e", "inject=write,pwrite64:error=ENOSPC"]);
        let tracer = strace.stderr(Stdio::null()).spawn().expect("strace runs");
        eventually("the process is traced", || {
            let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
            status.contains(&format!("TracerPid:\t{}", tracer.id())).then_some(())
        });
        Self(tracer)
    }

    fn gets_room(mut self) {
        let told = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().expect("kill runs");
        assert!(told.success());
        eventually("strace lets go", || self.0.try_wait().expect("a child"));
    }
}

#[test]
fn a_full_disk_refuses_writes_alone_and_needs_no_restart() {
    if !works(TRACES) {
        return;
    }
    let (place, serving, root) = serving_a_course();

    let disk = FullDisk::under(serving.pid(), &place.folder().join("test.sqlite-wal"));
    let refused = root.post("/api/v1/courses", &course("K-FULL")).refused(503, "storage_full");
    assert!(refused.headers.contains_key("retry-after"));
    root.get("/api/v1/courses/K-BEFORE").expect(200);
    root.get("/api/v1/courses/K-FULL").expect(404);
    root.get("/api/v1/attainments/CT7/H18.SKHCN/2026-10").expect(200);
    disk.gets_room();
    root.post("/api/v1/courses", &course("K-FULL")).expect(201);

    assert_ends_verified(&place, serving);
}

#[test]
fn a_file_that_must_not_grow_ends_no_server() {
    if !works(&["prlimit", "--version"]) {
        return;
    }
    let (place, serving, root) = serving_a_course();

    limit(serving.pid(), &fs::metadata(place.folder().join("test.sqlite-wal")).unwrap().len().to_string());
    // The log ahead begins anew after a checkpoint, so there may be some room left.
    let refused = (0..1000).map(|number| root.post("/api/v1/courses", &course(&format!("K-{number}"))));
    let refused = refused.inspect(|answer| assert!([201, 503].contains(&answer.status)));
    let refused = { refused }.find(|answer| answer.status == 503).expect("no room at last");
    assert!(refused.headers.contains_key("retry-after"));
    root.get("/api/v1/courses/K-BEFORE").expect(200);
    limit(serving.pid(), "unlimited");
    root.post("/api/v1/courses", &course("K-AFTER")).expect(201);

    assert_ends_verified(&place, serving);
}

/// A server on a file with the sample and one more course, and its administrator.
fn serving_a_course() -> (Place, Serving, Client) {
    let place = Engine::Sqlite.place().unwrap();
    prepare(&place);
    let serving = Serving::start(&place, &["--sample"]);
    let root = serving.root();
    root.post("/api/v1/courses", &course("K-BEFORE")).expect(201);
    (place, serving, root)
}

fn assert_ends_verified(place: &Place, serving: Serving) {
    assert_eq!(serving.terminate(), Some(0));
    assert!(run(place, &["verify"], "").status.success());
}

/// Sets how large files of a process may get.
fn limit(process: u32, bytes: &str) {
    let limit = format!("--fsize={bytes}:unlimited");
    assert!(Command::new("prlimit").args(["--pid", &process.to_string(), &limit]).status().unwrap().success());
}
