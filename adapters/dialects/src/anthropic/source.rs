//! `source` of an image, a document, a video or a sound.

use bedrock_provider::json::{self, Writer};
use bedrock_provider::warnings::Code;

use crate::canonical::{Encoded, Error, Source, StoredObject};
use crate::data_url;
use crate::fields::{Fields, each, text};
use crate::notes::Notes;
use crate::path::Path;

/// What a gateway cannot get: files are in the store of Anthropic's own service.
const FILE: &str =
    "files of Anthropic's Files API are not supported by Bedrock: send the content itself";

/// Read a `source`.
pub(super) fn read(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<Source, Error> {
    let kind = fields.required_text("type")?;
    Ok(match kind.as_str() {
        "base64" => {
            let media_type = fields.required_text("media_type")?;
            let data = fields.required_text("data")?;
            match data_url::read(&data) {
                Some(content) => content.map_err(|message| fields.invalid("data", message))?,
                None => Source::Base64(Encoded { media_type, data }),
            }
        }
        "url" => data_url::address(fields, "url")?,
        "text" => {
            // `text/plain`, and nothing else in this API.
            fields.text("media_type")?;
            Source::Text(fields.required_text("data")?)
        }
        "content" => {
            let raw = fields.required_raw("content")?;
            let here = fields.path();
            Source::Blocks(texts(raw, here.member("content"), notes)?)
        }
        "object" => Source::Object(StoredObject {
            uri: fields.required_text("uri")?,
            owner: fields.text("owner")?,
            media_type: fields.required_text("media_type")?,
        }),
        "file" => return Err(Error::unsupported(fields.path().to_string(), FILE)),
        _ => {
            return Err(fields.invalid("type", "expected base64, url, text, content or object"));
        }
    })
}

/// Text, or blocks of text that citations point at one by one.
pub(super) fn texts(raw: &str, path: Path<'_>, notes: &mut Notes) -> Result<Vec<String>, Error> {
    let mut texts = Vec::new();
    each(raw, path, &mut |raw, path| {
        texts.push(match json::kind(raw) {
            json::Kind::String => text(raw, path)?,
            _ => text_block(raw, path, notes)?,
        });
        Ok(())
    })?;
    Ok(texts)
}

fn text_block(raw: &str, path: Path<'_>, notes: &mut Notes) -> Result<String, Error> {
    let mut block = Fields::open(raw, path)?;
    let kind = block.required_text("type")?;
    if kind != "text" {
        return notes.unsupported(path, &kind, "text, and other content in a block of its own");
    }
    let words = block.required_text("text")?;
    // An empty list says nothing.
    if block.raw("citations").is_some_and(|raw| !is_empty(raw)) {
        let here = block.path();
        notes.lost_or(
            Code::Dropped,
            here.member("citations"),
            "citations are not supported in a source's text; dropped",
            "citations are not supported in a source's text: remove them",
        )?;
    }
    block.finish(notes)?;
    Ok(words)
}

fn is_empty(array: &str) -> bool {
    json::elements(array).is_ok_and(|elements| elements.is_empty())
}

/// The value of a `source`.
pub(super) fn write(source: &Source, w: &mut Writer) {
    w.object(|w| match source {
        Source::Base64(encoded) => {
            w.name("type").text("base64");
            w.name("media_type").text(&encoded.media_type);
            w.name("data").text(&encoded.data);
        }
        Source::Bytes(raw) => {
            w.name("type").text("base64");
            w.name("media_type").text(&raw.media_type);
            w.name("data").base64(&raw.data);
        }
        Source::Text(text) => {
            w.name("type").text("text");
            w.name("media_type").text("text/plain");
            w.name("data").text(text);
        }
        Source::Url(url) => {
            w.name("type").text("url");
            w.name("url").text(url);
        }
        Source::Object(object) => {
            w.name("type").text("object");
            w.name("uri").text(&object.uri);
            if let Some(owner) = &object.owner {
                w.name("owner").text(owner);
            }
            w.name("media_type").text(&object.media_type);
        }
        Source::Blocks(blocks) => {
            w.name("type").text("content");
            w.name("content");
            write_texts(blocks, w);
        }
    });
}

/// Blocks of text.
pub(super) fn write_texts(texts: &[String], w: &mut Writer) {
    w.array(|w| {
        for text in texts {
            w.object(|w| {
                w.name("type").text("text");
                w.name("text").text(text);
            });
        }
    });
}
