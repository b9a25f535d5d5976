//! Headers that an operation reads, as the contract describes them.

use crate::openapi::name_of;
use crate::problem::Problem;
use crate::request::header_values::PRINTABLE;
use actix_web::http::header::{HeaderMap, HeaderName};
use thidua_domain::violation::Violation;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Components, RefOr};

/// A header of plain ASCII text. Headers with a syntax of their own are checked where they are read.
pub(super) struct HeaderLimit {
    name: HeaderName,
    /// The name as the contract spells it.
    spelled: String,
    max_length: usize,
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
                if parameter.parameter_in == ParameterIn::Header && text.pattern.as_deref() == Some(PRINTABLE) =>
            {
                let (name, spelled) = (parameter.name.parse().ok()?, parameter.name.clone());
                Some(Self { name, spelled, max_length: text.max_length? })
            }
            _ => None,
        }
    }

    /// Refuses headers that are empty, too long, or not of visible ASCII.
    pub(super) fn check(limits: &[Self], headers: &HeaderMap) -> Result<(), Problem> {
        let unfit = limits.iter().filter(|limit| headers.get_all(&limit.name).any(|text| !limit.fits(text.as_bytes())));
        let violations: Vec<_> = unfit.map(Self::violation).collect();
        if violations.is_empty() { Ok(()) } else { Err(Problem::invalid(violations)) }
    }

    fn fits(&self, text: &[u8]) -> bool {
        (1..=self.max_length).contains(&text.len()) && text.iter().all(|byte| (b' '..=b'~').contains(byte))
    }

    fn violation(&self) -> Violation {
        let Self { spelled: name, max_length, .. } = self;
        Violation::new(format!("/{name}"), "invalid_header.printable")
            .with("name", &name)
            .with("max_length", &max_length)
    }
}
