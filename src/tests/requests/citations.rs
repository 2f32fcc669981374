//! Text with citations that goes back with the history.

use serde_json::json;

use super::*;
use crate::canonical::{Citation, PageLocation, TextBlock, WebSearchResultLocation};

fn page() -> Citation {
    Citation::PageLocation(PageLocation {
        cited_text: "It rained.".into(),
        document_index: 0,
        document_title: Some("Report".into()),
        start_page_number: 3,
        end_page_number: 4,
    })
}

fn web(encrypted_index: Option<&str>) -> Citation {
    Citation::WebSearchResultLocation(WebSearchResultLocation {
        cited_text: "It rained.".into(),
        url: "https://example.com/".into(),
        title: None,
        encrypted_index: encrypted_index.map(str::to_owned),
    })
}

fn cited(model: &str, citations: impl Into<Vec<Citation>>) -> Request {
    let block = ContentBlock::Text(TextBlock {
        text: "Wet.".into(),
        citations: citations.into(),
        cache_control: None,
    });
    request(
        model,
        [
            user([text("How was it?")]),
            assistant([block]),
            user([text("Sure?")]),
        ],
    )
}

const PATH: &str = "messages[1].content[0].citations";

#[test]
fn cited_text_goes_back_with_its_citations_where_the_model_takes_them() {
    let sent = messages(&cited(CLAUDE, [page(), web(None)]));
    assert_eq!(
        sent[1]["content"],
        json!([{"citationsContent": {
            "citations": [
                {
                    "title": "Report",
                    "sourceContent": [{"text": "It rained."}],
                    "location": {"documentPage": {"documentIndex": 0, "start": 3, "end": 4}},
                },
                {
                    "sourceContent": [{"text": "It rained."}],
                    "location": {"web": {"url": "https://example.com/"}},
                },
            ],
            "content": [{"text": "Wet."}],
        }}])
    );
}

#[test]
fn citations_that_cannot_go_back_are_lost_with_a_warning_and_the_text_is_not() {
    let plain = json!([{"text": "Wet."}]);
    for (model, citations) in [
        (LLAMA, vec![page()]),
        (CLAUDE, vec![web(Some("Ei8IAxgC"))]),
        (CLAUDE, vec![Citation::Other("{}".into())]),
    ] {
        let sent = send(&cited(model, citations));
        assert_eq!(sent.body["messages"][1]["content"], plain, "{model}");
        assert_eq!(sent.lost(), [PATH], "{model}");
    }
    let sent = send(&cited(CLAUDE, [web(Some("Ei8IAxgC")), page()]));
    let kept = &sent.body["messages"][1]["content"][0]["citationsContent"]["citations"];
    assert_eq!(kept.as_array().map(Vec::len), Some(1));
    assert_eq!(sent.lost(), [PATH]);
}
