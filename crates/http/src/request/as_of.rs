//! Answers as of a moment of the past: the query parameter `asOf`.

use crate::auth::caller::Caller;
use crate::problem::Problem;
use crate::request::time::LocalTime;
use crate::store::Store;
use chrono::Utc;
use serde::Deserialize;
use std::ops::Deref;
use std::sync::{Arc, RwLockReadGuard};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::text::Shape;
use thidua_domain::time::{Moment, end_of_day};
use thidua_domain::violation::Violation;
use thidua_persistence::log::changes;
use thidua_persistence::{AsOf, Connection, Database, Model, Result};
use utoipa::IntoParams;

/// The shape of `asOf`: a position in the change log, a day, or a time (RFC 3339) with its offset.
pub const SHAPE: Shape = Shape {
    min_length: 1,
    max_length: 35,
    pattern: r"^([0-9]{1,15}|[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))?)$",
};

/// Moment of the past to answer as of.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AsOfQuery {
    /// Moment of the past to answer as of: a time with an offset such as `2026-11-01T00:00:00+07:00`, a day such as
    /// `2026-09-30`, which stands for its end in Asia/Ho_Chi_Minh, or the `seq` of a change. Of a write of several
    /// changes name the last: at an earlier one, rows have changed already and figures have not, which nobody ever saw.
    #[serde(rename = "asOf")]
    #[param(format = "as-of")]
    pub as_of: Option<String>,
}

/// A read model to answer from; hold it briefly, and never across an `await`.
pub enum ModelView<'a> {
    /// The present one.
    Now(RwLockReadGuard<'a, Model>),
    /// That of a moment of the past.
    Then(Arc<Model>),
}

impl Deref for ModelView<'_> {
    type Target = Model;

    fn deref(&self) -> &Model {
        match self {
            Self::Now(model) => model,
            Self::Then(model) => model,
        }
    }
}

impl Store {
    /// The read model as of the moment a caller asks for, now when none.
    pub async fn model_as_of(&self, as_of: Option<&str>) -> std::result::Result<ModelView<'_>, Problem> {
        let past = self.past(as_of).await?;
        self.standing(past).await
    }

    /// The read model as of a moment of the past, now when none.
    pub(crate) async fn standing(&self, past: Option<AsOf>) -> std::result::Result<ModelView<'_>, Problem> {
        match past {
            None => Ok(ModelView::Now(self.model())),
            Some(past) => Ok(ModelView::Then(self.blocking(move |database| database.model_at(past)).await?)),
        }
    }

    /// The catalogue as of the moment a caller asks for, now when none.
    pub async fn catalogue_as_of(&self, query: &AsOfQuery) -> std::result::Result<Arc<Catalogue>, Problem> {
        match self.past(query.as_of.as_deref()).await? {
            None => Ok(self.catalogue()),
            Some(past) => self.blocking(move |database| database.catalogue_at(past)).await,
        }
    }

    /// Reads rows, with the catalogue, as of the moment a caller asks for, now when none.
    pub async fn read_as_of<T: Send + 'static>(
        &self,
        query: &AsOfQuery,
        work: impl FnOnce(&mut Connection, &Catalogue) -> Result<T> + Clone + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        let past = self.past(query.as_of.as_deref()).await?;
        self.blocking(move |database| match past {
            None => {
                let catalogue = Arc::clone(&database.model().catalogue);
                database.read_replicated(|connection| work(connection, &catalogue))
            }
            Some(past) => {
                let catalogue = database.catalogue_at(past)?;
                database.read_at(past, |connection| work(connection, &catalogue))
            }
        })
        .await
    }

    /// The row with a key, as its resource reads it within the caller's scope, as of the moment the caller asks for.
    pub async fn row_as_of<K: Clone + Send + 'static, V: Send + 'static>(
        &self,
        query: &AsOfQuery,
        caller: Caller,
        key: K,
        visible: fn(&mut Connection, &Catalogue, &Caller, K) -> Result<V>,
    ) -> std::result::Result<V, Problem> {
        if query.as_of.is_none() {
            let catalogue = self.catalogue();
            return self.read_row(move |connection| visible(connection, &catalogue, &caller, key)).await;
        }
        self.read_as_of(query, move |connection, catalogue| visible(connection, catalogue, &caller, key)).await
    }

    /// The moment of the past that a caller asks for.
    pub(crate) async fn past(&self, as_of: Option<&str>) -> std::result::Result<Option<AsOf>, Problem> {
        let Some(text) = as_of else { return Ok(None) };
        if let Ok(seq) = text.parse::<i64>() {
            if !(0..=self.end_of_log(seq).await?).contains(&seq) {
                return Err(not_yet().into());
            }
            return self.reached(move |database| database.past_at_seq(seq)).await.map(Some);
        }
        let at = moment(text)?;
        if at > Utc::now() {
            return Err(not_yet().into());
        }
        self.reached(move |database| database.past_at_time(at)).await.map(Some)
    }

    /// The state that is found, if there was one: there was none before the first change.
    async fn reached(
        &self,
        find: impl FnOnce(&Database) -> Result<AsOf> + Send + 'static,
    ) -> std::result::Result<AsOf, Problem> {
        let past = self.blocking(find).await?;
        if past.seq > 0 {
            return Ok(past);
        }
        let first = self.read(changes::first_moment).await?;
        Err(before_first_change(first).into())
    }
}

/// The moment that a text names; a day stands for its last microsecond in Asia/Ho_Chi_Minh.
fn moment(text: &str) -> std::result::Result<Moment, Violation> {
    let is_day = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if is_day {
        Date::read(text).ok_or_else(unreadable)?;
        return Date::parse("/asOf", text).map(end_of_day);
    }
    // A plus sign that was not escaped reaches us as a blank.
    let at = LocalTime::read(&text.replace(' ', "+")).ok_or_else(unreadable)?;
    Ok(at.with_timezone(&Utc))
}

fn unreadable() -> Violation {
    Violation::new("/asOf", "invalid_as_of")
}

fn not_yet() -> Violation {
    Violation::new("/asOf", "as_of_in_future")
}

fn before_first_change(first: Option<Moment>) -> Violation {
    match first.map(|first| LocalTime(first).to_string()) {
        Some(first) => Violation::new("/asOf", "before_first_change").with("first", &first),
        None => Violation::new("/asOf", "before_first_change.none"),
    }
}
