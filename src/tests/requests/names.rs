//! Tool names and call ids that Converse takes, and the same ones everywhere in a request.

use serde_json::Value;

use super::*;

fn called(name: &str, id: &str) -> ContentBlock {
    ContentBlock::ToolUse(ToolUseBlock {
        id: id.into(),
        name: name.into(),
        input: "{}".into(),
        cache_control: None,
    })
}

fn is_legal(name: &Value) -> bool {
    let name = name.as_str().expect("a name");
    let legal = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(legal)
}

#[test]
fn a_name_is_legal_and_the_same_in_tools_history_and_choice() {
    let long = "x".repeat(80);
    let names = [
        "a.b",
        "a/b",
        "a b",
        long.as_str(),
        "$READFILE",
        "<|channel|>x",
        "ü",
        "ok_-1",
    ];
    let mut sent_names = Vec::new();
    for name in names {
        let request = Request {
            tools: vec![tool(name, r#"{"type":"object"}"#)],
            tool_choice: choose(ToolChoiceMode::Tool(name.into())),
            ..request(
                CLAUDE,
                [
                    user([text("q")]),
                    assistant([called(name, "1")]),
                    user([says("1", "x")]),
                ],
            )
        };
        let sent = send(&request);
        let config = &sent.body["toolConfig"];
        let spec = &config["tools"][0]["toolSpec"]["name"];
        assert!(is_legal(spec), "{name}: {spec}");
        assert_eq!(spec, &config["toolChoice"]["tool"]["name"], "{name}");
        assert_eq!(
            spec,
            &sent.body["messages"][1]["content"][0]["toolUse"]["name"]
        );
        let is_kept = name == "ok_-1";
        assert_eq!(spec == name, is_kept, "{name}");
        assert_eq!(sent.changed().is_empty(), is_kept, "{name}");
        sent_names.push(spec.clone());
    }
    for (at, name) in sent_names.iter().enumerate() {
        assert!(!sent_names[..at].contains(name), "{name} stands for two");
    }
}

#[test]
fn a_name_that_only_the_history_calls_is_legal_too() {
    let sent = send(&request(
        CLAUDE,
        [
            user([text("q")]),
            assistant([called("$READFILE", "1"), called("<|channel|>x", "2")]),
            user([says("1", "x"), says("2", "y")]),
        ],
    ));
    let tools = sent.body["toolConfig"]["tools"].as_array().expect("tools");
    let calls = &sent.body["messages"][1]["content"];
    assert_eq!(tools.len(), 2);
    for (at, tool) in tools.iter().enumerate() {
        let name = &tool["toolSpec"]["name"];
        assert!(is_legal(name), "{name}");
        assert_eq!(name, &calls[at]["toolUse"]["name"]);
    }
}

#[test]
fn an_id_has_the_form_that_the_family_wants_and_its_result_the_same() {
    let long = "y".repeat(65);
    for (model, id, expected) in [
        (CLAUDE, "toolu_01.a:b-c", Some("toolu_01.a:b-c")),
        (CLAUDE, "a b", None),
        (CLAUDE, long.as_str(), None),
        (MISTRAL, "abcDEF123", Some("abcDEF123")),
        (MISTRAL, "toolu_01", None),
        (PIXTRAL, "toolu_01", None),
        (LLAMA, "toolu_01", Some("toolu_01")),
    ] {
        let request = Request {
            tools: vec![any_tool()],
            ..request(
                model,
                [
                    user([text("q")]),
                    assistant([called("n", id)]),
                    user([says(id, "x")]),
                ],
            )
        };
        let messages = messages(&request);
        let sent = messages[1]["content"][0]["toolUse"]["toolUseId"].clone();
        assert_eq!(sent, messages[2]["content"][0]["toolResult"]["toolUseId"]);
        let sent = sent.as_str().expect("an id");
        match expected {
            Some(expected) => assert_eq!(sent, expected, "{model}"),
            None => {
                let most = if [MISTRAL, PIXTRAL].contains(&model) {
                    9
                } else {
                    64
                };
                assert!(sent != id && sent.len() <= most, "{model}: {sent}");
                let legal =
                    |c: char| c.is_ascii_alphanumeric() || (most == 64 && "_.:-".contains(c));
                assert!(sent.chars().all(legal), "{model}: {sent}");
            }
        }
    }
}
