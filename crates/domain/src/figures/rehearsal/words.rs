//! Sentences of a rehearsal: which text, and what fills it in.

use crate::message::{Message, ToArgument};
use crate::time::Month;
use std::fmt::Display;

/// The most names in one sentence.
const NAMED: usize = 10;

/// A fault and its remedy in words.
pub(super) struct FindingText {
    pub(super) text: Message,
    pub(super) todo: Message,
}

impl FindingText {
    /// The texts with two keys.
    pub(super) fn new(text: &'static str, todo: &'static str) -> Self {
        Self { text: Message::new(text), todo: Message::new(todo) }
    }

    /// The same texts with a named value in them. Each holds the ones that it names.
    pub(super) fn with(self, name: &'static str, value: &(impl ToArgument + ?Sized)) -> Self {
        Self { text: self.text.with(name, value), todo: self.todo.with(name, value) }
    }
}

/// Several things, the first of them by name.
pub(super) fn listed<T: Display>(things: impl IntoIterator<Item = T>) -> String {
    let all: Vec<_> = things.into_iter().map(|thing| thing.to_string()).collect();
    let more = if all.len() > NAMED { ", …" } else { "" };
    let named: Vec<_> = all.into_iter().take(NAMED).collect();
    format!("{}{more}", named.join(", "))
}

/// Months by name, all of them: a period has few.
pub(super) fn all(months: &[Month]) -> String {
    months.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
