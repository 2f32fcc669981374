//! What a tool returned: inside its result, and beside it.

use serde_json::{Value, json};

use super::*;
use crate::canonical::{DocumentBlock, SearchResultBlock, Source};

/// What becomes of a result.
fn sent_result(content: Vec<ToolResultContent>, is_error: bool) -> Value {
    let mut request = history(CLAUDE, "{}");
    request.messages[2] = user([ContentBlock::ToolResult(ToolResultBlock {
        tool_use_id: "1".into(),
        content,
        is_error,
        cache_control: None,
    })]);
    messages(&request)[2]["content"][0]["toolResult"].clone()
}

#[test]
fn a_failed_tool_has_the_status_error_and_others_have_none() {
    let boom = || vec![ToolResultContent::Text(plain("boom"))];
    assert_eq!(
        sent_result(boom(), true),
        json!({"toolUseId": "1", "content": [{"text": "boom"}], "status": "error"})
    );
    assert_eq!(
        sent_result(boom(), false),
        json!({"toolUseId": "1", "content": [{"text": "boom"}]})
    );
}

#[test]
fn a_failure_is_told_in_words_where_the_family_takes_no_status() {
    let mut request = returned(PALMYRA, [ToolResultContent::Text(plain("boom"))], []);
    let ContentBlock::ToolResult(block) = &mut request.messages[2].content[0] else {
        panic!("a result");
    };
    block.is_error = true;
    let sent = send(&request);
    assert_eq!(
        sent.body["messages"][2]["content"][0]["toolResult"],
        json!({"toolUseId": "1", "content": [{"text": "[error]"}, {"text": "boom"}]})
    );
}

#[test]
fn a_result_that_says_nothing_gets_a_placeholder() {
    let blank = |text| ToolResultContent::Text(plain(text));
    for content in [vec![], vec![blank("")], vec![blank(" \n"), blank("\t")]] {
        assert_eq!(
            sent_result(content, false)["content"],
            json!([{"text": "."}])
        );
    }
}

#[test]
fn a_result_keeps_its_pieces_in_order_and_json_goes_as_text_byte_for_byte() {
    let json = "{ \"b\" : 1.50,\n \"a\": [null, \"\\u00e9\"] }";
    let pieces = vec![
        ToolResultContent::Text(plain("a ")),
        ToolResultContent::Json(json.into()),
        ToolResultContent::Text(plain(" ")),
        ToolResultContent::Json("[1]".into()),
        ToolResultContent::Text(plain("z")),
    ];
    assert_eq!(
        sent_result(pieces, false)["content"],
        json!([{"text": "a "}, {"text": json}, {"text": "[1]"}, {"text": "z"}])
    );
}

#[test]
fn a_json_result_must_be_json_and_a_blank_one_gets_the_placeholder() {
    let with = |json: &str| {
        let content = [ToolResultContent::Json(json.into())];
        returned(CLAUDE, content, [])
    };
    let error = refusal(&with("{"));
    assert_eq!(
        error.path.as_deref(),
        Some("messages[2].content[0].content[0]")
    );
    let sent = send(&with(" "));
    assert_eq!(
        sent.body["messages"][2]["content"][0]["toolResult"]["content"],
        json!([{"text": "."}])
    );
}

fn text_file() -> DocumentBlock {
    document_of(bytes("text/plain", b"x"), "t")
}

/// The kinds of blocks of each user turn from the one with the result on; what stands inside it is in parentheses.
fn outline(sent: &Sent) -> Vec<String> {
    fn kind(block: &Value) -> String {
        let members = block.as_object().expect("a block");
        let name = members.keys().next().expect("a member");
        match block["toolResult"]["content"].as_array() {
            Some(inside) => format!("({})", kinds(inside)),
            None => name.clone(),
        }
    }
    fn kinds(blocks: &[Value]) -> String {
        blocks.iter().map(kind).collect::<Vec<_>>().join(" ")
    }
    let turns = sent.body["messages"]
        .as_array()
        .expect("turns")
        .iter()
        .skip(2);
    turns
        .filter(|turn| turn["role"] == "user")
        .map(|turn| kinds(turn["content"].as_array().expect("blocks")))
        .collect()
}

/// An image, a PDF and a text file that a tool returned: inside its result, beside it, in a turn behind it, or replaced by
/// a text.
#[test]
fn what_a_tool_returned_stands_where_the_family_takes_it() {
    let result_only = "(text)";
    for (model, of_image, of_pdf, of_text_file) in [
        (
            CLAUDE,
            &["(image)"][..],
            &["(document)"][..],
            &["(document)"][..],
        ),
        (OPUS_4_7, &["(image)"], &["(document)"], &["(document)"]),
        (
            NOVA,
            &["(image)"],
            &["(text) document text"],
            &["(document)"],
        ),
        (
            NOVA_2,
            &["(image)"],
            &["(text) document text"],
            &["(document)"],
        ),
        // Neither images nor documents: as text, or not at all.
        (NOVA_MICRO, &[result_only], &[result_only], &["(text)"]),
        (LLAMA, &[result_only], &["(document)"], &["(document)"]),
        (LLAMA_4, &["(image)"], &["(document)"], &["(document)"]),
        (MISTRAL, &[result_only], &["(document)"], &["(document)"]),
        (
            PIXTRAL,
            &[result_only, "image"],
            &["(document)"],
            &["(document)"],
        ),
        (
            "bedrock/qwen.qwen3-vl-235b-a22b",
            &["(text) image"],
            &[result_only],
            &["(text)"],
        ),
        (
            "bedrock/moonshotai.kimi-k2.5",
            &["(text) image"],
            &[result_only],
            &["(text)"],
        ),
        (GPT, &["(text) image"], &[result_only], &["(text)"]),
        (DEEPSEEK, &[result_only], &[result_only], &["(text)"]),
        (UNKNOWN, &[result_only], &[result_only], &["(text)"]),
    ] {
        for (piece, expected) in [
            (ToolResultContent::Image(png()), of_image),
            (ToolResultContent::Document(pdf("d")), of_pdf),
            (ToolResultContent::Document(text_file()), of_text_file),
        ] {
            let sent = send_replaced(&returned(model, [piece.clone()], []));
            assert_eq!(outline(&sent), expected, "{model}: {piece:?}");
            let is_there = expected
                .iter()
                .any(|turn| turn.contains("image") || turn.contains("document"));
            let is_text =
                matches!(&piece, ToolResultContent::Document(document) if *document == text_file());
            let is_lost = !is_there && !is_text;
            let lost = if is_lost {
                &["messages[2].content[0].content[0]"][..]
            } else {
                &[]
            };
            assert_eq!(sent.lost(), lost, "{model}: {piece:?}");
        }
    }
}

/// A text, an image and a PDF that the user sent beside a result; a text where the model does not take them.
#[test]
fn what_stands_beside_a_result_is_moved_where_the_family_does_not_take_it_there() {
    for (model, of_text, of_image, of_pdf) in [
        (
            CLAUDE,
            &["(text) text"][..],
            &["(text) image"][..],
            &["(text document)"][..],
        ),
        (
            NOVA,
            &["(text) text"],
            &["(text) image"],
            &["(text) document text"],
        ),
        (
            LLAMA_4,
            &["(text)", "text"],
            &["(text)", "image"],
            &["(text)", "document text"],
        ),
        (
            PIXTRAL,
            &["(text)", "text"],
            &["(text)", "image"],
            &["(text)", "document text"],
        ),
        (
            PALMYRA,
            &["(text)", "text"],
            &["(text)", "text"],
            &["(text)", "document text"],
        ),
        (
            COMMAND_R,
            &["(text) text"],
            &["(text) text"],
            &["(text) document text"],
        ),
        (GPT, &["(text) text"], &["(text) image"], &["(text) text"]),
    ] {
        for (block, expected) in [
            (text("t"), of_text),
            (ContentBlock::Image(png()), of_image),
            (ContentBlock::Document(pdf("d")), of_pdf),
        ] {
            let said = ToolResultContent::Text(plain("x"));
            let sent = send_replaced(&returned(model, [said], [block.clone()]));
            assert_eq!(outline(&sent), expected, "{model}: {block:?}");
            // Turns go on alternating.
            let turns = sent.body["messages"].as_array().expect("turns");
            let roles: Vec<_> = turns.iter().map(|turn| &turn["role"]).collect();
            assert!(roles.windows(2).all(|pair| pair[0] != pair[1]), "{roles:?}");
        }
    }
}

#[test]
fn of_two_results_of_one_call_the_first_is_kept_and_the_loss_is_told() {
    let twice = [says("1", "second")];
    let sent = send(&returned(
        CLAUDE,
        [ToolResultContent::Text(plain("first"))],
        twice,
    ));
    assert_eq!(
        sent.body["messages"][2]["content"],
        json!([{"toolResult": {"toolUseId": "1", "content": [{"text": "first"}]}}])
    );
    assert_eq!(sent.lost(), ["messages"]);
}

#[test]
fn a_search_result_is_one_for_claude_and_a_text_for_others() {
    let found = SearchResultBlock {
        citations: true,
        ..search_result()
    };
    let piece = || [ToolResultContent::SearchResult(found.clone())];
    assert_eq!(
        messages(&returned(CLAUDE, piece(), []))[2]["content"][0]["toolResult"]["content"],
        json!([{"searchResult": {
            "source": "https://ex.com", "title": "T", "content": [{"text": "a"}, {"text": "b"}],
            "citations": {"enabled": true},
        }}])
    );
    let sent = send(&returned(NOVA, piece(), []));
    assert_eq!(
        sent.body["messages"][2]["content"][0]["toolResult"]["content"],
        json!([{"text": "T\nhttps://ex.com\n\na\nb"}])
    );
    assert_eq!(sent.lost(), ["messages[2].content[0].content[0].citations"]);
}

#[test]
fn a_document_in_s3_is_taken_inside_a_result_of_claude_s_and_not_beside_it() {
    let stored = || document_of(object("application/pdf"), "d");
    let inside = send(&returned(
        CLAUDE,
        [ToolResultContent::Document(stored())],
        [],
    ));
    assert_eq!(outline(&inside), ["(document)"]);
    assert_eq!(inside.lost(), [""; 0]);
    let beside = refusal(&returned(
        CLAUDE,
        [ToolResultContent::Text(plain("x"))],
        [ContentBlock::Document(stored())],
    ));
    let path = Some("messages[2].content[1].source");
    assert_eq!(beside.path.as_deref(), path);
    let image = ToolResultContent::Image(image_of(object("image/png")));
    let inside = refusal(&returned(CLAUDE, [image], []));
    let path = Some("messages[2].content[0].content[0].source");
    assert_eq!(inside.path.as_deref(), path);
}

#[test]
fn documents_inside_and_outside_of_results_have_names_of_their_own() {
    let request = returned(
        NOVA,
        [ToolResultContent::Document(document_of(
            bytes("text/csv", b"a"),
            "a.csv",
        ))],
        [ContentBlock::Document(document_of(
            Source::Text("x".into()),
            "A",
        ))],
    );
    let sent = send(&request);
    let turn = &sent.body["messages"][2]["content"];
    let inside = &turn[0]["toolResult"]["content"][0]["document"]["name"];
    assert_eq!(
        (inside, &turn[1]["document"]["name"]),
        (&json!("a"), &json!("A 2"))
    );
}
