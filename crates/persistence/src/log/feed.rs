//! The change log as a reader may see it: every position is there, in commit order and without gaps; a change that the
//! reader must not see is a numbered blank.

use crate::engine::connection::Connection;
use crate::engine::decode::from_json;
use crate::error::Result;
use crate::log::cell_versions;
use crate::log::changes;
use crate::log::changes::LoggedChange;
use crate::log::past;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use thidua_domain::cells::{Cell, CellKey};
use thidua_domain::id::{AgencyId, IndicatorId};
use thidua_domain::log::changes::{Change, Hash, Resource, genesis};
use thidua_domain::records::information_systems::InformationSystem;
use thidua_domain::records::staff::Staff;
use thidua_domain::string_enum;
use thidua_domain::tenures::Tenures;

/// A reader of the log, with its rights.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The agencies within the reader's scope; the whole province while absent.
    pub within: Option<HashSet<AgencyId>>,
    /// True when single records may be seen.
    pub records: bool,
    /// True when users and clients may be seen.
    pub users: bool,
    /// The indicators whose cells, and errata of them, must not be seen.
    pub hidden: HashSet<IndicatorId>,
}

/// A part of the log.
#[derive(Debug)]
pub struct FeedPart {
    /// The hash of the change before the first entry.
    pub previous_hash: Hash,
    /// The changes, in order, one for every position.
    pub entries: Vec<Entry>,
    /// The end of the log as far as the reader's rights know it.
    pub head: i64,
}

/// A change as a reader may see it.
#[derive(Debug)]
pub struct Entry {
    /// The change.
    pub logged: LoggedChange,
    /// The part of it that the reader may see.
    pub sight: Sight,
    /// The values it gave to cells within the reader's scope, in key order. A write of several changes gives them all
    /// with its last.
    pub cells: Vec<(CellKey, Cell)>,
}

string_enum! {
    /// Sight of a change: the part of it that a reader may see.
    Sight {
        /// All of it.
        Whole = "whole",
        /// Only that the row has left the reader's scope, or has come into it from elsewhere.
        Gone = "gone",
        /// Only that there is a change.
        Hidden = "hidden",
    }
}

/// The part of the log after a position, of at most `limit` changes and not much more than `bytes` bytes of rows. It ends
/// with the state that the reader's rights are of: a later change may be the one that takes them away.
pub fn after(
    connection: &mut Connection,
    (reader, state): (&Reader, i64),
    seq: i64,
    limit: i64,
    bytes: usize,
) -> Result<FeedPart> {
    let head = changes::head(&mut connection.0)?.seq.min(state);
    let page = page(connection, seq, limit.min(head - seq), bytes)?;
    let last = page.last().map_or(seq, |logged| logged.change.seq);
    let mut given: BTreeMap<i64, Vec<(CellKey, Cell)>> = BTreeMap::new();
    for (at, key, cell) in cell_versions::given_between(&mut connection.0, seq, last)? {
        if reader.hidden.contains(&key.indicator) {
            continue;
        }
        if reader.within.as_ref().is_none_or(|within| within.contains(&key.agency)) {
            given.entry(at).or_default().push((key, cell));
        }
    }
    let previous_hash = match page.first() {
        Some(first) => first.previous_hash.clone(),
        None => changes::by_seqs(connection, &[seq])?.pop().map_or_else(genesis, |logged| logged.hash),
    };
    let mut entries = Vec::with_capacity(page.len());
    for logged in page {
        let sight = reader.sight(connection, &logged)?;
        let cells = given.remove(&logged.change.seq).unwrap_or_default();
        entries.push(Entry { logged, sight, cells });
    }
    Ok(FeedPart { previous_hash, entries, head })
}

/// Number of changes that are read first, to learn how large they are.
const FIRST: i64 = 64;

/// The changes after a position, read in steps: the largest so far decides how many are read next.
fn page(connection: &mut Connection, seq: i64, limit: i64, bytes: usize) -> Result<Vec<LoggedChange>> {
    let mut page: Vec<LoggedChange> = Vec::new();
    if limit <= 0 {
        return Ok(page);
    }
    let (mut read, mut largest, mut step) = (0_usize, 1_usize, FIRST.min(limit));
    loop {
        let last = page.last().map_or(seq, |logged| logged.change.seq);
        let more = changes::after(connection, last, step)?;
        let all = i64::try_from(more.len()).unwrap_or(i64::MAX) < step;
        for logged in &more {
            let Change { before, after, .. } = &logged.change;
            let size = before.as_ref().map_or(0, String::len) + after.as_ref().map_or(0, String::len);
            (read, largest) = (read + size, largest.max(size));
        }
        page.extend(more);
        let left = limit - i64::try_from(page.len()).unwrap_or(i64::MAX);
        if all || left <= 0 || read >= bytes {
            return Ok(page);
        }
        step = i64::try_from((bytes - read) / (2 * largest)).unwrap_or(i64::MAX).clamp(1, left);
    }
}

/// The most changes that are looked back over for one that the reader sees.
const LOOK_BACK: i64 = 500;

impl Reader {
    /// The last change of a write that the reader sees whole; `end` ends the write. The log does not tell where a write
    /// begins, so changes of one moment and actor are taken for one write.
    pub(crate) fn last_seen(&self, connection: &mut Connection, end: LoggedChange) -> Result<Option<LoggedChange>> {
        if self.sight(connection, &end)? == Sight::Whole {
            return Ok(Some(end));
        }
        let earlier = changes::after(connection, (end.change.seq - 1 - LOOK_BACK).max(0), LOOK_BACK)?;
        let before = earlier.into_iter().rev().skip_while(|logged| logged.change.seq >= end.change.seq);
        let write = (end.change.at, end.change.actor);
        for logged in before.take_while(|logged| (logged.change.at, logged.change.actor) == write) {
            if self.sight(connection, &logged)? == Sight::Whole {
                return Ok(Some(logged));
            }
        }
        Ok(None)
    }

    fn sight(&self, connection: &mut Connection, logged: &LoggedChange) -> Result<Sight> {
        let allowed = match logged.change.resource {
            resource if resource.is_access() => self.users,
            Resource::Errata => self.hidden.is_empty(),
            resource if is_record(resource) => self.records,
            _ => true,
        };
        if !allowed {
            return Ok(Sight::Hidden);
        }
        let Some(within) = &self.within else { return Ok(Sight::Whole) };
        let holders = holders(connection, logged)?;
        let seen = holders.iter().filter(|agency| within.contains(agency)).count();
        Ok(match seen {
            _ if seen == holders.len() => Sight::Whole,
            0 => Sight::Hidden,
            _ => Sight::Gone,
        })
    }
}

/// True for a resource of single records, which not every reader may see.
fn is_record(resource: Resource) -> bool {
    matches!(
        resource,
        Resource::Corrections
            | Resource::DocumentExchanges
            | Resource::Incidents
            | Resource::InformationSystems
            | Resource::MonitoringStatuses
            | Resource::Observations
            | Resource::Staff
            | Resource::TrainingRecords
    )
}

/// The agencies that held a row before and after a change; none for a row that no agency holds.
pub(crate) fn holders(connection: &mut Connection, logged: &LoggedChange) -> Result<Vec<AgencyId>> {
    let change = &logged.change;
    let mut found = Vec::new();
    for text in [&change.before, &change.after].into_iter().flatten() {
        let held: HolderMembers = from_json(text)?;
        found.extend(match change.resource {
            Resource::Agencies => Some(AgencyId(change.resource_id)),
            Resource::TrainingRecords => match held.staff {
                Some(id) => past::row::<Staff>(connection, Resource::Staff, id, change.seq)?
                    .map(|member| member.tenures.last().agency),
                None => None,
            },
            Resource::MonitoringStatuses => match held.system {
                Some(id) => past::row::<InformationSystem>(connection, Resource::InformationSystems, id, change.seq)?
                    .map(|system| system.tenures.last().agency),
                None => None,
            },
            _ => held.tenures.map(|tenures| tenures.last().agency).or(held.agency),
        });
    }
    found.dedup();
    Ok(found)
}

/// The members of a row that tell its holder.
#[derive(Deserialize)]
struct HolderMembers {
    agency: Option<AgencyId>,
    tenures: Option<Tenures>,
    staff: Option<i64>,
    system: Option<i64>,
}
