//! Every resource of the API, by wing; the routes of each stand at the head of its file. The contract is read off the
//! same function that the server mounts.

pub mod accounts;
pub mod catalogue;
pub mod closing;
pub mod exchange;
pub mod figures;
pub mod log;
pub mod records;

use crate::api::accounts::{change_password, client_keys, clients, login, second_factors, sessions, sign_on, users};
use crate::api::catalogue::calendars::CalendarInput;
use crate::api::catalogue::{agencies, indicators, movements, periods, phases, targets};
use crate::api::closing::{corrections, errata, locks, reopenings};
use crate::api::exchange::export_profiles;
use crate::api::figures::{attainments, explanations, provincial_report, rehearsal, what_if};
use crate::api::log::{audit, changes, checkpoints, receipts, reconcile};
use crate::api::records::courses::CourseInput;
use crate::api::records::document_exchanges::DocumentExchangeInput;
use crate::api::records::{
    erasure, incidents, information_systems, monitoring_statuses, observations, staff, training_records,
};
use crate::request::resource::{five_verbs, six_verbs};
use utoipa_actix_web::service_config::ServiceConfig;

/// Mounts everything below [`BASE`](crate::request::BASE), wing by wing.
pub fn api(config: &mut ServiceConfig<'_>) {
    // A request is compared with one route after the other: what is asked most stands first.

    // Figures
    attainments::routes(config);
    explanations::routes(config);
    what_if::routes(config);
    provincial_report::routes(config);
    rehearsal::routes(config);

    // Records
    training_records::routes(config);
    staff::routes(config);
    erasure::routes(config);
    six_verbs::<CourseInput>(config);
    six_verbs::<DocumentExchangeInput>(config);
    observations::routes(config);
    information_systems::routes(config);
    monitoring_statuses::routes(config);
    incidents::routes(config);

    // Log
    changes::routes(config);
    receipts::routes(config);
    reconcile::routes(config);
    audit::routes(config);
    checkpoints::routes(config);

    // Exchange
    export_profiles::routes(config);

    // Catalogue
    agencies::routes(config);
    five_verbs::<CalendarInput>(config);
    periods::routes(config);
    movements::routes(config);
    phases::routes(config);
    indicators::routes(config);
    targets::routes(config);

    // Closing
    locks::routes(config);
    reopenings::routes(config);
    corrections::routes(config);
    errata::routes(config);

    // Accounts
    login::routes(config);
    sessions::routes(config);
    sign_on::routes(config);
    change_password::routes(config);
    second_factors::routes(config);
    users::routes(config);
    clients::routes(config);
    client_keys::routes(config);
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
    ("locks", "Locks on the figures of a period, and their reopening."),
    ("corrections", "Corrections of locked figures."),
    ("errata", "Changes of figures after they were told."),
    ("calendars", "Reporting calendars."),
    ("users", "Users."),
    ("clients", "Machines that may come in, and their keys."),
];
