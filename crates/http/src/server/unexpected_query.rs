//! Refusal of queries at operations that take none: nothing a caller says is silently dropped.

use super::middleware::Middleware;
use crate::problem::Problem;
use crate::request::body::pairs;
use crate::request::schema_errors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;

/// Refuses the query of a request whose operation takes none; the others check theirs themselves.
pub async fn reject_unexpected_query(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if !request.query_string().is_empty()
        && let (Some(edge), Some(path)) = (request.app_data::<Data<Middleware>>(), request.match_pattern())
        && edge.operations.refuses_query(&path, request.method())
    {
        let faults = schema_errors::parameter_faults(&pairs(request.request())?, &[]);
        return Err(Problem::invalid(faults).into());
    }
    next.call(request).await
}
