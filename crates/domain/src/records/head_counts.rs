//! Head counts: numbers of people on the rolls, by agency and kind. Declared figures are compared with them.
//!
//! They are a function of the people's stays alone, so nothing is stored for them, and no write pays for them.

use crate::Date;
use crate::catalogue::record_kinds::StaffKind;
use crate::closing::late::{Roll, ToldHolders};
use crate::id::{AgencyId, CalendarId};
use crate::records::staff::Staff;
use crate::tenures::{Tenure, Tenures};
use crate::time::Month;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A person, with the members that head counts need.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Member {
    /// Legal status.
    pub kind: StaffKind,
    /// The agencies whose roll the person is or was on.
    pub tenures: Tenures,
    /// The roll that closed months were told with.
    #[serde(default)]
    pub told: ToldHolders,
}

impl From<Staff> for Member {
    fn from(Staff { kind, tenures, told, .. }: Staff) -> Self {
        Self { kind, tenures, told }
    }
}

impl Member {
    /// The agencies of its stays, and those that closed months were told with.
    fn agencies(&self) -> BTreeSet<AgencyId> {
        let stays = self.tenures.all().iter().map(|stay| stay.agency);
        stays.chain(self.told.all().iter().filter_map(|told| told.agency)).collect()
    }
}

/// Numbers of people on the rolls of agencies, on any day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeadCounts {
    /// Growth of an agency's roll on a day, in people of a kind.
    steps: HashMap<(AgencyId, StaffKind), BTreeMap<Date, i64>>,
    /// People whose closed months were told otherwise than their stays say, by every agency that either names.
    told: HashMap<AgencyId, Vec<Member>>,
}

impl HeadCounts {
    /// Counts a person in.
    pub fn add(&mut self, member: Member) {
        for stay in member.tenures.all() {
            self.add_stays(member.kind, stay, 1);
        }
        self.keep_told(&member);
    }

    /// Counts in a number of people of a kind with the same stay; a negative number counts them out.
    pub fn add_stays(&mut self, kind: StaffKind, stay: &Tenure, people: i64) {
        let days = self.steps.entry((stay.agency, kind)).or_default();
        let left = stay.to.and_then(|last| last.next());
        for (day, people) in [(Some(stay.from), people), (left, -people)] {
            let Some(day) = day else { continue };
            let step = days.entry(day).or_default();
            *step += people;
            if *step == 0 {
                days.remove(&day);
            }
        }
    }

    /// Keeps a person whose stays are counted, if closed months were told with other holders than these have.
    pub fn keep_told(&mut self, member: &Member) {
        if !member.told.is_empty() {
            for agency in member.agencies() {
                self.told.entry(agency).or_default().push(member.clone());
            }
        }
    }

    /// Counts a person out again.
    pub fn remove(&mut self, member: &Member) {
        for stay in member.tenures.all() {
            self.add_stays(member.kind, stay, -1);
        }
        for agency in member.agencies() {
            let Some(told) = self.told.get_mut(&agency) else { continue };
            if let Some(place) = told.iter().position(|other| other == member) {
                told.swap_remove(place);
            }
            if told.is_empty() {
                self.told.remove(&agency);
            }
        }
    }

    /// The number of people of some kinds that an agency's month is told with; of all kinds where none is named. `end`
    /// is its last day, or the last one that has come.
    pub fn people(
        &self,
        kinds: &[StaffKind],
        agency: AgencyId,
        (calendar, month): (CalendarId, Month),
        end: Date,
    ) -> i64 {
        let counts = |kind: StaffKind| kinds.is_empty() || kinds.contains(&kind);
        let counted = StaffKind::ALL.iter().filter(|kind| counts(**kind));
        let days = counted.filter_map(|kind| self.steps.get(&(agency, *kind)));
        let by_stays: i64 = days.map(|days| days.range(..=end).map(|(_, step)| step).sum::<i64>()).sum();
        let told = self.told.get(&agency).into_iter().flatten().filter(|member| counts(member.kind)).map(|member| {
            let holder = Roll { stays: &member.tenures, told: &member.told }.holder(calendar, month, end);
            let stayed = member.tenures.agency_on(end);
            i64::from(holder == Some(agency)) - i64::from(stayed == Some(agency))
        });
        told.fold(by_stays, |people, otherwise| people + otherwise)
    }
}
