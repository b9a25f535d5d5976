//! Indicators: numerator and denominator, the records they are counted from, and the way months add up.

use crate::Date;
use crate::catalogue::agencies::AgencyKind;
use crate::catalogue::definitions::{Definition, Definitions};
use crate::catalogue::sources::{Semantics, Source};
use crate::id::{AgencyId, MovementId};
use crate::limits::Within;
use crate::text::{Code, Name, Prose, Reference};
use crate::time::{Month, Window, first_day_apart};
use crate::violation::{Violation, Violations};
use serde::{Deserialize, Serialize};

/// An indicator (chỉ tiêu).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Logged", into = "Logged")]
pub struct Indicator {
    /// Code, e.g. `CT1`.
    pub code: Code,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// The agency that answers for the definition.
    pub owner: AgencyId,
    /// The document it rests on.
    pub legal_basis: Reference,
    /// Weight in a combined score, in whole parts.
    pub weight: i64,
    /// First day on which it is in force.
    pub valid_from: Date,
    /// Last day; absent while in force.
    pub valid_to: Option<Date>,
    /// Versions of its definition, by months.
    pub definitions: Definitions,
}

impl Indicator {
    /// The first month whose answers may differ under another state of the indicator: by its versions, or by being in
    /// force.
    pub fn first_difference(&self, other: &Self) -> Option<Month> {
        let validity = first_day_apart((self.valid_from, self.valid_to), (other.valid_from, other.valid_to));
        let versions = self.definitions.first_difference(&other.definitions);
        versions.into_iter().chain(validity.map(Month::civil)).min()
    }

    /// Checks the indicator by itself, without other rows. Earlier versions were checked when each was the latest.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let (mut found, definition) = (Violations::default(), self.latest());
        found.require(definition.source.allows(definition.semantics), || {
            Violation::new("/semantics", "semantics_do_not_fit_source")
        });
        found.require(Weight::holds(&self.weight), || Violation::new("/weight", "invalid_weight"));
        found.require(self.valid_to.is_none_or(|to| self.valid_from <= to), || {
            Violation::new("/valid_to", "ends_before_start.validity")
        });
        found.require(!definition.agency_kinds.is_empty(), || {
            Violation::new("/agency_kinds", "empty_list.agency_kinds")
        });
        if let Source::TrainingRecords { results, .. } = &definition.source {
            found.require(!results.is_empty(), || Violation::new("/source/results", "empty_list.results"));
        }
        found.finish(Some(()))
    }

    /// True when the declared figures of any version are compared with the people on the roll.
    pub fn is_beside_people(&self) -> bool {
        self.definitions.all().any(|definition| definition.source.is_beside_people())
    }

    /// The version of the definition that holds in a month.
    pub fn definition_in(&self, month: Month) -> &Definition {
        self.definitions.in_month(month)
    }

    /// The latest version of the definition.
    pub fn latest(&self) -> &Definition {
        self.definitions.latest()
    }

    /// True when the indicator is in force for a window, given with its last month. A flow sums the window up, so any
    /// day of it suffices; a stock or a state is that of the window's last day, so that day decides.
    pub fn in_force_in(&self, window: Window, last: Month) -> bool {
        match self.definition_in(last).semantics {
            Semantics::Flow => self.valid_from <= window.to && self.valid_to.is_none_or(|to| window.from <= to),
            Semantics::Stock | Semantics::State => self.in_force_on(window.to),
        }
    }

    /// True for a day on which the indicator is in force.
    pub fn in_force_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day <= to)
    }
}

/// The weight of an indicator in a combined score, in whole parts.
pub type Weight = Within<i64, 0, 1_000_000>;

/// An indicator as the change log holds it. The latest version of its definition stands among its own members, as in
/// version 0.1.0, which had no others; earlier versions stand in a list beside them.
#[derive(Serialize, Deserialize)]
struct Logged {
    code: Code,
    movement: MovementId,
    name_vi: Name,
    name_en: Option<Name>,
    numerator_definition: Prose,
    denominator_definition: Prose,
    unit: Name,
    semantics: Semantics,
    source: Source,
    owner: AgencyId,
    legal_basis: Reference,
    weight: i64,
    agency_kinds: Vec<AgencyKind>,
    valid_from: Date,
    valid_to: Option<Date>,
    version: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holds_from: Option<Month>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Definition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issued: Option<i64>,
}

impl From<Indicator> for Logged {
    fn from(indicator: Indicator) -> Self {
        let latest = indicator.latest().clone();
        Self {
            code: indicator.code,
            movement: latest.movement,
            name_vi: indicator.name_vi,
            name_en: indicator.name_en,
            numerator_definition: latest.numerator_definition,
            denominator_definition: latest.denominator_definition,
            unit: latest.unit,
            semantics: latest.semantics,
            source: latest.source,
            owner: indicator.owner,
            legal_basis: indicator.legal_basis,
            weight: indicator.weight,
            agency_kinds: latest.agency_kinds,
            valid_from: indicator.valid_from,
            valid_to: indicator.valid_to,
            version: latest.version,
            holds_from: latest.holds_from,
            issued: indicator.definitions.issued(),
            earlier: indicator.definitions.earlier().to_vec(),
        }
    }
}

impl From<Logged> for Indicator {
    fn from(row: Logged) -> Self {
        let latest = Definition {
            holds_from: row.holds_from,
            version: row.version,
            movement: row.movement,
            numerator_definition: row.numerator_definition,
            denominator_definition: row.denominator_definition,
            unit: row.unit,
            semantics: row.semantics,
            source: row.source,
            agency_kinds: row.agency_kinds,
        };
        Self {
            code: row.code,
            name_vi: row.name_vi,
            name_en: row.name_en,
            owner: row.owner,
            legal_basis: row.legal_basis,
            weight: row.weight,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            definitions: Definitions::stored(row.earlier, latest, row.issued),
        }
    }
}
