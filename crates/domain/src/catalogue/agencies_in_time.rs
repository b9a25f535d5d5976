//! Agencies of the catalogue in time: the tree of a day or a month, and the agencies at or below one in a period.

use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::agencies::Agency;
use crate::catalogue::calendars::Calendar;
use crate::catalogue::so_far::{MonthEnds, MonthSpan, SoFar};
use crate::catalogue::sources::Semantics;
use crate::catalogue::tree::{Lines, Members, Tree};
use crate::id::{AgencyId, CalendarId};
use crate::time::Month;
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl Lines {
    /// The line in a month of a calendar.
    pub(crate) fn of(&self, catalogue: &Catalogue, calendar: CalendarId, month: Month) -> &[AgencyId] {
        match self {
            Self::Constant(line) => line,
            Self::Dated(lines) => {
                let at = catalogue.last_day(calendar, month).map(|day| catalogue.trees().at(day));
                at.and_then(|at| lines.get(at)).or_else(|| lines.last()).map_or(&[], Vec::as_slice)
            }
        }
    }
}

impl Catalogue {
    /// The tree of agencies as it is now: with the last place of each.
    pub fn tree(&self) -> Tree<'_> {
        Tree { agencies: &self.agencies, trees: self.trees(), earlier: None }
    }

    /// The tree of agencies on a day.
    pub fn tree_on(&self, day: Date) -> Tree<'_> {
        Tree { earlier: self.trees().earlier.get(self.trees().at(day)), ..self.tree() }
    }

    /// The tree of agencies of a month: that of its last day.
    pub fn tree_in(&self, calendar: CalendarId, month: Month) -> Tree<'_> {
        if self.trees().earlier.is_empty() {
            return self.tree();
        }
        self.last_day(calendar, month).map_or_else(|| self.tree(), |day| self.tree_on(day))
    }

    /// True when places of an agency would put it below itself on any day.
    pub fn would_circle(&self, id: AgencyId, after: &Agency) -> bool {
        let places = self.agencies.values().chain([after]).flat_map(|agency| agency.earlier_places.all());
        let days: BTreeSet<Option<Date>> = places.map(|place| Some(place.to)).chain([None]).collect();
        days.into_iter().any(|day| {
            let parent = |agency: &Agency| day.map_or(agency.place(), |day| agency.place_on(day)).parent;
            let above = |below: &AgencyId| self.agencies.get(below).and_then(parent);
            let mut line = std::iter::successors(parent(after), above).take(self.agencies.len());
            line.any(|above| above == id)
        })
    }

    /// The agencies above one in time.
    pub(crate) fn lines(&self, agency: AgencyId) -> Lines {
        let line: Vec<_> = self.line(agency).collect();
        let has_moved = |id: &AgencyId| self.agencies.get(id).is_some_and(|agency| !agency.earlier_places.is_empty());
        if !line.iter().any(has_moved) {
            return Lines::Constant(line);
        }
        let earlier = self.trees().earlier.iter().map(|earlier| Tree { earlier: Some(earlier), ..self.tree() });
        Lines::Dated(earlier.map(|tree| tree.line(agency).collect()).chain([line]).collect())
    }

    /// The agencies that have ever lain at or below one, and those that one has ever lain at or below.
    pub fn ever_beside(&self, agency: AgencyId) -> (BTreeSet<AgencyId>, BTreeSet<AgencyId>) {
        let all = || {
            let earlier = self.trees().earlier.iter().map(|earlier| Tree { earlier: Some(earlier), ..self.tree() });
            earlier.chain([self.tree()])
        };
        let closure = |next: &dyn Fn(AgencyId) -> Vec<AgencyId>| {
            let mut found = BTreeSet::new();
            let mut pending = vec![agency];
            while let Some(agency) = pending.pop() {
                if found.insert(agency) {
                    pending.extend(next(agency));
                }
            }
            found
        };
        let below = closure(&|agency| all().flat_map(|tree| tree.children(agency)).copied().collect());
        let above = closure(&|agency| all().filter_map(|tree| tree.parent(agency)).collect());
        (below, above)
    }

    /// The agencies at or below one from one month to another: of a flow each in the months on whose last day it is
    /// there; of a stock or a state those of the last day of all.
    pub(crate) fn members(
        &self,
        root: AgencyId,
        semantics: Semantics,
        ends: MonthEnds<'_>,
        (first, last): MonthSpan,
    ) -> Members {
        let from = if semantics == Semantics::Flow { first } else { last };
        self.members_in(root, ends, &[(from, last)], (from, last))
    }

    /// The agencies at or below one in a period, as far as it has come, as [`Self::members`] finds them.
    pub fn at_or_below(
        &self,
        root: AgencyId,
        semantics: Semantics,
        calendar: &Calendar,
        so_far: &SoFar,
    ) -> Vec<AgencyId> {
        self.members(root, semantics, so_far.ends(calendar), so_far.months()).agencies
    }

    /// True for a period with one tree in all its months, as far as it has come.
    pub fn has_one_tree(&self, calendar: &Calendar, so_far: &SoFar) -> bool {
        let ends = so_far.ends(calendar);
        let at = |month| self.trees().at(ends.last_day(month));
        self.trees().earlier.is_empty() || at(so_far.first) == at(so_far.last)
    }

    /// The agencies with none above them in any month of a period as far as it has come, in identity order.
    pub fn roots(&self, calendar: &Calendar, so_far: &SoFar) -> Vec<AgencyId> {
        let stretches = self.stretches(so_far.ends(calendar), so_far.months());
        let roots: BTreeSet<_> = stretches.into_iter().flat_map(|(tree, _)| tree.roots()).collect();
        roots.into_iter().collect()
    }

    /// As [`Self::members`] of a flow, in some of the months `all`.
    pub(crate) fn members_in(
        &self,
        root: AgencyId,
        ends: MonthEnds<'_>,
        spans: &[MonthSpan],
        all: MonthSpan,
    ) -> Members {
        let trees = self.trees();
        let at = |month| trees.at(ends.last_day(month));
        if spans == [all] && (trees.earlier.is_empty() || at(all.0) == at(all.1)) {
            let agencies = self.tree_on(ends.last_day(all.1)).subtree(root);
            return Members { agencies, parted: HashMap::new() };
        }
        let mut members = Members { agencies: Vec::new(), parted: HashMap::new() };
        for (first, last) in spans {
            for (tree, span) in self.stretches(ends, (*first, *last)) {
                for agency in tree.subtree(root) {
                    members.add(agency, span);
                }
            }
        }
        members.parted.retain(|_, spans| spans.as_slice() != [all]);
        members
    }

    /// The agencies directly below one in any month of a flow's window, each with those months, in identity order.
    pub(crate) fn children_in(
        &self,
        agency: AgencyId,
        ends: MonthEnds<'_>,
        all: MonthSpan,
    ) -> BTreeMap<AgencyId, Vec<MonthSpan>> {
        let mut members = Members { agencies: Vec::new(), parted: HashMap::new() };
        for (tree, span) in self.stretches(ends, all) {
            for child in tree.children(agency) {
                members.add(*child, span);
            }
        }
        members.parted.into_iter().collect()
    }

    /// Months in which the tree is the same, with it, in order.
    pub(crate) fn stretches(&self, ends: MonthEnds<'_>, (first, last): MonthSpan) -> Vec<(Tree<'_>, MonthSpan)> {
        let trees = self.trees();
        let mut stretches: Vec<(usize, MonthSpan)> = Vec::new();
        for month in first.through(last) {
            let at = trees.at(ends.last_day(month));
            match stretches.last_mut() {
                Some((known, span)) if *known == at => span.1 = month,
                _ => stretches.push((at, (month, month))),
            }
        }
        let tree = |at| Tree { earlier: trees.earlier.get(at), ..self.tree() };
        stretches.into_iter().map(|(at, span)| (tree(at), span)).collect()
    }

    fn last_day(&self, calendar: CalendarId, month: Month) -> Option<Date> {
        Some(self.calendars.get(&calendar)?.last_day(month))
    }
}
