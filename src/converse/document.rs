//! Documents: formats, sources, and names that Converse takes.
//!
//! Converse wants a name for each document, of few characters and unlike any other in the request; models see it, and
//! citations repeat it. Rules: `DocumentBlock` of the Converse API reference, and what the service was seen to refuse.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::blocks::is_blank;
use super::body::{Block, Document, Source};
use super::media::{self, Kind};
use super::notes::Notes;
use crate::canonical::{self, DocumentBlock, Error};
use crate::capability::Profile;

const DOCUMENT: Kind = Kind {
    name: "document",
    formats: &[
        ("application/pdf", "pdf"),
        ("text/plain", "txt"),
        ("text/markdown", "md"),
        ("text/html", "html"),
        ("text/csv", "csv"),
        ("application/msword", "doc"),
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "docx",
        ),
        ("application/vnd.ms-excel", "xls"),
        (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xlsx",
        ),
    ],
};

/// The longest name.
const MAX_NAME: usize = 200;

/// Where and how a document stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Place {
    /// A block of a turn.
    Turn,
    /// Inside a tool result.
    Result,
}

/// The names of a request's documents so far.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// In lower case.
    taken: Vec<String>,
    /// Those that are not the title that the caller gave, and the title.
    pub changed: Vec<(String, String)>,
}

impl Names {
    /// A legal name that no document before it has.
    fn unique(&mut self, title: &str) -> String {
        let name = legal(title);
        let mut unique = name.clone();
        let mut count = 2;
        while self.taken.contains(&unique.to_ascii_lowercase()) {
            let suffix = format!(" {count}");
            let room = name.len().min(MAX_NAME - suffix.len());
            unique = format!(
                "{}{suffix}",
                name.get(..room).unwrap_or_default().trim_end()
            );
            count += 1;
        }
        self.taken.push(unique.to_ascii_lowercase());
        unique
    }
}

/// ASCII letters and digits, single spaces, `- ( ) [ ] _`; the ending that names a format goes.
fn legal(title: &str) -> String {
    let stem = match title.rsplit_once('.') {
        Some((stem, ending)) if is_format(ending) => stem,
        _ => title,
    };
    let is_legal = |c: char| c.is_ascii_alphanumeric() || "-()[]_".contains(c);
    let words = stem
        .split(|c: char| !is_legal(c))
        .filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    name.truncate(MAX_NAME);
    match name.trim_end() {
        "" => "document".into(),
        name => name.into(),
    }
}

fn is_format(ending: &str) -> bool {
    let known = |(_, format): &(&str, &str)| format.eq_ignore_ascii_case(ending);
    DOCUMENT.formats.iter().any(known) || ending.eq_ignore_ascii_case("htm")
}

/// A document as a block of the place where it stands; as text where the model takes no documents and it is text; none
/// where it is left out, with a warning.
pub(crate) fn block<'a>(
    document: &'a DocumentBlock,
    place: Place,
    profile: &Profile,
    names: &mut Names,
    path: &str,
    notes: &mut Notes,
) -> Result<Option<Block<'a>>, Error> {
    let capabilities = &profile.capabilities;
    if !capabilities.documents {
        return as_text(document, profile, path, notes);
    }
    let takes_s3 = match place {
        Place::Turn => capabilities.s3,
        Place::Result => capabilities.s3 || capabilities.result_s3,
    };
    let (format, source) = match &document.source {
        canonical::Source::Text(text) if is_blank(text) => return Err(no_text(path)),
        canonical::Source::Blocks(texts) if texts.iter().all(|text| is_blank(text)) => {
            return Err(no_text(path));
        }
        canonical::Source::Text(text) => (None, Source::Text(text)),
        canonical::Source::Blocks(texts) => (None, Source::Content(texts)),
        source => {
            let Some(located) = media::locate(source, takes_s3, profile, path, notes)? else {
                return Ok(None);
            };
            let format = match media::head(&located.source).starts_with(b"%PDF") {
                true => "pdf",
                false => DOCUMENT
                    .format(located.media_type)
                    .ok_or_else(|| DOCUMENT.unknown(located.media_type, path))?,
            };
            (Some(format), located.source)
        }
    };
    if document.citations && !capabilities.citations {
        let message = format!("{} models cite no documents: left out", profile.family);
        notes.lost(format!("{path}.citations"), message)?;
    }
    let title = document.title.as_deref();
    let name = names.unique(title.unwrap_or_default());
    if let Some(title) = title.filter(|title| *title != name) {
        notes.changed(format!("{path}.title"), format!("sent as \"{name}\""));
        names.changed.push((name.clone(), title.to_owned()));
    }
    Ok(Some(Block::Document(Document {
        citations: document.citations && capabilities.citations,
        context: document
            .context
            .as_deref()
            .filter(|text| !text.trim().is_empty()),
        format,
        name,
        source,
    })))
}

fn no_text(path: &str) -> Error {
    Error::invalid(format!("{path}.source"), "expected text, saw none")
}

/// For models that take no documents.
fn as_text<'a>(
    document: &'a DocumentBlock,
    profile: &Profile,
    path: &str,
    notes: &mut Notes,
) -> Result<Option<Block<'a>>, Error> {
    let decoded = |media_type: &str, bytes: Option<Vec<u8>>| {
        let is_text = media_type.trim_start().starts_with("text/");
        bytes
            .filter(|_| is_text)
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(Cow::Owned)
    };
    let text: Option<Cow<'a, str>> = match &document.source {
        canonical::Source::Text(text) => Some(Cow::Borrowed(text)),
        canonical::Source::Blocks(texts) => Some(Cow::Owned(texts.join("\n"))),
        canonical::Source::Base64(encoded) => {
            decoded(&encoded.media_type, STANDARD.decode(&encoded.data).ok())
        }
        canonical::Source::Bytes(raw) => decoded(&raw.media_type, Some(raw.data.clone())),
        _ => None,
    };
    let family = profile.family;
    match text.filter(|text| !text.trim().is_empty()) {
        Some(text) => {
            notes.changed(
                path,
                format!("this {family} model takes no documents: its text is sent as text"),
            );
            Ok(Some(Block::Text(match &document.title {
                Some(title) => Cow::Owned(format!("{title}\n\n{text}")),
                None => text,
            })))
        }
        None => {
            notes.lost(
                path,
                format!("this {family} model takes no documents: left out"),
            )?;
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_legal_name() {
        for (title, name) in [
            ("John's report.pdf", "John s report"),
            ("a.b.pdf", "a b"),
            ("x  y", "x y"),
            ("分期.pdf", "document"),
            ("テスト　資料", "document"),
            ("tab\tname", "tab name"),
            ("", "document"),
            ("Report (final) [2]_v-3", "Report (final) [2]_v-3"),
            ("v1.2", "v1 2"),
        ] {
            assert_eq!(legal(title), name, "{title:?}");
        }
        assert_eq!(legal(&"a ".repeat(125)).len(), 199);
    }

    #[test]
    fn names_are_unique_whatever_their_case() {
        let mut names = Names::default();
        assert_eq!(names.unique("A.pdf"), "A");
        assert_eq!(names.unique("a"), "a 2");
        assert_eq!(names.unique("a"), "a 3");
        let long = "x".repeat(300);
        assert_eq!(names.unique(&long).len(), 200);
        assert_eq!(names.unique(&long).len(), 200);
    }
}
