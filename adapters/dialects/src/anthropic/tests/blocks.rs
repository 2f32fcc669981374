//! Content blocks as clients write them, and what they are.

use super::requests::{ephemeral, plain};
use super::*;
use crate::canonical::*;

/// One block of a message of this role.
fn block_of(role: &str, block: &str) -> Result<ContentBlock, Error> {
    let request = with(&format!(
        r#""messages":[{{"role":"{role}","content":[{block}]}}]"#
    ))?;
    Ok(request.messages[0].content[0].clone())
}

fn document(source: Source) -> ContentBlock {
    ContentBlock::Document(DocumentBlock {
        source,
        title: None,
        context: None,
        citations: false,
        cache_control: None,
    })
}

fn encoded(media_type: &str) -> Source {
    Source::Base64(Encoded {
        media_type: media_type.into(),
        data: "AAEC".into(),
    })
}

#[test]
fn a_block_of_every_kind_is_understood() {
    let call = |id: &str, name: &str, input: &str| ToolUseBlock {
        id: id.into(),
        name: name.into(),
        input: input.into(),
        cache_control: None,
    };
    for (role, json, expected) in [
        ("user", r#"{"type":"text","text":"hi"}"#, plain("hi")),
        (
            "user",
            r#"{"type":"text","text":"hi","citations":null,"cache_control":null}"#,
            plain("hi"),
        ),
        (
            "user",
            r#"{"type":"text","text":"hi","cache_control":{"type":"ephemeral","ttl":"1h"}}"#,
            ContentBlock::Text(TextBlock {
                text: "hi".into(),
                citations: Vec::new(),
                cache_control: ephemeral(Some(CacheTtl::OneHour)),
            }),
        ),
        (
            "user",
            r#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAEC"},"cache_control":{"type":"ephemeral"}}"#,
            ContentBlock::Image(ImageBlock {
                source: encoded("image/png"),
                cache_control: ephemeral(None),
            }),
        ),
        (
            "user",
            r#"{"type":"image","source":{"type":"url","url":"https://a/b.png"}}"#,
            ContentBlock::Image(ImageBlock {
                source: Source::Url("https://a/b.png".into()),
                cache_control: None,
            }),
        ),
        (
            "user",
            r#"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAEC"},"title":"t","context":"c","citations":{"enabled":true}}"#,
            ContentBlock::Document(DocumentBlock {
                source: encoded("application/pdf"),
                title: Some("t".into()),
                context: Some("c".into()),
                citations: true,
                cache_control: None,
            }),
        ),
        (
            "user",
            r#"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"},"citations":{"enabled":false}}"#,
            document(Source::Text("d".into())),
        ),
        (
            "user",
            r#"{"type":"document","source":{"type":"url","url":"https://a"}}"#,
            document(Source::Url("https://a".into())),
        ),
        (
            "user",
            r#"{"type":"document","source":{"type":"content","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}"#,
            document(Source::Blocks(vec!["a".into(), "b".into()])),
        ),
        (
            "user",
            r#"{"type":"document","source":{"type":"content","content":"a"}}"#,
            document(Source::Blocks(vec!["a".into()])),
        ),
        (
            "user",
            r#"{"type":"video","source":{"type":"object","uri":"s3://b/k","owner":"123456789012","media_type":"video/mp4"}}"#,
            ContentBlock::Video(MediaBlock {
                source: Source::Object(StoredObject {
                    uri: "s3://b/k".into(),
                    owner: Some("123456789012".into()),
                    media_type: "video/mp4".into(),
                }),
                cache_control: None,
            }),
        ),
        (
            "user",
            r#"{"type":"audio","source":{"type":"base64","media_type":"audio/wav","data":"AAEC"}}"#,
            ContentBlock::Audio(MediaBlock {
                source: encoded("audio/wav"),
                cache_control: None,
            }),
        ),
        (
            "user",
            r#"{"type":"search_result","source":"https://a","title":"t","content":[{"type":"text","text":"x"}],"citations":{"enabled":true}}"#,
            ContentBlock::SearchResult(SearchResultBlock {
                source: "https://a".into(),
                title: "t".into(),
                content: vec!["x".into()],
                citations: true,
                cache_control: None,
            }),
        ),
        (
            "assistant",
            r#"{"type":"thinking","thinking":"hm","signature":"c2ln"}"#,
            ContentBlock::Thinking(ThinkingBlock {
                thinking: "hm".into(),
                signature: Some("c2ln".into()),
            }),
        ),
        (
            "assistant",
            r#"{"type":"redacted_thinking","data":"xyz"}"#,
            ContentBlock::RedactedThinking(RedactedThinkingBlock { data: "xyz".into() }),
        ),
        (
            "assistant",
            r#"{"type":"tool_use","id":"toolu_1","name":"f","input":{"b" : 1.50, "a":"\u00e9"},"caller":{"type":"direct"}}"#,
            ContentBlock::ToolUse(call("toolu_1", "f", r#"{"b" : 1.50, "a":"\u00e9"}"#)),
        ),
        (
            "user",
            r#"{"type":"tool_result","tool_use_id":"toolu_1","content":"15 degrees","is_error":true}"#,
            ContentBlock::ToolResult(ToolResultBlock {
                tool_use_id: "toolu_1".into(),
                content: vec![ToolResultContent::Text(PlainText {
                    text: "15 degrees".into(),
                    cache_control: None,
                })],
                is_error: true,
                cache_control: None,
            }),
        ),
        (
            "user",
            r#"{"type":"tool_result","tool_use_id":"toolu_1"}"#,
            ContentBlock::ToolResult(ToolResultBlock {
                tool_use_id: "toolu_1".into(),
                content: Vec::new(),
                is_error: false,
                cache_control: None,
            }),
        ),
        (
            "user",
            r#"{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAEC"}},{"type":"tool_reference","tool_name" : "g"}]}"#,
            ContentBlock::ToolResult(ToolResultBlock {
                tool_use_id: "toolu_1".into(),
                content: vec![
                    ToolResultContent::Image(ImageBlock {
                        source: encoded("image/png"),
                        cache_control: None,
                    }),
                    ToolResultContent::Other(
                        r#"{"type":"tool_reference","tool_name" : "g"}"#.into(),
                    ),
                ],
                is_error: false,
                cache_control: None,
            }),
        ),
        (
            "assistant",
            r#"{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"q"}}"#,
            ContentBlock::ServerToolUse(call("srvtoolu_1", "web_search", r#"{"query":"q"}"#)),
        ),
        (
            "assistant",
            r#"{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result" , "url":"u"}]}"#,
            ContentBlock::ServerToolResult(ServerToolResultBlock {
                tool_use_id: "srvtoolu_1".into(),
                kind: "web_search_tool_result".into(),
                content: r#"[{"type":"web_search_result" , "url":"u"}]"#.into(),
            }),
        ),
        (
            "assistant",
            r#"{"type":"mcp_tool_result","tool_use_id":"x","content":[],"is_error":false}"#,
            ContentBlock::Other(
                r#"{"type":"mcp_tool_result","tool_use_id":"x","content":[],"is_error":false}"#
                    .into(),
            ),
        ),
        (
            "user",
            r#"{ "type":"hologram", "n" : 1.50 }"#,
            ContentBlock::Other(r#"{ "type":"hologram", "n" : 1.50 }"#.into()),
        ),
    ] {
        assert_eq!(block_of(role, json), Ok(expected), "{json}");
    }
}
