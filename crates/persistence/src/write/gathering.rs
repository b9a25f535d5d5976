//! Gathering of writes that are to share a commit. A commit costs as much as several writes, and callers who were just
//! answered mostly write again at once: a moment's wait for them lets twice as many share it.

use std::time::{Duration, Instant};

/// Callers below whose number nobody is waited for.
const FEW: usize = 4;
/// Time without a newcomer after which a commit begins.
const GAP: Duration = Duration::from_micros(300);
/// The longest that a commit is put off.
const LONGEST: Duration = Duration::from_millis(2);

/// The writes that are waited for before a commit begins.
pub(crate) struct Gathering {
    /// The number of callers who were about at the end of the last commit.
    pub(crate) expected: usize,
    waiting: Option<usize>,
    until: Instant,
}

impl Gathering {
    /// Begins after a commit of `written` writes, when `waiting` have come meanwhile; `most` can share a commit. There is
    /// none for few callers.
    pub(crate) fn after(written: usize, waiting: usize, most: usize, now: Instant) -> Option<Self> {
        let expected = most.min(written + waiting);
        (expected >= FEW).then(|| Self { expected, waiting: None, until: now + LONGEST })
    }

    /// The time to wait for others, now that so many wait; none when all have come, when nobody came since the last time
    /// that it was asked, or when it takes too long.
    pub(crate) fn rest(&mut self, waiting: usize, now: Instant) -> Option<Duration> {
        let before = self.waiting.replace(waiting);
        let left = self.until.saturating_duration_since(now);
        let goes_on = waiting < self.expected && before != Some(waiting) && !left.is_zero();
        goes_on.then(|| left.min(GAP))
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW, GAP, Gathering, LONGEST};
    use std::time::Instant;

    #[test]
    fn few_callers_are_not_waited_for() {
        let now = Instant::now();
        assert!(Gathering::after(1, FEW - 2, 256, now).is_none());
        assert!(Gathering::after(1, FEW - 1, 256, now).is_some());
        assert!(Gathering::after(300, 0, FEW - 1, now).is_none(), "no more than can share a commit");
    }

    #[test]
    fn a_commit_begins_when_all_have_come_or_nobody_comes_or_it_takes_too_long() {
        let now = Instant::now();
        let begun = || Gathering::after(6, 2, 256, now).expect("eight callers");
        let mut gathering = begun();
        assert_eq!(gathering.rest(2, now), Some(GAP));
        assert_eq!(gathering.rest(5, now + GAP), Some(GAP), "three came");
        assert_eq!(gathering.rest(8, now + GAP), None, "all are there");
        let mut gathering = begun();
        assert_eq!(gathering.rest(2, now), Some(GAP));
        assert_eq!(gathering.rest(2, now + GAP), None, "nobody came");
        let mut gathering = begun();
        assert_eq!(gathering.rest(2, now), Some(GAP));
        assert_eq!(gathering.rest(3, now + LONGEST - GAP / 2), Some(GAP / 2));
        assert_eq!(gathering.rest(4, now + LONGEST), None, "it takes too long");
    }
}
