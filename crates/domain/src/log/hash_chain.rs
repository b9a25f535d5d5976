//! The chain of the change log, followed link by link, be the log in a database or exported.

use crate::log::changes::{Change, Hash, genesis};

/// A checkpoint: a position of the log and its hash, as somebody has kept them outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownHash {
    /// The position.
    pub seq: i64,
    /// The hash of the change there.
    pub hash: Hash,
}

/// A change as it is found in a log.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// Its position.
    pub seq: i64,
    /// The hash of the change before it as the link states it, if it does.
    pub previous: Option<&'a str>,
    /// Its content; none when it is not shown.
    pub change: Option<&'a Change>,
    /// Its own hash, as the link states it.
    pub hash: &'a str,
}

/// Follows a log from a position on. A fault is told in words that begin with the change.
#[derive(Debug)]
pub struct Follower<'a> {
    known: &'a [KnownHash],
    last: i64,
    hash: Option<Hash>,
    unchecked: i64,
}

impl<'a> Follower<'a> {
    /// Begins with the change after a position: after 0, whose hash is always known, or where a part of a log begins.
    pub fn after(seq: i64, known: &'a [KnownHash]) -> Self {
        let kept = known.iter().find(|known| known.seq == seq).map(|known| known.hash.clone());
        let hash = if seq == 0 { Some(genesis()) } else { kept };
        Self { known, last: seq, hash, unchecked: 0 }
    }

    /// The last change followed.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// Number of changes whose hashes could not be checked, as their content is not shown or the change before them is
    /// unknown.
    pub fn unchecked(&self) -> i64 {
        self.unchecked
    }

    /// Follows one change more.
    pub fn follow(&mut self, link: Link<'_>) -> Result<(), String> {
        let seq = link.seq;
        if seq != self.last + 1 {
            return Err(format!("change {seq}: follows change {}, {} expected", self.last, self.last + 1));
        }
        if let (Some(said), Some(hash)) = (link.previous, &self.hash)
            && said != hash
        {
            return Err(format!("change {seq}: is not chained to the change before it"));
        }
        match (link.change, &self.hash) {
            (Some(change), Some(previous)) if change.hash(previous) != link.hash => {
                return Err(format!("change {seq}: its content does not fit its hash"));
            }
            (Some(_), Some(_)) => {}
            _ => self.unchecked += 1,
        }
        if self.known.iter().any(|known| known.seq == seq && known.hash != link.hash) {
            return Err(format!("change {seq}: has another hash than its checkpoint: the log has been rewritten"));
        }
        self.last = seq;
        self.hash = Some(link.hash.to_owned());
        Ok(())
    }

    /// Ends with the log. Refuses a log that ends before a checkpoint: it has been cut.
    pub fn finish(&self) -> Result<(), String> {
        match self.known.iter().map(|known| known.seq).filter(|seq| *seq > self.last).min() {
            Some(beyond) => Err(format!(
                "change {beyond}: is not there, although a checkpoint was taken of it: the log ends at change {} and has \
                 been cut",
                self.last
            )),
            None => Ok(()),
        }
    }
}
