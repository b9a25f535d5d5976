//! Turns at a resource that few can use at a time: who waits too long, or comes when too many wait, is sent away.

use crate::problem::Problem;
use actix_web::web;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Turns at something.
pub struct Turns {
    /// Who may wait, those whose turn it is among them.
    admitted: Arc<Semaphore>,
    /// Who may use it.
    running: Arc<Semaphore>,
}

/// How many may wait for each that can be used.
const WAITING: usize = 64;
/// How long a turn is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a turn may take until its caller is sent away; the turn itself ends when its work does.
const TIME: Duration = Duration::from_secs(10);

impl Turns {
    /// At something that so many can use at a time.
    pub fn new(many: u32) -> Self {
        let many = usize::try_from(many).unwrap_or(usize::MAX / WAITING - 1).max(1);
        let admitted = Arc::new(Semaphore::new(many.saturating_mul(1 + WAITING).min(Semaphore::MAX_PERMITS)));
        Self { admitted, running: Arc::new(Semaphore::new(many.min(Semaphore::MAX_PERMITS))) }
    }

    /// Does work that blocks, off the async threads, when its turn has come.
    pub async fn take<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| Problem::unavailable())?;
        let turn = timeout(PATIENCE, Arc::clone(&self.running).acquire_owned()).await;
        let turn = turn.map_err(|_| Problem::unavailable())?.map_err(Problem::internal)?;
        let done = web::block(move || {
            let _held = (admitted, turn);
            work()
        });
        timeout(TIME, done).await.map_err(|_| Problem::unavailable())?.map_err(Problem::internal)
    }
}
