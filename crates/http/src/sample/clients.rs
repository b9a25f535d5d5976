//! A machine that pulls the report, and a key of which nobody knows the text.

use super::Summary;
use super::catalogue::Basics;
use crate::key_texts;
use chrono::TimeDelta;
use thidua_domain::changes::Resource;
use thidua_domain::client_keys::{ClientKey, KeyKind, LONGEST};
use thidua_domain::clients::Client;
use thidua_domain::networks::Network;
use thidua_domain::scopes::Scope;
use thidua_domain::text::{Code, Name};
use thidua_domain::users::Role;
use thidua_persistence::clients::Profile;
use thidua_persistence::{Error, Result, Transaction, client_keys, clients};

/// Creates both.
pub(super) fn create(transaction: &mut Transaction<'_>, _: &Basics, summary: &mut Summary) -> Result<()> {
    let profile = Profile {
        client_id: Code::parse("", "kho-du-lieu-vi-du")?,
        name: Name::parse("", "Kho dữ liệu dùng chung của tỉnh (ví dụ)")?,
        client: Client { role: Role::Puller, agency: None, disabled: false },
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
    let secret = key_texts::make(key.kind).map_err(Error::internal)?;
    let hash = key_texts::hash(key.kind, &secret).ok_or_else(|| Error::internal("a key that is none"))?;
    client_keys::insert(transaction, &key, Some(&Name::parse("", "Kéo số liệu hằng ngày (ví dụ)")?), &hash)?;
    summary.count(Resource::ClientKeys);
    Ok(())
}
