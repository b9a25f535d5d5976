//! Second factors: set up, confirmed and taken away by their owner; asked for at log-in.

use crate::api::accounts::reauthentication::{reauthenticate, require_user};
use crate::auth::audit_events::Occurrence;
use crate::auth::caller::{Allowed, Read, permission};
use crate::auth::rights::Authority;
use crate::crypto::passwords;
use crate::crypto::passwords::Password;
use crate::crypto::totp;
use crate::problem::Problem;
use crate::request::body::Body;
use crate::store::Store;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thidua_domain::id::AccountId;
use thidua_domain::limits::Within;
use thidua_domain::log::events::EventKind;
use thidua_domain::log::hexadecimal::hexadecimal;
use thidua_domain::violation::Violation;
use thidua_persistence::accounts::second_factors;
use thidua_persistence::accounts::second_factors::SecondFactor;
use thidua_persistence::{Error, Transaction};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Second factors.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(prepare).service(confirm).service(remove);
}

/// Recovery codes made at a time.
const RECOVERY_CODES: usize = 10;
/// Random bytes of a recovery code: 120 bits, 24 characters, so that a plain hash of it tells nothing (ASVS 5, V6.5).
const RECOVERY_BYTES: usize = 15;

/// Set up a second factor
///
/// Makes a key for an authenticator app (TOTP, RFC 6238) and shows it once. It is asked for at log-in only after it has
/// been confirmed with a code.
#[utoipa::path(
    operation_id = "prepareSecondFactor",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "auth",
    request_body(content = OwnPassword, example = json!({"password": "mat-khau-cua-ban-o-day"})),
    responses((status = OK, body = PreparedFactor, description = "The key"))
)]
#[post("/auth/second-factor")]
async fn prepare(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<Read>,
    Body(input): Body<OwnPassword>,
) -> Result<HttpResponse, Problem> {
    reauthenticate(&request, &store, &caller, "/password", input.password.get()).await?.counts_no_more(&store).await?;
    let mut key = [0_u8; totp::KEY];
    rand::fill(&mut key).map_err(Problem::internal)?;
    let account = caller.user;
    let sealed = seal(&store, account, &key).map_err(Problem::internal)?;
    let work = move |transaction: &mut Transaction<'_>| second_factors::prepare(transaction, account, &sealed);
    store.record_with(&request, Authority::of(&caller), changed("prepareSecondFactor"), work).await?;
    let secret = BASE32_NOPAD.encode(&key);
    let uri = format!("otpauth://totp/thidua:{}?secret={secret}&issuer=thidua", caller.username);
    Ok(HttpResponse::Ok().json(PreparedFactor { secret, uri }))
}

/// Confirm a second factor
///
/// Turns the second factor on with a code that the app shows, and gives recovery codes for when the app is lost: each is
/// good once, instead of a code, and is shown only here.
#[utoipa::path(
    operation_id = "confirmSecondFactor",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "auth",
    request_body(content = OwnCode, example = json!({"code": "123456"})),
    responses((status = OK, body = RecoveryCodes, description = "The recovery codes"))
)]
#[post("/auth/second-factor/confirmation")]
async fn confirm(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<Read>,
    Body(input): Body<OwnCode>,
) -> Result<HttpResponse, Problem> {
    let account = caller.user;
    require_user(&store, account)?;
    let factor = store.read(move |connection| second_factors::find(connection, account)).await?;
    let Some(factor) = factor.filter(|factor| !factor.confirmed) else { return Err(nothing_prepared()) };
    let key = open(&store, account, &factor).map_err(Problem::internal)?;
    let step = totp::step_of(&key, &input.code, Utc::now().timestamp()).ok_or_else(wrong_code)?;
    let codes = recovery_codes().map_err(Problem::internal)?;
    let hashes: Vec<_> = codes.iter().map(|code| recovery_hash(code)).collect();
    let work = move |transaction: &mut Transaction<'_>| {
        let is_on = second_factors::confirm(transaction, account, &factor.sealed_key, step, &hashes)?;
        if is_on { Ok(()) } else { Err(not_prepared()) }
    };
    store.record_with(&request, Authority::of(&caller), changed("confirmSecondFactor"), work).await?;
    let answer = RecoveryCodes { codes };
    Ok(HttpResponse::Ok().json(answer))
}

/// Turn the second factor off
///
/// Needs the password and a code. The password must be long enough to stand alone; change a shorter one first.
#[utoipa::path(
    operation_id = "removeSecondFactor",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "auth",
    request_body(content = PasswordAndCode, example = json!({"password": "mat-khau-cua-ban-o-day", "code": "123456"})),
    responses((status = NO_CONTENT, description = "The password is enough again"))
)]
#[post("/auth/second-factor/removal")]
async fn remove(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<Read>,
    Body(input): Body<PasswordAndCode>,
) -> Result<HttpResponse, Problem> {
    let account = caller.user;
    let stands_alone = passwords::stands_alone("/password", &input.password);
    let reassured = reauthenticate(&request, &store, &caller, "/password", input.password.get()).await?;
    stands_alone?;
    let factor = store.read(move |connection| second_factors::find(connection, account)).await?;
    let factor = factor.ok_or_else(nothing_prepared)?;
    if factor.confirmed && !is_right(&store, account, &factor, &input.code).await? {
        return Err(wrong_code().into());
    }
    reassured.counts_no_more(&store).await?;
    let work = move |transaction: &mut Transaction<'_>| second_factors::take_away(transaction, account, &factor);
    store.record_with(&request, Authority::of(&caller), changed("removeSecondFactor"), work).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A code that an app shows.
pub type AppCode = Within<String, 6, 6>;

/// A code that an app shows, or a recovery code.
pub type FactorCode = Within<String, 6, 29>;

/// The caller's password.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnPassword {
    /// Your password, once more.
    #[schema(value_type = String, format = "any-password", write_only)]
    password: Password,
}

/// A code of the app.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnCode {
    /// The six digits the app shows.
    #[schema(value_type = String, format = "app-code", example = "123456")]
    code: AppCode,
}

/// The caller's password, and a code.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordAndCode {
    /// Your password, once more.
    #[schema(value_type = String, format = "any-password", write_only)]
    password: Password,
    /// The six digits the app shows, or a recovery code.
    #[schema(value_type = String, format = "factor-code", example = "123456")]
    code: FactorCode,
}

/// The key of a second factor.
#[derive(Serialize, ToSchema)]
struct PreparedFactor {
    /// The key in base32, to type into the app.
    #[schema(
        min_length = 32,
        max_length = 32,
        pattern = "^[A-Z2-7]{32}$",
        example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    )]
    secret: String,
    /// The same as an address, to show as a QR code.
    #[schema(
        max_length = 200,
        pattern = "^otpauth://totp/.+$",
        example = "otpauth://totp/thidua:admin?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=thidua"
    )]
    uri: String,
}

/// Recovery codes.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    /// Each is good once, instead of a code of the app.
    #[schema(min_items = 10, max_items = 10, value_type = Vec<RecoveryCode>)]
    codes: Vec<String>,
}

/// A recovery code.
#[derive(ToSchema)]
#[schema(
    min_length = 29,
    max_length = 29,
    pattern = "^([a-z2-7]{4}-){5}[a-z2-7]{4}$",
    example = "abcd-efgh-ijkl-mnop-qrst-uvwx"
)]
#[allow(dead_code, reason = "it stands for its form in the contract")]
struct RecoveryCode(String);

/// True when a code is the app's present one, or a recovery code that was not used yet. It is used up.
pub async fn is_right(store: &Store, account: AccountId, factor: &SecondFactor, typed: &str) -> Result<bool, Problem> {
    let key = open(store, account, factor).map_err(Problem::internal)?;
    let step = totp::step_of(&key, typed, Utc::now().timestamp());
    let (hash, sealed_key) = (recovery_hash(typed), factor.sealed_key.clone());
    store
        .write(Authority::of_program(None), move |transaction| match step {
            Some(step) => second_factors::accept_step(transaction, account, &sealed_key, step),
            None => second_factors::accept_recovery(transaction, account, &hash),
        })
        .await
}

/// Recovery codes nobody has seen yet, each of six groups of four characters.
fn recovery_codes() -> Result<Vec<String>, String> {
    let one = || {
        let mut bytes = [0_u8; RECOVERY_BYTES];
        rand::fill(&mut bytes).map_err(|error| error.to_string())?;
        let code = BASE32_NOPAD.encode(&bytes).to_lowercase();
        let groups: Vec<_> = code.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
        Ok(groups.join("-"))
    };
    (0..RECOVERY_CODES).map(|_| one()).collect()
}

/// Hash that is kept of a recovery code. Case and separators make no difference to it.
fn recovery_hash(typed: &str) -> String {
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    hexadecimal(&Sha256::digest(plain.to_ascii_lowercase()))
}

/// The key as it is stored: sealed for this account, with a secret that is not in the database.
fn seal(store: &Store, account: AccountId, key: &[u8]) -> Result<String, String> {
    let mut nonce = [0_u8; NONCE_LEN];
    rand::fill(&mut nonce).map_err(|error| error.to_string())?;
    let mut sealed = key.to_vec();
    sealing_key(store)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), place(account), &mut sealed)
        .map_err(|error| error.to_string())?;
    Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
}

fn open(store: &Store, account: AccountId, factor: &SecondFactor) -> Result<Vec<u8>, String> {
    let unreadable = || "the second factor cannot be opened: is secret-key.pem another one?".to_owned();
    let bytes = URL_SAFE_NO_PAD.decode(&factor.sealed_key).map_err(|_| unreadable())?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or_else(unreadable)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unreadable())?;
    let mut sealed = sealed.to_vec();
    let key = sealing_key(store)?.open_in_place(nonce, place(account), &mut sealed).map_err(|_| unreadable())?;
    Ok(key.to_vec())
}

fn sealing_key(store: &Store) -> Result<LessSafeKey, String> {
    let key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, store.secret()), b"second factors");
    let key = UnboundKey::new(&AES_256_GCM_SIV, key.as_ref()).map_err(|error| error.to_string())?;
    Ok(LessSafeKey::new(key))
}

fn place(account: AccountId) -> Aad<[u8; 8]> {
    Aad::from(account.0.to_be_bytes())
}

fn changed(operation: &str) -> Occurrence {
    Occurrence::of(EventKind::Credentials, operation)
}

fn nothing_prepared() -> Problem {
    not_prepared().into()
}

fn not_prepared() -> Error {
    Error::Conflict(Violation::new("", "second_factor_off"))
}

fn wrong_code() -> Violation {
    Violation::new("/code", "wrong_code")
}

/// The refusal of a right password without the code that is asked for.
pub fn required() -> Problem {
    refused("second_factor_required")
}

/// The refusal of a wrong code beside a right password.
pub fn wrong() -> Problem {
    refused("wrong_second_factor")
}

fn refused(key: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, key).with_header("www-authenticate", "Bearer realm=\"thidua\"")
}
