//! The follower: a thread that applies the commits of other processes to the read model.

use crate::engine::connection::{Connection, Engine};
use crate::error::{Error, Result};
use crate::model::shared::SharedModel;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Starts the follower; it stops when the sender is dropped.
pub(crate) fn start(engine: Engine, model: Arc<SharedModel>, every: Duration) -> Result<(Sender<()>, JoinHandle<()>)> {
    let (stop, stopped) = channel();
    let mut follower = Follower { engine, model, connection: None, is_behind: false };
    let thread = std::thread::Builder::new()
        .name("follower".to_owned())
        .spawn(move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                follower.turn();
            }
        })
        .map_err(Error::internal)?;
    Ok((stop, thread))
}

struct Follower {
    engine: Engine,
    model: Arc<SharedModel>,
    connection: Option<Connection>,
    /// True when the last turn failed: an outage is logged once.
    is_behind: bool,
}

impl Follower {
    fn turn(&mut self) {
        // A panic in one turn must not prevent the next one.
        let caught_up = catch_unwind(AssertUnwindSafe(|| self.catch_up()))
            .unwrap_or_else(|_| Err(Error::internal("the follower panicked")));
        match caught_up {
            Ok(()) if self.is_behind => log::info!("following the change log again"),
            Err(error) if !self.is_behind => log::warn!("cannot follow the change log: {error}"),
            Ok(()) | Err(_) => {}
        }
        self.is_behind = self.connection.is_none();
    }

    fn catch_up(&mut self) -> Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.engine.connect()?,
        };
        self.model.catch_up(&mut connection)?;
        self.connection = Some(connection);
        Ok(())
    }
}
