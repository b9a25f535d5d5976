//! An HTTP client that checks every answer of the API against the contract.

use crate::contract;
use crate::server::PASSWORD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use ureq::http::Request;

/// A caller.
#[derive(Debug, Clone)]
pub struct Client {
    /// Address of the server.
    pub base: String,
    /// The token it shows.
    pub token: Option<String>,
    headers: Vec<(String, String)>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
    /// The body as JSON; null when it is none.
    pub json: Value,
    what: String,
}

impl Client {
    /// A caller with or without a token.
    pub fn new(base: String, token: Option<String>) -> Self {
        Self { base, token, headers: Vec::new() }
    }

    /// The base URL: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// The token.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The caller with one more header on every request.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Creates a user, who comes in with [`PASSWORD`] as an own password.
    pub fn make_user(&self, body: &Value) -> Self {
        let mut body = body.clone();
        body.as_object_mut().expect("an object").remove("password");
        let invitation = self.post("/api/v1/users", &body).expect(201).json["invitation"].clone();
        let nobody = Self::new(self.base.clone(), None);
        let acceptance = json!({"secret": invitation["secret"], "password": PASSWORD});
        nobody.post("/api/v1/invitations/accept", &acceptance).expect(204);
        let credentials = json!({"username": body["username"], "password": PASSWORD});
        let tokens = nobody.post("/api/v1/auth/login", &credentials).expect(200).json;
        Self::new(self.base.clone(), tokens["access_token"].as_str().map(str::to_owned))
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, b"")
    }

    /// POST with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some("application/json"), body.to_string().as_bytes())
    }

    /// PATCH with a merge patch, on the row as it is now.
    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.on_what_is_there(path).send(
            "PATCH",
            path,
            Some("application/merge-patch+json"),
            body.to_string().as_bytes(),
        )
    }

    /// DELETE of the row as it is now.
    pub fn delete(&self, path: &str) -> Answer {
        self.on_what_is_there(path).send("DELETE", path, None, b"")
    }

    /// The caller with `If-Match` set to the tag of the row at a path, unless it has a condition already.
    fn on_what_is_there(&self, path: &str) -> Self {
        if self.headers.iter().any(|(name, _)| name == "if-match") {
            return self.clone();
        }
        let row = path.strip_suffix("/name").unwrap_or(path);
        let tag = self.send("GET", row, None, b"").headers.remove("etag");
        self.clone().with("if-match", tag.as_deref().unwrap_or("*"))
    }

    /// Any request.
    pub fn send(&self, method: &str, path: &str, content_type: Option<&str>, body: &[u8]) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(kind) = content_type {
            request = request.header("content-type", kind);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(std::time::Duration::from_secs(60)))
            .allow_non_standard_methods(true)
            .build()
            .into();
        let request = request.body(body.to_vec()).expect("a request");
        let mut response = agent.run(request).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let status = response.status().as_u16();
        let bytes = response.body_mut().with_config().limit(256 << 20).read_to_vec().expect("a body");
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let answer = Answer { status, headers, body: bytes, json, what: format!("{method} {path}") };
        contract::check(method, path, &answer);
        answer
    }
}

impl Answer {
    /// The body of a refusal but for the request's identity, so that two can be compared.
    pub fn told(&self) -> Value {
        let mut told = self.json.clone();
        told.as_object_mut().and_then(|members| members.remove("request_id"));
        told
    }

    /// Insists on a status and says what came instead.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.what, String::from_utf8_lossy(&self.body));
        self
    }

    /// Insists on a refusal with a code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.json["code"], code, "{}: {}", answer.what, answer.json);
        answer
    }

    /// The codes of the broken rules by pointer.
    pub fn errors(&self) -> BTreeMap<String, String> {
        codes(&self.json).collect()
    }

    /// As [`Self::errors`], with those of the rows of a refused batch.
    pub fn all_errors(&self) -> BTreeMap<String, String> {
        let rows = self.json["batch"]["rejections"].as_array().into_iter().flatten();
        codes(&self.json).chain(rows.flat_map(codes)).collect()
    }

    /// The rows of a list.
    #[track_caller]
    pub fn items(&self) -> &Vec<Value> {
        self.json["items"].as_array().unwrap_or_else(|| panic!("{}: no items in {}", self.what, self.json))
    }

    /// The identity of the row.
    #[track_caller]
    pub fn id(&self) -> i64 {
        self.json["id"].as_i64().unwrap_or_else(|| panic!("{}: no id in {}", self.what, self.json))
    }
}

/// The errors that a problem or a rejection tells: pointers and codes.
fn codes(told: &Value) -> impl Iterator<Item = (String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    told["errors"].as_array().into_iter().flatten().map(move |error| (text(&error["pointer"]), text(&error["code"])))
}
