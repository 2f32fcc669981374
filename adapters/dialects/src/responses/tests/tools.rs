//! Tools of every type, and the choice of one.

use super::*;

/// A request with these tools.
fn given(tools: &str) -> Ask {
    read(&format!(r#""input":"Hi","tools":[{tools}]"#)).unwrap_or_else(|error| panic!("{error:?}"))
}

fn names(ask: &Ask) -> Vec<&str> {
    ask.request
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect()
}

const NAMESPACE: &str = r#"{"type":"namespace","name":"mcp__words","description":"Tools of the MCP server words","tools":[
    {"type":"function","name":"lookup","description":"Look a word up","strict":false,
        "parameters":{"type":"object","properties":{"word":{"type":"string"}},"required":["word"]}},
    {"type":"function","name":"list","description":"List words"},
    {"type":"custom","name":"grep","description":null}]}"#;

#[test]
fn a_namespace_is_its_tools_under_joined_names() {
    let ask = given(&format!(
        r#"{{"type":"function","name":"exec_command","parameters":{{"type":"object"}}}},{NAMESPACE}"#
    ));
    assert_eq!(ask.warnings, []);
    let expected = [
        "exec_command",
        "mcp__words__lookup",
        "mcp__words__list",
        "mcp__words__grep",
    ];
    assert_eq!(names(&ask), expected);
    let [_, lookup, list, grep] = &ask.request.tools[..] else {
        panic!("{:?}", ask.request.tools);
    };
    let told = "Look a word up\n\nmcp__words: Tools of the MCP server words";
    assert_eq!(lookup.description.as_deref(), Some(told));
    assert_eq!(lookup.strict, Some(false));
    assert!(lookup.input_schema.contains(r#""required":["word"]"#));
    assert_eq!(
        list.description.as_deref(),
        Some("List words"),
        "it is told once"
    );
    assert!(grep.input_schema.contains(r#""required":["input"]"#));
}

#[test]
fn a_tool_without_a_description_has_its_namespaces() {
    let ask = given(
        r#"{"type":"namespace","name":"a","description":"About a","tools":[
            {"type":"function","name":"f"},{"type":"function","name":"g","description":" "}]},
        {"type":"namespace","name":"b","description":"","tools":[{"type":"function","name":"f"}]}"#,
    );
    let told: Vec<_> = ask
        .request
        .tools
        .iter()
        .map(|tool| tool.description.as_deref())
        .collect();
    assert_eq!(told, [Some("About a"), Some("About a"), None]);
}

#[test]
fn names_that_collide_or_are_too_long_are_legal_and_the_same_every_time() {
    let long = "x".repeat(60);
    let tools = format!(
        r#"{{"type":"function","name":"a__b"}},
        {{"type":"namespace","name":"a","tools":[{{"type":"function","name":"b"}}]}},
        {{"type":"namespace","name":"{long}","tools":[{{"type":"function","name":"lookup"}},{{"type":"function","name":"locate"}}]}},
        {{"type":"namespace","name":"mcp.docs","tools":[{{"type":"function","name":"get/it"}}]}}"#
    );
    let ask = given(&tools);
    let all = names(&ask);
    for (at, name) in all.iter().enumerate() {
        let is_legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        assert!(name.len() <= 64 && name.chars().all(is_legal), "{name}");
        assert!(!all[..at].contains(name), "{name}");
    }
    assert_eq!(names(&given(&tools)), all);
    // What stands behind it in the list changes nothing.
    let more = given(&format!(
        r#"{tools},{{"type":"namespace","name":"a__","tools":[{{"type":"function","name":"b"}}]}}"#
    ));
    assert_eq!(names(&more)[..all.len()], all);
}

#[test]
fn a_custom_tool_takes_one_text_and_tells_its_grammar() {
    let ask = given(
        r#"{"type":"custom","name":"apply_patch","description":"Use the apply_patch tool to edit files.",
            "format":{"type":"grammar","syntax":"lark","definition":"start: begin_patch hunk+ end_patch"},
            "cache_control":{"type":"ephemeral"}},
        {"type":"custom","name":"say","format":{"type":"text"}}"#,
    );
    assert_eq!(ask.warnings, []);
    let [patch, say] = &ask.request.tools[..] else {
        panic!("{:?}", ask.request.tools);
    };
    let told = patch.description.as_deref().expect("a description");
    for part in [
        "Use the apply_patch tool to edit files.\n\n",
        "`input`",
        "(lark):\nstart: begin_patch hunk+ end_patch",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert!(patch.cache_control.is_some());
    let schema = super::json(&patch.input_schema);
    assert_eq!(schema["properties"]["input"]["type"], "string");
    assert_eq!(schema["required"], serde_json::json!(["input"]));
    assert!(
        say.description
            .as_deref()
            .is_some_and(|text| text.starts_with("To call it"))
    );
}

#[test]
fn what_openai_defines_and_the_client_runs_is_offered() {
    let ask = given(
        r#"{"type":"local_shell"},
        {"type":"shell","environment":{"type":"local","skills":[{"name":"pdf","description":"Reads PDF","path":"/skills/pdf"}]}},
        {"type":"apply_patch","allowed_callers":["direct"]},
        {"type":"tool_search","execution":"client","description":"Finds deferred tools",
            "parameters":{"type":"object","properties":{"query":{"type":"string"}}}}"#,
    );
    assert_eq!(ask.warnings, []);
    assert_eq!(
        names(&ask),
        ["local_shell", "shell", "apply_patch", "tool_search"]
    );
    let [local, shell, _, search] = &ask.request.tools[..] else {
        panic!("{:?}", ask.request.tools);
    };
    assert!(local.input_schema.contains("working_directory"));
    let told = shell.description.as_deref().expect("a description");
    assert!(
        told.ends_with("\n\nSkill pdf: Reads PDF, in /skills/pdf"),
        "{told}"
    );
    assert_eq!(search.description.as_deref(), Some("Finds deferred tools"));
    assert!(search.input_schema.contains("query"));
    let ask = given(r#"{"type":"tool_search","execution":"client"},{"type":"shell"}"#);
    assert!(ask.request.tools[0].input_schema.contains("paths"));
    assert!(ask.request.tools[1].input_schema.contains("commands"));
}

#[test]
fn a_tool_in_another_apis_shape_is_read() {
    let ask = given(
        r#"{"type":"function","function":{"name":"a","parameters":{"type" : "object"}}},
        {"name":"b","description":"B","input_schema":{"type" : "object"}},
        {"type":"custom","name":"c","input_schema":{"type" : "object"}},
        {"type":"custom","custom":{"name":"d","format":{"type":"grammar","grammar":{"syntax":"regex","definition":"a+"}}}}"#,
    );
    assert_eq!(ask.warnings, []);
    assert_eq!(names(&ask), ["a", "b", "c", "d"]);
    for tool in &ask.request.tools[..3] {
        assert_eq!(tool.input_schema, r#"{"type" : "object"}"#, "{}", tool.name);
    }
    let told = ask.request.tools[3].description.as_deref();
    assert!(
        told.is_some_and(|text| text.ends_with("(regex):\na+")),
        "{told:?}"
    );
}

#[test]
fn only_what_runs_at_openai_is_dropped_and_the_warning_says_so() {
    for (tool, kind) in [
        (
            r#"{"type":"web_search","external_web_access":true}"#,
            "web_search",
        ),
        (
            r#"{"type":"web_search_preview_2025_03_11"}"#,
            "web_search_preview_2025_03_11",
        ),
        (
            r#"{"type":"file_search","vector_store_ids":["v"]}"#,
            "file_search",
        ),
        (
            r#"{"type":"code_interpreter","container":{"type":"auto"}}"#,
            "code_interpreter",
        ),
        (r#"{"type":"image_generation"}"#, "image_generation"),
        (
            r#"{"type":"computer_use_preview","display_width":1}"#,
            "computer_use_preview",
        ),
        (
            r#"{"type":"mcp","server_label":"x","server_url":"https://a.example"}"#,
            "mcp",
        ),
        (r#"{"type":"tool_search"}"#, "tool_search"),
        (
            r#"{"type":"tool_search","execution":"server"}"#,
            "tool_search",
        ),
        (
            r#"{"type":"shell","environment":{"type":"container_auto"}}"#,
            "shell",
        ),
    ] {
        let members = format!(r#""input":"Hi","tools":[{tool},{{"type":"function","name":"f"}}]"#);
        let ask = read_with(&members, Unknown::Warn).expect(tool);
        assert_eq!(names(&ask), ["f"]);
        let [warning] = &ask.warnings[..] else {
            panic!("{tool}: {:?}", ask.warnings);
        };
        let expected =
            format!("{kind} runs at OpenAI only and is not supported by Bedrock; dropped");
        assert_eq!(
            (&*warning.path, &*warning.message),
            ("tools[0].type", &*expected)
        );
        assert!(warning.lossy);
    }
    let members = r#""input":"Hi","tools":[{"type":"scent"}]"#;
    let ask = read_with(members, Unknown::Warn).expect("a request");
    let expected = "scent is not a supported type of tool; dropped";
    assert_eq!(ask.warnings[0].message, expected);
}

#[test]
fn deferred_tools_are_offered_at_once() {
    let tool = |at: usize| format!(r#"{{"type":"function","name":"f{at}","defer_loading":true}}"#);
    let tools: Vec<_> = (0..99).map(tool).collect();
    let ask = given(&format!(
        r#"{{"type":"namespace","name":"n","tools":[{}]}}"#,
        tools.join(",")
    ));
    assert_eq!(names(&ask).len(), 99);
    assert!(matches!(&ask.warnings[..], [it] if it.path == "tools" && !it.lossy));
}

const ALL: &str = r#"{"type":"function","name":"run"},{"type":"custom","name":"edit"},{"type":"local_shell"},{"type":"apply_patch"},
    {"type":"tool_search","execution":"client"},
    {"type":"namespace","name":"docs","tools":[{"type":"function","name":"search"},{"type":"custom","name":"get"}]},
    {"type":"namespace","name":"web","tools":[{"type":"function","name":"search"}]}"#;

fn chosen(choice: &str) -> Result<Ask, Error> {
    read(&format!(
        r#""input":"Hi","tools":[{ALL}],"tool_choice":{choice}"#
    ))
}

#[test]
fn a_tool_of_any_type_can_be_the_one_that_must_be_called() {
    for (choice, name) in [
        (r#"{"type":"function","name":"run"}"#, "run"),
        (r#"{"type":"custom","name":"edit"}"#, "edit"),
        (r#"{"type":"function","function":{"name":"run"}}"#, "run"),
        (
            r#"{"type":"function","name":"search","namespace":"web"}"#,
            "web__search",
        ),
        (r#"{"type":"function","name":"web__search"}"#, "web__search"),
        (
            r#"{"type":"custom","name":"get","namespace":"docs"}"#,
            "docs__get",
        ),
        (r#"{"type":"custom","name":"get"}"#, "docs__get"),
        (r#"{"type":"namespace","name":"web"}"#, "web__search"),
        (r#"{"type":"local_shell"}"#, "local_shell"),
        (r#"{"type":"apply_patch"}"#, "apply_patch"),
        (r#"{"type":"tool_search"}"#, "tool_search"),
        (r#"{"type":"tool","name":"run"}"#, "run"),
        // The provider says that there is no such tool.
        (r#"{"type":"function","name":"walk"}"#, "walk"),
    ] {
        let choice_of = |ask: Ask| ask.request.tool_choice.map(|choice| choice.mode);
        let mode = chosen(choice).map(choice_of);
        assert_eq!(
            mode,
            Ok(Some(ToolChoiceMode::Tool(name.into()))),
            "{choice}"
        );
    }
    for (choice, mode) in [
        (r#"{"type":"auto"}"#, ToolChoiceMode::Auto),
        (r#"{"type":"any"}"#, ToolChoiceMode::Any),
        (r#"{"type":"none"}"#, ToolChoiceMode::None),
    ] {
        let ask = chosen(choice).expect(choice);
        assert_eq!(
            ask.request.tool_choice.map(|choice| choice.mode),
            Some(mode)
        );
    }
    let ask = chosen(r#"{"type":"namespace","name":"docs"}"#).expect("a request");
    assert_eq!(names(&ask), ["docs__search", "docs__get"]);
    assert_eq!(
        ask.request.tool_choice.map(|choice| choice.mode),
        Some(ToolChoiceMode::Any)
    );
}

#[test]
fn tools_of_any_type_can_be_those_that_are_allowed() {
    let allowed =
        |tools: &str| format!(r#"{{"type":"allowed_tools","mode":"auto","tools":[{tools}]}}"#);
    for (tools, expected) in [
        (r#"{"type":"function","name":"run"}"#, &["run"][..]),
        (
            r#"{"type":"custom","name":"edit"},{"type":"local_shell"},{"type":"apply_patch"},{"type":"tool_search"}"#,
            &["edit", "local_shell", "apply_patch", "tool_search"],
        ),
        (
            r#"{"type":"function","name":"search","namespace":"web"},{"type":"custom","name":"get"}"#,
            &["docs__get", "web__search"],
        ),
        (
            r#"{"type":"namespace","name":"docs"}"#,
            &["docs__search", "docs__get"],
        ),
    ] {
        let ask = chosen(&allowed(tools)).expect(tools);
        assert_eq!(names(&ask), expected, "{tools}");
    }
    let error =
        chosen(&allowed(r#"{"type":"function","name":"search"}"#)).expect_err("two have it");
    assert_eq!(error.path.as_deref(), Some("tool_choice.tools[0].name"));
    let error = chosen(&allowed(r#"{"type":"shell"}"#)).expect_err("it is not there");
    assert_eq!(error.path.as_deref(), Some("tool_choice.tools[0].type"));
    let members = format!(
        r#""input":"Hi","tools":[{ALL},{{"type":"image_generation"}}],"tool_choice":{}"#,
        allowed(r#"{"type":"image_generation"},{"type":"function","name":"run"}"#)
    );
    let ask = read_with(&members, Unknown::Warn).expect("a request");
    assert_eq!(names(&ask), ["run"]);
    let told: Vec<_> = ask
        .warnings
        .iter()
        .map(|it| (it.path.as_str(), it.lossy))
        .collect();
    let expected = [
        ("tools[7].type", true),
        ("tool_choice.tools[0].type", true),
        ("tool_choice.tools", false),
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_must_be_called_and_runs_at_openai_is_refused_by_its_name() {
    for (tools, choice, path) in [
        ("", r#"{"type":"web_search"}"#, "tool_choice.type"),
        (
            r#"{"type":"web_search"}"#,
            r#"{"type":"web_search"}"#,
            "tool_choice.type",
        ),
        (r#"{"type":"web_search"}"#, r#""required""#, "tool_choice"),
        (
            r#"{"type":"web_search"},{"type":"function","name":"f"}"#,
            r#"{"type":"allowed_tools","mode":"required","tools":[{"type":"web_search"}]}"#,
            "tool_choice",
        ),
        (
            r#"{"type":"web_search"}"#,
            r#"{"type":"function","name":"web_search"}"#,
            "tool_choice",
        ),
    ] {
        let members = format!(r#""input":"Hi","tools":[{tools}],"tool_choice":{choice}"#);
        let error = read_with(&members, Unknown::Warn).expect_err(choice);
        assert_eq!(
            (error.kind, error.path.as_deref()),
            (ErrorKind::Unsupported, Some(path))
        );
        let says = |text| error.message.contains(text);
        assert!(
            says("web_search") && says("Bedrock") && says("auto"),
            "{}",
            error.message
        );
    }
    for choice in [r#"{"type":"tool_search"}"#, r#"{"type":"shell"}"#] {
        let tools =
            r#"{"type":"tool_search"},{"type":"shell","environment":{"type":"container_auto"}}"#;
        let members = format!(r#""input":"Hi","tools":[{tools}],"tool_choice":{choice}"#);
        let error = read_with(&members, Unknown::Warn).expect_err(choice);
        assert!(
            error.message.contains("runs at OpenAI only"),
            "{}",
            error.message
        );
    }
    let members = r#""input":"Hi","tools":[{"type":"web_search"}],"tool_choice":"auto""#;
    assert!(read_with(members, Unknown::Warn).is_ok());
}

#[test]
fn a_great_many_tools_are_read_in_time_that_grows_with_their_number_alone() {
    let tool = |at: usize| format!(r#"{{"type":"function","name":"f{at}"}}"#);
    let tools = |count: usize| (0..count).map(tool).collect::<Vec<_>>().join(",");
    let ask = given(&format!(
        r#"{},{{"type":"namespace","name":"n","tools":[{}]}}"#,
        tools(5_000),
        tools(5_000)
    ));
    assert_eq!(names(&ask).len(), 10_000);
    assert_eq!(names(&ask)[9_999], "n__f4999");
}
