//! Replay of a change log into an empty database, change by change, each through the function of its kind of write.

use crate::engines::Place;
use crate::server::{PASSWORD, Server};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::Arc;
use thidua_domain::accounts::clients::Client;
use thidua_domain::catalogue::holidays::Holiday;
use thidua_domain::closing::corrections::{Correction, Decision};
use thidua_domain::id::{AccountId, ClientKeyId};
use thidua_domain::log::changes::{Change, Operation, Resource};
use thidua_domain::records::document_exchanges::DocumentExchange;
use thidua_domain::records::incidents::Incident;
use thidua_domain::records::monitoring_statuses::MonitoringStatus;
use thidua_domain::records::observations::Observation;
use thidua_domain::records::training_records::TrainingRecord;
use thidua_domain::text::{Code, Name};
use thidua_http::crypto::passwords;
use thidua_persistence::accounts::users::UserProfile;
use thidua_persistence::accounts::*;
use thidua_persistence::catalogue::*;
use thidua_persistence::closing::*;
use thidua_persistence::exchange::*;
use thidua_persistence::log::*;
use thidua_persistence::records::*;
use thidua_persistence::write::batch::Record;
use thidua_persistence::write::records as single;
use thidua_persistence::*;

/// A server's change log, with the identifiers of persons in the open: a database filled from it seals them anew.
pub fn log(server: &Server) -> Vec<Change> {
    let read = |connection: &mut Connection| {
        let mut log = changes::after(connection, 0, 10_000)?;
        personal_data::open_all(connection, log.iter_mut())?;
        Ok(log)
    };
    server.database().read(read).expect("a log").into_iter().map(|logged| logged.change).collect()
}

/// Replays changes into an empty place. What the log does not hold is made up: users are `admin`, `user-2` …, with the
/// password of every test, clients are `client-3` …, with keys that nobody has, and names are gone.
pub fn replay(place: &Place, changes: Vec<Change>) -> Arc<Database> {
    let database = Arc::new(place.open());
    for change in changes {
        let seq = change.seq;
        if seq <= database.model().seq {
            continue; // An erratum: it comes by itself with the change that makes it.
        }
        let at = change.moment();
        let context =
            Context { actor: change.actor, at, reason: change.reason.clone(), ..Context::of_program(at, None) };
        let what = format!("{} {} of {}", change.operation, change.resource_id, change.resource);
        database
            .write(context, move |transaction| apply(transaction, &change))
            .unwrap_or_else(|error| panic!("change {seq}, {what}: {error}"));
        if database.model().seq < seq {
            // The rows now look alike, since the difference is erased or was never logged: another change takes the
            // position.
            let context = Context::of_program(at, None);
            let give_up = move |transaction: &mut Transaction<'_>| {
                revoked_tokens::revoke(transaction, AccountId(1), &format!("in place of {seq}"), at)
            };
            database.write(context, give_up).expect("a change");
        }
        assert!(database.model().seq >= seq, "{what} is a change again");
    }
    database
}

fn apply(transaction: &mut Transaction<'_>, change: &Change) -> Result<()> {
    macro_rules! with {
        ($module:ident) => {{
            let id = change.resource_id.into();
            match change.operation {
                Operation::Create => {
                    $module::insert(transaction, &after(change)).map(|created| assert_eq!(created, id))
                }
                Operation::Update => $module::update(transaction, id, &after(change)),
                Operation::Delete => $module::delete(transaction, id),
            }
        }};
    }
    match change.resource {
        Resource::Agencies => with!(agencies),
        Resource::Calendars => with!(calendars),
        Resource::ClientKeys => client_key(transaction, change),
        Resource::Clients => client(transaction, change),
        Resource::Courses => with!(courses),
        Resource::DocumentExchanges => record::<DocumentExchange>(transaction, change),
        Resource::ExportProfiles => with!(export_profiles),
        Resource::Corrections => correction(transaction, change),
        // They come by themselves with the changes that make them.
        Resource::Errata | Resource::Reopenings => Ok(()),
        Resource::Holidays => record::<Holiday>(transaction, change),
        Resource::Incidents => record::<Incident>(transaction, change),
        Resource::Locks if change.operation == Operation::Delete => {
            locks::delete(transaction, change.resource_id.into())
        }
        Resource::Locks => locks::insert(transaction, &after(change)).map(|_| ()),
        Resource::Indicators => with!(indicators),
        Resource::InformationSystems => with!(information_systems),
        Resource::MonitoringStatuses => record::<MonitoringStatus>(transaction, change),
        Resource::Movements => with!(movements),
        Resource::Observations => record::<Observation>(transaction, change),
        Resource::Periods => with!(periods),
        Resource::Phases => with!(phases),
        Resource::Staff => with!(staff),
        Resource::Targets => with!(targets),
        Resource::TrainingRecords if change.operation == Operation::Create => {
            training_records::insert(transaction, &after(change))
                .map(|created| assert_eq!(created.0, change.resource_id))
        }
        Resource::TrainingRecords => record::<TrainingRecord>(transaction, change),
        Resource::Users => user(transaction, change),
        Resource::RevokedTokens => {
            revoked_tokens::revoke(transaction, AccountId(1), &change.seq.to_string(), change.moment())
        }
    }
}

fn record<R: Record<Id: PartialEq + Debug>>(transaction: &mut Transaction<'_>, change: &Change) -> Result<()> {
    let id = R::Id::from(change.resource_id);
    match change.operation {
        Operation::Create => single::insert::<R>(transaction, &after(change)).map(|created| assert_eq!(created, id)),
        Operation::Update => single::update::<R>(transaction, id, &after(change)),
        Operation::Delete => single::delete(transaction, id),
    }
}

fn correction(transaction: &mut Transaction<'_>, change: &Change) -> Result<()> {
    let id = change.resource_id.into();
    let asked: Correction = after(change);
    let before = change.before.as_deref().map(|text| serde_json::from_str::<Correction>(text).expect("a correction"));
    match (before.map(|before| before.decision), asked.decision.clone()) {
        (None, _) => corrections::insert(transaction, &asked).map(|_| ()),
        (Some(Decision::Pending), Decision::Approved { window, .. }) => {
            corrections::approve(transaction, id, Some(window.opens_at), Some(window.closes_at))
        }
        (Some(Decision::Pending), Decision::Rejected { reason, .. }) => corrections::reject(transaction, id, reason),
        _ => corrections::close(transaction, id),
    }
}

fn user(transaction: &mut Transaction<'_>, change: &Change) -> Result<()> {
    let id = AccountId(change.resource_id);
    let username = if id == AccountId(1) { "admin".to_owned() } else { format!("user-{id}") };
    let profile =
        UserProfile { username: Code::parse("", &username)?, display_name: None, user: after(change), sign_on: None };
    match change.operation {
        Operation::Create => {
            users::insert(transaction, &profile, &passwords::hash(PASSWORD).expect("a hash")).map(|_| ())
        }
        _ => users::update(transaction, id, &profile, None),
    }
}

fn client(transaction: &mut Transaction<'_>, change: &Change) -> Result<()> {
    let id = AccountId(change.resource_id);
    let name = format!("client-{id}");
    let Client { role, agency, disabled } = after(change);
    let (client_id, name) = (Code::parse("", &name)?, Name::parse("", &name)?);
    let profile = clients::ClientProfile { client_id, name, role, agency, disabled };
    match change.operation {
        Operation::Create => clients::insert(transaction, &profile).map(|_| ()),
        _ => clients::update(transaction, id, &profile),
    }
}

fn client_key(transaction: &mut Transaction<'_>, change: &Change) -> Result<()> {
    let id = ClientKeyId(change.resource_id);
    match change.operation {
        Operation::Create => client_keys::insert(transaction, &after(change), None, &id.to_string()).map(|_| ()),
        Operation::Update => client_keys::update(transaction, id, &after(change)),
        Operation::Delete => client_keys::delete(transaction, id),
    }
}

fn after<E: DeserializeOwned>(change: &Change) -> E {
    let text = change.after.as_deref().expect("a row");
    serde_json::from_str(text).unwrap_or_else(|error| panic!("change {}: {error}: {text}", change.seq))
}
