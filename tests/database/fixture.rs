//! A small world in a database, built without HTTP, and a way to the tables behind the program's back.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use std::collections::BTreeMap;
use support::engines::{FromEngine, Place};
use thidua_domain::Date;
use thidua_domain::catalogue::agencies::{Agency, AgencyKind, EarlierPlaces};
use thidua_domain::catalogue::calendars::{Calendar, LateRecords, MonthClose};
use thidua_domain::catalogue::definitions::{Definition, Definitions};
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::movements::{Basis, Movement, Phase};
use thidua_domain::catalogue::record_kinds::{CourseKind, MonitoringRule, StaffKind, TrainingResult};
use thidua_domain::catalogue::sources::{DocumentMeasure, ReportedBy, Semantics, Source};
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::closing::late::{Late, ToldHolders};
use thidua_domain::fraction;
use thidua_domain::id::*;
use thidua_domain::records::courses::{Course, CourseForm, Hours};
use thidua_domain::records::observations::{Nature, Observation};
use thidua_domain::records::staff::Staff;
use thidua_domain::records::training_records::TrainingRecord;
use thidua_domain::tenures::Tenures;
use thidua_domain::text::{AgencyIdentifier, Code, Name, Prose, Reference};
use thidua_domain::time::Month;
use thidua_domain::violation::Violation;
use thidua_persistence::catalogue::{agencies, calendars, indicators, movements, phases};
use thidua_persistence::progress::Silent;
use thidua_persistence::records::{courses, staff};
use thidua_persistence::verify::{Finding, KnownHash, verify};
use thidua_persistence::{Context, Database, Error, Model, Transaction};

/// A database with the small world in it. The database closes before its place goes.
pub(crate) struct Fixture {
    pub(crate) database: Database,
    pub(crate) place: Place,
    pub(crate) ids: Ids,
}

/// The identities of the small world.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    /// `nd09`, `civil`.
    pub(crate) calendars: Vec<CalendarId>,
    pub(crate) movement: MovementId,
    /// I (2023–2025), II (2026–2030).
    pub(crate) phases: Vec<PhaseId>,
    /// CT1, CT2, CT3, CT6, CT7.
    pub(crate) indicators: Vec<IndicatorId>,
    /// H18, H18.20, H18.20.1, H18.20.2, H18.1, H18.2.
    pub(crate) agencies: Vec<AgencyId>,
    pub(crate) courses: Vec<CourseId>,
}

impl FromEngine for Fixture {
    fn on(engine: support::Engine) -> Option<Self> {
        engine.place().map(Self::in_place)
    }
}

impl Fixture {
    pub(crate) fn in_place(place: Place) -> Self {
        let database = place.open();
        let ids = database.write(context(), furnish).expect("the small world fits");
        Self { database, place, ids }
    }

    /// A commune.
    pub(crate) fn commune(&self) -> AgencyId {
        self.ids.agencies[4]
    }

    /// Training.
    pub(crate) fn ct7(&self) -> IndicatorId {
        self.ids.indicators[4]
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> thidua_persistence::Result<T> + Clone + Send + 'static,
    ) -> thidua_persistence::Result<T> {
        self.database.write(context(), work)
    }

    pub(crate) fn finding(&self) -> Finding {
        finding(&self.database)
    }

    pub(crate) fn tables(&self) -> Tables {
        Tables::of(&self.place)
    }
}

/// The finding of a verification.
pub(crate) fn finding(database: &Database) -> Finding {
    finding_with(database, &[])
}

/// The finding of a verification that knows hashes of the log from outside.
pub(crate) fn finding_with(database: &Database, known: &[KnownHash]) -> Finding {
    database.read(|connection| verify(connection, known, &Silent)).expect("verification runs")
}

/// Insists on a clean finding over as many changes as the log has.
#[track_caller]
pub(crate) fn assert_clean(database: &Database, changes: i64) {
    match finding(database) {
        Finding::Clean { changes: followed, .. } => assert_eq!(followed, changes),
        Finding::Difference(difference) => panic!("{difference}"),
    }
}

/// The cells of a read model, in order.
pub(crate) fn cells(model: &Model) -> BTreeMap<CellKey, (i64, i64, i64)> {
    let parts = |cell: Cell| (cell.numerator, cell.denominator, cell.reports);
    model.cells.iter().map(|(key, cell)| (key, parts(cell))).collect()
}

/// The program itself, on 23 November 2026.
pub(crate) fn context() -> Context {
    let at: DateTime<Utc> = "2026-11-23T02:00:00Z".parse().expect("a moment");
    Context::of_program(at, None)
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

pub(crate) fn month(yyyymm: i32) -> Month {
    Month::from_yyyymm(yyyymm).expect("a month")
}

pub(crate) fn code(text: &str) -> Code {
    Code::parse("", text).expect("a code")
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse("", text).expect("a name")
}

/// A civil servant on a roll for good.
pub(crate) fn person(staff_code: &str, agency: AgencyId, from: &str) -> Staff {
    Staff {
        code: code(staff_code),
        kind: StaffKind::CivilServant,
        tenures: Tenures::since(agency, day(from)),
        told: ToldHolders::default(),
    }
}

/// A completed training.
pub(crate) fn trained(staff: StaffId, course: CourseId, on: &str) -> TrainingRecord {
    TrainingRecord {
        staff,
        course,
        on: day(on),
        result: TrainingResult::Completed,
        confirmed_on: None,
        certificate: None,
        late: Late::default(),
    }
}

pub(crate) fn observation(
    indicator: IndicatorId,
    agency: AgencyId,
    calendar: CalendarId,
    yyyymm: i32,
    (numerator, denominator): (i64, i64),
) -> Observation {
    Observation {
        indicator,
        agency,
        calendar,
        month: month(yyyymm),
        numerator: fraction::Count::stored(numerator),
        denominator: fraction::Count::stored(denominator),
        evidence: None,
        note: None,
        nature: Nature::Actual,
    }
}

pub(crate) fn course(course_code: &str, kind: CourseKind, organiser: AgencyId) -> Course {
    Course {
        code: code(course_code),
        name: name("Kỹ năng số"),
        kind,
        form: CourseForm::InPerson,
        hours: Hours::stored(8),
        from: day("2022-01-03"),
        to: day("2026-12-30"),
        organiser,
    }
}

pub(crate) fn agency(identifier: &str, kind: AgencyKind, parent: Option<AgencyId>) -> Agency {
    Agency {
        identifier: AgencyIdentifier::parse("", identifier).expect("an identifier"),
        former_identifier: None,
        area_code: None,
        name_vi: name(&format!("Cơ quan {identifier}")),
        name_en: None,
        kind,
        parent,
        valid_from: day("2020-01-01"),
        valid_to: None,
        predecessors: Vec::new(),
        earlier_places: EarlierPlaces::default(),
    }
}

pub(crate) fn calendar(calendar_code: &str, closing_day: Option<u8>) -> Calendar {
    let closes = MonthClose::parse("", closing_day).expect("a closing day");
    Calendar {
        code: code(calendar_code),
        name_vi: name(calendar_code),
        name_en: None,
        closes,
        late_records: LateRecords::CountLater,
    }
}

pub(crate) fn phase(movement: MovementId, phase_code: &str, first_year: i32, last_year: i32) -> Phase {
    let (code, name_vi) = (code(phase_code), name(phase_code));
    Phase { movement, code, name_vi, name_en: None, first_year, last_year, frozen: false }
}

pub(crate) fn indicator(
    indicator_code: &str,
    movement: MovementId,
    owner: AgencyId,
    semantics: Semantics,
    source: Source,
) -> Indicator {
    Indicator {
        code: code(indicator_code),
        name_vi: name(indicator_code),
        name_en: None,
        owner,
        legal_basis: Reference::parse("", "2158/KH-UBND").expect("a reference"),
        weight: 1,
        valid_from: day("2023-01-01"),
        valid_to: None,
        definitions: Definitions::only(Definition {
            holds_from: None,
            version: 1,
            movement,
            numerator_definition: Prose::parse("", "Tử số").expect("a text"),
            denominator_definition: Prose::parse("", "Mẫu số").expect("a text"),
            unit: name("đơn vị"),
            semantics,
            source,
            agency_kinds: vec![AgencyKind::Department, AgencyKind::Division, AgencyKind::Commune],
        }),
    }
}

/// An indicator with the latest version of its definition changed: from a month on, or in place.
pub(crate) fn redefined(
    indicator: Indicator,
    holds_from: Option<Month>,
    change: impl FnOnce(&mut Definition),
) -> Indicator {
    let mut definition = indicator.latest().clone();
    definition.holds_from = holds_from.or(definition.holds_from);
    change(&mut definition);
    Indicator { definitions: indicator.definitions.with(definition), ..indicator }
}

/// The strictest rule, or one that asks only for a monitor.
pub(crate) fn monitoring(strict: bool) -> Source {
    Source::MonitoringStatuses {
        rule: MonitoringRule {
            level_approved: strict,
            plan_deployed: strict,
            monitored: true,
            assessment_valid: strict,
            last_event_within_days: strict.then_some(30),
        },
        reported_by: ReportedBy::Roll,
    }
}

pub(crate) fn training(course_kinds: &[CourseKind], confirmed_only: bool) -> Source {
    let results = vec![TrainingResult::Attended, TrainingResult::Completed];
    Source::TrainingRecords {
        results,
        course_kinds: course_kinds.to_vec(),
        confirmed_only,
        staff_kinds: Vec::new(),
        reported_by: ReportedBy::Roll,
    }
}

fn furnish(transaction: &mut Transaction<'_>) -> thidua_persistence::Result<Ids> {
    let mut ids = Ids {
        calendars: Vec::new(),
        movement: MovementId(0),
        phases: Vec::new(),
        indicators: Vec::new(),
        agencies: Vec::new(),
        courses: Vec::new(),
    };
    for (calendar_code, closing_day) in [("nd09", Some(14)), ("civil", None)] {
        ids.calendars.push(calendars::insert(transaction, &calendar(calendar_code, closing_day))?);
    }
    let movement = Movement { code: code("M"), name_vi: name("Phong trào"), name_en: None, basis: Basis::default() };
    ids.movement = movements::insert(transaction, &movement)?;
    for (phase_code, first, last) in [("I", 2023, 2025), ("II", 2026, 2030)] {
        ids.phases.push(phases::insert(transaction, &phase(ids.movement, phase_code, first, last))?);
    }
    for (identifier, kind, parent) in [
        ("H18", AgencyKind::Province, None),
        ("H18.20", AgencyKind::Department, Some(0)),
        ("H18.20.1", AgencyKind::Division, Some(1)),
        ("H18.20.2", AgencyKind::Division, Some(1)),
        ("H18.1", AgencyKind::Commune, Some(0)),
        ("H18.2", AgencyKind::Commune, Some(0)),
    ] {
        let parent = parent.map(|index: usize| ids.agencies[index]);
        ids.agencies.push(agencies::insert(transaction, &agency(identifier, kind, parent))?);
    }
    let electronic = Source::DocumentExchanges { numerator: DocumentMeasure::Electronic, directions: Vec::new() };
    for (indicator_code, semantics, source) in [
        ("CT1", Semantics::Flow, electronic),
        ("CT2", Semantics::State, Source::Declared { compared_with: None }),
        ("CT3", Semantics::Flow, Source::Declared { compared_with: None }),
        ("CT6", Semantics::Stock, monitoring(true)),
        ("CT7", Semantics::Stock, training(&[], false)),
    ] {
        let new = indicator(indicator_code, ids.movement, ids.agencies[1], semantics, source);
        ids.indicators.push(indicators::insert(transaction, &new)?);
    }
    for (course_code, kind) in
        [("K1", CourseKind::BasicDigitalSkills), ("K2", CourseKind::Ai), ("K3", CourseKind::Awareness)]
    {
        ids.courses.push(courses::insert(transaction, &course(course_code, kind, ids.agencies[1]))?);
    }
    Ok(ids)
}

/// Hires somebody: the write most tests use.
pub(crate) fn hire(
    transaction: &mut Transaction<'_>,
    staff_code: &str,
    agency: AgencyId,
) -> thidua_persistence::Result<StaffId> {
    staff::insert(transaction, &person(staff_code, agency, "2026-01-01"))
}

/// A refusal of the test's own.
pub(crate) fn refusal() -> Error {
    Error::Conflict(Violation::new("", "refused_by_test"))
}

/// A connection of the test's own, beside the program's.
pub(crate) enum Tables {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A row of the change log, with the columns that tests read.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(crate) struct Logged {
    #[diesel(sql_type = BigInt)]
    pub(crate) seq: i64,
    #[diesel(sql_type = Text)]
    pub(crate) resource: String,
    #[diesel(sql_type = BigInt)]
    pub(crate) resource_id: i64,
    #[diesel(sql_type = Text)]
    pub(crate) operation: String,
}

/// A row of two texts.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(crate) struct Pair {
    #[diesel(sql_type = Text)]
    pub(crate) one: String,
    #[diesel(sql_type = Text)]
    pub(crate) two: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

macro_rules! load {
    ($tables:expr, $sql:expr) => {
        match $tables {
            Tables::Sqlite(connection) => diesel::sql_query($sql).load(connection),
            Tables::Postgres(connection) => diesel::sql_query($sql).load(connection),
        }
        .unwrap_or_else(|error| panic!("{}: {error}", $sql))
    };
}

impl Tables {
    pub(crate) fn of(place: &Place) -> Self {
        if place.is_postgres() {
            return Self::Postgres(PgConnection::establish(&place.url).expect("PostgreSQL answers"));
        }
        let path = place.url.strip_prefix("sqlite:").expect("a SQLite URL");
        let mut connection = SqliteConnection::establish(path).expect("the file opens");
        connection.batch_execute("PRAGMA busy_timeout = 10000").expect("a pragma");
        Self::Sqlite(connection)
    }

    #[track_caller]
    pub(crate) fn execute(&mut self, sql: &str) {
        self.attempt(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Executes what the database may refuse.
    pub(crate) fn attempt(&mut self, sql: &str) -> diesel::QueryResult<()> {
        match self {
            Self::Sqlite(connection) => connection.batch_execute(sql),
            Self::Postgres(connection) => connection.batch_execute(sql),
        }
    }

    /// Lets rows be changed although others refer to them: foreign keys are not checked.
    pub(crate) fn unguarded(mut self) -> Self {
        self.execute(match self {
            Self::Sqlite(_) => "PRAGMA foreign_keys = OFF",
            Self::Postgres(_) => "SET session_replication_role = replica",
        });
        self
    }

    /// Does something to the tables and puts them back as they were.
    pub(crate) fn and_back<T>(&mut self, tables: &[&str], work: impl FnOnce(&mut Self) -> T) -> T {
        for table in tables {
            self.execute(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"));
        }
        let outcome = work(self);
        for table in tables {
            self.execute(&format!(
                "BEGIN; DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}; COMMIT;
                 DROP TABLE kept_{table}"
            ));
        }
        outcome
    }

    /// The change log, in order.
    pub(crate) fn log(&mut self) -> Vec<Logged> {
        load!(self, "SELECT seq, resource, resource_id, operation FROM changes ORDER BY seq")
    }

    /// Rows with columns `one` and `two`.
    pub(crate) fn pairs(&mut self, sql: &str) -> Vec<Pair> {
        load!(self, sql)
    }

    pub(crate) fn count(&mut self, from: &str) -> i64 {
        let rows: Vec<Count> = load!(self, format!("SELECT count(*) AS count FROM {from}"));
        rows[0].count
    }

    /// Every table but the migrations' with its columns in order.
    pub(crate) fn columns(&mut self) -> BTreeMap<String, Vec<String>> {
        let sql = match self {
            Self::Sqlite(_) => {
                "SELECT m.name AS one, c.name AS two FROM sqlite_master m, pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' ORDER BY m.name, c.cid"
            }
            Self::Postgres(_) => {
                "SELECT table_name::text AS one, column_name::text AS two FROM information_schema.columns
                 WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_\\_diesel%'
                 ORDER BY table_name, ordinal_position"
            }
        };
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for Pair { one: table, two: column } in self.pairs(sql) {
            found.entry(table).or_default().push(column);
        }
        found
    }
}

/// Insists on a log without gaps from 1 on, in which every creation gave its row the identity of the change.
#[track_caller]
pub(crate) fn assert_gap_free(log: &[Logged]) {
    for (row, expected) in log.iter().zip(1..) {
        assert_eq!(row.seq, expected, "a gap before {row:?}");
        assert_eq!(row.operation == "create", row.resource_id == row.seq, "{row:?}");
    }
}
