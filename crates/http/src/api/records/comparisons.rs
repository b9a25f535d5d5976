//! Records beside declared figures, on the wire.

use serde::Serialize;
use thidua_domain::Date;
use thidua_domain::figure::Figure;
use thidua_domain::figures::attainment::Attainment;
use thidua_domain::figures::comparison;
use thidua_domain::figures::comparison::Derived;
use thidua_domain::records::observations::Observation;
use thidua_persistence::Model;
use utoipa::ToSchema;

/// Two parts of a figure, each null where records tell nothing of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"numerator": null, "denominator": 40}))]
pub struct PartsView {
    /// Upper part.
    pub numerator: Option<i64>,
    /// Lower part.
    pub denominator: Option<i64>,
}

impl PartsView {
    fn new(Derived { numerator, denominator }: Derived) -> Self {
        Self { numerator, denominator }
    }

    /// Figure that records give now beside a declared one as a change left it, and the excess of the declared one over
    /// it.
    pub fn beside_row(model: &Model, declared: &Observation, today: Date) -> Option<(Self, Self)> {
        let derived = comparison::beside(&model.catalogue, &model.cells, declared, today)?;
        let (numerator, denominator) = (*declared.numerator, *declared.denominator);
        let difference = derived.difference(Figure { numerator, denominator, reported: true });
        Some((Self::new(derived), Self::new(difference)))
    }

    /// Figure that records give beside the declared one of an answer, and the excess of the declared one over it.
    pub fn beside(answer: &Attainment) -> (Option<Self>, Option<Self>) {
        let difference = answer.derived.map(|derived| derived.difference(answer.figure));
        (answer.derived.map(Self::new), difference.map(Self::new))
    }
}
