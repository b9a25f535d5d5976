//! A real OpenID Connect issuer as a process of its own, and people who log in there with a browser: tests/issuer.

use crate::waiting::eventually;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use thidua_http::config::Several;
use thidua_http::config::sign_on::SignOnConfig;

/// Audience of ID tokens: the front end.
pub const CLIENT: &str = "thidua";
/// Audience of access tokens: the API.
pub const API: &str = "urn:thidua:api";

/// An issuer; it ends when dropped.
pub struct Issuer {
    port: u16,
    folder: tempfile::TempDir,
    process: Option<Child>,
}

/// Tokens that the issuer gives at a log-in.
pub struct LoggedIn {
    /// The ID token: the identity of the user.
    pub id_token: String,
    /// The access token: the user's rights at the API.
    pub access_token: String,
}

impl Issuer {
    /// An issuer that runs, without accounts; none when it is not installed, which is said loudly.
    pub fn start() -> Option<Self> {
        let mut issuer = Self::not_running()?;
        issuer.run();
        Some(issuer)
    }

    /// An issuer that has an address and does not answer there.
    pub fn not_running() -> Option<Self> {
        if !installed().join("node_modules").exists() {
            let how = "the tests of signing on need an issuer: run scripts/test-issuer (Node.js 18 or later)";
            assert!(std::env::var_os("CI").is_none(), "{how}");
            eprintln!("\n*** LEFT OUT: {how} ***\n");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port();
        let issuer = Self { port, folder: tempfile::tempdir().expect("a temporary folder"), process: None };
        issuer.say(&json!({}));
        Some(issuer)
    }

    /// Runs it, with the keys it has had, if any.
    pub fn run(&mut self) {
        self.stop();
        let mut process = Command::new("node")
            .args(["issuer.mjs", &self.port.to_string()])
            .args([self.keys(), self.accounts()])
            .current_dir(installed())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node runs");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("it says where it listens");
        assert_eq!(line.trim(), self.name());
        self.process = Some(process);
    }

    /// Stops it.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("a process of ours");
            process.wait().expect("a process of ours");
        }
    }

    /// Withdraws its key: from the next start on it has another.
    pub fn withdraw_key(&self) {
        std::fs::remove_file(self.keys()).expect("it has had a key");
    }

    /// Its name, and its address.
    pub fn name(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Sets its accounts: name → claims.
    pub fn say(&self, accounts: &Value) {
        std::fs::write(self.accounts(), accounts.to_string()).expect("a file");
    }

    /// Somebody logs in.
    pub fn log_in(&self, name: &str) -> LoggedIn {
        let mut browser = Command::new("node");
        browser.args(["sign-in.mjs", &self.name(), name]).current_dir(installed());
        let done = browser.stderr(Stdio::inherit()).output().expect("node runs");
        let tokens: Value = serde_json::from_slice(&done.stdout).expect("the issuer answers tokens");
        let token = |member: &str| tokens[member].as_str().unwrap_or_else(|| panic!("{tokens}")).to_owned();
        LoggedIn { id_token: token("id_token"), access_token: token("access_token") }
    }

    /// The private key it signs with, for forgers, and its public half as a JWK.
    pub fn key(&self) -> (EncodingKey, Value) {
        let keys = std::fs::read(self.keys()).expect("it has a key");
        let keys: Value = serde_json::from_slice(&keys).expect("keys");
        let text = keys[0]["pkcs1"].as_str().expect("a key");
        let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).expect("base64");
        (EncodingKey::from_rsa_der(&der), keys[0]["jwk"].clone())
    }

    /// Claims signed with its key under a header.
    pub fn signed(&self, header: &Value, claims: &Value) -> String {
        crate::tokens::signed(header, claims, &self.key().0, Algorithm::RS256)
    }

    /// Settings that let its users sign on.
    pub fn settings(&self) -> SignOnConfig {
        SignOnConfig {
            oidc_issuer: Some(self.name().parse().expect("an issuer")),
            oidc_audience: Some(Several(vec![CLIENT.to_owned(), API.to_owned()])),
            oidc_roles: Some(Several(
                ["td-quan-tri=admin:province", "td-lanh-dao=approver", "td-can-bo=editor"]
                    .map(|rule| rule.parse().expect("a rule"))
                    .into(),
            )),
            oidc_agencies: Several(vec!["so-noi-vu=H18.20".parse().expect("a rule")]),
            ..SignOnConfig::none()
        }
    }

    /// Waits until a condition holds: the server remembers the issuer's keys for a while.
    #[track_caller]
    pub fn by_and_by(what: &str, mut holds: impl FnMut() -> bool) {
        eventually(what, || holds().then_some(()));
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys.json")
    }

    fn accounts(&self) -> PathBuf {
        self.folder.path().join("accounts.json")
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-issuer")
}
