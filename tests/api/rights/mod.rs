//! Rights at the moment of effect: a caller's rights are checked again when the body has come, in the writer's queue,
//! between the parts of a batch, and before each part of a stream. Tried on every operation, with every way to lose a
//! right.

mod bodies;
mod meanwhile;
mod nodes;
mod parts;
mod profiles;
mod queue;
mod races;
mod streams;

use chrono::Utc;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use support::bodies::client;
use support::server::{PASSWORD, create_user};
use support::waiting::eventually;
use support::{Client, Server};
use thidua_domain::accounts::users::Role;
use thidua_persistence::{Context, Result, Transaction};

/// The ways in which a caller loses rights while a request is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    LoggedOut,
    ShutOut,
    Narrowed,
    Demoted,
    NewPassword,
    KeyRevoked,
    KeyExpired,
    MachineShutOut,
    MachineDemoted,
}

const FATES: [Fate; 9] = [
    Fate::LoggedOut,
    Fate::ShutOut,
    Fate::Narrowed,
    Fate::Demoted,
    Fate::NewPassword,
    Fate::KeyRevoked,
    Fate::KeyExpired,
    Fate::MachineShutOut,
    Fate::MachineDemoted,
];

impl Fate {
    fn is_of_a_machine(self) -> bool {
        matches!(self, Self::KeyRevoked | Self::KeyExpired | Self::MachineShutOut | Self::MachineDemoted)
    }

    /// Status and code of the refusal that a request under way gets.
    fn refusal(self) -> (u16, &'static str) {
        match self {
            Self::Narrowed | Self::Demoted | Self::MachineDemoted => (403, "rights_changed"),
            _ => (401, "invalid_token"),
        }
    }
}

/// A caller that is about to lose rights.
struct Victim {
    client: Client,
    name: String,
    key: i64,
}

/// Counter that gives victims their names.
static COUNT: AtomicU32 = AtomicU32::new(0);

impl Victim {
    /// A caller whom a fate can befall: a user, or a machine with all scopes a machine can have.
    fn of(fate: Fate, server: &Server, admin: &Client, role: Role, agency: &str) -> Self {
        let name = format!("nguoi-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        // The agency is what narrowing names; the victim begins with the whole province.
        admin.get(&format!("/api/v1/agencies/{agency}")).expect(200);
        if !fate.is_of_a_machine() {
            create_user(server.database(), &name, role);
            return Self { client: server.login(&name, PASSWORD), name, key: 0 };
        }
        let (role, scopes) = match role {
            Role::Viewer => (Role::Viewer, json!(["read", "records.read"])),
            _ => (Role::Editor, json!(["read", "records.read", "records.write"])),
        };
        admin.post("/api/v1/clients", &client(&name, role.as_str())).expect(201);
        let key = json!({"kind": "api_key", "scopes": scopes, "valid_days": 1});
        let key = admin.post(&format!("/api/v1/clients/{name}/keys"), &key).expect(201);
        let token = key.json["secret"].as_str().expect("a key").to_owned();
        let (client, key) = (Client::new(server.url(), Some(token)), key.id());
        // That a key is used is noted once a minute: now, so that no test takes that write for another one.
        client.get("/api/v1/me").expect(200);
        eventually("the use is noted", || {
            let kept = admin.get(&format!("/api/v1/clients/{name}/keys/{key}")).expect(200);
            (!kept.json["last_used_at"].is_null()).then_some(())
        });
        Self { client, name, key }
    }

    /// Takes the rights away.
    fn meets(&self, fate: Fate, admin: &Client, agency: &str) {
        let user = |patch: Value| admin.patch(&format!("/api/v1/users/{}", self.name), &patch).expect(200);
        let machine = |patch: Value| admin.patch(&format!("/api/v1/clients/{}", self.name), &patch).expect(200);
        let key = format!("/api/v1/clients/{}/keys/{}", self.name, self.key);
        match fate {
            Fate::LoggedOut => self.client.post("/api/v1/auth/logout", &json!({})).expect(204),
            Fate::ShutOut => user(json!({"disabled": true})),
            Fate::Narrowed => user(json!({"agency": agency})),
            Fate::Demoted => user(json!({"role": "puller"})),
            Fate::NewPassword => user(json!({"password": "mot-mat-khau-khac-han"})),
            // Its last use may have changed the tag meanwhile.
            Fate::KeyRevoked => admin.clone().with("if-match", "*").delete(&key).expect(204),
            Fate::KeyExpired => admin.post(&format!("{key}/rotate"), &json!({"overlap_hours": 0})).expect(201),
            Fate::MachineShutOut => machine(json!({"disabled": true})),
            Fate::MachineDemoted => machine(json!({"role": "puller"})),
        };
    }

    /// True when the victim has the right to an operation before its fate: an administrator has all, a machine those of
    /// its scopes.
    fn may(&self, operation: &Value) -> bool {
        let needed = operation["x-required-roles"]["scope"].as_str().unwrap_or_default();
        let is_of_users = operation["tags"][0] == "auth";
        !needed.is_empty()
            && (self.key == 0 || !is_of_users && ["read", "records.read", "records.write"].contains(&needed))
    }
}

/// Insists that an answer is the refusal that belongs to a fate.
#[track_caller]
fn assert_refused(fate: Fate, what: &str, status: u16, body: &Value) {
    let (expected, code) = fate.refusal();
    assert_eq!((status, body["code"].as_str()), (expected, Some(code)), "{fate:?}, {what}: {body}");
}

/// The writer's lock, held by the test: queued writes stay queued until it lets go.
pub struct Lock(crate::database::fixture::Tables);

impl Lock {
    pub fn of(server: &Server) -> Self {
        let mut tables = crate::database::fixture::Tables::of(server.place());
        tables.execute(match server.engine() {
            support::Engine::Sqlite => "BEGIN IMMEDIATE",
            support::Engine::Postgres => {
                "BEGIN; SELECT pg_advisory_xact_lock(hashtext('thidua write'), hashtext(current_schema()))"
            }
        });
        Self(tables)
    }

    pub fn let_go(mut self) {
        self.0.execute("ROLLBACK");
    }
}

/// A write that the writer has begun and that ends when the test lets go: requests sent meanwhile queue behind it.
pub struct Held(Sender<()>);

impl Held {
    /// Begins a write of the program's own, which does something when it ends.
    pub fn begin(
        server: &Server,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<()> + Clone + Send + 'static,
    ) -> Self {
        let (begins, begun) = channel();
        let (let_go, held) = channel();
        let held = Arc::new(Mutex::new(held));
        let write = move |transaction: &mut Transaction<'_>| {
            begins.send(()).unwrap();
            // The other end is dropped to let go, hence the error.
            let _: std::result::Result<(), _> = held.lock().unwrap().recv();
            work(transaction)
        };
        server.database().submit(Context::of_program(Utc::now(), None), write, |done| done.expect("it fits"));
        begun.recv().unwrap();
        Self(let_go)
    }

    pub fn let_go(self) {
        drop(self.0);
    }
}
