//! Secrets stay where they belong: no log, help text, answer, contract or table has one, and a server refuses to start
//! with one that anybody can guess.

use super::keys::refused;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use diesel::connection::SimpleConnection;
use diesel::deserialize::QueryableByName;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use serde_json::json;
use std::fs::{self, File};
use std::path::Path;
use support::engines::Place;
use support::program::{Serving, binary, program, pull, run};
use support::waiting::eventually;
use support::{Answer, Client, on_both_engines};

const KEYS: [&str; 3] = ["token-key.pem", "signing-key.pem", "secret-key.pem"];
/// The password of a database, as somebody types it.
const DATABASE: &str = "mat-khau-csdl-tuyet-mat";

/// Secrets that must not be found, and the outputs to search.
#[derive(Default)]
struct Watch {
    secrets: Vec<(String, Vec<u8>)>,
    heard: Vec<(String, Vec<u8>)>,
}

impl Watch {
    fn secret(&mut self, name: &str, value: &str) {
        assert!(value.len() > 7, "{name} is too short to be looked for");
        self.secrets.push((name.to_owned(), value.as_bytes().to_vec()));
        self.secrets.push((format!("{name} in base64"), STANDARD.encode(value).trim_end_matches('=').into()));
    }

    /// A key in the forms somebody might write it in: as it is in its file, its 32 secret bytes for a JWK, in
    /// hexadecimal, as Rust shows them, and raw.
    fn key(&mut self, file: &Path) {
        let name = file.display().to_string();
        let text = fs::read_to_string(file).unwrap();
        for block in text.split("-----BEGIN ").skip(1) {
            let lines: Vec<_> = block.lines().skip(1).take_while(|line| !line.starts_with('-')).collect();
            let bytes = STANDARD.decode(lines.concat()).unwrap();
            // PKCS #8 has sixteen bytes before an Ed25519 seed; the secret is thirty-two bytes and no more.
            let seed = if bytes.len() == 32 { &bytes[..] } else { &bytes[16..48] };
            let hexadecimal: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
            let shown = format!("{seed:?}").trim_matches(['[', ']']).to_owned();
            let body = lines.iter().map(|line| (*line).to_owned()).max_by_key(String::len).unwrap();
            for form in [body, URL_SAFE_NO_PAD.encode(seed), STANDARD.encode(seed), hexadecimal, shown] {
                self.secrets.push((name.clone(), form.into_bytes()));
            }
            self.secrets.push((name.clone(), seed.to_vec()));
        }
    }

    fn hear(&mut self, place: &str, bytes: impl Into<Vec<u8>>) {
        self.heard.push((place.to_owned(), bytes.into()));
    }

    /// Adds an answer to the outputs.
    fn answer(&mut self, answer: Answer) -> Answer {
        let headers: Vec<_> = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        self.hear(&format!("the headers of an answer {}", answer.status), headers.concat());
        self.hear(&format!("the body of an answer {}", answer.status), answer.body.clone());
        answer
    }

    /// Adds the output of a finished program.
    fn ran(&mut self, what: &str, output: std::process::Output) -> std::process::Output {
        self.hear(&format!("the output of {what}"), output.stdout.clone());
        self.hear(&format!("the errors of {what}"), output.stderr.clone());
        output
    }

    fn leaks(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (place, bytes) in &self.heard {
            let secrets = self.secrets.iter().filter(|(_, secret)| contains(bytes, secret));
            found.extend(secrets.map(|(name, _)| format!("{name} is in {place}")));
        }
        found
    }

    #[track_caller]
    fn nothing_leaked(&self) {
        assert!(!self.heard.is_empty() && !self.secrets.is_empty());
        assert_eq!(self.leaks(), [""; 0]);
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Everything the database holds, as its engine keeps or shows it.
fn stored(place: &Place) -> Vec<u8> {
    #[derive(QueryableByName)]
    struct Shown {
        #[diesel(sql_type = Text)]
        rows: String,
    }
    if place.is_postgres() {
        let mut connection = PgConnection::establish(&place.url).unwrap();
        connection.batch_execute("SET xmlbinary = 'hex'").unwrap();
        let all = "SELECT schema_to_xml(current_schema(), true, false, '')::text AS rows";
        return sql_query(all).get_result::<Shown>(&mut connection).unwrap().rows.into_bytes();
    }
    let files = fs::read_dir(place.folder()).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.display().to_string().contains(".sqlite"))
        .flat_map(|path| fs::read(path).unwrap())
        .collect()
}

fn with_token(serving: &Serving, token: &str) -> Client {
    Client::new(serving.url.clone(), Some(token.to_owned()))
}

fn accounts(place: &Place) -> Vec<String> {
    let database = place.open();
    let model = database.model();
    model.access.accounts.values().map(|account| account.username.clone()).collect()
}

/// A day of use: everything a person does with secrets, rightly and wrongly, at the terminal and from outside.
#[expect(clippy::too_many_lines, reason = "one day of a server, told in order")]
fn a_day(place: &Place) -> Watch {
    let mut watch = Watch::default();
    let log = |name: &str| place.folder().join(format!("{name}.log"));
    let mut serving = Serving::start_logging(place, &[], "trace", File::create(log("first")).unwrap().into());
    serving.line();
    serving.line();
    let line = serving.line();
    let once = line.split_whitespace().nth(1).unwrap().to_owned();
    assert!(line.starts_with("Password") && once.len() == 20, "{line}");
    watch.secret("the one-time password", &once);

    let nobody = serving.anonymous();
    let mut log_in = |name: &str, password: &str, status: u16| {
        let answer = nobody.post("/api/v1/auth/login", &json!({"username": name, "password": password})).expect(status);
        let token = answer.json["access_token"].as_str().map(str::to_owned);
        if token.is_none() {
            watch.answer(answer);
        }
        token
    };
    let token = log_in("admin", &once, 200).unwrap();
    let wrong = "mat-khau-go-nham-lan-1";
    log_in("admin", wrong, 401);
    log_in("mat-khau-go-vao-ten", "mat-khau-go-vao-ten", 401);
    watch.secret("the access token", &token);
    watch.secret("a wrong password", wrong);
    watch.secret("a password typed as a name", "mat-khau-go-vao-ten");

    let forged = format!("{}.Z2lhLW1hby1jaHUta3k", token.rsplit_once('.').unwrap().0);
    watch.secret("a forged token", &forged);
    watch.answer(with_token(&serving, &forged).get("/api/v1/me").refused(401, "invalid_token"));
    watch.answer(
        nobody.clone().with("authorization", "Basic YWRtaW46bWF0LWtoYXUtY29iYW4=").get("/api/v1/me").expect(401),
    );
    watch.secret("basic credentials", "YWRtaW46bWF0LWtoYXUtY29iYW4");
    watch.answer(nobody.get(&format!("/api/v1/me?access_token={token}")));

    let admin = with_token(&serving, &token);
    for (name, path, body) in [
        ("a password too short", "/api/v1/users", r#"{"username": "a", "role": "viewer", "password": "ngan-mat-1"}"#),
        (
            "a password under another name",
            "/api/v1/users",
            r#"{"username": "a", "role": "viewer", "mat_khau": "sai-ten-truong-1"}"#,
        ),
        (
            "a password under another name at log-in",
            "/api/v1/auth/login",
            r#"{"username": "admin", "pass": "sai-ten-truong-2"}"#,
        ),
        (
            "a password that is a number",
            "/api/v1/users",
            r#"{"username": "a", "role": "viewer", "password": 81726354817263}"#,
        ),
        ("a password in a list", "/api/v1/auth/login", r#"{"username": "admin", "password": ["mat-khau-trong-list"]}"#),
        ("a password in broken JSON", "/api/v1/auth/login", r#"{"username": "admin", "password": "json-hong-mat-khau"#),
        (
            "a password said twice",
            "/api/v1/auth/login",
            r#"{"username": "admin", "password": "noi-hai-lan", "password": "noi-hai-lan"}"#,
        ),
        (
            "a password as a role",
            "/api/v1/users",
            r#"{"username": "a", "role": "mat-khau-la-vai-tro", "password": "mat-khau-la-vai-tro"}"#,
        ),
    ] {
        let secret = body.rsplit(": ").next().unwrap().trim_matches(['"', '}', '[', ']']);
        watch.secret(name, secret);
        let answer = watch.answer(admin.send("POST", path, Some("application/json"), body.as_bytes()));
        assert!((400..500).contains(&answer.status), "{name}: {}", answer.status);
    }
    watch.answer(admin.send(
        "POST",
        "/api/v1/auth/login?password=mat-khau-tren-dia-chi",
        Some("application/json"),
        b"{}",
    ));
    watch.secret("a password in an address", "mat-khau-tren-dia-chi");

    let given = "mat-khau-cua-may-keo-so-lieu";
    watch.secret("a user's password", given);
    let user = json!({"username": "tinh", "role": "puller", "password": given});
    let keyed = admin.clone().with("idempotency-key", "lan-thu-nhat");
    for _ in 0..2 {
        watch.answer(keyed.post("/api/v1/users", &user).expect(201));
    }
    for (name, variable, value) in
        [("a pull by password", "THIDUA_PULL_PASSWORD", given), ("a pull with a token", "THIDUA_PULL_TOKEN", &token)]
    {
        let mut command = pull(&serving.url, &place.folder().join(variable), None);
        command.args(["--username", "tinh", "--insecure"]).env(variable, value).env("RUST_LOG", "trace");
        assert!(watch.ran(name, command.output().unwrap()).status.success(), "{name}");
    }
    // Of an invitation only the answer that makes it has the secret.
    let invited = json!({"username": "lan", "role": "viewer"});
    let keyed = admin.clone().with("idempotency-key", "lan-thu-hai");
    let secret = keyed.post("/api/v1/users", &invited).expect(201).json["invitation"]["secret"].clone();
    watch.secret("an invitation", secret.as_str().unwrap());
    watch.answer(keyed.post("/api/v1/users", &invited).expect(201));
    for (name, mode) in [("mai", "create"), ("cuc", "create,partial")] {
        let (keyed, path) = (admin.clone().with("idempotency-key", name), format!("/api/v1/users/batch?mode={mode}"));
        let rows = json!([{"username": name, "role": "viewer"}]);
        let secret = keyed.post(&path, &rows).json["invitations"][0]["secret"].clone();
        watch.secret("an invitation of a batch", secret.as_str().unwrap());
        watch.answer(keyed.post(&path, &rows));
    }
    let own = "mat-khau-cua-nguoi-duoc-moi";
    watch.secret("the password of whoever is invited", own);
    for status in [204, 409] {
        let acceptance = json!({"secret": secret, "password": own});
        watch.answer(nobody.post("/api/v1/invitations/accept", &acceptance).expect(status));
    }
    let changed = "mat-khau-moi-cua-quan-tri";
    watch.secret("a changed password", changed);
    watch.answer(admin.patch("/api/v1/users/admin", &json!({"password": "ngan-mat-2"})).expect(422));
    watch.secret("a new password too short", "ngan-mat-2");
    watch.answer(admin.patch("/api/v1/users/admin", &json!({"password": changed})).expect(200));
    watch.answer(admin.get("/api/v1/me").refused(401, "invalid_token"));
    let credentials = json!({"username": "admin", "password": changed});
    let token =
        nobody.post("/api/v1/auth/login", &credentials).expect(200).json["access_token"].as_str().unwrap().to_owned();
    watch.secret("the token after", &token);
    let admin = with_token(&serving, &token);

    KEYS.iter().for_each(|name| watch.key(&place.folder().join("data").join(name)));
    let mut rotate = program(place);
    rotate.args(["keys", "rotate", "token"]).env("RUST_LOG", "trace");
    assert!(watch.ran("keys rotate token", rotate.output().unwrap()).status.success());
    watch.ran("keys list", run(place, &["keys", "list"], ""));
    watch.key(&place.folder().join("data/token-key.pem"));
    eventually("the server takes the new key up", || {
        let set = nobody.get("/.well-known/access-token-jwks.json").expect(200);
        (set.json["keys"].as_array().unwrap().len() == 2).then_some(())
    });
    for path in [
        "/.well-known/access-token-jwks.json",
        "/.well-known/jwks.json",
        "/openapi.json",
        "/openapi.json?lang=vi",
        "/openapi-3.0.json",
        "/problems",
        "/healthz",
        "/readyz",
        "/docs/",
    ] {
        watch.answer(nobody.get(path).expect(200));
    }
    for path in [
        "me",
        "users",
        "users/admin",
        "changes?limit=1000",
        "changes/receipts",
        "audit?limit=1000",
        "audit/events?limit=1000",
        "audit/checkpoints",
        "export-profiles",
    ] {
        watch.answer(admin.get(&format!("/api/v1/{path}")).expect(200));
    }
    let (code, rest) = serving.end();
    assert_eq!(code, Some(0));
    watch.hear("what the first run prints besides", rest);

    let mut again = Serving::start_logging(place, &[], "trace", File::create(log("second")).unwrap().into());
    again.line();
    assert_eq!(again.line(), "Administrator  as created earlier");
    watch.answer(again.anonymous().get("/healthz").expect(200));
    let (_, rest) = again.end();
    assert_eq!(rest, "", "nothing more is said on the second start");
    for name in ["first", "second"] {
        let text = fs::read(log(name)).unwrap();
        assert!(contains(&text, b" TRACE "), "the log is as verbose as can be");
        watch.hear(&format!("the log of the {name} run"), text);
    }
    watch.hear("the database", stored(place));
    watch
}

#[on_both_engines]
fn a_day_of_a_server_leaves_no_secret_anywhere(place: Place) {
    let mut place = place;
    if place.is_postgres()
        && !place
            .url
            .split_once("?")
            .unwrap()
            .0
            .rsplit_once('@')
            .unwrap()
            .0
            .trim_start_matches("postgres://")
            .contains(':')
    {
        // A server that trusts everybody takes any password.
        place.url = place.url.replacen('@', &format!(":{DATABASE}@"), 1);
    }
    let mut watch = a_day(&place);
    watch.secret("the database's password", DATABASE);
    watch.nothing_leaked();
}

#[on_both_engines]
fn the_one_account_is_made_by_the_first_run_with_a_password_told_once(place: Place) {
    assert!(run(&place, &["migrate", "--create"], "").status.success());
    assert_eq!(accounts(&place), [""; 0], "there is no account to begin with");
    let serving = Serving::start(&place, &[]);
    for (name, password) in [
        ("admin", "admin"),
        ("admin", "admin-admin-admin"),
        ("admin", "changeme"),
        ("root", "root"),
        ("thidua", "thidua"),
    ] {
        let credentials = json!({"username": name, "password": password});
        assert_eq!(serving.anonymous().post("/api/v1/auth/login", &credentials).json["access_token"], json!(null));
    }
    let (_, said) = serving.end();
    assert_eq!(said.matches("Password ").count(), 1, "{said}");
    let password = said.lines().find_map(|line| line.trim().strip_prefix("Password ")).unwrap();
    let password = password.split_whitespace().next().unwrap().to_owned();
    assert_eq!(said.matches(&password).count(), 1);
    assert_eq!(accounts(&place), ["admin"]);
    let (_, again) = Serving::start(&place, &[]).end();
    assert!(!again.contains(&password) && !again.contains("Password") && !again.contains("Bearer"), "{again}");
    assert_eq!(accounts(&place), ["admin"]);
}

#[on_both_engines]
fn a_server_does_not_start_with_a_secret_that_can_be_guessed(place: Place) {
    drop(Serving::start(&place, &[]));
    let pem = |label: &str, bytes: &[u8]| {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(bytes))
    };
    let pair = |seed: &[u8]| {
        let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        pem("PRIVATE KEY", &[&head[..], seed].concat())
    };
    let bare = |seed: &[u8]| pem("THIDUA SECRET", seed);
    for name in KEYS {
        let file = place.folder().join("data").join(name);
        let made: &dyn Fn(&[u8]) -> String = if name == "secret-key.pem" { &bare } else { &pair };
        for seed in [[0_u8; 32], [0xff; 32], *b"change-me-change-me-change-me-12", *b"abcabcabcabcabcabcabcabcabcabcab"]
        {
            let told = refused(&place, &file, &made(&seed), 0o600);
            assert!(told.contains(name) && told.contains("anybody can guess"), "{told}");
        }
        for text in [String::new(), "\0".repeat(64), "changeme".to_owned(), made(b"short"), made(b"")] {
            let told = refused(&place, &file, &text, 0o600);
            assert!(told.contains(name) && told.contains("does not hold "), "{told}");
        }
    }
    drop(Serving::start(&place, &[]));
}

#[test]
fn no_help_shows_what_the_environment_holds() {
    let mut watch = Watch::default();
    let url = format!("postgres://thidua:{DATABASE}@127.0.0.1:1/thidua");
    watch.secret("the database's password", DATABASE);
    let help = |words: &[String]| {
        let mut command = std::process::Command::new(binary());
        command.args(words).env("DATABASE_URL", &url);
        for name in ["PULL_PASSWORD", "PULL_TOKEN", "TOKEN_KEY", "SIGNING_KEY", "SECRET_KEY", "TLS_KEY"] {
            command.env(format!("THIDUA_{name}"), format!("gia-tri-mat-cua-{name}"));
        }
        command.output().unwrap()
    };
    watch.secret("a value of the environment", "gia-tri-mat-cua-");
    let mut pending = vec![Vec::new()];
    let mut seen = 0;
    while let Some(path) = pending.pop() {
        for flag in ["--help", "-h", "--no-such-flag"] {
            let words = [path.clone(), vec![flag.to_owned()]].concat();
            let output = watch.ran(&words.join(" "), help(&words));
            let text = String::from_utf8(output.stdout).unwrap();
            if flag != "--help" {
                continue;
            }
            seen += 1;
            assert!(text.contains("[env: DATABASE_URL]"), "{text}");
            let commands =
                text.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
            let names = commands.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
            let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
            pending.extend(names.map(|name| [path.clone(), vec![name.to_owned()]].concat()));
        }
    }
    assert!(seen > 12, "{seen} pages of help");
    watch.nothing_leaked();
}

#[test]
fn a_database_that_cannot_be_reached_is_told_without_its_password() {
    let place = support::Engine::Sqlite.place().unwrap();
    let mut watch = Watch::default();
    watch.secret("the database's password", DATABASE);
    watch.secret("the end of it", "tuyet-mat");
    for url in [
        format!("postgres://thidua:{DATABASE}@127.0.0.1:1/thidua"),
        format!("postgres://thidua@127.0.0.1:1/thidua?password={DATABASE}"),
        format!("postgres://thidua:{DATABASE}%zz@127.0.0.1:1/thidua"),
        format!("postgres://thidua:dau-@{DATABASE}@127.0.0.1:1/thidua"),
        format!("postgres://thidua:{DATABASE}/phan-sau@127.0.0.1:1/thidua"),
        format!("postgres://thidua:dau-/{DATABASE}@127.0.0.1:1/thidua"),
        format!("postgres://thidua:{DATABASE}@127.0.0.1:khong-so/thidua"),
        format!("postgre://thidua:{DATABASE}@127.0.0.1:1/thidua"),
        format!("mysql://thidua:{DATABASE}@127.0.0.1/thidua"),
        format!("postgres:/thidua:{DATABASE}@127.0.0.1/thidua"),
    ] {
        for words in [
            &["serve"][..],
            &["migrate"],
            &["migrate", "--create"],
            &["verify"],
            &["backup", "backup.tar"],
            &["sample"],
            &["sample", "--create"],
            &["admin", "create-user", "--username", "a", "--role", "viewer"],
        ] {
            let mut command = program(&place);
            command.args(words).env("DATABASE_URL", &url).env("RUST_LOG", "trace");
            let output =
                watch.ran(&format!("{words:?} on {}", url.split(':').next().unwrap()), command.output().unwrap());
            assert!(!output.status.success() && !output.stderr.is_empty(), "{words:?} {url}");
        }
    }
    watch.nothing_leaked();
}

#[test]
fn a_leak_of_any_kind_would_be_found() {
    let place = support::Engine::Sqlite.place().unwrap();
    drop(Serving::start(&place, &[]));
    let mut watch = Watch::default();
    watch.secret("a password", "mat-khau-de-tim");
    KEYS.iter().for_each(|name| watch.key(&place.folder().join("data").join(name)));
    assert_eq!(watch.secrets.len(), 2 + 3 * 6);
    for (name, secret) in watch.secrets.clone() {
        watch.heard = vec![("here".to_owned(), [b"before ", &secret[..], b" after"].concat())];
        assert!(watch.leaks().contains(&format!("{name} is in here")), "{name}");
    }
    watch.heard = vec![("here".to_owned(), b"nothing".to_vec())];
    watch.nothing_leaked();
    let id = "mat-khau-luu-lai";
    let made = run(&place, &["admin", "create-user", "--username", id, "--role", "viewer"], "mot-mat-khau-rat-dai");
    assert!(made.status.success());
    assert!(contains(&stored(&place), id.as_bytes()), "what is stored is looked through");
}
