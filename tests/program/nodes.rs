//! Several processes on one PostgreSQL: they answer as one, and go on when one of them is killed.

use super::client_at;
use super::kills::{prepare, random, rounds};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::engines::Place;
use support::load::Load;
use support::postgres::free_port;
use support::program::{Serving, program, run, told};
use support::tools::works;
use support::waiting::eventually;
use support::{Client, Engine, on_both_engines};

/// A movement's code as it is recorded, and looked for.
fn movement(code: &str) -> serde_json::Value {
    json!({"code": code, "name_vi": "Phong trào", "basis": ["2158/KH-UBND"]})
}

#[test]
fn any_of_three_nodes_reflects_what_another_has_acknowledged() {
    let Some(place) = Engine::Postgres.place() else { return };
    prepare(&place);
    let nodes = [(); 3].map(|()| Serving::start(&place, &["--sample"]));
    let root = nodes[0].root();
    let clients: Vec<Client> = nodes.iter().map(|node| client_at(&node.url, &root)).collect();
    let mut longest = Duration::ZERO;
    for round in 0..30 {
        let (at, code) = (round % 3, format!("M-{round}"));
        clients[at].post("/api/v1/movements", &movement(&code)).expect(201);
        let path = format!("/api/v1/movements/{code}");
        if round % 2 == 0 {
            let read = clients[(at + 1) % 3].clone().with("prefer", "wait=5").get(&path).expect(200);
            assert_eq!(read.headers["preference-applied"], "wait=5");
        } else {
            // Not asked to wait, it learns of it by itself.
            let acknowledged = Instant::now();
            eventually("a node follows", || (clients[(at + 2) % 3].get(&path).status == 200).then_some(()));
            longest = longest.max(acknowledged.elapsed());
        }
    }
    println!(
        "a commit of one node is seen at another that was not asked to wait after {} ms at most",
        longest.as_millis()
    );
    let logs: BTreeSet<_> = clients.iter().map(log).collect();
    assert_eq!(logs.len(), 1, "the nodes tell one log");
    for node in nodes {
        assert_eq!(node.terminate(), Some(0));
    }
    assert!(run(&place, &["verify"], "").status.success());
}

/// The log as a node tells it, when it has caught up.
fn log(client: &Client) -> Vec<u8> {
    client
        .clone()
        .with("accept", "application/x-ndjson")
        .with("prefer", "wait=5")
        .get("/api/v1/changes")
        .expect(200)
        .body
}

/// nginx as docker compose runs it, before two nodes.
struct LoadBalancer(Child);

impl LoadBalancer {
    fn start(place: &Place, port: u16, nodes: [u16; 2]) -> Self {
        let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/nginx.conf.template");
        let mut balancing = fs::read_to_string(template).unwrap();
        let address = |port: u16| format!("127.0.0.1:{port}");
        balancing = balancing.replace("${THIDUA_PROXY}", "unix:");
        for (name, port) in [("LISTEN", port), ("NODE_1", nodes[0]), ("NODE_2", nodes[1])] {
            balancing = balancing.replace(&format!("${{THIDUA_{name}}}"), &address(port));
        }
        let folder = place.folder().join("nginx");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("balancing.conf"), balancing).unwrap();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {}/{kind};\n", folder.display()))
            .concat();
        let main = format!(
            "daemon off; master_process off; pid {0}/pid; error_log {0}/log;\nevents {{}}\nhttp {{ access_log off;\n\
             {temporary}include {0}/balancing.conf; }}\n",
            folder.display()
        );
        fs::write(folder.join("nginx.conf"), main).unwrap();
        let mut nginx = Command::new("nginx");
        nginx.arg("-p").arg(&folder).arg("-c").arg(folder.join("nginx.conf")).arg("-e").arg(folder.join("log"));
        Self(nginx.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for LoadBalancer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn nodes_killed_in_turn_behind_a_load_balancer_lose_nothing() {
    if !works(&["nginx", "-v"]) {
        return;
    }
    let Some(place) = Engine::Postgres.place() else { return };
    prepare(&place);
    let ports = [(); 2].map(|()| free_port().unwrap());
    let mut nodes = ports.map(|port| Some(Serving::start_sample(&place, port)));
    let port = free_port().unwrap();
    let _balancer = LoadBalancer::start(&place, port, ports);
    let root = nodes[0].as_ref().unwrap().root();
    let outside = client_at(&format!("http://127.0.0.1:{port}"), &root);
    let load = Load::start(8, &[outside.url()], root.token().unwrap());
    for round in 0..rounds() {
        load.wait_for(random(60));
        nodes[round % 2] = None; // SIGKILL, without a word.
        load.wait_for(20);
        nodes[round % 2] = Some(Serving::start_sample(&place, ports[round % 2]));
    }
    let refused = load.refused();
    let account = load.settle(&outside.clone().with("prefer", "wait=5"));
    println!("{} kills of one of two nodes behind nginx: {account}; refused {refused:?}", rounds());
    assert!(account.is_clean(), "{account}");
    let logs: BTreeSet<_> = nodes.iter().flatten().map(|node| log(&client_at(&node.url, &root))).collect();
    assert_eq!(logs.len(), 1, "the nodes tell one log");
    for node in nodes.into_iter().flatten() {
        assert_eq!(node.terminate(), Some(0));
    }
    assert!(run(&place, &["verify"], "").status.success());
}

#[on_both_engines]
fn one_process_migrates_at_a_time(place: Place) {
    let mut migrations = 0;
    let started: Vec<Child> =
        (0..3).map(|_| program(&place).args(["migrate", "--create"]).stdout(Stdio::piped()).spawn().unwrap()).collect();
    for child in started {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        migrations += told(&output).split_whitespace().next().unwrap().parse::<usize>().unwrap();
    }
    let all = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/sqlite")).unwrap().count();
    assert_eq!(migrations, all, "each is applied by one of them");
}
