//! Random sequences of writes: the cells equal those computed from scratch, and a program that starts now sees what the
//! running one sees.

use crate::database::claims::{Memory, assert_alike, assert_explained, assert_remembered};
use crate::database::closed_answers::{ClosedAnswers, Compared};
use crate::database::fixture::{
    Fixture, Ids, agency, assert_clean, assert_gap_free, calendar, cells, code, context, indicator, monitoring, month,
    name, observation, phase, redefined, trained, training,
};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use support::Engine;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::AgencyKind;
use thidua_domain::catalogue::definitions::Definition;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::movements::{Basis, Movement};
use thidua_domain::catalogue::periods::PeriodDates;
use thidua_domain::catalogue::record_kinds::{CourseKind, Direction, StaffKind, TrainingResult};
use thidua_domain::catalogue::sources::{ComparedWith, DocumentMeasure, ReportedBy, Semantics, Source};
use thidua_domain::catalogue::target_versions::{Comparison, TargetVersion, TargetVersions};
use thidua_domain::catalogue::targets::{Target, TargetScope};
use thidua_domain::cells::CellKey;
use thidua_domain::closing::corrections::{Correction, Decision};
use thidua_domain::closing::late::{Late, ToldHolders};
use thidua_domain::closing::locks::Lock;
use thidua_domain::fraction::{Count, Fraction};
use thidua_domain::id::*;
use thidua_domain::records::document_exchanges::DocumentExchange;
use thidua_domain::records::information_systems::InformationSystem;
use thidua_domain::records::monitoring_statuses::{Monitor, MonitoringStatus};
use thidua_domain::records::staff::Staff;
use thidua_domain::tenures::{Tenure, Tenures};
use thidua_domain::text::Reference;
use thidua_domain::time::{Period, civil_date};
use thidua_domain::violation::Violation;
use thidua_persistence::catalogue::{agencies, calendars, indicators, movements, periods, phases, targets};
use thidua_persistence::closing::{corrections, locks};
use thidua_persistence::records::{
    courses, document_exchanges, information_systems, monitoring_statuses, observations, staff, training_records,
};
use thidua_persistence::{Context, Error, Model, Result, Transaction};

/// A write, as numbers that choose its kind and the rows it is about.
#[derive(Debug, Clone, Copy)]
struct Step {
    kind: Kind,
    n: [usize; 5],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Hire,
    Transfer,
    EndStay,
    Dismiss,
    Train,
    Retrain,
    Untrain,
    RekindCourse,
    DropCourse,
    Exchange,
    Reexchange,
    Unexchange,
    Observe,
    Reobserve,
    Unobserve,
    Install,
    MoveSystem,
    RemoveSystem,
    Watch,
    Rewatch,
    Unwatch,
    Close,
    Merge,
    Adopt,
    Move,
    Found,
    AddCalendar,
    DropCalendar,
    AddMovement,
    AddPhase,
    MovePhase,
    Freeze,
    DropPhase,
    AddIndicator,
    ChangeRule,
    Redefine,
    TakeBack,
    DropIndicator,
    Lock,
    LockAgency,
    Correct,
    Unlock,
    Retarget,
    Untarget,
    Rekind,
    Reopen,
    Revalidate,
    Several,
    Abandon,
}

/// The weight of each kind; writes that make records come more often than those that bar them.
const WEIGHTS: &[(Kind, usize)] = &[
    (Kind::Hire, 6),
    (Kind::Transfer, 3),
    (Kind::EndStay, 2),
    (Kind::Dismiss, 1),
    (Kind::Train, 6),
    (Kind::Retrain, 2),
    (Kind::Untrain, 2),
    (Kind::RekindCourse, 2),
    (Kind::DropCourse, 1),
    (Kind::Exchange, 4),
    (Kind::Reexchange, 2),
    (Kind::Unexchange, 1),
    (Kind::Observe, 4),
    (Kind::Reobserve, 2),
    (Kind::Unobserve, 1),
    (Kind::Install, 4),
    (Kind::MoveSystem, 2),
    (Kind::RemoveSystem, 1),
    (Kind::Watch, 5),
    (Kind::Rewatch, 2),
    (Kind::Unwatch, 1),
    (Kind::Close, 2),
    (Kind::Merge, 3),
    (Kind::Adopt, 1),
    (Kind::Move, 4),
    (Kind::Found, 1),
    (Kind::AddCalendar, 1),
    (Kind::DropCalendar, 1),
    (Kind::AddMovement, 1),
    (Kind::AddPhase, 1),
    (Kind::MovePhase, 2),
    (Kind::Freeze, 5),
    (Kind::DropPhase, 1),
    (Kind::AddIndicator, 2),
    (Kind::ChangeRule, 3),
    (Kind::Redefine, 6),
    (Kind::TakeBack, 2),
    (Kind::DropIndicator, 1),
    (Kind::Lock, 3),
    (Kind::LockAgency, 3),
    (Kind::Correct, 4),
    (Kind::Unlock, 4),
    (Kind::Retarget, 3),
    (Kind::Untarget, 1),
    (Kind::Rekind, 2),
    (Kind::Reopen, 2),
    (Kind::Revalidate, 2),
    (Kind::Several, 3),
    (Kind::Abandon, 2),
];

/// Days on both sides of the ends of months, years and phases.
const DAYS: &[&str] = &[
    "2022-12-14",
    "2022-12-15",
    "2023-01-01",
    "2024-02-29",
    "2025-12-14",
    "2025-12-15",
    "2025-12-31",
    "2026-01-01",
    "2026-01-14",
    "2026-01-15",
    "2026-01-31",
    "2026-02-01",
    "2026-02-14",
    "2026-03-31",
    "2026-06-30",
    "2027-01-01",
];
const MONTHS: &[i32] = &[202_212, 202_301, 202_512, 202_601, 202_602, 202_603];
/// Months from which versions of definitions hold: the first ones of phases, and others.
const VERSIONS: &[i32] = &[202_301, 202_511, 202_601, 202_601, 202_602, 202_604, 202_701];
const KINDS: &[CourseKind] = &[CourseKind::BasicDigitalSkills, CourseKind::Ai, CourseKind::Awareness];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kinds: Vec<Kind> = WEIGHTS.iter().flat_map(|(kind, weight)| vec![*kind; *weight]).collect();
    let step = (select(kinds), prop::array::uniform5(0..720_usize)).prop_map(|(kind, n)| Step { kind, n });
    prop::collection::vec(step, 20..32).prop_map(with_closings)
}

/// Adds steps that chance would hardly bring together: a lock on the province that is taken away at once, so that later
/// steps move answers that were told; an agency that is opened again and an indicator that ends when months after that
/// are locked.
fn with_closings(mut steps: Vec<Step>) -> Vec<Step> {
    let step = |kind, n| Step { kind, n };
    let at = steps.len() / 3;
    let [a, b, c, _, e] = steps[at].n;
    steps.splice(at..at, [step(Kind::LockAgency, [a, b, c, 0, e]), step(Kind::Unlock, [a, 1, c, 0, e])]);
    // At the end, since locked months bar many of the writes that follow.
    let [a, b, c, d, e] = steps[steps.len() - 1].n;
    // Up to the beginning of 2026, and a month from there on.
    let (last_day, locked) = (c % 8, 3 + b % 3);
    steps.extend([
        step(Kind::Close, [a, 1, last_day, d, e]),
        step(Kind::Lock, [d, locked, 0, 1, e]),
        step(Kind::Reopen, [a, b, c, d, e]),
        step(Kind::Revalidate, [e, 2, last_day, 0, d]),
    ]);
    steps
}

#[test]
fn sqlite() {
    every_sequence_keeps_the_figures(Engine::Sqlite);
}

#[test]
fn postgres() {
    every_sequence_keeps_the_figures(Engine::Postgres);
}

fn every_sequence_keeps_the_figures(engine: Engine) {
    let config = Config {
        cases: 18,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2158),
        max_shrink_iters: 60,
        ..Config::default()
    };
    let tally: RefCell<BTreeMap<Kind, (usize, usize)>> = RefCell::default();
    let errata = RefCell::new(0);
    let compared = RefCell::new(Compared::default());
    let outcome = TestRunner::new(config).run(&steps(), |steps| {
        if let Some(place) = engine.place() {
            let (told, closed) = follow(Fixture::in_place(place), &steps, &mut tally.borrow_mut());
            *errata.borrow_mut() += told;
            *compared.borrow_mut() += closed;
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let tally = tally.into_inner();
    if tally.is_empty() {
        return;
    }
    // The sequences mean something: whatever makes or moves records has worked at least once.
    for kind in [Kind::Hire, Kind::Transfer, Kind::Train, Kind::Exchange, Kind::Observe, Kind::Install, Kind::Watch] {
        assert!(tally.get(&kind).is_some_and(|(done, _)| *done > 0), "{kind:?} never worked: {tally:?}");
    }
    for kind in [Kind::Merge, Kind::Close, Kind::AddCalendar, Kind::MovePhase, Kind::AddIndicator, Kind::Move] {
        assert!(tally.get(&kind).is_some_and(|(done, _)| *done > 0), "{kind:?} never worked: {tally:?}");
    }
    for kind in [Kind::ChangeRule, Kind::Redefine, Kind::TakeBack] {
        assert!(tally.get(&kind).is_some_and(|(done, _)| *done > 0), "{kind:?} never worked: {tally:?}");
    }
    assert!(errata.into_inner() > 0, "nothing was ever corrected: {tally:?}");
    let compared = compared.into_inner();
    println!("{compared:?}; writes taken and refused: {tally:?}");
    assert!(compared.closed > 10_000 && compared.reopened > 10_000 && compared.moved > 200, "{compared:?}: {tally:?}");
}

/// Takes the steps, and answers how many errata there are in the end, and which answers were compared.
fn follow(world: Fixture, steps: &[Step], tally: &mut BTreeMap<Kind, (usize, usize)>) -> (usize, Compared) {
    let mut known = Known::of(&world.ids);
    let mut closed = ClosedAnswers::of(&world.database.model());
    let mut compared = Compared::default();
    let mut memories = vec![Memory::of(&world.database)];
    for (index, step) in steps.iter().copied().enumerate() {
        let before = (world.database.model().seq, cells(&world.database.model()));
        let catalogue = Arc::clone(&world.database.model().catalogue);
        let attempt = known.clone();
        let said = Context { reason: Some("Rà soát".to_owned()), ..context() };
        let outcome = world.database.write(said, move |transaction| {
            let mut attempt = attempt;
            attempt.perform(transaction, index, step)?;
            Ok(attempt)
        });
        let counts = tally.entry(step.kind).or_default();
        match outcome {
            Ok(further) => {
                counts.0 += 1;
                known = further;
                memories.push(Memory::of(&world.database));
                compared += closed.follow(&world.database.model(), &format!("{step:?}"));
                if !VIEWS.contains(&step.kind) {
                    assert_told(&catalogue, &before.1, &world.database.model(), step);
                }
            }
            Err(Error::Invalid(_) | Error::NotFound(_) | Error::Conflict(_)) => {
                counts.1 += 1;
                let after = (world.database.model().seq, cells(&world.database.model()));
                assert_eq!(after, before, "refused {step:?} changed something");
            }
            Err(defect) => panic!("{step:?}: {defect}"),
        }
    }
    let log = world.tables().log();
    assert_gap_free(&log);
    assert_clean(&world.database, log.len() as i64);
    let reopened = world.place.open();
    assert_alike(&world.database.model(), &reopened.model());
    assert_remembered(&world.database, &memories);
    assert_explained(&world.database);
    (reopened.model().catalogue.errata.len(), compared)
}

/// Writes that add or remove a view on figures, and leave the figures as they are.
const VIEWS: &[Kind] = &[Kind::AddCalendar, Kind::DropCalendar, Kind::AddPhase, Kind::AddIndicator];

/// Insists that no closed figure has changed without an erratum that says what it is now.
fn assert_told(catalogue: &Catalogue, before: &BTreeMap<CellKey, (i64, i64, i64)>, model: &Model, step: Step) {
    let after = cells(model);
    let (at, today) = (context().at, civil_date(context().at));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    for key in keys.into_iter().filter(|key| before.get(key) != after.get(key)) {
        // A step of a stock may change as long as its running sum does not: its answers are compared instead.
        let is_stock = |found: &Indicator| found.definition_in(key.month).semantics == Semantics::Stock;
        let stock = catalogue.indicators.get(&key.indicator).is_some_and(is_stock);
        if stock || catalogue.closed(key, today).is_none() {
            continue;
        }
        let new = after.get(&key).copied().unwrap_or_default();
        // Of a stock the change is shown, of others a figure if there is one: never how many reports it rests on.
        let stock = is_stock(&model.catalogue.indicators[&key.indicator]);
        let shown = |(numerator, denominator, reports): (i64, i64, i64)| {
            (stock || reports > 0).then_some((numerator, denominator))
        };
        if shown(before.get(&key).copied().unwrap_or_default()) == shown(new) {
            continue;
        }
        let told = model.catalogue.errata.values().any(|erratum| {
            erratum.cell().is_some_and(|(of, told)| {
                let said = (told.new.numerator, told.new.denominator, told.new.reports);
                of == key && shown(said) == shown(new) && erratum.corrected_at == at
            })
        });
        assert!(told, "{step:?} changed {key:?} in silence");
    }
}

/// Every identity given so far, of deleted rows too.
#[derive(Debug, Clone)]
struct Known {
    movements: Vec<MovementId>,
    calendars: Vec<CalendarId>,
    phases: Vec<PhaseId>,
    indicators: Vec<IndicatorId>,
    agencies: Vec<AgencyId>,
    courses: Vec<CourseId>,
    people: Vec<StaffId>,
    records: Vec<TrainingRecordId>,
    exchanges: Vec<DocumentExchangeId>,
    observations: Vec<ObservationId>,
    systems: Vec<InformationSystemId>,
    statuses: Vec<MonitoringStatusId>,
}

fn pick<T: Copy>(from: &[T], n: usize) -> Result<T> {
    if from.is_empty() {
        return Err(crate::database::fixture::refusal());
    }
    Ok(from[n % from.len()])
}

fn date(n: usize) -> Date {
    crate::database::fixture::day(DAYS[n % DAYS.len()])
}

impl Known {
    fn of(ids: &Ids) -> Self {
        let ids = ids.clone();
        Self {
            movements: vec![ids.movement],
            calendars: ids.calendars,
            phases: ids.phases,
            indicators: ids.indicators,
            agencies: ids.agencies,
            courses: ids.courses,
            people: Vec::new(),
            records: Vec::new(),
            exchanges: Vec::new(),
            observations: Vec::new(),
            systems: Vec::new(),
            statuses: Vec::new(),
        }
    }

    fn perform(&mut self, tx: &mut Transaction<'_>, index: usize, step: Step) -> Result<()> {
        let n = step.n;
        match step.kind {
            Kind::Hire => {
                let stay = Tenure { agency: pick(&self.agencies, n[0])?, from: date(n[1] % 8), to: None };
                let tenures = Tenures::parse("", vec![stay])?;
                let member = Staff {
                    code: unique("NV", index, n),
                    kind: StaffKind::ALL[n[2] % 4],
                    tenures,
                    told: ToldHolders::default(),
                };
                self.people.push(staff::insert(tx, &member)?);
            }
            Kind::Transfer => {
                let id = pick(&self.people, n[0])?;
                let mut member = staff::get(tx.connection(), id)?;
                member.tenures = member.tenures.transferred("", pick(&self.agencies, n[1])?, date(n[2]))?;
                member.kind = StaffKind::ALL[n[3] % 4];
                staff::update(tx, id, &member)?;
            }
            Kind::EndStay => {
                let id = pick(&self.people, n[0])?;
                let mut member = staff::get(tx.connection(), id)?;
                member.tenures = member.tenures.ended("", date(n[1]))?;
                staff::update(tx, id, &member)?;
            }
            Kind::Dismiss => staff::delete(tx, pick(&self.people, n[0])?)?,
            Kind::Train => {
                let mut record =
                    trained(pick(&self.people, n[0])?, pick(&self.courses, n[1])?, DAYS[n[2] % DAYS.len()]);
                record.result = TrainingResult::ALL[n[3] % 3];
                record.confirmed_on = n[4].is_multiple_of(2).then(|| date(n[4] / 2));
                self.records.push(training_records::insert(tx, &record)?);
            }
            Kind::Retrain => {
                let id = pick(&self.records, n[0])?;
                let mut record = training_records::get(tx.connection(), id)?;
                (record.on, record.result) = (date(n[1]), TrainingResult::ALL[n[2] % 3]);
                record.course = pick(&self.courses, n[3])?;
                training_records::update(tx, id, &record)?;
            }
            Kind::Untrain => training_records::delete(tx, pick(&self.records, n[0])?)?,
            Kind::RekindCourse => {
                let id = pick(&self.courses, n[0])?;
                let mut changed = courses::get(tx.connection(), id)?;
                changed.kind = KINDS[n[1] % KINDS.len()];
                courses::update(tx, id, &changed)?;
            }
            Kind::DropCourse => courses::delete(tx, pick(&self.courses, n[0])?)?,
            Kind::Exchange => self.exchanges.push(document_exchanges::insert(tx, &self.exchange(n)?)?),
            Kind::Reexchange => document_exchanges::update(tx, pick(&self.exchanges, n[4])?, &self.exchange(n)?)?,
            Kind::Unexchange => document_exchanges::delete(tx, pick(&self.exchanges, n[0])?)?,
            Kind::Observe | Kind::Reobserve => {
                let figure = (n[3] as i64 % 5, 1 + n[4] as i64 % 5);
                let (indicator, agency) = (pick(&self.indicators, n[0])?, pick(&self.agencies, n[1])?);
                let (calendar, month) = (pick(&self.calendars, n[2])?, MONTHS[n[3] % MONTHS.len()]);
                let declared = observation(indicator, agency, calendar, month, figure);
                if step.kind == Kind::Observe {
                    self.observations.push(observations::insert(tx, &declared)?);
                } else {
                    observations::update(tx, pick(&self.observations, n[4])?, &declared)?;
                }
            }
            Kind::Unobserve => observations::delete(tx, pick(&self.observations, n[0])?)?,
            Kind::Install => {
                let tenures = Tenures::since(pick(&self.agencies, n[0])?, date(n[1] % 8));
                let (code, name) = (unique("HT", index, n), name("Hệ thống"));
                let system = InformationSystem {
                    code,
                    name,
                    level: None,
                    level_basis: None,
                    tenures,
                    told: ToldHolders::default(),
                };
                self.systems.push(information_systems::insert(tx, &system)?);
            }
            Kind::MoveSystem => {
                let id = pick(&self.systems, n[0])?;
                let mut system = information_systems::get(tx.connection(), id)?;
                system.tenures = match n[3] % 3 {
                    0 => system.tenures.ended("", date(n[2]))?,
                    _ => system.tenures.transferred("", pick(&self.agencies, n[1])?, date(n[2]))?,
                };
                information_systems::update(tx, id, &system)?;
            }
            Kind::RemoveSystem => information_systems::delete(tx, pick(&self.systems, n[0])?)?,
            Kind::Watch => self.statuses.push(monitoring_statuses::insert(tx, &self.status(n)?)?),
            Kind::Rewatch => {
                let id = pick(&self.statuses, n[4])?;
                let system = monitoring_statuses::get(tx.connection(), id)?.system;
                monitoring_statuses::update(tx, id, &MonitoringStatus { system, ..self.status(n)? })?;
            }
            Kind::Unwatch => monitoring_statuses::delete(tx, pick(&self.statuses, n[0])?)?,
            Kind::Close => {
                let id = pick(&self.agencies, n[0])?;
                let mut closed = tx.catalogue().agencies[&id].clone();
                closed.valid_to = (!n[1].is_multiple_of(4)).then(|| date(n[2]));
                agencies::update(tx, id, &closed)?;
            }
            Kind::Merge => {
                let merged = [pick(&self.agencies, n[1])?, pick(&self.agencies, n[3])?];
                agencies::merge(tx, pick(&self.agencies, n[0])?, &merged[..1 + n[4] % 2], date(n[2]))?;
            }
            Kind::Adopt => {
                let id = pick(&self.agencies, n[0])?;
                let mut moved = tx.catalogue().agencies[&id].clone();
                moved.parent = Some(pick(&self.agencies, n[1])?);
                agencies::update(tx, id, &moved)?;
            }
            Kind::Move => {
                let id = pick(&self.agencies, n[0])?;
                let before = tx.catalogue().agencies[&id].clone();
                let mut moved = before.clone();
                match n[1] % 4 {
                    0 => moved.kind = AgencyKind::ALL[n[3] % AgencyKind::ALL.len()],
                    // The day of the last move is corrected.
                    1 => {}
                    _ => moved.parent = Some(pick(&self.agencies, n[3])?),
                }
                agencies::update(tx, id, &moved.placed(Some(&before), Some(date(n[2])))?)?;
            }
            Kind::Found => {
                let parent = pick(&self.agencies, n[0])?;
                let identifier = format!("H18.9{index}.{}", n[1]);
                self.agencies.push(agencies::insert(tx, &agency(&identifier, AgencyKind::Division, Some(parent)))?);
            }
            Kind::AddCalendar => {
                let closing_day = u8::try_from(n[0] % 28 + 1).ok().filter(|_| !n[1].is_multiple_of(4));
                let new = calendar(unique("L", index, n).as_str(), closing_day);
                self.calendars.push(calendars::insert(tx, &new)?);
            }
            Kind::DropCalendar => {
                let id = pick(&self.calendars, n[0])?;
                calendars::delete(tx, id)?;
                self.calendars.retain(|calendar| *calendar != id);
            }
            Kind::AddMovement => {
                let new = Movement {
                    code: unique("M", index, n),
                    name_vi: name("Phong trào"),
                    name_en: None,
                    basis: Basis::default(),
                };
                let movement = movements::insert(tx, &new)?;
                self.movements.push(movement);
                for (code, first, last) in [("I", 2023, 2025), ("II", 2026, 2030)] {
                    self.phases.push(phases::insert(tx, &phase(movement, code, first, last))?);
                }
            }
            Kind::AddPhase => {
                let year = [2020, 2022, 2031][n[0] % 3];
                let new = phase(pick(&self.movements, n[1])?, unique("G", index, n).as_str(), year, year);
                self.phases.push(phases::insert(tx, &new)?);
            }
            Kind::MovePhase => {
                let id = pick(&self.phases, n[0])?;
                let mut moved = existing(tx.catalogue().phases.get(&id).cloned())?;
                if n[1].is_multiple_of(2) {
                    moved.first_year += [-1, 1][n[2] % 2];
                } else {
                    moved.last_year += [-1, 1][n[2] % 2];
                }
                phases::update(tx, id, &moved)?;
            }
            Kind::Freeze => {
                let id = pick(&self.phases, n[0])?;
                let mut changed = existing(tx.catalogue().phases.get(&id).cloned())?;
                changed.frozen = !changed.frozen;
                phases::update(tx, id, &changed)?;
            }
            Kind::DropPhase => phases::delete(tx, pick(&self.phases, n[0])?)?,
            Kind::AddIndicator => {
                let (semantics, source) = source(n);
                let owner = self.agencies[1];
                let new = indicator(unique("CT", index, n).as_str(), self.movements[0], owner, semantics, source);
                self.indicators.push(indicators::insert(tx, &new)?);
            }
            Kind::ChangeRule => {
                let id = pick(&self.indicators, n[3])?;
                let before = existing(tx.catalogue().indicators.get(&id).cloned())?;
                indicators::update(tx, id, &redefined(before, None, |found| change_rule(found, n)))?;
            }
            Kind::Redefine => {
                let id = pick(&self.indicators, n[3])?;
                let before = existing(tx.catalogue().indicators.get(&id).cloned())?;
                let from = month(VERSIONS[n[0] % VERSIONS.len()]);
                let movement = pick(&self.movements, n[2])?;
                let changed = redefined(before, Some(from), |found| match n[1] % 5 {
                    4 => found.movement = movement,
                    0 => found.agency_kinds = vec![AgencyKind::ALL[n[2] % AgencyKind::ALL.len()]],
                    1 => found.unit = name(["người", "hồ sơ", "hệ thống"][n[2] % 3]),
                    _ => change_rule(found, [n[2], n[4], n[1], n[0], n[3]]),
                });
                indicators::update(tx, id, &changed)?;
            }
            Kind::TakeBack => {
                let dated: Vec<_> = tx
                    .catalogue()
                    .indicators()
                    .filter_map(|indicator| {
                        let before = indicator.entity.definitions.earlier().last()?.clone();
                        Some((indicator.id, before))
                    })
                    .collect();
                let (id, earlier) = existing(dated.get(n[0] % dated.len().max(1)).cloned())?;
                let before = tx.catalogue().indicators[&id].clone();
                let count = before.definitions.all().count();
                let back = redefined(before, None, |found| {
                    *found = Definition { holds_from: found.holds_from, ..earlier };
                });
                assert_eq!(back.definitions.all().count() + 1, count);
                indicators::update(tx, id, &back)?;
            }
            Kind::DropIndicator => indicators::delete(tx, pick(&self.indicators, n[0])?)?,
            Kind::Lock => {
                let calendar = pick(&self.calendars, n[0])?;
                let period = Period::holding(month(MONTHS[n[1] % MONTHS.len()]))[n[2] % 2];
                let locks_on = Some(crate::database::fixture::day("2026-11-01"));
                let cut_off = n[3].is_multiple_of(2).then(|| crate::database::fixture::day("2026-10-20"));
                periods::insert(tx, &PeriodDates { calendar, period, cut_off, submission_due: None, locks_on })?;
            }
            Kind::LockAgency => drop(self.lock(tx, n)?),
            Kind::Correct => {
                let Lock { calendar, period, agency, .. } = self.lock(tx, n)?;
                let correction = Correction {
                    calendar,
                    period,
                    agency,
                    indicator: pick(&self.indicators, n[4]).ok().filter(|_| n[0].is_multiple_of(4)),
                    reason: text("Sót"),
                    document_number: text("1/CV"),
                    requested_by: tx.author(),
                    requested_at: tx.now(),
                    decision: Decision::Pending,
                };
                let id = corrections::insert(tx, &correction)?;
                corrections::approve(tx, id, None, None)?;
            }
            Kind::Unlock if n[1].is_multiple_of(3) => {
                let ids: Vec<_> = tx.catalogue().periods.keys().copied().collect();
                periods::delete(tx, pick(&ids, n[0])?)?;
            }
            Kind::Unlock => {
                let mut ids: Vec<_> = tx.catalogue().locks.keys().copied().collect();
                if n[1] % 3 == 1 {
                    ids.drain(..ids.len().saturating_sub(1));
                }
                locks::delete(tx, pick(&ids, n[0])?)?;
            }
            Kind::Retarget => {
                let indicator = pick(&self.indicators, n[0])?;
                let scope = match n[1] % 3 {
                    0 => TargetScope::Movement(pick(&self.movements, n[2])?),
                    1 => TargetScope::Phase(pick(&self.phases, n[2])?),
                    _ => TargetScope::Year([2025, 2026, 2027][n[2] % 3]),
                };
                let value = Fraction { numerator: 1 + n[3] as i64 % 3, denominator: 4 };
                let comparison = Comparison::AtLeast;
                let agency = pick(&self.agencies, n[4]).ok().filter(|_| n[4].is_multiple_of(3));
                let holds_from = n[0].is_multiple_of(2).then(|| month(VERSIONS[n[4] % VERSIONS.len()]));
                let version = TargetVersion { value, comparison, basis: text("KH"), holds_from };
                let target = Target { indicator, scope, agency, versions: TargetVersions::only(version.clone()) };
                let catalogue = tx.catalogue();
                match catalogue.targets.iter().find(|(_, other)| other.is_for_the_same(&target)) {
                    Some((id, before)) => {
                        targets::update(tx, *id, &Target { versions: before.versions.with(version), ..target })?;
                    }
                    None => drop(targets::insert(tx, &target)?),
                }
            }
            Kind::Untarget => {
                let ids: Vec<_> = tx.catalogue().targets.keys().copied().collect();
                targets::delete(tx, pick(&ids, n[0])?)?;
            }
            Kind::Rekind => {
                let id = pick(&self.agencies, n[0])?;
                let mut changed = tx.catalogue().agencies[&id].clone();
                match n[1] % 2 {
                    0 => changed.kind = AgencyKind::ALL[n[2] % AgencyKind::ALL.len()],
                    _ => changed.valid_from = date(n[2]),
                }
                agencies::update(tx, id, &changed)?;
            }
            Kind::Reopen => {
                let closed: Vec<_> = tx
                    .catalogue()
                    .agencies
                    .iter()
                    .filter(|(_, agency)| agency.valid_to.is_some())
                    .map(|(id, _)| *id)
                    .collect();
                let id = pick(&closed, n[0])?;
                let mut reopened = tx.catalogue().agencies[&id].clone();
                reopened.valid_to = None;
                agencies::update(tx, id, &reopened)?;
            }
            Kind::Revalidate => {
                let id = pick(&self.indicators, n[0])?;
                let mut changed = existing(tx.catalogue().indicators.get(&id).cloned())?;
                match n[1] % 3 {
                    0 => {
                        let kinds = vec![AgencyKind::ALL[n[2] % AgencyKind::ALL.len()]];
                        changed = redefined(changed, None, |found| found.agency_kinds = kinds);
                    }
                    1 => changed.valid_from = date(n[2]),
                    _ => changed.valid_to = n[3].is_multiple_of(2).then(|| date(n[2])),
                }
                indicators::update(tx, id, &changed)?;
            }
            Kind::Several => {
                for (offset, kind) in [Kind::Hire, Kind::Train, Kind::Transfer, Kind::Exchange].into_iter().enumerate()
                {
                    let mut n = n;
                    n.rotate_left(offset);
                    self.perform(tx, index + 1000 * (offset + 1), Step { kind, n })?;
                }
            }
            Kind::Abandon => {
                let mut done = 0;
                for (offset, kind) in
                    [Kind::Hire, Kind::Install, Kind::AddIndicator, Kind::Merge].into_iter().enumerate()
                {
                    done += usize::from(self.perform(tx, index + 1000 * (offset + 1), Step { kind, n }).is_ok());
                }
                return Err(Error::Conflict(Violation::new("", "refused_by_test").with("done", &done)));
            }
        }
        Ok(())
    }

    fn lock(&self, tx: &mut Transaction<'_>, n: [usize; 5]) -> Result<Lock> {
        let calendar = pick(&self.calendars, n[0])?;
        let period = Period::holding(month(MONTHS[n[1] % MONTHS.len()]))[n[2] % 4];
        let agency = if n[3].is_multiple_of(2) { self.agencies[0] } else { pick(&self.agencies, n[3])? };
        let lock = Lock { calendar, period, agency, reason: text("Khóa"), locked_at: tx.now() };
        locks::insert(tx, &lock)?;
        Ok(lock)
    }

    fn exchange(&self, n: [usize; 5]) -> Result<DocumentExchange> {
        let electronic = n[3] as i64 % 10;
        let counts = [electronic, electronic.min(3), electronic.min(2), electronic / 3];
        let [electronic, signed, paperless, failed] = counts.map(Count::stored);
        Ok(DocumentExchange {
            agency: pick(&self.agencies, n[0])?,
            calendar: pick(&self.calendars, n[1])?,
            month: month(MONTHS[n[2] % MONTHS.len()]),
            direction: Direction::ALL[n[3] % 2],
            total: Count::stored(10),
            secret: Count::stored(1),
            electronic,
            signed,
            paperless,
            failed,
        })
    }

    fn status(&self, n: [usize; 5]) -> Result<MonitoringStatus> {
        let on = date(n[1]);
        Ok(MonitoringStatus {
            system: pick(&self.systems, n[0])?,
            on,
            level_approved: !n[2].is_multiple_of(4),
            plan_deployed: !n[2].is_multiple_of(5),
            monitored_by: if !n[3].is_multiple_of(4) { Monitor::Own } else { Monitor::Nobody },
            last_event: Some(on - chrono::Days::new(n[3] as u64 % 40)),
            assessment_valid_until: Some(on + chrono::Days::new(n[4] as u64 % 100)),
            evidence: None,
            note: None,
            late: Late::default(),
        })
    }
}

fn text(text: &str) -> Reference {
    Reference::parse("", text).expect("a text")
}

fn unique(prefix: &str, index: usize, n: [usize; 5]) -> thidua_domain::text::Code {
    code(&format!("{prefix}-{index}-{}", n[4]))
}

fn existing<T>(found: Option<T>) -> Result<T> {
    found.ok_or_else(crate::database::fixture::refusal)
}

/// Training of some kinds of people, or of all.
fn training_of(people: usize, courses: &[CourseKind], confirmed_only: bool) -> Source {
    let mut source = training(courses, confirmed_only);
    if let Source::TrainingRecords { staff_kinds, .. } = &mut source {
        *staff_kinds = StaffKind::ALL[..people % 4].to_vec();
    }
    reported(source, people / 4)
}

/// A source of people or systems that says what counts as reported.
fn reported(mut source: Source, n: usize) -> Source {
    if let Source::TrainingRecords { reported_by, .. } | Source::MonitoringStatuses { reported_by, .. } = &mut source {
        *reported_by = ReportedBy::ALL[n % 2];
    }
    source
}

/// Another rule for the same records, or any other.
fn change_rule(definition: &mut Definition, n: [usize; 5]) {
    (definition.semantics, definition.source) = match (&definition.source, n[4] % 3) {
        (Source::TrainingRecords { .. }, 1 | 2) => {
            (Semantics::Stock, training_of(n[2], &KINDS[..n[0] % 3], n[1].is_multiple_of(2)))
        }
        (Source::MonitoringStatuses { .. }, 1 | 2) => {
            (Semantics::Stock, reported(monitoring(n[1].is_multiple_of(2)), n[0]))
        }
        _ => source(n),
    };
}

/// A source of any kind with semantics that fit.
fn source(n: [usize; 5]) -> (Semantics, Source) {
    match n[0] % 5 {
        0 => (Semantics::Flow, Source::Declared { compared_with: None }),
        1 => {
            let staff_kinds = StaffKind::ALL[..n[2] % 4].to_vec();
            (Semantics::State, Source::Declared { compared_with: Some(ComparedWith::PeopleOnRoll { staff_kinds }) })
        }
        2 => (
            Semantics::Flow,
            Source::DocumentExchanges {
                numerator: DocumentMeasure::ALL[n[1] % 4],
                directions: Direction::ALL[..n[2] % 3].to_vec(),
            },
        ),
        3 => (Semantics::Stock, reported(monitoring(n[1].is_multiple_of(2)), n[2])),
        _ => (Semantics::Stock, training_of(n[3], &KINDS[..n[1] % 3], n[2].is_multiple_of(2))),
    }
}
