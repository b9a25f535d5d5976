//! Check of a change log that somebody has exported and kept, without the server and without its database.

use crate::api::log::logged_changes::LoggedChange;
use std::io::BufRead;
use thidua_domain::log::hash_chain::{Follower, KnownHash, Link};
use thidua_domain::log::replay::{Recorded, Replay};
use thidua_persistence::log::feed::Sight;
use thidua_persistence::progress::Progress;

/// The result of a check of a log that holds together.
#[derive(Debug, PartialEq, Eq)]
pub struct Checked {
    /// The change before the first line.
    pub after: i64,
    /// The change of the last line.
    pub last: i64,
    /// Changes whose hashes could not be checked: not shown whole, or without the change before them.
    pub unchecked: i64,
    /// Number of cells computed; none when the log does not hold all that they are made of.
    pub cells: Option<usize>,
}

/// The reason why a log was not found to be whole.
#[derive(Debug, PartialEq, Eq)]
pub enum LogFault {
    /// It differs from what the server has given, in words.
    Difference(String),
    /// It could not be read or checked.
    Unreadable(String),
}

/// Checks a log line by line: chain, hashes and the checkpoints known of it; then, if it is whole, its cells.
pub fn check(log: impl BufRead, known: &[KnownHash], progress: &dyn Progress) -> Result<Checked, LogFault> {
    let mut reading = None;
    for (index, line) in log.lines().enumerate() {
        let line = line.map_err(|error| LogFault::Unreadable(format!("line {}: {error}", index + 1)))?;
        progress.advance(u64::try_from(line.len() + 1).unwrap_or(0));
        let said: LoggedChange = serde_json::from_str(&line).map_err(|error| {
            LogFault::Difference(format!("line {}: is not a change of the log: {error}", index + 1))
        })?;
        reading.get_or_insert_with(|| LogReading::from(&said, known)).take(&said).map_err(LogFault::Difference)?;
    }
    reading.ok_or_else(|| LogFault::Unreadable("the log is empty".to_owned()))?.finish(known)
}

/// A log being read.
struct LogReading<'a> {
    after: i64,
    follower: Follower<'a>,
    /// The replay of the log, as long as all of it is shown.
    replay: Option<Replay>,
}

impl<'a> LogReading<'a> {
    fn from(first: &LoggedChange, known: &'a [KnownHash]) -> Self {
        let after = first.seq.saturating_sub(1);
        Self { after, follower: Follower::after(after, known), replay: (after == 0).then(Replay::default) }
    }

    fn take(&mut self, said: &LoggedChange) -> Result<(), String> {
        let change = match said.sight {
            Sight::Whole => {
                Some(said.change().ok_or_else(|| format!("change {}: is not whole, as it says", said.seq))?)
            }
            Sight::Gone | Sight::Hidden => None,
        };
        let change = change.as_ref();
        self.follower.follow(Link { seq: said.seq, previous: None, change, hash: &said.hash })?;
        let Some(change) = change else {
            self.replay = None;
            return Ok(());
        };
        let Some(replay) = &mut self.replay else { return Ok(()) };
        let given = said.cells.iter().map(|cell| {
            cell.parse().ok_or_else(|| format!("change {}: gives a cell a month that there is not", said.seq))
        });
        replay.follow(change, Recorded { cells: &given.collect::<Result<Vec<_>, _>>()?, steps: &[] });
        Ok(())
    }

    fn finish(self, known: &[KnownHash]) -> Result<Checked, LogFault> {
        if let Some(before) = known.iter().find(|known| known.seq < self.after) {
            return Err(LogFault::Unreadable(format!(
                "the checkpoint of change {} cannot be checked: the log begins with change {}",
                before.seq,
                self.after + 1
            )));
        }
        self.follower.finish().map_err(LogFault::Difference)?;
        let cells = self.replay.map(Replay::finish).transpose().map_err(LogFault::Difference)?.map(|cells| cells.len());
        let (last, unchecked) = (self.follower.last(), self.follower.unchecked());
        Ok(Checked { after: self.after, last, unchecked, cells })
    }
}
