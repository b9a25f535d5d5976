//! Sentences of a rehearsal: which text, and what fills it in.

use super::findings::{FindingReason, Rehearsal};
use crate::Date;
use crate::catalogue::record_kinds::Direction;
use crate::catalogue::sources::{Semantics, Source};
use crate::catalogue::{Catalogue, IndicatorEntry};
use crate::id::{AgencyId, CalendarId, IndicatorId};
use crate::message::{Argument, Message, ToArgument};
use crate::text::Code;
use crate::time::{Month, Period, Window};
use std::collections::BTreeMap;
use std::fmt::Display;

/// The most names in one sentence.
const NAMED: usize = 10;

/// A fault and its remedy in words.
pub(super) struct FindingText {
    pub(super) text: Message,
    pub(super) todo: Message,
}

/// Context that the sentences of one rehearsal share.
pub(super) struct Words<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) rehearsal: &'a Rehearsal,
    pub(super) window: Window,
    /// The days of the window that have come.
    pub(super) come: Window,
}

impl Words<'_> {
    pub(super) fn nothing_reported(&self, agency: AgencyId, indicator: IndicatorEntry<'_>) -> FindingText {
        FindingText {
            text: Message::new("rehearsal.nothing_reported")
                .with("agency", &self.agency(agency))
                .with("code", &indicator.entity.code)
                .with("period", &self.rehearsal.period)
                .with("from", &self.window.from)
                .with("to", &self.window.to),
            todo: self.to_enter(indicator),
        }
    }

    pub(super) fn months_missing(
        &self,
        agency: AgencyId,
        indicator: IndicatorEntry<'_>,
        months: &[Month],
    ) -> FindingText {
        FindingText {
            text: Message::new("rehearsal.months_missing")
                .with("agency", &self.agency(agency))
                .with("code", &indicator.entity.code)
                .with("months", &all(months)),
            todo: self.to_enter(indicator),
        }
    }

    /// The way to enter the figures of an indicator that an agency must report.
    fn to_enter(&self, indicator: IndicatorEntry<'_>) -> Message {
        let (code, calendar) = (&indicator.entity.code, self.calendar(self.rehearsal.calendar));
        let definition = indicator.entity.definition_in(self.rehearsal.period.last_month());
        match (&definition.source, definition.semantics) {
            (Source::DocumentExchanges { .. }, _) => {
                Message::new("rehearsal.count_documents").with("calendar", &calendar)
            }
            (_, Semantics::State) => {
                Message::new("rehearsal.declare_last_month").with("code", code).with("calendar", &calendar)
            }
            (_, Semantics::Flow | Semantics::Stock) => {
                Message::new("rehearsal.declare_months").with("code", code).with("calendar", &calendar)
            }
        }
    }

    /// Figures that are recorded under other calendars only; `of` is the time they are for: the period, or some of its
    /// months.
    pub(super) fn other_calendar(
        &self,
        agency: AgencyId,
        indicator: IndicatorEntry<'_>,
        others: &[CalendarId],
        of: &dyn Display,
    ) -> FindingText {
        let (asked, found) =
            (self.calendar(self.rehearsal.calendar), listed(others.iter().map(|id| self.calendar(*id))));
        FindingText {
            text: Message::new("rehearsal.other_calendar")
                .with("agency", &self.agency(agency))
                .with("code", &indicator.entity.code)
                .with("of", &of.to_string())
                .with("found", &found)
                .with("asked", &asked),
            todo: Message::new("rehearsal.other_calendar.todo").with("found", &found).with("asked", &asked),
        }
    }

    pub(super) fn two_calendars(
        &self,
        agency: AgencyId,
        indicator: IndicatorEntry<'_>,
        other: CalendarId,
        months: &[Month],
    ) -> FindingText {
        FindingText {
            text: Message::new("rehearsal.two_calendars")
                .with("agency", &self.agency(agency))
                .with("code", &indicator.entity.code)
                .with("asked", &self.calendar(self.rehearsal.calendar))
                .with("other", &self.calendar(other))
                .with("months", &all(months)),
            todo: Message::new("rehearsal.two_calendars.todo"),
        }
    }

    pub(super) fn estimates_left(
        &self,
        agency: AgencyId,
        indicator: IndicatorEntry<'_>,
        months: &[Month],
    ) -> FindingText {
        FindingText {
            text: Message::new("rehearsal.estimates_left")
                .with("agency", &self.agency(agency))
                .with("code", &indicator.entity.code)
                .with("months", &all(months)),
            todo: Message::new("rehearsal.estimates_left.todo"),
        }
    }

    pub(super) fn one_direction(&self, agency: AgencyId, there: Direction, months: &[Month]) -> FindingText {
        let (text, todo) = match there {
            Direction::Incoming => {
                (Message::new("rehearsal.incoming_only"), Message::new("rehearsal.incoming_only.todo"))
            }
            Direction::Outgoing => {
                (Message::new("rehearsal.outgoing_only"), Message::new("rehearsal.outgoing_only.todo"))
            }
        };
        FindingText { text: text.with("agency", &self.agency(agency)).with("months", &listed(months)), todo }
    }

    pub(super) fn numerator_above(
        &self,
        agency: AgencyId,
        indicator: IndicatorEntry<'_>,
        months: &[Month],
    ) -> FindingText {
        FindingText {
            text: Message::new("rehearsal.numerator_above")
                .with("agency", &self.agency(agency))
                .with("code", &indicator.entity.code)
                .with("months", &listed(months)),
            todo: Message::new("rehearsal.numerator_above.todo"),
        }
    }

    pub(super) fn no_target(&self, indicator: IndicatorEntry<'_>, agencies: usize) -> FindingText {
        FindingText {
            text: Message::new("rehearsal.no_target")
                .with("code", &indicator.entity.code)
                .with("period", &self.rehearsal.period)
                .with("count", &agencies),
            todo: Message::new("rehearsal.no_target.todo"),
        }
    }

    pub(super) fn not_in_force(&self, indicator: IndicatorEntry<'_>) -> FindingText {
        FindingText {
            text: Message::new("rehearsal.not_in_force")
                .with("code", &indicator.entity.code)
                .with("to", &self.window.to),
            todo: Message::new("rehearsal.not_in_force.todo"),
        }
    }

    pub(super) fn recorded_outside_force(&self, agency: AgencyId, indicator: IndicatorEntry<'_>) -> FindingText {
        FindingText {
            text: Message::new("rehearsal.recorded_outside_force")
                .with("agency", &self.agency(agency))
                .with("code", &indicator.entity.code)
                .with("to", &self.window.to),
            todo: Message::new("rehearsal.recorded_outside_force.todo"),
        }
    }

    pub(super) fn no_status(&self, agency: AgencyId, systems: &[&Code]) -> FindingText {
        let text = if self.rehearsal.names_systems {
            Message::new("rehearsal.no_status.named").with("systems", &listed(systems))
        } else {
            Message::new("rehearsal.no_status")
        };
        FindingText {
            text: text.with("agency", &self.agency(agency)).with("count", &systems.len()),
            todo: Message::new("rehearsal.no_status.todo").with("from", &self.window.from).with("to", &self.window.to),
        }
    }

    pub(super) fn stale_event(&self, agency: AgencyId, systems: &[&Code], days: u16) -> FindingText {
        let text = if self.rehearsal.names_systems {
            Message::new("rehearsal.stale_event.named").with("systems", &listed(systems))
        } else {
            Message::new("rehearsal.stale_event")
        };
        FindingText {
            text: text
                .with("agency", &self.agency(agency))
                .with("count", &systems.len())
                .with("days", &days)
                .with("to", &self.come.to),
            todo: Message::new("rehearsal.stale_event.todo"),
        }
    }

    pub(super) fn outside_course(&self, agency: AgencyId, courses: &BTreeMap<&Code, usize>) -> FindingText {
        // A caller without access to people's records is told no counts of them either.
        let text = if self.rehearsal.names_systems {
            let count: usize = courses.values().sum();
            Message::new("rehearsal.outside_course.counted")
                .with("count", &count)
                .with("courses", &listed(courses.keys()))
        } else {
            Message::new("rehearsal.outside_course")
        };
        FindingText {
            text: text.with("agency", &self.agency(agency)),
            todo: Message::new("rehearsal.outside_course.todo"),
        }
    }

    pub(super) fn counted_later(
        &self,
        agency: AgencyId,
        indicator: IndicatorEntry<'_>,
        later: &BTreeMap<Option<Date>, usize>,
    ) -> FindingText {
        // A caller without access to single records is told no counts of them either.
        let counted = self.rehearsal.names_systems;
        let phrase = |(day, count): (&Option<Date>, &usize)| match (day, counted) {
            (Some(day), true) => Message::new("rehearsal.later.from.counted").with("count", count).with("day", day),
            (None, true) => Message::new("rehearsal.later.nowhere.counted").with("count", count),
            (Some(day), false) => Message::new("rehearsal.later.from").with("day", day),
            (None, false) => Message::new("rehearsal.later.nowhere"),
        };
        FindingText {
            text: Message::new("rehearsal.counted_later")
                .with("agency", &self.agency(agency))
                .with("code", &indicator.entity.code)
                .with("records", &Argument::Each(later.iter().map(phrase).collect())),
            todo: Message::new("rehearsal.counted_later.todo"),
        }
    }

    pub(super) fn locked(
        &self,
        agency: AgencyId,
        indicators: &[IndicatorId],
        (calendar, period): (CalendarId, Period),
        from: Date,
    ) -> FindingText {
        FindingText {
            text: Message::new("rehearsal.locked")
                .with("agency", &self.agency(agency))
                .with("codes", &self.indicators(indicators))
                .with("period", &period)
                .with("calendar", &self.calendar(calendar))
                .with("from", &from),
            todo: Message::new("rehearsal.locked.todo"),
        }
    }

    pub(super) fn frozen(&self, agency: AgencyId, indicators: &[IndicatorId], phase: &Code) -> FindingText {
        FindingText {
            text: Message::new("rehearsal.frozen")
                .with("agency", &self.agency(agency))
                .with("codes", &self.indicators(indicators))
                .with("phase", phase),
            todo: Message::new("rehearsal.frozen.todo"),
        }
    }

    pub(super) fn late(
        &self,
        agency: AgencyId,
        indicators: &[IndicatorId],
        reason: FindingReason,
        day: Date,
    ) -> FindingText {
        let (text, passed) = match reason {
            FindingReason::CutOffPassed => (Message::new("rehearsal.cut_off_passed"), true),
            FindingReason::CutOffNear => (Message::new("rehearsal.cut_off_near"), false),
            FindingReason::DeadlinePassed => (Message::new("rehearsal.deadline_passed"), true),
            _ => (Message::new("rehearsal.deadline_near"), false),
        };
        FindingText {
            text: text
                .with("agency", &self.agency(agency))
                .with("codes", &self.indicators(indicators))
                .with("day", &day),
            todo: if passed {
                Message::new("rehearsal.enter_at_once")
            } else {
                Message::new("rehearsal.enter_by").with("day", &day)
            },
        }
    }

    /// An agency's name, in English the Vietnamese one where it has no other.
    pub(super) fn agency(&self, id: AgencyId) -> Argument {
        let Some(agency) = self.catalogue.agencies.get(&id) else { return "".to_argument() };
        let english = agency.name_en.as_ref().unwrap_or(&agency.name_vi);
        Argument::Name { vi: agency.name_vi.to_string(), en: english.to_string() }
    }

    fn calendar(&self, id: CalendarId) -> String {
        self.catalogue.calendars.get(&id).map(|calendar| calendar.code.to_string()).unwrap_or_default()
    }

    pub(super) fn indicators(&self, ids: &[IndicatorId]) -> String {
        let mut codes: Vec<_> =
            ids.iter().filter_map(|id| self.catalogue.indicators.get(id)).map(|known| &known.code).collect();
        codes.sort();
        listed(codes)
    }
}

/// Several things, the first of them by name.
fn listed<T: Display>(things: impl IntoIterator<Item = T>) -> String {
    let all: Vec<_> = things.into_iter().map(|thing| thing.to_string()).collect();
    let more = if all.len() > NAMED { ", …" } else { "" };
    let named: Vec<_> = all.into_iter().take(NAMED).collect();
    format!("{}{more}", named.join(", "))
}

/// Months by name, all of them: a period has few.
pub(super) fn all(months: &[Month]) -> String {
    months.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
