//! Targets: the value an indicator must reach, for one agency or all, in a time.

use crate::catalogue::target_versions::{TargetVersion, TargetVersions};
use crate::id::{AgencyId, IndicatorId, MovementId, PhaseId};
use serde::{Deserialize, Serialize};

/// A target (mục tiêu).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The time in which it applies.
    pub scope: TargetScope,
    /// The one agency it is for; every agency while absent.
    pub agency: Option<AgencyId>,
    /// Its value, comparison and basis, by months. A row with one version is logged as in version 0.1.0, which had no
    /// others.
    #[serde(flatten)]
    pub versions: TargetVersions,
}

/// The time in which a target applies. Order is specificity: a year is more specific than a phase, a phase than the
/// movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetScope {
    /// As long as the movement lasts.
    Movement(MovementId),
    /// During a phase.
    Phase(PhaseId),
    /// During a year.
    Year(i32),
}

impl Target {
    /// The latest version.
    pub fn latest(&self) -> &TargetVersion {
        self.versions.latest()
    }

    /// True of another target for the same indicator, time and agency: there is one of each.
    pub fn is_for_the_same(&self, other: &Self) -> bool {
        (self.indicator, self.scope, self.agency) == (other.indicator, other.scope, other.agency)
    }
}
