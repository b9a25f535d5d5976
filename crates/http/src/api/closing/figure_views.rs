//! Figures on the wire.

use serde::Serialize;
use thidua_domain::figure::Figure;
use thidua_domain::figures::small_cells::Withholding;
use utoipa::ToSchema;

/// A figure; both parts are null when nothing was reported, or when it is withheld. Of people and information systems about
/// which nothing is recorded the denominator is there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"numerator": 5, "denominator": 6}))]
pub struct FigureView {
    /// Upper part.
    pub numerator: Option<i64>,
    /// Lower part.
    pub denominator: Option<i64>,
    /// Reason why the figure is not told to you; absent when it is. `small_cell`: it is about few people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withholding>,
}

impl FigureView {
    /// The view of a figure. Both parts are null when nothing was reported, but for people and systems that are there.
    pub fn new(figure: Figure) -> Self {
        let (numerator, denominator) = figure.told();
        Self { numerator, denominator, withheld: None }
    }

    /// The view of two parts, if there are any.
    pub fn of_parts(parts: Option<(i64, i64)>) -> Self {
        Self {
            numerator: parts.map(|(numerator, _)| numerator),
            denominator: parts.map(|(_, denominator)| denominator),
            withheld: None,
        }
    }

    /// A figure that is there but not told.
    pub fn withheld() -> Self {
        Self { withheld: Some(Withholding::SmallCell), ..Self::of_parts(None) }
    }
}
