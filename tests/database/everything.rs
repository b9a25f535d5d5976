//! A database with a row in every table.

use crate::database::fixture::{Fixture, context, course, hire, observation, trained};
use chrono::TimeDelta;
use serde_json::{Value, json};
use support::engines::FromEngine;
use thidua_domain::accounts::users::Role;
use thidua_domain::catalogue::holidays::Holiday;
use thidua_domain::catalogue::record_kinds::CourseKind;
use thidua_domain::closing::corrections::Decision;
use thidua_domain::fraction::Count;
use thidua_domain::log::changes::Actor;
use thidua_domain::log::events::{Event, EventKind};
use thidua_domain::records::document_exchanges::DocumentExchange;
use thidua_domain::records::incidents::Incident;
use thidua_domain::records::monitoring_statuses::MonitoringStatus;
use thidua_domain::records::training_records::TrainingRecord;
use thidua_domain::text::{Code, Name, Reference};
use thidua_persistence::accounts::users::UserProfile;
use thidua_persistence::accounts::{client_keys, clients, revoked_tokens, users};
use thidua_persistence::catalogue::{agencies, holidays, indicators, periods, targets};
use thidua_persistence::closing::{corrections, locks};
use thidua_persistence::exchange::export_profiles;
use thidua_persistence::records::{
    courses, document_exchanges, incidents, information_systems, monitoring_statuses, observations, staff,
    training_records,
};
use thidua_persistence::{Context, Result, Transaction};

/// The small world with one row of everything else in it.
pub(crate) struct Everything(pub(crate) Fixture);

impl FromEngine for Everything {
    fn on(engine: support::Engine) -> Option<Self> {
        let world = Fixture::on(engine)?;
        let ids = world.ids.clone();
        let (commune, calendar, declared) = (world.commune(), world.ids.calendars[0], world.ids.indicators[2]);
        world
            .write(move |transaction| {
                let (department, division) = (ids.agencies[1], ids.agencies[3]);
                agencies::merge(transaction, department, &[division], "2026-07-01".parse().expect("a date"))?;
                let person = hire(transaction, "NV-1", commune)?;
                staff::set_name(transaction, person, &Name::parse("", "Lò Thị Mẫu")?)?;
                let certificate = Some(Reference::parse("", "CC-1")?);
                let training = TrainingRecord { certificate, ..trained(person, ids.courses[0], "2026-02-01") };
                training_records::insert(transaction, &training)?;
                let exchange = json!({"agency": commune, "calendar": calendar, "month": "2026-02", "direction": "incoming",
                    "total": 20, "secret": 1, "electronic": 10, "signed": 5, "paperless": 2, "failed": 0});
                document_exchanges::insert(transaction, &row::<DocumentExchange>(exchange))?;
                let system = json!({"code": "HT-1", "name": "Cổng", "level": 2, "level_basis": "nd85_2016",
                    "tenures": [{"agency": commune, "from": "2026-01-01", "to": "2026-12-20"}]});
                let system = information_systems::insert(transaction, &row(system))?;
                let status = json!({"system": system, "on": "2026-02-01", "level_approved": true, "plan_deployed": true,
                    "monitored_by": "own", "last_event": "2026-01-31", "assessment_valid_until": "2027-01-01",
                    "evidence": "12/BC", "note": null});
                monitoring_statuses::insert(transaction, &row::<MonitoringStatus>(status))?;
                let incident = json!({"agency": commune, "system": system, "kind": "incident", "severity": "low",
                    "title": "Mất điện", "description": null, "detected_at": "2026-02-01T00:00:00Z",
                    "first_reported_at": "2026-02-01T01:00:00Z", "detailed_reported_at": null, "resolved_at": null});
                incidents::insert(transaction, &row::<Incident>(incident))?;
                let target = json!({"indicator": declared, "scope": {"year": 2026}, "agency": commune,
                    "value": {"numerator": 1, "denominator": 2}, "comparison": "at_least", "basis": "2158/KH-UBND"});
                targets::insert(transaction, &row(target))?;
                let dates = json!({"calendar": calendar, "period": "2026-03", "cut_off": "2026-03-14",
                    "submission_due": "2026-03-18", "locks_on": null});
                periods::insert(transaction, &row(dates))?;
                let day_off = json!({"date": "2026-09-02", "kind": "holiday", "name_vi": "Quốc khánh",
                    "name_en": "National Day", "basis": "TB 1"});
                holidays::insert(transaction, &row::<Holiday>(day_off))?;
                let profile = json!({"code": "BIEU-1", "name_vi": "Biểu", "name_en": null, "description": null,
                    "is_example": false, "mapping": {"rows": "attainments", "envelope": null, "properties": [
                        {"name": "Ten", "label_vi": "Tên", "label_en": null, "value": {"kind": "constant", "text": "A"}}]}});
                export_profiles::insert(transaction, &row(profile))?;
                let held = courses::insert(transaction, &course("K-9", CourseKind::Ai, department))?;
                courses::delete(transaction, held)?;
                user(transaction)?;
                client(transaction)?;
                let event = Event {
                    at: transaction.now().timestamp_micros(),
                    kind: EventKind::PersonalData,
                    actor: Actor::SYSTEM,
                    address: None,
                    operation: "listStaff".to_owned(),
                    subjects: vec![person.0],
                    detail: None,
                    reason: Some("Theo đề nghị".to_owned()),
                    times: 3,
                };
                transaction.append_event(&event)
            })
            .expect("it fits");
        world
            .write(move |transaction| correct(transaction, observation(declared, commune, calendar, 202_602, (3, 4))))
            .expect("it fits");
        let said = Context { reason: Some("Khóa nhầm kỳ".to_owned()), ..context() };
        world
            .database
            .write(said, move |transaction| {
                let lock = json!({"calendar": calendar, "period": "2026-01", "agency": commune, "reason": "Khóa",
                    "locked_at": transaction.now()});
                let lock = locks::insert(transaction, &row(lock))?;
                locks::delete(transaction, lock)
            })
            .expect("it fits");
        // The indicator begins later, which makes an erratum of the answer about the month that is open again.
        world
            .write(move |transaction| {
                let before = transaction.catalogue().indicators[&declared].clone();
                let valid_from = "2026-01-20".parse().expect("a date");
                indicators::update(
                    transaction,
                    declared,
                    &thidua_domain::catalogue::indicators::Indicator { valid_from, ..before },
                )
            })
            .expect("it fits");
        Some(Self(world))
    }
}

/// A user who has logged out.
fn user(transaction: &mut Transaction<'_>) -> Result<()> {
    let profile = UserProfile {
        username: Code::parse("", "can-bo")?,
        display_name: None,
        user: row(json!({"role": Role::Viewer, "agency": null, "disabled": false, "password_version": 1})),
        sign_on: None,
    };
    let id = users::insert(transaction, &profile, "no hash")?;
    let in_an_hour = transaction.now() + TimeDelta::hours(1);
    revoked_tokens::revoke(transaction, id, "a-token", in_an_hour)
}

/// A client with a key that has been used.
fn client(transaction: &mut Transaction<'_>) -> Result<()> {
    let profile = clients::ClientProfile {
        client_id: Code::parse("", "kho-du-lieu")?,
        name: Name::parse("", "Kho dữ liệu")?,
        role: Role::Puller,
        agency: None,
        disabled: false,
    };
    let client = clients::insert(transaction, &profile)?;
    let now = transaction.now();
    let key = json!({"client": client, "kind": "api_key", "scopes": ["read"], "networks": ["10.18.0.0/16"],
        "created_at": now, "expires_at": now + TimeDelta::days(30)});
    let key = client_keys::insert(transaction, &row(key), Some(&Name::parse("", "Kéo số liệu")?), "no hash")?;
    client_keys::used(transaction, key)
}

/// Declares a figure, locks it and corrects it, which makes an erratum.
fn correct(
    transaction: &mut Transaction<'_>,
    mut declared: thidua_domain::records::observations::Observation,
) -> Result<()> {
    let (calendar, agency) = (declared.calendar, declared.agency);
    let id = observations::insert(transaction, &declared)?;
    let lock = json!({"calendar": calendar, "period": "2026-02", "agency": agency, "reason": "Khóa",
        "locked_at": transaction.now()});
    locks::insert(transaction, &row(lock))?;
    let correction = thidua_domain::closing::corrections::Correction {
        calendar,
        period: thidua_domain::time::Period::parse("", "2026-02")?,
        agency,
        indicator: Some(declared.indicator),
        reason: Reference::parse("", "Sót")?,
        document_number: Reference::parse("", "1/CV")?,
        requested_by: transaction.author(),
        requested_at: transaction.now(),
        decision: Decision::Pending,
    };
    let correction = corrections::insert(transaction, &correction)?;
    corrections::approve(transaction, correction, None, None)?;
    declared.numerator = Count::stored(2);
    observations::update(transaction, id, &declared)
}

impl Everything {
    /// A write a second later.
    pub(crate) fn later<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Clone + Send + 'static,
    ) -> T {
        let first = context();
        self.0.database.write(Context { at: first.at + TimeDelta::seconds(1), ..first }, work).expect("it fits")
    }
}

#[track_caller]
fn row<E: serde::de::DeserializeOwned>(value: Value) -> E {
    serde_json::from_value(value).expect("a row")
}
