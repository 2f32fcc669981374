//! Documents: text or a file, and names that Converse takes.
//!
//! Converse wants a name for each document, of few characters and unlike any other in the request; models see it, and
//! citations repeat it. Rules: `DocumentBlock` of the Converse API reference, and what the service was seen to refuse.

use std::borrow::Cow;

use super::blocks::{Translator, is_blank};
use super::body::{Block, Document, Source};
use super::counts::Counts;
use super::format;
use super::format::Kind;
use super::unsupported;
use crate::canonical::{self, DocumentBlock, Error};
use crate::excerpt::quoted;
use crate::warnings::Code;

/// The longest name.
const MAX_NAME: usize = 200;

/// How much of a long name stands before a number; no number has ten digits.
const MAX_STEM: usize = MAX_NAME - 10;

/// The documents of a request so far.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    /// Names that are taken, in lower case, and the number that the next document of that name may get.
    names: Counts,
    /// Names that are not the title that the caller gave, and the title.
    pub changed: Vec<(String, String)>,
    /// A warning says that only the text of a PDF is read.
    has_warned_of_pdf: bool,
}

impl Documents {
    /// A legal name that no document before it has.
    fn unique(&mut self, title: &str) -> String {
        let name = legal(title);
        if self.take(&name) {
            return name;
        }
        // Long names that differ in their ends alone share one count: their numbered names are alike.
        let stem = name.get(..MAX_STEM).unwrap_or(&name).to_ascii_lowercase();
        let mut count = self.names.get(&stem).unwrap_or(FIRST);
        loop {
            let suffix = format!(" {count}");
            let room = name.len().min(MAX_NAME - suffix.len());
            let stem_of_name = name.get(..room).unwrap_or_default().trim_end();
            let unique = [stem_of_name, &suffix].concat();
            count += 1;
            if self.take(&unique) {
                self.names.set(stem, count);
                return unique;
            }
        }
    }

    /// Whether the name was free.
    fn take(&mut self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let is_free = self.names.get(&name).is_none();
        if is_free {
            self.names.set(name, FIRST);
        }
        is_free
    }
}

/// The number of the second document of a name.
const FIRST: u32 = 2;

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

/// Whether Converse says the ending in `format`. That of a text, such as `json`, stays in the name: nothing else says it.
fn is_format(ending: &str) -> bool {
    let ending = ending.to_ascii_lowercase();
    ending == "htm" || format::is_document(&ending)
}

/// The source of a document that is text; none of a file.
pub(crate) fn text<'a>(
    document: &'a DocumentBlock,
    path: &str,
) -> Result<Option<Source<'a>>, Error> {
    let (source, is_empty) = match &document.source {
        canonical::Source::Text(text) => (Source::Text(text), is_blank(text)),
        canonical::Source::Blocks(texts) => (
            Source::Content(texts),
            texts.iter().all(|text| is_blank(text)),
        ),
        _ => return Ok(None),
    };
    match is_empty {
        true => Err(Error::invalid(
            format!("{path}.source"),
            "expected text, got none",
        )),
        false => Ok(Some(source)),
    }
}

/// The block of a document that is text.
pub(crate) fn of_text<'a>(
    document: &'a DocumentBlock,
    source: Source<'a>,
    translator: &mut Translator<'_>,
    path: &str,
) -> Result<Block<'a>, Error> {
    let text = match source {
        _ if translator.target.capabilities.documents => {
            return block(Some(document), None, source, translator, path);
        }
        Source::Text(text) => Cow::Borrowed(text),
        Source::Content(texts) => Cow::Owned(texts.join("\n")),
        _ => return Err(unsupported::kind(Kind::Document, translator.target, path)),
    };
    as_text(Some(document), text, translator, path)
}

/// The block of a document of this format, for a model that takes documents.
pub(crate) fn block<'a>(
    document: Option<&'a DocumentBlock>,
    format: Option<&'static str>,
    source: Source<'a>,
    translator: &mut Translator<'_>,
    path: &str,
) -> Result<Block<'a>, Error> {
    let citations = may_cite(document, translator, path)?;
    let capabilities = &translator.target.capabilities;
    let is_claude = capabilities.anthropic_fields && capabilities.citations;
    let documents = &mut translator.documents;
    if format == Some("pdf") && is_claude && !citations && !documents.has_warned_of_pdf {
        documents.has_warned_of_pdf = true;
        translator.notes.changed(
            Code::Ignored, format!("{path}.citations"),
            "without `citations`, Claude on Bedrock reads only the text of a PDF; images, charts and scans are ignored: set `citations` to {\"enabled\": true}",
        );
    }
    let title = document.and_then(|document| document.title.as_deref());
    let name = documents.unique(title.unwrap_or_default());
    if let Some(title) = title.filter(|title| *title != name) {
        let message = format!("renamed to {}", quoted(&name));
        translator
            .notes
            .changed(Code::Renamed, format!("{path}.title"), message);
        documents.changed.push((name.clone(), title.to_owned()));
    }
    Ok(Block::Document(Document {
        citations,
        context: document
            .and_then(|document| document.context.as_deref())
            .filter(|text| !text.trim().is_empty()),
        format,
        name,
        source,
    }))
}

/// The words of a file whose format is text; none where it is none, or nothing.
pub(crate) fn words(format: &str, source: &Source<'_>) -> Option<String> {
    let bytes = format::content(source).filter(|_| format::is_text(format))?;
    let words = std::str::from_utf8(&bytes).ok()?;
    (!is_blank(words)).then(|| words.to_owned())
}

/// For a model that takes no documents: the title, the context and the text, one below the other.
pub(crate) fn as_text<'a>(
    document: Option<&'a DocumentBlock>,
    text: Cow<'a, str>,
    translator: &mut Translator<'_>,
    path: &str,
) -> Result<Block<'a>, Error> {
    may_cite(document, translator, path)?;
    let family = translator.target.family;
    translator.notes.changed(
        Code::Converted,
        path,
        format!("documents are not supported by this {family} model; sent as text"),
    );
    let title = document.and_then(|document| document.title.as_deref());
    let context = document.and_then(|document| document.context.as_deref());
    let before = [title, context].into_iter().flatten();
    let mut words = String::new();
    for part in before.filter(|part| !is_blank(part)) {
        words.push_str(part);
        words.push_str("\n\n");
    }
    Ok(Block::Text(match words.is_empty() {
        true => text,
        false => Cow::Owned(words + &text),
    }))
}

/// Whether the document is sent with citations enabled.
fn may_cite(
    document: Option<&DocumentBlock>,
    translator: &mut Translator<'_>,
    path: &str,
) -> Result<bool, Error> {
    let wanted = document.is_some_and(|document| document.citations);
    let target = translator.target;
    if wanted && !target.capabilities.citations {
        let message = format!(
            "citations of documents are not supported by {} models; ignored",
            target.family
        );
        translator
            .notes
            .lost(Code::Ignored, format!("{path}.citations"), message)?;
        return Ok(false);
    }
    Ok(wanted)
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
        let mut names = Documents::default();
        assert_eq!(names.unique("A.pdf"), "A");
        assert_eq!(names.unique("a"), "a 2");
        assert_eq!(names.unique("a"), "a 3");
        assert_eq!(names.unique("a 2"), "a 2 2");
        let long = "x".repeat(300);
        assert_eq!(names.unique(&long).len(), 200);
        assert_eq!(names.unique(&long).len(), 200);
    }

    #[test]
    fn many_similar_names_become_unique_in_linear_time() {
        let begin = std::time::Instant::now();
        let mut names = Documents::default();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..3 {
            for number in 0..5_000 {
                for title in [
                    String::new(),
                    format!("document {number}"),
                    format!("{}{number}", "x".repeat(195)),
                ] {
                    let name = names.unique(&title);
                    assert!(name.len() <= MAX_NAME);
                    assert!(seen.insert(name.to_ascii_lowercase()), "{name}");
                }
            }
        }
        assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
    }
}
