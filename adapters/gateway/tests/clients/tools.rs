//! Calls and results, and tools of the client's that are no JSON functions.

use crate::support::*;
use serde_json::{Value, json};

/// The ids of calls and results in the order in which they are sent.
fn ids(asked: &Asked) -> Vec<String> {
    let messages = asked.body["messages"].as_array().expect("messages").iter();
    let blocks = messages.flat_map(|turn| turn["content"].as_array().expect("content"));
    let id = |block: &Value| {
        let ids = ["toolUse", "toolResult"].map(|kind| block[kind]["toolUseId"].as_str());
        Some(ids.into_iter().flatten().next()?.to_owned())
    };
    blocks.filter_map(id).collect()
}

pub(crate) fn k13_ids_that_repeat_are_told_apart() {
    let call = |path: &str| {
        let arguments = json!({ "path": path }).to_string();
        json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": "call_0", "type": "function", "function": {"name": "list_dir", "arguments": arguments}},
        ]})
    };
    let result = |text: &str| json!({"role": "tool", "tool_call_id": "call_0", "content": text});
    let turns = [
        json!({"role": "user", "content": "hi"}),
        call("."),
        result("a"),
        call("/"),
        result("b"),
    ];
    let ask = |count: usize| {
        gateway().ask(
            CHAT,
            &json!({"model": SONNET_4_5, "messages": turns[..count]}),
        )
    };
    let (first, grown) = (ask(3), ask(5));
    let ids = ids(&grown);
    assert!(
        ids[0] == ids[1] && ids[2] == ids[3] && ids[0] != ids[2],
        "{ids:?}"
    );
    let before = first.body["messages"].as_array().expect("turns");
    assert_eq!(
        before[..],
        grown.body["messages"].as_array().expect("turns")[..3]
    );
}

pub(crate) fn duplicate_call_ids() {
    let asked = gateway().ask(MESSAGES, &vector("duplicate-call-ids")["request"]);
    let ids = ids(&asked);
    assert_eq!(ids.len(), 4);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[..2], ids[2..]);
}

/// The item of a call, in a whole answer and at the end of a stream.
fn items(body: &Value, name: &str, input: &Value) -> [Value; 2] {
    let called = json!([{"toolUse": {"toolUseId": "t1", "name": name, "input": input}}]);
    let mut whole = body.clone();
    whole["stream"] = false.into();
    let answer = gateway().ask(RESPONSES, &whole).says(&called);
    let mut streamed = body.clone();
    streamed["stream"] = true.into();
    let text = input.to_string();
    let (start, end) = text.split_at(text.len() / 2);
    let events = gateway()
        .ask(RESPONSES, &streamed)
        .streams(&call_events(name, &[start, end]));
    let done = events
        .iter()
        .find(|event| event["type"] == "response.output_item.done");
    let done = done.expect("a call")["item"].clone();
    let last = events.last().expect("events");
    assert_eq!(last["response"]["output"][0], done);
    [answer["output"][0].clone(), done]
}

fn member<'v>(item: &'v Value, names: &[&str]) -> Vec<&'v Value> {
    names.iter().map(|name| &item[*name]).collect()
}

pub(crate) fn agent_codex_namespace_tools() {
    let body = &vector("agent-codex-namespace-tools")["body"];
    let asked = gateway().ask(RESPONSES, body);
    assert_eq!(asked.tools(), ["exec_command", "mcp__words__lookup"]);
    assert_eq!(asked.lost(), [""; 0]);
    for item in items(body, "mcp__words__lookup", &json!({"word": "heliotrope"})) {
        assert_eq!(
            member(&item, &["type", "namespace", "name", "call_id"]),
            ["function_call", "mcp__words", "lookup", "t1"]
        );
        let arguments = item["arguments"].as_str().expect("arguments");
        let arguments: Value = serde_json::from_str(arguments).expect("JSON");
        assert_eq!(arguments, json!({"word": "heliotrope"}));
    }
    // What came back goes on.
    let mut next = body.clone();
    let input = next["input"].as_array_mut().expect("items");
    input.push(json!({"type": "function_call", "namespace": "mcp__words", "name": "lookup", "call_id": "t1", "arguments": "{\"word\":\"heliotrope\"}"}));
    input.push(json!({"type": "function_call_output", "call_id": "t1", "output": "a plant"}));
    let asked = gateway().ask(RESPONSES, &next);
    let call = &asked.body["messages"][1]["content"][0]["toolUse"];
    assert_eq!(call["name"], "mcp__words__lookup");
}

pub(crate) fn k21_a_namespaced_call_comes_back_in_its_namespace() {
    let body = json!({
        "model": SONNET_4_5, "store": false, "input": "hi",
        "tools": [
            {"type": "namespace", "name": "mcp__docs__", "description": "Docs", "tools": [
                {"type": "function", "name": "search", "parameters": {"type": "object", "properties": {}}},
            ]},
            {"type": "namespace", "name": "mcp__web__", "tools": [
                {"type": "function", "name": "search", "parameters": {"type": "object", "properties": {}}},
            ]},
        ],
    });
    let names = gateway().ask(RESPONSES, &body);
    let names: Vec<String> = names
        .tools()
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    assert_eq!(names.len(), 2);
    assert_ne!(names[0], names[1]);
    for (name, namespace) in names.iter().zip(["mcp__docs__", "mcp__web__"]) {
        for item in items(&body, name, &json!({})) {
            assert_eq!(member(&item, &["namespace", "name"]), [namespace, "search"]);
        }
    }
}

const PATCH: &str = "*** Begin Patch\n*** Update File: a.rs\n+\"é\" 😀\n*** End Patch";

pub(crate) fn k19_a_freeform_call_comes_back_as_raw_text() {
    agent_custom_tool();
}

pub(crate) fn agent_custom_tool() {
    let body = &vector("agent-custom-tool")["body"];
    let asked = gateway().ask(RESPONSES, body);
    assert_eq!(asked.tools(), ["apply_patch"]);
    assert_eq!(asked.lost(), [""; 0]);
    let spec = &asked.body["toolConfig"]["tools"][0]["toolSpec"];
    let about = spec["description"].as_str().expect("a description");
    assert!(
        about.contains("start: begin_patch hunk+ end_patch"),
        "{about}"
    );
    let properties = spec["inputSchema"]["json"]["properties"].as_object();
    let member = properties
        .expect("properties")
        .keys()
        .next()
        .expect("one")
        .clone();
    let input = json!({ member: PATCH });
    for item in items(body, "apply_patch", &input) {
        assert_eq!(item["type"], "custom_tool_call");
        assert_eq!(item["input"], PATCH);
    }
    let text = input.to_string();
    let pieces: Vec<String> = text.chars().map(String::from).collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let events = gateway()
        .ask(RESPONSES, body)
        .streams(&call_events("apply_patch", &pieces));
    let of = |kind: &str| {
        let kind = kind.to_owned();
        events
            .iter()
            .filter(move |event| event["type"] == kind.as_str())
    };
    let deltas: String = of("response.custom_tool_call_input.delta")
        .map(|event| event["delta"].as_str().expect("a delta"))
        .collect();
    assert_eq!(deltas, PATCH);
    let done = of("response.custom_tool_call_input.done")
        .next()
        .expect("done");
    assert_eq!(done["input"], PATCH);
}

pub(crate) fn agent_custom_call_history() {
    let asked = gateway().ask(RESPONSES, &vector("agent-custom-call-history")["body"]);
    let messages = &asked.body["messages"];
    let call = &messages[1]["content"][0]["toolUse"];
    assert_eq!(call["name"], "apply_patch");
    assert!(
        call["input"].to_string().contains("*** Begin Patch"),
        "{call}"
    );
    let result = &messages[2]["content"][0]["toolResult"];
    assert_eq!(result["toolUseId"], call["toolUseId"]);
    assert_eq!(result["content"][0]["text"], "done");
}

pub(crate) fn k33_empty_turns_are_none_and_terminal_events_are_whole() {
    let body = json!({
        "model": SONNET_4_5, "store": false, "stream": true,
        "input": [
            {"role": "developer", "content": [{"type": "input_text", "text": "Be brief."}]},
            {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
            {"role": "assistant", "content": []},
            {"type": "function_call", "call_id": "c1", "name": "lookup", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "a plant"},
        ],
    });
    let asked = gateway().ask(RESPONSES, &body);
    assert_eq!(asked.body["system"], json!([{"text": "Be brief."}]));
    assert_eq!(asked.body["messages"].as_array().map(Vec::len), Some(3));
    let events = asked.streams(&text_events(&["It is ", "a plant."]));
    let text = |pointer: &str| {
        let mut texts = events.iter().filter_map(|event| event.pointer(pointer));
        texts.next_back().cloned()
    };
    for pointer in [
        "/text",
        "/part/text",
        "/item/content/0/text",
        "/response/output/0/content/0/text",
    ] {
        assert_eq!(text(pointer), Some("It is a plant.".into()), "{pointer}");
    }
}
