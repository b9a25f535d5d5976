//! Progress of long work on standard error: a bar on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use thidua_persistence::progress::{Progress, Silent};

/// A bar when standard error is a terminal, else lines.
pub fn on_standard_error() -> Box<dyn Progress> {
    if std::io::stderr().is_terminal() { Box::new(Bar::default()) } else { Box::new(Lines::default()) }
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

/// A line per tenth of a stage, at most.
#[derive(Debug, Default)]
struct Lines(Mutex<Stage>);

#[derive(Debug, Default)]
struct Stage {
    what: String,
    total: u64,
    done: u64,
    tenths: u64,
}

impl Progress for Lines {
    fn start(&self, what: &str, total: u64) {
        let stage = Stage { what: what.to_owned(), total, done: 0, tenths: 0 };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    fn advance(&self, by: u64) {
        let mut stage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stage.done = stage.done.saturating_add(by);
        let tenths = stage.done.saturating_mul(10).checked_div(stage.total).unwrap_or(10).min(10);
        if tenths > stage.tenths {
            stage.tenths = tenths;
            eprintln!("{}: {} % ({}/{})", stage.what, tenths * 10, stage.done, stage.total);
        }
    }
}
