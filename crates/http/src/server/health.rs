//! Probes: liveness and readiness of the process.

use crate::problem::Problem;
use crate::store::Store;
use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use chrono::{TimeDelta, Utc};
use serde_json::json;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use thidua_persistence::log::changes;
use thidua_persistence::log::changes::Lag;

/// The most that the read model may be behind the log.
const MOST_BEHIND: TimeDelta = TimeDelta::seconds(30);

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/healthz", web::get().to(alive)).route("/readyz", web::get().to(ready));
}

/// Liveness probe. It asks nobody, so that a database that is away does not have every node restarted.
async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

/// Readiness probe. The reason for a refusal is told to the log only, since anybody may ask.
async fn ready(store: Data<Store>, readiness: Data<Readiness>) -> Result<HttpResponse, Problem> {
    match readiness.of(&store).await {
        Ok(seq) => Ok(HttpResponse::Ok().json(json!({ "status": "ready", "seq": seq }))),
        Err(_) => Err(Problem::unavailable()),
    }
}

/// A reason why the server cannot serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unready {
    /// It has been told to stop.
    Stopping,
    /// A thread of the database has ended: nothing can be written, or other nodes' commits are not seen.
    Threads,
    /// The database does not answer, or not in time.
    Database,
    /// The read model is too far behind the log.
    Behind,
}

impl fmt::Display for Unready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopping => "it was told to stop",
            Self::Threads => "the writer or the follower has ended",
            Self::Database => "the database does not answer",
            Self::Behind => "the read model is behind the change log",
        })
    }
}

/// The result of the last probe, so that the log tells changes and not every probe.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    was_unready: AtomicBool,
}

impl Readiness {
    /// The position served, or the reason why the server cannot serve.
    pub(super) async fn of(&self, store: &Store) -> Result<i64, Unready> {
        let found = Self::look(store).await;
        let was_unready = self.was_unready.swap(found.is_err(), Relaxed);
        match found {
            Err(why) if !was_unready => log::warn!("not ready: {why}"),
            Ok(_) if was_unready => log::info!("ready again"),
            _ => {}
        }
        found
    }

    async fn look(store: &Store) -> Result<i64, Unready> {
        if store.is_stopping() {
            return Err(Unready::Stopping);
        }
        if !store.database().threads_run() {
            return Err(Unready::Threads);
        }
        let reached = store.model().seq;
        let lag = store.probe(move |connection| changes::lag(connection, reached)).await;
        let lag = lag.ok_or(Unready::Database)?;
        if behind(&lag).is_some_and(|behind| behind > MOST_BEHIND) { Err(Unready::Behind) } else { Ok(reached) }
    }
}

/// The time for which the log has held something that the read model does not, if it does.
pub(super) fn behind(lag: &Lag) -> Option<TimeDelta> {
    // The change may have been made by a machine whose clock is ahead.
    lag.since.map(|since| (Utc::now() - since).max(TimeDelta::zero()))
}
