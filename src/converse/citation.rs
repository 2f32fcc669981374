//! Converse's citations → Anthropic's.

use super::event;
use crate::canonical::{
    CharLocation, Citation, ContentBlockLocation, PageLocation, SearchResultLocation, WebSearchResultLocation,
};

/// None: a location of a kind that is not known.
pub(crate) fn canonical(citation: event::Citation<'_>) -> Option<Citation> {
    let cited_text: String =
        citation.source_content.into_iter().flatten().filter_map(|content| content.text).map(|t| t.into_string()).collect();
    let title = citation.title.map(|title| title.into_string());
    let source = citation.source.map(|source| source.into_string());
    let location = citation.location?;
    if let Some(span) = location.document_char {
        return Some(Citation::CharLocation(CharLocation {
            cited_text,
            document_index: span.document_index,
            document_title: title,
            start_char_index: span.start,
            end_char_index: span.end,
        }));
    }
    if let Some(span) = location.document_page {
        return Some(Citation::PageLocation(PageLocation {
            cited_text,
            document_index: span.document_index,
            document_title: title,
            start_page_number: span.start,
            end_page_number: span.end,
        }));
    }
    if let Some(span) = location.document_chunk {
        return Some(Citation::ContentBlockLocation(ContentBlockLocation {
            cited_text,
            document_index: span.document_index,
            document_title: title,
            start_block_index: span.start,
            end_block_index: span.end,
        }));
    }
    if let Some(span) = location.search_result_location {
        return Some(Citation::SearchResultLocation(SearchResultLocation {
            cited_text,
            source: source.unwrap_or_default(),
            title,
            search_result_index: span.search_result_index,
            start_block_index: span.start,
            end_block_index: span.end,
        }));
    }
    let web = location.web?;
    Some(Citation::WebSearchResultLocation(WebSearchResultLocation {
        cited_text,
        url: web.url.map(|url| url.into_string()).unwrap_or_default(),
        title,
        encrypted_index: None,
    }))
}
