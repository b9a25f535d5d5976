//! Tenures: the dated stays of a person or a system with agencies, in order and without overlaps.

use crate::Date;
use crate::id::AgencyId;
use crate::limits::Within;
use crate::time::Window;
use crate::violation::Violation;
use serde::{Deserialize, Serialize};

/// A stay with one agency.
///
/// `A` names the agency: by its identity, or as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = TenureInput, description = "A stay with one agency."))]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", schema(example = json!({"agency": "H18.SKHCN"})))]
pub struct Tenure<A = AgencyId> {
    /// Identifier of the agency.
    pub agency: A,
    /// First day. A figure counts a person or a system with the agency of the stay that holds the period's last day, or the
    /// day as of which a running one is told.
    pub from: Date,
    /// Last day, which still counts; absent while the stay lasts.
    pub to: Option<Date>,
}

/// The stays of a person or a system, in any order.
pub type Stays<A = AgencyId> = Within<Vec<Tenure<A>>, 1, 100>;

/// At least one stay, in order of time, none overlapping; only the last may be open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tenures(Vec<Tenure>);

impl Tenures {
    /// Parses a list in order of time.
    pub fn parse(pointer: &str, stays: Vec<Tenure>) -> Result<Self, Violation> {
        if !Stays::holds(&stays) {
            return Err(Violation::new(pointer, "invalid_tenures"));
        }
        for (index, stay) in stays.iter().enumerate() {
            let ordered = stay.to.is_none_or(|to| stay.from <= to);
            let apart = stays.get(index + 1).is_none_or(|next| stay.to.is_some_and(|to| to < next.from));
            if !ordered || !apart {
                return Err(Violation::new(format!("{pointer}/{index}"), "overlapping_tenures"));
            }
        }
        Ok(Self(stays))
    }

    /// The stays of a row as it was stored: they were parsed before.
    pub(crate) fn stored(stays: Vec<Tenure>) -> Self {
        Self(stays)
    }

    /// One open stay.
    pub fn since(agency: AgencyId, from: Date) -> Self {
        Self(vec![Tenure { agency, from, to: None }])
    }

    /// The stays, in order of time.
    pub fn all(&self) -> &[Tenure] {
        &self.0
    }

    /// The last stay: the current one, or the one that ended last.
    pub fn last(&self) -> Tenure {
        self.0[self.0.len() - 1]
    }

    /// Number of these stays of which others have none with the same agency and first day.
    pub fn left_out_of(&self, others: &Self) -> usize {
        let is_there =
            |stay: &Tenure| others.0.iter().any(|other| (other.agency, other.from) == (stay.agency, stay.from));
        self.0.iter().filter(|stay| !is_there(stay)).count()
    }

    /// True for stays that only go on from others: every one of those is there, perhaps with an earlier end.
    pub fn goes_on_from(&self, others: &Self) -> bool {
        others.0.iter().all(|other| {
            let begun_alike = |stay: &&Tenure| (stay.agency, stay.from) == (other.agency, other.from);
            self.0.iter().find(begun_alike).is_some_and(|stay| {
                stay.to == other.to || stay.to.is_some_and(|end| other.to.is_none_or(|other| end < other))
            })
        })
    }

    /// The agency that held it on a day.
    pub fn agency_on(&self, day: Date) -> Option<AgencyId> {
        let stay = self.0.iter().find(|stay| stay.from <= day && stay.to.is_none_or(|to| day <= to))?;
        Some(stay.agency)
    }

    /// The agencies that held it on any day of a window, in order of time; the last one of all when none did.
    pub fn holders(&self, window: Window) -> Vec<AgencyId> {
        let during = |stay: &&Tenure| stay.from <= window.to && stay.to.is_none_or(|to| window.from <= to);
        let holders: Vec<_> = self.0.iter().filter(during).map(|stay| stay.agency).collect();
        if holders.is_empty() { vec![self.last().agency] } else { holders }
    }

    /// Ends the current stay the day before `on` and opens one with `agency`. Refuses a day that is not after the
    /// current stay's first day, or a stay that has already ended by then.
    pub fn transferred(&self, pointer: &str, agency: AgencyId, on: Date) -> Result<Self, Violation> {
        let mut stays = self.0.clone();
        let count = stays.len();
        let current = &mut stays[count - 1];
        if on <= current.from || current.agency == agency || current.to.is_some_and(|to| to < on) {
            return Err(Violation::new(pointer, "invalid_transfer"));
        }
        let to = current.to;
        current.to = on.previous();
        stays.push(Tenure { agency, from: on, to });
        Self::parse(pointer, stays)
    }

    /// Ends the current stay; `to` is its last day.
    pub fn ended(&self, pointer: &str, to: Date) -> Result<Self, Violation> {
        let mut stays = self.0.clone();
        let count = stays.len();
        stays[count - 1].to = Some(to);
        Self::parse(pointer, stays)
    }
}
