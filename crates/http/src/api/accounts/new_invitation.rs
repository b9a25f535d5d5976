//! Invitations, as they are shown once.

use crate::crypto::api_key;
use crate::request::time::LocalTime;
use serde::Serialize;
use thidua_domain::id::AccountId;
use thidua_persistence::accounts::users;
use thidua_persistence::{Error, Result as Stored, Transaction};
use utoipa::ToSchema;

/// An invitation, as it is shown once.
#[derive(Clone, Serialize, ToSchema)]
pub struct Invitation {
    /// The secret by which the user sets a password: hand it over, it is not shown again.
    #[schema(format = "invitation-secret", example = "tdi_ViDuLoiMoiKhongDungDuoc00000000000000000000000000")]
    secret: String,
    /// Time of its expiry.
    expires_at: LocalTime,
}

impl Invitation {
    /// Invites a user by a secret.
    pub fn make(transaction: &mut Transaction<'_>, id: AccountId, secret: String) -> Stored<Self> {
        let hash = api_key::invitation_hash(&secret).ok_or_else(|| Error::internal("an invitation that is none"))?;
        let expires_at = LocalTime(users::invite(transaction, id, &hash)?);
        Ok(Self { secret, expires_at })
    }
}
