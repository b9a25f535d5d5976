//! Updates of the read model: the changes since the position it has come to, or the whole state.

use crate::engine::connection::Connection;
use crate::error::Result;
use crate::log::changes::Head;
use crate::log::{cell_versions, changes, past};
use crate::model::access::Access;
use crate::model::head_counts::HeadCountUpdate;
use crate::model::{Model, access, catalogue, cells, day_steps, estimates, head_counts, late_changes};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::{Cell, CellKey, DayKey};
use thidua_domain::log::changes::{Hash, Resource};
use thidua_domain::time::{Moment, civil_date};

/// The state that a model has come to.
pub(super) struct KnownState {
    seq: i64,
    hash: Hash,
    changed_on: Date,
    catalogue: Arc<Catalogue>,
    keeps_people: bool,
}

impl KnownState {
    pub(super) fn of(model: &Model) -> Self {
        Self {
            seq: model.seq,
            hash: model.hash.clone(),
            changed_on: model.changed_on,
            catalogue: Arc::clone(&model.catalogue),
            keeps_people: model.cells.people().is_some(),
        }
    }

    /// True for the state at the end of a log.
    pub(super) fn is_at(&self, head: &Head) -> bool {
        (self.seq, &self.hash) == (head.seq, &head.hash)
    }
}

/// Changes since a position.
#[derive(Default)]
pub(super) struct ModelUpdate {
    pub(super) seq: i64,
    pub(super) hash: Hash,
    pub(super) changed_on: Date,
    /// True when it is the whole state, and replaces the model.
    pub(super) from_scratch: bool,
    pub(super) cells: Vec<(CellKey, Cell)>,
    pub(super) steps: Vec<(DayKey, Cell)>,
    /// Months whose figures are estimates now, or no longer are.
    pub(super) marks: Vec<(CellKey, bool)>,
    /// Update of the head counts.
    pub(super) people: HeadCountUpdate,
    /// The last days of change of cells that were changed after cut-offs.
    pub(super) late: Vec<(CellKey, Date)>,
    /// True when `late` has all of these, and replaces the earlier ones.
    pub(super) late_anew: bool,
    pub(super) catalogue: Option<Catalogue>,
    pub(super) access: Option<Access>,
}

impl ModelUpdate {
    /// The changes that bring a model to the end of the log. A log that does not go on from the known state gives the
    /// whole one.
    pub(super) fn since(connection: &mut Connection, known: &KnownState) -> Result<Self> {
        let Head { seq, hash, at } = changes::head(&mut connection.0)?;
        let changed_on = civil_date(Moment::from_timestamp_micros(at).unwrap_or_default());
        let there = if seq == known.seq { Some(hash.clone()) } else { changes::hash_at(&mut connection.0, known.seq)? };
        let goes_on = there.is_some_and(|hash| hash == known.hash);
        if seq == known.seq && (goes_on || known.seq == 0) {
            return Ok(Self { seq, hash, changed_on, ..Self::default() });
        }
        if !goes_on && known.seq > 0 {
            // A backup was restored, or a standby took over that lacked the last commits.
            log::error!("change {}, which was served, is not in the log any more; all is read again", known.seq);
        }
        let end = (seq, changed_on);
        let content = if goes_on {
            let touched = changes::touched_between(&mut connection.0, known.seq, seq)?;
            Self::between(connection, known, end, &touched, None)?
        } else {
            Self::whole(connection, end)?
        };
        Ok(Self { seq, hash, changed_on, ..content })
    }

    /// The changes of a commit that begins at the known state and has moved nothing but cells.
    pub(super) fn of_cells(
        connection: &mut Connection,
        known: &KnownState,
        Head { seq, hash, at }: Head,
        cells: Option<BTreeMap<CellKey, Cell>>,
    ) -> Result<Self> {
        let changed_on = civil_date(Moment::from_timestamp_micros(at).unwrap_or_default());
        let content = Self::between(connection, known, (seq, changed_on), &HashSet::new(), cells)?;
        Ok(Self { seq, hash, changed_on, ..content })
    }

    /// The whole state at the end of the log.
    fn whole(connection: &mut Connection, (seq, changed_on): (i64, Date)) -> Result<Self> {
        let cells = cells::all(&mut connection.0)?;
        let estimates = estimates::now(&mut connection.0, None)?;
        let marks = estimates.into_iter().map(|key| (key, true)).collect();
        let (catalogue, access) = (past::catalogue(connection, seq)?, Some(access::read(connection)?));
        let people = HeadCountUpdate::All(head_counts::of(connection, &catalogue)?);
        let steps = day_steps::as_of(&mut connection.0, seq, changed_on)?;
        let late = late_changes::as_of(connection, catalogue.cut_offs(), None, (seq, changed_on))?;
        let (from_scratch, late_anew, catalogue) = (true, true, Some(catalogue));
        let others = Self::default();
        Ok(Self { from_scratch, cells, steps, marks, people, late, late_anew, catalogue, access, ..others })
    }

    /// The changes from a known state to a position; `touched` are the resources of the model among them, `cells` all
    /// cells that they have moved, without a step inside a month, if that is known.
    fn between(
        connection: &mut Connection,
        known: &KnownState,
        (seq, changed_on): (i64, Date),
        touched: &HashSet<Resource>,
        cells: Option<BTreeMap<CellKey, Cell>>,
    ) -> Result<Self> {
        let (cells, steps) = match cells {
            Some(cells) => (cells.into_iter().collect(), Vec::new()),
            None => {
                let cells = cell_versions::between(&mut connection.0, known.seq, seq)?;
                let steps = day_steps::given_between(&mut connection.0, known.seq, seq)?;
                (cells, steps.into_iter().map(|(_, key, step)| (key, step)).collect())
            }
        };
        let marks = if touched.contains(&Resource::Observations) {
            estimates::marked_between(&mut connection.0, known.seq, seq)?
        } else {
            Vec::new()
        };
        let catalogue = touched
            .iter()
            .any(|resource| resource.is_catalogue())
            .then(|| catalogue::moved_on(connection, (known.seq, &known.catalogue), seq));
        let access = touched.iter().any(|resource| resource.is_access()).then(|| access::read(connection));
        let (catalogue, access) = (catalogue.transpose()?, access.transpose()?);
        let now = catalogue.as_ref().unwrap_or(&known.catalogue);
        let people = HeadCountUpdate::between(
            connection,
            (now, known.keeps_people),
            (known.seq, seq),
            touched.contains(&Resource::Staff),
        )?;
        // Another cut-off makes other changes late.
        let late_anew = touched.contains(&Resource::Periods);
        let late = if late_anew {
            late_changes::as_of(connection, now.cut_offs(), None, (seq, changed_on))?
        } else {
            let known_end = (known.seq, known.changed_on);
            late_changes::since(&mut connection.0, now.cut_offs(), known_end, (seq, changed_on), &cells)?
        };
        let others = Self::default();
        Ok(Self { cells, steps, marks, people, late, late_anew, catalogue, access, ..others })
    }
}
