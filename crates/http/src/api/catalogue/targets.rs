//! Targets.

use crate::api::catalogue::target_versions::{TargetValue, TargetVersionView};
use crate::api::catalogue::{indicators, phases};
use crate::auth::caller::{Caller, Manage, Read};
use crate::request::agency_identifier::identifier;
use crate::request::batch::Keyed;
use crate::request::body::{broken_rule, require_rules};
use crate::request::resource::{
    BatchResource, CatalogueBatch, CatalogueResource, Catalogued, Find, PageRequest, PathParameter, Resource, Verbs,
    in_catalogue, operations,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::target_versions::Comparison;
use thidua_domain::catalogue::target_versions::{TargetVersion, TargetVersions};
use thidua_domain::catalogue::targets::{Target, TargetScope};
use thidua_domain::id::{MovementId, TargetId};
use thidua_domain::log::changes;
use thidua_domain::string_enum;
use thidua_domain::text::{AgencyIdentifier, Code, Reference, optional};
use thidua_domain::time::{Month, Year};
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::catalogue::targets;
use thidua_persistence::write::records::known;
use thidua_persistence::{Error, Page, Result as Stored};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

impl Resource for TargetInput {
    const PATH: &str = "targets";
    const KEY: &[PathParameter] = &[PathParameter::identity("target", "The target's identity", 81)];
    operations! {
        /// List targets
        ///
        /// The targets for every agency and those for agencies within your scope. The most specific one applies: one for the
        /// agency before one for all, then a year before a phase before the whole movement. One that begins with a later month
        /// than the last one of a period leaves its place to a less specific one.
        LIST "listTargets" => "A page of targets";
        /// Create a target
        ///
        /// For a year, a phase or the whole movement, and for one agency or all. The targets of a frozen phase cannot change. With
        /// `holds_from`, a month such as `2026-11`, it applies from that month on; without it from the beginning, which is refused
        /// with `closed_figures` where an answer about a frozen phase or a locked period would move. The refusal names the first
        /// month that is open.
        CREATE "createTarget" => "The new target";
        /// Read a target
        ///
        /// A target for an agency outside your scope looks like a missing one.
        READ "getTarget" => "The target";
        /// Change a target
        ///
        /// A JSON merge patch (RFC 7396). With `holds_from`, a month such as `2026-11`, the changed value, comparison and basis are a
        /// version of their own: it holds from that month on, in every calendar, and the months before keep theirs. A period is
        /// judged by the version of its last month. Without `holds_from` the latest version is changed in place; that is refused
        /// with `closed_figures` where an answer about a frozen phase or a locked period would move, and the refusal names the first
        /// month that is open. Versions that would begin later give way; one that says the same as the version before it is taken
        /// back. Indicator, phase or year, and agency have no versions. To turn a target for a phase into one for a year, send
        /// `{"phase": null, "year": 2027}`.
        UPDATE "updateTarget" => "The target as it is now";
        /// Delete a target
        ///
        /// Refused if the target speaks for a frozen phase, or has judged an answer that is closed.
        DELETE "deleteTarget" => "It is gone";
    }
    const KEY_OF: fn(&TargetView) -> String = |view| view.id.to_string();
    const WRITTEN: fn(&TargetView) -> Option<&Self> = |view| Some(&view.target);
    const FIND: Find<Self> =
        Find::Catalogue(|catalogue, caller, id| in_catalogue::<Self>(catalogue, find(catalogue, caller, id)?));

    type Reads = Read;
    type Writes = Manage;
    type Key = i64;
    type View = TargetView;
    type Sort = Sort;
    type Filter = TargetFilter;
    type Writing = Catalogued;

    fn example() -> Value {
        json!({
            "indicator": "CT3", "year": 2027, "agency": "H18.SKHCN", "value": {"numerator": 95, "denominator": 100},
            "comparison": "at_least", "basis": "Mức phấn đấu riêng năm 2027 (ví dụ)"
        })
    }

    fn patch_example() -> Value {
        json!({"value": {"numerator": 90}, "holds_from": "2026-12", "basis": "Quyết định điều chỉnh (ví dụ)"})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<TargetView>> {
        let PageRequest { catalogue, caller, filter, sort: Sort::Id, slice, .. } = request;
        let TargetFilter { indicator, agency, year } = filter;
        let indicator = indicator.map(|code| indicators::require(catalogue, "/indicator", &code)).transpose()?;
        let agency = agency.map(|text| caller.agency(catalogue, "/agency", &text)).transpose()?;
        let targets = catalogue.targets.iter().filter(|(_, target)| {
            let judged_year = match target.scope {
                TargetScope::Year(year) => Some(year),
                TargetScope::Movement(_) | TargetScope::Phase(_) => None,
            };
            indicator.is_none_or(|indicator| indicator == target.indicator)
                && agency.is_none_or(|agency| Some(agency) == target.agency)
                && target.agency.is_none_or(|agency| caller.sees(catalogue, agency))
                && year.is_none_or(|year| Some(year.get()) == judged_year)
        });
        let page = Page::of(targets, slice, |id, _| id.0)?;
        Ok(page.map(|(id, target)| TargetView::new(catalogue, id, &target)))
    }
}

impl BatchResource for TargetInput {
    operations! {
        /// Create or change many targets
        ///
        /// A target is known by its indicator, its agency, and its phase or year. A row that is there takes the place of the
        /// stored one, as a whole; with `holds_from` it adds a version.
        BATCH "batchTargets" => "All rows were written";
    }
}

impl Keyed for TargetInput {
    // Each may move closed answers, which are compared.
    const WEIGHT: usize = 100;
    const PART: usize = 25;

    fn key(&self) -> String {
        let (phase, agency) = (self.phase.as_deref().unwrap_or_default(), self.agency.as_deref().unwrap_or_default());
        let year = self.year.map(|year| year.to_string()).unwrap_or_default();
        format!("{}/{phase}/{year}/{agency}", self.indicator)
    }
}

impl CatalogueBatch for TargetInput {
    fn stored(&self, catalogue: &Catalogue) -> Option<TargetId> {
        let indicator = catalogue.indicator(&self.indicator)?;
        let scope = self.scope(catalogue, indicator.entity.latest().movement).ok()?;
        let agency = match &self.agency {
            Some(identifier) => Some(catalogue.agency(identifier)?.0),
            None => None,
        };
        let same = |target: &Target| (target.indicator, target.scope, target.agency) == (indicator.id, scope, agency);
        catalogue.targets.iter().find(|(_, target)| same(target)).map(|(id, _)| *id)
    }
}

string_enum! {
    /// Sort orders of targets; the first is the default.
    Sort {
        /// In the order of creation.
        Id = "id",
    }
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TargetFilter {
    /// Only the indicator with this code.
    indicator: Option<Code>,
    /// Only targets set for the one agency with this identifier.
    agency: Option<AgencyIdentifier>,
    /// Only targets set for this year.
    #[param(inline)]
    year: Option<Year>,
}

/// A target as it is written. With neither `phase` nor `year` it is for the whole movement; both cannot be given.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"indicator": "CT7", "phase": "II", "holds_from": "2026-11"}))]
#[validate(schema(function = "one_time"))]
pub struct TargetInput {
    /// The indicator's code.
    pub indicator: Code,
    /// Code of the one phase of the indicator's movement it is for.
    pub phase: Option<Code>,
    /// The one year it is for.
    pub year: Option<Year>,
    /// Identifier of the one agency it is for; every agency while absent.
    pub agency: Option<AgencyIdentifier>,
    /// The exact value.
    pub value: TargetValue,
    /// Side of the value on which the target is met.
    pub comparison: Comparison,
    /// The document it rests on.
    pub basis: Reference,
    /// The first month in which this value, comparison and basis hold, in every calendar. Null while they hold from the
    /// beginning of the movement, the phase or the year.
    pub holds_from: Option<Month>,
}

/// A target.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetView {
    /// Identity.
    pub id: TargetId,
    /// The target.
    #[serde(flatten)]
    pub target: TargetInput,
    /// All versions, in the order of their first months; the last one is shown above. In a report those that hold in its
    /// period or before it.
    #[schema(max_items = 2400)]
    pub versions: Vec<TargetVersionView>,
}

impl TargetInput {
    fn new(catalogue: &Catalogue, target: &Target, version: &TargetVersion) -> Self {
        let (phase, year) = match target.scope {
            TargetScope::Movement(_) => (None, None),
            TargetScope::Phase(phase) => (Some(phases::code(catalogue, phase)), None),
            TargetScope::Year(year) => (None, Some(Year::stored(year))),
        };
        Self {
            indicator: indicators::code(catalogue, target.indicator),
            phase,
            year,
            agency: target.agency.map(|agency| identifier(catalogue, agency)),
            value: TargetValue::new(version.value),
            comparison: version.comparison,
            basis: version.basis.clone(),
            holds_from: version.holds_from,
        }
    }

    fn scope(&self, catalogue: &Catalogue, movement: MovementId) -> Result<TargetScope, Violation> {
        match (self.phase.as_deref(), self.year) {
            (None, None) => Ok(TargetScope::Movement(movement)),
            (Some(phase), None) => phases::require(catalogue, "/phase", movement, phase).map(TargetScope::Phase),
            (_, Some(year)) => Ok(TargetScope::Year(*year)),
        }
    }
}

impl CatalogueResource for TargetInput {
    type Entity = Target;
    const ID: fn(&TargetView) -> TargetId = |view| view.id;
    const ROWS: fn(&Catalogue) -> &BTreeMap<TargetId, Target> = |catalogue| &catalogue.targets;
    const VERBS: Verbs<Target> = Verbs {
        insert: |transaction, target| on_wire(targets::insert(transaction, target), target.scope),
        update: |transaction, id, target| on_wire(targets::update(transaction, id, target), target.scope),
        delete: |transaction, id| {
            let scope = known(&transaction.catalogue().targets, id)?.scope;
            on_wire(targets::delete(transaction, id), scope)
        },
    };

    fn parse(self, catalogue: &Catalogue, caller: &Caller, before: Option<&Target>) -> Stored<Target> {
        let mut found = Violations::default();
        require_rules(&mut found, &self);
        let indicator = found.take(indicators::require(catalogue, "/indicator", &self.indicator));
        let movement =
            indicator.and_then(|id| catalogue.indicators.get(&id)).map(|indicator| indicator.latest().movement);
        let scope = movement.and_then(|movement| found.take(self.scope(catalogue, movement)));
        let agency = found.take(optional(self.agency.as_deref(), |text| caller.agency(catalogue, "/agency", text)));
        let Self { comparison, basis, holds_from, .. } = self;
        let value = self.value.get();
        let target = (|| {
            let version = TargetVersion { value, comparison, basis, holds_from };
            let versions = match before {
                Some(before) => before.versions.with(version),
                None => TargetVersions::only(version),
            };
            Some(Target { indicator: indicator?, scope: scope?, agency: agency?, versions })
        })();
        let target = found.finish(target)?;
        Ok(match before {
            Some(before) => Target { scope: kept_scope(catalogue, before, &target), ..target },
            None => target,
        })
    }

    fn view(catalogue: &Catalogue, id: TargetId, target: &Target) -> TargetView {
        TargetView::new(catalogue, id, target)
    }
}

/// A target is for a phase or a year of it, if not for the whole movement.
fn one_time(target: &TargetInput) -> Result<(), ValidationError> {
    let both = target.phase.is_some() && target.year.is_some();
    if both { Err(broken_rule("/year", "phase_and_year")) } else { Ok(()) }
}

/// The scope of a changed target: the stored one where the input says the same, although the indicator may belong to
/// another movement by now.
fn kept_scope(catalogue: &Catalogue, before: &Target, after: &Target) -> TargetScope {
    let said = |target: &Target| {
        let input = TargetInput::new(catalogue, target, target.latest());
        (input.indicator, input.phase, input.year)
    };
    if said(before) == said(after) { before.scope } else { after.scope }
}

impl TargetView {
    /// The view of a target, as its latest version has it.
    pub fn new(catalogue: &Catalogue, id: TargetId, target: &Target) -> Self {
        Self::until(catalogue, id, target, Month::LATEST)
    }

    /// The view of a target as it holds in a month, without later versions.
    pub fn until(catalogue: &Catalogue, id: TargetId, target: &Target, month: Month) -> Self {
        let version = target.versions.in_month(month).unwrap_or_else(|| target.latest());
        Self {
            id,
            target: TargetInput::new(catalogue, target, version),
            versions: target.versions.until(month).map(TargetVersionView::new).collect(),
        }
    }
}

/// The target in an address: one for every agency, or for an agency within the caller's scope.
pub fn find(catalogue: &Catalogue, caller: &Caller, id: i64) -> Stored<TargetId> {
    let id = TargetId(id);
    let target = catalogue.targets.get(&id).ok_or(Error::NotFound(changes::Resource::Targets))?;
    match target.agency {
        Some(agency) => caller.require(catalogue, agency, changes::Resource::Targets).map(|()| id),
        None => Ok(id),
    }
}

/// Points a conflict about the scope to the member of the input that says it.
fn on_wire<T>(written: Stored<T>, scope: TargetScope) -> Stored<T> {
    written.map_err(|error| match error {
        Error::Conflict(mut conflict) if conflict.pointer == "/scope" => {
            conflict.pointer = match scope {
                TargetScope::Movement(_) => "/indicator".to_owned(),
                TargetScope::Phase(_) => "/phase".to_owned(),
                TargetScope::Year(_) => "/year".to_owned(),
            };
            Error::Conflict(conflict)
        }
        other => other,
    })
}
