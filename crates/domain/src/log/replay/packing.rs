//! Values as few bytes: what a replay holds of a long log, it holds so.

use crate::Date;
use crate::closing::late::{LateMonths, ToldMonths};
use crate::tenures::Tenure;
use crate::text::StringEnum;
use crate::time::Month;
use chrono::{Datelike, NaiveDate};

/// A value that can be kept as bytes.
pub(super) trait Packed: Sized {
    /// Appends the bytes of the value.
    fn pack(&self, bytes: &mut Vec<u8>);

    /// Takes a value off the front of bytes; none where they do not begin with one.
    fn unpack(bytes: &mut &[u8]) -> Option<Self>;
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
impl Packed for u64 {
    fn pack(&self, bytes: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            bytes.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        bytes.push(rest.to_le_bytes()[0]);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = bytes.split_first()?;
            *bytes = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

/// The lowest bit says that it is negative, so that small numbers of either sign are short.
impl Packed for i64 {
    fn pack(&self, bytes: &mut Vec<u8>) {
        ((self << 1) ^ (self >> 63)).cast_unsigned().pack(bytes);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let number = u64::unpack(bytes)?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

impl<E: StringEnum + PartialEq> Packed for E {
    fn pack(&self, bytes: &mut Vec<u8>) {
        let place = E::VALUES.iter().take_while(|value| *value != self).count();
        (place as u64).pack(bytes);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        E::VALUES.get(usize::try_from(u64::unpack(bytes)?).ok()?).copied()
    }
}

impl Packed for Date {
    fn pack(&self, bytes: &mut Vec<u8>) {
        i64::from(self.num_days_from_ce()).pack(bytes);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let days = i32::try_from(i64::unpack(bytes)?).ok()?;
        NaiveDate::from_num_days_from_ce_opt(days).map(Self::from)
    }
}

impl Packed for Month {
    fn pack(&self, bytes: &mut Vec<u8>) {
        i64::from(self.yyyymm()).pack(bytes);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Self::from_yyyymm(i32::try_from(i64::unpack(bytes)?).ok()?)
    }
}

impl<T: Packed> Packed for Option<T> {
    fn pack(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.pack(bytes);
        }
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let (is_some, rest) = bytes.split_first()?;
        *bytes = rest;
        if *is_some == 0 { Some(None) } else { T::unpack(bytes).map(Some) }
    }
}

/// Appends the bytes of a list.
pub(super) fn pack_all<T: Packed>(values: &[T], bytes: &mut Vec<u8>) {
    (values.len() as u64).pack(bytes);
    values.iter().for_each(|value| value.pack(bytes));
}

/// Takes a list off the front of bytes.
pub(super) fn unpack_all<T: Packed>(bytes: &mut &[u8]) -> Option<Vec<T>> {
    let count = u64::unpack(bytes)?;
    (0..count).map(|_| T::unpack(bytes)).collect()
}

impl Packed for Tenure {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.agency.0.pack(bytes);
        self.from.pack(bytes);
        self.to.pack(bytes);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self { agency: i64::unpack(bytes)?.into(), from: Date::unpack(bytes)?, to: Option::unpack(bytes)? })
    }
}

impl Packed for LateMonths {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.calendar.0.pack(bytes);
        self.first.pack(bytes);
        self.last.pack(bytes);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self { calendar: i64::unpack(bytes)?.into(), first: Month::unpack(bytes)?, last: Month::unpack(bytes)? })
    }
}

impl Packed for ToldMonths {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.calendar.0.pack(bytes);
        self.first.pack(bytes);
        self.last.pack(bytes);
        self.agency.map(|agency| agency.0).pack(bytes);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let (calendar, first) = (i64::unpack(bytes)?.into(), Month::unpack(bytes)?);
        let (last, agency) = (Month::unpack(bytes)?, Option::<i64>::unpack(bytes)?);
        Some(Self { calendar, first, last, agency: agency.map(Into::into) })
    }
}
