//! The kind of a request's body.

use crate::canonical::Error;

/// A request's body must be JSON, and say so: a page of another origin may send any other kind without asking first, and
/// an open gateway would serve it. `content_type` is the header, empty where there is none.
///
/// # Errors
/// `invalid-request` of status 415.
pub fn expect_json(content_type: &str) -> Result<(), Error> {
    let (essence, _) = content_type.split_once(';').unwrap_or((content_type, ""));
    match essence.trim().eq_ignore_ascii_case("application/json") {
        true => Ok(()),
        false => Err(Error {
            status: Some(415),
            ..Error::invalid(
                "content-type",
                "expected application/json, and a body of that kind",
            )
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_taken_in_any_spelling() {
        for (content_type, is_taken) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            (" application/json ", true),
            ("", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("application/jsonl", false),
        ] {
            let status = expect_json(content_type).map_err(|error| error.status);
            let expected = if is_taken { Ok(()) } else { Err(Some(415)) };
            assert_eq!(status, expected, "{content_type}");
        }
    }
}
