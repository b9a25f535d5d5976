//! Reading requests: shape is checked here, everything else in the domain.

use crate::problem::Problem;
use crate::request::json::{Place, UniqueKeys, escaped};
use crate::request::payload::Arrival;
use crate::request::schema_errors;
use crate::request::whole_numbers::WholeNumbers;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Display;
use std::future::{Ready, ready};
use thidua_domain::limits;
use thidua_domain::text::unreadable;
use thidua_domain::violation::{Violation, Violations};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

/// A JSON body of the right shape.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A merge patch (RFC 7396): members replace, `null` removes.
#[derive(Debug, Clone)]
pub struct Patch(Value);

/// Query parameters of the right shape; unknown ones are refused.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read(request, payload, &["application/json"]);
        Box::pin(async move {
            let value = parse(&body.await?)?;
            Ok(Self(shaped(value)?))
        })
    }
}

impl FromRequest for Patch {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read(request, payload, &["application/merge-patch+json", "application/json"]);
        Box::pin(async move {
            let value = parse(&body.await?)?;
            if value.is_object() {
                return Ok(Self(value));
            }
            Err(Violation::new("", "not_an_object").into())
        })
    }
}

impl Patch {
    /// The input that a current one becomes.
    pub fn applied_to<T>(&self, current: &T) -> Result<T, Vec<Violation>>
    where
        T: Serialize + DeserializeOwned + ToSchema,
    {
        let faults = schema_errors::patch_faults(&T::name(), &self.0);
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut merged = serde_json::to_value(current).unwrap_or_default();
        let before = merged.clone();
        merge(&mut merged, &self.0);
        schema_errors::settle(&T::name(), &before, &self.0, &mut merged);
        fitting(&merged)
    }

    /// One text of the patch, when it is there.
    pub fn text(&self, member: &str) -> Option<&str> {
        self.0[member].as_str()
    }
}

/// Reads a member that may be left out, which means something else than null.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(member: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(member).map(Some)
}

/// Makes a merge patch (RFC 7396, section 2).
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(object) = target {
        for (name, value) in members {
            if value.is_null() {
                object.remove(name);
            } else {
                merge(object.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

impl<T: DeserializeOwned + IntoParams> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let query = pairs(request).and_then(|pairs| from_pairs(&pairs, || T::into_params(|| Some(ParameterIn::Query))));
        ready(query.map(Self))
    }
}

/// The names and texts of a query.
pub(crate) type Pairs = Vec<(String, String)>;

/// The parameters of a query, each given once.
pub(crate) fn pairs(request: &HttpRequest) -> Result<Pairs, Problem> {
    let pairs: Pairs = serde_urlencoded::from_str(request.query_string())
        .map_err(|_| Problem::malformed("malformed_request.query"))?;
    let mut names = HashSet::new();
    for (name, value) in &pairs {
        let place = Place::Member(&Place::Root, name);
        if !names.insert(name.as_str()) {
            return Err(Violation::new(place.to_string(), "duplicate_parameter").into());
        }
        if value.contains('\0') || name.contains('\0') {
            return Err(Violation::new(place.to_string(), "control_character").with("code_point", "0000").into());
        }
    }
    Ok(pairs)
}

/// The pairs of a query read as a type that the contract describes by these parameters.
pub(crate) fn from_pairs<T: DeserializeOwned>(
    pairs: &[(String, String)],
    parameters: impl Fn() -> Vec<Parameter>,
) -> Result<T, Problem> {
    let text = serde_urlencoded::to_string(pairs).unwrap_or_default();
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    let parsed: T = serde_path_to_error::deserialize(deserializer)
        .map_err(|error| with_the_first(schema_errors::parameter_faults(pairs, &parameters()), &error))?;
    if pairs.iter().any(|(_, text)| unreadable("", text).is_some()) {
        let faults = schema_errors::parameter_faults(pairs, &parameters());
        if !faults.is_empty() {
            return Err(faults.into());
        }
    }
    Ok(parsed)
}

/// Reads a body of one of the media types.
fn read(
    request: &HttpRequest,
    payload: &mut Payload,
    media_types: &'static [&'static str],
) -> LocalBoxFuture<'static, Result<Bytes, Problem>> {
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let body = Arrival::of(request, payload, |limits| limits.single);
    Box::pin(async move {
        if !media_types.contains(&essence.as_str()) {
            return Err(Problem::media_type(media_types));
        }
        body?.whole().await
    })
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let UniqueKeys(value) = serde_json::from_slice(&WholeNumbers::of(bytes)).map_err(|error| malformed_json(&error))?;
    Ok(value?)
}

/// The refusal of a text that is not JSON.
pub fn malformed_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::malformed("malformed_request.json").with("line", &line.to_string()).with("column", &column.to_string())
}

/// A value read as a type; every violation points to its member.
pub fn shaped<T: DeserializeOwned + ToSchema>(value: Value) -> Result<T, Vec<Violation>> {
    let parsed = fitting(&value)?;
    let unreadable = if may_be_unreadable(&value) { schema_errors::faults(&T::name(), &value) } else { Vec::new() };
    if unreadable.is_empty() { Ok(parsed) } else { Err(unreadable) }
}

/// As [`shaped`], of a value whose texts have been judged, or stand in a row already.
fn fitting<T: DeserializeOwned + ToSchema>(value: &Value) -> Result<T, Vec<Violation>> {
    T::deserialize(value).map_err(|_| misshapen::<T>(value))
}

/// True when a text somewhere in a value cannot be read; where that is no fault, the schemas say so.
fn may_be_unreadable(value: &Value) -> bool {
    match value {
        Value::String(text) => unreadable("", text).is_some(),
        Value::Array(items) => items.iter().any(may_be_unreadable),
        Value::Object(members) => members.values().any(may_be_unreadable),
        _ => false,
    }
}

/// As [`shaped`], where nobody is told why a value does not fit.
pub fn shaped_untold<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok().filter(|_| !may_be_unreadable(value))
}

/// Faults for which serde refuses a value. Their places are looked for only now.
fn misshapen<T: DeserializeOwned + ToSchema>(value: &Value) -> Vec<Violation> {
    let faults = schema_errors::faults(&T::name(), value);
    match serde_path_to_error::deserialize::<_, T>(value) {
        Ok(_) => faults,
        Err(error) => with_the_first(faults, &error),
    }
}

/// The faults that the contract's schemas tell, with the one at which serde stopped: limits as their type has them, or a
/// reason that the schemas do not know.
fn with_the_first<E: Display>(mut faults: Vec<Violation>, error: &serde_path_to_error::Error<E>) -> Vec<Violation> {
    let pointer = pointer_of(error.path());
    let first = match limits::told(&error.inner().to_string()) {
        Some(limits) => schema_errors::beyond(pointer, limits),
        None if faults.is_empty() => Violation::new(pointer, "invalid_shape"),
        None => return faults,
    };
    match faults.iter_mut().find(|fault| fault.pointer == first.pointer) {
        Some(fault) => *fault = first,
        None => faults.push(first),
    }
    faults
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let parts = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(escaped(key)),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    parts.map(|part| format!("/{part}")).collect()
}

/// A rule between members of an input, broken at one of them.
pub fn broken_rule(pointer: &'static str, key: &'static str) -> ValidationError {
    ValidationError::new(key).with_message(pointer.into())
}

/// Notes the rules between its members that an input breaks, each as [`broken_rule`] says it.
pub fn require_rules(found: &mut Violations, input: &impl Validate) {
    let errors = input.validate().err().unwrap_or_default();
    for ValidationError { code, message, .. } in errors.field_errors().into_values().flatten() {
        if let Cow::Borrowed(code) = code {
            found.require(false, || Violation::new(message.clone().unwrap_or_default(), code));
        }
    }
}

/// A filter without members.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoParameters {}

impl IntoParams for NoParameters {
    fn into_params(_within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Vec::new()
    }
}
