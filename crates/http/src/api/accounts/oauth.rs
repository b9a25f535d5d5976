//! OAuth 2.0 for machines: a client's secret is exchanged for an access token (RFC 6749, section 4.4), and where that is
//! done stands where machines look for it (RFC 8414). Answers have the form of those documents, not that of the API.

use crate::auth::audit_events::Occurrence;
use crate::auth::context::RequestContext;
use crate::auth::rights::Authority;
use crate::config::Origin;
use crate::crypto::api_key;
use crate::problem::Problem;
use crate::request::payload::Arrival;
use crate::store::Store;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue, PRAGMA};
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;
use thidua_domain::accounts::client_keys::{ClientKey, KeyKind};
use thidua_domain::accounts::scopes::Scope;
use thidua_domain::id::ClientKeyId;
use thidua_domain::log::changes::Actor;
use thidua_domain::log::events::EventKind;
use thidua_domain::spelling::{is_same, meant};
use thidua_domain::text::StringEnum;
use thidua_persistence::accounts::client_keys;
use thidua_persistence::{Access, AccountKind};

/// Path of the token endpoint.
pub const TOKEN: &str = "/oauth/token";
/// The media type of its requests.
pub const FORM: &str = "application/x-www-form-urlencoded";
/// The operation that events name.
pub const OPERATION: &str = "issueToken";

/// Mounts both addresses.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route(TOKEN, web::post().to(token))
        .route("/.well-known/oauth-authorization-server", web::get().to(metadata));
}

/// Mark of an answer in a form of OAuth's own. A refusal so marked goes out as it is, not as a problem.
#[derive(Clone, Copy)]
pub struct OAuthResponse;

/// Public address of the server, as far as the settings say.
pub struct PublicUrl {
    /// Origin that the settings name.
    pub said: Option<Origin>,
    /// Scheme of the address where they name none; the host is then that of the request.
    pub scheme: &'static str,
}

/// Refusal of a token.
enum Refused {
    /// In the form of RFC 6749, section 5.2: status, `error`, `error_description`.
    Own(StatusCode, &'static str, &'static str),
    /// For a reason outside OAuth.
    Otherwise(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Otherwise(problem)
    }
}

/// The parameters of a request, each at most once; those without a value count as left out.
type FormParameters = BTreeMap<String, String>;

/// A name and a secret.
type ClientCredentials = (String, String);

/// A token as it is issued.
struct IssuedToken {
    access_token: String,
    expires_in: i64,
    scope: String,
}

/// A client that has shown a good secret, with the key it belongs to.
struct AuthenticatedClient {
    client_id: String,
    id: ClientKeyId,
    key: ClientKey,
    actor: Actor,
}

async fn token(request: HttpRequest, store: Data<Store>, payload: Payload) -> Result<HttpResponse, Problem> {
    let mut response = match grant(&request, &store, payload).await {
        Ok(IssuedToken { access_token, expires_in, scope }) => HttpResponse::Ok().json(json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": expires_in, "scope": scope
        })),
        Err(Refused::Own(status, error, description)) => {
            let mut response = HttpResponse::build(status);
            if status == StatusCode::UNAUTHORIZED {
                response.insert_header(("www-authenticate", "Basic realm=\"thidua\", charset=\"UTF-8\""));
            }
            response.json(json!({ "error": error, "error_description": description }))
        }
        Err(Refused::Otherwise(problem)) => return Err(problem),
    };
    response.extensions_mut().insert(OAuthResponse);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

async fn grant(request: &HttpRequest, store: &Store, payload: Payload) -> Result<IssuedToken, Refused> {
    let form = form(request, payload).await?;
    let credentials = credentials(request, &form)?;
    match form.get("grant_type").map(String::as_str) {
        Some("client_credentials") => {}
        Some(_) => return Err(unsupported_grant()),
        None => return Err(malformed("grant_type is missing")),
    }
    let call = request.extensions().get::<Rc<RequestContext>>().cloned().ok_or_else(|| Problem::internal("no call"))?;
    let (known, actor) = {
        let model = store.model();
        let credentials = credentials.as_ref();
        let known = credentials.and_then(|credentials| known(&model.access, credentials, call.address));
        (known, credentials.map_or(Actor::SYSTEM, |(client_id, _)| named(&model.access, client_id)))
    };
    let Some((AuthenticatedClient { client_id, id, key, actor }, credentials)) = known.zip(credentials) else {
        store.record(request, Authority::to_note(actor), Occurrence::of(EventKind::LogInRefused, OPERATION)).await?;
        return Err(unknown_client());
    };
    let scope = scope(&key, form.get("scope").map(String::as_str))?;
    let came_in = Occurrence::of(EventKind::LogIn, OPERATION);
    let used = move |transaction: &mut thidua_persistence::Transaction<'_>| client_keys::used(transaction, id);
    let address = call.address;
    let may = move |access: &Access| known_still(access, &credentials, address, id);
    let by = Authority::to_come_in(actor, may, Problem::invalid_token);
    let noted = store.record_with(request, by, came_in, used).await;
    noted.map_err(|problem| match problem.status_code() {
        StatusCode::UNAUTHORIZED => unknown_client(),
        _ => Refused::Otherwise(problem),
    })?;
    let issued = store.tokens.issue_to_client((&client_id, id, &key), &scope, Utc::now());
    let (access_token, expires_in) = issued.map_err(Problem::internal)?;
    Ok(IssuedToken { access_token, expires_in, scope })
}

/// The form in the body. A query is refused, since addresses end up in the logs of others.
async fn form(request: &HttpRequest, payload: Payload) -> Result<FormParameters, Refused> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(malformed("The Content-Type must be application/x-www-form-urlencoded"));
    }
    if !request.query_string().is_empty() {
        return Err(malformed("Parameters are sent in the body only"));
    }
    let body = Arrival::of(request, &mut payload.into_inner(), |limits| limits.single)?.whole().await?;
    let mut form = FormParameters::new();
    for (name, value) in form_urlencoded::parse(&body) {
        if form.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(malformed("A parameter is sent more than once"));
        }
    }
    form.retain(|_, value| !value.is_empty());
    Ok(form)
}

/// The name and the secret of a client, said in one way only (RFC 6749, section 2.3.1).
fn credentials(request: &HttpRequest, form: &FormParameters) -> Result<Option<ClientCredentials>, Refused> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let (header, another) = (headers.next(), headers.next());
    let (client_id, secret) = (form.get("client_id"), form.get("client_secret"));
    if another.is_some() || header.is_some() && secret.is_some() {
        return Err(malformed("The client authenticates in one way only"));
    }
    let Some(header) = header else {
        return Ok(client_id.zip(secret).map(|(client_id, secret)| (client_id.clone(), secret.clone())));
    };
    let basic = basic(header.to_str().unwrap_or_default());
    match (&basic, client_id) {
        (Some((name, _)), Some(client_id)) if !is_same(name, client_id) => {
            Err(malformed("client_id names another client"))
        }
        _ => Ok(basic),
    }
}

/// The name and the secret in an HTTP Basic header, both encoded as in a form.
fn basic(header: &str) -> Option<ClientCredentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client_id, secret) = text.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let decoded = |text: &str| {
        // Read as the value of a field without a name; an unescaped `&` would end it.
        let text = format!("={}", text.replace('&', "%26"));
        form_urlencoded::parse(text.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some((decoded(client_id)?, decoded(secret)?))
}

/// The secret that a client has brought, if it is good now and here.
fn known(
    access: &Access,
    (client_id, secret): &ClientCredentials,
    address: Option<IpAddr>,
) -> Option<AuthenticatedClient> {
    let id = *access.keys_by_hash.get(&api_key::hash(KeyKind::ClientSecret, secret)?)?;
    let key = access.keys.get(&id).filter(|key| key.kind == KeyKind::ClientSecret)?;
    let account = access.accounts.get(&key.client).filter(|account| is_same(&account.username, client_id))?;
    (!account.disabled && key.is_good(Utc::now(), address)).then(|| AuthenticatedClient {
        client_id: account.username.clone(),
        id,
        key: key.clone(),
        actor: account.actor(key.client),
    })
}

/// True of a secret that was good and still is.
fn known_still(access: &Access, credentials: &ClientCredentials, address: Option<IpAddr>, id: ClientKeyId) -> bool {
    known(access, credentials, address).is_some_and(|known| known.id == id)
}

/// The client with a name, as the logs name it; the program itself while there is none.
fn named(access: &Access, client_id: &str) -> Actor {
    let clients = access.accounts.iter().filter(|(_, account)| account.kind == AccountKind::Client);
    let named = meant(client_id, clients, |(_, account)| &account.username);
    named.map_or(Actor::SYSTEM, |(id, account)| account.actor(*id))
}

/// The scopes asked for, which must be among those of the secret; all of these when none are asked for.
fn scope(key: &ClientKey, asked: Option<&str>) -> Result<String, Refused> {
    let asked: Option<Vec<Scope>> = match asked {
        None => Some(key.scopes.clone()),
        Some(text) => text.split(' ').map(Scope::from_spelling).collect(),
    };
    let mut scopes = asked.filter(|asked| asked.iter().all(|scope| key.scopes.contains(scope))).ok_or(Refused::Own(
        StatusCode::BAD_REQUEST,
        "invalid_scope",
        "The secret does not have all of these scopes",
    ))?;
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "))
}

fn malformed(description: &'static str) -> Refused {
    Refused::Own(StatusCode::BAD_REQUEST, "invalid_request", description)
}

fn unknown_client() -> Refused {
    Refused::Own(
        StatusCode::UNAUTHORIZED,
        "invalid_client",
        "The client is unknown or disabled, or its secret is wrong, has run out, or is used from elsewhere",
    )
}

fn unsupported_grant() -> Refused {
    Refused::Own(StatusCode::BAD_REQUEST, "unsupported_grant_type", "The grant_type must be client_credentials")
}

/// Metadata of this server for OAuth clients (RFC 8414).
async fn metadata(request: HttpRequest, outside: Data<PublicUrl>) -> Result<HttpResponse, Problem> {
    let issuer = outside.address(&request)?;
    Ok(HttpResponse::Ok().insert_header(("vary", "host")).json(json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}{TOKEN}"),
        "jwks_uri": format!("{issuer}/.well-known/access-token-jwks.json"),
        "scopes_supported": Scope::SPELLINGS,
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "service_documentation": format!("{issuer}/docs/"),
        "ui_locales_supported": ["vi", "en"],
    })))
}

impl PublicUrl {
    /// The address the settings name; otherwise the one by which the caller has found the server.
    fn address(&self, request: &HttpRequest) -> Result<String, Problem> {
        if let Some(said) = &self.said {
            return Ok(said.as_str().to_owned());
        }
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| request.uri().authority().map(|authority| authority.as_str())).unwrap_or_default();
        let origin: Result<Origin, _> = format!("{}://{host}", self.scheme).parse();
        let unreadable = |_| Problem::malformed("malformed_request.host");
        origin.map(|origin| origin.as_str().to_owned()).map_err(unreadable)
    }
}
