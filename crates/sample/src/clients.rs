//! A client that pulls the report, with an API key whose text nobody knows.

use super::summary::Summary;
use chrono::TimeDelta;
use thidua_domain::accounts::client_keys::{ClientKey, KeyKind, LONGEST};
use thidua_domain::accounts::networks::Network;
use thidua_domain::accounts::scopes::Scope;
use thidua_domain::accounts::users::Role;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{Code, Name};
use thidua_persistence::accounts::clients::ClientProfile;
use thidua_persistence::accounts::{client_keys, clients};
use thidua_persistence::{Result, Transaction};

/// Creates the client and its key.
pub(super) fn create(transaction: &mut Transaction<'_>, key_hash: &str, summary: &mut Summary) -> Result<()> {
    let profile = ClientProfile {
        client_id: Code::parse("", "kho-du-lieu-vi-du")?,
        name: Name::parse("", "Kho dữ liệu dùng chung của tỉnh (ví dụ)")?,
        role: Role::Puller,
        agency: None,
        disabled: false,
    };
    let client = clients::insert(transaction, &profile)?;
    summary.count(Resource::Clients);
    let now = transaction.now();
    let key = ClientKey {
        client,
        kind: KeyKind::ApiKey,
        scopes: vec![Scope::Read],
        networks: vec![Network::parse("", "10.18.0.0/16")?],
        created_at: now,
        expires_at: now + TimeDelta::days(LONGEST),
        replaced: false,
    };
    client_keys::insert(transaction, &key, Some(&Name::parse("", "Kéo số liệu hằng ngày (ví dụ)")?), key_hash)?;
    summary.count(Resource::ClientKeys);
    Ok(())
}
