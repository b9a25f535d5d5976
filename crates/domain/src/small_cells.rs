//! The small-cell rule: counts of people so small that single ones could be recognised are not told to everybody, nor are
//! figures from which such a count follows by subtraction. What is promised and what not is in docs/small-cells.md.

use crate::attainment::{CellBook, Figure, Question, own_figure};
use crate::catalogue::Catalogue;
use crate::id::{AgencyId, IndicatorId};
use crate::indicators::{Indicator, Source};
use crate::spelled;
use std::collections::{HashMap, HashSet};

/// From which count on people may be counted in public; 0 when every count may be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SmallCells(u8);

spelled! {
    /// Why a figure is not told.
    Withholding {
        /// It is about so few people that single ones could be recognised, or such a figure would follow from it.
        SmallCell = "small_cell",
    }
}

/// An agency's place in the tree, and its own figure without those below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The agency.
    pub agency: AgencyId,
    /// The agency whose whole it is a part of.
    pub parent: Option<AgencyId>,
    /// Its own figure.
    pub own: Figure,
}

/// Which figures of an indicator in a period are not told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withheld {
    /// Of these agencies the figure with everything below them.
    pub wholes: HashSet<AgencyId>,
    /// Of these agencies their own figure.
    pub owns: HashSet<AgencyId>,
    /// Of these agencies how many at or below them meet their target: it would tell something of an own figure that is not
    /// told.
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

    /// Whether there is anything to withhold.
    pub fn is_on(self) -> bool {
        self.0 > 0
    }

    /// Whether a figure by itself is about too few: those counted, all, or those lacking.
    pub fn is_small(self, figure: Figure) -> bool {
        let (numerator, denominator) = (i128::from(figure.numerator), i128::from(figure.denominator));
        let small = |count: i128| (1..i128::from(self.0)).contains(&count);
        figure.reported && [numerator, denominator, denominator - numerator].into_iter().any(small)
    }

    /// Whether single parts of an indicator's figures, by agency and month, are kept back as a whole.
    pub fn hides_parts(self, catalogue: &Catalogue, indicator: IndicatorId) -> bool {
        self.is_on() && catalogue.indicators.get(&indicator).is_some_and(counts_people)
    }

    /// What is withheld of an indicator in a period, whichever agency is asked about: so the answers to several questions
    /// go together.
    pub fn withheld(self, catalogue: &Catalogue, cells: &CellBook, question: Question) -> Withheld {
        if !self.hides_parts(catalogue, question.indicator) {
            return Withheld::default();
        }
        let tops = catalogue.agencies.iter().filter(|(_, agency)| agency.parent.is_none()).map(|(id, _)| *id);
        let parts = tops.flat_map(|top| catalogue.subtree(top)).filter_map(|agency| {
            let parent = catalogue.agencies.get(&agency)?.parent;
            let own = own_figure(catalogue, cells, Question { agency, ..question }).ok()?;
            Some(Part { agency, parent, own })
        });
        self.withhold(&parts.collect::<Vec<_>>())
    }

    /// What is withheld of a tree in which parents stand before their children.
    ///
    /// A whole is the sum of its parts: the agency's own figure and the wholes of its children. Every figure that is small by
    /// itself is withheld. Where only one figure of such a sum would be, the smallest other part is withheld with it, or the
    /// whole when no other part has anything. As every figure stands in two sums at most and sums form a tree, no withheld
    /// figure then follows from those told.
    pub fn withhold(self, parts: &[Part]) -> Withheld {
        let mut tree = Tree::of(parts);
        for (figure, withheld) in &mut tree.figures {
            *withheld = self.is_small(*figure);
        }
        let mut changed = true;
        while changed {
            changed = false;
            for place in 0..parts.len() {
                changed |= tree.cover(place);
            }
        }
        let chosen = |offset: usize| {
            let told = tree.figures.iter().skip(offset).step_by(2).zip(parts);
            told.filter(|((_, withheld), _)| *withheld).map(|(_, part)| part.agency).collect::<HashSet<_>>()
        };
        let (wholes, owns) = (chosen(0), chosen(1));
        let mut standings = owns.clone();
        // Parents stand before their children, so from the end every agency has heard of all below it.
        for part in parts.iter().rev() {
            if standings.contains(&part.agency) {
                standings.extend(part.parent);
            }
        }
        Withheld { wholes, owns, standings }
    }
}

/// Whether an indicator counts people: those on the roll, or declared ones, in the unit `người`.
pub fn counts_people(indicator: &Indicator) -> bool {
    match indicator.source {
        Source::TrainingRecords { .. } => true,
        Source::Declared {} => {
            indicator.unit.as_str().split_whitespace().next().is_some_and(|word| word.to_lowercase() == "người")
        }
        Source::DocumentExchanges { .. } | Source::MonitoringStatuses { .. } => false,
    }
}

/// Figures, each with whether it is withheld: at `2 × place` the whole of an agency, after it its own; and the sums they form.
struct Tree {
    figures: Vec<(Figure, bool)>,
    sums: Vec<Sum>,
}

/// A whole and its parts, as places of figures.
struct Sum {
    whole: usize,
    parts: Vec<usize>,
}

impl Tree {
    fn of(parts: &[Part]) -> Self {
        let places: HashMap<_, _> = parts.iter().enumerate().map(|(place, part)| (part.agency, place)).collect();
        let mut figures: Vec<_> = parts.iter().flat_map(|part| [(part.own, false); 2]).collect();
        let mut sums: Vec<_> =
            (0..parts.len()).map(|place| Sum { whole: 2 * place, parts: vec![2 * place + 1] }).collect();
        for (place, part) in parts.iter().enumerate().rev() {
            let above = part.parent.and_then(|parent| places.get(&parent)).filter(|above| **above < place);
            let Some(above) = above else { continue };
            if let Some(sum) = sums.get_mut(*above) {
                sum.parts.push(2 * place);
            }
            let below = figures.get(2 * place).map_or(Figure::default(), |(figure, _)| *figure);
            if let Some((whole, _)) = figures.get_mut(2 * above) {
                whole.numerator = whole.numerator.saturating_add(below.numerator);
                whole.denominator = whole.denominator.saturating_add(below.denominator);
                whole.reported |= below.reported;
            }
        }
        Self { figures, sums }
    }

    /// Withholds a second figure of a sum of which only one is withheld; answers whether it did.
    fn cover(&mut self, place: usize) -> bool {
        let Some(sum) = self.sums.get(place) else { return false };
        let figure = |at: usize| self.figures.get(at).copied().unwrap_or_default();
        let alone = [sum.whole].iter().chain(&sum.parts).filter(|at| figure(**at).1).count() == 1;
        if !alone {
            return false;
        }
        let told = |at: &usize| !figure(*at).1 && figure(*at).0.reported;
        let size = |at: &usize| (figure(*at).0.denominator, figure(*at).0.numerator, *at);
        let has_any = |at: &usize| figure(*at).0.denominator != 0 || figure(*at).0.numerator != 0;
        let smallest = sum.parts.iter().filter(|at| told(at) && has_any(at)).min_by_key(|at| size(at));
        let cover = smallest.or(Some(&sum.whole).filter(|at| told(at))).copied();
        let found = cover.and_then(|at| self.figures.get_mut(at));
        found.is_some_and(|(_, withheld)| !std::mem::replace(withheld, true))
    }
}
