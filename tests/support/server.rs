//! A server under test, in this process, on a port of its own.

use crate::bodies::{self, Members};
use crate::client::Client;
use crate::engines::{Engine, FromEngine, Place};
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;
use thidua_domain::accounts::client_keys::KeyKind;
use thidua_domain::accounts::users::{Role, User};
use thidua_domain::id::AgencyId;
use thidua_domain::text::Code;
use thidua_http::config::key_place::KeyPlace;
use thidua_http::config::sign_on::SignOnConfig;
use thidua_http::config::signing::SigningConfig;
use thidua_http::config::{AccessConfig, EdgeConfig, ServeConfig, Several, TlsConfig, WatchConfig};
use thidua_http::crypto::api_key;
use thidua_http::crypto::key_files;
use thidua_http::crypto::passwords;
use thidua_http::crypto::signing::SigningKeys;
use thidua_http::crypto::tokens::Tokens;
use thidua_http::server;
use thidua_http::server::deprecations::{DEPRECATIONS, Deprecation};
use thidua_http::store::Store;
use thidua_persistence::accounts::users;
use thidua_persistence::accounts::users::UserProfile;
use thidua_persistence::progress::Silent;
use thidua_persistence::verify::{Finding, verify};
use thidua_persistence::{Context, Database, Options};

/// The password of every user of a test.
pub const PASSWORD: &str = "mot-mat-khau-rat-dai";

/// A running server; it stops when dropped.
pub struct Server {
    address: SocketAddr,
    database: Option<Arc<Database>>,
    store: Data<Store>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
    // Dropped last: the database must be closed before its place goes.
    place: Place,
}

impl Server {
    /// Starts a server with one administrator and nothing else.
    pub fn start(place: Place) -> Self {
        Self::start_with(place, plain(), DEPRECATIONS)
    }

    /// Starts a server with settings of its own, and a table of what is deprecated.
    pub fn start_with(place: Place, edge: EdgeConfig, deprecations: &'static [Deprecation]) -> Self {
        let database = Arc::new(place.open());
        create_user(&database, "admin", Role::Admin);
        Self::serve(place, database, Setup { edge, deprecations, ..Setup::default() })
    }

    /// Starts a server that keeps so many MiB of answers under idempotency keys.
    pub fn start_keeping(place: Place, mib: u16) -> Self {
        let database = Arc::new(place.open());
        create_user(&database, "admin", Role::Admin);
        Self::serve(place, database, Setup { kept_under_keys: mib, ..Setup::default() })
    }

    /// Starts a server whose users may sign on.
    pub fn start_signing_on(place: Place, sign_on: SignOnConfig) -> Self {
        let database = Arc::new(place.open());
        create_user(&database, "admin", Role::Admin);
        Self::serve(place, database, Setup { sign_on, ..Setup::default() })
    }

    /// Starts a server on a database that stands already, its administrator included.
    pub fn on_database(place: Place, database: Arc<Database>) -> Self {
        Self::serve(place, database, Setup::default())
    }

    /// A second node on the same database, which learns what others have committed only when it commits itself.
    pub fn lagging_node(&self) -> Self {
        let place = self.engine().place().expect("this engine is there");
        let engine = self.database().engine().clone();
        let options = Options { engine, follow_every: Duration::from_secs(3600), ..place.options() };
        Self::on_database(place, Arc::new(Database::open(options).expect("the database opens")))
    }

    /// A node on the same database, with the same keys, that makes every answer anew, and withholds counts below one.
    pub fn node_that_keeps_nothing(&self, least: u8) -> Self {
        let place = self.engine().place().expect("this engine is there");
        for key in [TOKEN_KEY, "signing-key.pem", "secret-key.pem"] {
            std::fs::copy(self.place.folder().join(key), place.folder().join(key)).expect("a key to copy");
        }
        let options = Options { engine: self.database().engine().clone(), ..place.options() };
        let database = Arc::new(Database::open(options).expect("the database opens"));
        let edge = EdgeConfig { kept_answers: 0, ..plain() };
        Self::serve(place, database, Setup { edge, small_cells: least, ..Setup::default() })
    }

    /// The engine under it.
    pub fn engine(&self) -> Engine {
        match self.database().engine() {
            thidua_persistence::Engine::Sqlite(_) => Engine::Sqlite,
            thidua_persistence::Engine::Postgres(_) => Engine::Postgres,
        }
    }

    /// The sample province on an engine, shared by all tests of this process that only read.
    pub fn sample(engine: Engine) -> Option<&'static Self> {
        static SQLITE: OnceLock<Option<Server>> = OnceLock::new();
        static POSTGRES: OnceLock<Option<Server>> = OnceLock::new();
        let shared = match engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        };
        shared.get_or_init(|| Self::own_sample(engine)).as_ref()
    }

    /// The sample province on an engine, for one test alone.
    pub fn own_sample(engine: Engine) -> Option<Self> {
        Self::own_sample_withholding(engine, 0)
    }

    /// As [`Server::own_sample`], with counts of people below one withheld from machines.
    pub fn own_sample_withholding(engine: Engine, least: u8) -> Option<Self> {
        let place = engine.place()?;
        let database = Arc::new(place.open());
        create_user(&database, "admin", Role::Admin);
        let key_hash = api_key::hash_of_none(KeyKind::ApiKey).expect("a hash");
        thidua_sample::load(&database, 1, Utc::now(), key_hash, &Silent).expect("the sample loads");
        Some(Self::serve(place, database, Setup { small_cells: least, ..Setup::default() }))
    }

    /// As [`Server::start`], with counts of people below one withheld from machines.
    pub fn start_withholding(place: Place, least: u8) -> Self {
        let database = Arc::new(place.open());
        create_user(&database, "admin", Role::Admin);
        Self::serve(place, database, Setup { small_cells: least, ..Setup::default() })
    }

    fn serve(place: Place, database: Arc<Database>, setup: Setup) -> Self {
        let Setup { edge, deprecations, small_cells, sign_on, kept_under_keys } = setup;
        let own = |file| KeyPlace { path: place.folder().join(file), may_make: true };
        let token_key = own(TOKEN_KEY);
        let tokens = Tokens::open(&token_key, 60).expect("a token key");
        let config = ServeConfig {
            read_database_url: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            workers: Some(2),
            token_minutes: 60,
            max_body: 1_048_576,
            max_batch_body: 67_108_864,
            body_seconds: 20,
            body_total_seconds: 900,
            atomic_rows: 20_000,
            kept_under_keys,
            access: AccessConfig { session_hours: 24, session_idle_hours: 8, account_idle_days: 45 },
            sign_on,
            small_cells,
            tls: TlsConfig::default(),
            edge,
            watch: WatchConfig { metrics_listen: None, backup_folder: None, slow_request_ms: 0, verify_hours: 0 },
        };
        let signing_keys =
            SigningKeys::open(&own("signing-key.pem"), &SigningConfig::default()).expect("a signing key");
        let oldest = key_files::keys(&token_key.path).expect("a token key").pop().expect("a token key");
        let secret = key_files::secret(&own("secret-key.pem"), &oldest).expect("a secret");
        let store = Data::new(Store::new(
            Arc::clone(&database),
            tokens,
            signing_keys,
            secret,
            (config.access.clone(), config.kept_under_keys),
        ));
        let shared = store.clone();
        let (sender, receiver) = channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let bound = server::bind_deprecating(&config, shared, deprecations).expect("a free port");
                sender.send((bound.server.handle(), bound.address)).expect("the test waits for the server");
                bound.server.await.expect("the server ends in order");
            });
        });
        let (handle, address) = receiver.recv().expect("the server starts");
        Self { address, database: Some(database), store, handle, thread: Some(thread), place }
    }

    /// The place of its database.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The database under the server.
    pub fn database(&self) -> &Database {
        self.database.as_ref().expect("the database is open while the server runs")
    }

    /// The state its handlers share.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The file of the key that signs access tokens.
    pub fn token_key(&self) -> PathBuf {
        self.place.folder().join(TOKEN_KEY)
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Somebody who has not logged in.
    pub fn anonymous(&self) -> Client {
        Client::new(self.url(), None)
    }

    /// The position in the change log: the same before and after where nothing was changed.
    #[track_caller]
    pub fn seq(&self) -> i64 {
        self.anonymous().get("/readyz").expect(200).json["seq"].as_i64().expect("a seq")
    }

    /// The administrator.
    pub fn admin(&self) -> Client {
        self.login("admin", PASSWORD)
    }

    /// A new user with a role, bounded by an agency's subtree when one is given.
    pub fn user(&self, role: Role, agency: Option<&str>) -> Client {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let username = format!("{role}-{}", COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let agency = agency.map(|identifier| self.agency(identifier));
        insert_user(self.database(), &username, role, agency);
        self.login(&username, PASSWORD)
    }

    /// The identity of an agency.
    fn agency(&self, identifier: &str) -> AgencyId {
        let model = self.database().model();
        model.catalogue.agency(identifier).map(|(id, _)| id).expect("an agency")
    }

    /// A new client with a role, bounded by an agency's subtree when one is given, with an API key of these scopes.
    pub fn machine(&self, role: Role, agency: Option<&str>, scopes: &[&str]) -> Client {
        let name = self.client(role, agency);
        let key = json!({"kind": "api_key", "scopes": scopes, "valid_days": 1});
        let answer = self.admin().post(&format!("/api/v1/clients/{name}/keys"), &key).expect(201);
        Client::new(self.url(), Some(answer.json["secret"].as_str().expect("a key").to_owned()))
    }

    /// The name of a new client without a key.
    pub fn client(&self, role: Role, agency: Option<&str>) -> String {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let name = format!("may-{role}-{}", COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let body = bodies::client(&name, role.as_str()).with("agency", agency);
        self.admin().post("/api/v1/clients", &body).expect(201);
        name
    }

    /// Logs in.
    pub fn login(&self, username: &str, password: &str) -> Client {
        let credentials = json!({"username": username, "password": password});
        let answer = self.anonymous().post("/api/v1/auth/login", &credentials).expect(200);
        Client::new(self.url(), Some(answer.json["access_token"].as_str().expect("a token").to_owned()))
    }

    /// Proves the cells and the change chain.
    pub fn assert_verified(&self) {
        let finding = self.database().read(|connection| verify(connection, &[], &Silent)).expect("verification runs");
        assert!(matches!(finding, Finding::Clean { .. }), "{finding:?}");
    }
}

const TOKEN_KEY: &str = "token-key.pem";

/// Settings in which servers of tests differ.
struct Setup {
    edge: EdgeConfig,
    deprecations: &'static [Deprecation],
    small_cells: u8,
    sign_on: SignOnConfig,
    kept_under_keys: u16,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            edge: plain(),
            deprecations: DEPRECATIONS,
            small_cells: 0,
            sign_on: SignOnConfig::none(),
            kept_under_keys: 256,
        }
    }
}

/// Settings without limits and without other origins; a test adds what it needs.
pub fn plain() -> EdgeConfig {
    EdgeConfig {
        requests_per_minute: 0,
        logins_per_minute: 0,
        streams_per_account: 256,
        kept_answers: 32,
        trusted_proxies: Several(Vec::new()),
        public_url: None,
        cors_origins: Several(Vec::new()),
        hsts_seconds: 0,
        security_contact: Several(Vec::new()),
        security_txt_days: 180,
    }
}

impl FromEngine for Server {
    fn on(engine: Engine) -> Option<Self> {
        engine.place().map(Self::start)
    }
}

/// The shared sample province: for tests that only read.
pub struct Sample(pub &'static Server);

impl FromEngine for Sample {
    fn on(engine: Engine) -> Option<Self> {
        Server::sample(engine).map(Self)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The answer to the stop command comes through the server's own thread, which is joined instead.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let joined = thread.join();
            assert!(joined.is_ok() || std::thread::panicking(), "the server's thread panicked");
        }
        self.database = None;
    }
}

/// Creates a user of a test before there is a server.
pub fn create_user(database: &Database, username: &str, role: Role) {
    insert_user(database, username, role, None);
}

/// Creates a user whose password is the own one, as nobody does who only sets it.
fn insert_user(database: &Database, username: &str, role: Role, agency: Option<AgencyId>) {
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = HASH.get_or_init(|| passwords::hash(PASSWORD).expect("a hash")).clone();
    let profile = UserProfile {
        username: Code::parse("", username).expect("a user name"),
        display_name: None,
        user: User { role, agency, disabled: false, password_version: 1, password_given: false },
        sign_on: None,
    };
    let context = Context::of_program(DateTime::<Utc>::from(std::time::SystemTime::now()), None);
    database.write(context, move |transaction| users::insert(transaction, &profile, &hash)).expect("a user");
}
