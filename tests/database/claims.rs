//! Invariants of every database, whatever has been written into it.

use crate::database::fixture::{cells, month};
use chrono::Days;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::sources::{Semantics, Source};
use thidua_domain::cells::{Cell, CellKey, DayKey};
use thidua_domain::figures::attainment::attain;
use thidua_domain::figures::question::Question;
use thidua_domain::time::Period;
use thidua_persistence::figures::explanations::ExplanationQuery;
use thidua_persistence::log::feed::Reader;
use thidua_persistence::{Database, Model};

/// The read model of a database at a moment.
pub(crate) struct Memory {
    seq: i64,
    catalogue: Arc<Catalogue>,
    cells: BTreeMap<CellKey, (i64, i64, i64)>,
    steps: BTreeMap<DayKey, Cell>,
    late: BTreeMap<CellKey, Date>,
}

impl Memory {
    /// Remembers the present read model.
    pub(crate) fn of(database: &Database) -> Self {
        let model = database.model();
        let (cells, steps, late) = (cells(&model), steps(&model), late(&model));
        Self { seq: model.seq, catalogue: Arc::clone(&model.catalogue), cells, steps, late }
    }
}

/// Insists that a database answers questions about the past as it did then.
pub(crate) fn assert_remembered(database: &Database, memories: &[Memory]) {
    for memory in memories {
        let past = database.past_at_seq(memory.seq).expect("it was a moment");
        let model = database.model_at(past).expect("the past can be read");
        assert_eq!((model.seq, cells(&model)), (memory.seq, memory.cells.clone()));
        assert_eq!((steps(&model), late(&model)), (memory.steps.clone(), memory.late.clone()));
        assert_same_catalogue(&model.catalogue, &memory.catalogue);
    }
}

/// Insists that two read models are equal.
pub(crate) fn assert_alike(running: &Model, reopened: &Model) {
    assert_eq!(running.seq, reopened.seq);
    assert_eq!(cells(running), cells(reopened));
    assert_eq!((running.changed_on, steps(running)), (reopened.changed_on, steps(reopened)));
    assert_eq!(late(running), late(reopened));
    assert_same_catalogue(&running.catalogue, &reopened.catalogue);
    for question in questions(&running.catalogue, running.changed_on) {
        let answer = |model: &Model| attain(&model.catalogue, &model.cells, question).expect("an answer");
        assert_eq!(answer(running), answer(reopened), "{question:?}");
    }
}

/// Insists that the parts of every figure add up to it, that the records behind it do, page by page, and that a person
/// or a system lacks something, or is left out, exactly when it does not count.
pub(crate) fn assert_explained(database: &Database) {
    let (catalogue, day) = {
        let model = database.model();
        (Arc::clone(&model.catalogue), model.changed_on)
    };
    for question in questions(&catalogue, day) {
        let definition = catalogue.indicators[&question.indicator].definition_in(question.period.last_month());
        let reader = Reader { within: None, records: true, users: true, hidden: HashSet::new() };
        let mut asked = ExplanationQuery { question, lacking: false, after: 0, limit: 3, reader };
        let (mut sum, mut lacking) = (Cell::default(), 0);
        let figure = loop {
            let page = database.explain(&asked).expect("an explanation");
            let parts = page
                .parts
                .iter()
                .fold((0, 0), |sum, part| (sum.0 + part.figure.numerator, sum.1 + part.figure.denominator));
            let figure = page.attainment.figure;
            assert_eq!(parts, (figure.numerator, figure.denominator), "the parts of {question:?}");
            for record in &page.contributions {
                sum = sum.plus(record.share);
                lacking += usize::from(!record.lacks.is_empty());
                if definition.semantics == Semantics::Stock {
                    let counts = record.lacks.is_empty() && record.left_out.is_none();
                    assert_eq!(record.share.numerator, i64::from(counts), "{record:?} of {question:?}");
                }
            }
            match page.next {
                Some(next) => asked.after = next,
                None => break figure,
            }
        };
        assert_eq!(
            (sum.numerator, sum.denominator),
            (figure.numerator, figure.denominator),
            "the records of {question:?}"
        );
        let only = database
            .explain(&ExplanationQuery { lacking: true, after: 0, limit: 1000, ..asked })
            .expect("an explanation");
        assert_eq!(only.contributions.len(), lacking, "those that lack something of {question:?}");
        if !matches!(definition.source, Source::Declared { .. } | Source::DocumentExchanges { .. }) {
            assert_eq!(i64::try_from(lacking).unwrap(), figure.denominator - figure.numerator, "{question:?}");
        }
    }
}

fn assert_same_catalogue(one: &Catalogue, other: &Catalogue) {
    assert_eq!((&one.agencies, &one.calendars), (&other.agencies, &other.calendars));
    assert_eq!((&one.indicators, &one.phases, &one.periods), (&other.indicators, &other.phases, &other.periods));
    assert_eq!((&one.targets, &one.movements), (&other.targets, &other.movements));
    assert_eq!(one.export_profiles, other.export_profiles);
    assert_eq!((&one.locks, &one.corrections, &one.errata), (&other.locks, &other.corrections, &other.errata));
}

/// The days of cells that were changed after a cut-off.
fn late(model: &Model) -> BTreeMap<CellKey, Date> {
    model.cells.late_changes().collect()
}

/// The steps of a read model on days to come.
fn steps(model: &Model) -> BTreeMap<DayKey, Cell> {
    model.cells.steps().filter(|(key, _)| model.changed_on < key.day).collect()
}

/// Every indicator, agency and calendar: for a year, a quarter and a month that have ended, and on a day and ten days
/// later for what runs then.
fn questions(catalogue: &Catalogue, day: Date) -> Vec<Question> {
    let mut questions = Vec::new();
    for indicator in catalogue.indicators.keys().copied() {
        for agency in catalogue.agencies.keys().copied() {
            for calendar in catalogue.calendars.keys().copied() {
                for period in [Period::Year(2025), Period::Quarter(2026, 1), Period::Month(month(202_602))] {
                    questions.push(Question { indicator, agency, calendar, period, day });
                }
                for day in [day, day + Days::new(10)] {
                    let running = catalogue.calendars[&calendar].month_of(day).expect("a known year");
                    for period in [Period::Month(running), Period::Year(running.year())] {
                        questions.push(Question { indicator, agency, calendar, period, day });
                    }
                }
            }
        }
    }
    questions
}
