//! Metrics for Prometheus, at an address of their own: they tell about the inside, so they are no part of what the
//! public address answers. Text format 0.0.4, or OpenMetrics 1.0 for those who ask for it.

mod backups;
mod collect;

use super::watched::Watched;
use crate::store::Store;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use collect::Snapshot;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;
use std::net::SocketAddr;

/// The media type of OpenMetrics 1.0, as its specification says it.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves metrics at an address as long as the process runs, and returns the address that was bound.
pub(super) fn serve(listen: SocketAddr, store: Data<Store>, watched: Watched) -> std::io::Result<SocketAddr> {
    let watched = Data::new(watched);
    let server = HttpServer::new(move || {
        App::new().app_data(store.clone()).app_data(watched.clone()).route("/metrics", web::get().to(metrics))
    });
    let named =
        |error: std::io::Error| std::io::Error::new(error.kind(), format!("--metrics-listen {listen}: {error}"));
    let server = server.workers(1).disable_signals().bind(listen).map_err(named)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    actix_web::rt::spawn(server.run());
    Ok(address)
}

async fn metrics(request: HttpRequest, store: Data<Store>, watched: Data<Watched>) -> HttpResponse {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Snapshot::take(&store, &watched).await));
    let accepted = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let mut page = String::with_capacity(64 * 1024);
    let (encoded, content_type) = if accepted.contains("application/openmetrics-text") {
        (text::encode(&mut page, &registry), OPEN_METRICS)
    } else {
        (prometheus_text::encode(&mut page, &registry), prometheus_text::CONTENT_TYPE)
    };
    match encoded {
        Ok(()) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, content_type))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(page),
        Err(error) => {
            log::error!("metrics cannot be written: {error}");
            HttpResponse::InternalServerError().finish()
        }
    }
}
