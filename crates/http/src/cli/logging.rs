//! The log on standard error: every record is one line, whatever it holds.

use crate::cli::log_writer::{LogLines, Pipe};
use crate::config::LogFormat;
use crate::server::REQUESTS;
use crate::store::current_request::CurrentRequest;
use env_logger::Target;
use env_logger::fmt::Formatter;
use log::kv::{Error, Key, Value, VisitSource, VisitValue};
use log::{Log, Metadata, Record};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

/// Sets the log up, as `RUST_LOG` filters it; panics go into it, too. It has to be flushed before the program ends.
pub fn init(format: LogFormat) {
    let lines = LogLines::start();
    let mut builder = env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info"));
    match format {
        LogFormat::Text => builder.format(text),
        LogFormat::Json => builder.format(json),
    };
    let records = builder.target(Target::Pipe(Box::new(Pipe(Arc::clone(&lines))))).build();
    log::set_max_level(records.filter());
    // Setting up fails only where there is a log already: this is the first.
    let _ = log::set_boxed_logger(Box::new(Logger { records, lines }));
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        let place = panic.location().map_or_else(String::new, |place| format!(" at {place}"));
        log::error!("thread {thread} panicked{place}: {}", panic.payload_as_str().unwrap_or("without a text"));
    }));
}

/// The logger. Of its lines only those of requests may wait.
struct Logger {
    records: env_logger::Logger,
    lines: Arc<LogLines>,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.records.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        self.records.log(record);
        if record.target() != REQUESTS && self.records.matches(record) {
            self.lines.write_out();
        }
    }

    fn flush(&self) {
        self.lines.write_out();
    }
}

/// `[TIME LEVEL TARGET] MESSAGE`, and the identity of the request whose handler logs it, if one does.
fn text(out: &mut Formatter, record: &Record<'_>) -> std::io::Result<()> {
    let mut line = String::with_capacity(256);
    // Writing to a text does not fail.
    let _ = write!(line, "[{} {:<5} {}] ", out.timestamp(), record.level(), record.target());
    let start = line.len();
    let _ = line.write_fmt(*record.args());
    if line.get(start..).is_some_and(has_hostile) {
        let message = line.split_off(start);
        push_harmless(&mut line, &message);
    }
    let _ = CurrentRequest::read(|request| write!(line, " request_id={}", request.id));
    line.push('\n');
    out.write_all(line.as_bytes())
}

/// True for a text with characters that are escaped. Most texts are plain ASCII, which is looked for first.
fn has_hostile(text: &str) -> bool {
    !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.contains(is_hostile)
}

/// Adds a text to a line, escaped so that it neither begins a new line nor commands a terminal.
fn push_harmless(line: &mut String, text: &str) {
    for letter in text.chars() {
        if is_hostile(letter) { line.extend(letter.escape_default()) } else { line.push(letter) }
    }
}

/// Control characters, and the separators of lines and paragraphs; all have four hexadecimal digits at most.
fn is_hostile(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// An object with `time` (RFC 3339, UTC), `level`, `target`, `message`, the record's own members, and the identity of
/// the request whose handler logs it.
fn json(out: &mut Formatter, record: &Record<'_>) -> std::io::Result<()> {
    let mut line = Line(String::with_capacity(256));
    line.text("time", &out.timestamp_millis().to_string());
    line.text("level", record.level().as_str());
    line.text("target", record.target());
    line.text("message", &record.args().to_string());
    // Writing the members into a text does not fail.
    let _ = record.key_values().visit(&mut line);
    CurrentRequest::read(|request| line.text("request_id", &request.id));
    writeln!(out, "{{{}}}", line.0)
}

/// The members of an object, as they are written.
struct Line(String);

impl Line {
    fn text(&mut self, name: &str, value: &str) {
        let mut text = String::with_capacity(value.len() + 2);
        for letter in serde_json::Value::from(value).to_string().chars() {
            if is_hostile(letter) {
                // Writing to a text does not fail.
                let _ = write!(text, "\\u{:04x}", u32::from(letter));
            } else {
                text.push(letter);
            }
        }
        self.raw(name, &text);
    }

    fn raw(&mut self, name: &str, value: &str) {
        let comma = if self.0.is_empty() { "" } else { "," };
        // Writing to a text does not fail.
        let _ = write!(self.0, "{comma}{}:{value}", serde_json::Value::from(name));
    }
}

impl<'kvs> VisitSource<'kvs> for Line {
    fn visit_pair(&mut self, name: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        value.visit(MemberWriter { line: self, name: name.as_str() })
    }
}

/// A member whose value is to be written.
struct MemberWriter<'a> {
    line: &'a mut Line,
    name: &'a str,
}

impl<'v> VisitValue<'v> for MemberWriter<'_> {
    fn visit_any(&mut self, value: Value<'_>) -> Result<(), Error> {
        self.line.text(self.name, &value.to_string());
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), Error> {
        self.line.raw(self.name, "null");
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), Error> {
        self.line.raw(self.name, &value.to_string());
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), Error> {
        self.line.raw(self.name, &value.to_string());
        Ok(())
    }
}
