//! Files: what an image, a document, a video or a sound is, and where its content is.
//!
//! In: a canonical source, given as some kind of file. Out: the block of the kind that it is: an image that is given as a
//! document is an image. What the model does not take is not supported ([`super::unsupported`]). Rules: `ImageBlock`,
//! `DocumentBlock`, `VideoBlock`, `AudioBlock` of the Converse API reference, and the family's row.

use std::borrow::Cow;

use super::blocks::{Path, Translator};
use super::body::{Block, Medium, Role, Source};
use super::document;
use super::format::{self, Kind};
use super::unsupported;
use crate::canonical::{self, DocumentBlock, Error, StoredObject};
use crate::excerpt::quoted;
use crate::warnings::Code;

/// How an address in S3 begins.
const S3: &str = "s3://";

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Place {
    /// A block of a turn.
    Turn(Role),
    /// Inside a tool result.
    Result,
}

/// A file as it is given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File<'a> {
    pub kind: Kind,
    pub source: &'a canonical::Source,
    /// What a document says besides.
    pub document: Option<&'a DocumentBlock>,
}

impl<'a> File<'a> {
    pub(crate) fn of(kind: Kind, source: &'a canonical::Source) -> Self {
        File {
            kind,
            source,
            document: None,
        }
    }

    pub(crate) fn of_document(document: &'a DocumentBlock) -> Self {
        File {
            kind: Kind::Document,
            source: &document.source,
            document: Some(document),
        }
    }

    fn title(&self) -> &'a str {
        let title = self.document.and_then(|document| document.title.as_deref());
        title.unwrap_or_default()
    }

    /// For a text in its place.
    fn words(&self) -> String {
        match self.title() {
            "" => self.kind.name().to_owned(),
            title => format!("{} {}", self.kind.name(), quoted(title)),
        }
    }
}

impl Translator<'_> {
    /// The block of a file, or what stands in its place.
    pub(crate) fn file<'a>(
        &mut self,
        file: File<'a>,
        place: Place,
        path: Path<'_>,
    ) -> Result<Block<'a>, Error> {
        let block = self.supported(file, place, &path());
        let may_replace = self.replace_unsupported || place == Place::Turn(Role::Assistant);
        unsupported::or_text(block, &file.words(), may_replace, self.notes)
    }

    fn supported<'a>(
        &mut self,
        file: File<'a>,
        place: Place,
        path: &str,
    ) -> Result<Block<'a>, Error> {
        if let Some(document) = file.document
            && let Some(text) = document::text(document, path)?
        {
            return document::of_text(document, text, self, path);
        }
        let Located {
            source,
            media_type,
            name,
            member,
        } = locate(file.source, path)?;
        let names = [file.title(), name];
        let recognised = format::of(file.kind, media_type, names, source.as_ref());
        let kind = recognised.map_or(file.kind, |(kind, _)| kind);
        let format = recognised.and_then(|(_, format)| format);
        if !self.takes(kind) {
            let is_document = kind == Kind::Document;
            let readable = source.as_ref().zip(format).filter(|_| is_document);
            return match readable.and_then(|(source, format)| document::words(format, source)) {
                Some(words) => document::as_text(file.document, words.into(), self, path),
                None => Err(unsupported::kind(kind, self.target, path)),
            };
        }
        let source = match source {
            None => return Err(not_here(path)),
            Some(Source::S3 { .. }) if !self.reads_s3(kind, place) => {
                let family = self.target.family;
                let message = format!(
                    "S3 sources are not supported by this {family} model here: send the content itself"
                );
                return Err(Error::unsupported(format!("{path}.{member}"), message));
            }
            Some(source) => source,
        };
        let format = format.ok_or_else(|| unknown(kind, media_type, names, path))?;
        self.warn_of_mislabelling(file, (kind, format), media_type, path)?;
        let medium = |source| Medium { format, source };
        Ok(match kind {
            Kind::Image => Block::Image(medium(source)),
            Kind::Video => Block::Video(medium(source)),
            Kind::Audio => Block::Audio(medium(source)),
            Kind::Document => document::block(file.document, Some(format), source, self, path)?,
        })
    }

    fn takes(&self, kind: Kind) -> bool {
        let capabilities = &self.target.capabilities;
        match kind {
            Kind::Image => capabilities.images,
            Kind::Document => capabilities.documents,
            Kind::Video => capabilities.video,
            Kind::Audio => capabilities.audio,
        }
    }

    fn reads_s3(&self, kind: Kind, place: Place) -> bool {
        let capabilities = &self.target.capabilities;
        let is_result = kind == Kind::Document && place == Place::Result;
        capabilities.s3 || is_result && capabilities.result_s3
    }

    /// Warnings of a file that is not what it is said to be.
    fn warn_of_mislabelling(
        &mut self,
        file: File<'_>,
        (kind, format): (Kind, &str),
        media_type: &str,
        path: &str,
    ) -> Result<(), Error> {
        if let Some((_, Some(labelled))) = format::of_media_type(media_type)
            && labelled != format
        {
            self.notes.changed(
                Code::Converted,
                format!("{path}.source.media_type"),
                format!("expected {labelled}, got {format}; sent as {format}"),
            );
        }
        if kind == file.kind {
            return Ok(());
        }
        let (is, given) = (kind.name(), file.kind.name());
        let message = format!("expected {given}, got {is}; sent as {is}");
        self.notes.changed(Code::Converted, path, message);
        let context = file.document.and_then(|document| document.context.as_ref());
        match context {
            Some(_) => self.notes.lost(
                Code::Ignored,
                format!("{path}.context"),
                "only supported on documents; ignored",
            ),
            None => Ok(()),
        }
    }
}

fn not_here(path: &str) -> Error {
    Error::unsupported(
        format!("{path}.source.url"),
        "URLs other than s3:// are not supported by Bedrock: send the content itself",
    )
}

/// A file whose format is not known, or not one of Converse's.
fn unknown(kind: Kind, media_type: &str, names: [&str; 2], path: &str) -> Error {
    let name = names.into_iter().find(|name| !name.is_empty());
    let shown = |name| format!(" named {}", quoted(name));
    let named = name.map_or_else(String::new, shown);
    let media_type = quoted(media_type);
    Error::unsupported(
        format!("{path}.source.media_type"),
        format!(
            "expected one of the formats {}, got {media_type}{named}: convert it, or remove it",
            kind.formats()
        ),
    )
}

/// Where a file is, and what it is called there.
#[derive(Debug)]
struct Located<'a> {
    /// None where it would have to be fetched.
    source: Option<Source<'a>>,
    media_type: &'a str,
    /// Of an object, its address.
    name: &'a str,
    /// The field that says where it is.
    member: &'static str,
}

/// A source that is legal, whether the model reads it or not.
fn locate<'a>(source: &'a canonical::Source, path: &str) -> Result<Located<'a>, Error> {
    const SOURCE: &str = "source";
    let here = |source, media_type| Located {
        source: Some(source),
        media_type,
        name: "",
        member: SOURCE,
    };
    Ok(match source {
        canonical::Source::Base64(encoded) => here(
            Source::Base64(base64(&encoded.data, path)?),
            &encoded.media_type,
        ),
        canonical::Source::Bytes(raw) if raw.data.is_empty() => return Err(no_content(path)),
        canonical::Source::Bytes(raw) => here(Source::Bytes(&raw.data), &raw.media_type),
        canonical::Source::Object(object) => Located {
            source: Some(s3(object, path)?),
            media_type: &object.media_type,
            name: &object.uri,
            member: SOURCE,
        },
        canonical::Source::Url(url) => Located {
            source: url.starts_with(S3).then_some(Source::S3 {
                uri: url,
                owner: None,
            }),
            media_type: "",
            name: url,
            member: "source.url",
        },
        canonical::Source::Text(_) | canonical::Source::Blocks(_) => {
            return Err(Error::invalid(
                format!("{path}.source"),
                "expected bytes, got text",
            ));
        }
    })
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
        "expected base64 with padding (RFC 4648, section 4) and without a data: prefix",
    ))
}

fn no_content(path: &str) -> Error {
    Error::invalid(format!("{path}.source.data"), "expected content, got none")
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
