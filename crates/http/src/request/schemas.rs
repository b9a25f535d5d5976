//! Domain enums in the contract: each is a schema of its own, with the spellings that are taken.

use std::borrow::Cow;
use std::marker::PhantomData;
use thidua_domain::accounts::{client_keys, scopes, users};
use thidua_domain::catalogue::{agencies, calendars, holidays, record_kinds, sources, target_versions};
use thidua_domain::closing::{corrections, errata};
use thidua_domain::exchange::export_profiles;
use thidua_domain::figure;
use thidua_domain::figures::{completeness, explanation, rehearsal, small_cells};
use thidua_domain::log::{changes, events};
use thidua_domain::records::{courses, incidents, information_systems, monitoring_statuses, observations};
use thidua_domain::text::StringEnum;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A string with one of the spellings of an enum.
pub struct Spelling<T>(PhantomData<T>);

impl<T: StringEnum> PartialSchema for Spelling<T> {
    fn schema() -> RefOr<Schema> {
        let spellings = T::SPELLINGS.iter().copied();
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(spellings)).build().into()
    }
}

impl<T: StringEnum> ToSchema for Spelling<T> {
    fn name() -> Cow<'static, str> {
        T::NAME.into()
    }
}

/// Kinds of agency.
pub type AgencyKind = Spelling<agencies::AgencyKind>;
/// Verdicts.
pub type Verdict = Spelling<figure::Verdict>;
/// Reasons why there is no verdict by a target.
pub type Absence = Spelling<completeness::Absence>;
/// States of corrections.
pub type CorrectionState = Spelling<corrections::CorrectionState>;
/// Reasons for withholding figures.
pub type Withholding = Spelling<small_cells::Withholding>;
/// Ways to take late records.
pub type LateRecords = Spelling<calendars::LateRecords>;
/// Kinds of exception to the working week.
pub type HolidayKind = Spelling<holidays::HolidayKind>;
/// Kinds of course.
pub type CourseKind = Spelling<record_kinds::CourseKind>;
/// Forms of teaching.
pub type CourseForm = Spelling<courses::CourseForm>;
/// Directions of an exchange.
pub type Direction = Spelling<record_kinds::Direction>;
/// Subjects of rows.
pub type ExportRows = Spelling<export_profiles::ReportRows>;
/// Objects that a value is looked up in.
pub type ExportOf = Spelling<export_profiles::SourcePlace>;
/// Patterns of dates.
pub type ExportDatePattern = Spelling<export_profiles::DatePattern>;
/// Patterns of periods.
pub type ExportPeriodPattern = Spelling<export_profiles::PeriodPattern>;
/// Meanings of an erratum's numbers.
pub type ErratumMeasure = Spelling<errata::ErratumMeasure>;
/// Incidents and early warnings.
pub type IncidentKind = Spelling<incidents::IncidentKind>;
/// Severities.
pub type Severity = Spelling<incidents::Severity>;
/// States of reports.
pub type ReportClock = Spelling<incidents::ReportClock>;
/// Time semantics.
pub type Semantics = Spelling<sources::Semantics>;
/// Counts of an e-document exchange.
pub type DocumentMeasure = Spelling<sources::DocumentMeasure>;
/// Grounds for an agency's part to count as reported.
pub type ReportedBy = Spelling<sources::ReportedBy>;
/// Grounds of a level.
pub type LevelBasis = Spelling<information_systems::LevelBasis>;
/// Parties that monitor.
pub type Monitor = Spelling<monitoring_statuses::Monitor>;
/// Kinds of fault that a rehearsal finds.
pub type FindingKind = Spelling<rehearsal::FindingKind>;
/// Reasons for the faults.
pub type FindingReason = Spelling<rehearsal::FindingReason>;
/// Steps that settle them.
pub type FindingStep = Spelling<rehearsal::FindingStep>;
/// Natures of figures.
pub type Nature = Spelling<observations::Nature>;
/// Kinds of staff.
pub type StaffKind = Spelling<record_kinds::StaffKind>;
/// Comparisons.
pub type Comparison = Spelling<target_versions::Comparison>;
/// Results of training.
pub type TrainingResult = Spelling<record_kinds::TrainingResult>;
/// Kinds of key.
pub type KeyKind = Spelling<client_keys::KeyKind>;
/// Scopes of keys.
pub type Scope = Spelling<scopes::Scope>;
/// Roles.
pub type Role = Spelling<users::Role>;
/// Requirements that a person or a system may not meet.
pub type Lack = Spelling<explanation::Lack>;
/// Reasons why something adds nothing to a figure.
pub type LeftOut = Spelling<explanation::LeftOut>;
/// Kinds of actor.
pub type ActorKind = Spelling<changes::ActorKind>;
/// Kinds of event.
pub type EventKind = Spelling<events::EventKind>;
/// Extents to which a change may be seen.
pub type Sight = Spelling<thidua_persistence::log::feed::Sight>;
/// Resources.
pub type Resource = Spelling<changes::Resource>;
/// Operations on a row.
pub type Operation = Spelling<changes::Operation>;
