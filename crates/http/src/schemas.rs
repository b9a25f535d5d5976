//! How domain enums look in the contract: each is a schema of its own, with the spellings that are taken.

use std::borrow::Cow;
use std::marker::PhantomData;
use thidua_domain::text::Spelled;
use thidua_domain::{
    agencies, attainment, corrections, courses, document_exchanges, errata, incidents, indicators, information_systems,
    monitoring_statuses, observations, staff, targets, training_records, users,
};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A string with one of the spellings of an enum.
pub struct Spelling<T>(PhantomData<T>);

impl<T: Spelled> PartialSchema for Spelling<T> {
    fn schema() -> RefOr<Schema> {
        let spellings = T::SPELLINGS.iter().copied();
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(spellings)).build().into()
    }
}

impl<T: Spelled> ToSchema for Spelling<T> {
    fn name() -> Cow<'static, str> {
        T::NAME.into()
    }
}

/// Kinds of agency.
pub type AgencyKind = Spelling<agencies::AgencyKind>;
/// Verdicts.
pub type Verdict = Spelling<attainment::Verdict>;
/// How corrections stand.
pub type CorrectionState = Spelling<corrections::CorrectionState>;
/// Kinds of course.
pub type CourseKind = Spelling<courses::CourseKind>;
/// Forms of teaching.
pub type CourseForm = Spelling<courses::CourseForm>;
/// Directions of an exchange.
pub type Direction = Spelling<document_exchanges::Direction>;
/// What the numbers of an erratum measure.
pub type ErratumMeasure = Spelling<errata::ErratumMeasure>;
/// Incidents and early warnings.
pub type IncidentKind = Spelling<incidents::IncidentKind>;
/// Severities.
pub type Severity = Spelling<incidents::Severity>;
/// How reports stand.
pub type ReportClock = Spelling<incidents::ReportClock>;
/// Time semantics.
pub type Semantics = Spelling<indicators::Semantics>;
/// Counts of an e-document exchange.
pub type DocumentMeasure = Spelling<indicators::DocumentMeasure>;
/// Kinds of source.
pub type SourceKind = Spelling<crate::indicators::SourceKind>;
/// Grounds of a level.
pub type LevelBasis = Spelling<information_systems::LevelBasis>;
/// Who monitors.
pub type Monitor = Spelling<monitoring_statuses::Monitor>;
/// Natures of figures.
pub type Nature = Spelling<observations::Nature>;
/// Kinds of staff.
pub type StaffKind = Spelling<staff::StaffKind>;
/// Comparisons.
pub type Comparison = Spelling<targets::Comparison>;
/// Results of training.
pub type TrainingResult = Spelling<training_records::TrainingResult>;
/// Modes of a batch.
pub type BatchMode = Spelling<crate::batch::BatchMode>;
/// Roles.
pub type Role = Spelling<users::Role>;
