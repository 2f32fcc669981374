//! UTC days and months, as spending is counted by them.
//!
//! In: a moment in milliseconds since the Unix epoch. Out: the period that it is in, and when the next one begins.

use time::{Date, OffsetDateTime};

use crate::canonical::Error;

/// The Julian day on which the Unix epoch began.
const EPOCH: i32 = 2_440_588;

const MILLISECONDS_OF_A_DAY: u64 = 86_400_000;

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    Day,
    Month,
}

/// A day or a month.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Period {
    pub span: Span,
    /// `2026-11-23` or `2026-11`.
    pub name: String,
    /// When the next one begins, as ISO 8601 text.
    pub end: String,
    /// How long until then, in milliseconds.
    pub left: u64,
}

impl Period {
    /// The one that `now` is in.
    ///
    /// # Errors
    /// A moment past the year 9999.
    pub(super) fn of(span: Span, now: u64) -> Result<Self, Error> {
        Self::known(span, now).ok_or_else(|| {
            let message = format!(
                "expected milliseconds since the Unix epoch, got {now}: past the year 9999"
            );
            Error::invalid("now", message)
        })
    }

    fn known(span: Span, now: u64) -> Option<Self> {
        let seconds = i64::try_from(now / 1000).ok()?;
        let today = OffsetDateTime::from_unix_timestamp(seconds).ok()?.date();
        let (year, month) = (today.year(), today.month());
        let day = name(today);
        let (name_of_it, end) = match span {
            Span::Day => (day, today.next_day()?),
            Span::Month => {
                let year = year + i32::from(u8::from(month) == 12);
                let end = Date::from_calendar_date(year, month.next(), 1).ok()?;
                (day.get(..7)?.to_owned(), end)
            }
        };
        let days = u64::try_from(end.to_julian_day() - EPOCH).ok()?;
        Some(Period {
            span,
            name: name_of_it,
            end: name(end) + "T00:00:00Z",
            left: (days * MILLISECONDS_OF_A_DAY).saturating_sub(now),
        })
    }
}

fn name(date: Date) -> String {
    let (year, month, day) = date.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}", u8::from(month))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_moment_is_in_a_utc_day_and_a_utc_month_that_end_at_midnight() {
        const DAY: u64 = MILLISECONDS_OF_A_DAY;
        for (now, span, name, end, left) in [
            (0, Span::Day, "1970-01-01", "1970-01-02T00:00:00Z", DAY),
            (0, Span::Month, "1970-01", "1970-02-01T00:00:00Z", 31 * DAY),
            // 2026-11-23T23:59:59.999Z, and a millisecond later.
            (
                1_795_478_399_999,
                Span::Day,
                "2026-11-23",
                "2026-11-24T00:00:00Z",
                1,
            ),
            (
                1_795_478_400_000,
                Span::Day,
                "2026-11-24",
                "2026-11-25T00:00:00Z",
                DAY,
            ),
            (
                1_795_478_399_999,
                Span::Month,
                "2026-11",
                "2026-12-01T00:00:00Z",
                7 * DAY + 1,
            ),
            // 2028-02-29T12:00:00Z and 2026-12-31T00:00:00Z.
            (
                1_835_438_400_000,
                Span::Day,
                "2028-02-29",
                "2028-03-01T00:00:00Z",
                DAY / 2,
            ),
            (
                1_835_438_400_000,
                Span::Month,
                "2028-02",
                "2028-03-01T00:00:00Z",
                DAY / 2,
            ),
            (
                1_798_675_200_000,
                Span::Day,
                "2026-12-31",
                "2027-01-01T00:00:00Z",
                DAY,
            ),
            (
                1_798_675_200_000,
                Span::Month,
                "2026-12",
                "2027-01-01T00:00:00Z",
                DAY,
            ),
        ] {
            let (name, end) = (name.to_owned(), end.to_owned());
            let expected = Period {
                span,
                name,
                end,
                left,
            };
            assert_eq!(Period::of(span, now), Ok(expected), "{now}");
        }
        for now in [253_402_300_800_000, u64::MAX] {
            let error = Period::of(Span::Day, now).expect_err("too late");
            assert_eq!(error.path.as_deref(), Some("now"));
        }
    }

    proptest! {
        #[test]
        fn a_period_ends_where_the_next_begins_and_names_the_day_that_it_is(seconds in 0..253_000_000_000_u64) {
            use aws_smithy_types::date_time::{DateTime, Format};
            let now = seconds * 1000;
            let text = DateTime::from_secs(i64::try_from(seconds).expect("in range")).fmt(Format::DateTime).expect("a text");
            for (span, length) in [(Span::Day, 10), (Span::Month, 7)] {
                let period = Period::of(span, now).expect("a period");
                prop_assert_eq!(&period.name, &text[..length]);
                let next = Period::of(span, now + period.left).expect("the next");
                prop_assert!(next.name > period.name);
                prop_assert!(period.end.starts_with(&next.name));
                prop_assert_eq!(Period::of(span, now + period.left - 1).expect("the last moment").name, period.name);
            }
        }
    }
}
