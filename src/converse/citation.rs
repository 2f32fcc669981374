//! Converse's citations → Anthropic's.

use crate::canonical::{
    CharLocation, Citation, ContentBlockLocation, PageLocation, SearchResultLocation,
    WebSearchResultLocation,
};
use crate::json::{Error, Object};

/// None: a location of a kind that is not known.
pub(crate) fn canonical(citation: &Object<'_>) -> Result<Option<Citation>, Error> {
    let mut cited_text = String::new();
    for content in citation.objects("sourceContent")? {
        cited_text.push_str(&content.string("text")?.unwrap_or_default());
    }
    let title = citation.string("title")?;
    let location = citation.object("location")?.unwrap_or_default();
    let Some(kind) = location.variant() else {
        return Ok(None);
    };
    let span = location.object(&kind)?.unwrap_or_default();
    let (start, end) = (span.index("start")?, span.index("end")?);
    Ok(Some(match kind.as_str() {
        "documentChar" => Citation::CharLocation(CharLocation {
            cited_text,
            document_index: span.index("documentIndex")?,
            document_title: title,
            start_char_index: start,
            end_char_index: end,
        }),
        "documentPage" => Citation::PageLocation(PageLocation {
            cited_text,
            document_index: span.index("documentIndex")?,
            document_title: title,
            start_page_number: start,
            end_page_number: end,
        }),
        "documentChunk" => Citation::ContentBlockLocation(ContentBlockLocation {
            cited_text,
            document_index: span.index("documentIndex")?,
            document_title: title,
            start_block_index: start,
            end_block_index: end,
        }),
        "searchResultLocation" => Citation::SearchResultLocation(SearchResultLocation {
            cited_text,
            source: citation.string("source")?.unwrap_or_default(),
            title,
            search_result_index: span.index("searchResultIndex")?,
            start_block_index: start,
            end_block_index: end,
        }),
        "web" => Citation::WebSearchResultLocation(WebSearchResultLocation {
            cited_text,
            url: span.string("url")?.unwrap_or_default(),
            title,
            encrypted_index: None,
        }),
        _ => return Ok(None),
    }))
}
