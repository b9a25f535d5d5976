//! HTTP client of the server: logs in, and again when the token has run out; waits and asks again when an answer says
//! so, or when there is none.

use crate::error::Error;
use crate::progress::Progress;
use crate::wire::{Problem, Token};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::http::{HeaderMap, Request, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Proof of a caller's identity.
pub enum Credentials {
    /// User name and password: a new token can be had at any time.
    Password {
        /// The user name.
        username: String,
        /// The password.
        password: String,
    },
    /// An access token that somebody else has obtained; it cannot be renewed.
    Token(String),
}

/// A caller of one server.
pub struct Client {
    agent: Agent,
    base: String,
    credentials: Credentials,
    token: Option<String>,
    patience: Duration,
    progress: Progress,
}

/// An answer: success, not modified, or a refusal.
pub struct Answer {
    asked: String,
    /// The status.
    pub status: u16,
    headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// A request that can be sent again.
struct Question<'a> {
    path: &'a str,
    body: Option<&'a Value>,
    headers: &'a [(&'a str, &'a str)],
}

/// Pause before the first retry; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Bytes an answer may have: far more than a page of changes, far less than a machine has.
const LARGEST_BODY: u64 = 1 << 30;

impl Client {
    /// A caller of the server at `base`, who gives up after `patience` without an answer.
    pub fn new(
        base: &str,
        insecure: bool,
        credentials: Credentials,
        patience: Duration,
        progress: Progress,
    ) -> Result<Self, Error> {
        let base = base.trim_end_matches('/').to_owned();
        require_safe(&base, insecure)?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // A redirection would carry the token somewhere else.
            .max_redirects(0)
            .tls_config(tls(&base)?)
            .user_agent(concat!("thidua-pull/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(10)))
            // Longer than a server holds a request back (30 s).
            .timeout_recv_response(Some(Duration::from_secs(90)))
            .timeout_recv_body(Some(Duration::from_secs(600)))
            .build()
            .new_agent();
        Ok(Self { agent, base, credentials, token: None, patience, progress })
    }

    /// The server's address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends a GET request, with further headers.
    pub fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Answer, Error> {
        self.ask(&Question { path, body: None, headers })
    }

    /// Sends a POST request with a JSON document. It may be sent twice, so only for requests that are safe to repeat.
    pub fn post(&mut self, path: &str, body: &Value) -> Result<Answer, Error> {
        self.ask(&Question { path, body: Some(body), headers: &[] })
    }

    fn ask(&mut self, question: &Question<'_>) -> Result<Answer, Error> {
        let had_token = self.token.is_some();
        let token = self.token()?;
        let answer = self.patiently(question, Some(&token))?;
        // The token has run out meanwhile: a new one is got once.
        if answer.status == 401 && had_token && matches!(self.credentials, Credentials::Password { .. }) {
            self.token = None;
            let token = self.token()?;
            return self.patiently(question, Some(&token));
        }
        Ok(answer)
    }

    fn token(&mut self) -> Result<String, Error> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let token = match &self.credentials {
            Credentials::Token(token) => token.clone(),
            Credentials::Password { username, password } => {
                let body = json!({ "username": username, "password": password });
                let question = Question { path: "/api/v1/auth/login", body: Some(&body), headers: &[] };
                self.patiently(&question, None)?.json::<Token>()?.access_token
            }
        };
        self.token = Some(token.clone());
        Ok(token)
    }

    fn patiently(&self, question: &Question<'_>, token: Option<&str>) -> Result<Answer, Error> {
        let begin = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let (why, asked) = match self.once(question, token) {
                Ok(answer) if !answer.is_passing() => return Ok(answer),
                Ok(answer) => (format!("{} answered {}", answer.asked, answer.status), answer.retry_after()),
                Err(error) if is_passing(&error) => (format!("{}: {error}", question.path), None),
                Err(error) => return Err(Error::Unreachable(format!("{}: {error}", question.path))),
            };
            let wait = asked.unwrap_or(pause);
            if begin.elapsed().saturating_add(wait) > self.patience {
                return Err(Error::Unreachable(format!("{why}; gave up after {:.1?}", begin.elapsed())));
            }
            self.progress.print(&format!("{why}; asking again in {wait:.1?}"));
            sleep(wait);
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    fn once(&self, question: &Question<'_>, token: Option<&str>) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder()
            .method(if question.body.is_some() { "POST" } else { "GET" })
            .uri(format!("{}{}", self.base, question.path))
            .header("accept", "application/json")
            .header("accept-language", "en");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in question.headers {
            request = request.header(*name, *value);
        }
        let mut response = match question.body {
            None => self.agent.run(request.body(())?)?,
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string())?)?
            }
        };
        Ok(Answer {
            asked: question.path.to_owned(),
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().with_config().limit(LARGEST_BODY).read_to_vec()?,
        })
    }
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the answer; a refusal is an error.
    pub fn granted(self) -> Result<Self, Error> {
        match self.status {
            200..=299 => Ok(self),
            status => Err(Error::Refused(self.asked.clone(), status, self.problem())),
        }
    }

    /// Parses the body as JSON; a refusal is an error.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        let answer = self.granted()?;
        serde_json::from_slice(&answer.body)
            .map_err(|error| Error::Untrue(format!("the answer to {} cannot be read: {error}", answer.asked)))
    }

    /// The problem document of a refusal (RFC 9457); empty when the body holds none.
    pub fn problem(&self) -> Problem {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// True when asking again may help. A position that the server itself has given is unknown only to a node of it
    /// that has not caught up with the others.
    fn is_passing(&self) -> bool {
        matches!(self.status, 429 | 502 | 503 | 504) || self.status == 422 && self.problem().says("/seq", "unknown_seq")
    }

    fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?.parse().ok().map(Duration::from_secs)
    }
}

/// True when asking again may help after a request without an answer.
fn is_passing(error: &ureq::Error) -> bool {
    match error {
        // A broken connection passes; a certificate that does not fit (`InvalidData`) does not.
        ureq::Error::Io(error) => error.kind() != std::io::ErrorKind::InvalidData,
        ureq::Error::Timeout(_) | ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => true,
        ureq::Error::Protocol(_) | ureq::Error::BodyStalled => true,
        _ => false,
    }
}

/// Refuses plain HTTP, which shows the password on the way, except to this machine or with `insecure`.
fn require_safe(base: &str, insecure: bool) -> Result<(), Error> {
    let wrong = || Error::Settings(format!("{base}: the address of a server is https://HOST, with :PORT or without"));
    let uri: Uri = base.parse().map_err(|_| wrong())?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(wrong()) };
    if authority.as_str().contains('@') || uri.query().is_some() {
        return Err(wrong());
    }
    let host = authority.host().trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    match scheme {
        "https" => Ok(()),
        "http" if loopback || insecure => Ok(()),
        "http" => Err(Error::Settings(format!(
            "{base}: http:// would show the password and the figures to everybody on the way. Use https://, or say \
             --insecure if the way is safe"
        ))),
        _ => Err(wrong()),
    }
}

/// TLS settings with the certificates the machine trusts, so that an authority of the administration's own can be among
/// them; SSL_CERT_FILE names others.
pub fn tls(base: &str) -> Result<TlsConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
    if !base.starts_with("https:") {
        return Ok(config.build());
    }
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
        return Err(Error::Settings(format!(
            "no certificates to trust on this machine (Debian: ca-certificates), nor in SSL_CERT_FILE: {}",
            why.join("; ")
        )));
    }
    let roots: Vec<_> = found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    Ok(config.root_certs(RootCerts::new_with_certs(&roots)).build())
}

#[allow(clippy::disallowed_methods, reason = "the server says how long to wait, or nobody answers: there is no fact")]
fn sleep(pause: Duration) {
    std::thread::sleep(pause);
}
