//! When credentials expire, and when it is time for new ones.

/// From here to their end, credentials still work, and new ones are better fetched: 5 minutes, in milliseconds.
const ADVISORY: u64 = 5 * 60 * 1000;

/// From here to their end, a call may outlive credentials: 60 seconds, in milliseconds.
const MANDATORY: u64 = 60 * 1000;

/// Whether credentials can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As they are.
    Fresh,
    /// As they are, and one caller should fetch new ones; if that fails, these do.
    RefreshSoon,
    /// No more: less than 60 seconds are left.
    Expired,
}

/// How credentials stand at `now` that expire at `expires_at`, both in milliseconds since the Unix epoch.
pub fn fresh(expires_at: Option<u64>, now: u64) -> Freshness {
    match expires_at {
        Some(end) if end <= now.saturating_add(MANDATORY) => Freshness::Expired,
        Some(end) if end <= now.saturating_add(ADVISORY) => Freshness::RefreshSoon,
        _ => Freshness::Fresh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_renewed_before_they_expire() {
        let now = 1_795_348_800_000u64;
        for (left, expected) in [
            (None, Freshness::Fresh),
            (Some(300_001), Freshness::Fresh),
            (Some(300_000), Freshness::RefreshSoon),
            (Some(60_001), Freshness::RefreshSoon),
            (Some(60_000), Freshness::Expired),
            (Some(-1), Freshness::Expired),
        ] {
            let expires_at = left.map(|left: i64| now.saturating_add_signed(left));
            assert_eq!(fresh(expires_at, now), expected, "{left:?}");
        }
    }
}
