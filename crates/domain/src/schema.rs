//! Types of the domain as schemas of the contract (feature `openapi`): what a type takes is said where it is parsed.

/// Gives a type a schema of its name; without the feature `openapi` there is none.
#[cfg(feature = "openapi")]
#[macro_export]
macro_rules! schema {
    ($name:ident, $schema:expr) => {
        impl $crate::schema::utoipa::PartialSchema for $name {
            fn schema() -> $crate::schema::AnySchema {
                $schema
            }
        }

        impl $crate::schema::utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

/// Gives a type a schema of its name; without the feature `openapi` there is none.
#[cfg(not(feature = "openapi"))]
#[macro_export]
macro_rules! schema {
    ($name:ident, $schema:expr) => {};
}

#[cfg(feature = "openapi")]
mod described {
    pub use utoipa;
    use utoipa::openapi::RefOr;
    use utoipa::openapi::extensions::ExtensionsBuilder;
    use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};

    /// A schema, or a reference to one.
    pub type AnySchema = RefOr<Schema>;

    /// A text of a kind, with the limits of its length and the regular expression of the whole.
    pub fn text(kind: &str, min_length: usize, max_length: usize, pattern: &str) -> AnySchema {
        let format = SchemaFormat::Custom(kind.to_owned());
        let text = ObjectBuilder::new().schema_type(Type::String).format(Some(format));
        text.min_length(Some(min_length)).max_length(Some(max_length)).pattern(Some(pattern)).build().into()
    }

    /// The descriptions of an enum's values, in their order, as generators of clients know them.
    pub const VALUE_DESCRIPTIONS: &str = "x-enum-descriptions";

    /// A text with one of the spellings of an enum, by the lines of the doc comments of the enum and its values.
    pub fn spellings(lines: &[&str], known: &[(&str, &[&str])]) -> AnySchema {
        let descriptions: Vec<_> = known.iter().map(|(_, lines)| prose(lines)).collect();
        let told = ExtensionsBuilder::new().add(VALUE_DESCRIPTIONS, descriptions).build();
        let text =
            ObjectBuilder::new().schema_type(Type::String).description(Some(prose(lines))).extensions(Some(told));
        text.enum_values(Some(known.iter().map(|(spelling, _)| *spelling))).build().into()
    }

    fn prose(lines: &[&str]) -> String {
        lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
    }

    /// A civil date.
    pub fn date() -> AnySchema {
        known(KnownFormat::Date)
    }

    /// A moment.
    pub fn moment() -> AnySchema {
        known(KnownFormat::DateTime)
    }

    fn known(format: KnownFormat) -> AnySchema {
        let format = SchemaFormat::KnownFormat(format);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build().into()
    }

    /// A whole number of so many bytes within limits.
    pub fn whole(bytes: usize, least: i64, most: i64) -> AnySchema {
        let format = if bytes == size_of::<i64>() { KnownFormat::Int64 } else { KnownFormat::Int32 };
        let number = ObjectBuilder::new().schema_type(Type::Integer).format(Some(SchemaFormat::KnownFormat(format)));
        number.minimum(Some(least)).maximum(Some(most)).build().into()
    }

    /// A limit of a length that is one: from 1 up.
    pub fn count(limit: i64) -> Option<usize> {
        limit.try_into().ok().filter(|count| *count > 0)
    }
}
#[cfg(feature = "openapi")]
pub use described::*;
