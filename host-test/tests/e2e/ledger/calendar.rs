//! UTC days and months, by another algorithm than the component's.

use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.expect("after 1970").as_millis();
    u64::try_from(ms).expect("before the year 584,000,000")
}

/// The first millisecond of `2026-11-23` or `2026-11`, and of what follows it.
pub(crate) fn bounds(period: &str) -> (u64, u64) {
    const DAY_MS: u64 = 86_400_000;
    let numbers: Vec<u64> = period
        .split('-')
        .map(|part| part.parse().expect("a number"))
        .collect();
    // Counted from March, as <https://howardhinnant.github.io/date_algorithms.html> does it.
    let days = |year: u64, month: u64, day: u64| {
        let year = if month <= 2 { year - 1 } else { year };
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468
    };
    let (start, end) = match numbers[..] {
        [year, month, day] => {
            assert_eq!(period.len(), "2026-11-23".len(), "{period}");
            (days(year, month, day), days(year, month, day) + 1)
        }
        [year, month] => {
            assert_eq!(period.len(), "2026-11".len(), "{period}");
            let (next_year, next) = (year + month / 12, month % 12 + 1);
            (days(year, month, 1), days(next_year, next, 1))
        }
        _ => panic!("neither a day nor a month: {period}"),
    };
    (start * DAY_MS, end * DAY_MS)
}

#[test]
fn a_day_and_a_month_begin_and_end_where_the_calendar_says() {
    for (period, start, end) in [
        ("1970-01-01", 0, 86_400_000),
        ("2026-11-23", 1_795_392_000_000, 1_795_478_400_000),
        ("2026-12", 1_796_083_200_000, 1_798_761_600_000),
        ("2028-02", 1_832_976_000_000, 1_835_481_600_000),
    ] {
        assert_eq!(bounds(period), (start, end), "{period}");
    }
}
