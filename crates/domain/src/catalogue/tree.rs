//! The tree of agencies in time. Most agencies are never moved, so today's tree is kept whole, and of an earlier one
//! only the parts that differ.

use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::agencies::Agency;
use crate::catalogue::calendars::Calendar;
use crate::catalogue::indicators::Semantics;
use crate::figures::so_far::{MonthEnds, SoFar};
use crate::id::{AgencyId, CalendarId};
use crate::time::Month;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Today's tree, and the earlier ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trees {
    children: HashMap<AgencyId, Vec<AgencyId>>,
    /// In order of time, without gaps.
    earlier: Vec<EarlierTree>,
}

/// An earlier tree.
#[derive(Debug, Clone)]
struct EarlierTree {
    /// Its last day.
    to: Date,
    /// Children, in identity order, of the agencies that have other children now.
    children: HashMap<AgencyId, Vec<AgencyId>>,
}

/// The tree of agencies on a day.
#[derive(Debug, Clone, Copy)]
pub struct Tree<'a> {
    agencies: &'a BTreeMap<AgencyId, Agency>,
    trees: &'a Trees,
    earlier: Option<&'a EarlierTree>,
}

/// The agencies above one, itself first, in time.
pub(crate) enum Lines {
    /// The same ones always.
    Constant(Vec<AgencyId>),
    /// Those of each tree, in order of time.
    Dated(Vec<Vec<AgencyId>>),
}

/// A first and a last month.
pub(crate) type MonthSpan = (Month, Month);

/// The agencies at or below one in some months.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members {
    agencies: Vec<AgencyId>,
    /// The months in which an agency is there, for agencies that are not there in all of them.
    parted: HashMap<AgencyId, Vec<MonthSpan>>,
}

impl Trees {
    pub(crate) fn of(agencies: &BTreeMap<AgencyId, Agency>) -> Self {
        let mut children: HashMap<_, Vec<_>> = HashMap::new();
        for (id, agency) in agencies {
            if let Some(parent) = agency.parent {
                children.entry(parent).or_default().push(*id);
            }
        }
        let moved: Vec<_> = agencies.iter().filter(|(_, agency)| !agency.earlier_places.is_empty()).collect();
        let turns: BTreeSet<Date> = moved.iter().flat_map(|(_, agency)| last_days(agency)).collect();
        let earlier = turns.into_iter().map(|to| {
            let mut then: HashMap<AgencyId, Vec<AgencyId>> = HashMap::new();
            let now = |parent: AgencyId| children.get(&parent).cloned().unwrap_or_default();
            for (id, agency) in &moved {
                let parent = agency.place_on(to).parent;
                if parent == agency.parent {
                    continue;
                }
                if let Some(parent) = agency.parent {
                    then.entry(parent).or_insert_with(|| now(parent)).retain(|child| child != *id);
                }
                if let Some(parent) = parent {
                    let below = then.entry(parent).or_insert_with(|| now(parent));
                    below.push(**id);
                    below.sort_unstable();
                }
            }
            EarlierTree { to, children: then }
        });
        let earlier = earlier.collect();
        Self { children, earlier }
    }

    /// The position of a day's tree among the earlier ones; behind them all for today's.
    fn at(&self, day: Date) -> usize {
        self.earlier.partition_point(|earlier| earlier.to < day)
    }
}

/// The last days of places after which an agency had another parent.
fn last_days(agency: &Agency) -> impl Iterator<Item = Date> {
    let places = agency.earlier_places.all();
    let next = places.iter().skip(1).map(|place| place.parent).chain([agency.parent]);
    places.iter().zip(next).filter(|(place, next)| place.parent != *next).map(|(place, _)| place.to)
}

impl<'a> Tree<'a> {
    /// The agencies directly below one, in identity order.
    pub fn children(self, agency: AgencyId) -> &'a [AgencyId] {
        let then = self.earlier.and_then(|earlier| earlier.children.get(&agency));
        then.or_else(|| self.trees.children.get(&agency)).map_or(&[], Vec::as_slice)
    }

    /// The agency directly above one.
    pub fn parent(self, agency: AgencyId) -> Option<AgencyId> {
        let agency = self.agencies.get(&agency)?;
        match self.earlier {
            None => agency.parent,
            Some(earlier) => agency.place_on(earlier.to).parent,
        }
    }

    /// The agencies with none above them, in identity order.
    pub fn roots(self) -> impl Iterator<Item = AgencyId> + 'a {
        self.agencies.keys().copied().filter(move |agency| self.parent(*agency).is_none())
    }

    /// An agency and all below it, parents before children, siblings in identity order. A stored cycle cannot loop:
    /// every agency is visited once.
    pub fn subtree(self, root: AgencyId) -> Vec<AgencyId> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut pending = vec![root];
        while let Some(agency) = pending.pop() {
            if seen.insert(agency) {
                found.push(agency);
                pending.extend(self.children(agency).iter().rev());
            }
        }
        found
    }

    /// True when `agency` is `root` or lies below it.
    pub fn is_within(self, agency: AgencyId, root: AgencyId) -> bool {
        self.line(agency).any(|above| above == root)
    }

    /// An agency and those above it, from the bottom up. A stored cycle cannot loop.
    pub fn line(self, agency: AgencyId) -> impl Iterator<Item = AgencyId> + 'a {
        std::iter::successors(Some(agency), move |below| self.parent(*below)).take(self.agencies.len() + 1)
    }
}

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

impl Members {
    /// The agencies, each once.
    pub(crate) fn agencies(&self) -> &[AgencyId] {
        &self.agencies
    }

    /// The months in which an agency is a member, in order; `all` are all months asked about.
    pub(crate) fn spans<'a>(&'a self, agency: AgencyId, all: &'a MonthSpan) -> &'a [MonthSpan] {
        self.parted.get(&agency).map_or(std::slice::from_ref(all), Vec::as_slice)
    }

    /// True for a month in which an agency is a member.
    pub(crate) fn holds(&self, agency: AgencyId, month: Month) -> bool {
        self.parted.get(&agency).is_none_or(|spans| spans.iter().any(|(first, last)| (*first..=*last).contains(&month)))
    }

    /// The members by the months in which they are members.
    pub(crate) fn alike(&self, all: MonthSpan) -> BTreeMap<Vec<MonthSpan>, Vec<AgencyId>> {
        let mut alike: BTreeMap<Vec<MonthSpan>, Vec<AgencyId>> = BTreeMap::new();
        for agency in &self.agencies {
            alike.entry(self.spans(*agency, &all).to_vec()).or_default().push(*agency);
        }
        alike
    }

    fn add(&mut self, agency: AgencyId, (first, last): MonthSpan) {
        let spans = self.parted.entry(agency).or_default();
        if spans.is_empty() {
            self.agencies.push(agency);
        }
        match spans.last_mut() {
            Some((_, end)) if end.next() == Some(first) => *end = last,
            _ => spans.push((first, last)),
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
