//! Progress of long work: a bar on a terminal, and nothing in a journal.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use thidua_persistence::progress::{Progress, Silent};

/// A bar when standard error is a terminal.
pub fn on_standard_error() -> Box<dyn Progress> {
    if std::io::stderr().is_terminal() { Box::new(Bar::default()) } else { Box::new(Silent) }
}

/// As [`on_standard_error`], for something whose size may not be known: then nothing is reported.
pub fn on_standard_error_of(size: Option<u64>) -> Box<dyn Progress> {
    if size.is_some() { on_standard_error() } else { Box::new(Silent) }
}

/// A bar per stage.
#[derive(Debug, Default)]
struct Bar(Mutex<Option<ProgressBar>>);

impl Progress for Bar {
    fn start(&self, what: &str, total: u64) {
        let bar = ProgressBar::new(total).with_message(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} ({eta})") {
            bar.set_style(style);
        }
        bar.tick();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(bar);
    }

    fn advance(&self, by: u64) {
        if let Some(bar) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(by);
            if bar.length().is_some_and(|total| total <= bar.position()) {
                bar.finish();
            }
        }
    }
}
