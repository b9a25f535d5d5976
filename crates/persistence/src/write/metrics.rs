//! Metrics of the writer: counted as it works, without locks, and read whenever an operator asks.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Upper bounds of durations, in microseconds: from half a millisecond to ten seconds.
pub const DURATIONS: &[u64] = &[
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
    10_000_000,
];

/// Upper bounds of the number of writes that share a commit, which is at most [`BATCH`](crate::write::writer::BATCH).
const BATCHES: &[u64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256];

/// A histogram: counts of values between bounds, and their sum.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    /// One count more than there are bounds, for values beyond the last.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

/// A histogram as it stood at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The upper bounds, inclusive.
    pub bounds: &'static [u64],
    /// Numbers of values at or below each bound and above the one before; the last number is of values beyond all
    /// bounds.
    pub counts: Vec<u64>,
    /// The sum of all values.
    pub sum: u64,
}

impl Histogram {
    /// An empty one with bounds in ascending order.
    pub fn new(bounds: &'static [u64]) -> Self {
        Self { bounds, counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(), sum: AtomicU64::new(0) }
    }

    /// Counts a value.
    pub fn observe(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get(bucket) {
            count.fetch_add(1, Relaxed);
        }
        self.sum.fetch_add(value, Relaxed);
    }

    /// Counts a duration, in microseconds.
    pub fn observe_duration(&self, took: Duration) {
        self.observe(microseconds(took));
    }

    /// The histogram as it stands. While other threads count, the sum may be a value ahead of the counts or behind
    /// them.
    pub fn counted(&self) -> Counted {
        let counts = self.counts.iter().map(|count| count.load(Relaxed)).collect();
        Counted { bounds: self.bounds, counts, sum: self.sum.load(Relaxed) }
    }
}

impl Counted {
    /// Number of all values.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// Outcome of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It is in the database.
    Committed,
    /// It was a dry run, as its sender had asked.
    Tried,
    /// It broke a rule, or did not fit what is stored.
    Refused,
    /// The database did not take it, or there is a defect.
    Failed,
    /// Too many were waiting, or its sender had given it up before its turn came.
    TurnedAway,
}

impl WriteOutcome {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Committed, Self::Tried, Self::Refused, Self::Failed, Self::TurnedAway];

    /// Its name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Tried => "tried",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::TurnedAway => "turned_away",
        }
    }
}

/// Measures of the writer since its start, and the number of writes that wait.
#[derive(Debug)]
pub struct WriterMeasures {
    started: Instant,
    waiting: AtomicU64,
    /// Beginning of the batch under way, in microseconds since `started`; 0 between batches.
    busy_since: AtomicU64,
    outcomes: [AtomicU64; WriteOutcome::ALL.len()],
    /// Writes per commit.
    pub batches: Histogram,
    /// Microseconds from the beginning of a batch's transaction, waiting for other nodes included, to the end of its
    /// commit.
    pub transactions: Histogram,
    /// Microseconds of the commit alone, which waits for the disk.
    pub commits: Histogram,
}

impl Default for WriterMeasures {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            waiting: AtomicU64::new(0),
            busy_since: AtomicU64::new(0),
            outcomes: Default::default(),
            batches: Histogram::new(BATCHES),
            transactions: Histogram::new(DURATIONS),
            commits: Histogram::new(DURATIONS),
        }
    }
}

impl WriterMeasures {
    /// Number of writes that wait for the writer.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Relaxed)
    }

    /// The time that the batch under way has taken so far; none between batches.
    pub fn busy(&self) -> Option<Duration> {
        match self.busy_since.load(Relaxed) {
            0 => None,
            since => Some(self.started.elapsed().saturating_sub(Duration::from_micros(since))),
        }
    }

    /// Number of writes with an outcome.
    pub fn ended(&self, outcome: WriteOutcome) -> u64 {
        self.outcome(outcome).load(Relaxed)
    }

    pub(crate) fn queued(&self) {
        self.waiting.fetch_add(1, Relaxed);
    }

    pub(crate) fn turned_away(&self) {
        self.waiting.fetch_sub(1, Relaxed);
        self.count(WriteOutcome::TurnedAway);
    }

    pub(crate) fn begin_batch(&self, size: usize) {
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        self.waiting.fetch_sub(size, Relaxed);
        self.batches.observe(size);
        self.busy_since.store(microseconds(self.started.elapsed()).max(1), Relaxed);
    }

    pub(crate) fn end_batch(&self) {
        self.busy_since.store(0, Relaxed);
    }

    pub(crate) fn count(&self, outcome: WriteOutcome) {
        self.outcome(outcome).fetch_add(1, Relaxed);
    }

    fn outcome(&self, outcome: WriteOutcome) -> &AtomicU64 {
        let [committed, tried, refused, failed, turned_away] = &self.outcomes;
        match outcome {
            WriteOutcome::Committed => committed,
            WriteOutcome::Tried => tried,
            WriteOutcome::Refused => refused,
            WriteOutcome::Failed => failed,
            WriteOutcome::TurnedAway => turned_away,
        }
    }
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
