//! Token exchange of machines (RFC 6749) and its metadata (RFC 8414).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::engines::{FromEngine, Place};
use support::server::plain;
use support::{Answer, Client, Server, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_http::server::deprecations::DEPRECATIONS;

/// A server behind a proxy that names each caller's address, and a client with a secret.
struct Issuing {
    server: Server,
    admin: Client,
    client: String,
    key: Value,
}

const FORM: &str = "application/x-www-form-urlencoded";
const GRANT: &str = "grant_type=client_credentials";

impl FromEngine for Issuing {
    fn on(engine: support::Engine) -> Option<Self> {
        let mut edge = plain();
        edge.trusted_proxies = "127.0.0.1".parse().unwrap();
        let server = Server::start_with(engine.place()?, edge, DEPRECATIONS);
        let admin = server.admin();
        let client = server.client(Role::Editor, None);
        let scopes = ["read", "records.read"];
        let key = secret(&admin, &client, &json!({"kind": "client_secret", "scopes": scopes, "valid_days": 1}));
        Some(Self { server, admin, client, key })
    }
}

fn secret(admin: &Client, client: &str, key: &Value) -> Value {
    admin.post(&format!("/api/v1/clients/{client}/keys"), key).expect(201).json
}

impl Issuing {
    fn secret(&self) -> &str {
        self.key["secret"].as_str().unwrap()
    }

    fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.client, self.secret())))
    }

    /// The answer to a form, sent with an `Authorization` header or without.
    fn asked(&self, authorization: Option<&str>, form: &str) -> Answer {
        let nobody = self.server.anonymous();
        let client = authorization.into_iter().fold(nobody, |client, value| client.with("authorization", value));
        let answer = client.send("POST", "/oauth/token", Some(FORM), form.as_bytes());
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["pragma"], "no-cache");
        assert!(answer.headers["content-type"].starts_with("application/json"));
        answer
    }

    fn refused(&self, authorization: Option<&str>, form: &str, status: u16, error: &str) {
        let answer = self.asked(authorization, form).expect(status);
        assert_eq!(answer.json["error"], error, "{form}: {}", answer.json);
        let description = answer.json["error_description"].as_str().unwrap();
        assert!(description.bytes().all(|byte| (b' '..=b'~').contains(&byte) && !b"\"\\".contains(&byte)));
        let members: Vec<_> = answer.json.as_object().unwrap().keys().collect();
        assert_eq!(members, ["error", "error_description"]);
        let challenge = answer.headers.get("www-authenticate").map(String::as_str);
        assert_eq!(challenge.is_some_and(|challenge| challenge.starts_with("Basic ")), status == 401, "{challenge:?}");
    }

    fn with(&self, token: &Answer) -> Client {
        Client::new(self.server.url(), Some(token.json["access_token"].as_str().unwrap().to_owned()))
    }

    fn in_form(&self) -> String {
        format!("{GRANT}&client_id={}&client_secret={}", self.client, self.secret())
    }
}

#[on_both_engines]
fn a_token_is_issued_for_a_secret_in_the_header_or_in_the_form(issuing: Issuing) {
    for token in [issuing.asked(Some(&issuing.basic()), GRANT), issuing.asked(None, &issuing.in_form())] {
        let token = token.expect(200);
        assert_eq!((&token.json["token_type"], &token.json["scope"]), (&json!("Bearer"), &json!("read records.read")));
        assert_eq!(token.json["expires_in"], 3600);
        let text = token.json["access_token"].as_str().unwrap();
        let part = |place: usize| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text.split('.').nth(place).unwrap()).unwrap()).unwrap()
        };
        assert_eq!(part(0)["typ"], "at+jwt");
        let claims = part(1);
        assert_eq!((&claims["client_id"], &claims["scope"]), (&json!(issuing.client), &json!("read records.read")));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
        let machine = issuing.with(&token);
        assert_eq!(machine.get("/api/v1/me").expect(200).json["username"], json!(issuing.client));
        machine.get("/api/v1/staff").expect(200);
        let course = bodies::course("K", "H18").with("from", "2026-01-01").with("to", "2026-01-01");
        machine.post("/api/v1/courses", &course).refused(403, "forbidden");
    }
    let lower = issuing.basic().replace("Basic", "basic");
    issuing.asked(Some(&lower), &format!("{GRANT}&client_id={}&scope=&unknown=1", issuing.client)).expect(200);
}

#[on_both_engines]
fn fewer_scopes_may_be_asked_for_and_no_others(issuing: Issuing) {
    let basic = issuing.basic();
    let token = issuing.asked(Some(&basic), &format!("{GRANT}&scope=read")).expect(200);
    assert_eq!(token.json["scope"], "read");
    issuing.with(&token).get("/api/v1/staff").refused(403, "forbidden");
    issuing.with(&token).get("/api/v1/agencies").expect(200);
    let token = issuing.asked(Some(&basic), &format!("{GRANT}&scope=records.read+read")).expect(200);
    assert_eq!(token.json["scope"], "read records.read");
    for scope in ["records.write", "read+records.write", "manage", "read++records.read", "READ", "*"] {
        issuing.refused(Some(&basic), &format!("{GRANT}&scope={scope}"), 400, "invalid_scope");
    }
}

#[on_both_engines]
fn what_is_not_asked_as_it_should_be_is_refused_in_the_form_of_oauth(issuing: Issuing) {
    let basic = issuing.basic();
    let (with, basic) = (basic.as_str(), Some(basic.as_str()));
    for form in [
        "",
        "grant_type=",
        &format!("{GRANT}&{GRANT}"),
        &format!("{GRANT}&client_secret={}", issuing.secret()),
        &format!("{GRANT}&client_id=admin"),
    ] {
        issuing.refused(basic, form, 400, "invalid_request");
    }
    for grant in ["password", "authorization_code", "refresh_token", "CLIENT_CREDENTIALS"] {
        issuing.refused(basic, &format!("grant_type={grant}"), 400, "unsupported_grant_type");
    }
    let nobody = issuing.server.anonymous();
    let json = nobody.send("POST", "/oauth/token", Some("application/json"), b"{}").expect(400);
    assert_eq!(json.json["error"], "invalid_request");
    let query = format!("/oauth/token?{}", issuing.in_form());
    assert_eq!(nobody.send("POST", &query, Some(FORM), b"").expect(400).json["error"], "invalid_request");
    let twice = nobody.clone().with("authorization", with).with("authorization", with);
    let twice = twice.send("POST", "/oauth/token", Some(FORM), GRANT.as_bytes()).expect(400);
    assert_eq!(twice.json["error"], "invalid_request");
    let get = nobody.get("/oauth/token").refused(405, "method_not_allowed");
    assert_eq!(get.headers["allow"], "POST, OPTIONS");
}

#[on_both_engines]
fn who_does_not_prove_to_be_the_client_gets_nothing(issuing: Issuing) {
    let (client, secret) = (issuing.client.clone(), issuing.secret().to_owned());
    let basic = |name: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")));
    let api_key =
        self::secret(&issuing.admin, &client, &json!({"kind": "api_key", "scopes": ["read"], "valid_days": 1}));
    let api_key = api_key["secret"].as_str().unwrap();
    let other = issuing.server.client(Role::Puller, None);
    let bearer = format!("Bearer {secret}");
    let headers = [
        basic(&client, "sai"),
        basic(&client, api_key),
        basic(&client, ""),
        basic(&other, &secret),
        basic("khong-co", &secret),
        basic("admin", support::server::PASSWORD),
        "Basic ***".to_owned(),
        "Basic".to_owned(),
        bearer,
    ];
    for header in &headers {
        issuing.refused(Some(header), GRANT, 401, "invalid_client");
    }
    issuing.refused(None, GRANT, 401, "invalid_client");
    issuing.refused(None, &format!("{GRANT}&client_id={client}"), 401, "invalid_client");
    issuing.refused(None, &format!("{GRANT}&client_id={client}&client_secret={api_key}"), 401, "invalid_client");
    // A secret is no token.
    Client::new(issuing.server.url(), Some(secret)).get("/api/v1/me").refused(401, "invalid_token");
    // No try locks the client out.
    issuing.asked(Some(&issuing.basic()), GRANT).expect(200);
}

#[on_both_engines]
fn a_token_is_void_with_the_secret_or_the_client_and_never_outlives_them(issuing: Issuing) {
    let basic = issuing.basic();
    let token = || issuing.with(&issuing.asked(Some(&basic), GRANT).expect(200));
    let first = token();
    first.get("/api/v1/me").expect(200);
    let client = format!("/api/v1/clients/{}", issuing.client);
    issuing.admin.patch(&client, &json!({"disabled": true})).expect(200);
    first.get("/api/v1/me").refused(401, "invalid_token");
    issuing.refused(Some(&basic), GRANT, 401, "invalid_client");
    issuing.admin.patch(&client, &json!({"disabled": false})).expect(200);
    first.get("/api/v1/me").expect(200);
    // Given up by itself, and nothing but itself.
    let second = token();
    second.post("/api/v1/auth/logout", &json!({})).expect(204);
    second.get("/api/v1/me").refused(401, "invalid_token");
    first.get("/api/v1/me").expect(200);
    let key = format!("{client}/keys/{}", issuing.key["id"]);
    let next = issuing.admin.post(&format!("{key}/rotate"), &json!({"overlap_hours": 1})).expect(201).json;
    let last = issuing.asked(Some(&basic), GRANT).expect(200);
    assert!((3590..=3600).contains(&last.json["expires_in"].as_i64().unwrap()), "{}", last.json);
    issuing.admin.clone().with("if-match", "*").delete(&key).expect(204);
    first.get("/api/v1/me").refused(401, "invalid_token");
    issuing.with(&last).get("/api/v1/me").refused(401, "invalid_token");
    issuing.refused(Some(&basic), GRANT, 401, "invalid_client");
    let form = format!("{GRANT}&client_id={}&client_secret={}", issuing.client, next["secret"].as_str().unwrap());
    let renewed = issuing.with(&issuing.asked(None, &form).expect(200));
    renewed.get("/api/v1/me").expect(200);
    let next = format!("{client}/keys/{}/rotate", next["id"]);
    issuing.admin.post(&next, &json!({"overlap_hours": 0})).expect(201);
    renewed.get("/api/v1/me").refused(401, "invalid_token");
    issuing.server.assert_verified();
}

#[on_both_engines]
fn a_secret_and_its_tokens_are_good_from_its_networks_only(issuing: Issuing) {
    let key = json!({"kind": "client_secret", "scopes": ["read"], "networks": ["10.18.0.0/16"], "valid_days": 1});
    let key = secret(&issuing.admin, &issuing.client, &key);
    let form = format!("{GRANT}&client_id={}&client_secret={}", issuing.client, key["secret"].as_str().unwrap());
    let from = |address: &str| {
        issuing.server.anonymous().with("x-forwarded-for", address).send(
            "POST",
            "/oauth/token",
            Some(FORM),
            form.as_bytes(),
        )
    };
    assert_eq!(from("10.19.0.1").expect(401).json["error"], "invalid_client");
    let token = issuing.with(&from("10.18.0.1").expect(200));
    token.clone().with("x-forwarded-for", "10.18.0.2").get("/api/v1/me").expect(200);
    token.with("x-forwarded-for", "10.19.0.1").get("/api/v1/me").refused(401, "invalid_token");
}

#[on_both_engines]
fn who_came_in_and_who_did_not_is_on_record(issuing: Issuing) {
    let wrong = format!("Basic {}", STANDARD.encode(format!("{}:sai", issuing.client)));
    issuing.refused(Some(&wrong), GRANT, 401, "invalid_client");
    issuing.refused(None, &format!("{GRANT}&client_id=khong-co&client_secret=sai"), 401, "invalid_client");
    issuing.asked(Some(&issuing.basic()), GRANT).expect(200);
    let events = issuing.admin.get("/api/v1/audit/events?limit=1000").expect(200);
    let of_tokens = events.items().iter().filter(|event| event["operation"] == "issueToken");
    let told: Vec<_> = of_tokens
        .map(|event| (event["kind"].clone(), event["actor"]["kind"].clone(), event["username"].clone()))
        .collect();
    let client = json!(issuing.client);
    assert_eq!(
        told,
        [
            (json!("log_in_refused"), json!("machine"), client.clone()),
            (json!("log_in_refused"), json!("system"), Value::Null),
            (json!("log_in"), json!("machine"), client)
        ]
    );
    let used = issuing.admin.get(&format!("/api/v1/clients/{}/keys/{}", issuing.client, issuing.key["id"])).expect(200);
    assert!(used.json["last_used_at"].is_string());
    issuing.server.assert_verified();
}

#[on_both_engines]
fn a_machine_finds_out_where_tokens_are_issued(place: Place) {
    let metadata = |server: &Server| server.anonymous().get("/.well-known/oauth-authorization-server").expect(200);
    let mut edge = plain();
    edge.public_url = Some("https://thidua.example.vn".parse().unwrap());
    let server = Server::start_with(place, edge, DEPRECATIONS);
    let told = metadata(&server);
    assert!(told.headers["content-type"].starts_with("application/json"));
    assert_eq!(
        told.json,
        json!({
            "issuer": "https://thidua.example.vn",
            "token_endpoint": "https://thidua.example.vn/oauth/token",
            "jwks_uri": "https://thidua.example.vn/.well-known/access-token-jwks.json",
            "scopes_supported": ["read", "records.read", "records.write", "approve", "audit", "manage"],
            "response_types_supported": [],
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "service_documentation": "https://thidua.example.vn/docs/",
            "ui_locales_supported": ["vi", "en"],
        })
    );
}

#[on_both_engines]
fn without_a_setting_the_address_is_that_of_the_request(server: Server) {
    let nobody = server.anonymous();
    let told = nobody.get("/.well-known/oauth-authorization-server").expect(200).json;
    assert_eq!(told["issuer"], json!(server.url()));
    let token = told["token_endpoint"].as_str().unwrap().strip_prefix(&server.url()).unwrap().to_owned();
    assert_eq!(nobody.send("POST", &token, Some(FORM), b"").expect(400).json["error"], "invalid_request");
    let keys = told["jwks_uri"].as_str().unwrap().strip_prefix(&server.url()).unwrap().to_owned();
    assert!(!nobody.get(&keys).expect(200).json["keys"].as_array().unwrap().is_empty());
    let odd = nobody.with("host", "a/b").get("/.well-known/oauth-authorization-server");
    assert_eq!(odd.status, 400);
}
