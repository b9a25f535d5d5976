//! Moments on the wire.

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use thidua_domain::message::Message;
use thidua_domain::text::{Shape, TextKind, parsed};
use thidua_domain::time::{Moment, Month};
use thidua_domain::violation::Violation;

/// A moment as it is sent and answered: RFC 3339, with any offset when it is sent, with that of Asia/Ho_Chi_Minh (UTC+7
/// since 1975) when it is answered, and to the microsecond, as the database keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime(pub Moment);

impl LocalTime {
    /// Parses, naming `pointer` in the violation: `invalid_moment`, also for a year that this system does not know.
    pub fn parse(pointer: &str, text: &str) -> Result<Self, Violation> {
        let no_moment =
            || Violation::new(pointer, "invalid_moment.shape").with("expected", &Message::new("phrase.moment"));
        let moment = Self::read(text).ok_or_else(no_moment)?;
        let kept = DateTime::from_timestamp_micros(moment.timestamp_micros());
        kept.filter(|moment| (Month::FIRST_YEAR..=Month::LAST_YEAR).contains(&moment.year())).map(Self).ok_or_else(
            || {
                Violation::new(pointer, "invalid_moment.years")
                    .with("first", &Month::FIRST_YEAR.to_string())
                    .with("last", &Month::LAST_YEAR.to_string())
            },
        )
    }

    /// The moment.
    pub fn moment(self) -> Moment {
        self.0
    }

    /// Reads RFC 3339, whatever the year; a blank between day and time, which some writers put there, is none of it.
    pub fn read(text: &str) -> Option<DateTime<FixedOffset>> {
        let has_mark = matches!(text.as_bytes().get(10), Some(b'T' | b't'));
        DateTime::parse_from_rfc3339(text).ok().filter(|_| has_mark)
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = FixedOffset::east_opt(7 * 3600).map(|offset| self.0.with_timezone(&offset));
        f.write_str(&local.unwrap_or_else(|| self.0.fixed_offset()).to_rfc3339_opts(SecondsFormat::AutoSi, false))
    }
}

impl Serialize for LocalTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LocalTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, |text| Self::parse("", text))
    }
}

impl TextKind for LocalTime {
    const NAME: &'static str = "LocalTime";
    const FORMAT: &'static str = "date-time";
    const SHAPE: Shape = Shape { min_length: 20, max_length: 35, pattern: "" };

    fn fault(pointer: &str, text: &str) -> Option<Violation> {
        Self::parse(pointer, text).err()
    }
}

thidua_domain::schema!(LocalTime, thidua_domain::schema::moment());
