//! Information systems: their level, its legal basis, and the dated stays with agencies that run them.

use crate::Date;
use crate::catalogue::Catalogue;
use crate::catalogue::definitions::Definition;
use crate::catalogue::record_kinds::MonitoringRule;
use crate::catalogue::sources::{ReportedBy, Source};
use crate::cells::Cells;
use crate::closing::late::{Roll, ToldHolders};
use crate::limits::Within;
use crate::records::monitoring_statuses::MonitoringStatus;
use crate::records::standings::{Reported, StockState};
use crate::records::stocks::{ChangeDays, add_stock_contribution};
use crate::string_enum;
use crate::tenures::Tenures;
use crate::text::{Code, Name};
use crate::violation::Violation;
use serde::{Deserialize, Serialize};

/// An information system (hệ thống thông tin).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InformationSystem {
    /// Code.
    pub code: Code,
    /// Name.
    pub name: Name,
    /// Security level (cấp độ); absent until determined.
    pub level: Option<u8>,
    /// The decree the level was determined under.
    pub level_basis: Option<LevelBasis>,
    /// The agencies that run it, from going into operation to being retired.
    pub tenures: Tenures,
    /// The agencies that closed months were told with, where the stays came late.
    #[serde(default, skip_serializing_if = "ToldHolders::is_empty")]
    pub told: ToldHolders,
}

/// A security level (cấp độ).
pub type Level = Within<u8, 1, 5>;

string_enum! {
    /// The decree a level was determined under.
    LevelBasis {
        /// Decree 85/2016/NĐ-CP.
        Decree85Of2016 = "nd85_2016",
        /// Decree 331/2026/NĐ-CP, from 19/08/2026.
        Decree331Of2026 = "nd331_2026",
    }
}

impl InformationSystem {
    /// The agencies it counts with.
    pub fn roll(&self) -> Roll<'_> {
        Roll { stays: &self.tenures, told: &self.told }
    }

    /// Checks the system by itself, without other rows.
    pub fn check(&self) -> Result<(), Violation> {
        if self.level.is_some_and(|level| !Level::holds(&level)) {
            return Err(Violation::new("/level", "invalid_level"));
        }
        if self.level.is_some() != self.level_basis.is_some() {
            return Err(Violation::new("/level_basis", "level_without_basis"));
        }
        Ok(())
    }
}

/// The contribution of a system: 1 to the denominator of the agency that runs it at a month's end, and 1 to its
/// numerator when the status in force that day meets the indicator's rule; with the steps on days after `today`.
/// `statuses` is in any order.
pub fn contribution(
    catalogue: &Catalogue,
    system: &InformationSystem,
    statuses: &[MonitoringStatus],
    today: Date,
) -> Cells {
    let mut cells = Cells::default();
    for (indicator, run) in catalogue.runs() {
        let mut rules = run.versions().filter_map(|version| rule(version)).peekable();
        if rules.peek().is_none() {
            continue;
        }
        let turned = rules.flat_map(|rule| statuses.iter().flat_map(move |status| turns(catalogue, rule, status)));
        let turns = ChangeDays::on(system.roll().turns(catalogue).chain(turned));
        add_stock_contribution(&mut cells, catalogue, (indicator, run), (&turns, today), |start, end| {
            let Source::MonitoringStatuses { rule, reported_by } = &end.definition.source else { return None };
            let agency = system.roll().holder(start.id, end.month, end.day)?;
            let counts = |status: &&MonitoringStatus| status.on <= end.day && !status.late.holds(start.id, end.month);
            let latest = statuses.iter().filter(counts).max_by_key(|status| status.on);
            let meets = latest.is_some_and(|status| rule.unmet(status, end.day).is_empty());
            let reported = match reported_by {
                ReportedBy::Roll => Reported::OnArrival,
                ReportedBy::Records => Reported::ByRecord(latest.is_some()),
            };
            Some(StockState { agency, meets, reported })
        });
    }
    cells
}

/// The rule of a definition that counts systems.
fn rule(definition: &Definition) -> Option<&MonitoringRule> {
    match &definition.source {
        Source::MonitoringStatuses { rule, .. } => Some(rule),
        _ => None,
    }
}

/// Days on which a status may begin or cease to meet a rule, in any calendar.
fn turns(catalogue: &Catalogue, rule: &MonitoringRule, status: &MonitoringStatus) -> impl Iterator<Item = Date> {
    let ends = status.late.all().iter().filter_map(|late| late.over(catalogue.calendars.get(&late.calendar)?));
    ends.chain([status.on]).chain(rule.expiries(status))
}
