//! `data:` URLs (RFC 2397), in any form that is legal or common: the scheme and `base64` in any case, parameters, white
//! space, no media type, text with percent signs instead of base64, base64 without its padding or with percent signs.
//!
//! Base64 stays base64: nothing is decoded. Where no media type is given it stays empty, so that the provider can
//! recognise the file by its name or its content; text without a name is plain text, as the RFC has it.

use crate::canonical::{Encoded, Error, Raw, Source};
use crate::fields::Fields;

const EXPECTED: &str = "expected data:<media type>;base64,<data>";

/// The member `name`, an address: the content of a `data:` URL, any other as it is.
pub(crate) fn address(fields: &mut Fields<'_, '_>, name: &'static str) -> Result<Source, Error> {
    let url = fields.required_text(name)?;
    source(url, fields, name)
}

/// As [`address`], of a text that was read.
pub(crate) fn source(
    url: String,
    fields: &Fields<'_, '_>,
    name: &'static str,
) -> Result<Source, Error> {
    match read(&url) {
        None => Ok(Source::Url(url)),
        Some(content) => content.map_err(|message| fields.invalid(name, message)),
    }
}

/// The content of a `data:` URL; none where it is another address, or none.
pub(crate) fn read(url: &str) -> Option<Result<Source, &'static str>> {
    let (scheme, rest) = url.split_once(':')?;
    let is_data = scheme.trim_start().eq_ignore_ascii_case("data");
    is_data.then(|| content(rest))
}

/// What stands behind the scheme.
fn content(rest: &str) -> Result<Source, &'static str> {
    let (head, data) = rest.split_once(',').ok_or(EXPECTED)?;
    let (media_type, is_base64) = match head.rsplit_once(';') {
        Some((head, last)) if last.trim().eq_ignore_ascii_case("base64") => (head, true),
        _ => (head, false),
    };
    // Parameters, such as a charset, are not of the type.
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let media_type = Some(media_type).filter(|media_type| media_type.contains('/'));
    let media_type = media_type.unwrap_or_default().to_owned();
    let data = match data.contains('%') {
        true => percent_decoded(data),
        false => data.as_bytes().to_vec(),
    };
    Ok(match is_base64 {
        true => Source::Base64(Encoded {
            media_type,
            data: padded(String::from_utf8(data).map_err(|_| EXPECTED)?),
        }),
        false => Source::Bytes(Raw { media_type, data }),
    })
}

/// Percent signs with two digits as the bytes that they stand for (RFC 3986, section 2.1); others as they are.
pub fn percent_decoded(data: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len());
    let mut rest = data;
    while let Some((plain, escaped)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        let digits = escaped.get(..2).filter(|digits| !digits.starts_with('+'));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = escaped.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(b'%');
                rest = escaped;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Base64 whose last group is whole.
fn padded(mut base64: String) -> String {
    let digits = base64.bytes().filter(|byte| !byte.is_ascii_whitespace());
    match (base64.contains('='), digits.count() % 4) {
        (false, 2) => base64.push_str("=="),
        (false, 3) => base64.push('='),
        _ => {}
    }
    base64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base64(media_type: &str, data: &str) -> Source {
        Source::Base64(Encoded {
            media_type: media_type.into(),
            data: data.into(),
        })
    }

    fn bytes(media_type: &str, data: &[u8]) -> Source {
        Source::Bytes(Raw {
            media_type: media_type.into(),
            data: data.into(),
        })
    }

    #[test]
    fn a_data_url_is_read_in_any_legal_form() {
        for (url, source) in [
            ("data:image/png;base64,AAEC", base64("image/png", "AAEC")),
            (
                "DATA:text/plain;base64,SGVsbG8=",
                base64("text/plain", "SGVsbG8="),
            ),
            ("Data:Image/PNG;BASE64,AAEC", base64("Image/PNG", "AAEC")),
            (
                " data: image/png ; base64 ,AAEC",
                base64("image/png", "AAEC"),
            ),
            (
                "data:text/plain;charset=utf-8;base64,AAEC",
                base64("text/plain", "AAEC"),
            ),
            ("data:a/b;x=base64;base64,AAEC", base64("a/b", "AAEC")),
            ("data:;base64,AAEC", base64("", "AAEC")),
            ("data:;charset=US-ASCII;base64,AAEC", base64("", "AAEC")),
            ("data:a/b;base64,AA\r\n EC", base64("a/b", "AA\r\n EC")),
            ("data:a/b;base64,SGVsbG8", base64("a/b", "SGVsbG8=")),
            ("data:a/b;base64,SGVs\nbA", base64("a/b", "SGVs\nbA==")),
            ("data:a/b;base64,%2B%2fA%3D", base64("a/b", "+/A=")),
            ("data:a/b;base64,", base64("a/b", "")),
            ("data:,Hello%2C%20World%21", bytes("", b"Hello, World!")),
            (
                "data:text/html,<p>a,b</p>",
                bytes("text/html", b"<p>a,b</p>"),
            ),
            (
                "data:text/plain;charset=utf-8,%E4%B8%96",
                bytes("text/plain", "世".as_bytes()),
            ),
            (
                "data:text/plain,100%25 %zz%",
                bytes("text/plain", b"100% %zz%"),
            ),
            ("data:text/plain,世%", bytes("text/plain", "世%".as_bytes())),
            (
                "data:image/svg+xml;utf8,<svg/>",
                bytes("image/svg+xml", b"<svg/>"),
            ),
            ("data:a/b,%ff", bytes("a/b", b"\xff")),
        ] {
            assert_eq!(read(url), Some(Ok(source)), "{url}");
        }
    }

    #[test]
    fn what_is_no_data_url_is_another_address_or_refused() {
        for url in [
            "",
            "https://a.example/data:,x",
            "database:,x",
            "SGVsbG8=",
            "s3://a/b",
        ] {
            assert_eq!(read(url), None, "{url}");
        }
        for url in [
            "data:",
            "data:x",
            "data:image/png;base64",
            "data:a/b;base64,%ff",
        ] {
            assert_eq!(read(url), Some(Err(EXPECTED)), "{url}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_behind_the_scheme_is_content_or_refused(rest in ".*") {
            let url = ["data:", &rest].concat();
            match read(&url) {
                Some(Ok(Source::Base64(_) | Source::Bytes(_))) => prop_assert!(rest.contains(',')),
                Some(Err(message)) => prop_assert_eq!(message, EXPECTED),
                other => prop_assert!(false, "{:?}", other),
            }
        }

        #[test]
        fn any_bytes_come_back_from_their_escaped_form(data in proptest::collection::vec(any::<u8>(), 0..32)) {
            let escaped: String = data.iter().map(|byte| format!("%{byte:02x}")).collect();
            let url = ["data:a/b,", &escaped].concat();
            prop_assert_eq!(read(&url), Some(Ok(bytes("a/b", &data))));
        }
    }
}
