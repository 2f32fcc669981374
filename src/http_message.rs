//! HTTP as the core sees it: a request as a transport needs it, and the head of its answer.

use std::fmt;

use http::HeaderValue;

use crate::clock::date;
use crate::excerpt::printable;

/// A request, ready to send once it is signed.
pub struct HttpRequest {
    /// `POST`, mostly.
    pub method: &'static str,
    /// `https`, or `http` where the caller's own address says so.
    pub scheme: &'static str,
    /// `host` or `host:port`; the port is left out where it is the scheme's own.
    pub authority: String,
    /// Percent-encoded, and sent as it is.
    pub path: String,
    /// Percent-encoded, without the question mark; empty where there is none.
    pub query: String,
    /// Names in lower case. `host` is not among them: it is the authority.
    pub headers: Vec<(&'static str, HeaderValue)>,
    /// All of it.
    pub body: Vec<u8>,
}

/// Without the body, which is somebody's prompt; sensitive header values show as such.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HttpRequest {
            method,
            scheme,
            authority,
            path,
            headers,
            body,
            ..
        } = self;
        write!(
            f,
            "{method} {scheme}://{authority}{path} {headers:?} ({} bytes)",
            body.len()
        )
    }
}

/// How much of a header is kept, in characters.
const MAX_HEADER: usize = 200;

/// The head of an HTTP answer, as far as errors and answers need it.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// `x-amzn-requestid`.
    pub request_id: Option<String>,
    /// `x-amzn-errortype`.
    pub(crate) error_type: Option<String>,
    /// `content-type`.
    pub content_type: Option<String>,
    /// `x-amz-retry-after`, in milliseconds; else `retry-after`, where it is in seconds.
    pub(crate) retry_after_ms: Option<u64>,
    /// `date`, in milliseconds since the Unix epoch; none where a cache kept the answer for a while (`age`).
    pub(crate) date: Option<u64>,
}

impl Head {
    /// Of an answer's status and headers; names in any case.
    pub fn new<'h>(status: u16, headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> Self {
        let mut head = Head {
            status,
            ..Head::default()
        };
        let mut is_old = false;
        for (name, value) in headers {
            let own = || Some(printable(value, MAX_HEADER));
            match name {
                _ if name.eq_ignore_ascii_case("x-amzn-requestid") => head.request_id = own(),
                _ if name.eq_ignore_ascii_case("x-amzn-errortype") => head.error_type = own(),
                _ if name.eq_ignore_ascii_case("content-type") => head.content_type = own(),
                _ if name.eq_ignore_ascii_case("x-amz-retry-after") => {
                    head.retry_after_ms = value.trim().parse().ok().or(head.retry_after_ms);
                }
                _ if name.eq_ignore_ascii_case("retry-after") => {
                    let seconds = value.trim().parse::<u32>().ok();
                    let milliseconds = seconds.map(|seconds| u64::from(seconds) * 1000);
                    head.retry_after_ms = head.retry_after_ms.or(milliseconds);
                }
                _ if name.eq_ignore_ascii_case("date") => head.date = date::from_http_date(value),
                _ if name.eq_ignore_ascii_case("age") => is_old = true,
                _ => {}
            }
        }
        head.date = head.date.filter(|_| !is_old);
        head
    }

    /// Whether the body is an answer, and not an error.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_s_own_hint_when_to_try_again_wins_over_http_s() {
        for (headers, milliseconds) in [
            (&[("retry-after", "3")][..], Some(3000)),
            (
                &[("X-Amz-Retry-After", "250"), ("Retry-After", "3")],
                Some(250),
            ),
            (
                &[("Retry-After", "3"), ("x-amz-retry-after", "250")],
                Some(250),
            ),
            (&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], None),
            (&[("retry-after", "-1")], None),
        ] {
            let head = Head::new(429, headers.iter().copied());
            assert_eq!(head.retry_after_ms, milliseconds, "{headers:?}");
        }
    }
}
