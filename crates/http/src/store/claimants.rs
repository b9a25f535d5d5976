//! Subjects that limits apply to, and groups that shares are divided among.

use std::net::{IpAddr, Ipv6Addr};
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
        address.map_or(Self::Others, |address| Self::Network(network(address)))
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

/// The network a limit applies to: one IPv4 address, or the 64 bits of IPv6 that one site has all of.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}
