//! Data to measure with: through the API the sample is given a department with 199 agencies below it, which is as large
//! in every scale, and documents to ask for and rows to write.

use crate::load::{Connection, Request, header};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;

/// The department with the agencies.
pub(super) const DEPARTMENT: &str = "H18.DO";
/// With the department 200, as many as a province has.
const BELOW: usize = 199;
/// The month asked about.
pub(super) const MONTH: &str = "2026-10";
const READER: &str = "do-luong";
/// Rows of a page at most.
const PAGE: usize = 1000;
const PAGES: usize = 100;

/// A user who has logged in at a server.
pub(super) struct Caller {
    address: SocketAddr,
    token: String,
}

impl Caller {
    /// Logs in.
    pub(super) async fn log_in(address: SocketAddr, username: &str, password: &str) -> Result<Self> {
        let mut caller = Self { address, token: String::new() };
        let credentials = json!({ "username": username, "password": password });
        let answer = caller.post("/api/v1/auth/login", &credentials.to_string(), &[200]).await?;
        caller.token = text(&answer, "access_token");
        Ok(caller)
    }

    /// Opens a connection, a new one each time: one that has been silent for a while may be closed any moment.
    async fn connect(&self) -> Result<Connection> {
        Connection::open(self.address).await
    }

    /// A request as it goes over the wire.
    pub(super) fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
        let authorization =
            if self.token.is_empty() { String::new() } else { format!("authorization: Bearer {}\r\n", self.token) };
        let content = match method {
            "GET" => String::new(),
            _ => format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()),
        };
        let host = self.address;
        format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n{authorization}{headers}{content}\r\n{body}").into_bytes()
    }

    /// A request to be sent again and again, with its first answer.
    pub(super) async fn ask(&self, path: &str, headers: &str) -> Result<(Request, Vec<u8>)> {
        let bytes = self.request("GET", path, headers, "");
        let mut connection = self.connect().await?;
        let answer = connection.exchange(&bytes).await?;
        let whole = [answer.head.as_bytes(), b"\r\n\r\n", answer.body].concat();
        let (status, length) = (answer.status, answer.body.len());
        if !matches!(status, 200 | 304) {
            bail!("GET {path}: {}", String::from_utf8_lossy(&whole));
        }
        Ok((Request { bytes, status, length: Some(length) }, whole))
    }

    /// The `If-None-Match` header of a document as it is now.
    pub(super) async fn known(&self, path: &str) -> Result<String> {
        let mut connection = self.connect().await?;
        let answer = connection.exchange(&self.request("GET", path, "", "")).await?;
        Ok(format!("if-none-match: {}\r\n", header(answer.head, "etag").unwrap_or_default()))
    }

    /// The end of the change log.
    pub(super) async fn seq(&self) -> Result<i64> {
        self.get("/readyz").await?["seq"].as_i64().context("not ready")
    }

    async fn get(&self, path: &str) -> Result<Value> {
        let (_, whole) = self.ask(path, "").await?;
        let start = whole.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(0, |end| end + 4);
        Ok(serde_json::from_slice(whole.get(start..).unwrap_or_default())?)
    }

    /// Sends a body; fails unless the status is among those expected.
    pub(super) async fn post(&self, path: &str, body: &str, expected: &[u16]) -> Result<Value> {
        let bytes = self.request("POST", path, "", body);
        let mut connection = self.connect().await?;
        let answer = connection.exchange(&bytes).await?;
        if !expected.contains(&answer.status) {
            bail!("POST {path}: {} {}", answer.status, String::from_utf8_lossy(answer.body));
        }
        Ok(serde_json::from_slice(answer.body).unwrap_or_default())
    }

    /// Makes the department with its agencies and their figures, unless they are there, and a user who sees no more.
    pub(super) async fn furnish(&self) -> Result<Self> {
        let mut agencies = vec![(DEPARTMENT.to_owned(), "so_nganh", "H18".to_owned())];
        agencies.extend((1..=BELOW).map(|number| (format!("{DEPARTMENT}.{number}"), "ubnd_xa", DEPARTMENT.to_owned())));
        let mut figures = Vec::new();
        for (place, (identifier, kind, parent)) in agencies.iter().enumerate() {
            let agency = json!({
                "identifier": identifier, "name_vi": format!("Đơn vị đo tải {identifier}"), "kind": kind, "parent": parent,
                "valid_from": "2026-10-01"
            });
            self.post("/api/v1/agencies", &agency.to_string(), &[201, 409]).await?;
            for indicator in ["CT2", "CT3", "CT4", "CT5"] {
                figures.push(json!({
                    "indicator": indicator, "agency": identifier, "calendar": "nd09", "month": MONTH,
                    "numerator": 900 + place, "denominator": 1000 + place, "nature": "actual"
                }));
            }
        }
        self.post("/api/v1/observations/batch", &Value::from(figures).to_string(), &[200]).await?;
        self.create_user("viewer", Some(DEPARTMENT)).await
    }

    /// Makes a user with a role in the whole province.
    pub(super) async fn another(&self, role: &str) -> Result<Self> {
        self.create_user(role, None).await
    }

    async fn create_user(&self, role: &str, agency: Option<&str>) -> Result<Self> {
        let (given, password) = (random()?, random()?);
        let username = format!("{READER}-{}", password.get(..6).unwrap_or_default());
        let user = json!({ "username": username, "role": role, "agency": agency, "password": given });
        self.post("/api/v1/users", &user.to_string(), &[201]).await?;
        // Nothing is allowed to a user before the password is an own one.
        let change = json!({ "old_password": given, "new_password": password });
        let user = Self::log_in(self.address, &username, &given).await?;
        user.post("/api/v1/auth/password", &change.to_string(), &[204]).await?;
        Self::log_in(self.address, &username, &password).await
    }

    /// Requests for single training records.
    pub(super) async fn single_rows(&self) -> Result<(Vec<Request>, Vec<u8>)> {
        let page = self.get("/api/v1/training-records?limit=500&fields=id").await?;
        let ids: Vec<_> = items(&page).filter_map(|row| row["id"].as_i64()).collect();
        let (mut asks, mut first) = (Vec::new(), Vec::new());
        for id in ids {
            let (ask, whole) = self.ask(&format!("/api/v1/training-records/{id}"), "").await?;
            asks.push(ask);
            if first.is_empty() {
                first = whole;
            }
        }
        Ok((asks, first))
    }

    /// Codes of the people on the rolls.
    async fn people(&self) -> Result<Vec<String>> {
        let (mut people, mut cursor) = (Vec::new(), String::new());
        for _ in 0..PAGES {
            let page = self.get(&format!("/api/v1/staff?limit={PAGE}&fields=code{cursor}")).await?;
            people.extend(items(&page).map(|row| text(row, "code")));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        Ok(people)
    }

    /// Bodies of so many training records that are not there yet, of new courses.
    pub(super) async fn new_records(&self, count: usize) -> Result<Vec<String>> {
        let people = self.people().await?;
        let stamp = random()?;
        let mut records = Vec::with_capacity(count);
        for number in 0..count.div_ceil(people.len().max(1)) {
            let code = format!("DO-{}-{number}", stamp.get(..8).unwrap_or_default());
            let course = json!({
                "code": code, "name": "Đo tải", "kind": "basic_digital_skills", "form": "online", "hours": 8,
                "from": "2026-10-19", "to": "2026-10-20", "organiser": "H18.SKHCN"
            });
            self.post("/api/v1/courses", &course.to_string(), &[201]).await?;
            let record = |staff: &String| {
                format!(r#"{{"staff":"{staff}","course":"{code}","on":"2026-10-20","result":"completed"}}"#)
            };
            records.extend(people.iter().take(count - records.len()).map(record));
        }
        Ok(records)
    }

    /// The answer to the creation of a record.
    pub(super) async fn created(&self, record: &str) -> Result<Vec<u8>> {
        let mut connection = self.connect().await?;
        let answer = connection.exchange(&self.to_create(record).bytes).await?;
        Ok([answer.head.as_bytes(), b"\r\n\r\n", answer.body].concat())
    }

    /// A request to make a row, which can be sent once.
    pub(super) fn to_create(&self, record: &str) -> Request {
        let bytes = self.request("POST", "/api/v1/training-records", "", record);
        Request { bytes, status: 201, length: None }
    }
}

/// 32 random digits: a password, or a part of a name that no run before has taken.
fn random() -> Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page["items"].as_array().into_iter().flatten()
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}
