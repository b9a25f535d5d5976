//! Agencies: two code systems never mixed, validity in time, places in their tree that are dated like stays, and the
//! links a merger leaves.

use crate::Date;
use crate::id::AgencyId;
use crate::string_enum;
use crate::text::{AgencyIdentifier, AreaCode, Name};
use crate::time::{Month, Window, first_day_apart};
use crate::violation::Violation;
use serde::{Deserialize, Serialize};

/// An agency (cơ quan, đơn vị).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// Mã định danh in force.
    pub identifier: AgencyIdentifier,
    /// Mã định danh of the older form, e.g. `000.00.20.H18`.
    pub former_identifier: Option<AgencyIdentifier>,
    /// Mã đơn vị hành chính, for agencies that govern an area.
    pub area_code: Option<AreaCode>,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// Its kind now.
    pub kind: AgencyKind,
    /// The agency above it now; none for the root.
    pub parent: Option<AgencyId>,
    /// First day of its existence.
    pub valid_from: Date,
    /// Last day; absent while it exists.
    pub valid_to: Option<Date>,
    /// The agencies merged or divided into this one, in identity order.
    pub predecessors: Vec<AgencyId>,
    /// Its earlier places in the tree: kind and parent, each with its last day.
    #[serde(default, skip_serializing_if = "EarlierPlaces::is_empty")]
    pub earlier_places: EarlierPlaces,
}

string_enum! {
    /// Kinds of agency.
    AgencyKind {
        /// The province.
        Province = "tinh",
        /// A department of the province.
        Department = "so_nganh",
        /// A specialised division.
        Division = "phong_chuyen_mon",
        /// A sub-department.
        SubDepartment = "chi_cuc",
        /// A public service unit.
        PublicServiceUnit = "don_vi_su_nghiep",
        /// A commune's people's committee.
        Commune = "ubnd_xa",
        /// A ward's people's committee.
        Ward = "ubnd_phuong",
        /// A district's people's committee, until 30/06/2025.
        District = "ubnd_huyen",
    }
}

/// A place in the tree of agencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The kind of agency.
    pub kind: AgencyKind,
    /// The agency above; none for a root.
    pub parent: Option<AgencyId>,
}

/// An earlier place, with its last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierPlace {
    /// The last day on which the agency had it.
    pub to: Date,
    /// The kind of agency it was.
    pub kind: AgencyKind,
    /// The agency above it then; none for a root.
    pub parent: Option<AgencyId>,
}

/// The places before the current one, in order of time; none for an agency that has never been moved. Each begins where
/// the one before it ends, so that no day lies in two of them or in none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EarlierPlaces(Vec<EarlierPlace>);

impl EarlierPlace {
    fn place(&self) -> Place {
        Place { kind: self.kind, parent: self.parent }
    }
}

impl EarlierPlaces {
    /// The most earlier places that an agency may have.
    pub const MOST: usize = 100;

    /// True when the agency has never been moved.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The places, in order of time.
    pub fn all(&self) -> &[EarlierPlace] {
        &self.0
    }

    /// The first day after the earlier places.
    fn over(&self) -> Option<Date> {
        self.0.last().and_then(|last| last.to.next())
    }
}

impl Agency {
    /// Checks the agency by itself, without other rows.
    pub fn check(&self) -> Result<(), Violation> {
        if self.valid_to.is_some_and(|to| to < self.valid_from) {
            return Err(Violation::new("/valid_to", "ends_before_start.validity"));
        }
        self.check_places()
    }

    /// True for a day on which the agency exists.
    pub fn exists_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day <= to)
    }

    /// True for a window on any day of which the agency exists.
    pub fn exists_within(&self, window: Window) -> bool {
        self.valid_from <= window.to && self.valid_to.is_none_or(|to| window.from <= to)
    }

    /// The place it has now, and until another one follows.
    pub fn place(&self) -> Place {
        Place { kind: self.kind, parent: self.parent }
    }

    /// The place it has on a day. Before its first day and after its last that is the place next to it.
    pub fn place_on(&self, day: Date) -> Place {
        let earlier = self.earlier_places.0.iter().find(|earlier| day <= earlier.to);
        earlier.map_or_else(|| self.place(), EarlierPlace::place)
    }

    /// The places before the current one, each with its first day.
    pub fn places(&self) -> impl Iterator<Item = (Date, &EarlierPlace)> {
        let places = &self.earlier_places.0;
        let begun = places.iter().map(|place| place.to.next().unwrap_or(place.to));
        std::iter::once(self.valid_from).chain(begun).zip(places)
    }

    /// The first day of the current place; none for an agency that has never been moved.
    pub fn placed_from(&self) -> Option<Date> {
        self.earlier_places.over()
    }

    /// The first month whose answers may differ under another state of the agency: by its days of existence, or its
    /// places.
    pub fn first_difference(&self, other: &Self) -> Option<Month> {
        let validity = first_day_apart((self.valid_from, self.valid_to), (other.valid_from, other.valid_to));
        let firsts = self.first_days().chain(other.first_days());
        let moves = firsts.filter(|day| self.place_on(*day) != other.place_on(*day)).min();
        validity.into_iter().chain(moves).min().map(Month::civil)
    }

    /// The first days of its places.
    fn first_days(&self) -> impl Iterator<Item = Date> {
        self.places().map(|(day, _)| day).chain([self.placed_from().unwrap_or(self.valid_from)])
    }

    /// The agency with its kind and parent holding from a day on; until then those of `before` hold. Without a day they
    /// hold from the agency's first day on; with the first day of the current place they correct it.
    pub fn placed(mut self, before: Option<&Self>, from: Option<Date>) -> Result<Self, Violation> {
        let earlier = before.map(|before| &before.earlier_places.0);
        let mut places = earlier.cloned().unwrap_or_default();
        let known = before.and_then(Self::placed_from);
        match (from.filter(|from| *from != self.valid_from), before) {
            (None, _) => places.clear(),
            (Some(_), None) => return Err(never_moved()),
            (from, _) if from == known => {}
            (Some(from), Some(before)) if before.place() != self.place() => {
                if known.is_some_and(|known| from < known) {
                    return Err(before_the_last());
                }
                let Place { kind, parent } = before.place();
                let to = from.previous().ok_or_else(before_the_last)?;
                places.push(EarlierPlace { to, kind, parent });
            }
            (Some(from), Some(_)) => {
                let last = places.last_mut().ok_or_else(never_moved)?;
                last.to = from.previous().ok_or_else(before_the_last)?;
            }
        }
        // A move back to the place before, from the same day on, is no move.
        while places.last().is_some_and(|last| last.place() == self.place()) {
            places.pop();
        }
        self.earlier_places = EarlierPlaces(places);
        Ok(self)
    }

    /// Refuses places that are not in order or lie outside the agency's existence.
    fn check_places(&self) -> Result<(), Violation> {
        let places = &self.earlier_places.0;
        let in_order = places.iter().zip(places.iter().skip(1)).all(|(one, next)| one.to < next.to);
        let begins_within = places.first().is_none_or(|first| self.valid_from <= first.to);
        let ends_within = places.last().is_none_or(|last| self.valid_to.is_none_or(|to| last.to < to));
        if in_order && begins_within && ends_within && places.len() <= EarlierPlaces::MOST {
            return Ok(());
        }
        Err(Violation::new("/placed_from", "invalid_place"))
    }
}

fn never_moved() -> Violation {
    Violation::new("/placed_from", "invalid_place.never_moved")
}

fn before_the_last() -> Violation {
    Violation::new("/placed_from", "invalid_place.not_after_last")
}
