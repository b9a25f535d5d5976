//! Subjects of requests: the account whose credential counts, else a network.

use crate::auth::credentials::Credential;
use crate::store::Store;
use crate::store::claimants::{Claimant, Subject};
use std::net::IpAddr;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::AgencyId;

impl Claimant {
    /// The sender of a request: a credential that has run out or was revoked stands for nobody.
    pub(crate) fn of(credential: Option<&Credential>, address: Option<IpAddr>, store: Option<&Store>) -> Self {
        let account = credential.zip(store).and_then(|(credential, store)| {
            let model = store.model();
            let agency = credential.standing(&model.access, address)?.agency;
            let agency = agency.filter(|agency| !stands_for_all(&model.catalogue, *agency));
            Some(Self::account(credential.account()?, agency))
        });
        account.unwrap_or_else(|| Self::alone(Subject::network(address)))
    }
}

/// True for the province: an agency with none above it, and others below.
fn stands_for_all(catalogue: &Catalogue, agency: AgencyId) -> bool {
    let tree = catalogue.tree();
    tree.parent(agency).is_none() && !tree.children(agency).is_empty()
}
