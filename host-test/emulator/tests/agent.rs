//! The model of an agent works through a plan, with the tools that it is offered and from the conversation alone.

use bedrock_emulator::{Agent, Answer, Block, Call, Operation, Reply, Script};
use serde_json::{Value, json};

const PLAN: &str = "Do this:\nPLAN\ncall read {\"path\": \"a\"}\nalso open_vault {}\ncall patch \"+<1> <2>\"\nsay <1> and <2>.\nEND\n";

fn body(plan: &str) -> Value {
    let tool = |name: &str, schema: Value| json!({"toolSpec": {"name": name, "inputSchema": {"json": schema}}});
    let text = json!({"type": "string"});
    json!({
        "messages": [{"role": "user", "content": [{"text": "Hello"}, {"text": plan}]}],
        "toolConfig": {"tools": [
            tool("read", json!({"type": "object", "properties": {"path": text, "limit": {"type": "integer"}}, "required": ["path"]})),
            tool("mcp__vault__open_vault", json!({"type": "object", "properties": {"drawer": text}, "required": ["drawer"]})),
            tool("patch", json!({"type": "object", "properties": {"input": text}, "required": ["input"]})),
        ]},
    })
}

fn ask(agent: &Agent, body: &Value) -> Script {
    agent.answer(Call {
        operation: Operation::ConverseStream,
        model_id: "m",
        body,
    })
}

fn reply(script: Script) -> Reply {
    match script.answer {
        Answer::Reply(reply) => reply,
        other => panic!("not a reply: {other:?}"),
    }
}

fn text(reply: &Reply) -> String {
    let texts = reply.blocks.iter().filter_map(|block| match block {
        Block::Text(deltas) => Some(deltas.concat()),
        _ => None,
    });
    texts.collect()
}

/// Id, name and input of each call.
fn calls(reply: &Reply) -> Vec<(String, String, Value)> {
    let calls = reply.blocks.iter().filter_map(|block| match block {
        Block::ToolUse { id, name, input } => {
            let input = serde_json::from_str(&input.concat()).expect("JSON");
            Some((id.clone(), name.clone(), input))
        }
        _ => None,
    });
    calls.collect()
}

fn push(body: &mut Value, role: &str, content: Vec<Value>) {
    let message = json!({"role": role, "content": content});
    body["messages"]
        .as_array_mut()
        .expect("messages")
        .push(message);
}

/// The conversation goes on: the model's calls, and a result for each, the last one first.
fn go_on(body: &mut Value, reply: &Reply, results: &[&str]) {
    let calls = calls(reply);
    let uses = calls.iter().map(
        |(id, name, input)| json!({"toolUse": {"toolUseId": id, "name": name, "input": input}}),
    );
    push(body, "assistant", uses.collect());
    let results = calls.iter().zip(results).rev().map(
        |((id, ..), text)| json!({"toolResult": {"toolUseId": id, "content": [{"text": text}]}}),
    );
    push(body, "user", results.collect());
}

#[test]
fn it_calls_tools_by_their_schemas_and_says_what_they_returned() {
    let (agent, mut body) = (Agent::default(), body(PLAN));
    let first = reply(ask(&agent, &body));
    assert_eq!(first.stop_reason, "tool_use");
    let told: Vec<_> = calls(&first)
        .into_iter()
        .map(|(_, name, input)| (name, input))
        .collect();
    // What is required and not in the plan gets an example.
    let expected = [
        ("read".to_owned(), json!({"path": "a"})),
        (
            "mcp__vault__open_vault".to_owned(),
            json!({"drawer": "Paris"}),
        ),
    ];
    assert_eq!(told, expected);

    go_on(&mut body, &first, &["1: secret-a", "there is secret-b."]);
    let second = reply(ask(&agent, &body));
    let patch = calls(&second);
    assert_eq!(patch[0].2, json!({"input": "+secret-a secret-b"}));
    assert!(calls(&first).iter().all(|(id, ..)| *id != patch[0].0));

    go_on(&mut body, &second, &["done"]);
    let last = reply(ask(&agent, &body));
    assert_eq!(last.stop_reason, "end_turn");
    assert_eq!(text(&last), "secret-a and secret-b.");
}

#[test]
fn of_a_turn_that_broke_off_it_makes_the_calls_that_are_missing() {
    let (agent, mut body) = (Agent::default(), body(PLAN));
    let mut first = reply(ask(&agent, &body));
    first.blocks.pop();
    go_on(&mut body, &first, &["secret-a"]);
    let told: Vec<_> = calls(&reply(ask(&agent, &body)))
        .into_iter()
        .map(|(_, name, _)| name)
        .collect();
    assert_eq!(told, ["mcp__vault__open_vault"]);
}

#[test]
fn what_it_cannot_do_it_says() {
    let told = |plan: &str, change: fn(&mut Value)| {
        let mut body = body(plan);
        change(&mut body);
        let reply = reply(ask(&Agent::default(), &body));
        assert_eq!(
            (reply.stop_reason.as_str(), calls(&reply)),
            ("end_turn", vec![])
        );
        text(&reply)
    };
    let plan = |line: &str| format!("PLAN\n{line}\nsay x\nEND");
    for (line, expected) in [
        (
            "call write {}",
            "the tool write is not offered, only read, mcp__vault__open_vault, patch",
        ),
        (
            "call read {\"file\": \"a\"}",
            "the tool read has no property file, only limit, path",
        ),
        ("call read \"a\"", "the tool read does not take one text"),
        ("sing", "`sing` is no order"),
    ] {
        let told = told(&plan(line), |_| {});
        assert!(told.contains(expected), "{told}");
    }
    let failed = told(PLAN, |body| {
        let call = json!({"toolUse": {"toolUseId": "a", "name": "read", "input": {}}});
        push(body, "assistant", vec![call]);
        let result =
            json!({"toolUseId": "a", "status": "error", "content": [{"text": "no such file"}]});
        push(body, "user", vec![json!({ "toolResult": result })]);
    });
    assert_eq!(failed, "the tool read failed: no such file");
}

#[test]
fn each_trouble_comes_once_and_a_circle_ends() {
    let plan = "PLAN\nthrottle\nbreak\ncall read {\"path\": \"a\"}\nsay x\nEND";
    let (agent, body) = (Agent::default(), body(plan));
    let throttled = ask(&agent, &body);
    assert!(matches!(throttled.answer, Answer::Refusal(error) if error.status == 429));
    let broken = ask(&agent, &body);
    let (after, _) = broken.interruption.clone().expect("an interruption");
    let whole = reply(ask(&agent, &body));
    assert!(after > 0 && after < whole.frames(0).len());
    assert_eq!(calls(&whole).len(), 1);
    let stopped = (0..20)
        .map(|_| reply(ask(&agent, &body)))
        .find(|reply| calls(reply).is_empty());
    assert!(text(&stopped.expect("an end")).contains("was asked for"));
}

#[test]
fn it_thinks_where_it_is_asked_to_and_takes_its_thoughts_back_as_they_were() {
    let (agent, mut body) = (Agent::default(), body(PLAN));
    body["additionalModelRequestFields"] =
        json!({"thinking": {"type": "adaptive", "display": "omitted"}});
    let omitted = reply(ask(&agent, &body));
    assert!(
        matches!(&omitted.blocks[0], Block::Thinking { deltas, signature: Some(_) } if deltas.is_empty())
    );
    body["additionalModelRequestFields"] =
        json!({"thinking": {"type": "enabled", "budget_tokens": 1024}});
    let thinking = reply(ask(&agent, &body));
    let Block::Thinking { deltas, signature } = &thinking.blocks[0] else {
        panic!("no thinking: {thinking:?}");
    };
    for (thought, is_taken) in [
        (deltas.concat(), true),
        ("Another thought.".to_owned(), false),
    ] {
        let mut body = body.clone();
        let reasoning = json!({"reasoningText": {"text": thought, "signature": signature}});
        push(
            &mut body,
            "assistant",
            vec![json!({"reasoningContent": reasoning}), json!({"text": "x"})],
        );
        push(&mut body, "user", vec![json!({"text": "Go on."})]);
        let script = ask(&agent, &body);
        assert_eq!(
            matches!(script.answer, Answer::Reply(_)),
            is_taken,
            "{script:?}"
        );
    }
}

#[test]
fn what_is_no_task_is_answered_by_a_story() {
    let mut without_tools = body(PLAN);
    without_tools["toolConfig"] = Value::Null;
    for body in [without_tools, body("Say hello")] {
        let reply = reply(ask(&Agent::default(), &body));
        assert!(text(&reply).contains("Once upon a time"), "{reply:?}");
    }
}
