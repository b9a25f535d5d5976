//! Comparison of a declared figure with the same figure computed from records, for the same agencies and months.

use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::calendars::Calendar;
use crate::catalogue::definitions::Definition;
use crate::catalogue::record_kinds::StaffKind;
use crate::catalogue::so_far::{MonthEnds, SoFar};
use crate::catalogue::sources::{ComparedWith, Semantics, Source};
use crate::figure::Figure;
use crate::figures::cell_book::CellBook;
use crate::figures::parts::AgencyPart;
use crate::id::{AgencyId, CalendarId};
use crate::records::head_counts::HeadCounts;
use crate::records::observations::Observation;
use crate::time::{Month, Period};

/// A figure computed from records; a part is absent where records do not tell it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Derived {
    /// Upper part.
    pub numerator: Option<i64>,
    /// Lower part.
    pub denominator: Option<i64>,
}

impl Derived {
    /// The excess of a declared figure over it, part by part.
    #[must_use]
    pub fn difference(self, declared: Figure) -> Self {
        Self {
            numerator: self.numerator.map(|derived| declared.numerator.saturating_sub(derived)),
            denominator: self.denominator.map(|derived| declared.denominator.saturating_sub(derived)),
        }
    }

    fn plus(self, other: Self) -> Self {
        let sum = |one: Option<i64>, other: Option<i64>| Some(one?.saturating_add(other?));
        Self { numerator: sum(self.numerator, other.numerator), denominator: sum(self.denominator, other.denominator) }
    }
}

/// The figure that records give for the month of a declared one, as they stand on a day; none where the two are not
/// compared.
pub fn beside(catalogue: &Catalogue, cells: &CellBook, declared: &Observation, day: Date) -> Option<Derived> {
    let definition = catalogue.indicators.get(&declared.indicator)?.definition_in(declared.month);
    let calendar = catalogue.calendars.get(&declared.calendar)?;
    let so_far = SoFar::of(calendar, Period::Month(declared.month), day);
    let records = Records::of(definition, cells, (declared.calendar, calendar), &so_far)?;
    Some(records.of_month(declared.agency, declared.month))
}

/// The records that declared figures of an indicator are compared with, of a period under a calendar.
pub(crate) struct Records<'a> {
    people: &'a HeadCounts,
    staff_kinds: &'a [StaffKind],
    semantics: Semantics,
    calendar: CalendarId,
    ends: MonthEnds<'a>,
}

impl<'a> Records<'a> {
    /// Those that a definition names, if it names any.
    pub(crate) fn of(
        definition: &'a Definition,
        cells: &'a CellBook,
        (id, calendar): (CalendarId, &'a Calendar),
        so_far: &SoFar,
    ) -> Option<Self> {
        let Source::Declared { compared_with: Some(ComparedWith::PeopleOnRoll { staff_kinds }) } = &definition.source
        else {
            return None;
        };
        let (people, ends) = (cells.people.as_ref()?, so_far.ends(calendar));
        Some(Self { people, staff_kinds, semantics: definition.semantics, calendar: id, ends })
    }

    /// The figure they give for an agency's month.
    pub(crate) fn of_month(&self, agency: AgencyId, month: Month) -> Derived {
        let people = self.people.people(self.staff_kinds, agency, (self.calendar, month), self.ends.last_day(month));
        Derived { numerator: None, denominator: Some(people) }
    }

    /// Adds the figures they give for the months on which an agency's part of a declared figure rests.
    pub(crate) fn add(&self, sum: Option<Derived>, part: &AgencyPart<'_>) -> Option<Derived> {
        let plus = |sum: Option<Derived>, month| {
            let derived = self.of_month(part.agency, month);
            Some(sum.map_or(derived, |sum| sum.plus(derived)))
        };
        match self.semantics {
            Semantics::Flow => {
                let Some(cells) = part.months else { return sum };
                let months = part.spans.iter().flat_map(|(first, last)| cells.range(first..=last));
                let reported = months.filter(|(_, cell)| cell.reports > 0);
                reported.fold(sum, |sum, (month, _)| plus(sum, *month))
            }
            Semantics::State => part.last.map_or(sum, |month| plus(sum, month)),
            Semantics::Stock => sum,
        }
    }
}
