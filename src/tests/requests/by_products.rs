//! What an API left in the history besides what was said.

use serde_json::{Value, json};

use super::*;

fn block(json: Value) -> ContentBlock {
    ContentBlock::Other(json.to_string())
}

fn told(first: impl Into<Vec<ContentBlock>>) -> Sent {
    send(&request(
        CLAUDE,
        [user([text("q")]), assistant(first), user([text("more")])],
    ))
}

#[test]
fn what_it_says_is_sent_as_text() {
    let summary = block(json!({"type": "compaction", "content": "Summary of what was before"}));
    let sent = told([summary, text("found")]);
    assert_eq!(
        sent.body["messages"][1]["content"],
        json!([{"text": "Summary of what was before"}, {"text": "found"}])
    );
    assert_eq!(sent.lost(), [""; 0]);
    assert_eq!(sent.changed(), ["messages[1].content[0]"]);
}

#[test]
fn tools_that_a_search_found_are_named_in_its_result() {
    let found = |name: &str| {
        let reference = json!({"type": "tool_reference", "tool_name": name});
        ToolResultContent::Other(reference.to_string())
    };
    let sent = send(&returned(
        CLAUDE,
        [found("mcp__words__lookup"), found("a.b")],
        [text("Tools loaded.")],
    ));
    let result = &sent.body["messages"][2]["content"][0]["toolResult"];
    assert_eq!(result["toolUseId"], "1");
    let texts: Vec<_> = result["content"]
        .as_array()
        .expect("content")
        .iter()
        .collect();
    assert_eq!(texts[0]["text"], "Tool available: mcp__words__lookup");
    // By the name that the model knows it by.
    let renamed = texts[1]["text"].as_str().expect("a text");
    assert!(renamed.starts_with("Tool available: a_b_"), "{renamed}");
    assert_eq!(sent.lost(), [""; 0]);
}

#[test]
fn a_search_of_the_services_is_told_by_what_it_found() {
    let found = json!({
        "type": "tool_search_tool_search_result",
        "tool_references": [{"type": "tool_reference", "tool_name": "n"}],
    });
    let search = ContentBlock::ServerToolUse(ToolUseBlock {
        id: "srvtoolu_1".into(),
        name: "tool_search_tool_regex".into(),
        input: r#"{"query":"n"}"#.into(),
        cache_control: None,
    });
    let result = ContentBlock::ServerToolResult(crate::canonical::ServerToolResultBlock {
        tool_use_id: "srvtoolu_1".into(),
        kind: "tool_search_tool_result".into(),
        content: found.to_string(),
    });
    let sent = told([search, result, text("found")]);
    assert_eq!(
        sent.body["messages"][1]["content"],
        json!([{"text": "Tools available: n"}, {"text": "found"}])
    );
    assert_eq!(sent.lost(), [""; 0]);
}

#[test]
fn what_says_nothing_to_another_service_is_dropped_with_its_other_half() {
    let sent = told([
        block(
            json!({"type": "mcp_tool_use", "id": "m", "name": "x", "input": {}, "server_name": "s"}),
        ),
        block(json!({"type": "mcp_tool_result", "tool_use_id": "m", "content": []})),
        block(json!({"type": "of_a_later_version"})),
        text("found"),
    ]);
    assert_eq!(
        sent.body["messages"][1]["content"],
        json!([{"text": "found"}])
    );
    assert_eq!(
        sent.lost(),
        [
            "messages[1].content[0]",
            "messages[1].content[1]",
            "messages[1].content[2]"
        ]
    );
}

#[test]
fn what_a_person_or_a_tool_said_in_a_kind_that_is_not_known_is_refused() {
    let unknown = block(json!({"type": "hologram", "data": "x"}));
    let error = refusal(&request(CLAUDE, [user([text("q"), unknown])]));
    assert_eq!(error.path.as_deref(), Some("messages[0].content[1]"));
    assert!(error.message.contains("hologram"), "{}", error.message);
    let piece = ToolResultContent::Other(r#"{"type":"hologram"}"#.into());
    let error = refusal(&returned(CLAUDE, [piece], []));
    assert_eq!(
        error.path.as_deref(),
        Some("messages[2].content[0].content[0]")
    );
}

#[test]
fn edits_of_the_context_go_with_their_betas_where_the_model_takes_them() {
    let asked = |model: &str, edits: Value| Request {
        betas: vec!["compact-2026-01-12".into()],
        extensions: Some(
            json!({"anthropic": {"context_management": {"edits": edits}}}).to_string(),
        ),
        ..hello(model)
    };
    let compact = json!({"type": "compact_20260112"});
    let clear = json!({"type": "clear_tool_uses_20250919"});
    let sent = send(&asked(OPUS_4_8, json!([compact, clear])));
    assert_eq!(
        sent.additional(),
        &json!({
            "context_management": {"edits": [compact]},
            "anthropic_beta": ["compact-2026-01-12"],
        })
    );
    assert_eq!(sent.lost(), ["context_management.edits[1]"]);
    for model in [CLAUDE, NOVA, UNKNOWN] {
        let sent = send(&asked(model, json!([compact])));
        assert_eq!(sent.additional(), &Value::Null, "{model}");
        assert_eq!(sent.lost(), ["context_management.edits[0]"], "{model}");
    }
}

#[test]
fn a_cache_mark_on_it_is_kept() {
    for (control, expected) in [
        (json!({"type": "ephemeral"}), json!({"type": "default"})),
        (
            json!({"type": "ephemeral", "ttl": "1h"}),
            json!({"type": "default", "ttl": "1h"}),
        ),
    ] {
        let summary = block(json!({
            "type": "compaction", "content": "Summary of what was before", "cache_control": control,
        }));
        let sent = told([summary, text("found")]);
        let content = &sent.body["messages"][1]["content"];
        assert_eq!(content[1], json!({"cachePoint": expected}), "{content}");
    }
}
