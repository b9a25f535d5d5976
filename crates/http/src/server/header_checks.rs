//! Headers that an operation reads, as the contract describes them.

use crate::openapi::name_of;
use crate::problem::Problem;
use crate::request::header_values::PRINTABLE;
use crate::response::entity_tags::{ENTITY_TAGS, entity_tags};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use thidua_domain::violation::Violation;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Components, RefOr};

/// A header of plain ASCII text, or of entity tags. Others with a syntax of their own are checked where they are read.
pub(super) struct HeaderLimit {
    name: HeaderName,
    /// The name as the contract spells it.
    spelled: String,
    max_length: usize,
    has_tags: bool,
}

impl HeaderLimit {
    /// The limits of the headers that an operation reads.
    pub(super) fn of(operation: &Operation, components: Option<&Components>) -> Vec<Self> {
        let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(reference) => match components?.parameters.get(name_of(reference))? {
                RefOr::T(parameter) => Some(parameter),
                RefOr::Ref(_) => None,
            },
        });
        parameters.filter_map(Self::described).collect()
    }

    fn described(parameter: &Parameter) -> Option<Self> {
        match &parameter.schema {
            Some(RefOr::T(Schema::Object(text)))
                if parameter.parameter_in == ParameterIn::Header
                    && [Some(PRINTABLE), Some(ENTITY_TAGS)].contains(&text.pattern.as_deref()) =>
            {
                let (name, spelled) = (parameter.name.parse().ok()?, parameter.name.clone());
                let has_tags = text.pattern.as_deref() == Some(ENTITY_TAGS);
                Some(Self { name, spelled, max_length: text.max_length?, has_tags })
            }
            _ => None,
        }
    }

    /// Refuses headers that are empty, too long, or not of visible ASCII, and tags without their quotes.
    pub(super) fn check(limits: &[Self], headers: &HeaderMap) -> Result<(), Problem> {
        let texts = |limit: &Self| headers.get_all(&limit.name).map(HeaderValue::as_bytes);
        let unfit = limits.iter().filter_map(|limit| texts(limit).find_map(|text| limit.violation(text)));
        let violations: Vec<_> = unfit.collect();
        if violations.is_empty() { Ok(()) } else { Err(Problem::invalid(violations)) }
    }

    fn fits(&self, text: &[u8]) -> bool {
        (1..=self.max_length).contains(&text.len()) && text.iter().all(|byte| (b' '..=b'~').contains(byte))
    }

    fn violation(&self, text: &[u8]) -> Option<Violation> {
        let Self { spelled: name, max_length, .. } = self;
        if !self.fits(text) {
            let violation = Violation::new(format!("/{name}"), "invalid_header.printable");
            return Some(violation.with("name", &name).with("max_length", &max_length));
        }
        let are_tags = |text: &str| text.trim() == "*" || entity_tags(text).is_some();
        let is_wrong = self.has_tags && !std::str::from_utf8(text).is_ok_and(are_tags);
        is_wrong.then(|| Violation::new(format!("/{name}"), "invalid_header.entity_tags").with("name", &name))
    }
}
