//! Standard error, as the log is written to it.
//!
//! Lines of requests come by the ten thousand, and nobody waits for one: they are put down here and written some
//! milliseconds' worth at a time, by a thread of their own. Whatever else is said is written at once, after all that was
//! said before it.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Lines on their way to standard error.
pub(crate) struct LogLines {
    waiting: Mutex<Vec<u8>>,
    come: Condvar,
    /// Held while lines are written, so that they stay in order.
    writing: Mutex<()>,
}

/// How long a line of a request waits for others.
const PAUSE: Duration = Duration::from_millis(5);
/// How many bytes wait at most: then whoever has more to say writes them.
const MOST: usize = 1 << 20;

impl LogLines {
    /// None yet, and somebody to write those that wait.
    pub(crate) fn start() -> Arc<Self> {
        let lines = Arc::new(Self { waiting: Mutex::default(), come: Condvar::new(), writing: Mutex::default() });
        let served = Arc::clone(&lines);
        // Without one, when the system has no thread to spare, they are written when there are many, or before the next
        // that does not wait.
        let _ = std::thread::Builder::new().name("log".to_owned()).spawn(move || served.serve());
        lines
    }

    fn serve(&self) {
        loop {
            let waiting = self.come.wait_while(self.waiting(), |waiting| waiting.is_empty());
            drop(self.come.wait_timeout(waiting.unwrap_or_else(PoisonError::into_inner), PAUSE));
            self.write_out();
        }
    }

    /// Writes all that waits.
    pub(crate) fn write_out(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = std::mem::take(&mut *self.waiting());
        // Where else should it be said that nobody can be told?
        let _ = io::stderr().write_all(&lines);
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<u8>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_down(&self, line: &[u8]) {
        let mut waiting = self.waiting();
        waiting.extend_from_slice(line);
        let (first, many) = (waiting.len() == line.len(), waiting.len() > MOST);
        drop(waiting);
        if many {
            self.write_out();
        } else if first {
            self.come.notify_one();
        }
    }
}

/// Where the log puts its lines down.
pub(crate) struct Pipe(pub(crate) Arc<LogLines>);

impl Write for Pipe {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.put_down(line);
        Ok(line.len())
    }

    /// Does nothing: it is called after every line.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
