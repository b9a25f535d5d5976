//! Refusal of queries at operations that take none: nothing a caller says is silently dropped.

use crate::openapi;
use crate::problem::Problem;
use crate::request::body::pairs;
use crate::request::schema_errors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use std::collections::HashSet;
use std::sync::LazyLock;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Operation, ParameterIn};

/// The operations of the contract that take no query, as method and path.
static WITHOUT: LazyLock<HashSet<(Method, String)>> = LazyLock::new(|| {
    let paths = openapi::document().paths.paths;
    let operations = paths.into_iter().flat_map(|(path, item)| {
        let known = [
            (Method::GET, item.get),
            (Method::POST, item.post),
            (Method::PUT, item.put),
            (Method::PATCH, item.patch),
            (Method::DELETE, item.delete),
        ];
        known.into_iter().filter_map(move |(method, operation)| Some((method, path.clone(), operation?)))
    });
    let without = operations.filter(|(_, _, operation)| !takes_query(operation));
    without.map(|(method, path, _)| (method, path)).collect()
});

fn takes_query(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|known| matches!(known, RefOr::T(known) if known.parameter_in == ParameterIn::Query))
}

/// Refuses the query of a request whose operation takes none; the others check theirs themselves.
pub async fn reject_unexpected_query(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if !request.query_string().is_empty()
        && let Some(path) = request.match_pattern()
    {
        let method = if *request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
        if WITHOUT.contains(&(method, path)) {
            let faults = schema_errors::parameter_faults(&pairs(request.request())?, &[]);
            return Err(Problem::invalid(faults).into());
        }
    }
    next.call(request).await
}
