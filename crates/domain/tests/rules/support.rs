//! A small province: seven agencies, one movement with two phases, two calendars, the seven indicators and their
//! targets. Identities are unique across resources, as in the change log.

use proptest::prelude::*;
use thidua_domain::Date;
use thidua_domain::catalogue::agencies::{Agency, AgencyKind, EarlierPlaces};
use thidua_domain::catalogue::calendars::{Calendar, LateRecords, MonthClose};
use thidua_domain::catalogue::definitions::{Definition, Definitions};
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::movements::{Basis, Movement, Phase};
use thidua_domain::catalogue::record_kinds::{MonitoringRule, TrainingResult};
use thidua_domain::catalogue::sources::{DocumentMeasure, ReportedBy, Semantics, Source};
use thidua_domain::catalogue::target_versions::{Comparison, TargetVersion, TargetVersions};
use thidua_domain::catalogue::targets::{Target, TargetScope};
use thidua_domain::catalogue::{Catalogue, IndicatorEntry};
use thidua_domain::cells::{Cell, CellKey, Cells};
use thidua_domain::closing::late::Late;
use thidua_domain::figures::attainment::{Attainment, attain};
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::figures::question::Question;
use thidua_domain::fraction::{Count, Fraction};
use thidua_domain::id::{AgencyId, CalendarId, CourseId, IndicatorId, MovementId, PhaseId, StaffId, TargetId};
use thidua_domain::records::observations::{Nature, Observation};
use thidua_domain::records::training_records::TrainingRecord;
use thidua_domain::text::{Code, Name, Prose, Reference};
use thidua_domain::time::{Month, Period, Window};
use thidua_domain::violation::Violation;

/// The province, root of all.
pub(crate) const PROVINCE: AgencyId = AgencyId(101);
/// A department below the province.
pub(crate) const DEPARTMENT: AgencyId = AgencyId(102);
/// A division below the department; not expected to report.
pub(crate) const DIVISION: AgencyId = AgencyId(103);
/// A commune below the province, from 01/07/2025.
pub(crate) const COMMUNE: AgencyId = AgencyId(104);
/// A ward below the province, from 01/07/2025.
pub(crate) const WARD: AgencyId = AgencyId(105);
/// A district below the province, dissolved on 30/06/2025.
pub(crate) const DISTRICT: AgencyId = AgencyId(106);
/// A department below the province, whose identity comes last.
pub(crate) const OTHER_DEPARTMENT: AgencyId = AgencyId(107);

/// Decree 09/2019: months close on the 14th.
pub(crate) const ND09: CalendarId = CalendarId(11);
/// Civil months.
pub(crate) const CIVIL: CalendarId = CalendarId(12);

/// The movement.
pub(crate) const MOVEMENT: MovementId = MovementId(21);
/// Phase I, 2023–2025, frozen.
pub(crate) const PHASE_I: PhaseId = PhaseId(31);
/// Phase II, 2026–2030.
pub(crate) const PHASE_II: PhaseId = PhaseId(32);

/// E-documents: flow, from exchange counts.
pub(crate) const CT1: IndicatorId = IndicatorId(41);
/// Verified accounts: state, declared.
pub(crate) const CT2: IndicatorId = IndicatorId(42);
/// Work files: flow, declared.
pub(crate) const CT3: IndicatorId = IndicatorId(43);
/// Reports: flow, declared.
pub(crate) const CT4: IndicatorId = IndicatorId(44);
/// Inspections: flow, declared.
pub(crate) const CT5: IndicatorId = IndicatorId(45);
/// Monitored systems: stock.
pub(crate) const CT6: IndicatorId = IndicatorId(46);
/// People trained: stock.
pub(crate) const CT7: IndicatorId = IndicatorId(47);

pub(crate) fn day(text: &str) -> Date {
    Date::read(text).unwrap()
}

pub(crate) fn month(text: &str) -> Month {
    Period::parse_month("", text).unwrap()
}

pub(crate) fn period(text: &str) -> Period {
    Period::parse("", text).unwrap()
}

pub(crate) fn window(from: &str, to: &str) -> Window {
    Window { from: day(from), to: day(to) }
}

pub(crate) fn code(text: &str) -> Code {
    Code::parse("", text).unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse("", text).unwrap()
}

pub(crate) fn reference(text: &str) -> Reference {
    Reference::parse("", text).unwrap()
}

/// The province with its calendars, phases, indicators and targets.
pub(crate) fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    let reform = day("2025-07-01");
    let agencies = [
        (PROVINCE, agency("H18", AgencyKind::Province, None)),
        (DEPARTMENT, agency("H18.20", AgencyKind::Department, Some(PROVINCE))),
        (DIVISION, agency("H18.20.1", AgencyKind::Division, Some(DEPARTMENT))),
        (
            COMMUNE,
            Agency {
                valid_from: reform,
                predecessors: vec![DISTRICT],
                ..agency("H18.30", AgencyKind::Commune, Some(PROVINCE))
            },
        ),
        (
            WARD,
            Agency {
                valid_from: reform,
                predecessors: vec![DISTRICT],
                ..agency("H18.31", AgencyKind::Ward, Some(PROVINCE))
            },
        ),
        (DISTRICT, Agency { valid_to: reform.previous(), ..agency("H18.90", AgencyKind::District, Some(PROVINCE)) }),
        (OTHER_DEPARTMENT, agency("H18.21", AgencyKind::Department, Some(PROVINCE))),
    ];
    catalogue.agencies.extend(agencies);
    catalogue.calendars.insert(ND09, calendar("nd09", MonthClose::OnDay(14)));
    catalogue.calendars.insert(CIVIL, calendar("civil", MonthClose::AtEnd));
    let basis = Basis::stored(vec![reference("2158/KH-UBND")]);
    let movement = Movement { code: code("CDS"), name_vi: name("Chuyển đổi số"), name_en: None, basis };
    catalogue.movements.insert(MOVEMENT, movement);
    catalogue.phases.insert(PHASE_I, Phase { frozen: true, ..phase("I", 2023, 2025) });
    catalogue.phases.insert(PHASE_II, phase("II", 2026, 2030));

    let e_documents = Source::DocumentExchanges { numerator: DocumentMeasure::Electronic, directions: Vec::new() };
    let trained = Source::TrainingRecords {
        results: vec![TrainingResult::Attended, TrainingResult::Completed],
        course_kinds: Vec::new(),
        confirmed_only: false,
        staff_kinds: Vec::new(),
        reported_by: ReportedBy::Roll,
    };
    let indicators = [
        (CT1, indicator("CT1", Semantics::Flow, e_documents)),
        (CT2, indicator("CT2", Semantics::State, Source::Declared { compared_with: None })),
        (CT3, indicator("CT3", Semantics::Flow, Source::Declared { compared_with: None })),
        (CT4, indicator("CT4", Semantics::Flow, Source::Declared { compared_with: None })),
        (CT5, indicator("CT5", Semantics::Flow, Source::Declared { compared_with: None })),
        (
            CT6,
            indicator(
                "CT6",
                Semantics::Stock,
                Source::MonitoringStatuses { rule: monitoring_rule(), reported_by: ReportedBy::Roll },
            ),
        ),
        (CT7, indicator("CT7", Semantics::Stock, trained)),
    ];
    for (id, indicator) in indicators {
        let upper = if id == CT5 { 50 } else { 100 };
        catalogue.targets.insert(TargetId(id.0 + 10), target(id, TargetScope::Movement(MOVEMENT), upper, 100));
        catalogue.indicators.insert(id, indicator);
    }
    catalogue.indexed()
}

pub(crate) fn agency(identifier: &str, kind: AgencyKind, parent: Option<AgencyId>) -> Agency {
    Agency {
        identifier: thidua_domain::text::AgencyIdentifier::parse("", identifier).unwrap(),
        former_identifier: None,
        area_code: None,
        name_vi: name(identifier),
        name_en: None,
        kind,
        parent,
        valid_from: day("2004-01-01"),
        valid_to: None,
        predecessors: Vec::new(),
        earlier_places: EarlierPlaces::default(),
    }
}

/// An agency moved from a day on.
pub(crate) fn moved(before: &Agency, from: &str, kind: AgencyKind, parent: Option<AgencyId>) -> Agency {
    Agency { kind, parent, ..before.clone() }.placed(Some(before), Some(day(from))).unwrap()
}

pub(crate) fn calendar(text: &str, closes: MonthClose) -> Calendar {
    Calendar { code: code(text), name_vi: name(text), name_en: None, closes, late_records: LateRecords::CountLater }
}

pub(crate) fn phase(text: &str, first_year: i32, last_year: i32) -> Phase {
    Phase {
        movement: MOVEMENT,
        code: code(text),
        name_vi: name(text),
        name_en: None,
        first_year,
        last_year,
        frozen: false,
    }
}

pub(crate) fn indicator(text: &str, semantics: Semantics, source: Source) -> Indicator {
    use AgencyKind::{Commune, Department, District, Ward};
    Indicator {
        code: code(text),
        name_vi: name(text),
        name_en: None,
        owner: DEPARTMENT,
        legal_basis: reference("2158/KH-UBND"),
        weight: 1,
        valid_from: day("2023-01-01"),
        valid_to: None,
        definitions: Definitions::only(Definition {
            holds_from: None,
            version: 1,
            movement: MOVEMENT,
            numerator_definition: Prose::parse("", "tử số").unwrap(),
            denominator_definition: Prose::parse("", "mẫu số").unwrap(),
            unit: name("đơn vị"),
            semantics,
            source,
            agency_kinds: vec![Department, Commune, Ward, District],
        }),
    }
}

impl Redefine for Indicator {
    fn redefined(self, change: impl FnOnce(&mut Definition)) -> Self {
        let mut definition = self.latest().clone();
        change(&mut definition);
        Self { definitions: self.definitions.with(definition), ..self }
    }
}

/// Changes of definitions as an administrator makes them.
pub(crate) trait Redefine: Sized {
    /// The latest version, changed in place.
    fn redefined(self, change: impl FnOnce(&mut Definition)) -> Self;

    /// A changed version that holds from a month on.
    fn redefined_from(self, month: &str, change: impl FnOnce(&mut Definition)) -> Self {
        self.redefined(|definition| {
            definition.holds_from = Some(self::month(month));
            change(definition);
        })
    }
}

/// Changes an indicator of a catalogue.
pub(crate) fn change(catalogue: &mut Catalogue, id: IndicatorId, change: impl FnOnce(Indicator) -> Indicator) {
    let before = catalogue.indicators.remove(&id).unwrap();
    catalogue.indicators.insert(id, change(before));
}

/// Everything required, the last event within 30 days.
pub(crate) fn monitoring_rule() -> MonitoringRule {
    MonitoringRule {
        level_approved: true,
        plan_deployed: true,
        monitored: true,
        assessment_valid: true,
        last_event_within_days: Some(30),
    }
}

pub(crate) fn target(indicator: IndicatorId, scope: TargetScope, numerator: i64, denominator: i64) -> Target {
    Target { indicator, scope, agency: None, versions: TargetVersions::only(asking(numerator, denominator)) }
}

/// A version that holds from the beginning.
pub(crate) fn asking(numerator: i64, denominator: i64) -> TargetVersion {
    TargetVersion {
        value: Fraction::parse("", numerator, denominator).unwrap(),
        comparison: Comparison::AtLeast,
        basis: reference("665/KH-SKHCN"),
        holds_from: None,
    }
}

pub(crate) fn observation(
    (indicator, agency, calendar): (IndicatorId, AgencyId, CalendarId),
    at: &str,
    numerator: i64,
    denominator: i64,
) -> Observation {
    Observation {
        indicator,
        agency,
        calendar,
        month: month(at),
        numerator: Count::stored(numerator),
        denominator: Count::stored(denominator),
        evidence: None,
        note: None,
        nature: Nature::Actual,
    }
}

pub(crate) fn training_record(on: Date, result: TrainingResult) -> TrainingRecord {
    TrainingRecord {
        staff: StaffId(1),
        course: CourseId(2),
        on,
        result,
        confirmed_on: None,
        certificate: None,
        late: Late::default(),
    }
}

pub(crate) fn key(indicator: IndicatorId, agency: AgencyId, calendar: CalendarId, at: &str) -> CellKey {
    CellKey { indicator, agency, calendar, month: month(at) }
}

pub(crate) fn cell(numerator: i64, denominator: i64, reports: i64) -> Cell {
    Cell { numerator, denominator, reports }
}

pub(crate) fn entry(catalogue: &Catalogue, id: IndicatorId) -> IndicatorEntry<'_> {
    IndicatorEntry { id, entity: &catalogue.indicators[&id] }
}

/// Adds contributions up.
pub(crate) fn sum<'a>(contributions: impl IntoIterator<Item = &'a Cells>) -> Cells {
    let mut all = Cells::default();
    for contribution in contributions {
        all.add_all(contribution);
    }
    all
}

pub(crate) fn book(cells: &Cells) -> CellBook {
    let mut book = CellBook::default();
    for (key, cell) in cells.iter() {
        book.set(key, cell);
    }
    for (key, step) in cells.steps() {
        book.set_step(key, step);
    }
    book
}

/// A day after all periods.
pub(crate) fn long_after() -> Date {
    day("2200-12-31")
}

/// The cells of one indicator in one calendar as (agency, month, (numerator, denominator, reports)).
pub(crate) fn cells_of(
    cells: &Cells,
    indicator: IndicatorId,
    calendar: CalendarId,
) -> Vec<(AgencyId, String, (i64, i64, i64))> {
    let there = cells.iter().filter(|(key, _)| key.indicator == indicator && key.calendar == calendar);
    there
        .map(|(key, cell)| (key.agency, key.month.to_string(), (cell.numerator, cell.denominator, cell.reports)))
        .collect()
}

pub(crate) fn ask(
    catalogue: &Catalogue,
    cells: &Cells,
    (indicator, agency, calendar): (IndicatorId, AgencyId, CalendarId),
    at: &str,
) -> Attainment {
    ask_on(long_after(), catalogue, cells, (indicator, agency, calendar), at)
}

/// The answer as of a day.
pub(crate) fn ask_on(
    day: Date,
    catalogue: &Catalogue,
    cells: &Cells,
    (indicator, agency, calendar): (IndicatorId, AgencyId, CalendarId),
    at: &str,
) -> Attainment {
    attain(catalogue, &book(cells), Question { indicator, agency, calendar, period: period(at), day }).unwrap()
}

/// The figure answered, as (numerator, denominator).
pub(crate) fn figure(
    catalogue: &Catalogue,
    cells: &Cells,
    question: (IndicatorId, AgencyId, CalendarId),
    at: &str,
) -> (i64, i64) {
    let figure = ask(catalogue, cells, question, at).figure;
    (figure.numerator, figure.denominator)
}

/// Pointer and code of one violation.
pub(crate) fn refusal<T: std::fmt::Debug>(outcome: Result<T, Violation>) -> (String, &'static str) {
    let violation = outcome.unwrap_err();
    assert_eq!(violation.message.key().split('.').next(), Some(violation.code), "a text is one of its code");
    (violation.pointer, violation.code)
}

/// Pointers and codes of several violations.
pub(crate) fn refusals<T: std::fmt::Debug>(outcome: Result<T, Vec<Violation>>) -> Vec<(String, &'static str)> {
    outcome.unwrap_err().into_iter().map(|violation| (violation.pointer, violation.code)).collect()
}

pub(crate) fn any_month() -> impl Strategy<Value = Month> {
    (Month::FIRST_YEAR..=Month::LAST_YEAR, 1..=12u32).prop_map(|(year, month)| Month::new(year, month).unwrap())
}

pub(crate) fn any_period(years: std::ops::RangeInclusive<i32>) -> impl Strategy<Value = Period> {
    (years, 0..19u32).prop_map(|(year, kind)| match kind {
        0..12 => Period::Month(Month::new(year, kind + 1).unwrap()),
        12..16 => Period::Quarter(year, kind - 11),
        16..18 => Period::Half(year, kind - 15),
        _ => Period::Year(year),
    })
}

pub(crate) fn any_close() -> impl Strategy<Value = MonthClose> {
    prop_oneof![Just(MonthClose::OnDay(14)), (1..=28u8).prop_map(MonthClose::OnDay), Just(MonthClose::AtEnd)]
}

/// A day from 2023-01-01 to 2031-05, where the small province lives.
pub(crate) fn any_day() -> impl Strategy<Value = Date> {
    (0..3072u64).prop_map(|days| day("2023-01-01") + chrono::Days::new(days))
}
