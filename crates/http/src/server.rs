//! The server: one application per worker, one middleware that renders every refusal, and an orderly end.

use crate::batch::MaxBatchBody;
use crate::config::ServeConfig;
use crate::contract;
use crate::problem::{Language, MEDIA_TYPE, Problem};
use crate::queries;
use crate::respond;
use crate::routes::{self, BASE};
use crate::store::Store;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::{Compress, Next, from_fn};
use actix_web::web::{self, Data, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::FutureExt;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Binds and describes the server; awaiting it serves until it is told to stop. Also says which address was bound.
pub fn bind(config: &ServeConfig, store: Data<Store>) -> std::io::Result<(Server, SocketAddr)> {
    let document = contract::document();
    let text = Data::new(ContractText(contract::json()));
    let methods = Data::new(Methods::of(&document));
    let max_body = config.max_body;
    let max_batch_body = Data::new(MaxBatchBody(config.max_batch_body));
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(store.clone())
            .app_data(text.clone())
            .app_data(methods.clone())
            .app_data(PayloadConfig::new(max_body))
            .app_data(max_batch_body.clone())
            .wrap(from_fn(queries::refuse_unasked))
            .wrap(from_fn(respond::conditional))
            .wrap(Compress::default())
            .wrap(from_fn(refusals))
            .into_utoipa_app()
            .service(utoipa_actix_web::scope(BASE).configure(routes::api))
            .into_app()
            .route("/healthz", web::get().to(alive))
            .route("/readyz", web::get().to(ready))
            .route("/openapi.json", web::get().to(openapi))
            .route("/", web::get().to(home))
            .route("/docs", web::get().to(home))
            .service(SwaggerUi::new("/docs/{_:.*}").config(swagger_config()))
            .default_service(web::to(unknown))
    })
    .shutdown_timeout(25)
    .bind(config.listen)?;
    if let Some(workers) = config.workers {
        server = server.workers(workers);
    }
    let address = server.addrs().first().copied().unwrap_or(config.listen);
    Ok((server.run(), address))
}

/// Swagger UI over the served contract; it fetches nothing from elsewhere.
fn swagger_config() -> Config<'static> {
    Config::from("/openapi.json")
        .try_it_out_enabled(true)
        .persist_authorization(true)
        .display_request_duration(true)
        .filter(true)
}

struct ContractText(String);

async fn openapi(text: Data<ContractText>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(text.0.clone())
}

async fn home() -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header(("location", "/docs/")).finish()
}

/// Whether the process runs.
async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "alive" }))
}

/// Whether the process can serve: the database answers.
async fn ready(store: Data<Store>) -> Result<HttpResponse, Problem> {
    store.read(thidua_persistence::Connection::ping).await?;
    let seq = store.model().seq;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "status": "ready", "seq": seq })))
}

/// The methods each path of the contract knows.
struct Methods(BTreeMap<String, Vec<&'static str>>);

impl Methods {
    fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let paths = document.paths.paths.iter().map(|(path, item)| {
            let known = [
                (item.get.is_some(), "GET"),
                (item.post.is_some(), "POST"),
                (item.put.is_some(), "PUT"),
                (item.patch.is_some(), "PATCH"),
                (item.delete.is_some(), "DELETE"),
            ];
            (path.clone(), known.into_iter().filter(|(has, _)| *has).map(|(_, method)| method).collect())
        });
        Self(paths.collect())
    }

    fn of_path(&self, path: &str) -> Option<String> {
        let matches = |template: &str| {
            let (mut wanted, mut given) = (template.split('/'), path.split('/'));
            loop {
                match (wanted.next(), given.next()) {
                    (None, None) => return true,
                    (Some(wanted), Some(given)) if wanted == given || wanted.starts_with('{') => {}
                    _ => return false,
                }
            }
        };
        self.0.iter().find(|(template, _)| matches(template)).map(|(_, methods)| methods.join(", "))
    }
}

async fn unknown(request: HttpRequest, methods: Data<Methods>) -> Result<HttpResponse, Problem> {
    match methods.of_path(request.path()) {
        None => Err(Problem::not_found()),
        Some(allowed) => Err(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            format!("Địa chỉ này chỉ nhận: {allowed}."),
            format!("This address takes only: {allowed}."),
        )
        .with_header("allow", &allowed)),
    }
}

/// Renders every refusal, whoever made it, as problem+json; a panic becomes one, too.
async fn refusals(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let language = Language::of(request.headers());
    // No code holds a NUL, and PostgreSQL would refuse to compare with one.
    if request.path().contains("%00") {
        return Ok(request.into_response(Problem::not_found().respond(language)));
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(mut response)) => {
            let status = response.status();
            let rendered = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == MEDIA_TYPE);
            if rendered || !(status.is_client_error() || status.is_server_error()) {
                respond::tag_encoding(response.headers_mut());
                return Ok(response.map_into_boxed_body());
            }
            let problem = carried(response.response());
            Ok(response.into_response(problem.respond(language)))
        }
        Ok(Err(error)) => {
            let problem = carried(&error.error_response());
            Err(InternalError::from_response(error, problem.respond(language)).into())
        }
        Err(_) => {
            let problem = Problem::internal("a handler panicked");
            Err(InternalError::from_response(problem.clone(), problem.respond(language)).into())
        }
    }
}

/// The problem a response stands for: the one it carries, or what its status says.
fn carried<B>(response: &HttpResponse<B>) -> Problem {
    let carried = response.extensions().get::<Problem>().cloned();
    carried.unwrap_or_else(|| Problem::of_status(response.status()))
}
