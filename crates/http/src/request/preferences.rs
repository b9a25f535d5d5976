//! Preferences of a request, beyond what it asks (RFC 7240): a dry run, an exact count, an answer that is up to date,
//! strictness.

use crate::problem::Problem;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;
use thidua_domain::message::Message;

/// The header that states preferences.
pub const PREFER: HeaderName = HeaderName::from_static("prefer");

/// A preference this API knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// `tx=rollback`: say what would happen, and store nothing.
    DryRun,
    /// `count=exact`: say how many rows the whole list has.
    ExactCount,
}

/// The preferences of a request that are honoured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    applied: Vec<Preference>,
    strict: bool,
}

impl Preferences {
    /// Reads the headers `Prefer`. Preferences that are not among those an operation `takes` are passed over, as RFC
    /// 7240 wants it; with `handling=strict` they are refused.
    pub fn read(headers: &HeaderMap, takes: &[Preference]) -> Result<Self, Problem> {
        let mut found = Self::default();
        let mut others = Vec::new();
        for (name, value) in stated(headers) {
            match (name.as_str(), value.as_str()) {
                ("handling", "strict") => found.strict = true,
                ("handling", "lenient") | ("tx", COMMIT) => {}
                // Honoured before the request is handled: see `server::wait_for_commits`.
                ("wait", seconds) if waiting(seconds).is_some() => {}
                (name, value) => match takes.iter().find(|known| known.spelling() == (name, value)) {
                    Some(known) => found.applied.push(*known),
                    None => others.push(if value.is_empty() { name.to_owned() } else { format!("{name}={value}") }),
                },
            }
        }
        if found.strict && !others.is_empty() {
            return Err(refused(&others.join(", "), takes));
        }
        Ok(found)
    }

    /// True when a preference is honoured.
    pub fn has(&self, preference: Preference) -> bool {
        self.applied.contains(&preference)
    }

    /// Passes over a preference that cannot be honoured this time. With `handling=strict` it is refused, with the
    /// sentence that says when it can be.
    pub fn pass_over(&self, preference: Preference, otherwise: Message) -> Result<(), Problem> {
        if !(self.strict && self.has(preference)) {
            return Ok(());
        }
        let (name, value) = preference.spelling();
        let given = format!("{name}={value}");
        Err(Problem::new(StatusCode::BAD_REQUEST, "unknown_preference").with("given", &given).then(otherwise))
    }

    /// Says in an answer which preferences were honoured.
    pub fn acknowledge(&self, response: &mut HttpResponse) {
        self.acknowledge_those(response, |_| true);
    }

    /// As [`Preferences::acknowledge`], of those that could be.
    pub fn acknowledge_those(&self, response: &mut HttpResponse, could_be: impl Fn(&Preference) -> bool) {
        let applied = self.applied.iter().filter(|preference| could_be(preference)).map(|preference| {
            let (name, value) = preference.spelling();
            format!("{name}={value}")
        });
        let applied: Vec<_> = applied.chain(self.strict.then(|| "handling=strict".to_owned())).collect();
        if let Ok(value) = HeaderValue::from_str(&applied.join(", "))
            && !applied.is_empty()
        {
            response.headers_mut().insert(HeaderName::from_static("preference-applied"), value);
        }
    }
}

impl Preference {
    /// Its name and value in the header.
    pub const fn spelling(self) -> (&'static str, &'static str) {
        match self {
            Self::DryRun => ("tx", "rollback"),
            Self::ExactCount => ("count", "exact"),
        }
    }
}

/// Refuses preferences that an operation, which takes some, cannot keep. With `handling=strict` these are all that it does
/// not take. Without it, what may be meant as a trial and would be carried out: any value of `tx` but the known ones, both
/// of them, and `tx=rollback` where something changes and nothing can be tried. RFC 7240, section 2, has preferences passed
/// over that cannot be honoured; here that would be an effect which nobody wants and nobody can take back.
pub fn require_kept(headers: &HeaderMap, takes: &[Preference], changes: bool) -> Result<(), Problem> {
    if !headers.contains_key(PREFER) {
        return Ok(());
    }
    let (name, rollback) = Preference::DryRun.spelling();
    let all = all_stated(headers);
    let values: Vec<_> = all.iter().filter(|(stated, _)| stated == name).map(|(_, value)| value.as_str()).collect();
    let is_mistaken = |value: &&str| {
        let cannot_be_tried = changes && !takes.contains(&Preference::DryRun);
        *value != COMMIT && (*value != rollback || cannot_be_tried)
    };
    if let Some(mistaken) = values.iter().find(|value| is_mistaken(value)) {
        return Err(refused(&format!("{name}={mistaken}"), takes));
    }
    if values.contains(&COMMIT) && values.contains(&rollback) {
        return Err(refused(&format!("{name}={COMMIT}, {name}={rollback}"), takes));
    }
    Preferences::read(headers, takes).map(drop)
}

/// The value of `tx` that asks for the default: to carry the request out.
const COMMIT: &str = "commit";

/// Seconds that are waited at most.
const LONGEST_WAIT: u64 = 30;

/// Time that the caller is ready to wait for an answer that is up to date (`wait`, RFC 7240, section 4.3).
pub fn wait(headers: &HeaderMap) -> Option<Duration> {
    if !headers.contains_key(PREFER) {
        return None;
    }
    stated(headers).iter().find(|(name, _)| name == "wait").and_then(|(_, seconds)| waiting(seconds))
}

fn waiting(seconds: &str) -> Option<Duration> {
    let seconds = seconds.parse().ok().filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(LONGEST_WAIT.min(seconds)))
}

/// The preferences as stated, each name once: the first statement counts.
fn stated(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (name, value) in all_stated(headers) {
        if !found.iter().any(|(earlier, _)| *earlier == name) {
            found.push((name, value));
        }
    }
    found
}

/// The preferences as stated, names in lower case, values without their quotes; parameters are passed over.
fn all_stated(headers: &HeaderMap) -> Vec<(String, String)> {
    let lines = headers.get_all(PREFER).filter_map(|value| value.to_str().ok());
    let stated = lines.flat_map(|line| unquoted_parts(line, b',')).filter_map(|preference| {
        let essence = unquoted_parts(preference, b';').into_iter().next()?;
        let (name, value) = essence.split_once('=').unwrap_or((essence, ""));
        let name = name.trim().to_ascii_lowercase();
        (!name.is_empty()).then(|| (name, without_quotes(value.trim())))
    });
    stated.collect()
}

/// The parts of a text between separators that do not stand in quotes.
fn unquoted_parts(text: &str, separator: u8) -> Vec<&str> {
    let (mut parts, mut start, mut is_quoted, mut is_escaped) = (Vec::new(), 0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            byte if byte == separator && !is_quoted => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

/// A token, or the text of a quoted string (RFC 9110, section 5.6.4).
fn without_quotes(value: &str) -> String {
    let Some(quoted) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return value.to_owned() };
    let (mut text, mut characters) = (String::new(), quoted.chars());
    while let Some(character) = characters.next() {
        text.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    text
}

fn refused(others: &str, takes: &[Preference]) -> Problem {
    let known: Vec<_> =
        takes.iter().map(|known| known.spelling()).map(|(name, value)| format!("{name}={value}")).collect();
    let known = known.join(", ");
    let known = match known.as_str() {
        "" => Message::new("phrase.takes_no_preference"),
        known => Message::new("phrase.takes_preferences").with("known", known),
    };
    Problem::new(StatusCode::BAD_REQUEST, "unknown_preference").with("given", others).then(known)
}
