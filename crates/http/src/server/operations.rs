//! Operations of each address, read off the contract: methods, media types in and out, headers. Anything else is
//! refused before a handler is asked.

use super::header_checks::HeaderLimit;
use crate::api::accounts::oauth;
use crate::auth::change_reason;
use crate::auth::context::RequestContext;
use crate::openapi::request_headers;
use crate::problem::Problem;
use crate::problem::negotiation;
use crate::request::preferences;
use crate::request::preferences::Preference;
use actix_web::HttpResponse;
use actix_web::http::header::{ALLOW, HeaderMap};
use actix_web::http::{Method, StatusCode};
use foldhash::HashMap;
use std::sync::Arc;
use utoipa::openapi::path::{Operation as Described, ParameterIn};
use utoipa::openapi::{Components, OpenApi, RefOr};

/// The operations of every address.
pub(crate) struct Operations {
    by_address: HashMap<String, AtAddress>,
    beside_it: AtAddress,
}

/// The operations of one address.
pub(super) struct AtAddress(Vec<(Method, OperationRules)>);

/// An operation, as far as media types and headers go.
#[derive(Default)]
struct OperationRules {
    id: Option<Arc<str>>,
    /// Media types of its bodies when it succeeds; none when it has no body, or any type.
    gives: Vec<String>,
    /// Media types it takes.
    takes: Vec<String>,
    headers: Vec<HeaderLimit>,
    /// Preferences that it takes.
    prefers: Vec<Preference>,
    /// True when it changes something.
    changes: bool,
    /// True when it takes the reason for a change.
    takes_reason: bool,
    /// True when the contract names no parameter of its query.
    refuses_query: bool,
}

impl Operations {
    pub(super) fn of(document: &OpenApi) -> Self {
        let addresses = document.paths.paths.iter().map(|(path, item)| {
            let known = [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            let operations = known.into_iter().filter_map(|(method, operation)| {
                let described = operation.as_ref()?;
                let operation = OperationRules::of(described, document.components.as_ref());
                let changes = method != Method::GET && request_headers::changes_at(path);
                Some((method, OperationRules { changes, ..operation }))
            });
            (path.clone(), AtAddress(operations.collect()))
        });
        let token = OperationRules {
            id: Some(Arc::from(oauth::OPERATION)),
            takes: vec![oauth::FORM.to_owned()],
            changes: true,
            ..OperationRules::default()
        };
        let token = (oauth::TOKEN.to_owned(), AtAddress(vec![(Method::POST, token)]));
        Self {
            by_address: addresses.chain([token]).collect(),
            beside_it: AtAddress(vec![(Method::GET, OperationRules::default())]),
        }
    }

    /// The operations at a routed address. Pages beside the contract are read only, and negotiate for themselves.
    pub(super) fn at(&self, template: &str) -> &AtAddress {
        self.by_address.get(template).unwrap_or(&self.beside_it)
    }

    /// True for an operation of the contract that takes no query; pages beside the contract look after theirs.
    pub(super) fn refuses_query(&self, template: &str, method: &Method) -> bool {
        self.at(template).find(method).is_some_and(|operation| operation.refuses_query)
    }

    /// True when a call takes the reason for a change.
    pub(super) fn take_reason(&self, call: &RequestContext) -> bool {
        let template = call.template.as_deref();
        template.and_then(|template| self.at(template).find(&call.method)).is_some_and(|found| found.takes_reason)
    }

    /// The `operationId` a call is for.
    pub(super) fn id(&self, call: &RequestContext) -> Option<&Arc<str>> {
        self.at(call.template.as_deref()?).find(&call.method)?.id.as_ref()
    }
}

impl OperationRules {
    fn of(described: &Described, components: Option<&Components>) -> Self {
        let successes = described.responses.responses.iter().filter(|(status, _)| status.starts_with('2'));
        let gives = successes.flat_map(|(_, response)| match response {
            RefOr::T(response) => response.content.keys().cloned().collect::<Vec<_>>(),
            RefOr::Ref(_) => Vec::new(),
        });
        let prefers = [
            (Preference::DryRun, request_headers::can_be_tried(described)),
            (Preference::ExactCount, request_headers::counts(described)),
        ];
        let prefers = prefers.into_iter().filter(|(_, is_taken)| *is_taken).map(|(preference, _)| preference);
        let takes = match &described.request_body {
            Some(RefOr::T(body)) => body.content.keys().cloned().collect(),
            _ => Vec::new(),
        };
        Self {
            id: described.operation_id.as_deref().map(Arc::from),
            gives: gives.collect(),
            takes,
            headers: HeaderLimit::of(described, components),
            prefers: prefers.collect(),
            changes: false,
            takes_reason: request_headers::takes(described, change_reason::PARAMETER),
            refuses_query: !takes_query(described),
        }
    }
}

impl AtAddress {
    fn find(&self, method: &Method) -> Option<&OperationRules> {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        self.0.iter().find(|(known, _)| known == method).map(|(_, operation)| operation)
    }

    /// The value of `Allow`.
    pub(super) fn allow(&self) -> String {
        let named = self.0.iter().flat_map(|(method, _)| match *method {
            Method::GET => vec!["GET", "HEAD"],
            ref method => vec![method.as_str()],
        });
        named.chain(["OPTIONS"]).collect::<Vec<_>>().join(", ")
    }

    /// The answer to OPTIONS: the methods, and the media types they take.
    pub(super) fn options(&self) -> HttpResponse {
        let mut response = HttpResponse::NoContent();
        response.insert_header((ALLOW, self.allow()));
        for (method, header) in [(Method::PATCH, "accept-patch"), (Method::POST, "accept-post")] {
            if let Some(operation) = self.find(&method).filter(|operation| !operation.takes.is_empty()) {
                response.insert_header((header, operation.takes.join(", ")));
            }
        }
        response.finish()
    }

    /// Refuses a method the address does not know, a caller who accepts none of its media types, a dry run where there
    /// is none, and headers that are not as the contract says.
    pub(super) fn check(&self, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
        let operation = self.find(method).ok_or_else(|| method_not_allowed(&self.allow()))?;
        let mut readable = operation.gives.iter().map(String::as_str).chain([crate::problem::MEDIA_TYPE]);
        let accepts = operation.gives.is_empty() || readable.any(|kind| negotiation::accepts(headers, kind));
        if !accepts {
            return Err(Problem::not_acceptable(&operation.gives));
        }
        preferences::require_kept(headers, &operation.prefers, operation.changes)?;
        HeaderLimit::check(&operation.headers, headers)
    }
}

fn takes_query(operation: &Described) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|known| matches!(known, RefOr::T(known) if known.parameter_in == ParameterIn::Query))
}

fn method_not_allowed(allowed: &str) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
        .with("allowed", &allowed)
        .with_header("allow", allowed)
}
