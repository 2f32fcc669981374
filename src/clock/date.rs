//! Moments as text, in milliseconds since the Unix epoch.
//!
//! Sources: ISO 8601 as AWS's services and tools write it; RFC 9110 §5.6.7 for HTTP's dates.

use time::{Date, Month};

/// The Julian day on which the Unix epoch began.
const EPOCH: i32 = 2_440_588;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Milliseconds since the Unix epoch of `YYYY-MM-DDThh:mm:ss[.fff]Z`. Old versions of AWS's command line wrote `UTC` for
/// the `Z`; any other zone is refused, as no source of credentials writes one.
pub(crate) fn from_iso8601(text: &str) -> Option<u64> {
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

/// `Sun, 06 Nov 1994 08:49:37 GMT`, in milliseconds since the Unix epoch.
pub(crate) fn from_http_date(text: &str) -> Option<u64> {
    let mut words = text.trim().split(' ');
    let (_, day, month, year) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (time, zone) = (words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let tens = if month < 10 { "-0" } else { "-" };
    let month = month.to_string();
    let is_gmt = zone == "GMT" && words.next().is_none();
    // The form in which AWS writes moments.
    let moment = from_iso8601(&[year, tens, &month, "-", day, "T", time, "Z"].concat());
    moment.filter(|_| is_gmt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: u64 = 1_795_348_800_000;

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
            assert_eq!(from_iso8601(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_moment_is_read_as_aws_s_own_reader_reads_it(seconds in 0i64..253_402_300_800) {
            use aws_smithy_types::date_time::{DateTime, Format};
            let text = DateTime::from_secs(seconds).fmt(Format::DateTime).expect("a text");
            prop_assert_eq!(from_iso8601(&text), u64::try_from(seconds * 1000).ok());
        }
    }

    #[test]
    fn a_date_is_read_as_http_writes_it_and_nothing_else_is() {
        for (text, expected) in [
            ("Sun, 22 Nov 2026 12:00:00 GMT", Some(NOON)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            (" Sun, 22 Nov 2026 12:00:00 GMT ", Some(NOON)),
            ("Sun, 22 Nov 2026 12:00:00 UTC", None),
            ("Sun, 22 Nov 2026 12:00:00", None),
            ("Sun, 22 Nov 2026 12:00:00 GMT+1", None),
            ("Sun, 22 Nov 2026 12:00:00 GMT x", None),
            ("Sun, 31 Feb 2026 12:00:00 GMT", None),
            ("Sun, 2 Nov 2026 12:00:00 GMT", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("2026-11-22T12:00:00Z", None),
            ("", None),
        ] {
            assert_eq!(from_http_date(text), expected, "{text}");
        }
    }
}
