//! Reading ahead: another thread, with another connection, reads the rows that later parts of a long write will look
//! up, while the first parts are written. Reading the rows that records are judged by takes as long as writing the
//! records.
//!
//! It sees what is committed. While a write is under way nobody else commits, so its rows are wrong only where the
//! write itself has changed them: facts of owners whom it had looked up before. Those are read again.

use crate::engine::connection::{Connection, Engine};
use crate::error::Result;
use crate::write::prefetch::{Facts, Prefetch, Prefetched};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A reader ahead. Its thread ends when this is dropped.
pub(crate) struct ReadAhead {
    asks: Sender<Arc<Prefetch>>,
    found: Receiver<Prefetched>,
    /// Requests that were sent and not taken yet, in order.
    asked: VecDeque<Arc<Prefetch>>,
    looked_up: HashSet<<Prefetched as Facts>::Owner>,
}

impl ReadAhead {
    /// Starts a thread; none if the system has none to spare.
    pub(crate) fn start(engine: Engine) -> Option<Self> {
        let (asks, asked) = channel();
        let (finds, found) = channel();
        let work = move || {
            if let Err(error) = serve(&engine, &asked, &finds) {
                // The write reads by itself then.
                log::warn!("nothing more is read ahead: {error}");
            }
        };
        std::thread::Builder::new().name("read-ahead".to_owned()).spawn(work).ok()?;
        Some(Self { asks, found, asked: VecDeque::new(), looked_up: HashSet::new() })
    }

    /// Requests rows that will be looked up.
    pub(crate) fn ask(&mut self, prefetch: Prefetch) {
        let prefetch = Arc::new(prefetch);
        if self.asks.send(Arc::clone(&prefetch)).is_ok() {
            self.asked.push_back(prefetch);
        }
    }

    /// The rows of a request, as they were read ahead, or else from the tables; `connection` is that of the write.
    pub(crate) fn look_up(&mut self, connection: &mut Connection, prefetch: &Prefetch) -> Result<Prefetched> {
        let facts = match self.take(prefetch) {
            Some(mut facts) => {
                let again: Vec<_> = facts.owners().filter(|owner| self.looked_up.contains(owner)).collect();
                facts.read_again(connection, &again)?;
                facts
            }
            None => Prefetched::of(connection, &prefetch.rows)?,
        };
        self.looked_up.extend(facts.owners());
        Ok(facts)
    }

    fn take(&mut self, prefetch: &Prefetch) -> Option<Prefetched> {
        self.asked.pop_front_if(|asked| **asked == *prefetch)?;
        self.found.recv().ok()
    }
}

fn serve(engine: &Engine, asked: &Receiver<Arc<Prefetch>>, finds: &Sender<Prefetched>) -> Result<()> {
    let mut connection = engine.connect_to_read(false)?;
    for prefetch in asked {
        if finds.send(Prefetched::of(&mut connection, &prefetch.rows)?).is_err() {
            break;
        }
    }
    Ok(())
}
