//! Progress of a pull: a bar on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::cell::Cell;
use std::io::IsTerminal;
use std::rc::Rc;

/// Reporter on standard error; clones share its state.
#[derive(Clone)]
pub struct Progress {
    bar: Option<ProgressBar>,
    tenths: Rc<Cell<i64>>,
}

impl Progress {
    /// A bar when standard error is a terminal, else lines.
    pub fn on_standard_error() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            match ProgressStyle::with_template("{wide_bar} {pos}/{len} ({eta})") {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        Self { bar, tenths: Rc::new(Cell::new(0)) }
    }

    /// Prints a line, above the bar if there is one.
    pub fn print(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    /// Reports that everything up to `seq` of `head` is stored, by a pull that began after `start`. Without a bar a
    /// line tells each tenth.
    pub fn stored(&self, start: i64, seq: i64, head: i64) {
        let (done, total) = (seq.saturating_sub(start), head.saturating_sub(start));
        if let Some(bar) = &self.bar {
            bar.set_length(u64::try_from(total).unwrap_or(0));
            bar.set_position(u64::try_from(done).unwrap_or(0));
            return;
        }
        let tenths = done.saturating_mul(10).checked_div(total).unwrap_or(10);
        if tenths != self.tenths.replace(tenths) {
            eprintln!("stored up to change {seq} of {head}");
        }
    }

    /// Removes the bar, if there is one.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
