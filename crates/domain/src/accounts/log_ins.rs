//! Throttling of wrong tries to log in: whoever guesses waits ever longer, and no stranger can lock anybody out (OWASP
//! ASVS 5, 6.3.1; NIST SP 800-63B, 3.2.2).

use crate::time::Moment;
use chrono::TimeDelta;

/// Wrong tries for one name from one network before the next must wait.
pub const TRIES: i64 = 5;
/// Wrong tries for one name, from anywhere, before unfamiliar networks must wait.
pub const TRIES_FOR_A_NAME: i64 = 50;
/// Wrong tries from one network, for any name, before it must wait for names it is not familiar with.
pub const TRIES_FROM_A_NETWORK: i64 = 100;
/// Seconds of the first wait; each further wrong try doubles it.
const FIRST_WAIT: i64 = 30;
/// Seconds of the longest wait.
const LONGEST_WAIT: i64 = 3600;
/// Time without a wrong try after which all are forgotten.
pub const FORGOTTEN: TimeDelta = TimeDelta::hours(24);
/// Time for which a network stays familiar with a name that has logged in from there.
pub const FAMILIAR: TimeDelta = TimeDelta::days(30);

/// Wrong tries for a name on a network, for a name, or from a network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tries {
    /// Tries that were wrong, or have not turned out yet to be right.
    pub wrong: i64,
    /// The last of them.
    pub last_at: Moment,
    /// The last log-in of the name from the network; of a pair only.
    pub familiar_at: Option<Moment>,
}

/// Wrong tries of everything that a new try concerns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AttemptCounts {
    /// The name on the network.
    pub pair: Tries,
    /// The name, from any network.
    pub name: Tries,
    /// The network, for any name.
    pub network: Tries,
}

impl Tries {
    /// The wrong tries that still count: all of them until they are forgotten.
    pub fn remembered(&self, now: Moment) -> i64 {
        if now.signed_duration_since(self.last_at) < FORGOTTEN { self.wrong } else { 0 }
    }

    fn is_familiar(&self, now: Moment) -> bool {
        self.familiar_at.is_some_and(|at| now.signed_duration_since(at) < FAMILIAR)
    }

    fn closed_until(&self, free: i64, now: Moment) -> Option<Moment> {
        let beyond = self.remembered(now) - free;
        if beyond < 0 {
            return None;
        }
        let doublings = u32::try_from(beyond).unwrap_or(u32::MAX).min(30);
        let seconds = (FIRST_WAIT << doublings).min(LONGEST_WAIT);
        Some(self.last_at + TimeDelta::seconds(seconds)).filter(|until| *until > now)
    }
}

impl AttemptCounts {
    /// The moment until which the next try must wait; `None` if it may be made now. Where a name has logged in lately,
    /// only its own wrong tries from there count: those of strangers elsewhere cannot lock it out.
    pub fn closed_until(&self, now: Moment) -> Option<Moment> {
        let own = self.pair.closed_until(TRIES, now);
        if self.pair.is_familiar(now) {
            return own;
        }
        let name = self.name.closed_until(TRIES_FOR_A_NAME, now);
        own.max(name).max(self.network.closed_until(TRIES_FROM_A_NETWORK, now))
    }
}
