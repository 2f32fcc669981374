//! The service's clock: the machine's, shifted or stopped, so that skew and expiry can be played.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// `YYYYMMDDTHHMMSSZ`, the form of `x-amz-date`.
const AMZ_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");
/// IMF-fixdate, the form of `Date` (RFC 9110, 5.6.7).
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// `YYYY-MM-DDTHH:MM:SSZ`, the form of expirations (ISO 8601).
const ISO_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// What time the emulator believes it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock plus this many seconds.
    Offset(i64),
    /// Always this second since the epoch.
    Fixed(i64),
}

impl Default for Clock {
    fn default() -> Self {
        Self::Offset(0)
    }
}

impl Clock {
    /// Now, to the second.
    pub fn now(self) -> OffsetDateTime {
        let seconds = match self {
            Self::Fixed(at) => at,
            Self::Offset(by) => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                let machine = since.as_ref().map_or(0, Duration::as_secs);
                i64::try_from(machine)
                    .unwrap_or(i64::MAX)
                    .saturating_add(by)
            }
        };
        OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// `YYYYMMDDTHHMMSSZ` of a time.
pub(crate) fn amz_date(at: OffsetDateTime) -> String {
    at.format(AMZ_DATE).unwrap_or_default()
}

/// The time that `YYYYMMDDTHHMMSSZ` names.
pub(crate) fn parse_amz_date(text: &str) -> Option<OffsetDateTime> {
    time::PrimitiveDateTime::parse(text, AMZ_DATE)
        .ok()
        .map(time::PrimitiveDateTime::assume_utc)
}

/// A second since the epoch in ISO 8601.
pub(crate) fn iso_date(seconds: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(ISO_DATE).unwrap_or_default()
}

/// The `Date` header of a time.
pub(crate) fn http_date(at: OffsetDateTime) -> String {
    at.format(HTTP_DATE).unwrap_or_default()
}
