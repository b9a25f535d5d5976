//! Answers that reflect every commit made before the question was asked, on whatever node: `Prefer: wait=SECONDS`, as
//! in RFC 7240, section 4.3. A node answers from a read model that follows the log of all nodes; for a caller ready to
//! wait it reads the end of the log first.

use crate::problem::Problem;
use crate::request::preferences;
use crate::store::Store;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use tokio::time::timeout;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Brings the read model up to the end of the log first, for whoever prefers to wait; 503 when that takes longer.
pub(super) async fn when_preferred(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let Some(wait) = preferences::wait(request.headers()) else { return next.call(request).await };
    if let Some(store) = request.app_data::<Data<Store>>().cloned() {
        timeout(wait, store.catch_up()).await.map_err(|_| Problem::unavailable())??;
    }
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    let others = headers.get(PREFERENCE_APPLIED).and_then(|applied| applied.to_str().ok());
    let others = others.map(|others| format!("{others}, ")).unwrap_or_default();
    if let Ok(applied) = HeaderValue::from_str(&format!("{others}wait={}", wait.as_secs())) {
        headers.insert(PREFERENCE_APPLIED, applied);
    }
    Ok(response)
}
