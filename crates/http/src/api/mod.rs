//! Every resource of the API, by wing; the declaration or the routes of each stand at the head of its file. The contract is
//! read off the same function that the server mounts.

pub mod accounts;
pub mod catalogue;
pub mod closing;
pub mod exchange;
pub mod figures;
pub mod log;
pub mod records;

use crate::api::accounts::{
    change_password, client_keys, clients, invitations, login, new_users, second_factors, sessions, sign_on, users,
};
use crate::api::catalogue::calendars::CalendarInput;
use crate::api::catalogue::indicators::IndicatorInput;
use crate::api::catalogue::targets::TargetInput;
use crate::api::catalogue::{agencies, periods, phases};
use crate::api::closing::corrections::CorrectionInput;
use crate::api::closing::{decisions, errata, locks, reopenings};
use crate::api::exchange::export_profiles;
use crate::api::figures::{attainments, explanations, provincial_report, rehearsal, what_if};
use crate::api::log::{audit, changes, checkpoints, receipts, reconcile};
use crate::api::records::courses::CourseInput;
use crate::api::records::document_exchanges::DocumentExchangeInput;
use crate::api::records::incidents::IncidentInput;
use crate::api::records::monitoring_statuses::MonitoringStatusInput;
use crate::api::records::observations::ObservationInput;
use crate::api::records::training_records::TrainingRecordInput;
use crate::api::records::{erasure, information_systems, staff};
use crate::request::resource::{verbs, verbs_and_batch};
use thidua_domain::catalogue::holidays::Holiday;
use thidua_domain::catalogue::movements::Movement;
use utoipa_actix_web::service_config::ServiceConfig;

/// Mounts everything below [`BASE`](crate::request::BASE), wing by wing; beside each line stands its part of the addresses.
pub fn api(config: &mut ServiceConfig<'_>) {
    // A request is compared with one route after the other: what is asked most stands first.

    // Figures
    attainments::routes(config); // /attainments: list, figure, series
    explanations::routes(config); // /attainments: explain
    what_if::routes(config); // /attainments: what-if
    provincial_report::routes(config); // /provincial-report
    rehearsal::routes(config); // /provincial-report: rehearse

    // Records
    verbs_and_batch::<TrainingRecordInput>(config); // /training-records
    staff::routes(config); // /staff: six verbs, transfers, name
    erasure::routes(config); // /staff: erasure
    verbs_and_batch::<CourseInput>(config); // /courses
    verbs_and_batch::<DocumentExchangeInput>(config); // /document-exchanges
    verbs_and_batch::<ObservationInput>(config); // /observations
    information_systems::routes(config); // /information-systems: six verbs, transfers
    verbs_and_batch::<MonitoringStatusInput>(config); // /monitoring-statuses
    verbs_and_batch::<IncidentInput>(config); // /incidents

    // Log
    changes::routes(config); // /changes
    receipts::routes(config); // /changes: receipts
    reconcile::routes(config); // /changes: reconcile
    audit::routes(config); // /audit: changes, events
    checkpoints::routes(config); // /audit: checkpoints

    // Exchange
    export_profiles::routes(config); // /export-profiles: five verbs, report, metadata

    // Catalogue
    agencies::routes(config); // /agencies: five verbs, batch, merger
    verbs::<CalendarInput>(config); // /calendars
    periods::routes(config); // /periods: five verbs, batch, resolve
    verbs_and_batch::<Holiday>(config); // /holidays
    verbs::<Movement>(config); // /movements
    phases::routes(config); // /movements: phases, five verbs
    verbs_and_batch::<IndicatorInput>(config); // /indicators
    verbs_and_batch::<TargetInput>(config); // /targets

    // Closing
    locks::routes(config); // /locks: list, create, read, delete
    reopenings::routes(config); // /reopenings
    verbs::<CorrectionInput>(config); // /corrections: list, create, read
    decisions::routes(config); // /corrections: approve, reject, close
    errata::routes(config); // /errata

    // Accounts
    login::routes(config); // /auth: login; /me
    sessions::routes(config); // /auth: refresh, logout, logout-everywhere
    sign_on::routes(config); // /auth: sign-on
    change_password::routes(config); // /auth: password
    second_factors::routes(config); // /auth: second-factor, its confirmation and removal
    new_users::routes(config); // /users: batch
    users::routes(config); // /users: list, create, read, update, erasure
    invitations::routes(config); // /users: invitation; /invitations: accept
    clients::routes(config); // /clients: list, create, read, update, erasure
    client_keys::routes(config); // /clients: keys, their rotation
}

/// The tags of the contract with their descriptions, in the order Swagger UI shows them.
pub const TAGS: &[(&str, &str)] = &[
    ("auth", "Logging in and out."),
    ("attainments", "Attainment of the targets."),
    ("provincial-report", "The report that the provincial reporting system pulls."),
    ("changes", "The change log as a feed, for whoever keeps a copy."),
    ("audit", "Changes and events, with those who made them, and the proof."),
    ("export-profiles", "The provincial report in the form other systems ask for."),
    ("observations", "Declared figures."),
    ("document-exchanges", "E-document exchange counts."),
    ("training-records", "Training records."),
    ("courses", "Training courses."),
    ("staff", "Members of staff."),
    ("information-systems", "Information systems."),
    ("monitoring-statuses", "Security monitoring."),
    ("incidents", "Incidents and early warnings."),
    ("agencies", "Agencies."),
    ("movements", "Movements and their phases."),
    ("indicators", "Indicators."),
    ("targets", "Targets."),
    ("periods", "Reporting periods."),
    ("holidays", "Public holidays, and days of a weekend that are worked."),
    ("locks", "Locks on the figures of a period, and their reopening."),
    ("corrections", "Corrections of locked figures."),
    ("errata", "Changes of figures after they were told."),
    ("calendars", "Reporting calendars."),
    ("users", "Users."),
    ("clients", "Machines that may come in, and their keys."),
];
