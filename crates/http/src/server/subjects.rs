//! Whom a limit applies to.

use super::addresses;
use crate::credentials::Credential;
use crate::store::Store;
use std::net::IpAddr;
use thidua_domain::id::AccountId;

/// Whom a request counts for, and draws on the share of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The account of a credential that counts.
    Account(AccountId),
    /// The network of somebody without one.
    Network(IpAddr),
    /// Those whom nobody remembers.
    Others,
}

impl Subject {
    /// The sender of a request: a credential that has run out or was revoked stands for nobody.
    pub(super) fn of(credential: Option<&Credential>, address: Option<IpAddr>, store: Option<&Store>) -> Self {
        let account = credential.zip(store).and_then(|(credential, store)| {
            let model = store.model();
            credential.standing(&model.access, address)?;
            credential.account()
        });
        account.map_or_else(|| Self::network(address), Self::Account)
    }

    /// Whoever else sends from an address.
    pub(super) fn network(address: Option<IpAddr>) -> Self {
        address.map_or(Self::Others, |address| Self::Network(addresses::network(address)))
    }
}
