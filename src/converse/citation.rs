//! Converse's citations ⇄ Anthropic's.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationLocation.html>.

use crate::canonical::{
    CharLocation, Citation, ContentBlockLocation, PageLocation, SearchResultLocation,
    WebSearchResultLocation,
};
use crate::json::{Error, Object, Writer};

/// A `citation` as it was written; one that is not fully understood is carried as it is.
pub(crate) fn canonical(json: &str) -> Result<Citation, Error> {
    let citation = Object::parse(json.as_bytes())?;
    let mut cited_text = String::new();
    for content in citation.objects("sourceContent")? {
        match content.string("text")? {
            Some(text) => cited_text.push_str(&text),
            None => return Ok(Citation::Other(json.to_owned())),
        }
    }
    let title = citation.string("title")?;
    let location = citation.object("location")?.unwrap_or_default();
    let kind = location.variant().unwrap_or_default();
    let span = match kind.as_str() {
        "documentChar" | "documentPage" | "documentChunk" | "searchResultLocation" | "web" => {
            location.object(&kind)?.unwrap_or_default()
        }
        _ => return Ok(Citation::Other(json.to_owned())),
    };
    let (start, end) = (span.index("start")?, span.index("end")?);
    Ok(match kind.as_str() {
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
        _ => Citation::WebSearchResultLocation(WebSearchResultLocation {
            cited_text,
            // The domain is a part of the address; alone it is better than nothing.
            url: match span.string("url")? {
                Some(url) => url,
                None => span.string("domain")?.unwrap_or_default(),
            },
            title,
            encrypted_index: None,
        }),
    })
}

/// Whether Converse has a form for it: not for a kind that is not known, nor for a page whose `encrypted_index` would
/// not go back with it.
pub(crate) fn is_sendable(citation: &Citation) -> bool {
    match citation {
        Citation::WebSearchResultLocation(at) => at.encrypted_index.is_none(),
        Citation::Other(_) => false,
        _ => true,
    }
}

/// As Converse's `Citation`; false, and nothing written, where it [`is_sendable`] not.
pub(crate) fn write(citation: &Citation, w: &mut Writer) -> bool {
    if !is_sendable(citation) {
        return false;
    }
    match citation {
        Citation::CharLocation(at) => {
            let numbers = [at.document_index, at.start_char_index, at.end_char_index];
            let span = Location::Span("documentChar", "documentIndex", numbers);
            write_at(&at.cited_text, at.document_title.as_deref(), "", &span, w);
        }
        Citation::PageLocation(at) => {
            let numbers = [at.document_index, at.start_page_number, at.end_page_number];
            let span = Location::Span("documentPage", "documentIndex", numbers);
            write_at(&at.cited_text, at.document_title.as_deref(), "", &span, w);
        }
        Citation::ContentBlockLocation(at) => {
            let numbers = [at.document_index, at.start_block_index, at.end_block_index];
            let span = Location::Span("documentChunk", "documentIndex", numbers);
            write_at(&at.cited_text, at.document_title.as_deref(), "", &span, w);
        }
        Citation::SearchResultLocation(at) => {
            let numbers = [
                at.search_result_index,
                at.start_block_index,
                at.end_block_index,
            ];
            let span = Location::Span("searchResultLocation", "searchResultIndex", numbers);
            write_at(&at.cited_text, at.title.as_deref(), &at.source, &span, w);
        }
        Citation::WebSearchResultLocation(at) => {
            let page = Location::Web(&at.url);
            write_at(&at.cited_text, at.title.as_deref(), "", &page, w);
        }
        Citation::Other(_) => {}
    }
    true
}

enum Location<'c> {
    /// The kind, the name of what is counted, and its number, start and end.
    Span(&'static str, &'static str, [u32; 3]),
    /// A page's address.
    Web(&'c str),
}

fn write_at(
    cited_text: &str,
    title: Option<&str>,
    source: &str,
    location: &Location<'_>,
    w: &mut Writer,
) {
    w.object(|w| {
        if let Some(title) = title {
            w.name("title").text(title);
        }
        if !source.is_empty() {
            w.name("source").text(source);
        }
        if !cited_text.is_empty() {
            w.name("sourceContent").array(|w| {
                w.object(|w| w.name("text").text(cited_text));
            });
        }
        w.name("location").object(|w| match location {
            Location::Span(kind, counted, numbers) => w.name(kind).object(|w| {
                for (name, number) in [*counted, "start", "end"].into_iter().zip(numbers) {
                    w.name(name).number((*number).into());
                }
            }),
            Location::Web(url) => w.name("web").object(|w| w.name("url").text(url)),
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const EACH_KIND: &[&str] = &[
        r#"{"title":"T","sourceContent":[{"text":"cited"}],"location":{"documentChar":{"documentIndex":1,"start":2,"end":3}}}"#,
        r#"{"title":"T","sourceContent":[{"text":"cited"}],"location":{"documentPage":{"documentIndex":4,"start":5,"end":6}}}"#,
        r#"{"sourceContent":[{"text":"\"cited\""}],"location":{"documentChunk":{"documentIndex":7,"start":8,"end":9}}}"#,
        r#"{"title":"T","source":"kb://1","sourceContent":[{"text":"cited"}],"location":{"searchResultLocation":{"searchResultIndex":10,"start":11,"end":12}}}"#,
        r#"{"title":"T","location":{"web":{"url":"https://example.com/a"}}}"#,
    ];

    fn written(citation: &Citation) -> Option<String> {
        let mut writer = Writer::default();
        let is_sendable = write(citation, &mut writer);
        let text = writer.into_string();
        assert_eq!(is_sendable, !text.is_empty());
        is_sendable.then_some(text)
    }

    #[test]
    fn each_kind_goes_back_as_it_came() {
        for wire in EACH_KIND {
            let citation = canonical(wire).expect(wire);
            assert!(!matches!(citation, Citation::Other(_)), "{wire}");
            assert_eq!(written(&citation).as_deref(), Some(*wire));
        }
    }

    #[test]
    fn each_kind_comes_back_as_it_went() {
        let span = |cited_text: &str, document_title: Option<&str>| CharLocation {
            cited_text: cited_text.into(),
            document_index: 1,
            document_title: document_title.map(Into::into),
            start_char_index: 0,
            end_char_index: u32::MAX,
        };
        for citation in [
            Citation::CharLocation(span("a\n", Some("T"))),
            Citation::CharLocation(span("", None)),
            Citation::PageLocation(PageLocation {
                cited_text: "a".into(),
                document_index: 1,
                document_title: None,
                start_page_number: 2,
                end_page_number: 3,
            }),
            Citation::ContentBlockLocation(ContentBlockLocation {
                cited_text: "a".into(),
                document_index: 1,
                document_title: Some(String::new()),
                start_block_index: 2,
                end_block_index: 3,
            }),
            Citation::SearchResultLocation(SearchResultLocation {
                cited_text: "a".into(),
                source: String::new(),
                title: None,
                search_result_index: 1,
                start_block_index: 2,
                end_block_index: 3,
            }),
            Citation::WebSearchResultLocation(WebSearchResultLocation {
                cited_text: "a".into(),
                url: "https://example.com/?q=\"".into(),
                title: Some("T".into()),
                encrypted_index: None,
            }),
        ] {
            let wire = written(&citation).expect("sendable");
            assert_eq!(canonical(&wire), Ok(citation), "{wire}");
        }
    }

    #[test]
    fn what_is_not_understood_is_carried_as_it_is() {
        for wire in [
            r#"{"title":"T","location":{"dream":{"night":1}}}"#,
            r#"{"title":"T"}"#,
            "{}",
            r#"{"sourceContent":[{"hologram":1}],"location":{"web":{"url":"u"}}}"#,
        ] {
            let citation = canonical(wire).expect(wire);
            assert_eq!(citation, Citation::Other(wire.into()));
            assert_eq!(written(&citation), None, "{wire}");
        }
    }

    #[test]
    fn a_page_that_must_come_back_with_its_index_is_not_sent_without() {
        let page = Citation::WebSearchResultLocation(WebSearchResultLocation {
            cited_text: String::new(),
            url: "u".into(),
            title: None,
            encrypted_index: Some("Eo8B".into()),
        });
        assert_eq!(written(&page), None);
    }

    #[test]
    fn a_page_without_an_address_is_known_by_its_domain() {
        let wire = r#"{"location":{"web":{"domain":"example.com"}}}"#;
        match canonical(wire) {
            Ok(Citation::WebSearchResultLocation(page)) => assert_eq!(page.url, "example.com"),
            other => panic!("{other:?}"),
        }
    }
}
