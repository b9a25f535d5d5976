//! A change that is hidden cannot be found by trying what it may say, however little that is and whatever else is
//! known.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use support::bodies::{self, Members};
use support::digests::hexadecimal;
use support::engines::{Engine, FromEngine};
use support::{Client, Server, on_both_engines};
use thidua_domain::accounts::users::Role;

/// The sample province with counts of people below five withheld from machines, and two who look on.
struct Province {
    server: Server,
    admin: Client,
    machine: Client,
    neighbour: Client,
}

impl FromEngine for Province {
    fn on(engine: Engine) -> Option<Self> {
        let server = Server::own_sample_withholding(engine, 5)?;
        let admin = server.admin();
        for (identifier, code) in [("H18.901", "NV-901"), ("H18.902", "NV-902")] {
            let agency = bodies::agency(identifier, "ubnd_xa", Some("H18")).with("valid_from", "2026-01-01");
            admin.post("/api/v1/agencies", &agency).expect(201);
            let stay = json!({"agency": identifier, "from": "2026-01-05"});
            admin.post("/api/v1/staff", &json!({"code": code, "kind": "cong_chuc", "tenures": [stay]})).expect(201);
        }
        let machine = server.user(Role::Puller, None);
        let neighbour = server.user(Role::Editor, Some("H18.902"));
        Some(Self { server, admin, machine, neighbour })
    }
}

/// Knowledge of a reader beside the hash: most of it is told, the rest is a choice of few.
struct Known {
    previous_hash: String,
    seq: i64,
    /// The time to some milliseconds: a reader who waits for changes knows it.
    at: RangeInclusive<i64>,
    actors: Vec<i64>,
    resource: &'static str,
    /// The rows it may have created.
    rows: Vec<String>,
    /// Nonces of other changes, and such as a broken generator gives.
    nonces: Vec<String>,
}

/// A change as an administrator is told it, and the knowledge of a reader from whom it is hidden.
struct Hidden {
    told: Value,
    whole: Value,
    known: Known,
}

/// Microseconds before and after the moment of a change that are tried.
const AROUND: i64 = 1_000;

impl Province {
    /// Writes something and has both onlookers follow the log.
    fn write(&self, path: &str, body: &Value, rows: impl Fn(&str) -> Vec<String>) -> Hidden {
        let head = self.server.database().model().seq;
        let resource = match path {
            "/api/v1/observations" => "observations",
            _ => "training-records",
        };
        self.admin.post(path, body).expect(201);
        let page =
            |reader: &Client, after| reader.get(&format!("/api/v1/changes?after={after}&limit=1")).expect(200).json;
        let whole = page(&self.admin, head)["items"][0].clone();
        let seen = page(&self.machine, head);
        let told = seen["items"][0].clone();
        assert_eq!(page(&self.neighbour, head)["items"][0], told);
        let at = whole["at_micros"].as_i64().unwrap();
        let known = Known {
            previous_hash: seen["previous_hash"].as_str().unwrap().to_owned(),
            seq: head + 1,
            at: at - AROUND..=at + AROUND,
            actors: self.accounts(),
            resource,
            rows: rows(whole["after"].as_str().unwrap()),
            nonces: [vec!["0".repeat(32)], self.nonces_told()].concat(),
        };
        // So that nothing found means something.
        assert_eq!((&whole["resource"], &whole["operation"]), (&json!(resource), &json!("create")));
        assert!(whole["before"].is_null() && whole["reason"].is_null());
        assert!(known.actors.contains(&whole["actor"]["id"].as_i64().unwrap()));
        assert!(
            known.rows.iter().any(|row| whole["after"] == json!(row)),
            "{:?} and {}",
            known.rows.first(),
            whole["after"]
        );
        Hidden { told, whole, known }
    }

    /// The identities of all accounts.
    fn accounts(&self) -> Vec<i64> {
        let lists =
            ["users", "clients"].map(|resource| self.admin.get(&format!("/api/v1/{resource}?limit=1000")).expect(200));
        lists.iter().flat_map(|list| list.items()).map(|account| account["id"].as_i64().unwrap()).collect()
    }

    /// The identities of all people.
    fn people(&self) -> Vec<i64> {
        let list = self.admin.get("/api/v1/staff?limit=1000").expect(200);
        list.items().iter().map(|person| person["id"].as_i64().unwrap()).collect()
    }

    /// The nonces of the first and the last change that the machine is told whole.
    fn nonces_told(&self) -> Vec<String> {
        let lines =
            self.machine.clone().with("accept", "application/x-ndjson").get("/api/v1/changes?after=0").expect(200);
        let lines = String::from_utf8(lines.body).unwrap();
        let nonces: Vec<_> = lines
            .lines()
            .filter_map(|line| {
                let change: Value = serde_json::from_str(line).unwrap();
                assert_eq!(change["sight"] == "whole", change.get("nonce").is_some(), "{line}");
                change["nonce"].as_str().map(str::to_owned)
            })
            .collect();
        assert_eq!(nonces.iter().collect::<BTreeSet<_>>().len(), nonces.len(), "no nonce is there twice");
        vec![nonces[0].clone(), nonces.last().unwrap().clone()]
    }
}

impl Known {
    /// The row whose creation has a hash, of all that are tried, in the first form and in the second.
    fn find(&self, hash: &str) -> Option<&String> {
        let hash: Vec<u8> = hash
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        let texts: Vec<_> = self.rows.iter().map(|row| json!(row).to_string()).collect();
        let forms = std::iter::once((String::new(), ""))
            .chain(self.nonces.iter().map(|nonce| (format!("[2,\"{nonce}\","), "]")));
        for (begin, end) in forms {
            for at in self.at.clone() {
                for actor in &self.actors {
                    let Self { previous_hash, seq, resource, .. } = self;
                    let start = format!(
                        "{begin}[\"{previous_hash}\",{seq},{at},\"person\",{actor},\"{resource}\",{seq},\"create\",null,"
                    );
                    let start = Sha256::new_with_prefix(start);
                    for (row, text) in self.rows.iter().zip(&texts) {
                        let tried = start.clone().chain_update(text).chain_update(",null]").chain_update(end);
                        if tried.finalize()[..] == hash[..] {
                            return Some(row);
                        }
                    }
                }
            }
        }
        None
    }
}

impl Hidden {
    /// Insists that what is told gives nothing away, and that it is the nonce, and nothing else, which keeps it.
    fn assert_safe(mut self) {
        let members: Vec<_> = self.told.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!((members, &self.told["sight"]), (vec!["cells", "form", "hash", "seq", "sight"], &json!("hidden")));
        assert_eq!((&self.told["form"], &self.told["cells"]), (&json!(2), &json!([])));
        assert_eq!(self.known.find(self.told["hash"].as_str().unwrap()), None);

        let row = self.whole["after"].as_str().unwrap().to_owned();
        let in_the_first_form = self.hash_in_the_first_form();
        assert_eq!(self.known.find(&in_the_first_form), Some(&row));
        self.known.nonces = vec![self.whole["nonce"].as_str().unwrap().to_owned()];
        assert_eq!(self.known.find(self.told["hash"].as_str().unwrap()), Some(&row));
    }

    fn hash_in_the_first_form(&self) -> String {
        let Self { whole, known, .. } = self;
        let (actor, row) = (&whole["actor"], &whole["after"]);
        let members = json!([
            known.previous_hash,
            known.seq,
            whole["at_micros"],
            actor["kind"],
            actor["id"],
            known.resource,
            whole["id"],
            "create",
            null,
            row,
            null
        ]);
        hexadecimal(members.to_string().as_bytes())
    }
}

#[on_both_engines]
fn a_declared_count_is_not_found(province: Province) {
    let body = bodies::declared("CT2", "H18.901", "2026-10", 2, 3);
    let hidden = province.write("/api/v1/observations", &body, |row| {
        let counts = (0..6).flat_map(|all| (0..=all).map(move |some| (some, all)));
        counts
            .map(|(some, all)| {
                row.replace("\"numerator\":2,\"denominator\":3", &format!("\"numerator\":{some},\"denominator\":{all}"))
            })
            .collect()
    });
    assert_eq!(hidden.known.rows.len(), 21);
    hidden.assert_safe();
    province.server.assert_verified();
}

#[on_both_engines]
fn who_was_trained_is_not_found(province: Province) {
    let course = json!({"code": "K-901", "name": "Khóa", "kind": "basic_digital_skills", "form": "in_person", "hours": 8,
                        "from": "2026-10-05", "to": "2026-10-06", "organiser": "H18.901"});
    province.admin.post("/api/v1/courses", &course).expect(201);
    let people = province.people();
    assert!(people.len() > 500, "{}", people.len());
    let body = bodies::training("NV-901", "K-901", "2026-10-06");
    let own = province.admin.get("/api/v1/staff/NV-901").expect(200).id();
    let mut hidden = province.write("/api/v1/training-records", &body, |row| {
        people.iter().map(|person| row.replace(&format!("\"staff\":{own},"), &format!("\"staff\":{person},"))).collect()
    });
    // A tenth of the moments will do: there are many people.
    let at = hidden.whole["at_micros"].as_i64().unwrap();
    hidden.known.at = at - AROUND / 10..=at + AROUND / 10;
    hidden.assert_safe();
    province.server.assert_verified();
}
