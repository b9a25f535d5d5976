//! A map whose values are held as bytes, those of neighbouring identities together: a log of ten million changes makes
//! millions of rows, and one by one each would cost more than its content.

use super::packing::Packed;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::ops::Range;

/// Identities whose values stand in one block.
const BLOCK: i64 = 32;

/// Values by identity.
#[derive(Debug)]
pub(super) struct PackedMap<V> {
    /// By identities divided by [`BLOCK`]: for each value, in identity order, the rest of the division, a length, and
    /// so many bytes.
    blocks: HashMap<i64, Vec<u8>>,
    values: PhantomData<V>,
}

impl<V> Default for PackedMap<V> {
    fn default() -> Self {
        Self { blocks: HashMap::new(), values: PhantomData }
    }
}

impl<V: Packed> PackedMap<V> {
    /// The value of an identity.
    pub(super) fn get(&self, id: i64) -> Option<V> {
        let block = self.blocks.get(&id.div_euclid(BLOCK))?;
        let mut entry = &block[entry(block, id.rem_euclid(BLOCK).cast_unsigned())];
        let (_place, _length) = (u64::unpack(&mut entry)?, u64::unpack(&mut entry)?);
        V::unpack(&mut entry)
    }

    /// Gives an identity a value, or takes it away.
    pub(super) fn set(&mut self, id: i64, value: Option<&V>) {
        let (number, place) = (id.div_euclid(BLOCK), id.rem_euclid(BLOCK).cast_unsigned());
        let block = self.blocks.entry(number).or_default();
        let now = value.map(|value| packed(place, value)).unwrap_or_default();
        let before = entry(block, place);
        let grown = (block.len() + now.len()).saturating_sub(before.len());
        if grown > block.capacity() {
            // Twice the room, as vectors take it, would be half empty.
            block.reserve_exact(grown + grown / 8 - block.len());
        }
        block.splice(before, now);
        if block.is_empty() {
            self.blocks.remove(&number);
        }
    }

    /// The identities that have a value, in no order.
    pub(super) fn ids(&self) -> impl Iterator<Item = i64> + '_ {
        self.blocks
            .iter()
            .flat_map(|(number, block)| entries(block).map(move |(place, _)| number * BLOCK + place.cast_signed()))
    }
}

fn packed(place: u64, value: &impl Packed) -> Vec<u8> {
    let (mut content, mut entry) = (Vec::new(), Vec::new());
    value.pack(&mut content);
    place.pack(&mut entry);
    (content.len() as u64).pack(&mut entry);
    entry.append(&mut content);
    entry
}

/// The bytes of a block in which the entry of a place stands; none of them, where it would stand, if it is not there.
fn entry(block: &[u8], place: u64) -> Range<usize> {
    match entries(block).find(|(found, _)| *found >= place) {
        Some((found, range)) if found == place => range,
        Some((_, range)) => range.start..range.start,
        None => block.len()..block.len(),
    }
}

/// The places that have an entry in a block, each with the bytes of the entry.
fn entries(block: &[u8]) -> impl Iterator<Item = (u64, Range<usize>)> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let mut rest = &block[start..];
        let (place, length) = (u64::unpack(&mut rest)?, u64::unpack(&mut rest)?);
        let end = block.len() - rest.len() + usize::try_from(length).ok()?;
        let range = start..end;
        start = end;
        Some((place, range))
    })
}
