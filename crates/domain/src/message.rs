//! Messages: texts by key and arguments. The domain decides what is said; the words of each language stand in `locales`
//! alone, so that a translator finds all of them in one place.

use chrono::NaiveDate;
use std::borrow::Cow;
use std::fmt;

/// A text to be said in the language of its reader: its key in the catalogues of `locales`, and what fills it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    key: &'static str,
    arguments: Vec<(&'static str, Argument)>,
    following: Vec<Message>,
}

/// A value within a text. Each language writes it in its own form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// A text that is the same in every language: a code, a period, a name.
    Text(String),
    /// A count or amount, `100.000` in Vietnamese and `100,000` in English. The one named `count` chooses the plural
    /// form. Numbers that name something (a `seq`, a year) are texts.
    Number(i128),
    /// A number with decimal places, `0,1` in Vietnamese and `0.1` in English.
    Decimal {
        /// The number times ten to the power of `places`.
        units: i64,
        /// The digits behind the separator.
        places: u8,
    },
    /// A day, `31/10/2026` in Vietnamese and `2026-10-31` in English.
    Date(NaiveDate),
    /// A name that a row has in both languages.
    Name {
        /// In Vietnamese.
        vi: String,
        /// In English.
        en: String,
    },
    /// A phrase with a key of its own.
    Message(Message),
    /// Several of which one is to be chosen, `a hoặc b` in Vietnamese and `a or b` in English.
    AnyOf(Vec<String>),
    /// Phrases one after the other, between semicolons.
    Each(Vec<Message>),
}

impl Message {
    /// The text with a key.
    pub fn new(key: &'static str) -> Self {
        Self { key, arguments: Vec::new(), following: Vec::new() }
    }

    /// The same text with a named value in it.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &(impl ToArgument + ?Sized)) -> Self {
        self.arguments.push((name, value.to_argument()));
        self
    }

    /// The same text, followed by another sentence if there is one.
    #[must_use]
    pub fn then(mut self, sentence: Option<Message>) -> Self {
        self.following.extend(sentence);
        self
    }

    /// The key.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// The value with a name.
    pub fn argument(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Visits every text among the values, however deep, so that long ones can be cut.
    pub fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        for (_, value) in &mut self.arguments {
            match value {
                Argument::Text(text) => visit(text),
                Argument::Name { vi, en } => [vi, en].into_iter().for_each(&mut *visit),
                Argument::AnyOf(texts) => texts.iter_mut().for_each(&mut *visit),
                Argument::Message(message) => message.each_text(visit),
                Argument::Each(messages) => messages.iter_mut().for_each(|message| message.each_text(visit)),
                Argument::Number(_) | Argument::Decimal { .. } | Argument::Date(_) => {}
            }
        }
        self.following.iter_mut().for_each(|message| message.each_text(visit));
    }

    /// The sentences that follow.
    pub fn following(&self) -> &[Message] {
        &self.following
    }
}

/// For logs: the key with its values. Callers are told the text.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)?;
        self.arguments.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => number.fmt(f),
            Self::Decimal { units, places } => write!(f, "{units}e-{places}"),
            Self::Date(date) => date.fmt(f),
            Self::Name { en, .. } => write!(f, "{en:?}"),
            Self::Message(message) => write!(f, "({message})"),
            Self::AnyOf(texts) => write!(f, "{texts:?}"),
            Self::Each(messages) => messages.iter().try_for_each(|message| write!(f, "({message})")),
        }
    }
}

/// Values that texts can hold.
pub trait ToArgument {
    /// The value as an argument.
    fn to_argument(&self) -> Argument;
}

impl<T: ToArgument + ?Sized> ToArgument for &T {
    fn to_argument(&self) -> Argument {
        (**self).to_argument()
    }
}

impl ToArgument for Argument {
    fn to_argument(&self) -> Argument {
        self.clone()
    }
}

impl ToArgument for Message {
    fn to_argument(&self) -> Argument {
        Argument::Message(self.clone())
    }
}

impl ToArgument for str {
    fn to_argument(&self) -> Argument {
        Argument::Text(self.to_owned())
    }
}

impl ToArgument for usize {
    fn to_argument(&self) -> Argument {
        Argument::Number(i128::try_from(*self).unwrap_or(i128::MAX))
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl ToArgument for $number {
            fn to_argument(&self) -> Argument {
                Argument::Number((*self).into())
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64, i32, i64, i128);

/// Makes types arguments that are written alike in every language.
macro_rules! same_everywhere {
    ($($name:ty),* $(,)?) => {$(
        impl $crate::message::ToArgument for $name {
            fn to_argument(&self) -> $crate::message::Argument {
                $crate::message::Argument::Text(self.to_string())
            }
        }
    )*};
}

pub(crate) use same_everywhere;

same_everywhere!(String, Cow<'_, str>, char);
