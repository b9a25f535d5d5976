//! The small-cell rule: counts of people so small that single ones could be recognised are not told to everybody, nor
//! are figures from which such a count follows by subtraction. docs/small-cells.md says what this protects, and what
//! not.

use crate::catalogue::definitions::Definition;
use crate::catalogue::so_far::{MonthSpan, SoFar};
use crate::catalogue::sources::{Semantics, Source};
use crate::catalogue::{Catalogue, IndicatorEntry, tree};
use crate::figure::Figure;
use crate::figures::attainment::{counted, own_figure};
use crate::figures::cell_book::CellBook;
use crate::figures::question::Question;
use crate::id::{AgencyId, IndicatorId};
use crate::string_enum;
use crate::time::Month;
use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

/// The least count of people that may be told to everybody; 0 when every count may be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SmallCells(u8);

string_enum! {
    /// The reason why a figure is withheld.
    Withholding {
        /// It is about so few people that single ones could be recognised, or such a figure would follow from it.
        SmallCell = "small_cell",
    }
}

/// An agency's place in the tree, and its own figure without those below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnFigure {
    /// The agency.
    pub agency: AgencyId,
    /// The agency whose whole it is a part of.
    pub parent: Option<AgencyId>,
    /// Its own figure.
    pub own: Figure,
}

/// The figures of an indicator in a period that are withheld.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withheld {
    /// Agencies whose figures with everything below them are withheld.
    pub wholes: HashSet<AgencyId>,
    /// Agencies whose own figures are withheld.
    pub owns: HashSet<AgencyId>,
    /// Agencies of which the number of agencies at or below them that meet their target is withheld: it would tell
    /// something of an own figure that is withheld.
    pub standings: HashSet<AgencyId>,
}

impl SmallCells {
    /// The rule with the least count that is told.
    pub fn below(least: u8) -> Self {
        Self(least)
    }

    /// The least count that is told.
    pub fn least(self) -> u8 {
        self.0
    }

    /// True when counts can be too small to be told.
    pub fn is_on(self) -> bool {
        self.0 > 0
    }

    /// True for a figure that by itself is about too few people: those counted, all, or those lacking.
    pub fn is_small(self, figure: Figure) -> bool {
        let (numerator, denominator) = (i128::from(figure.numerator), i128::from(figure.denominator));
        let small = |count: i128| (1..i128::from(self.0)).contains(&count);
        // The denominator is checked even without reports: the number of people is told then as well.
        [numerator, denominator, denominator - numerator].into_iter().any(small)
    }

    /// True when an indicator counts people in a range of months, so that its single parts by agency and month are not
    /// told at all.
    pub fn hides_parts(self, catalogue: &Catalogue, indicator: IndicatorId, months: RangeInclusive<Month>) -> bool {
        let indicator = catalogue.indicators.get(&indicator).filter(|_| self.is_on());
        indicator.is_some_and(|found| found.definitions.within(months).any(|span| counts_people(span.definition)))
    }

    /// The withheld figures of an indicator in a period, the same for every agency asked about: otherwise the answers
    /// to several questions together could tell a withheld figure.
    pub fn withheld(self, catalogue: &Catalogue, cells: &CellBook, question: Question) -> Withheld {
        if !self.hides_parts(catalogue, question.indicator, question.period.range()) {
            return Withheld::default();
        }
        self.withhold_over(&parts(catalogue, cells, question).unwrap_or_default())
    }

    /// The withheld figures of a tree in which parents stand before their children.
    ///
    /// A whole is the sum of its parts: the agency's own figure and the wholes of its children. Every figure that is
    /// small by itself is withheld. Where only one figure of such a sum would be, the smallest other part is withheld
    /// with it, or the whole when no other part has anything. As every figure stands in two sums at most and sums form
    /// a tree, no withheld figure then follows from those told.
    pub fn withhold(self, parts: &[OwnFigure]) -> Withheld {
        self.withhold_over(&[parts.to_vec()])
    }

    /// As [`Self::withhold`], of a window over moves: it is cut where the tree changes, and the same agencies stand in
    /// each stretch with their figures of it. The figures told are the sums over the stretches.
    ///
    /// The same figures are withheld in all stretches, and in each of them, by itself, none follows from the others. So
    /// none follows from the sums either, not even for somebody who knows the share of each stretch in every other
    /// figure. For an agency that was moved, its wholes below each of its parents can be computed from told sums: where
    /// one of them is small, its whole is withheld.
    pub fn withhold_over(self, stretches: &[Vec<OwnFigure>]) -> Withheld {
        let trees: Vec<FigureTree<'_>> = stretches.iter().map(|parts| FigureTree::of(parts)).collect();
        let mut withheld = Withheld::default();
        for (shown, figure) in told(&trees) {
            if self.is_small(figure) {
                withheld.insert(shown);
            }
        }
        for (agency, figure) in below_each_parent(&trees) {
            if self.is_small(figure) {
                withheld.insert(FigureOf::Whole(agency));
            }
        }
        // A figure withheld for one sum can be the only one of another, so this goes on until nothing changes.
        let mut changed = true;
        while changed {
            changed = false;
            for tree in &trees {
                for sum in &tree.sums {
                    changed |= tree.cover(sum, &mut withheld);
                }
            }
        }
        withheld.standings = trees.iter().flat_map(|tree| tree.above(&withheld.owns)).collect();
        if trees.len() > 1 {
            withheld.standings.extend(self.told_by_standings(&trees));
        }
        withheld
    }

    /// The agencies that were above others for a part of a window in which the own figure of one of these is small.
    fn told_by_standings(self, trees: &[FigureTree<'_>]) -> HashSet<AgencyId> {
        let mut below: HashMap<(AgencyId, AgencyId), (usize, Figure)> = HashMap::new();
        for tree in trees {
            for part in tree.parts {
                for above in tree.line(part.agency) {
                    let (times, sum) = below.entry((above, part.agency)).or_default();
                    (*times, *sum) = (*times + 1, sum.plus(part.own));
                }
            }
        }
        let small = below.into_iter().filter(|(_, (times, own))| *times < trees.len() && self.is_small(*own));
        small.map(|((above, _), _)| above).collect()
    }
}

/// The agencies with their own figures, stretch by stretch: a flow's window is cut where the tree changes.
fn parts(catalogue: &Catalogue, cells: &CellBook, question: Question) -> Option<Vec<Vec<OwnFigure>>> {
    let indicator = catalogue.indicators.get(&question.indicator)?;
    let calendar = catalogue.calendars.get(&question.calendar)?;
    let so_far = SoFar::of(calendar, question.period, question.day);
    let (first, last) = so_far.months();
    let semantics = indicator.definition_in(last).semantics;
    let from = if semantics == Semantics::Flow { first } else { last };
    let stretches = catalogue.stretches(so_far.ends(calendar), (from, last));
    let is_one = stretches.len() == 1;
    let counted = counted(catalogue, IndicatorEntry { id: question.indicator, entity: indicator }, calendar, &question);
    let of_stretch = |(tree, span): (tree::Tree<'_>, MonthSpan)| {
        let agencies = tree.roots().flat_map(|root| tree.subtree(root));
        let part = |agency| {
            let own = match is_one {
                true => own_figure(catalogue, cells, Question { agency, ..question }).ok()?,
                false => cells.own(&question, semantics, agency, (&[span], counted)),
            };
            Some(OwnFigure { agency, parent: tree.parent(agency), own })
        };
        agencies.filter_map(part).collect()
    };
    Some(stretches.into_iter().map(of_stretch).collect())
}

/// True for a definition that counts people: those on the roll, or declared ones, in the unit `người`.
pub fn counts_people(definition: &Definition) -> bool {
    match definition.source {
        Source::TrainingRecords { .. } => true,
        Source::Declared { .. } if definition.source.is_beside_people() => true,
        Source::Declared { .. } => {
            definition.unit.as_str().split_whitespace().next().is_some_and(|word| word.to_lowercase() == "người")
        }
        Source::DocumentExchanges { .. } | Source::MonitoringStatuses { .. } => false,
    }
}

/// A figure of an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum FigureOf {
    /// With everything below it.
    Whole(AgencyId),
    /// Its own.
    Own(AgencyId),
}

impl Withheld {
    fn has(&self, shown: FigureOf) -> bool {
        match shown {
            FigureOf::Whole(agency) => self.wholes.contains(&agency),
            FigureOf::Own(agency) => self.owns.contains(&agency),
        }
    }

    fn insert(&mut self, shown: FigureOf) -> bool {
        match shown {
            FigureOf::Whole(agency) => self.wholes.insert(agency),
            FigureOf::Own(agency) => self.owns.insert(agency),
        }
    }
}

/// Figures: at `2 × place` the whole of an agency, after it its own; and the sums they form.
struct FigureTree<'a> {
    parts: &'a [OwnFigure],
    places: HashMap<AgencyId, usize>,
    figures: Vec<Figure>,
    sums: Vec<Sum>,
}

/// A whole and its parts, as places of figures.
struct Sum {
    whole: usize,
    parts: Vec<usize>,
}

impl<'a> FigureTree<'a> {
    fn of(parts: &'a [OwnFigure]) -> Self {
        let places: HashMap<_, _> = parts.iter().enumerate().map(|(place, part)| (part.agency, place)).collect();
        let mut figures: Vec<_> = parts.iter().flat_map(|part| [part.own; 2]).collect();
        let mut sums: Vec<_> =
            (0..parts.len()).map(|place| Sum { whole: 2 * place, parts: vec![2 * place + 1] }).collect();
        for (place, part) in parts.iter().enumerate().rev() {
            let above = part.parent.and_then(|parent| places.get(&parent)).filter(|above| **above < place);
            let Some(above) = above else { continue };
            if let Some(sum) = sums.get_mut(*above) {
                sum.parts.push(2 * place);
            }
            let below = figures.get(2 * place).copied().unwrap_or_default();
            if let Some(whole) = figures.get_mut(2 * above) {
                *whole = whole.plus(below);
            }
        }
        Self { parts, places, figures, sums }
    }

    fn figure(&self, at: usize) -> Figure {
        self.figures.get(at).copied().unwrap_or_default()
    }

    fn shown(&self, at: usize) -> Option<FigureOf> {
        let agency = self.parts.get(at / 2)?.agency;
        Some(if at.is_multiple_of(2) { FigureOf::Whole(agency) } else { FigureOf::Own(agency) })
    }

    /// True for a withheld figure that has anything. One that is zero in a stretch is known to be zero there.
    fn is_withheld(&self, at: usize, withheld: &Withheld) -> bool {
        let figure = self.figure(at);
        has_any(figure) && self.shown(at).is_some_and(|shown| withheld.has(shown))
    }

    /// Withholds a second figure of a sum of which only one is withheld, as that one would follow by subtraction.
    /// Returns true when it has withheld one more.
    fn cover(&self, sum: &Sum, withheld: &mut Withheld) -> bool {
        let hidden = |at: usize| self.is_withheld(at, withheld);
        let alone = [sum.whole].iter().chain(&sum.parts).filter(|at| hidden(**at)).count() == 1;
        if !alone {
            return false;
        }
        let told = |at: &usize| !hidden(*at) && is_told(self.figure(*at));
        let size = |at: &usize| (self.figure(*at).denominator, self.figure(*at).numerator, *at);
        let smallest = sum.parts.iter().filter(|at| told(at) && has_any(self.figure(**at))).min_by_key(|at| size(at));
        let cover = smallest.or(Some(&sum.whole).filter(|at| told(at))).copied();
        cover.and_then(|at| self.shown(at)).is_some_and(|shown| withheld.insert(shown))
    }

    /// An agency and those above it.
    fn line(&self, agency: AgencyId) -> impl Iterator<Item = AgencyId> {
        let place = |agency: AgencyId| self.places.get(&agency).copied();
        let above = move |below: &usize| {
            let parent = self.parts.get(*below)?.parent?;
            place(parent).filter(|above| above < below)
        };
        std::iter::successors(place(agency), above).filter_map(|place| Some(self.parts.get(place)?.agency))
    }

    /// Agencies and those above them.
    fn above(&self, agencies: &HashSet<AgencyId>) -> HashSet<AgencyId> {
        let mut found = HashSet::new();
        for agency in agencies {
            // Everything above an agency that was found already has been found, too.
            for above in self.line(*agency) {
                if !found.insert(above) {
                    break;
                }
            }
        }
        found
    }
}

/// True for a figure of which at least the denominator is told, unless it is withheld.
fn is_told(figure: Figure) -> bool {
    figure.reported || figure.denominator != 0
}

fn has_any(figure: Figure) -> bool {
    figure.denominator != 0 || figure.numerator != 0
}

/// The figures of all agencies over all stretches.
fn told(trees: &[FigureTree<'_>]) -> HashMap<FigureOf, Figure> {
    let mut told: HashMap<FigureOf, Figure> = HashMap::new();
    for tree in trees {
        for (at, figure) in tree.figures.iter().enumerate() {
            if let Some(shown) = tree.shown(at) {
                let sum = told.entry(shown).or_default();
                *sum = sum.plus(*figure);
            }
        }
    }
    told
}

/// The wholes of agencies that were moved, below each of their parents.
fn below_each_parent(trees: &[FigureTree<'_>]) -> Vec<(AgencyId, Figure)> {
    if trees.len() < 2 {
        return Vec::new();
    }
    let mut wholes: HashMap<AgencyId, HashMap<Option<AgencyId>, Figure>> = HashMap::new();
    for tree in trees {
        for (place, part) in tree.parts.iter().enumerate() {
            let below = wholes.entry(part.agency).or_default().entry(part.parent).or_default();
            *below = below.plus(tree.figure(2 * place));
        }
    }
    let moved = wholes.into_iter().filter(|(_, parents)| parents.len() > 1);
    moved.flat_map(|(agency, parents)| parents.into_values().map(move |whole| (agency, whole))).collect()
}
