//! Answers about closed time, and about time that was closed once: they stay, or an erratum names the change. Compared
//! after every write of a sequence.

use crate::database::fixture::context;
use std::collections::{BTreeMap, BTreeSet};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::target_versions::Comparison;
use thidua_domain::cells::CellKey;
use thidua_domain::closing::errata::{Erratum, Moved};
use thidua_domain::closing::told_answers::ToldAnswer;
use thidua_domain::figure::Figure;
use thidua_domain::figures::attainment::{Attainment, attain, errata};
use thidua_domain::figures::question::Question;
use thidua_domain::fraction::Fraction;
use thidua_domain::id::{AgencyId, CalendarId, ErratumId, IndicatorId, PhaseId};
use thidua_domain::text::Reference;
use thidua_domain::time::{Month, Period, civil_date};
use thidua_persistence::Model;

/// Answers about closed time at a moment, the present answers to questions that were closed earlier, and the errata.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClosedAnswers {
    answers: BTreeMap<Key, Told>,
    reopened: BTreeMap<Key, Told>,
    errata: BTreeMap<ErratumId, Erratum>,
    /// The indicators.
    indicators: BTreeSet<IndicatorId>,
    /// Indicators that came when all their periods were closed already: nobody was told their figures, so they may go.
    unheard: BTreeSet<IndicatorId>,
}

type Key = (IndicatorId, AgencyId, CalendarId, Period);

/// Numbers of answers that were compared.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Compared {
    /// Answers closed before a write and after it.
    pub(crate) closed: usize,
    /// Answers that were closed once, and are open after the write.
    pub(crate) reopened: usize,
    /// Reopened answers that the write has moved.
    pub(crate) moved: usize,
}

impl std::ops::AddAssign for Compared {
    fn add_assign(&mut self, more: Self) {
        self.closed += more.closed;
        self.reopened += more.reopened;
        self.moved += more.moved;
    }
}

/// The members of an answer that must stay, but for names and identities.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    /// True when the indicator was in force; otherwise the answer was told to nobody.
    in_force: bool,
    /// True when lists have a row of it: the agency exists in the period, or there is a figure.
    listed: bool,
    figure: (i64, i64, bool),
    own: (i64, i64, bool),
    percent: Option<String>,
    verdict: &'static str,
    shortfall: Option<i64>,
    target: Option<(Fraction, Comparison, Reference)>,
    agencies: (usize, usize),
    definition: (i64, Vec<i64>),
    window: (Date, Date),
    /// The phase, and the first month that a stock adds up.
    phase: (Option<PhaseId>, Option<Month>),
}

impl ClosedAnswers {
    /// Every indicator and agency, in every period of 2022 to 2027 whose months are all closed.
    pub(crate) fn of(model: &Model) -> Self {
        let catalogue = &model.catalogue;
        let today = civil_date(context().at);
        let mut answers = BTreeMap::new();
        for indicator in catalogue.indicators.keys().copied() {
            for agency in catalogue.agencies.keys().copied() {
                for calendar in catalogue.calendars.keys().copied() {
                    let closed = |month: Month| {
                        catalogue.closed(CellKey { indicator, agency, calendar, month }, today).is_some()
                    };
                    for period in periods().filter(|period| period.months().all(closed)) {
                        let question = Question { indicator, agency, calendar, period, day: today };
                        let answer = attain(catalogue, &model.cells, question).expect("an answer");
                        answers.insert((indicator, agency, calendar, period), Told::of(catalogue, question, answer));
                    }
                }
            }
        }
        let indicators = catalogue.indicators.keys().copied().collect();
        Self { answers, indicators, errata: catalogue.errata.clone(), ..Self::default() }
    }

    /// Insists that a model after one more write gives the same answers, as far as they are closed there, too; where
    /// one differs, errata of that write must say so. What is open again is followed from what was told: whatever moves
    /// it must have an erratum. The answers of that model take the place of these.
    #[track_caller]
    pub(crate) fn follow(&mut self, model: &Model, step: &str) -> Compared {
        let mut later = Self::of(model);
        let mut compared = Compared::default();
        later.unheard = &self.unheard | &(&later.indicators - &self.indicators);
        for (indicator, ..) in later.answers.keys().filter(|key| !self.answers.contains_key(key)) {
            if self.indicators.contains(indicator) {
                later.unheard.remove(indicator);
            }
        }
        for (key, before) in &self.answers {
            match later.answers.get(key) {
                Some(after) if before.in_force => {
                    compared.closed += 1;
                    self.assert_told(model, *key, before, after, step);
                }
                Some(_) => {}
                None => self.follow_reopened(model, *key, before, step, &mut later, &mut compared),
            }
        }
        for (key, last) in &self.reopened {
            match later.answers.get(key) {
                Some(after) => self.assert_told(model, *key, last, after, step),
                None => self.follow_reopened(model, *key, last, step, &mut later, &mut compared),
            }
        }
        *self = later;
        compared
    }

    #[track_caller]
    fn follow_reopened(
        &self,
        model: &Model,
        key: Key,
        last: &Told,
        step: &str,
        later: &mut Self,
        compared: &mut Compared,
    ) {
        let (indicator, agency, calendar, period) = key;
        let catalogue = &model.catalogue;
        if !catalogue.agencies.contains_key(&agency) || !catalogue.indicators.contains_key(&indicator) {
            assert!(last.is_nobodys() || self.unheard.contains(&indicator), "{step} took {key:?}");
            return;
        }
        if !catalogue.calendars.contains_key(&calendar) {
            // Nothing was recorded under it.
            return;
        }
        let day = civil_date(context().at);
        let question = Question { indicator, agency, calendar, period, day };
        let answer = attain(catalogue, &model.cells, question).expect("an answer");
        let now = Told::of(catalogue, question, answer);
        compared.reopened += 1;
        compared.moved += usize::from(*last != now);
        self.assert_told(model, key, last, &now, step);
        later.reopened.insert(key, now);
    }

    /// Insists that an answer has not moved, or that errata say so: new ones of its cells, or one of the answer itself,
    /// which says what it is now.
    #[track_caller]
    fn assert_told(&self, model: &Model, key: Key, before: &Told, after: &Told, step: &str) {
        if before == after || (before.is_nobodys() && after.is_nobodys()) {
            return;
        }
        let (indicator, agency, calendar, period) = key;
        let question = Question { indicator, agency, calendar, period, day: civil_date(context().at) };
        let told = errata(&model.catalogue, question).into_iter().any(|(id, erratum)| match &erratum.moved {
            Moved::Cell(_) => self.errata.get(&id) != Some(erratum),
            Moved::Answer(answer) => answer.period == period && after.is_said_by(answer.new.as_ref()),
        });
        assert!(told, "{step} moved {key:?} in silence:\n{before:?}\n{after:?}");
    }
}

impl Told {
    fn of(catalogue: &Catalogue, question: Question, answer: Attainment) -> Self {
        Self {
            in_force: catalogue.indicators[&question.indicator].in_force_on(answer.so_far.window.to),
            listed: catalogue.agencies[&question.agency].exists_within(answer.so_far.window) || answer.figure.reported,
            figure: (answer.figure.numerator, answer.figure.denominator, answer.figure.reported),
            own: (answer.own.numerator, answer.own.denominator, answer.own.reported),
            percent: answer.percent,
            verdict: answer.verdict.as_str(),
            shortfall: answer.shortfall,
            target: answer.target.map(|(_, version)| (version.value, version.comparison, version.basis)),
            agencies: (answer.expected, answer.reported),
            definition: (answer.definition_version, answer.definition_versions),
            window: (answer.so_far.window.from, answer.so_far.window.to),
            phase: (answer.phase, answer.sum_from),
        }
    }

    /// True for an answer that no list has.
    fn is_nobodys(&self) -> bool {
        !self.in_force || (!self.listed && self.agencies.0 == 0)
    }

    /// True when an erratum says the same.
    fn is_said_by(&self, said: Option<&ToldAnswer>) -> bool {
        let Some(said) = said else { return self.is_nobodys() };
        let part = |figure: Figure| (figure.numerator, figure.denominator, figure.reported);
        let target = said.target.as_ref().map(|target| (target.value, target.comparison, target.basis.clone()));
        let row = (said.listed, said.verdict.as_str(), said.shortfall, &said.percent);
        row == (self.listed, self.verdict, self.shortfall, &self.percent)
            && (part(said.figure), part(said.own), target) == (self.figure, self.own, self.target.clone())
            && (said.expected, said.reported) == self.agencies
            && (said.definition_version, &said.definition_versions) == (self.definition.0, &self.definition.1)
            && (said.phase, said.sum_from) == self.phase
    }
}

fn periods() -> impl Iterator<Item = Period> {
    let months = (2022..=2027).flat_map(|year| (1..=12).filter_map(move |month| Month::new(year, month)));
    // A longer period is listed at its last month.
    months.flat_map(|month| Period::holding(month).into_iter().filter(move |period| period.last_month() == month))
}
