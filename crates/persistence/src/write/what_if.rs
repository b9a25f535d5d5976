//! Answers to what-ifs: records judged as a write judges them, and figures with their contributions. Nothing is
//! written. All is read from one state of the database, so that neither writers nor callers wait for each other.

use crate::engine::connection::Connection;
use crate::error::{Error, Result};
use crate::log::changes;
use crate::log::changes::Head;
use crate::model::shared::SharedModel;
use crate::write::batch;
use crate::write::batch::{Mode, Record, RowOutcome};
use crate::write::context::Context;
use crate::write::prefetch::{Facts, Prefetch, Prefetched};
use crate::write::rules::Rules;
use thidua_domain::Date;
use thidua_domain::catalogue::target_versions::TargetVersion;
use thidua_domain::cells::{CellKey, Cells};
use thidua_domain::figures::attainment::{Attainment, attain_assuming};
use thidua_domain::figures::question::Question;
use thidua_domain::log::changes::Resource;
use thidua_domain::time::{Moment, civil_date};

/// Assumed records on one state of the database.
pub struct WhatIf<'a> {
    connection: &'a mut Connection,
    model: &'a SharedModel,
    /// The position of that state, with the day of its change.
    head: (i64, Date),
    rules: Rules,
    /// The change of cells by them.
    difference: Cells,
    /// The cells whose figures they declare, each with true for an estimate.
    declared: Vec<(CellKey, bool)>,
}

impl<'a> WhatIf<'a> {
    /// Begins without assumed records, on the state that a transaction sees. Refuses a caller without the right to ask
    /// in that state.
    pub(crate) fn begin(connection: &'a mut Connection, model: &'a SharedModel, context: &Context) -> Result<Self> {
        let Head { seq, at, .. } = changes::head(&mut connection.0)?;
        let access = model.access_at(seq, connection)?;
        context.right.judge(|| Ok(&access))?;
        let rules = Rules::new(model.catalogue_at(seq, connection)?, context.at, at);
        let head = (seq, civil_date(Moment::from_timestamp_micros(at).unwrap_or_default()));
        Ok(Self { connection, model, head, rules, difference: Cells::default(), declared: Vec::new() })
    }

    /// The rules in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The connection, for this crate's reading functions.
    pub fn connection(&mut self) -> &mut Connection {
        self.connection
    }

    /// Reads the rows that records refer to.
    pub fn look_up(&mut self, prefetch: &Prefetch) -> Result<Prefetched> {
        Prefetched::of(self.connection, &prefetch.rows)
    }

    /// Assumes records, in the place of those with the same keys, and returns the outcome that each would have, in
    /// their order. Records of one owner belong in one call: assumed records are not seen by later calls.
    pub fn assume<R: Record>(&mut self, known: &R::References, records: Vec<R>, mode: Mode) -> Result<Vec<RowOutcome>> {
        let judged = batch::judge(self.connection, &self.rules, known, records, mode)?;
        self.difference.add_all(&judged.difference);
        self.declared.extend(judged.writes.iter().filter_map(|write| write.after.declares()));
        Ok(judged.outcomes())
    }

    /// Answers a question with the records assumed so far, by an assumed target if there is one.
    pub fn attain(&mut self, question: Question, target: Option<&TargetVersion>) -> Result<Attainment> {
        let about = (question.indicator, self.rules.logged_on());
        let mut book = self.model.book_at(self.head, self.rules.catalogue(), about, self.connection)?;
        book.add(&self.difference);
        for (key, is_estimate) in &self.declared {
            book.mark(*key, *is_estimate);
        }
        attain_assuming(self.rules.catalogue(), &book, question, target)
            .map_err(|_| Error::NotFound(Resource::Indicators))
    }
}
