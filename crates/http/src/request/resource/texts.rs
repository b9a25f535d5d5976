//! Texts by which a resource declares its operations.

use serde_json::Value;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

/// An operation as the contract tells of it; [`operations!`] makes one of a doc comment.
pub struct Operation {
    /// Its identity, by which clients name their functions.
    pub id: &'static str,
    /// Lines of the doc comment: the summary, an empty line, the description.
    pub text: &'static [&'static str],
    /// Description of the answer.
    pub answer: &'static str,
}

/// Operations of a resource: each of a doc comment, with its verb, its identity, and the description of its answer.
macro_rules! operations {
    ($($(#[doc = $line:literal])+ $verb:ident $id:literal => $answer:literal;)+) => {
        $(
            const $verb: Option<$crate::request::resource::Operation> =
                Some($crate::request::resource::Operation { id: $id, text: &[$($line),+], answer: $answer });
        )+
    };
}
pub(crate) use operations;

impl Operation {
    /// The first paragraph.
    pub fn summary(&self) -> String {
        paragraph(self.text.iter().take_while(|line| !line.is_empty()))
    }

    /// The paragraph after the first.
    pub fn description(&self) -> String {
        paragraph(self.text.iter().skip_while(|line| !line.is_empty()).skip(1))
    }
}

/// Lines of a doc comment as they read: each begins with the blank that follows the slashes.
fn paragraph<'a>(lines: impl Iterator<Item = &'a &'static str>) -> String {
    lines.map(|line| line.trim()).collect::<Vec<_>>().join("\n")
}

/// A parameter in the address of a row.
pub struct PathParameter {
    name: &'static str,
    description: &'static str,
    shape: Shape,
}

/// Shapes of a parameter in an address, with examples.
enum Shape {
    /// An identity.
    Identity(i64),
    /// A text, of so many characters at most or else a date, with an example for each verb.
    Text { max_length: Option<usize>, examples: [&'static str; 3] },
}

/// The verbs for which a parameter has an example, in the order in which [`PathParameter::text`] takes them.
#[derive(Clone, Copy)]
pub(super) enum Verb {
    Read,
    Update,
    Delete,
}

impl Verb {
    /// The one of three that is its own.
    fn of(self, [read, update, delete]: [&'static str; 3]) -> &'static str {
        match self {
            Self::Read => read,
            Self::Update => update,
            Self::Delete => delete,
        }
    }
}

impl PathParameter {
    /// An identity, with an example.
    pub const fn identity(name: &'static str, description: &'static str, example: i64) -> Self {
        Self { name, description, shape: Shape::Identity(example) }
    }

    /// A text of so many characters at most, with an example for reading, one for changing and one for deleting: a
    /// contract that can be tried deletes nothing that its other examples need.
    pub const fn text(
        name: &'static str,
        max_length: usize,
        description: &'static str,
        examples: [&'static str; 3],
    ) -> Self {
        Self { name, description, shape: Shape::Text { max_length: Some(max_length), examples } }
    }

    /// A date, with examples as those of a [text](Self::text).
    pub const fn date(name: &'static str, description: &'static str, examples: [&'static str; 3]) -> Self {
        Self { name, description, shape: Shape::Text { max_length: None, examples } }
    }

    /// Its name in braces, as a template of an address has it.
    pub(super) fn template(&self) -> String {
        format!("{{{}}}", self.name)
    }

    /// The parameter in the contract, with the example of a verb.
    pub(super) fn parameter(&self, verb: Verb) -> Parameter {
        let (schema, example): (_, Value) = match self.shape {
            Shape::Identity(example) => {
                let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
                let schema = ObjectBuilder::new().schema_type(Type::Integer).format(Some(format)).minimum(Some(1));
                (schema, example.into())
            }
            Shape::Text { max_length, examples } => {
                let date = max_length.is_none().then_some(SchemaFormat::KnownFormat(KnownFormat::Date));
                let schema = ObjectBuilder::new().schema_type(Type::String).max_length(max_length).format(date);
                (schema, verb.of(examples).into())
            }
        };
        ParameterBuilder::new()
            .name(self.name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(self.description))
            .schema(Some(schema))
            .example(Some(example))
            .build()
    }
}
