//! Checkpoints: what the change log was at a position, signed, for an outsider to keep.

use crate::api::log::receipts::ahead;
use crate::auth::caller::{Allowed, Read, permission};
use crate::crypto::canonical_json;
use crate::crypto::public_keys::PublicKeys;
use crate::crypto::signing::SigningKey;
use crate::problem::Problem;
use crate::request::body::Query;
use crate::request::time::LocalTime;
use crate::response::etag;
use crate::store::Store;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use thidua_domain::limits::Within;
use thidua_domain::log::hash_chain::KnownHash;
use thidua_persistence::log::changes;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Checkpoints.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(read);
}

/// Take a checkpoint
///
/// The position, hash and time of a change, the last one unless said otherwise, signed with the key at
/// `/.well-known/jwks.json`. Whoever keeps it outside can prove later that the log has been cut or rewritten: see
/// `thidua verify --checkpoint`.
#[utoipa::path(
    operation_id = "getCheckpoint",
    extensions(("x-required-roles" = json!(permission::<Read>()))),
    tag = "audit",
    params(CheckpointQuery),
    responses((status = OK, body = Checkpoint, description = "The checkpoint"))
)]
#[get("/audit/checkpoints")]
async fn read(
    store: Data<Store>,
    _caller: Allowed<Read>,
    Query(query): Query<CheckpointQuery>,
) -> Result<HttpResponse, Problem> {
    let seq = query.seq.map_or_else(|| store.model().seq, Position::get);
    let found = store.read(move |connection| changes::after(connection, seq - 1, 1)).await?;
    let logged = found.first().filter(|logged| logged.change.seq == seq).ok_or_else(|| ahead(store.model().seq))?;
    Ok(etag::ok(&Checkpoint::of(logged, &store.signing_keys().current)?))
}

/// The position of a change.
type Position = Within<i64, 1, { i64::MAX }>;

/// Checkpoint to take.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CheckpointQuery {
    /// The position; the end of the log when absent.
    #[param(inline)]
    seq: Option<Position>,
}

/// State of the change log at a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checkpoint {
    /// The position.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// The hash of the change there, which stands for the whole log up to it.
    #[schema(format = "sha-256")]
    pub hash: String,
    /// Time of the change.
    pub at: LocalTime,
    /// The three other members, canonical (RFC 8785), as a JWS in the compact form (RFC 7515).
    #[schema(format = "jws")]
    pub jws: String,
}

/// The statement that is signed.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Statement {
    pub(crate) seq: i64,
    pub(crate) hash: String,
    at: LocalTime,
}

impl Checkpoint {
    /// The state of the log that the checkpoint proves. Fails unless one of these keys has signed exactly what it says.
    pub fn known(&self, keys: &PublicKeys) -> Result<KnownHash, String> {
        let signed: Statement = serde_json::from_slice(&keys.opened(&self.jws)?)
            .map_err(|error| format!("what is signed is not a checkpoint: {error}"))?;
        let said = Statement { seq: self.seq, hash: self.hash.clone(), at: self.at };
        if signed != said {
            return Err(format!(
                "what it says is not what is signed, which is change {} with the hash {}",
                signed.seq, signed.hash
            ));
        }
        Ok(KnownHash { seq: signed.seq, hash: signed.hash })
    }

    fn of(logged: &changes::LoggedChange, key: &SigningKey) -> Result<Self, Problem> {
        let (seq, hash, at) = (logged.change.seq, logged.hash.clone(), LocalTime(logged.change.moment()));
        let statement = Statement { seq, hash: hash.clone(), at };
        let text = canonical_json::text(&statement).map_err(Problem::internal)?;
        let jws = key.sign(text.as_bytes()).map_err(Problem::internal)?;
        Ok(Self { seq, hash, at, jws })
    }
}
