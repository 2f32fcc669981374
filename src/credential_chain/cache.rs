//! Credentials that were found, kept for the calls that come after.
//!
//! In: what a call wants, and the time. Out: credentials that are still good, with whether to look for new ones. Cached by
//! what was wanted, so that nobody is given another's. Where several calls run at once, [`single_flight`](super::single_flight) sees to
//! it that no two look for the same.

use super::Wanted;
use crate::clock::expiry::{Freshness, fresh};
use crate::credentials::Credentials;

/// The most that are kept: a gateway for many asks for as many roles, and each costs a few hundred bytes.
const CAPACITY: usize = 64;

/// What does not say when it ends is looked for again after this: files change. 15 minutes, in milliseconds, as in the
/// AWS SDKs.
const DEFAULT_TTL_MS: u64 = 15 * 60 * 1000;

/// After new ones could not be had, those that still work do for so long: 30 seconds, in milliseconds.
const RETRY_AFTER_MS: u64 = 30 * 1000;

#[derive(Debug)]
struct Entry {
    wanted: Wanted,
    credentials: Credentials,
    /// In milliseconds since the Unix epoch: until then nothing is looked for.
    settled_until: u64,
}

/// What was found, the newest last.
#[derive(Debug, Default)]
pub struct Cache {
    entries: Vec<Entry>,
}

/// What is known for a call.
#[derive(Debug, Clone)]
pub enum Cached {
    /// Good as they are.
    Fresh(Credentials),
    /// Good enough if no new ones can be had.
    Stale(Credentials),
    /// Nothing that could be used.
    Miss,
}

impl Cache {
    /// Nothing is known.
    pub const EMPTY: Cache = Cache {
        entries: Vec::new(),
    };

    /// What is known; `now` is in milliseconds since the Unix epoch.
    pub fn get(&self, wanted: &Wanted, now: u64) -> Cached {
        let Some(entry) = self.entries.iter().find(|entry| entry.wanted == *wanted) else {
            return Cached::Miss;
        };
        let credentials = entry.credentials.clone();
        match fresh(credentials.expires_at, now) {
            Freshness::Expired => Cached::Miss,
            Freshness::RefreshSoon | Freshness::Fresh if now < entry.settled_until => {
                Cached::Fresh(credentials)
            }
            Freshness::Fresh if credentials.expires_at.is_some() => Cached::Fresh(credentials),
            Freshness::RefreshSoon | Freshness::Fresh => Cached::Stale(credentials),
        }
    }

    /// Keep what was found at `now`.
    pub fn insert(&mut self, wanted: &Wanted, credentials: &Credentials, now: u64) {
        if let Some(place) = self.place(wanted) {
            self.entries.remove(place);
        }
        if self.entries.len() == CAPACITY {
            self.entries.remove(0);
        }
        let settled = match credentials.expires_at {
            Some(_) => 0,
            None => DEFAULT_TTL_MS,
        };
        self.entries.push(Entry {
            wanted: wanted.clone(),
            credentials: credentials.clone(),
            settled_until: now.saturating_add(settled),
        });
    }

    /// New ones could not be had at `now`: those that are there do for a while.
    pub fn extend(&mut self, wanted: &Wanted, now: u64) {
        if let Some(entry) = self
            .entries
            .iter_mut()
            .find(|entry| entry.wanted == *wanted)
        {
            entry.settled_until = now.saturating_add(RETRY_AFTER_MS);
        }
    }

    /// The service does not take the ones that were used any more. Whether there were any; others that another call has
    /// found since then stay. The region is no part of it: a call may have another than its credentials.
    pub fn forget(&mut self, wanted: &Wanted, used: &Credentials) -> bool {
        let Some(place) = self.place(wanted) else {
            return false;
        };
        if self
            .entries
            .get(place)
            .is_some_and(|entry| entry.credentials.auth == used.auth)
        {
            self.entries.remove(place);
        }
        true
    }

    fn place(&self, wanted: &Wanted) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| entry.wanted == *wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::{Auth, Role};

    const NOW: u64 = 1_795_348_800_000;
    const MINUTE: u64 = 60 * 1000;

    fn wanted(role: &str) -> Wanted {
        Wanted {
            given: Credentials {
                auth: None,
                region: None,
                expires_at: None,
            },
            role: Some(Role {
                arn: role.into(),
                external_id: None,
                session_name: None,
                duration_seconds: None,
            }),
            profile: None,
            region: None,
        }
    }

    fn until(expires_at: Option<u64>) -> Credentials {
        Credentials {
            auth: Some(Auth::access_key("AKID", "s", None)),
            region: None,
            expires_at,
        }
    }

    fn state(cache: &Cache, now: u64) -> &'static str {
        match cache.get(&wanted("a"), now) {
            Cached::Fresh(_) => "fresh",
            Cached::Stale(_) => "stale",
            Cached::Miss => "miss",
        }
    }

    #[test]
    fn they_are_good_until_five_minutes_before_their_end_and_gone_a_minute_before() {
        let mut cache = Cache::default();
        assert_eq!(state(&cache, NOW), "miss");
        cache.insert(&wanted("a"), &until(Some(NOW + 60 * MINUTE)), NOW);
        for (minutes, expected) in [(0, "fresh"), (54, "fresh"), (56, "stale"), (59, "miss")] {
            assert_eq!(state(&cache, NOW + minutes * MINUTE), expected, "{minutes}");
        }
    }

    #[test]
    fn what_does_not_end_is_looked_for_again_after_a_quarter_of_an_hour() {
        let mut cache = Cache::default();
        cache.insert(&wanted("a"), &until(None), NOW);
        for (minutes, expected) in [(0, "fresh"), (14, "fresh"), (15, "stale")] {
            assert_eq!(state(&cache, NOW + minutes * MINUTE), expected, "{minutes}");
        }
    }

    #[test]
    fn after_a_failed_refresh_the_old_ones_do_for_half_a_minute() {
        let mut cache = Cache::default();
        cache.insert(&wanted("a"), &until(Some(NOW + 4 * MINUTE)), NOW);
        assert_eq!(state(&cache, NOW), "stale");
        cache.extend(&wanted("a"), NOW);
        assert_eq!(state(&cache, NOW + MINUTE / 3), "fresh");
        assert_eq!(state(&cache, NOW + MINUTE / 2), "stale");
        // And no longer than they live.
        cache.extend(&wanted("a"), NOW + 3 * MINUTE);
        assert_eq!(state(&cache, NOW + 3 * MINUTE), "miss");
    }

    #[test]
    fn nobody_is_given_anothers() {
        let mut cache = Cache::default();
        cache.insert(&wanted("b"), &until(None), NOW);
        assert_eq!(state(&cache, NOW), "miss");
        let keys = |id: &str| Wanted {
            given: Credentials {
                auth: Some(Auth::access_key(id, "s", None)),
                ..wanted("a").given
            },
            ..wanted("a")
        };
        cache.insert(&keys("AKID1"), &until(None), NOW);
        assert!(matches!(cache.get(&keys("AKID1"), NOW), Cached::Fresh(_)));
        assert!(matches!(cache.get(&keys("AKID2"), NOW), Cached::Miss));
    }

    #[test]
    fn what_was_found_since_is_not_forgotten_with_what_was_used() {
        let mut cache = Cache::default();
        cache.insert(&wanted("a"), &until(Some(NOW + 60 * MINUTE)), NOW);
        let used = Credentials {
            auth: Some(Auth::access_key("AKID0", "s", None)),
            ..until(None)
        };
        assert!(cache.forget(&wanted("a"), &used), "there are others");
        assert_eq!(state(&cache, NOW), "fresh");
    }

    #[test]
    fn a_call_with_a_region_of_its_own_forgets_what_it_used() {
        let mut cache = Cache::default();
        cache.insert(&wanted("a"), &until(None), NOW);
        let used = Credentials {
            region: Some("eu-west-1".into()),
            ..until(None)
        };
        assert!(cache.forget(&wanted("a"), &used));
        assert_eq!(state(&cache, NOW), "miss");
    }

    #[test]
    fn forgotten_ones_are_gone_and_the_oldest_makes_room() {
        let mut cache = Cache::default();
        cache.insert(&wanted("a"), &until(None), NOW);
        assert!(cache.forget(&wanted("a"), &until(None)));
        assert!(!cache.forget(&wanted("a"), &until(None)));
        for number in 0..=CAPACITY {
            cache.insert(&wanted(&number.to_string()), &until(None), NOW);
        }
        assert!(matches!(cache.get(&wanted("0"), NOW), Cached::Miss));
        assert!(matches!(cache.get(&wanted("1"), NOW), Cached::Fresh(_)));
        assert_eq!(cache.entries.len(), CAPACITY);
    }
}
