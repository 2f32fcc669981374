//! Text that cites its sources, whole and as a stream.

use super::*;
use crate::canonical::{
    CharLocation, Citation, ContentBlockLocation, PageLocation, SearchResultLocation,
    WebSearchResultLocation,
};

/// Citations as Converse writes them, and as Anthropic does.
fn citations() -> Vec<(&'static str, Citation)> {
    let (cited_text, title) = ("cited".to_owned(), Some("T".to_owned()));
    let new = r#"{"title":"T","location":{"dream":{"night" : 1}}}"#;
    vec![
        (
            r#"{"title":"T","sourceContent":[{"text":"ci"},{"text":"ted"}],"location":{"documentChar":{"documentIndex":1,"start":2,"end":3}}}"#,
            Citation::CharLocation(CharLocation {
                cited_text: cited_text.clone(),
                document_index: 1,
                document_title: title.clone(),
                start_char_index: 2,
                end_char_index: 3,
            }),
        ),
        (
            r#"{"sourceContent":[{"text":"cited"}],"location":{"documentPage":{"documentIndex":1,"start":2,"end":3}}}"#,
            Citation::PageLocation(PageLocation {
                cited_text: cited_text.clone(),
                document_index: 1,
                document_title: None,
                start_page_number: 2,
                end_page_number: 3,
            }),
        ),
        (
            r#"{"title":"T","sourceContent":[{"text":"cited"}],"location":{"documentChunk":{"documentIndex":1,"start":2,"end":3}}}"#,
            Citation::ContentBlockLocation(ContentBlockLocation {
                cited_text: cited_text.clone(),
                document_index: 1,
                document_title: title.clone(),
                start_block_index: 2,
                end_block_index: 3,
            }),
        ),
        (
            r#"{"title":"T","source":"kb://1","sourceContent":[{"text":"cited"}],"location":{"searchResultLocation":{"searchResultIndex":1,"start":2,"end":3}}}"#,
            Citation::SearchResultLocation(SearchResultLocation {
                cited_text,
                source: "kb://1".into(),
                title: title.clone(),
                search_result_index: 1,
                start_block_index: 2,
                end_block_index: 3,
            }),
        ),
        (
            r#"{"title":"T","location":{"web":{"url":"https://example.com/a","domain":"example.com"}}}"#,
            Citation::WebSearchResultLocation(WebSearchResultLocation {
                cited_text: String::new(),
                url: "https://example.com/a".into(),
                title,
                encrypted_index: None,
            }),
        ),
        (new, Citation::Other(new.into())),
    ]
}

#[test]
fn cited_text_keeps_its_words_and_each_of_its_sources() {
    let (wire, citations): (Vec<_>, Vec<_>) = citations().into_iter().unzip();
    let cited = ContentBlock::Text(TextBlock {
        text: "It is green.".into(),
        citations,
        cache_control: None,
    });
    let whole = format!(
        r#"[{{"citationsContent":{{"content":[{{"text":"It is "}},{{"text":"green."}}],"citations":[{}]}}}},
            {{"citationsContent":{{"content":[{{"text":"Plain."}}]}}}}]"#,
        wire.join(",")
    );
    let answer = answer("", &whole, "end_turn");
    assert_eq!(answer.content, [cited, text("Plain.")]);
    assert_eq!(losses(&answer), []);

    let delta =
        |index: u32, delta: &str| format!(r#"{{"contentBlockIndex":{index},"delta":{delta}}}"#);
    let mut deltas = vec![delta(0, r#"{"text":"It is green."}"#)];
    deltas.extend(
        wire.iter()
            .map(|citation| delta(0, &format!(r#"{{"citation":{citation}}}"#))),
    );
    deltas.push(delta(1, r#"{"text":"Plain."}"#));
    let events: Vec<_> = deltas
        .iter()
        .map(|delta| ("contentBlockDelta", delta.as_str()))
        .collect();
    assert_eq!(fold(&streamed("", &events, "end_turn")), answer);
    assert_eq!(fold(&replayed("", &body(&whole, "end_turn")).0), answer);
}
