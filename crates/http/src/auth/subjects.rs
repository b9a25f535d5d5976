//! Subjects that limits apply to, and groups that shares are divided among.

use super::client_address;
use crate::auth::credentials::Credential;
use crate::store::Store;
use std::net::IpAddr;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::{AccountId, AgencyId};

/// The subject a request counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The account of a credential that counts.
    Account(AccountId),
    /// The network of somebody without one.
    Network(IpAddr),
    /// Senders without an address, and those beyond what a limit remembers.
    Others,
}

/// Subjects that have a share together of what all share: nobody has more of it for having more accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// The accounts of an agency.
    Agency(AgencyId),
    /// A subject of no agency, or an account that stands for the whole province.
    Alone(Subject),
}

/// Drawer on a share: a subject, in its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claimant {
    /// The group whose share it is.
    pub group: Group,
    /// The subject, in its group, that draws on it.
    pub subject: Subject,
}

impl Subject {
    /// The subject of a sender without an account: its network.
    pub(crate) fn network(address: Option<IpAddr>) -> Self {
        address.map_or(Self::Others, |address| Self::Network(client_address::network(address)))
    }
}

impl Group {
    /// The agency whose accounts it is made of.
    pub fn agency(self) -> Option<AgencyId> {
        match self {
            Self::Agency(agency) => Some(agency),
            Self::Alone(_) => None,
        }
    }
}

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

    /// An account of an agency, or of none.
    pub fn account(account: AccountId, agency: Option<AgencyId>) -> Self {
        let subject = Subject::Account(account);
        Self { group: agency.map_or(Group::Alone(subject), Group::Agency), subject }
    }

    /// A subject of no agency.
    pub fn alone(subject: Subject) -> Self {
        Self { group: Group::Alone(subject), subject }
    }
}

/// True for the province: an agency with none above it, and others below.
fn stands_for_all(catalogue: &Catalogue, agency: AgencyId) -> bool {
    let tree = catalogue.tree();
    tree.parent(agency).is_none() && !tree.children(agency).is_empty()
}
