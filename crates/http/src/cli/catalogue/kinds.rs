//! Kinds of rows: each row of the catalogue as a document of the members that the API takes, and a document as a row.

use super::documents::{Document, missing, shaped_as, written};
use super::versions::{self, entered_one_by_one};
use crate::api::catalogue::agencies::{AgencyInput, AgencyView};
use crate::api::catalogue::calendars::{CalendarInput, CalendarView};
use crate::api::catalogue::indicators::IndicatorInput;
use crate::api::catalogue::movements::MovementView;
use crate::api::catalogue::periods::{PeriodInput, PeriodView};
use crate::api::catalogue::phases::PhaseInput;
use crate::api::catalogue::targets::TargetInput;
use crate::api::catalogue::{movement_codes, phases};
use crate::auth::caller::Caller;
use crate::request::resource::{Resource, Writing, in_catalogue};
use serde_json::Value;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::holidays::Holiday;
use thidua_domain::catalogue::movements::Movement;
use thidua_domain::violation::Violation;
use thidua_persistence::{Result as Stored, Transaction};

/// A kind of rows.
#[derive(Debug)]
pub(super) struct Kind {
    /// The name of its tables in the files.
    pub(super) table: &'static str,
    /// The file that an export puts it in.
    pub(super) file: &'static str,
    /// Its members in the order of an export.
    pub(super) members: &'static [&'static str],
    /// The key of a row.
    pub(super) key: fn(&Document) -> String,
    /// True of two rows that mean the same thing.
    pub(super) is_same: fn(&Document, &Document) -> bool,
    /// Checks the shape of a row, and says it as an export would.
    pub(super) normal: fn(&Document) -> Result<Document, Vec<Violation>>,
    /// The rows of a catalogue.
    pub(super) stored: fn(&Catalogue) -> Vec<Document>,
    /// The place of a row among others of its kind that are entered.
    pub(super) rank: fn(&Document) -> u8,
    /// Keys of rows of its kind that a row refers to, which are entered before.
    pub(super) needs: fn(&Document) -> Vec<String>,
    /// Enters a row that is not there.
    pub(super) enter: fn(&Document, &mut Transaction<'_>, &Caller) -> Stored<()>,
    /// The rest of it, when all rows are there.
    pub(super) finish: fn(&Document, &mut Transaction<'_>, &Caller) -> Stored<()>,
}

/// All kinds, in the order in which they are entered: a row refers to those before it.
pub(super) const ALL: &[Kind] = &[MOVEMENT, PHASE, CALENDAR, AGENCY, INDICATOR, TARGET, HOLIDAY, PERIOD];

/// A kind known by its code, whose rows stand for themselves.
const PLAIN: Kind = Kind {
    table: "",
    file: "",
    members: &[],
    key: |row| text(row, "code"),
    is_same: |one, other| text(one, "code") == text(other, "code"),
    normal: |row| Ok(row.clone()),
    stored: |_| Vec::new(),
    rank: |_| 0,
    needs: |_| Vec::new(),
    enter: |_, _, _| Ok(()),
    finish: |_, _, _| Ok(()),
};

const MOVEMENT: Kind = Kind {
    table: "movement",
    file: "movements.toml",
    members: &["code", "name_vi", "name_en", "basis"],
    normal: normal::<Movement>,
    stored: |catalogue| {
        let movements = catalogue.movements.iter();
        movements.map(|(id, row)| written(&MovementView::new(catalogue, *id, row).movement)).collect()
    },
    enter: insert::<Movement>,
    ..PLAIN
};

const PHASE: Kind = Kind {
    table: "phase",
    file: "movements.toml",
    members: &["movement", "code", "name_vi", "name_en", "first_year", "last_year", "frozen"],
    key: |row| format!("{}/{}", text(row, "movement"), text(row, "code")),
    is_same: |one, other| (PHASE.key)(one) == (PHASE.key)(other),
    normal: |row| {
        let mut rest = row.clone();
        let movement = rest.remove("movement").ok_or_else(|| vec![missing("movement")])?;
        let mut document = normal::<PhaseInput>(&rest)?;
        document.insert("movement".to_owned(), movement);
        Ok(document)
    },
    stored: |catalogue| {
        let of_movement = |id| {
            let movement = Value::from(movement_codes::code(catalogue, id).as_str());
            phases::views(catalogue, id).into_iter().map(move |view| {
                let mut document = written(&view.phase);
                document.insert("movement".to_owned(), movement.clone());
                document
            })
        };
        catalogue.movements.keys().flat_map(|id| of_movement(*id)).collect()
    },
    // Nothing could be entered into its time any more.
    enter: |row, transaction, _| {
        let movement = movement_codes::require(&transaction.catalogue(), "/movement", &text(row, "movement"))?;
        let phase = PhaseInput { frozen: false, ..phase(row)? };
        thidua_persistence::catalogue::phases::insert(transaction, &phase.on(movement)).map(drop)
    },
    finish: |row, transaction, caller| {
        let phase = phase(row)?;
        if !phase.frozen {
            return Ok(());
        }
        let catalogue = transaction.catalogue();
        let id = phases::find(&catalogue, &text(row, "movement"), &phase.code)?;
        let view = in_catalogue::<PhaseInput>(&catalogue, id)?;
        <PhaseInput as Resource>::Writing::update(phase, transaction, caller, view).map(drop)
    },
    ..PLAIN
};

const CALENDAR: Kind = Kind {
    table: "calendar",
    file: "calendars.toml",
    members: &["code", "name_vi", "name_en", "closing_day", "late_records"],
    normal: normal::<CalendarInput>,
    stored: |catalogue| {
        catalogue.calendars.iter().map(|(id, row)| written(&CalendarView::new(*id, row).calendar)).collect()
    },
    enter: insert::<CalendarInput>,
    ..PLAIN
};

const AGENCY: Kind = Kind {
    table: "agency",
    file: "agencies.toml",
    members: &[
        "identifier",
        "former_identifier",
        "area_code",
        "name_vi",
        "name_en",
        "kind",
        "parent",
        "placed_from",
        "valid_from",
        "valid_to",
        "predecessors",
        "earlier_places",
    ],
    key: |row| text(row, "identifier"),
    // A placeholder of the file may have got its identifier since.
    is_same: |one, other| {
        let same = |member: &str| one.get(member).is_some_and(|said| other.get(member) == Some(said));
        same("identifier") || same("area_code") || (same("name_vi") && same("kind"))
    },
    normal: versions::agency,
    stored: |catalogue| {
        let agencies = catalogue.agencies.iter();
        agencies.map(|(id, row)| versions::of_agency(&AgencyView::new(catalogue, *id, row))).collect()
    },
    needs: |row| {
        let places = row.get("earlier_places").and_then(Value::as_array).into_iter().flatten();
        let parents = places.filter_map(|place| place.get("parent")).chain(row.get("parent"));
        let predecessors = row.get("predecessors").and_then(Value::as_array).into_iter().flatten();
        parents.chain(predecessors).filter_map(Value::as_str).map(str::to_owned).collect()
    },
    enter: |row, transaction, caller| entered_one_by_one::<AgencyInput>(versions::places(row), transaction, caller),
    ..PLAIN
};

const INDICATOR: Kind = Kind {
    table: "indicator",
    file: "indicators.toml",
    members: &[
        "code",
        "movement",
        "name_vi",
        "name_en",
        "numerator_definition",
        "denominator_definition",
        "unit",
        "semantics",
        "source",
        "owner",
        "legal_basis",
        "weight",
        "agency_kinds",
        "valid_from",
        "valid_to",
        "holds_from",
    ],
    normal: |row| versions::normal::<IndicatorInput>(row, versions::DEFINED),
    stored: |catalogue| {
        let indicators = catalogue.indicators.iter();
        indicators.map(|(id, row)| versions::of_indicator(catalogue, *id, row)).collect()
    },
    enter: |row, transaction, caller| entered_one_by_one::<IndicatorInput>(versions::all(row), transaction, caller),
    ..PLAIN
};

const TARGET: Kind = Kind {
    table: "target",
    file: "targets.toml",
    members: &["indicator", "phase", "year", "agency", "value", "comparison", "basis", "holds_from"],
    key: |row| {
        let scope = ["indicator", "phase", "year", "agency"].iter().filter_map(|member| row.get(*member));
        let said = scope.map(|said| said.as_str().map_or_else(|| said.to_string(), str::to_owned));
        said.collect::<Vec<_>>().join(" ")
    },
    is_same: |one, other| {
        ["indicator", "phase", "year", "agency"].iter().all(|member| one.get(*member) == other.get(*member))
    },
    normal: |row| versions::normal::<TargetInput>(row, versions::JUDGED),
    stored: |catalogue| catalogue.targets.iter().map(|(id, row)| versions::of_target(catalogue, *id, row)).collect(),
    enter: |row, transaction, caller| entered_one_by_one::<TargetInput>(versions::all(row), transaction, caller),
    ..PLAIN
};

const HOLIDAY: Kind = Kind {
    table: "holiday",
    file: "holidays.toml",
    members: &["date", "kind", "name_vi", "name_en", "basis"],
    key: |row| text(row, "date"),
    is_same: |one, other| text(one, "date") == text(other, "date"),
    normal: normal::<Holiday>,
    stored: |catalogue| catalogue.holidays.values().map(written).collect(),
    enter: insert::<Holiday>,
    ..PLAIN
};

const PERIOD: Kind = Kind {
    table: "period",
    file: "periods.toml",
    members: &["calendar", "period", "cut_off", "submission_due", "locks_on"],
    key: |row| format!("{}/{}", text(row, "calendar"), text(row, "period")),
    is_same: |one, other| (PERIOD.key)(one) == (PERIOD.key)(other),
    normal: normal::<PeriodInput>,
    stored: |catalogue| {
        let periods = catalogue.periods.iter();
        periods.map(|(id, row)| written(&PeriodView::new(catalogue, *id, row).dates)).collect()
    },
    // The cut-off of a period is stored before all its months are locked.
    rank: |row| u8::from(row.contains_key("locks_on")) * 2 + u8::from(text(row, "period").len() == "2026-01".len()),
    enter: insert::<PeriodInput>,
    ..PLAIN
};

fn normal<R: Resource>(row: &Document) -> Result<Document, Vec<Violation>> {
    shaped_as::<R>(row).map(|input| written(&input))
}

fn insert<R: Resource>(row: &Document, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<()> {
    R::Writing::insert(shaped_as::<R>(row)?, transaction, caller).map(drop)
}

fn phase(row: &Document) -> Result<PhaseInput, Vec<Violation>> {
    let mut rest = row.clone();
    rest.remove("movement");
    shaped_as(&rest)
}

/// A text of a row; empty where there is none.
fn text(row: &Document, member: &str) -> String {
    row.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}
