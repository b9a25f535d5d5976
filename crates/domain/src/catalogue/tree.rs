//! The tree of agencies in time. Most agencies are never moved, so today's tree is kept whole, and of an earlier one
//! only the parts that differ.

use crate::Date;
use crate::catalogue::agencies::Agency;
use crate::catalogue::so_far::MonthSpan;
use crate::id::AgencyId;
use crate::time::Month;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Today's tree, and the earlier ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trees {
    children: HashMap<AgencyId, Vec<AgencyId>>,
    /// In order of time, without gaps.
    pub(super) earlier: Vec<EarlierTree>,
}

/// An earlier tree.
#[derive(Debug, Clone)]
pub(crate) struct EarlierTree {
    /// Its last day.
    to: Date,
    /// Children, in identity order, of the agencies that have other children now.
    children: HashMap<AgencyId, Vec<AgencyId>>,
}

/// The tree of agencies on a day.
#[derive(Debug, Clone, Copy)]
pub struct Tree<'a> {
    pub(super) agencies: &'a BTreeMap<AgencyId, Agency>,
    pub(super) trees: &'a Trees,
    pub(super) earlier: Option<&'a EarlierTree>,
}

/// The agencies above one, itself first, in time.
pub(crate) enum Lines {
    /// The same ones always.
    Constant(Vec<AgencyId>),
    /// Those of each tree, in order of time.
    Dated(Vec<Vec<AgencyId>>),
}

/// The agencies at or below one in some months.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members {
    pub(super) agencies: Vec<AgencyId>,
    /// The months in which an agency is there, for agencies that are not there in all of them.
    pub(super) parted: HashMap<AgencyId, Vec<MonthSpan>>,
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
    pub(super) fn at(&self, day: Date) -> usize {
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

    pub(super) fn add(&mut self, agency: AgencyId, (first, last): MonthSpan) {
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
