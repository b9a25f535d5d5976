//! Definitions of an indicator: its rule, the kinds of agency expected and their texts, each version from a month on.
//!
//! A month is counted by the version that holds in it, in every calendar alike. So a new version cannot reach months
//! whose figures were told before.

use crate::catalogue::agencies::AgencyKind;
use crate::catalogue::sources::{Semantics, Source};
use crate::id::MovementId;
use crate::text::{Name, Prose};
use crate::time::Month;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// A version of an indicator's definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The first month in which it holds; none for the first version, which holds from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds_from: Option<Month>,
    /// Its number: no other version of the indicator has or had it.
    pub version: i64,
    /// The movement whose phases bound a stock.
    pub movement: MovementId,
    /// Definition of the numerator, in words.
    pub numerator_definition: Prose,
    /// Definition of the denominator, in words.
    pub denominator_definition: Prose,
    /// Unit of both counts, e.g. `văn bản`.
    pub unit: Name,
    /// The way its months add up.
    pub semantics: Semantics,
    /// The records it is computed from, with the rule that reads them.
    pub source: Source,
    /// Kinds of agency expected to report it, without repetition.
    pub agency_kinds: Vec<AgencyKind>,
}

impl Definition {
    /// True of another version with the same content; number and first month may differ.
    pub fn says_as(&self, other: &Self) -> bool {
        self.counts_as(other)
            && self.agency_kinds == other.agency_kinds
            && self.numerator_definition == other.numerator_definition
            && self.denominator_definition == other.denominator_definition
            && self.unit == other.unit
    }

    /// True of another version that counts alike, so that cells stay as they are.
    pub fn counts_as(&self, other: &Self) -> bool {
        self.source == other.source && self.semantics == other.semantics && self.movement == other.movement
    }

    /// True of another version whose months add up with those of this one: only the details of the rule may differ.
    pub fn measures_as(&self, other: &Self) -> bool {
        self.movement == other.movement
            && self.semantics == other.semantics
            && self.source.kind() == other.source.kind()
    }
}

/// All versions of a definition, in the order of their first months; there is one at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definitions {
    earlier: Vec<Definition>,
    latest: Definition,
    /// The greatest number ever given to a version, those taken back included.
    issued: i64,
}

/// A version with the months in which it holds.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    /// The first month.
    pub first: Month,
    /// The last one.
    pub last: Month,
    /// The version.
    pub definition: &'a Definition,
}

/// Versions in a row that measure alike: sums may run through all their months, and no further.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The first month.
    pub first: Month,
    /// The last one.
    pub last: Month,
    /// The first version; the others measure as it does.
    pub definition: &'a Definition,
    of: &'a Definitions,
}

impl Definitions {
    /// A definition that holds from the beginning.
    pub fn only(definition: Definition) -> Self {
        Self { issued: definition.version, earlier: Vec::new(), latest: Definition { holds_from: None, ..definition } }
    }

    /// Versions as they were stored: those before the latest, in their order, and the greatest number ever given if it
    /// is not that of the latest.
    pub fn stored(earlier: Vec<Definition>, latest: Definition, issued: Option<i64>) -> Self {
        Self { issued: issued.unwrap_or(latest.version), earlier, latest }
    }

    /// The latest version.
    pub fn latest(&self) -> &Definition {
        &self.latest
    }

    /// The versions before the latest.
    pub fn earlier(&self) -> &[Definition] {
        &self.earlier
    }

    /// The greatest number ever given, if it is that of a version that was taken back.
    pub fn issued(&self) -> Option<i64> {
        (self.issued != self.latest.version).then_some(self.issued)
    }

    /// All versions.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Definition> {
        self.earlier.iter().chain([&self.latest])
    }

    /// The version that holds in a month.
    pub fn in_month(&self, month: Month) -> &Definition {
        let holds = |definition: &&Definition| definition.holds_from.is_none_or(|from| from <= month);
        self.all().rev().find(holds).unwrap_or(&self.latest)
    }

    /// The versions with their months.
    pub fn spans(&self) -> impl Iterator<Item = Span<'_>> {
        let nexts =
            self.all().skip(1).map(|next| next.holds_from.and_then(Month::previous)).chain([Some(Month::LATEST)]);
        self.all().zip(nexts).filter_map(|(definition, last)| {
            Some(Span { first: definition.holds_from.unwrap_or(Month::EARLIEST), last: last?, definition })
        })
    }

    /// The versions that hold in months of a range, with these months.
    pub fn within(&self, months: RangeInclusive<Month>) -> impl Iterator<Item = Span<'_>> {
        self.spans().filter_map(move |span| {
            let (first, last) = (span.first.max(*months.start()), span.last.min(*months.end()));
            (first <= last).then_some(Span { first, last, ..span })
        })
    }

    /// The runs of versions that measure alike, in order.
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        let mut spans = self.spans().peekable();
        std::iter::from_fn(move || {
            let Span { first, mut last, definition } = spans.next()?;
            while let Some(next) = spans.next_if(|next| next.definition.measures_as(definition)) {
                last = next.last;
            }
            Some(Run { first, last, definition, of: self })
        })
    }

    /// The months around one in which all versions measure as that of the month does.
    pub fn run_in(&self, month: Month) -> RangeInclusive<Month> {
        let run = self.runs().find(|run| month <= run.last);
        run.map_or(Month::EARLIEST..=Month::LATEST, |run| run.first..=run.last)
    }

    /// The versions with a new one in the place of all that begin in its month or later. A new one that says the same
    /// as the latest moves the first month of that; one that says the same as the version before it adds none, so that
    /// a version is taken back by sending the one before it again.
    #[must_use]
    pub fn with(&self, new: Definition) -> Self {
        let holds_from = new.holds_from.filter(|month| *month > Month::EARLIEST);
        let stays = new.says_as(&self.latest);
        let moved = |definition: &&Definition| stays && definition.version == self.latest.version;
        let kept = self.all().filter(|definition| definition.holds_from < holds_from);
        let mut earlier: Vec<_> =
            kept.filter(|definition| definition.holds_from.is_none() || !moved(definition)).cloned().collect();
        let (version, issued) =
            if stays { (self.latest.version, self.issued) } else { (self.issued + 1, self.issued + 1) };
        match earlier.pop_if(|before| before.says_as(&new)) {
            Some(latest) => Self { earlier, latest, issued: self.issued },
            None => Self { earlier, latest: Definition { holds_from, version, ..new }, issued },
        }
    }

    /// The first month for which other versions differ, be it in their number only.
    pub fn first_difference(&self, other: &Self) -> Option<Month> {
        let firsts: BTreeSet<Month> = self.spans().chain(other.spans()).map(|span| span.first).collect();
        firsts.into_iter().find(|month| self.in_month(*month) != other.in_month(*month))
    }

    /// True of other versions by which every month counts alike, so that cells stay as they are.
    pub fn count_as(&self, other: &Self) -> bool {
        let firsts = self.spans().chain(other.spans()).map(|span| span.first);
        let mut firsts = firsts.chain([Month::EARLIEST]);
        firsts.all(|month| self.in_month(month).counts_as(other.in_month(month)))
    }
}

impl<'a> Run<'a> {
    /// Its versions that hold in months of a range, with these months.
    pub fn within(&self, months: RangeInclusive<Month>) -> impl Iterator<Item = Span<'a>> {
        self.of.within(self.first.max(*months.start())..=self.last.min(*months.end()))
    }

    /// The version that holds in one of its months.
    pub fn in_month(&self, month: Month) -> &'a Definition {
        self.of.in_month(month)
    }

    /// Its versions.
    pub fn versions(&self) -> impl Iterator<Item = &'a Definition> {
        self.within(self.first..=self.last).map(|span| span.definition)
    }
}
