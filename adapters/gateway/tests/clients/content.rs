//! What was said, in whichever words, and what stands beside it.

use crate::support::*;
use serde_json::{Value, json};

pub(crate) fn agent_tool_reference_in_tool_result() {
    let vector = vector("agent-tool-reference-in-tool-result");
    let beta = [("anthropic-beta", "advanced-tool-use-2025-11-20")];
    let asked = gateway()
        .ask_with("/v1/messages?beta=true", &beta, &vector["body"])
        .expect("a request");
    assert_eq!(asked.tools(), ["ToolSearch", "mcp__words__lookup"]);
    let result = &asked.body["messages"][2]["content"][0]["toolResult"];
    assert_eq!(result["toolUseId"], "t1");
    let said = result["content"][0]["text"].as_str().expect("a text");
    assert!(said.contains("mcp__words__lookup"), "{said}");
}

pub(crate) fn k01_tool_references_are_text_and_their_tools_are_offered() {
    agent_tool_reference_in_tool_result();
}

pub(crate) fn agent_unknown_block_compaction() {
    let body = &vector("agent-unknown-block-compaction")["body"];
    let asked = gateway().ask(MESSAGES, body);
    assert_eq!(
        asked.body["messages"][1]["content"],
        json!([{"text": "Summary of what was before"}, {"text": "found"}])
    );
}

pub(crate) fn context_management_compact() {
    let vector = vector("context-management-compact");
    let beta = [("anthropic-beta", "compact-2026-01-12")];
    let asked = gateway()
        .ask_with(MESSAGES, &beta, &vector["request"])
        .expect("a request");
    let expected = &vector["expect"];
    for name in ["context_management", "anthropic_beta"] {
        let expected = &expected[format!("additionalModelRequestFields.{name}")];
        assert_eq!(asked.additional(name), expected);
    }
    assert_eq!(asked.lost(), [""; 0]);
}

pub(crate) fn k03_the_billing_header_is_not_sent() {
    let ask = |cch: &str| {
        let body = json!({
            "model": SONNET_4_5, "max_tokens": 10,
            "system": [
                {"type": "text", "text": format!("x-anthropic-billing-header: cc_version=2.1; cch={cch};")},
                {"type": "text", "text": "You are an agent.", "cache_control": {"type": "ephemeral"}},
            ],
            "messages": [{"role": "user", "content": "hi"}],
        });
        gateway().ask(MESSAGES, &body).body
    };
    let sent = ask("36ee5");
    assert_eq!(
        sent["system"],
        json!([{"text": "You are an agent."}, {"cachePoint": {"type": "default"}}])
    );
    assert_eq!(sent, ask("00000"));
}

pub(crate) fn k15_half_a_character_is_replaced() {
    let body = r#"{"model":"MODEL","max_tokens":10,"messages":[
        {"role":"user","content":"hi"},
        {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Bash","input":{"description":"a\ud99c b"}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"cut \ud83d"}]}],
        "tools":[{"name":"Bash","input_schema":{"type":"object","description":"\udc00"}}]}"#
        .replace("MODEL", SONNET_4_5);
    let asked = gateway().ask_text(MESSAGES, &[], &body).expect("a request");
    let messages = &asked.body["messages"];
    assert_eq!(
        messages[1]["content"][0]["toolUse"]["input"]["description"],
        "a\u{fffd} b"
    );
    assert_eq!(
        messages[2]["content"][0]["toolResult"]["content"][0]["text"],
        "cut \u{fffd}"
    );
    let schema = &asked.body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"];
    assert_eq!(schema["description"], "\u{fffd}");
    // In a schema that goes as a text inside a text, too.
    let body = r#"{"model":"MODEL","max_tokens":10,"messages":[{"role":"user","content":"hi"}],
        "output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"string","description":"\ud83d"}},"required":["a"],"additionalProperties":false}}}}"#
        .replace("MODEL", SONNET_4_5);
    let asked = gateway().ask_text(MESSAGES, &[], &body).expect("a request");
    let schema = &asked.body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"];
    let schema: Value =
        serde_json::from_str(schema.as_str().expect("a text")).expect("strict JSON");
    assert_eq!(schema["properties"]["a"]["description"], "\u{fffd}");
}

pub(crate) fn leading_system_anthropic() {
    let vector = vector("leading-system-anthropic");
    let asked = gateway().ask(MESSAGES, &vector["request"]);
    assert_eq!(asked.body["system"], vector["expect"]["system"]);
    assert_eq!(asked.body["messages"], vector["expect"]["messages"]);
    assert_eq!(asked.warnings, []);
}

pub(crate) fn k25_leading_instructions_join_the_system_prompt() {
    for model in [OPUS_4_8, "us.anthropic.claude-sonnet-5"] {
        let body = json!({
            "model": model, "max_tokens": 10, "system": "First.",
            "messages": [
                {"role": "system", "content": "Second."},
                {"role": "user", "content": "hi"},
                {"role": "system", "content": "Third."},
                {"role": "user", "content": "go on"},
            ],
        });
        let asked = gateway().ask(MESSAGES, &body);
        assert_eq!(
            asked.body["system"],
            json!([{"text": "First."}, {"text": "Second."}])
        );
        assert_eq!(asked.body["messages"][1]["role"], "system", "{model}");
        assert_eq!(asked.lost(), [""; 0]);
    }
}

pub(crate) fn empty_last_assistant() {
    let vector = vector("empty-last-assistant");
    let asked = gateway().ask(MESSAGES, &vector["request"]);
    assert_eq!(asked.body["messages"], vector["expect"]["messages"]);
}

pub(crate) fn k27_a_pdf_that_is_read_as_text_is_warned_of() {
    let ask = |citations: bool| {
        let mut document = json!({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQK"}});
        if citations {
            document["citations"] = json!({"enabled": true});
        }
        let body = json!({
            "model": SONNET_4_5, "max_tokens": 10,
            "messages": [{"role": "user", "content": [document, {"type": "text", "text": "Read."}]}],
        });
        gateway().ask(MESSAGES, &body)
    };
    let (plain, cited) = (ask(false), ask(true));
    let document = |asked: &Asked| asked.body["messages"][0]["content"][0]["document"].clone();
    assert_eq!(document(&cited)["citations"]["enabled"], true);
    assert_eq!(cited.warnings, []);
    let is_seen = document(&plain)["citations"]["enabled"] == true;
    assert!(is_seen || !plain.warnings.is_empty());
}

pub(crate) fn k29_parts_in_another_apis_words_are_read() {
    let chat = |content: Value| json!({"model": SONNET_4_5, "messages": [{"role": "user", "content": content}]});
    let asked = gateway().ask(
        CHAT,
        &chat(json!([{"type": "input_text", "text": "hello"}])),
    );
    assert_eq!(
        asked.body["messages"][0]["content"],
        json!([{"text": "hello"}])
    );
    let png = "iVBORw0KGgoAAAANSUhEUg==";
    let blocks = json!([
        {"type": "text", "text": "See."},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png}},
        {"type": "input_image", "image_url": format!("data:image/png;base64,{png}")},
    ]);
    let asked = gateway().ask(CHAT, &chat(blocks));
    let content = asked.body["messages"][0]["content"]
        .as_array()
        .expect("content");
    assert!(
        content[1]["image"].is_object() && content[2]["image"].is_object(),
        "{content:?}"
    );
    let responses = json!({"model": SONNET_4_5, "store": false, "input": [
        {"role": "user", "content": [{"type": "text", "text": "hello"}]},
    ]});
    let asked = gateway().ask(RESPONSES, &responses);
    assert_eq!(
        asked.body["messages"][0]["content"],
        json!([{"text": "hello"}])
    );
    // An assistant that said nothing, between two of the user's messages.
    let body = json!({"model": SONNET_4_5, "messages": [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": []},
        {"role": "user", "content": "b"},
    ]});
    let asked = gateway().ask(CHAT, &body);
    assert_eq!(
        asked.body["messages"][0]["content"],
        json!([{"text": "a"}, {"text": "b"}])
    );
    // What nobody can read is never half a question.
    let unknown = json!([{"type": "text", "text": "See."}, {"type": "hologram", "data": "x"}]);
    let (error, answer) = gateway().refuse(CHAT, &chat(unknown));
    assert_eq!(answer.status, 400);
    assert!(
        error
            .path
            .is_some_and(|path| path.starts_with("messages[0].content[1]"))
    );
    // Calls and results in Anthropic's words.
    let body = json!({"model": SONNET_4_5, "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "lookup", "input": {"word": "x"}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "a plant"}]},
    ]});
    let asked = gateway().ask(CHAT, &body);
    assert_eq!(
        asked.body["messages"][1]["content"][0]["toolUse"]["input"],
        json!({"word": "x"})
    );
    assert_eq!(
        asked.body["messages"][2]["content"][0]["toolResult"]["toolUseId"],
        "t1"
    );
}

pub(crate) fn k31_members_of_betas_are_not_sent() {
    let body = json!({
        "model": HAIKU_4_5, "max_tokens": 4000,
        "system": [{"type": "text", "text": "You are an agent.", "cache_control": {"type": "ephemeral", "scope": "global"}}],
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "output_config": {"effort": "high"},
        "thinking": {"type": "enabled", "budget_tokens": 2000, "display": "summarized"},
        "tools": [{
            "name": "Bash", "description": "Run.", "input_schema": {"type": "object", "properties": {"command": {"type": "string"}}},
            "eager_input_streaming": true, "defer_loading": true, "input_examples": [{"command": "ls"}],
        }],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}]}],
    });
    let beta = [(
        "anthropic-beta",
        "context-management-2025-06-27,advanced-tool-use-2025-11-20",
    )];
    let asked = gateway()
        .ask_with("/v1/messages?beta=true", &beta, &body)
        .expect("a request");
    let sent = asked.body.to_string();
    for name in [
        "context_management",
        "effort",
        "scope",
        "eager_input_streaming",
        "defer_loading",
        "input_examples",
        "display",
        "anthropic_beta",
    ] {
        assert!(!sent.contains(name), "{name}: {sent}");
    }
    assert_eq!(asked.tools(), ["Bash"]);
    assert_eq!(sent.matches("cachePoint").count(), 2);
    let about = &asked.body["toolConfig"]["tools"][0]["toolSpec"]["description"];
    assert!(
        about
            .as_str()
            .is_some_and(|about| about.contains(r#"{"command":"ls"}"#)),
        "{about}"
    );
}

pub(crate) fn file_data_url_case() {
    let asked = gateway().ask(CHAT, &vector("file-data-url-case")["request"]);
    assert!(asked.body["messages"][0]["content"][1]["document"].is_object());
}

pub(crate) fn file_types_follow_media_type_or_name() {
    for name in [
        "file-type-book.xlsx-application_octet-stream",
        "file-type-feed.xml-text_xml",
        "file-type-notes.md-application_octet-stream",
        "file-type-notes.md-text_x-markdown",
    ] {
        let vector = vector(name);
        let asked = gateway().ask(CHAT, &vector["request"]);
        let format = &asked.body["messages"][0]["content"][1]["document"]["format"];
        assert_eq!(
            format, &vector["expect"]["messages[0].content[1].document.format"],
            "{name}"
        );
    }
}

pub(crate) fn k35_files_are_told_by_their_names() {
    for (file, data, format) in [
        ("sheet.xlsx", "SGVsbG8=", "xlsx"),
        (
            "letter.docx",
            "data:application/octet-stream;base64,SGVsbG8=",
            "docx",
        ),
        ("data.json", "data:application/json;base64,e30=", "txt"),
    ] {
        let body = json!({"model": SONNET_4_5, "messages": [{"role": "user", "content": [
            {"type": "text", "text": "Read."},
            {"type": "file", "file": {"filename": file, "file_data": data}},
        ]}]});
        let asked = gateway().ask(CHAT, &body);
        let document = &asked.body["messages"][0]["content"][1]["document"];
        assert_eq!(document["format"], format, "{file}");
    }
    let body = json!({"model": SONNET_4_5, "max_tokens": 10, "messages": [{"role": "user", "content": [
        {"type": "text", "text": "Read."},
        {"type": "document", "source": {"type": "base64", "media_type": "application/json", "data": "e30="}},
    ]}]});
    let asked = gateway().ask(MESSAGES, &body);
    assert_eq!(
        asked.body["messages"][0]["content"][1]["document"]["format"],
        "txt"
    );
}
