//! Citations of a text block, one object each, told apart by `type`.

use bedrock_provider::json::Writer;

use crate::canonical::{
    CharLocation, Citation, ContentBlockLocation, Error, PageLocation, SearchResultLocation,
    WebSearchResultLocation,
};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::path::Path;

/// Read a citation; one of a kind that is not known is kept as it is.
pub(super) fn read(raw: &str, path: Path<'_>, notes: &mut Notes) -> Result<Citation, Error> {
    let mut fields = Fields::open(raw, path)?;
    // One that a provider could not be understood to say has none, and comes back as it was given.
    let kind = fields.text("type")?.unwrap_or_default();
    let f = &mut fields;
    let citation = match kind.as_str() {
        "char_location" => Citation::CharLocation(CharLocation {
            cited_text: f.required_text("cited_text")?,
            document_index: index(f, "document_index")?,
            document_title: f.text("document_title")?,
            start_char_index: index(f, "start_char_index")?,
            end_char_index: index(f, "end_char_index")?,
        }),
        "page_location" => Citation::PageLocation(PageLocation {
            cited_text: f.required_text("cited_text")?,
            document_index: index(f, "document_index")?,
            document_title: f.text("document_title")?,
            start_page_number: index(f, "start_page_number")?,
            end_page_number: index(f, "end_page_number")?,
        }),
        "content_block_location" => Citation::ContentBlockLocation(ContentBlockLocation {
            cited_text: f.required_text("cited_text")?,
            document_index: index(f, "document_index")?,
            document_title: f.text("document_title")?,
            start_block_index: index(f, "start_block_index")?,
            end_block_index: index(f, "end_block_index")?,
        }),
        "search_result_location" => Citation::SearchResultLocation(SearchResultLocation {
            cited_text: f.required_text("cited_text")?,
            source: f.required_text("source")?,
            title: f.text("title")?,
            search_result_index: index(f, "search_result_index")?,
            start_block_index: index(f, "start_block_index")?,
            end_block_index: index(f, "end_block_index")?,
        }),
        "web_search_result_location" => {
            Citation::WebSearchResultLocation(WebSearchResultLocation {
                cited_text: f.required_text("cited_text")?,
                url: f.required_text("url")?,
                title: f.text("title")?,
                encrypted_index: f.text("encrypted_index")?,
            })
        }
        _ => return Ok(Citation::Other(raw.to_owned())),
    };
    fields.finish(notes)?;
    Ok(citation)
}

fn index(fields: &mut Fields<'_, '_>, name: &'static str) -> Result<u32, Error> {
    fields.small(name)?.ok_or_else(|| fields.missing(name))
}

/// A citation's value.
pub(super) fn write(citation: &Citation, w: &mut Writer) {
    let (kind, text, title, numbers) = match citation {
        Citation::CharLocation(at) => (
            "char_location",
            &at.cited_text,
            ("document_title", &at.document_title),
            [
                ("document_index", at.document_index),
                ("start_char_index", at.start_char_index),
                ("end_char_index", at.end_char_index),
            ],
        ),
        Citation::PageLocation(at) => (
            "page_location",
            &at.cited_text,
            ("document_title", &at.document_title),
            [
                ("document_index", at.document_index),
                ("start_page_number", at.start_page_number),
                ("end_page_number", at.end_page_number),
            ],
        ),
        Citation::ContentBlockLocation(at) => (
            "content_block_location",
            &at.cited_text,
            ("document_title", &at.document_title),
            [
                ("document_index", at.document_index),
                ("start_block_index", at.start_block_index),
                ("end_block_index", at.end_block_index),
            ],
        ),
        Citation::SearchResultLocation(at) => (
            "search_result_location",
            &at.cited_text,
            ("title", &at.title),
            [
                ("search_result_index", at.search_result_index),
                ("start_block_index", at.start_block_index),
                ("end_block_index", at.end_block_index),
            ],
        ),
        Citation::WebSearchResultLocation(at) => {
            return w.object(|w| {
                w.name("type").text("web_search_result_location");
                w.name("cited_text").text(&at.cited_text);
                w.name("url").text(&at.url);
                w.name("title").text_or_null(at.title.as_deref());
                if let Some(index) = &at.encrypted_index {
                    w.name("encrypted_index").text(index);
                }
            });
        }
        Citation::Other(json) => return super::block_writer::embed(w, json),
    };
    w.object(|w| {
        w.name("type").text(kind);
        w.name("cited_text").text(text);
        if let Citation::SearchResultLocation(at) = citation {
            w.name("source").text(&at.source);
        }
        // Titles must be there, null where there is none.
        w.name(title.0).text_or_null(title.1.as_deref());
        for (name, number) in numbers {
            w.name(name).number(number.into());
        }
    });
}
