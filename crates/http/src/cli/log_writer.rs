//! Writer of the log to standard error.
//!
//! Lines of requests come by the ten thousand, and nobody waits for one: they are buffered here and written some
//! milliseconds' worth at a time, by a thread of their own. Any other line is written at once, after all that were
//! logged before it.

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

/// Time a line of a request waits for others.
const PAUSE: Duration = Duration::from_millis(5);
/// The most bytes that wait: beyond it the thread that logs writes them itself.
const MOST: usize = 1 << 20;

impl LogLines {
    /// An empty buffer, with a thread that writes the lines in it.
    pub(crate) fn start() -> Arc<Self> {
        let lines = Arc::new(Self { waiting: Mutex::default(), come: Condvar::new(), writing: Mutex::default() });
        let served = Arc::clone(&lines);
        // Without a thread, when the system has none to spare, they are written when there are many, or before the next
        // line that does not wait.
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
        // A failure to write to standard error cannot be reported anywhere else.
        let _ = io::stderr().write_all(&lines);
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<u8>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, line: &[u8]) {
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

/// The logger's target: it puts lines into the buffer.
pub(crate) struct Pipe(pub(crate) Arc<LogLines>);

impl Write for Pipe {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.append(line);
        Ok(line.len())
    }

    /// Does nothing, as it is called after every line: lines of requests shall wait.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
