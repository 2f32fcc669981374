//! The signing time as AWS writes it.

use time::OffsetDateTime;

use crate::canonical::Error;

/// `YYYYMMDDTHHMMSSZ`, in UTC.
pub(crate) struct AmzDate(String);

impl AmzDate {
    /// Of milliseconds since the Unix epoch.
    pub(crate) fn new(now: u64) -> Result<Self, Error> {
        let time = i64::try_from(now / 1000)
            .ok()
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        let time = time.filter(|time| time.year() <= 9999).ok_or_else(|| {
            Error::invalid(
                "now",
                format!(
                    "expected milliseconds since the Unix epoch, got {now}: past the year 9999"
                ),
            )
        })?;
        let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
        let (hour, minute, second) = time.to_hms();
        Ok(AmzDate(format!(
            "{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"
        )))
    }

    pub(crate) fn time(&self) -> &str {
        &self.0
    }

    /// `YYYYMMDD`.
    pub(crate) fn day(&self) -> &str {
        self.0.split('T').next().unwrap_or_default()
    }
}
