//! The day as of which periods that run are judged: the query parameter `judged_on`.

use crate::problem::Problem;
use crate::request::as_of::ModelView;
use crate::response::etag::Basis;
use crate::store::Store;
use chrono::Utc;
use std::ops::Deref;
use thidua_domain::Date;
use thidua_domain::id::CalendarId;
use thidua_domain::time::{Period, civil_date};
use thidua_domain::violation::Violation;
use thidua_persistence::Model;

/// A read model, and the day on which running periods are judged by it; hold it briefly, and never across an `await`.
pub struct Judged<'a> {
    model: ModelView<'a>,
    /// The day.
    pub day: Date,
    /// Today.
    today: Date,
}

impl Deref for Judged<'_> {
    type Target = Model;

    fn deref(&self) -> &Model {
        &self.model
    }
}

impl Judged<'_> {
    /// Basis of an answer about a period: the state of the data, and the day while the period runs.
    pub fn basis(&self, calendar: CalendarId, period: Period) -> Basis<'_> {
        let runs = self.catalogue.window(calendar, period).is_some_and(|window| self.day <= window.to);
        Basis { state: self.model.state(), day: runs.then_some(self.day), today: runs.then_some(self.today) }
    }
}

impl Store {
    /// The read model as of the moment a caller asks for, and the day it is to judge on: the one the caller names, else that
    /// of the moment.
    pub async fn judged(&self, as_of: Option<&str>, judged_on: Option<Date>) -> Result<Judged<'_>, Problem> {
        let past = self.past(as_of).await?;
        let model = self.standing(past).await?;
        let today = today(&model);
        let day = judged_on.unwrap_or_else(|| past.map_or(today, |past| civil_date(past.at)));
        if day < model.changed_on || today < day {
            return Err(out_of_range(day, model.changed_on, today).into());
        }
        Ok(Judged { model, day, today })
    }

    /// Today's civil day; not before that of the last change, as times in the log never go back.
    pub fn today(&self) -> Date {
        today(&self.model())
    }
}

fn today(model: &Model) -> Date {
    civil_date(Utc::now()).max(model.changed_on)
}

fn out_of_range(day: Date, first: Date, today: Date) -> Violation {
    Violation::new("/judged_on", "judged_on_out_of_range").with("day", &day).with("first", &first).with("today", &today)
}
