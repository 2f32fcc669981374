//! Items of tools in the history.

use super::*;

/// The turns of a conversation that begins with the user.
fn turns(tools: &str, items: &str) -> (Vec<Message>, Ask) {
    let ask = read(&format!(
        r#""tools":[{tools}],"input":[{{"role":"user","content":"hi"}},{items}]"#
    ))
    .unwrap_or_else(|error| panic!("{error:?}"));
    (ask.request.messages.clone(), ask)
}

fn called(id: &str, name: &str, input: &str) -> ContentBlock {
    ContentBlock::ToolUse(ToolUseBlock {
        id: id.into(),
        name: name.into(),
        input: input.into(),
        cache_control: None,
    })
}

fn returned(id: &str, text: &str, is_error: bool) -> ContentBlock {
    ContentBlock::ToolResult(ToolResultBlock {
        tool_use_id: id.into(),
        content: vec![ToolResultContent::Text(PlainText {
            text: text.into(),
            cache_control: None,
        })],
        is_error,
        cache_control: None,
    })
}

#[test]
fn a_call_of_each_type_is_a_call_and_its_result() {
    for (tools, items, call, result) in [
        (
            r#"{"type":"custom","name":"apply_patch"}"#,
            r#"{"type":"custom_tool_call","id":"ctc_1","status":"completed","call_id":"c1","name":"apply_patch","input":"*** Begin Patch\n\"a\""},
            {"type":"custom_tool_call_output","id":"ctco_1","call_id":"c1","output":"done"}"#,
            called("c1", "apply_patch", r#"{"input":"*** Begin Patch\n\"a\""}"#),
            returned("c1", "done", false),
        ),
        (
            r#"{"type":"namespace","name":"mcp__docs__","tools":[{"type":"function","name":"search"}]}"#,
            r#"{"type":"function_call","call_id":"c1","namespace":"mcp__docs__","name":"search","arguments":"{\"q\" : 1}"},
            {"type":"function_call_output","call_id":"c1","name":"search","namespace":"mcp__docs__","caller":{"type":"direct"},
                "output":[{"type":"input_text","text":"found"}]}"#,
            called("c1", "mcp__docs__search", r#"{"q" : 1}"#),
            returned("c1", "found", false),
        ),
        (
            r#"{"type":"namespace","name":"docs","tools":[{"type":"custom","name":"edit"}]}"#,
            r#"{"type":"custom_tool_call","call_id":"c1","namespace":"docs","name":"edit","input":"a","async":false},
            {"type":"custom_tool_call_output","call_id":"c1","name":"edit","output":[{"type":"input_text","text":"found"}]}"#,
            called("c1", "docs__edit", r#"{"input":"a"}"#),
            returned("c1", "found", false),
        ),
        (
            r#"{"type":"local_shell"}"#,
            r#"{"type":"local_shell_call","id":"lsh_1","call_id":"c1","status":"completed",
                "action":{"type":"exec","command":["ls"],"env":{},"timeout_ms":null,"user":null,"working_directory":"/tmp"}},
            {"type":"local_shell_call_output","id":"c1","output":"{\"stdout\":\"a\"}"}"#,
            called(
                "c1",
                "local_shell",
                r#"{"command":["ls"],"working_directory":"/tmp"}"#,
            ),
            returned("c1", r#"{"stdout":"a"}"#, false),
        ),
        (
            r#"{"type":"shell"}"#,
            r#"{"type":"shell_call","call_id":"c1","status":"completed","environment":{"type":"local"},
                "action":{"commands":["ls"],"timeout_ms":9,"max_output_length":null}},
            {"type":"shell_call_output","call_id":"c1","max_output_length":9,
                "output":[{"stdout":"a","stderr":"","outcome":{"type":"exit","exit_code":0}}]}"#,
            called("c1", "shell", r#"{"commands":["ls"],"timeout_ms":9}"#),
            returned(
                "c1",
                r#"[{"stdout":"a","stderr":"","outcome":{"type":"exit","exit_code":0}}]"#,
                false,
            ),
        ),
        (
            r#"{"type":"apply_patch"}"#,
            r#"{"type":"apply_patch_call","call_id":"c1","status":"completed","operation":{"type":"update_file","path":"a","diff":"@@\n-b\n+c"}},
            {"type":"apply_patch_call_output","call_id":"c1","status":"failed","output":"no such line"}"#,
            called(
                "c1",
                "apply_patch",
                r#"{"type":"update_file","path":"a","diff":"@@\n-b\n+c"}"#,
            ),
            returned("c1", "no such line", true),
        ),
        (
            r#"{"type":"apply_patch"}"#,
            r#"{"type":"apply_patch_call","call_id":"c1","status":"completed","operation":{"type":"delete_file","path":"a"}},
            {"type":"apply_patch_call_output","call_id":"c1","status":"completed"}"#,
            called("c1", "apply_patch", r#"{"type":"delete_file","path":"a"}"#),
            returned("c1", "completed", false),
        ),
    ] {
        let (messages, ask) = turns(tools, items);
        assert_eq!(ask.warnings, [], "{items}");
        let [_, calls, results] = &messages[..] else {
            panic!("{messages:?}");
        };
        assert_eq!((calls.role, results.role), (Role::Assistant, Role::User));
        assert_eq!(calls.content, std::slice::from_ref(&call));
        assert_eq!(results.content, [result]);
        let ContentBlock::ToolUse(call) = call else {
            panic!("a call");
        };
        assert_eq!(call.name, ask.request.tools[0].name, "as it is offered");
    }
}

#[test]
fn a_call_of_a_tool_that_is_not_given_any_more_keeps_its_name() {
    let items = r#"{"type":"function_call","call_id":"c1","namespace":"docs","name":"search","arguments":"{}"},
        {"type":"function_call_output","call_id":"c1","output":""},
        {"type":"local_shell_call","call_id":"c2","action":{"type":"exec","command":["ls"],"env":{"A":"b"}}},
        {"type":"local_shell_call_output","call_id":"c2","output":""}"#;
    let (messages, ask) = turns("", items);
    assert_eq!(ask.request.tools, []);
    assert_eq!(messages[1].content, [called("c1", "docs__search", "{}")]);
    let input = r#"{"command":["ls"],"env":{"A":"b"}}"#;
    assert_eq!(messages[3].content, [called("c2", "local_shell", input)]);
}

/// As Codex searches: what was found is called in the next turn, and may be found again.
#[test]
fn tools_that_were_found_are_offered_behind_the_others() {
    const SEARCH: &str =
        r#"{"type":"tool_search","execution":"client"},{"type":"function","name":"run"}"#;
    let found = |call: &str, tools: &str| {
        format!(
            r#"{{"type":"tool_search_call","id":"tsc_1","call_id":"{call}","status":"completed","execution":"client",
                "arguments":{{"query":"words"}}}},
            {{"type":"tool_search_output","id":"tso_1","call_id":"{call}","status":"completed","execution":"client","tools":[{tools}]}}"#
        )
    };
    const LOOKUP: &str =
        r#"{"type":"function","name":"lookup","defer_loading":true,"strict":false}"#;
    let namespace = |tools: &str| {
        format!(
            r#"{{"type":"namespace","name":"mcp__words","description":"Words","tools":[{tools}]}}"#
        )
    };
    let first = found("c1", &namespace(LOOKUP));
    let (messages, ask) = turns(SEARCH, &first);
    assert_eq!(ask.warnings, []);
    let names = |ask: &Ask| -> Vec<String> {
        ask.request
            .tools
            .iter()
            .map(|tool| tool.name.clone())
            .collect()
    };
    assert_eq!(names(&ask), ["tool_search", "run", "mcp__words__lookup"]);
    assert_eq!(
        messages[1].content,
        [called("c1", "tool_search", r#"{"query":"words"}"#)]
    );
    let told = "Tools that can be called now: mcp__words__lookup";
    assert_eq!(messages[2].content, [returned("c1", told, false)]);

    let list = r#"{"type":"function","name":"list"}"#;
    let again = format!(
        "{first},{}",
        found("c2", &namespace(&[LOOKUP, list].join(",")))
    );
    let (messages, more) = turns(SEARCH, &again);
    assert_eq!(
        names(&more),
        [&names(&ask)[..], &["mcp__words__list".into()]].concat()
    );
    assert_eq!(
        more.request.tools[..3],
        ask.request.tools[..],
        "the beginning stays"
    );
    let told = "Tools that can be called now: mcp__words__lookup, mcp__words__list";
    assert_eq!(messages[4].content, [returned("c2", told, false)]);

    let (messages, none) = turns(SEARCH, &found("c1", ""));
    assert_eq!(none.request.tools.len(), 2);
    assert_eq!(
        messages[2].content,
        [returned("c1", "No tools were found.", false)]
    );
    // One that was given all along.
    let (_, given) = turns(SEARCH, &found("c1", r#"{"type":"function","name":"run"}"#));
    assert_eq!(names(&given), ["tool_search", "run"]);
}

#[test]
fn what_openai_searched_is_no_call_and_its_tools_are_offered() {
    let items = r#"{"type":"tool_search_call","id":"tsc_1","execution":"server","call_id":null,"status":"completed","arguments":{"paths":["a"]}},
        {"type":"tool_search_output","id":"tso_1","execution":"server","call_id":null,"status":"completed",
            "tools":[{"type":"function","name":"f"}]},
        {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}"#;
    let (messages, ask) = turns("", items);
    assert_eq!(ask.request.tools[0].name, "f");
    assert_eq!(messages[1].content, [called("c1", "f", "{}")]);
    assert!(matches!(&ask.warnings[..], [it] if it.path == "input[1].type" && !it.lossy));
}

#[test]
fn additional_tools_are_offered() {
    let items = r#"{"type":"additional_tools","role":"developer","tools":[{"type":"custom","name":"edit"},
        {"type":"namespace","name":"n","tools":[{"type":"function","name":"f"}]}]},{"role":"user","content":"go"}"#;
    let (messages, ask) = turns("", items);
    let names: Vec<_> = ask.request.tools.iter().map(|tool| &*tool.name).collect();
    assert_eq!((names, messages.len()), (vec!["edit", "n__f"], 1));
    assert!(ask.tools.is_custom("edit"));
}

/// Codex puts messages that say nothing between an assistant's calls.
#[test]
fn a_message_that_says_nothing_makes_no_turn() {
    let ask = read(
        r#""input":[{"role":"developer","content":"be brief"},{"role":"user","content":"hi"},
        {"type":"message","role":"assistant","content":[]},
        {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
        {"role":"assistant","content":null},
        {"type":"function_call_output","call_id":"c1","output":"1"},
        {"role":"user","content":[]}]"#,
    )
    .expect("a request");
    assert_eq!(ask.warnings, []);
    assert_eq!(ask.request.system[0].text, "be brief");
    let [asked, calls, results] = &ask.request.messages[..] else {
        panic!("{:?}", ask.request.messages);
    };
    assert_eq!(asked.content, [text("hi")]);
    assert_eq!(calls.content, [called("c1", "f", "{}")]);
    assert_eq!(results.content, [returned("c1", "1", false)]);
    // The developer's words come before any turn even where an empty one stands before them.
    let ask = read(
        r#""input":[{"role":"assistant","content":[]},{"role":"developer","content":"be brief"}]"#,
    );
    let request = ask.expect("a request").request;
    assert_eq!((request.system.len(), request.messages.len()), (1, 0));
}
