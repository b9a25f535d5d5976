//! The server: one application per worker, and the addresses beside the API. [`middleware`] does what every answer
//! needs, whatever it is about.

mod access_log;
pub(crate) mod background_verify;
mod cors;
pub mod deprecations;
mod docs_page;
mod edge_rules;
pub(crate) mod header_checks;
mod headers;
mod health;
mod listening;
mod metrics;
pub mod middleware;
pub(crate) mod openapi_pages;
mod operations;
mod problem_pages;
mod process;
pub mod rate_limits;
mod requests;
pub(crate) mod response_cache;
mod tls;
pub mod unexpected_query;
mod unreadable;
pub(crate) mod wait_for_commits;
mod watched;
mod well_known;

pub use access_log::REQUESTS;
pub use problem_pages::markdown as problems_as_markdown;

use crate::api;
use crate::api::accounts::oauth;
use crate::api::accounts::oauth::PublicUrl;
use crate::api::accounts::sign_on::{Issuer, Issuers};
use crate::api::log::readings::Readings;
use crate::auth::stream_places::StreamPlaces;
use crate::config::ServeConfig;
use crate::openapi;
use crate::problem::Problem;
use crate::request::BASE;
use crate::request::batch::BatchLimits;
use crate::request::payload::BodyLimits;
use crate::request::served_contract;
use crate::response::etag;
use crate::response::paced;
use crate::store::Store;
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Compress, from_fn};
use actix_web::rt::signal::unix::{SignalKind, signal};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse};
use deprecations::{DEPRECATIONS, Deprecation};
use docs_page::DOCS;
use middleware::Middleware;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use thidua_domain::figures::small_cells::SmallCells;
use utoipa_actix_web::AppExt;
use watched::Watched;

/// A server that is bound; awaiting it serves until it is told to stop.
pub struct Bound {
    /// The server to be awaited.
    pub server: Server,
    /// The address it listens on.
    pub address: SocketAddr,
    /// The address of the metrics, if they have one.
    pub metrics: Option<SocketAddr>,
}

/// Binds the server, and starts what it does in the background.
pub fn bind(config: &ServeConfig, store: Data<Store>) -> std::io::Result<Bound> {
    bind_deprecating(config, store, DEPRECATIONS)
}

/// As [`bind`], with another table of deprecated operations.
pub fn bind_deprecating(
    config: &ServeConfig,
    store: Data<Store>,
    deprecations: &'static [Deprecation],
) -> std::io::Result<Bound> {
    let shared = store.clone();
    served_contract::serve(openapi::value);
    let edge = Data::new(Middleware::new(&config.edge, &config.watch, &openapi::document(), deprecations));
    let watched = Watched {
        requests: Arc::clone(&edge.requests),
        readiness: Arc::default(),
        verifications: Arc::default(),
        backup_folder: config.watch.backup_folder.clone(),
    };
    let readiness = Data::from(Arc::clone(&watched.readiness));
    let readings = Data::new(Readings::default());
    let stream_places = Data::new(StreamPlaces::new(config.edge.streams_per_account));
    let security_txt = Data::new(well_known::SecurityTxt::new(&config.edge));
    let outside = Data::new(PublicUrl { said: config.edge.public_url.clone(), scheme: config.tls.scheme() });
    let body_limits = Data::new(BodyLimits {
        single: config.max_body,
        batch: config.max_batch_body,
        patience: Duration::from_secs(config.body_seconds.into()),
        in_all: Duration::from_secs(config.body_total_seconds.into()),
    });
    let atomic_rows = usize::try_from(config.atomic_rows).unwrap_or(usize::MAX);
    let issuer = Issuer::of(&config.sign_on).map_err(std::io::Error::other)?.map(Arc::new);
    let issuers = Data::new(Issuers(issuer.clone()));
    let batch_limits = Data::new(BatchLimits::new(atomic_rows));
    let small_cells = Data::new(SmallCells::below(config.small_cells));
    let connections = edge.clone();
    let application = move || {
        App::new()
            .app_data(store.clone())
            .app_data(edge.clone())
            .app_data(security_txt.clone())
            .app_data(outside.clone())
            .app_data(body_limits.clone())
            .app_data(batch_limits.clone())
            .app_data(small_cells.clone())
            .app_data(issuers.clone())
            .app_data(readiness.clone())
            .app_data(readings.clone())
            .app_data(stream_places.clone())
            .wrap(from_fn(paced::with_room))
            .wrap(from_fn(unexpected_query::reject_unexpected_query))
            .wrap(from_fn(etag::conditional))
            .wrap(from_fn(wait_for_commits::when_preferred))
            .wrap(Compress::default())
            .wrap(from_fn(middleware::wrap))
            .into_utoipa_app()
            .service(utoipa_actix_web::scope(BASE).configure(api::api))
            .into_app()
            .configure(beside_the_api)
            .default_service(web::to(unknown))
    };
    let tls = tls::server_config(&config.tls)?;
    let (server, address) = listening::serve(config.listen, tls, config.workers, &connections, application)?;
    ignore_file_size_signal()?;
    let watching = shared.clone();
    actix_web::rt::spawn(async move { watching.keep_shutting_out_unused().await });
    let telling = shared.clone();
    actix_web::rt::spawn(async move { telling.keep_telling_repeats().await });
    if let Some(issuer) = issuer {
        actix_web::rt::spawn(web::block(move || issuer.make_ready()));
    }
    if config.watch.verify_hours > 0 {
        background_verify::keep_verifying(
            shared.clone(),
            Arc::clone(&watched.verifications),
            Duration::from_secs(3600 * u64::from(config.watch.verify_hours)),
        )?;
    }
    let metrics = match config.watch.metrics_listen {
        Some(listen) => Some(metrics::serve(listen, shared.clone(), watched)?),
        None => None,
    };
    stop_when_asked(server.handle(), shared)?;
    Ok(Bound { server, address, metrics })
}

/// Stops the server when the system asks for it (SIGTERM): ends all waiting for changes, so that the server can finish
/// what is under way. The server listens to that signal, too, but only from when it is awaited on.
fn stop_when_asked(server: ServerHandle, store: Data<Store>) -> std::io::Result<()> {
    let mut asked = signal(SignalKind::terminate())?;
    actix_web::rt::spawn(async move {
        asked.recv().await;
        store.stop();
        store.tell_all_repeats();
        server.stop(true).await;
    });
    Ok(())
}

/// SIGXFSZ, by its number on Linux: a file was to grow beyond what the process may write.
const FILE_TOO_LARGE: i32 = 25;

/// Has a write fail beyond the largest size of a file; without a listener the signal would end the program.
fn ignore_file_size_signal() -> std::io::Result<()> {
    let mut told = signal(SignalKind::from_raw(FILE_TOO_LARGE))?;
    actix_web::rt::spawn(async move { while told.recv().await.is_some() {} });
    Ok(())
}

/// Routes that the contract does not list: probes, the contract itself, pages for people, and the token endpoint. All
/// but the last are read with GET.
fn beside_the_api(config: &mut web::ServiceConfig) {
    config
        .configure(health::routes)
        .route("/", web::get().to(home))
        .route("/docs", web::get().to(home))
        .configure(openapi_pages::routes)
        .configure(problem_pages::routes)
        .configure(well_known::routes)
        .configure(oauth::routes)
        .configure(docs_page::routes);
}

async fn home() -> HttpResponse {
    HttpResponse::TemporaryRedirect()
        .insert_header(("location", DOCS))
        .insert_header(("link", well_known::CATALOG_LINK))
        .finish()
}

async fn unknown() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}
