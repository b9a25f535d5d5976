//! Limits of numbers, lists and texts. A type says its limits once: its values are read within them, the contract shows
//! them, and the rules of the domain ask the type.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use std::ops::Deref;

/// The greatest whole number that is exact in every JSON reader (RFC 7493, section 2.2).
pub const GREATEST: i64 = (1 << 53) - 1;

/// A whole number within limits, or a list or a text of so many items or characters. The default is for lists that may be
/// left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Within<T, const LEAST: i64, const MOST: i64>(T);

/// A value that can have limits.
pub trait Limited {
    /// The least size that there is, which is no limit.
    const LEAST: i64;

    /// The number that they bound: a number itself, the count of a list's items or of a text's characters.
    fn size(&self) -> i64;
}

impl<T: Limited, const LEAST: i64, const MOST: i64> Within<T, LEAST, MOST> {
    /// True for a value within the limits.
    pub fn holds(value: &T) -> bool {
        (LEAST..=MOST).contains(&value.size())
    }

    /// The value of a stored row: it was read within the limits before it was stored, and is shown as it is.
    pub fn stored(value: T) -> Self {
        Self(value)
    }

    /// The value.
    pub fn get(self) -> T {
        self.0
    }
}

/// A value beyond the limits is refused with them, for [`told`].
impl<'de, T: Limited + Deserialize<'de>, const LEAST: i64, const MOST: i64> Deserialize<'de>
    for Within<T, LEAST, MOST>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = T::deserialize(deserializer)?;
        let least = if LEAST > T::LEAST { LEAST } else { i64::MIN };
        if Self::holds(&value) { Ok(Self(value)) } else { Err(D::Error::custom(format_args!("{least}..={MOST}"))) }
    }
}

/// The limits that an error of serde tells, if a value beyond them is its reason. The least and the greatest number are
/// none.
pub fn told(error: &str) -> Option<[i64; 2]> {
    let (least, most) = error.split_once("..=")?;
    Some([least.parse().ok()?, most.parse().ok()?])
}

impl<T, const LEAST: i64, const MOST: i64> Deref for Within<T, LEAST, MOST> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Limited for Vec<T> {
    const LEAST: i64 = 0;

    fn size(&self) -> i64 {
        self.len().try_into().unwrap_or(i64::MAX)
    }
}

impl Limited for String {
    const LEAST: i64 = 0;

    fn size(&self) -> i64 {
        self.chars().count().try_into().unwrap_or(i64::MAX)
    }
}

macro_rules! numbers {
    ($($number:ident)*) => {$(
        impl Limited for $number {
            const LEAST: i64 = i64::MIN;

            fn size(&self) -> i64 {
                (*self).into()
            }
        }

        #[cfg(feature = "openapi")]
        impl described::Described for $number {
            fn within(least: i64, most: i64) -> crate::schema::AnySchema {
                crate::schema::whole(size_of::<Self>(), least.max(Self::MIN.into()), most.min(GREATEST))
            }
        }
    )*};
}

numbers!(u8 u16 u32 i32 i64);

#[cfg(feature = "openapi")]
mod described {
    use super::Within;
    use crate::schema::{AnySchema, count};
    use std::borrow::Cow;
    use utoipa::openapi::Ref;
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
    use utoipa::{PartialSchema, ToSchema};

    /// A value whose limits the contract shows.
    pub trait Described {
        /// Its schema within limits.
        fn within(least: i64, most: i64) -> AnySchema;

        /// Adds the schemas that it refers to.
        fn parts(_: &mut Vec<(String, AnySchema)>) {}
    }

    impl<T: ToSchema> Described for Vec<T> {
        fn within(least: i64, most: i64) -> AnySchema {
            let list = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
            list.min_items(count(least)).max_items(count(most)).build().into()
        }

        fn parts(schemas: &mut Vec<(String, AnySchema)>) {
            schemas.push((T::name().into_owned(), T::schema()));
            T::schemas(schemas);
        }
    }

    impl Described for String {
        fn within(least: i64, most: i64) -> AnySchema {
            let text = ObjectBuilder::new().schema_type(Type::String);
            text.min_length(count(least)).max_length(count(most)).build().into()
        }
    }

    impl<T: Described, const LEAST: i64, const MOST: i64> PartialSchema for Within<T, LEAST, MOST> {
        fn schema() -> AnySchema {
            T::within(LEAST, MOST)
        }
    }

    impl<T: Described, const LEAST: i64, const MOST: i64> ToSchema for Within<T, LEAST, MOST> {
        fn name() -> Cow<'static, str> {
            std::any::type_name::<Self>().into()
        }

        fn schemas(schemas: &mut Vec<(String, AnySchema)>) {
            T::parts(schemas);
        }
    }
}
