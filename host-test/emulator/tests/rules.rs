//! Each of Bedrock's rules beyond the service model refuses its violation, and nothing else.

mod support;

use bedrock_emulator::rules::{ModelTraits, Models, RULES};
use bedrock_emulator::{Operation, RuleBook};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::hello;

const NOVA: &str = "amazon.nova-lite-v1:0";
const CLAUDE: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const LLAMA: &str = "us.meta.llama4-scout-17b-instruct-v1:0";

/// A conversation of (role, content) turns.
fn talk(turns: &[(&str, Value)]) -> Value {
    let turns = turns
        .iter()
        .map(|(role, content)| json!({"role": role, "content": content}));
    json!({"messages": turns.collect::<Vec<_>>()})
}

fn with_tools(mut body: Value) -> Value {
    let spec = json!({"name": "look", "inputSchema": {"json": {"type": "object"}}});
    body["toolConfig"] = json!({"tools": [{"toolSpec": spec}]});
    body
}

fn call(id: &str) -> Value {
    json!({"toolUse": {"toolUseId": id, "name": "look", "input": {}}})
}

fn result(id: &str) -> Value {
    json!({"toolResult": {"toolUseId": id, "content": [{"text": "seen"}]}})
}

fn document(name: &str) -> Value {
    json!({"document": {"name": name, "format": "txt", "source": {"bytes": "YQ=="}}})
}

fn text() -> Value {
    json!({"text": "Hello"})
}

/// A conversation in which the assistant's `calls` are followed by a user turn of `answer`.
fn tool_turns(calls: Value, answer: Value) -> Value {
    with_tools(talk(&[
        ("user", json!([text()])),
        ("assistant", calls),
        ("user", answer),
    ]))
}

/// Name and text of the first broken rule.
fn broken(operation: Operation, model: &str, body: &Value) -> Option<(&'static str, String)> {
    let checked = RuleBook::default().check(operation, model, body);
    checked.err().map(|(rule, message)| (rule.name, message))
}

/// (rule, operation, model, body, the text's beginning)
fn violations() -> Vec<(&'static str, Operation, &'static str, Value, &'static str)> {
    use Operation::{Converse, ConverseStream, CountTokens};
    let cache = || json!({"cachePoint": {"type": "default"}});
    let mut sampling = hello();
    sampling["inferenceConfig"] = json!({"temperature": 0.5, "topP": 0.5});
    let mut schema = with_tools(hello());
    schema["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"] = json!({"type": "array"});
    let mut blank = result("a");
    blank["toolResult"]["content"] = json!([{"text": ""}]);
    let mut number = call("a");
    number["toolUse"]["input"] = json!([1]);
    let user = |content: Value| talk(&[("user", content)]);
    vec![
        (
            "model-id-dots",
            Converse,
            "..",
            hello(),
            "The provided model identifier is invalid.",
        ),
        (
            "count-tokens-model",
            CountTokens,
            "us.anthropic.claude-sonnet-4-20250514-v1:0",
            json!({"input": {"converse": hello()}}),
            "The provided model doesn't support counting tokens.",
        ),
        (
            "empty-message",
            Converse,
            NOVA,
            user(json!([])),
            "The content field in the Message object at messages.0 is empty.",
        ),
        (
            "blank-text",
            Converse,
            NOVA,
            user(json!([text(), {"text": " \t"}])),
            "The text field in the ContentBlock object at messages.0.content.1 is blank.",
        ),
        (
            "user-first",
            Converse,
            NOVA,
            talk(&[("assistant", json!([text()])), ("user", json!([text()]))]),
            "A conversation must start with a user message.",
        ),
        (
            "roles-alternate",
            Converse,
            NOVA,
            talk(&[("user", json!([text()])), ("user", json!([text()]))]),
            "A conversation must alternate between user and assistant roles.",
        ),
        (
            "no-prefill",
            Converse,
            "us.anthropic.claude-sonnet-4-6",
            talk(&[("user", json!([text()])), ("assistant", json!([text()]))]),
            "The model returned the following errors: This model does not support assistant message prefill.",
        ),
        (
            "reasoning-in-user",
            Converse,
            NOVA,
            user(json!([{"reasoningContent": {"reasoningText": {"text": "hm"}}}])),
            "User messages cannot contain reasoning content.",
        ),
        (
            "tool-config-missing",
            Converse,
            NOVA,
            talk(&[
                ("user", json!([text()])),
                ("assistant", json!([call("a")])),
                ("user", json!([result("a")])),
            ]),
            "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        ),
        (
            "tool-results-missing",
            Converse,
            NOVA,
            tool_turns(
                json!([call("a"), call("b"), call("c")]),
                json!([result("b")]),
            ),
            "Expected toolResult blocks at messages.2.content for the following Ids: a, c",
        ),
        (
            "tool-results-exceed",
            Converse,
            NOVA,
            tool_turns(json!([call("a")]), json!([result("a"), result("z")])),
            "The number of toolResult blocks at messages.2.content exceeds the number of toolUse blocks of previous turn.",
        ),
        (
            "tool-results-alone",
            Converse,
            LLAMA,
            tool_turns(json!([call("a")]), json!([result("a"), text()])),
            "The model returned the following errors: messages.2.content: Conversation blocks and tool result blocks cannot",
        ),
        (
            "blank-tool-result",
            Converse,
            CLAUDE,
            tool_turns(json!([call("a")]), json!([blank])),
            "The model returned the following errors: messages.2.content.0: text content blocks must be non-empty",
        ),
        (
            "tool-json-object",
            Converse,
            NOVA,
            tool_turns(json!([number]), json!([result("a")])),
            "The format of the value at messages.1.content.0.toolUse.input is invalid.",
        ),
        (
            "tool-schema-object",
            Converse,
            NOVA,
            schema,
            "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object.",
        ),
        (
            "tools-in-stream",
            ConverseStream,
            LLAMA,
            with_tools(hello()),
            "This model doesn't support tool use in streaming mode.",
        ),
        (
            "document-name",
            Converse,
            NOVA,
            user(json!([text(), document("John's report")])),
            "The document file name can only contain alphanumeric characters",
        ),
        (
            "document-names-unique",
            Converse,
            NOVA,
            user(json!([text(), document("a"), document("a")])),
            "Messages can't contain duplicate document names.",
        ),
        (
            "document-needs-text",
            Converse,
            NOVA,
            user(json!([document("a")])),
            "A text block must be included when using documents.",
        ),
        (
            "documents-at-most-five",
            Converse,
            NOVA,
            user(json!([
                text(),
                document("1"),
                document("2"),
                document("3"),
                document("4"),
                document("5"),
                document("6")
            ])),
            "You can't include more than 5 documents in a request.",
        ),
        (
            "cache-points-at-most-four",
            Converse,
            NOVA,
            user(json!([text(), cache(), cache(), cache(), cache(), cache()])),
            "The model returned the following errors: A maximum of 4 blocks with cache_control may be provided. Found 5.",
        ),
        (
            "temperature-or-top-p",
            Converse,
            CLAUDE,
            sampling,
            "The model returned the following errors: `temperature` and `top_p` cannot both be specified",
        ),
    ]
}

#[test]
fn every_rule_refuses_its_violation_in_bedrocks_words() {
    let mut tried = BTreeSet::new();
    for (rule, operation, model, body, start) in violations() {
        let (name, message) = broken(operation, model, &body).expect(rule);
        assert_eq!(name, rule);
        assert!(message.starts_with(start), "{rule}: {message}");
        assert!(!message.contains("{at}"), "{rule}: {message}");
        tried.insert(rule);
    }
    let all: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(tried, all, "every rule has a violation in this test");
}

#[test]
fn a_rule_that_is_off_lets_its_violation_pass() {
    for (rule, operation, model, body, _) in violations() {
        let book = RuleBook::default().without(rule);
        let next = book
            .check(operation, model, &body)
            .err()
            .map(|(next, _)| next.name);
        assert_ne!(next, Some(rule));
        assert!(
            RuleBook::none().check(operation, model, &body).is_ok(),
            "{rule}"
        );
    }
}

#[test]
fn what_bedrock_takes_is_taken() {
    let server_tool = json!([
        {"toolUse": {"toolUseId": "s", "name": "nova_grounding", "input": {}, "type": "server_tool_use"}},
        {"toolResult": {"toolUseId": "s", "content": [], "type": "nova_grounding_result"}},
        text(),
    ]);
    let lead = talk(&[("assistant", json!([text()])), ("user", json!([text()]))]);
    let cases = [
        (
            "a lone line feed",
            NOVA,
            talk(&[("user", json!([{"text": "\n"}]))]),
        ),
        ("a leading assistant turn for Claude", CLAUDE, lead),
        (
            "a system turn between two user turns",
            CLAUDE,
            talk(&[
                ("user", json!([text()])),
                ("system", json!([text()])),
                ("user", json!([text()])),
            ]),
        ),
        (
            "parallel tools answered in another order",
            NOVA,
            tool_turns(
                json!([call("a"), call("b")]),
                json!([result("b"), result("a"), text()]),
            ),
        ),
        (
            "a server tool that the service answered itself",
            NOVA,
            with_tools(talk(&[
                ("user", json!([text()])),
                ("assistant", server_tool),
                ("user", json!([text()])),
            ])),
        ),
        (
            "an underscore in a document's name",
            NOVA,
            talk(&[("user", json!([text(), document("a_1 (b) [c]-d")]))]),
        ),
        (
            "a prompt that brings its own messages",
            "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDE12345:3",
            json!({"promptVariables": {"name": {"text": "Ann"}}}),
        ),
        ("tools in a plain call to Llama", LLAMA, with_tools(hello())),
    ];
    for (name, model, body) in cases {
        assert_eq!(broken(Operation::Converse, model, &body), None, "{name}");
    }
}

#[test]
fn an_empty_conversation_starts_with_no_user() {
    for body in [json!({}), json!({"messages": []})] {
        let (rule, _) = broken(Operation::Converse, CLAUDE, &body).expect("a violation");
        assert_eq!(rule, "user-first");
    }
}

#[test]
fn duplicate_tool_results_are_one_too_many() {
    let body = tool_turns(json!([call("a")]), json!([result("a"), result("a")]));
    let (rule, _) = broken(Operation::Converse, NOVA, &body).expect("a violation");
    assert_eq!(rule, "tool-results-exceed");
}

#[test]
fn a_tool_call_at_the_end_is_unanswered() {
    let body = with_tools(talk(&[
        ("user", json!([text()])),
        ("assistant", json!([call("a")])),
    ]));
    let (rule, message) = broken(Operation::Converse, NOVA, &body).expect("a violation");
    assert_eq!(rule, "tool-results-missing");
    assert!(message.contains("messages.2.content"), "{message}");
}

#[test]
fn habits_of_models_can_be_replaced() {
    let body = talk(&[("assistant", json!([text()])), ("user", json!([text()]))]);
    let traits = ModelTraits {
        leading_assistant: Models(vec!["nova".to_owned()]),
        ..ModelTraits::default()
    };
    let mut book = RuleBook::default();
    book.traits = traits;
    assert!(book.check(Operation::Converse, NOVA, &body).is_ok());
    assert!(book.check(Operation::Converse, CLAUDE, &body).is_err());
}
