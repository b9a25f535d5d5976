//! Clients of machines: names, rights and keys of their own. A key is shown once, and is good for the scopes, networks
//! and time it was made for.

use crate::database::fixture::Tables;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use support::bodies;
use support::digests::hexadecimal;
use support::server::plain;
use support::waiting::eventually;
use support::{Answer, Client, Server, World, on_both_engines};
use thidua_domain::accounts::client_keys::KeyKind;
use thidua_domain::accounts::users::Role;
use thidua_http::crypto::api_key;
use thidua_http::server::deprecations::DEPRECATIONS;

/// A server behind a proxy that names each caller's address, with a connection to its tables.
struct Guarded {
    server: Server,
    admin: Client,
    tables: Tables,
}

impl support::engines::FromEngine for Guarded {
    fn on(engine: support::Engine) -> Option<Self> {
        let place = engine.place()?;
        let tables = Tables::of(&place);
        let mut edge = plain();
        edge.trusted_proxies = "127.0.0.1".parse().unwrap();
        let server = Server::start_with(place, edge, DEPRECATIONS);
        let admin = server.admin();
        Some(Self { server, admin, tables })
    }
}

impl Guarded {
    /// A key as it was answered, with the client it is of.
    fn key(&self, role: Role, key: &Value) -> (String, Value) {
        let client = self.server.client(role, None);
        let answer = self.admin.post(&format!("/api/v1/clients/{client}/keys"), key).expect(201);
        (client, answer.json)
    }

    fn with(&self, key: &Value) -> Client {
        Client::new(self.server.url(), Some(key["secret"].as_str().unwrap().to_owned()))
    }
}

fn api_key() -> Value {
    json!({"kind": "api_key", "scopes": ["read"], "valid_days": 30})
}

fn address(client: &str, key: &Value) -> String {
    format!("/api/v1/clients/{client}/keys/{}", key["id"])
}

/// The checksum of a key's text, the plain way: a bit at a time.
fn checksum(text: &str) -> String {
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let digits: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let mut rest = !crc;
    let mut sum = Vec::new();
    for _ in 0..6 {
        sum.insert(0, digits[rest as usize % 62]);
        rest /= 62;
    }
    sum.into_iter().collect()
}

#[on_both_engines]
fn a_key_has_a_prefix_randomness_and_a_checksum_and_only_its_hash_is_stored(guarded: Guarded) {
    let mut guarded = guarded;
    let mut seen = Vec::new();
    for (kind, prefix) in [("api_key", "tdk_"), ("client_secret", "tds_")] {
        let (client, key) = guarded.key(Role::Puller, &json!({"kind": kind, "scopes": ["read"], "valid_days": 1}));
        let secret = key["secret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with(prefix) && secret.len() == 53, "{secret}");
        let (body, sum) = secret.split_at(47);
        assert_eq!(sum, checksum(body));
        // The checksum finds a typing error without a look-up.
        let kind = KeyKind::from_spelling(kind).unwrap();
        assert_eq!(api_key::hash(kind, &secret), Some(hexadecimal(secret.as_bytes())));
        for place in 4..53 {
            let mut slipped = secret.clone();
            slipped.replace_range(place..=place, if &secret[place..=place] == "A" { "B" } else { "A" });
            assert_eq!(api_key::hash(kind, &slipped), None, "{place}");
        }
        for path in [
            format!("/api/v1/clients/{client}/keys"),
            address(&client, &key),
            "/api/v1/changes".to_owned(),
            "/api/v1/audit".to_owned(),
        ] {
            let told = String::from_utf8(guarded.admin.get(&path).expect(200).body).unwrap();
            assert!(!told.contains(body) && !told.contains(&hexadecimal(secret.as_bytes())), "{path}");
        }
        seen.push((body.to_owned(), hexadecimal(secret.as_bytes())));
    }
    for (body, hash) in seen {
        assert_eq!(guarded.tables.count(&format!("client_keys WHERE hash = '{hash}'")), 1);
        for table in [
            "changes WHERE COALESCE(before, '') || COALESCE(after, '')",
            "idempotency_keys WHERE body",
            "client_keys WHERE hash || COALESCE(label, '') || scopes || networks",
        ] {
            assert_eq!(guarded.tables.count(&format!("{table} LIKE '%{body}%'")), 0, "{table}");
        }
    }
    guarded.server.assert_verified();
}

#[on_both_engines]
fn the_answer_with_a_key_is_nowhere_kept_and_its_idempotency_key_refused(guarded: Guarded) {
    let client = guarded.server.client(Role::Puller, None);
    let keys = format!("/api/v1/clients/{client}/keys");
    let once = guarded.admin.clone().with("idempotency-key", "mot-lan");
    once.post(&keys, &api_key()).refused(400, "idempotency_key_not_taken");
    let made = guarded.admin.post(&keys, &api_key()).expect(201);
    assert_eq!(made.headers["cache-control"], "no-store");
    assert!(!made.headers.contains_key("etag"));
    let rotate = format!("{}/rotate", address(&client, &made.json));
    once.post(&rotate, &json!({})).refused(400, "idempotency_key_not_taken");
    assert_eq!(guarded.admin.post(&rotate, &json!({})).expect(201).headers["cache-control"], "no-store");
    let dry = guarded.admin.clone().with("prefer", "tx=rollback");
    let tried = dry.post(&keys, &api_key()).expect(201);
    guarded.with(&tried.json).get("/api/v1/me").refused(401, "invalid_token");
    assert_eq!(guarded.admin.get(&keys).expect(200).items().len(), 2);
}

#[on_both_engines]
fn a_client_does_what_it_does_under_its_own_name_as_a_machine(world: World) {
    let name = world.server.client(Role::Editor, None);
    let key = json!({"kind": "api_key", "scopes": ["read", "records.read", "records.write"], "valid_days": 1});
    let key = world.admin.post(&format!("/api/v1/clients/{name}/keys"), &key).expect(201).json;
    let machine = Client::new(world.server.url(), Some(key["secret"].as_str().unwrap().to_owned()));
    assert_eq!(
        machine.get("/api/v1/me").expect(200).json,
        json!({"username": name, "role": "editor", "agency": null, "second_factor": false,
               "must_change_password": false})
    );
    let own = world.admin.get(&format!("/api/v1/clients/{name}")).expect(200).json["id"].clone();

    let observation = bodies::declared("CT3", "H18.1", "2026-01", 1, 2);
    let once = machine.clone().with("idempotency-key", "mot-lan");
    let row = once.post("/api/v1/observations", &observation).expect(201).json;
    assert_eq!(once.post("/api/v1/observations", &observation).expect(201).headers["idempotency-replayed"], "true");
    let lock = bodies::lock("2026-01", "H18.1");
    world.create("locks", lock.clone());
    machine.post("/api/v1/locks", &lock).refused(403, "forbidden");
    let correction = bodies::correction("2026-01", "H18.1");
    let correction = machine.post("/api/v1/corrections", &correction).expect(201).json;
    assert_eq!(correction["requested_by"], json!(name));
    machine.post("/api/v1/changes/receipts", &json!({"seq": 1})).expect(200);
    let receipts = world.admin.get("/api/v1/changes/receipts").expect(200);
    assert!(receipts.items().iter().any(|receipt| receipt["username"] == json!(name)), "{receipts:?}");

    let entries = world.admin.get(&format!("/api/v1/audit?user={name}")).expect(200);
    let made: Vec<_> = entries
        .items()
        .iter()
        .map(|entry| (entry["resource"].clone(), entry["actor"].clone(), entry["username"].clone()))
        .collect();
    let machine_actor = json!({"kind": "machine", "id": own});
    assert_eq!(
        made,
        [
            (json!("observations"), machine_actor.clone(), json!(name)),
            (json!("corrections"), machine_actor.clone(), json!(name))
        ]
    );
    let feed = world.admin.get(&format!("/api/v1/changes?after={}", row["id"].as_i64().unwrap() - 1)).expect(200);
    assert_eq!(feed.items()[0]["actor"], machine_actor);
    eventually("the refusal is an event", || {
        let events = world.admin.get(&format!("/api/v1/audit/events?user={name}&kind=refused")).expect(200);
        let told = events.items().first().map(|event| (event["actor"].clone(), event["operation"].clone()));
        (told == Some((machine_actor.clone(), json!("createLock")))).then_some(())
    });
    world.server.assert_verified();
}

#[on_both_engines]
fn a_client_is_no_person_and_no_person_is_a_client(guarded: Guarded) {
    for role in ["admin", "approver"] {
        let body = bodies::client("may", role);
        let errors = guarded.admin.post("/api/v1/clients", &body).refused(422, "invalid_input").errors();
        assert_eq!(errors.get("/role").map(String::as_str), Some("role_for_people"));
    }
    let name = guarded.server.client(Role::Viewer, None);
    let path = format!("/api/v1/clients/{name}");
    guarded.admin.patch(&path, &json!({"role": "admin"})).refused(422, "invalid_input");
    // One space of names.
    let user = bodies::user(&name);
    guarded.admin.post("/api/v1/users", &user).refused(409, "already_exists");
    let client = bodies::client("admin", "viewer");
    guarded.admin.post("/api/v1/clients", &client).refused(409, "already_exists");
    guarded.admin.patch(&path, &json!({"client_id": "admin"})).refused(409, "already_exists");
    guarded.admin.patch("/api/v1/users/admin", &json!({"username": name})).refused(409, "already_exists");
    // A key is no password.
    let key = guarded.admin.post(&format!("{path}/keys"), &api_key()).expect(201).json;
    let log_in = json!({"username": name, "password": key["secret"]});
    guarded.server.anonymous().post("/api/v1/auth/login", &log_in).refused(401, "wrong_credentials");
    guarded.admin.delete(&path).expect(405);
}

#[on_both_engines]
fn scopes_are_among_the_rights_of_the_role(guarded: Guarded) {
    let beyond = [
        (Role::Puller, None, "records.read"),
        (Role::Viewer, None, "records.write"),
        (Role::Editor, None, "audit"),
        (Role::Editor, None, "approve"),
        (Role::Auditor, None, "manage"),
    ];
    for (role, agency, scope) in beyond {
        let client = guarded.server.client(role, agency);
        let keys = format!("/api/v1/clients/{client}/keys");
        let key = json!({"kind": "api_key", "scopes": ["read", scope], "valid_days": 1});
        let errors = guarded.admin.post(&keys, &key).refused(422, "invalid_input").errors();
        assert_eq!(errors.get("/scopes/1").map(String::as_str), Some("scope_beyond_role"), "{role} {scope}");
    }
    let client = guarded.server.client(Role::Viewer, None);
    let keys = format!("/api/v1/clients/{client}/keys");
    for (scopes, days) in [
        (json!([]), 1),
        (json!(["read", "read"]), 1),
        (json!(["write"]), 1),
        (json!(["read"]), 0),
        (json!(["read"]), 367),
    ] {
        guarded
            .admin
            .post(&keys, &json!({"kind": "api_key", "scopes": scopes, "valid_days": days}))
            .refused(422, "invalid_input");
    }
    for network in
        ["10.18.0.0/33", "10.18.0.1/16", "2001:db8::1/32", "10.18", "::ffff:10.0.0.0/104", "10.0.0.0/+8", "má"]
    {
        let key = json!({"kind": "api_key", "scopes": ["read"], "networks": [network], "valid_days": 1});
        guarded.admin.post(&keys, &key).refused(422, "invalid_input");
    }
    // A role with fewer rights takes them from keys that are there.
    let key = json!({"kind": "api_key", "scopes": ["read", "records.read"], "valid_days": 1});
    let machine = guarded.with(&guarded.admin.post(&keys, &key).expect(201).json);
    machine.get("/api/v1/staff").expect(200);
    guarded.admin.patch(&format!("/api/v1/clients/{client}"), &json!({"role": "puller"})).expect(200);
    machine.get("/api/v1/staff").refused(403, "forbidden");
    machine.get("/api/v1/agencies").expect(200);
}

#[on_both_engines]
fn a_key_is_good_from_its_networks_only(guarded: Guarded) {
    let networks = json!(["10.18.0.0/16", "203.0.113.7", "2001:db8::/32"]);
    let (_, key) = guarded
        .key(Role::Puller, &json!({"kind": "api_key", "scopes": ["read"], "networks": networks, "valid_days": 1}));
    assert_eq!(key["networks"], json!(["10.18.0.0/16", "203.0.113.7/32", "2001:db8::/32"]));
    let from = |address: &str| guarded.with(&key).with("x-forwarded-for", address).get("/api/v1/me");
    for address in ["10.18.255.1", "203.0.113.7", "2001:db8:ffff::1", "::ffff:10.18.0.1"] {
        from(address).expect(200);
    }
    for address in ["10.19.0.1", "203.0.113.8", "2001:db9::1", "127.0.0.1"] {
        from(address).refused(401, "invalid_token");
    }
    // Only the nearest hop counts: anybody may have written the others.
    from("10.18.0.1, 198.51.100.1").refused(401, "invalid_token");
}

#[on_both_engines]
fn a_key_that_ran_out_was_revoked_or_is_of_a_disabled_client_lets_nobody_in(guarded: Guarded) {
    let (client, key) = guarded.key(Role::Puller, &api_key());
    let machine = guarded.with(&key);
    machine.get("/api/v1/me").expect(200);
    let path = format!("/api/v1/clients/{client}");
    guarded.admin.patch(&path, &json!({"disabled": true})).expect(200);
    machine.get("/api/v1/me").refused(401, "invalid_token");
    guarded.admin.patch(&path, &json!({"disabled": false})).expect(200);
    machine.get("/api/v1/me").expect(200);
    // Brought forward to now, it has run out.
    let next = guarded
        .admin
        .post(&format!("{}/rotate", address(&client, &key)), &json!({"overlap_hours": 0}))
        .expect(201)
        .json;
    machine.get("/api/v1/me").refused(401, "invalid_token");
    guarded.admin.post(&format!("{}/rotate", address(&client, &key)), &json!({})).refused(409, "key_expired");
    guarded.with(&next).get("/api/v1/me").expect(200);
    let revoke = guarded.admin.clone().with("if-match", "*");
    revoke.delete(&address(&client, &next)).expect(204);
    guarded.with(&next).get("/api/v1/me").refused(401, "invalid_token");
    revoke.delete(&address(&client, &next)).refused(404, "not_found");
    guarded.server.assert_verified();
}

#[on_both_engines]
fn another_node_knows_of_a_revoked_key_within_a_second(guarded: Guarded) {
    let (client, key) = guarded.key(Role::Puller, &api_key());
    let place = guarded.server.engine().place().unwrap();
    let engine = guarded.server.database().engine().clone();
    let options = thidua_persistence::Options { engine, ..place.options() };
    let other = Server::on_database(place, std::sync::Arc::new(thidua_persistence::Database::open(options).unwrap()));
    let there = Client::new(other.url(), Some(key["secret"].as_str().unwrap().to_owned()));
    eventually("the other node has caught up", || (there.get("/api/v1/agencies").status == 200).then_some(()));
    guarded.admin.clone().with("if-match", "*").delete(&address(&client, &key)).expect(204);
    let revoked = std::time::Instant::now();
    eventually("the key is void there, too", || (there.get("/api/v1/agencies").status == 401).then_some(()));
    assert!(revoked.elapsed() < std::time::Duration::from_secs(1), "{:?}", revoked.elapsed());
}

#[on_both_engines]
fn keys_are_exchanged_while_both_are_good(guarded: Guarded) {
    let asked =
        json!({"kind": "api_key", "label": "Kéo", "scopes": ["read"], "networks": ["127.0.0.0/8"], "valid_days": 40});
    let (client, old) = guarded.key(Role::Puller, &asked);
    let rotate = format!("{}/rotate", address(&client, &old));
    let before = chrono::Utc::now();
    let new = guarded.admin.post(&rotate, &json!({"overlap_hours": 2})).expect(201);
    assert_eq!(new.headers["location"], address(&client, &new.json));
    for member in ["kind", "label", "scopes", "networks"] {
        assert_eq!(new.json[member], old[member], "{member}");
    }
    let day =
        |key: &Value, member: &str| key[member].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!((day(&new.json, "expires_at") - day(&new.json, "created_at")).num_days(), 40);
    let kept = guarded.admin.get(&address(&client, &old)).expect(200).json;
    let left = day(&kept, "expires_at") - before;
    assert!(left >= chrono::TimeDelta::hours(2) && left < chrono::TimeDelta::minutes(121), "{left}");
    guarded.with(&old).get("/api/v1/me").expect(200);
    guarded.with(&new.json).get("/api/v1/me").expect(200);
    assert_eq!((&kept["replaced"], &new.json["replaced"]), (&json!(true), &json!(false)));
    // A longer overlap does not make it good for longer.
    let brief = json!({"kind": "api_key", "scopes": ["read"], "valid_days": 1});
    let (other, brief) = guarded.key(Role::Puller, &brief);
    guarded.admin.post(&format!("{}/rotate", address(&other, &brief)), &json!({"overlap_hours": 720})).expect(201);
    assert_eq!(guarded.admin.get(&address(&other, &brief)).expect(200).json["expires_at"], brief["expires_at"]);
    guarded.admin.post(&rotate, &json!({"overlap_hours": 721})).refused(422, "invalid_input");
    let stale = guarded.admin.clone().with("if-match", "\"another\"");
    stale.post(&rotate, &json!({})).refused(412, "stale");
    guarded.server.assert_verified();
}

#[on_both_engines]
fn a_key_is_exchanged_once_however_many_ask_at_once(guarded: Guarded) {
    for _ in 0..8 {
        let (client, old) = guarded.key(Role::Puller, &api_key());
        let rotate = format!("{}/rotate", address(&client, &old));
        let answers: Vec<_> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|_| scope.spawn(|| guarded.admin.post(&rotate, &json!({})))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!(made.len(), 1);
        for answer in refused {
            answer.refused(409, "key_replaced");
        }
        let next = format!("{}/rotate", address(&client, &made[0].json));
        guarded.admin.post(&next, &json!({})).expect(201);
    }
    guarded.server.assert_verified();
}

#[on_both_engines]
fn the_last_use_is_noted_and_not_by_every_request(guarded: Guarded) {
    let mut guarded = guarded;
    let (client, key) = guarded.key(Role::Puller, &api_key());
    let path = address(&client, &key);
    assert_eq!(guarded.admin.get(&path).expect(200).json["last_used_at"], Value::Null);
    let seq = guarded.server.database().model().seq;
    guarded.with(&key).get("/api/v1/me").expect(200);
    let read = |guarded: &Guarded| guarded.admin.get(&path).expect(200).json["last_used_at"].clone();
    eventually("the use is noted", || (!read(&guarded).is_null()).then_some(()));
    let first = read(&guarded);
    for _ in 0..20 {
        guarded.with(&key).get("/api/v1/me").expect(200);
    }
    // The writer takes writes in turn: what comes after them has come after all notes.
    guarded.server.client(Role::Viewer, None);
    assert_eq!(read(&guarded), first);
    assert_eq!(guarded.tables.count("client_key_uses"), 1);
    assert_eq!(guarded.server.database().model().seq, seq + 1, "uses are not in the log");
}

#[on_both_engines]
fn nothing_that_looks_like_a_key_lets_anybody_in(guarded: Guarded) {
    let (client, key) = guarded.key(Role::Puller, &api_key());
    let good = key["secret"].as_str().unwrap().to_owned();
    let secret = guarded
        .admin
        .post(
            &format!("/api/v1/clients/{client}/keys"),
            &json!({"kind": "client_secret", "scopes": ["read"], "valid_days": 1}),
        )
        .expect(201)
        .json;
    let secret = secret["secret"].as_str().unwrap().to_owned();
    let other = "tdk_0000000000000000000000000000000000000000000";
    let hash = hexadecimal(good.as_bytes());
    let forged = [
        good[..52].to_owned(),
        format!("{good}0"),
        good.to_uppercase(),
        good.replace("tdk_", "tds_"),
        good.replace("tdk_", ""),
        format!("{other}{}", checksum(other)),
        secret.replace("tds_", "tdk_"),
        secret,
        "tdk_".to_owned(),
        hash.clone(),
        format!("tdk_{hash}"),
        format!("tdk_{}", URL_SAFE_NO_PAD.encode(&good)),
    ];
    for key in forged {
        Client::new(guarded.server.url(), Some(key.clone())).get("/api/v1/me").refused(401, "invalid_token");
    }
    let twice = guarded.with(&key).with("authorization", &format!("Bearer {good}"));
    twice.get("/api/v1/me").refused(401, "invalid_token");
    let basic = guarded.server.anonymous().with("authorization", &format!("Basic {good}"));
    basic.get("/api/v1/me").refused(401, "unauthenticated");
    guarded.server.anonymous().get(&format!("/api/v1/agencies?access_token={good}")).refused(401, "unauthenticated");
    guarded.with(&key).get("/api/v1/me").expect(200);
}

#[on_both_engines]
fn an_api_key_is_not_given_up_by_logging_out(guarded: Guarded) {
    let (_, key) = guarded.key(Role::Puller, &api_key());
    let errors = guarded.with(&key).post("/api/v1/auth/logout", &json!({})).refused(422, "invalid_input").errors();
    assert_eq!(errors.get("/Authorization").map(String::as_str), Some("no_token_to_give_up"));
    guarded.with(&key).get("/api/v1/me").expect(200);
}

#[on_both_engines]
fn only_who_manages_sees_clients_in_the_feed(guarded: Guarded) {
    guarded.key(Role::Puller, &api_key());
    let sights = |client: &Client| {
        let answer: Answer = client.get("/api/v1/changes?limit=1000").expect(200);
        let of = |row: &&Value| matches!(row["resource"].as_str(), Some("clients" | "client-keys"));
        (answer.items().iter().filter(of).count(), answer.items().len())
    };
    let (seen, all) = sights(&guarded.admin);
    assert_eq!(seen, 2);
    for role in [Role::Puller, Role::Auditor, Role::Editor, Role::Approver] {
        let (seen, told) = sights(&guarded.server.user(role, None));
        assert!(seen == 0 && told > all, "{role}");
    }
    let machine = guarded.server.machine(Role::Auditor, None, &["read", "records.read", "audit"]);
    assert_eq!(sights(&machine).0, 0);
}

#[on_both_engines]
fn a_client_has_so_many_keys_and_no_more(guarded: Guarded) {
    let (client, _) = guarded.key(Role::Puller, &api_key());
    let keys = format!("/api/v1/clients/{client}/keys");
    for _ in 1..50 {
        guarded.admin.post(&keys, &api_key()).expect(201);
    }
    guarded.admin.post(&keys, &api_key()).refused(409, "too_many_keys");
    assert_eq!(guarded.admin.clone().with("prefer", "count=exact").get(&keys).expect(200).json["total"], 50);
    // The key of another client is not found under this one.
    let (other, key) = guarded.key(Role::Puller, &api_key());
    guarded.admin.get(&address(&other, &key)).expect(200);
    guarded.admin.get(&address(&client, &key)).refused(404, "not_found");
    guarded.admin.delete(&address(&client, &key)).refused(404, "not_found");
}
