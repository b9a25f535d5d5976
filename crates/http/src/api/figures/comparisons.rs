//! Records beside declared figures, on the wire.

use crate::request::distinct::distinct;
use crate::request::schemas;
use serde::{Deserialize, Serialize};
use thidua_domain::Date;
use thidua_domain::catalogue::indicators::ComparedWith;
use thidua_domain::figures::attainment::{Attainment, Figure};
use thidua_domain::figures::comparison;
use thidua_domain::figures::comparison::Derived;
use thidua_domain::records::observations::Observation;
use thidua_domain::records::staff::StaffKind;
use thidua_domain::violation::Violations;
use thidua_persistence::Model;
use utoipa::ToSchema;

/// The records that a declared figure is compared with.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ComparedWithInput {
    /// The denominator, with the people on the agency's roll at the end of the month.
    PeopleOnRoll {
        /// Kinds of people that count; all when empty.
        #[serde(default)]
        #[schema(value_type = Vec<schemas::StaffKind>)]
        staff_kinds: Vec<StaffKind>,
    },
}

/// Two parts of a figure, each null where records tell nothing of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"numerator": null, "denominator": 40}))]
pub struct PartsView {
    /// Upper part.
    pub numerator: Option<i64>,
    /// Lower part.
    pub denominator: Option<i64>,
}

impl ComparedWithInput {
    /// The view of the records.
    pub fn new(compared_with: &ComparedWith) -> Self {
        let ComparedWith::PeopleOnRoll { staff_kinds } = compared_with;
        Self::PeopleOnRoll { staff_kinds: staff_kinds.clone() }
    }

    /// The records, unless something is wrong with them.
    pub fn parse(&self, found: &mut Violations) -> Option<ComparedWith> {
        let Self::PeopleOnRoll { staff_kinds } = self;
        let staff_kinds = found.take(distinct("/source/compared_with/staff_kinds", staff_kinds))?;
        Some(ComparedWith::PeopleOnRoll { staff_kinds })
    }
}

impl PartsView {
    fn new(Derived { numerator, denominator }: Derived) -> Self {
        Self { numerator, denominator }
    }

    /// Figure that records give now beside a declared one as a change left it, and the excess of the declared one over
    /// it.
    pub fn beside_row(model: &Model, declared: &Observation, today: Date) -> Option<(Self, Self)> {
        let derived = comparison::beside(&model.catalogue, &model.cells, declared, today)?;
        let (numerator, denominator) = (declared.numerator, declared.denominator);
        let difference = derived.difference(Figure { numerator, denominator, reported: true });
        Some((Self::new(derived), Self::new(difference)))
    }

    /// Figure that records give beside the declared one of an answer, and the excess of the declared one over it.
    pub fn beside(answer: &Attainment) -> (Option<Self>, Option<Self>) {
        let difference = answer.derived.map(|derived| derived.difference(answer.figure));
        (answer.derived.map(Self::new), difference.map(Self::new))
    }
}
