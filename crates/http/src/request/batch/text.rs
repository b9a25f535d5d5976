//! The text of a batch, in blocks that are given back as soon as they are read: a large one is never there twice.

use crate::problem::Problem;
use crate::request::payload::Arrival;
use crate::request::whole_numbers::WholeNumbers;
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, Read};
use thidua_domain::violation::Violation;

/// Text that has arrived.
#[derive(Default)]
pub struct Text {
    blocks: VecDeque<Vec<u8>>,
    len: usize,
}

/// A line of a text that is not empty.
pub struct Line<'a> {
    /// Its number, from 1: empty lines count.
    pub number: usize,
    /// Bytes of the spaces before its text.
    pub indent: usize,
    /// Its text, without spaces around it.
    pub text: &'a [u8],
}

/// A text that has arrived whole, with its digest.
pub(super) struct Arrived {
    pub(super) text: Text,
    /// Digest that tells it from others.
    pub(super) digest: String,
}

/// Bytes of a block.
pub const BLOCK: usize = 1 << 16;
/// Bytes that a row may have. Its parsed form takes many times as much for a moment.
pub const ROW: usize = 1 << 17;
/// Bytes that a value takes as it is read, at most, for each byte of its text.
const PER_BYTE: usize = 32;

impl Text {
    /// Reads a whole body, taking room as it comes. Once it is there, it takes room for its rows, by the number of
    /// places where one may end, and for one row as it is parsed: a few bytes of a slow body hold no more than
    /// themselves.
    pub(super) async fn of(
        mut body: Arrival,
        ends: impl Fn(&u8) -> bool,
        beside: impl Fn(usize) -> usize,
    ) -> Result<Arrived, Problem> {
        let (room, mut digest) = (body.room(), Context::new(&SHA256));
        let (mut text, mut rows) = (Self::default(), 1_usize);
        let (mut numbers, mut passed) = (WholeNumbers::default(), Vec::new());
        while let Some(bytes) = body.next().await? {
            rows += bytes.iter().filter(|byte| ends(byte)).count();
            room.grow(text.len + bytes.len()).await?;
            digest.update(&bytes);
            numbers.pass(&bytes, &mut passed);
            text.push(&passed);
            passed.clear();
        }
        numbers.end(&mut passed);
        text.push(&passed);
        room.grow(text.len + beside(rows) + text.len.min(ROW) * PER_BYTE).await?;
        Ok(Arrived { text, digest: URL_SAFE_NO_PAD.encode(digest.finish()) })
    }

    /// Adds what comes next.
    pub fn push(&mut self, mut bytes: &[u8]) {
        self.len += bytes.len();
        while !bytes.is_empty() {
            if self.blocks.back().is_none_or(|block| block.len() >= BLOCK) {
                let first = self.blocks.is_empty();
                self.blocks.push_back(if first { Vec::new() } else { Vec::with_capacity(BLOCK) });
            }
            let Some(block) = self.blocks.back_mut() else { return };
            let (fits, rest) = bytes.split_at(bytes.len().min(BLOCK - block.len()));
            block.extend_from_slice(fits);
            bytes = rest;
        }
    }

    /// Bytes of it.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The whole of a short one.
    pub fn short(&self) -> Option<&[u8]> {
        match self.blocks.len() {
            0 => Some(&[]),
            1 => self.blocks.front().map(Vec::as_slice),
            _ => None,
        }
    }

    /// Hands over every line that is not empty, until one is refused.
    pub fn lines<E: From<Violation>>(self, mut take: impl FnMut(Line<'_>) -> Result<(), E>) -> Result<(), E> {
        let (mut begun, mut indent, mut rows, mut number) = (Vec::new(), 0, 0, 1);
        let mut line = |number: usize, indent: usize, text: &[u8]| {
            let started = text.trim_ascii_start();
            let (indent, text) = (indent + text.len() - started.len(), started.trim_ascii_end());
            if text.is_empty() {
                return Ok(());
            }
            require_line(text.len(), rows, number)?;
            rows += 1;
            take(Line { number, indent, text })
        };
        for block in self.blocks {
            let mut parts = block.split(|byte| *byte == b'\n');
            let last = parts.next_back().unwrap_or_default();
            for part in parts {
                if begun.is_empty() {
                    line(number, indent, part)?;
                } else {
                    begun.extend_from_slice(part);
                    line(number, indent, &std::mem::take(&mut begun))?;
                }
                (number, indent) = (number + 1, 0);
            }
            begun.extend_from_slice(last);
            // Spaces around a row do not count.
            if begun.len() > ROW {
                indent += begun.len() - begun.trim_ascii_start().len();
                begun = begun.trim_ascii().to_vec();
                line(number, indent, begun.get(..ROW + 1).unwrap_or_default())?;
            }
        }
        line(number, indent, &begun)
    }

    /// A reader that gives its blocks back, and stops within a row that is too large.
    pub fn reader<'a>(self, row: &'a RowBytes) -> impl Read + 'a {
        BlockReader { blocks: self.blocks, at: 0, row }
    }
}

/// Refuses a line that has more bytes than any row needs.
fn require_line(bytes: usize, row: usize, number: usize) -> Result<(), Violation> {
    if bytes <= ROW {
        return Ok(());
    }
    let (most, line) = (ROW >> 10, number.to_string());
    Err(Violation::new(format!("/{row}"), "row_too_large.line").with("most", &most).with("line", &line))
}

/// The refusal of a row of an array that has more bytes than any needs.
pub(super) fn row_too_large(row: usize) -> Violation {
    let most = ROW >> 10;
    Violation::new(format!("/{row}"), "row_too_large").with("most", &most)
}

/// Bytes that were read since a row began.
#[derive(Default)]
pub struct RowBytes(Cell<usize>);

impl RowBytes {
    /// Begins another row.
    pub fn begin(&self) {
        self.0.set(0);
    }

    /// True when they are more than a row may have.
    pub fn are_too_many(&self) -> bool {
        self.0.get() > ROW
    }
}

struct BlockReader<'a> {
    blocks: VecDeque<Vec<u8>>,
    at: usize,
    row: &'a RowBytes,
}

impl Read for BlockReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(block) = self.blocks.front() else { return Ok(0) };
            let rest = block.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                self.blocks.pop_front();
                self.at = 0;
                continue;
            }
            let count = rest.len().min(into.len());
            for (to, from) in into.iter_mut().zip(rest) {
                *to = *from;
            }
            self.at += count;
            self.row.0.set(self.row.0.get() + count);
            return if self.row.are_too_many() { Err(io::Error::other("a row is too large")) } else { Ok(count) };
        }
    }
}
