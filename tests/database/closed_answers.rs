//! Answers about closed time: they stay, or an erratum says what moved. Compared after every write of a sequence.

use crate::database::fixture::context;
use std::collections::BTreeMap;
use thidua_domain::Date;
use thidua_domain::attainment::{Attainment, Question, attain, errata};
use thidua_domain::calendars::{Month, Period, civil_date};
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::CellKey;
use thidua_domain::errata::Erratum;
use thidua_domain::id::{AgencyId, CalendarId, ErratumId, IndicatorId, PhaseId};
use thidua_domain::target_versions::TargetVersion;
use thidua_persistence::Model;

/// Every answer about closed time that a database gives at a moment, and the errata there are then.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClosedAnswers {
    answers: BTreeMap<(IndicatorId, AgencyId, CalendarId, Period), Told>,
    errata: BTreeMap<ErratumId, Erratum>,
}

/// The members of an answer that must stay, but for names and identities.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    /// True when the indicator was in force; what it says otherwise was told to nobody.
    in_force: bool,
    exists: bool,
    figure: (i64, i64, bool),
    own: (i64, i64, bool),
    percent: Option<String>,
    verdict: &'static str,
    shortfall: Option<i64>,
    target: Option<TargetVersion>,
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
        Self { answers, errata: catalogue.errata.clone() }
    }

    /// Insists that a later model gives the same answers, as far as they are closed there, too; where one differs, errata
    /// of the last write must say so. Answers how many were compared.
    #[track_caller]
    pub(crate) fn assert_kept(&self, model: &Model, step: &str) -> usize {
        let catalogue = &model.catalogue;
        let later = Self::of(model);
        let day = civil_date(context().at);
        let mut compared = 0;
        let told = self.answers.iter().filter(|(_, told)| told.in_force);
        for ((indicator, agency, calendar, period), before) in told {
            let (indicator, agency, calendar, period) = (*indicator, *agency, *calendar, *period);
            let question = Question { indicator, agency, calendar, period, day };
            let Some(after) = later.answers.get(&(indicator, agency, calendar, period)) else {
                // An agency or indicator that is gone had no row in closed time. What was unlocked or thawed is open now.
                let gone = !catalogue.agencies.contains_key(&agency) || !catalogue.indicators.contains_key(&indicator);
                assert!(!gone || !before.exists, "{step} took {question:?}");
                continue;
            };
            compared += 1;
            if before != after {
                let now = errata(catalogue, question);
                let told = now.iter().any(|(id, erratum)| self.errata.get(id) != Some(*erratum));
                assert!(told, "{step} moved {question:?} in silence:\n{before:?}\n{after:?}");
            }
        }
        compared
    }
}

impl Told {
    fn of(catalogue: &Catalogue, question: Question, answer: Attainment) -> Self {
        Self {
            in_force: catalogue.indicators[&question.indicator].in_force_on(answer.so_far.window.to),
            exists: catalogue.agencies[&question.agency].exists_within(answer.so_far.window),
            figure: (answer.figure.numerator, answer.figure.denominator, answer.figure.reported),
            own: (answer.own.numerator, answer.own.denominator, answer.own.reported),
            percent: answer.percent,
            verdict: answer.verdict.as_str(),
            shortfall: answer.shortfall,
            target: answer.target.map(|(_, version)| version),
            agencies: (answer.expected, answer.reported),
            definition: (answer.definition_version, answer.definition_versions),
            window: (answer.so_far.window.from, answer.so_far.window.to),
            phase: (answer.phase, answer.sum_from),
        }
    }
}

fn periods() -> impl Iterator<Item = Period> {
    let months = (2022..=2027).flat_map(|year| (1..=12).filter_map(move |month| Month::new(year, month)));
    // A longer period is listed at its last month.
    months.flat_map(|month| Period::holding(month).into_iter().filter(move |period| period.last_month() == month))
}
