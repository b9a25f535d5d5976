//! Indicators.

use crate::api::catalogue::definitions::{DefinitionView, SourceInput};
use crate::api::catalogue::movement_codes;
use crate::auth::caller::{Caller, Manage, Read};
use crate::request::agency_identifier::identifier;
use crate::request::batch::Keyed;
use crate::request::distinct::distinct;
use crate::request::resource::{
    BatchResource, CatalogueBatch, CatalogueResource, Catalogued, Find, PageRequest, PathParameter, Resource, Verbs,
    in_catalogue, operations,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::AgencyKind;
use thidua_domain::catalogue::definitions::{Definition, Definitions};
use thidua_domain::catalogue::indicators::{Indicator, Weight};
use thidua_domain::catalogue::sources::Semantics;
use thidua_domain::id::IndicatorId;
use thidua_domain::limits::Within;
use thidua_domain::log::changes;
use thidua_domain::string_enum;
use thidua_domain::text::{AgencyIdentifier, Code, Name, Prose, Reference};
use thidua_domain::time::Month;
use thidua_domain::violation::{Violation, Violations};
use thidua_persistence::catalogue::indicators;
use thidua_persistence::{Error, Page, Result as Stored};
use utoipa::{IntoParams, ToSchema};

impl Resource for IndicatorInput {
    const PATH: &str = "indicators";
    const KEY: &[PathParameter] =
        &[PathParameter::text("indicator", 50, "The indicator's code", ["CT7", "CT7", "CT8"])];
    operations! {
        /// List indicators
        ///
        /// The indicators: each a count over a total, with the records it is computed from. Filter by movement, semantics, kind
        /// of source or a day on which they are in force.
        LIST "listIndicators" => "A page of indicators";
        /// Create an indicator
        ///
        /// Records that are there already count in it at once. Declared indicators are `flow` or `state`, document exchanges
        /// `flow`, training and monitoring `stock`.
        CREATE "createIndicator" => "The new indicator";
        /// Read an indicator
        ///
        /// The indicator with its formula, source and owner, as its latest version defines it, and all versions of the definition.
        READ "getIndicator" => "The indicator";
        /// Change an indicator
        ///
        /// A JSON merge patch (RFC 7396). Changing the definition computes its figures anew. With `holds_from`, a month such as
        /// `2026-01`, the changed definition is a version of its own: it holds from that month on, in every calendar, and the months
        /// before keep theirs. Without it the latest version is changed in place; that is refused with `closed_figures` where an
        /// answer about a frozen phase or a locked period would move, and the refusal names the first month that is open.
        /// Semantics, movement and kind of source change with the first month of a phase only. Versions that would begin later
        /// give way; one that says the same as the version before it is taken back. `{"source": {"rule":
        /// {"last_event_within_days": 45}}}` changes one member of the rule; to change the kind of source, set the members of the
        /// old kind to null. Name, weight, owner, legal basis and validity have no versions.
        UPDATE "updateIndicator" => "The indicator as it is now";
        /// Delete an indicator
        ///
        /// Only an indicator no target and no observation refers to; one that is no longer used is closed (`valid_to`) instead.
        DELETE "deleteIndicator" => "It is gone";
    }
    const KEY_OF: fn(&IndicatorView) -> String = |view| view.indicator.code.to_string();
    const WRITTEN: fn(&IndicatorView) -> Option<&Self> = |view| Some(&view.indicator);
    const FIND: Find<Self> =
        Find::Catalogue(|catalogue, _, code: String| in_catalogue::<Self>(catalogue, find(catalogue, &code)?));

    type Reads = Read;
    type Writes = Manage;
    type Key = String;
    type View = IndicatorView;
    type Sort = Sort;
    type Filter = IndicatorFilter;
    type Writing = Catalogued;

    fn example() -> Value {
        json!({
            "code": "CT8", "movement": "CDS-2023-2030", "name_vi": "Bộ dữ liệu mở được công bố (ví dụ)",
            "name_en": "Open data sets published (example)",
            "numerator_definition": "Số bộ dữ liệu mở đã công bố trong kỳ.",
            "denominator_definition": "Số bộ dữ liệu mở phải công bố trong kỳ.",
            "unit": "bộ dữ liệu", "semantics": "flow", "source": {"kind": "declared"}, "owner": "H18.SKHCN",
            "legal_basis": "Kế hoạch số 2158/KH-UBND ngày 26/5/2023", "weight": 1,
            "agency_kinds": ["phong_chuyen_mon", "don_vi_su_nghiep"], "valid_from": "2027-01-01"
        })
    }

    fn patch_example() -> Value {
        json!({"weight": 2})
    }

    fn list(request: PageRequest<'_, Self>) -> Stored<Page<IndicatorView>> {
        let PageRequest { catalogue, filter, sort, slice, .. } = request;
        let IndicatorFilter { movement, semantics, source_kind, valid_on } = filter;
        let movement = movement.map(|code| movement_codes::require(catalogue, "/movement", &code)).transpose()?;
        let indicators = catalogue.indicators.iter().filter(|(_, indicator)| {
            let latest = indicator.latest();
            movement.is_none_or(|movement| movement == latest.movement)
                && semantics.is_none_or(|semantics| semantics == latest.semantics)
                && source_kind.is_none_or(|kind| kind.as_str() == latest.source.kind())
                && valid_on.is_none_or(|day| indicator.in_force_on(day))
        });
        let page = match sort {
            Sort::Code => Page::of(indicators, slice, |_, indicator| indicator.code.to_string()),
            Sort::Weight => Page::of(indicators, slice, |_, indicator| indicator.weight),
        };
        Ok(page?.map(|(id, indicator)| IndicatorView::new(catalogue, id, &indicator)))
    }
}

impl BatchResource for IndicatorInput {
    operations! {
        /// Create or change many indicators
        ///
        /// An indicator is known by its code. A row that is there takes the place of the stored one, as a whole.
        BATCH "batchIndicators" => "All rows were written";
    }
}

impl Keyed for IndicatorInput {
    // Each may move closed answers, which are compared.
    const WEIGHT: usize = 100;
    const PART: usize = 25;

    fn key(&self) -> String {
        self.code.to_string()
    }
}

impl CatalogueBatch for IndicatorInput {
    fn stored(&self, catalogue: &Catalogue) -> Option<IndicatorId> {
        catalogue.indicator(&self.code).map(|found| found.id)
    }

    fn keep_key(row: &mut Indicator, before: &Indicator) {
        row.code.clone_from(&before.code);
    }
}

string_enum! {
    /// Sort orders of indicators; the first is the default.
    Sort {
        /// By code.
        Code = "code",
        /// By weight.
        Weight = "weight",
    }
}

string_enum! {
    /// Kinds of source.
    SourceKind {
        /// Declared figures.
        Declared = "declared",
        /// E-document exchange counts.
        DocumentExchanges = "document_exchanges",
        /// Monitoring statuses of information systems.
        MonitoringStatuses = "monitoring_statuses",
        /// Training records.
        TrainingRecords = "training_records",
    }
}

/// Filters of the list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IndicatorFilter {
    /// Only the movement with this code.
    movement: Option<Code>,
    /// Only indicators whose months add up in this way.
    semantics: Option<Semantics>,
    /// Only indicators computed from this kind of records.
    source_kind: Option<SourceKind>,
    /// Only indicators in force on this day.
    valid_on: Option<Date>,
}

/// The kinds of agency that report an indicator.
type AgencyKinds = Within<Vec<AgencyKind>, 1, 8>;

/// An indicator as it is written.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "CT7", "movement": "CDS-2023-2030", "unit": "người", "owner": "H18.SKHCN", "weight": 1, "holds_from": "2026-01",
}))]
pub struct IndicatorInput {
    /// Code.
    pub code: Code,
    /// Code of the movement whose phases bound what accumulates.
    pub movement: Code,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// Definition of the numerator: the things that it counts.
    pub numerator_definition: Prose,
    /// Definition of the denominator: the things that it counts.
    pub denominator_definition: Prose,
    /// Unit of measure.
    pub unit: Name,
    /// Way in which months add up: `flow` is the sum over the window, `stock` the running sum from the phase's start,
    /// `state` each agency's last report in the window.
    pub semantics: Semantics,
    /// Source: the records it is computed from, and the rule that reads them.
    pub source: SourceInput,
    /// Identifier of the agency that answers for the definition.
    pub owner: AgencyIdentifier,
    /// The document it rests on.
    pub legal_basis: Reference,
    /// Weight in a combined score, in whole parts.
    pub weight: Weight,
    /// Kinds of agency expected to report it.
    #[schema(value_type = Vec<AgencyKind>)]
    pub agency_kinds: AgencyKinds,
    /// The first month in which this definition holds, in every calendar: movement, definitions, unit, semantics, source and
    /// kinds of agency. Null while it holds from the beginning, as that of a new indicator does.
    pub holds_from: Option<Month>,
    /// First day on which it is in force. Periods that end before it have no rows of the indicator.
    pub valid_from: Date,
    /// Last day; absent while in force. A period that ends after it has rows of a flow only, if a part of the period lies
    /// before, and only those with figures.
    pub valid_to: Option<Date>,
}

/// An indicator.
#[derive(Debug, Serialize, ToSchema)]
pub struct IndicatorView {
    /// Identity.
    pub id: IndicatorId,
    /// The indicator.
    #[serde(flatten)]
    pub indicator: IndicatorInput,
    /// Version of the definition: 1, then one more with every change of it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// All versions of the definition, in the order of their first months; the last one is shown above. In a report those
    /// that hold in its period or before it.
    #[schema(max_items = 2400)]
    pub versions: Vec<DefinitionView>,
}

impl IndicatorInput {
    fn new(catalogue: &Catalogue, indicator: &Indicator, definition: &Definition) -> Self {
        let Indicator { code, name_vi, name_en, owner, legal_basis, weight, valid_from, valid_to, .. } =
            indicator.clone();
        let Definition { holds_from, movement, semantics, ref source, .. } = *definition;
        let Definition { numerator_definition, denominator_definition, unit, agency_kinds, .. } = definition.clone();
        Self {
            code,
            movement: movement_codes::code(catalogue, movement),
            name_vi,
            name_en,
            numerator_definition,
            denominator_definition,
            unit,
            semantics,
            source: source.clone().into(),
            owner: identifier(catalogue, owner),
            legal_basis,
            weight: Weight::stored(weight),
            agency_kinds: AgencyKinds::stored(agency_kinds),
            holds_from,
            valid_from,
            valid_to,
        }
    }
}

impl CatalogueResource for IndicatorInput {
    type Entity = Indicator;
    const ID: fn(&IndicatorView) -> IndicatorId = |view| view.id;
    const ROWS: fn(&Catalogue) -> &BTreeMap<IndicatorId, Indicator> = |catalogue| &catalogue.indicators;
    const VERBS: Verbs<Indicator> =
        Verbs { insert: indicators::insert, update: indicators::update, delete: indicators::delete };

    fn parse(self, catalogue: &Catalogue, caller: &Caller, before: Option<&Indicator>) -> Stored<Indicator> {
        let mut found = Violations::default();
        let movement = found.take(movement_codes::require(catalogue, "/movement", &self.movement));
        let source = self.source.parse(&mut found);
        let owner = found.take(caller.agency(catalogue, "/owner", &self.owner));
        found.take(distinct("/agency_kinds", &self.agency_kinds));
        found.require(before.is_some() || self.holds_from.is_none(), || {
            Violation::new("/holds_from", "no_earlier_definition")
        });
        let weight = *self.weight;
        let Self { code, name_vi, name_en, legal_basis, valid_from, valid_to, .. } = self;
        let indicator = movement.zip(owner).map(|(movement, owner)| {
            let definition = Definition {
                holds_from: self.holds_from,
                version: 1,
                movement,
                numerator_definition: self.numerator_definition,
                denominator_definition: self.denominator_definition,
                unit: self.unit,
                semantics: self.semantics,
                source,
                agency_kinds: self.agency_kinds.get(),
            };
            let definitions = match before {
                Some(before) => before.definitions.with(definition),
                None => Definitions::only(definition),
            };
            Indicator { code, name_vi, name_en, owner, legal_basis, weight, valid_from, valid_to, definitions }
        });
        Ok(found.finish(indicator)?)
    }

    fn view(catalogue: &Catalogue, id: IndicatorId, indicator: &Indicator) -> IndicatorView {
        IndicatorView::new(catalogue, id, indicator)
    }
}

impl IndicatorView {
    /// The view of an indicator, as its latest version defines it.
    pub fn new(catalogue: &Catalogue, id: IndicatorId, indicator: &Indicator) -> Self {
        Self::until(catalogue, id, indicator, Month::LATEST)
    }

    /// The view of an indicator as it is defined in a month, without later versions.
    pub fn until(catalogue: &Catalogue, id: IndicatorId, indicator: &Indicator, month: Month) -> Self {
        let definition = indicator.definition_in(month);
        let until = indicator.definitions.within(Month::EARLIEST..=month).map(|span| span.definition);
        Self {
            id,
            indicator: IndicatorInput::new(catalogue, indicator, definition),
            version: definition.version,
            versions: until.map(|definition| DefinitionView::new(catalogue, definition)).collect(),
        }
    }
}

/// The code of an indicator.
pub fn code(catalogue: &Catalogue, id: IndicatorId) -> Code {
    catalogue.indicators.get(&id).map(|indicator| indicator.code.clone()).unwrap_or_default()
}

/// The indicator an input names, which must exist.
pub fn require(catalogue: &Catalogue, pointer: &str, code: &str) -> Result<IndicatorId, Violation> {
    catalogue
        .indicator(code)
        .map(|indicator| indicator.id)
        .ok_or_else(|| Violation::new(pointer, "unknown_indicator").with("code", &code))
}

/// The indicator in an address.
pub fn find(catalogue: &Catalogue, code: &str) -> Stored<IndicatorId> {
    catalogue.indicator(code).map(|indicator| indicator.id).ok_or(Error::NotFound(changes::Resource::Indicators))
}
