//! Images, video, audio, and where the content of a medium is.
//!
//! In: a canonical source with a media type. Out: Converse's format word and source. Converse refuses a format that does
//! not fit the bytes, so an image is looked at. Rules: `ImageBlock`, `VideoBlock`, `AudioBlock` of the Converse API
//! reference, and the family's row.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::body::{Medium, Source};
use super::notes::Notes;
use crate::canonical::{self, Error, StoredObject};
use crate::capability::Profile;

/// How an address in S3 begins.
const S3: &str = "s3://";

/// A kind of medium: what it is called, and Converse's formats by media type.
pub(crate) struct Kind {
    pub name: &'static str,
    pub formats: &'static [(&'static str, &'static str)],
}

pub(crate) const IMAGE: Kind = Kind {
    name: "image",
    formats: &[
        ("image/png", "png"),
        ("image/jpeg", "jpeg"),
        ("image/jpg", "jpeg"),
        ("image/gif", "gif"),
        ("image/webp", "webp"),
    ],
};

pub(crate) const VIDEO: Kind = Kind {
    name: "video",
    formats: &[
        ("video/mp4", "mp4"),
        ("video/quicktime", "mov"),
        ("video/x-matroska", "mkv"),
        ("video/webm", "webm"),
        ("video/x-flv", "flv"),
        ("video/mpeg", "mpeg"),
        ("video/mpg", "mpg"),
        ("video/x-ms-wmv", "wmv"),
        ("video/3gpp", "three_gp"),
    ],
};

pub(crate) const AUDIO: Kind = Kind {
    name: "audio",
    formats: &[
        ("audio/mpeg", "mp3"),
        ("audio/mp3", "mp3"),
        ("audio/wav", "wav"),
        ("audio/x-wav", "wav"),
        ("audio/opus", "opus"),
        ("audio/aac", "aac"),
        ("audio/x-aac", "x-aac"),
        ("audio/flac", "flac"),
        ("audio/ogg", "ogg"),
        ("audio/mp4", "mp4"),
        ("audio/m4a", "m4a"),
        ("audio/x-m4a", "m4a"),
        ("audio/webm", "webm"),
        ("audio/x-matroska", "mka"),
        ("audio/pcm", "pcm"),
    ],
};

impl Kind {
    /// Converse's word for a media type such as `text/plain; charset=utf-8`, or for the ending of an address in S3.
    pub(crate) fn format(&self, media_type: &str) -> Option<&'static str> {
        if media_type.starts_with(S3) {
            let (_, ending) = media_type.rsplit_once('.')?;
            let named = |(media_type, format): &&(&str, &str)| {
                let (_, subtype) = media_type.split_once('/').unwrap_or_default();
                format.eq_ignore_ascii_case(ending) || subtype.eq_ignore_ascii_case(ending)
            };
            return self.formats.iter().find(named).map(|(_, format)| *format);
        }
        let essence = media_type.split(';').next().unwrap_or("").trim();
        let known = self
            .formats
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(essence));
        known.map(|(_, format)| *format)
    }

    /// What is wrong with a media type that has no format.
    pub(crate) fn unknown(&self, media_type: &str, path: &str) -> Error {
        let known = self.formats.iter().map(|(known, _)| (*known).to_owned());
        let known: Vec<String> = known.collect();
        Error::invalid(
            format!("{path}.source.media_type"),
            format!("expected one of {}, saw {media_type:?}", known.join(", ")),
        )
    }
}

/// What an image's first bytes say that it is (<https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern>).
fn image_format(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x89, b'P', b'N', b'G', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("gif"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("webp"),
        _ => None,
    }
}

/// Where a medium is, and what it is called there.
#[derive(Debug)]
pub(crate) struct Located<'a> {
    pub source: Source<'a>,
    /// Its media type; of an address alone, the address.
    pub media_type: &'a str,
}

/// A source of bytes: in the call, or in S3. None: in S3, where the model does not look, and a warning says so.
pub(crate) fn locate<'a>(
    source: &'a canonical::Source,
    takes_s3: bool,
    profile: &Profile,
    path: &str,
    notes: &mut Notes,
) -> Result<Option<Located<'a>>, Error> {
    Ok(Some(match source {
        canonical::Source::Base64(encoded) => Located {
            source: Source::Base64(base64(&encoded.data, path)?),
            media_type: &encoded.media_type,
        },
        canonical::Source::Bytes(raw) if raw.data.is_empty() => return Err(no_content(path)),
        canonical::Source::Bytes(raw) => Located {
            source: Source::Bytes(&raw.data),
            media_type: &raw.media_type,
        },
        canonical::Source::Object(_) if !takes_s3 => {
            let message = format!(
                "{} models read nothing in S3 here: left out",
                profile.family
            );
            notes.lost(format!("{path}.source"), message)?;
            return Ok(None);
        }
        canonical::Source::Object(object) => Located {
            source: s3(object, path)?,
            media_type: &object.media_type,
        },
        canonical::Source::Url(url) if url.starts_with(S3) && takes_s3 => Located {
            source: Source::S3 {
                uri: url,
                owner: None,
            },
            media_type: url,
        },
        canonical::Source::Url(_) => {
            return Err(Error::unsupported(
                format!("{path}.source.url"),
                "nothing is fetched here: fetch it before the call and give its bytes, or name an object in S3",
            ));
        }
        canonical::Source::Text(_) | canonical::Source::Blocks(_) => {
            return Err(Error::invalid(
                format!("{path}.source"),
                "expected bytes, saw text",
            ));
        }
    }))
}

/// A medium of the given kind; none where it is left out, with a warning.
pub(crate) fn medium<'a>(
    kind: &Kind,
    source: &'a canonical::Source,
    is_taken: bool,
    profile: &Profile,
    path: &str,
    notes: &mut Notes,
) -> Result<Option<Medium<'a>>, Error> {
    if !is_taken {
        let message = format!(
            "this {} model takes no {}: left out",
            profile.family, kind.name
        );
        notes.lost(path, message)?;
        return Ok(None);
    }
    let takes_s3 = profile.capabilities.s3;
    let Some(located) = locate(source, takes_s3, profile, path, notes)? else {
        return Ok(None);
    };
    let labelled = kind.format(located.media_type);
    let seen = match kind.name {
        "image" => image_format(&head(&located.source)),
        _ => None,
    };
    if let (Some(labelled), Some(seen)) = (labelled, seen)
        && labelled != seen
    {
        notes.changed(
            format!("{path}.source.media_type"),
            format!("the bytes are {seen}, not {labelled}: sent as what they are"),
        );
    }
    match seen.or(labelled) {
        Some(format) => Ok(Some(Medium {
            format,
            source: located.source,
        })),
        None => Err(kind.unknown(located.media_type, path)),
    }
}

/// The first bytes of a source that is in the call.
pub(crate) fn head(source: &Source<'_>) -> Vec<u8> {
    match source {
        Source::Bytes(bytes) => bytes.iter().take(12).copied().collect(),
        Source::Base64(base64) => {
            let head = base64.get(..base64.len().min(16)).unwrap_or_default();
            STANDARD.decode(head).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// Base64 as AWS takes it: line breaks, which MIME allows, are taken out.
fn base64<'a>(data: &'a str, path: &str) -> Result<Cow<'a, str>, Error> {
    let data = match data.bytes().any(|byte| byte.is_ascii_whitespace()) {
        true => Cow::Owned(data.split_ascii_whitespace().collect()),
        false => Cow::Borrowed(data),
    };
    if data.is_empty() {
        return Err(no_content(path));
    }
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let digits = data.trim_end_matches('=');
    if digits.bytes().all(is_base64) && data.len() % 4 == 0 && data.len() - digits.len() <= 2 {
        return Ok(data);
    }
    Err(Error::invalid(
        format!("{path}.source.data"),
        "expected base64 with padding (RFC 4648, section 4) and nothing before it, saw something else",
    ))
}

fn no_content(path: &str) -> Error {
    Error::invalid(format!("{path}.source.data"), "expected content, saw none")
}

fn s3<'a>(object: &'a StoredObject, path: &str) -> Result<Source<'a>, Error> {
    if !object.uri.starts_with(S3) {
        return Err(Error::invalid(
            format!("{path}.source.uri"),
            "expected s3://bucket/key",
        ));
    }
    let owner = object.owner.as_deref();
    if owner.is_some_and(|owner| owner.len() != 12 || !owner.bytes().all(|b| b.is_ascii_digit())) {
        return Err(Error::invalid(
            format!("{path}.source.owner"),
            "expected the 12 digits of an AWS account",
        ));
    }
    Ok(Source::S3 {
        uri: &object.uri,
        owner,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_by_the_media_type_or_by_an_ending_in_s3() {
        for (kind, named, format) in [
            (&IMAGE, "image/jpg", Some("jpeg")),
            (&IMAGE, "Image/PNG ; charset=x", Some("png")),
            (&IMAGE, "s3://bucket/a.b/kiwi.JPG", Some("jpeg")),
            (&VIDEO, "s3://bucket/clip.mov", Some("mov")),
            (&VIDEO, "video/3gpp", Some("three_gp")),
            (&AUDIO, "s3://bucket/no-ending", None),
            (&IMAGE, "image/tiff", None),
            (&IMAGE, "", None),
        ] {
            assert_eq!(kind.format(named), format, "{named}");
        }
    }
}
