//! When credentials expire, and when it is time for new ones.
//!
//! Sources write the moment as ISO 8601 text or as milliseconds; here it is always milliseconds since the Unix epoch.

use time::{Date, Month};

use super::Credentials;

/// From here to their end, credentials still work, and new ones are better fetched: 5 minutes, in milliseconds.
const ADVISORY: u64 = 5 * 60 * 1000;

/// From here to their end, a call may outlive credentials: 60 seconds, in milliseconds.
const MANDATORY: u64 = 60 * 1000;

/// The Julian day on which the Unix epoch began.
const EPOCH: i32 = 2_440_588;

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

/// How the credentials stand at `now`, in milliseconds since the Unix epoch.
pub fn fresh(credentials: &Credentials, now: u64) -> Freshness {
    match credentials.expires_at {
        Some(end) if end <= now.saturating_add(MANDATORY) => Freshness::Expired,
        Some(end) if end <= now.saturating_add(ADVISORY) => Freshness::RefreshSoon,
        _ => Freshness::Fresh,
    }
}

/// Milliseconds since the Unix epoch of `YYYY-MM-DDThh:mm:ss[.fff]Z`. Old versions of AWS's command line wrote `UTC` for
/// the `Z`; any other zone is refused, as no source of credentials writes one.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let text = text
        .strip_suffix('Z')
        .or_else(|| text.strip_suffix("UTC"))?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut fields = [0; 6];
    let mut rest = whole;
    for (field, (digits, separator)) in
        fields
            .iter_mut()
            .zip([(4, "-"), (2, "-"), (2, "T"), (2, ":"), (2, ":"), (2, "")])
    {
        let (number, after) = rest.split_at_checked(digits)?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *field = number.parse::<u16>().ok()?;
        rest = after.strip_prefix(separator)?;
    }
    let [year, month, day, hour, minute, second] = fields;
    // A leap second is the last of its minute.
    if !rest.is_empty() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(year.into(), month, u8::try_from(day).ok()?).ok()?;
    let days = u64::try_from(date.to_julian_day() - EPOCH).ok()?;
    let seconds = u64::from(hour) * 3600 + u64::from(minute) * 60 + u64::from(second);
    Some((days * 86_400 + seconds) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_moment_is_read_as_aws_writes_it_and_nothing_else_is() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2099-01-01T00:00:00Z", Some(4_070_908_800_000)),
            ("2026-11-22T12:00:00.123Z", Some(1_795_348_800_000)),
            ("2024-02-29T23:59:59Z", Some(1_709_251_199_000)),
            (" 2020-06-17T10:02:08UTC\n", Some(1_592_388_128_000)),
            ("2023-02-29T00:00:00Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("2026-11-22T12:00:00", None),
            ("2026-11-22T12:00:00+01:00", None),
            ("2026-11-22 12:00:00Z", None),
            ("2026-11-22T24:00:00Z", None),
            ("2026-13-22T00:00:00Z", None),
            ("2026-11-22T12:00:00.Z", None),
            ("+026-11-22T12:00:00Z", None),
            ("2026-11-22T12:00:00üZ", None),
            ("4070908800000", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_moment_is_read_as_aws_s_own_reader_reads_it(seconds in 0i64..253_402_300_800) {
            use aws_smithy_types::date_time::{DateTime, Format};
            let text = DateTime::from_secs(seconds).fmt(Format::DateTime).expect("a text");
            prop_assert_eq!(parse(&text), u64::try_from(seconds * 1000).ok());
        }
    }

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
            let credentials = Credentials {
                auth: None,
                region: None,
                expires_at: left.map(|left: i64| now.saturating_add_signed(left)),
            };
            assert_eq!(fresh(&credentials, now), expected, "{left:?}");
        }
    }
}
