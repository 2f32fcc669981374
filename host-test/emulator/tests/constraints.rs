//! Every kind of constraint in the service model refuses a body that breaks it.

mod support;

use bedrock_emulator::Operation::{self, Converse, ConverseStream, CountTokens};
use bedrock_emulator::constraints::{validate, validate_model_id, validation_message};
use serde_json::{Value, json};
use support::hello;

fn messages(operation: Operation, body: &Value) -> Vec<String> {
    let violations = validate(operation, body).err().unwrap_or_default();
    violations
        .into_iter()
        .map(|violation| violation.message)
        .collect()
}

/// `hello()` with a member added or replaced.
fn with(member: &str, value: Value) -> Value {
    let mut body = hello();
    body[member] = value;
    body
}

/// One user turn of one block.
fn block(block: Value) -> Value {
    json!({"messages": [{"role": "user", "content": [block]}]})
}

#[test]
fn each_kind_of_constraint_refuses_its_violation_with_its_path() {
    let tool = |spec: Value| with("toolConfig", json!({"tools": [{"toolSpec": spec}]}));
    let long = "x".repeat(65);
    let many: Vec<String> = (0..11).map(|n| format!("/{n}")).collect();
    let cases = [
        (
            "required member",
            json!({"messages": [{"role": "user"}]}),
            "Value null at 'messages.1.member.content' failed to satisfy constraint: Member must not be null",
        ),
        (
            "required member that is null",
            json!({"messages": [{"role": null, "content": []}]}),
            "Value null at 'messages.1.member.role' failed to satisfy constraint: Member must not be null",
        ),
        (
            "union without a member",
            block(json!({})),
            "Value at 'messages.1.member.content.1.member' failed to satisfy constraint: Member must have exactly one union member set, 0 are set",
        ),
        (
            "union with two members",
            block(json!({"text": "a", "cachePoint": {"type": "default"}})),
            "Value at 'messages.1.member.content.1.member' failed to satisfy constraint: Member must have exactly one union member set, 2 are set",
        ),
        (
            "enum",
            json!({"messages": [{"role": "tool", "content": [{"text": "a"}]}]}),
            "Value 'tool' at 'messages.1.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant, system]",
        ),
        (
            "shortest string",
            with("system", json!([{"text": ""}])),
            "Value '' at 'system.1.member.text' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "longest string",
            tool(json!({"name": long, "inputSchema": {"json": {}}})),
            &format!(
                "Value '{long}' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must have length less than or equal to 64"
            ),
        ),
        (
            "pattern",
            tool(json!({"name": "a.b", "inputSchema": {"json": {}}})),
            "Value 'a.b' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
        ),
        (
            "shortest list",
            with("toolConfig", json!({"tools": []})),
            "Value at 'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "longest list",
            with("additionalModelResponseFieldPaths", json!(many)),
            "Value at 'additionalModelResponseFieldPaths' failed to satisfy constraint: Member must have length less than or equal to 10",
        ),
        (
            "null in a list",
            json!({"messages": [null]}),
            "Value null at 'messages.1.member' failed to satisfy constraint: Member must not be null",
        ),
        (
            "smallest integer",
            with("inferenceConfig", json!({"maxTokens": 0})),
            "Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        (
            "largest float",
            with("inferenceConfig", json!({"temperature": 1.5})),
            "Value '1.5' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
        ),
        (
            "integer with a fraction",
            with("inferenceConfig", json!({"maxTokens": 1.5})),
            "Value '1.5' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must be of type integer",
        ),
        (
            "map key",
            with("requestMetadata", json!({"a{": "b"})),
            "Value 'a{' at 'requestMetadata.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9\\s:_@$#=/+,-.]{1,256}",
        ),
        (
            "map value",
            with("requestMetadata", json!({"a": "{\"b\":1}"})),
            "Value '{\"b\":1}' at 'requestMetadata.a.member' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9\\s:_@$#=/+,-.]{0,256}",
        ),
        (
            "smallest map",
            with("requestMetadata", json!({})),
            "Value at 'requestMetadata' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "smallest blob",
            block(json!({"image": {"format": "png", "source": {"bytes": ""}}})),
            "Value at 'messages.1.member.content.1.member.image.source.bytes' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "blob that is not base64",
            block(json!({"image": {"format": "png", "source": {"bytes": "a*b="}}})),
            "Value at 'messages.1.member.content.1.member.image.source.bytes' failed to satisfy constraint: Member must be base64 text (Invalid symbol 42, offset 1.)",
        ),
        (
            "string instead of a list",
            json!({"messages": "Hello"}),
            "Value 'Hello' at 'messages' failed to satisfy constraint: Member must be of type list",
        ),
        (
            "number instead of a boolean",
            tool(json!({"name": "a", "inputSchema": {"json": {}}, "strict": 1})),
            "Value '1' at 'toolConfig.tools.1.member.toolSpec.strict' failed to satisfy constraint: Member must be of type boolean",
        ),
        (
            "unknown member at the top",
            with("top_k", json!(1)),
            "#/: extraneous key [top_k] is not permitted",
        ),
        (
            "unknown member inside",
            with("inferenceConfig", json!({"topK": 1})),
            "#/inferenceConfig: extraneous key [topK] is not permitted",
        ),
        (
            "member of the stream's twin",
            with("guardrailConfig", json!({"streamProcessingMode": "sync"})),
            "#/guardrailConfig: extraneous key [streamProcessingMode] is not permitted",
        ),
    ];
    for (name, body, expected) in cases {
        assert_eq!(messages(Converse, &body), [expected], "{name}");
    }
}

#[test]
fn legal_bodies_pass() {
    let cases = [
        ("empty", Converse, json!({})),
        ("hello", Converse, hello()),
        (
            "members that are null",
            Converse,
            with("inferenceConfig", json!({"maxTokens": null})),
        ),
        (
            "union beside a null member",
            Converse,
            block(json!({"text": "a", "image": null})),
        ),
        (
            "any JSON in a document",
            Converse,
            with("additionalModelRequestFields", json!({"a": [1, null, "b"]})),
        ),
        (
            "bounds themselves",
            Converse,
            with(
                "inferenceConfig",
                json!({"maxTokens": 1, "temperature": 1, "topP": 0.0}),
            ),
        ),
        (
            "member of the stream only",
            ConverseStream,
            with("guardrailConfig", json!({"streamProcessingMode": "sync"})),
        ),
        (
            "count of a conversation",
            CountTokens,
            json!({"input": {"converse": hello()}}),
        ),
        (
            "count of a raw body",
            CountTokens,
            json!({"input": {"invokeModel": {"body": "e30="}}}),
        ),
    ];
    for (name, operation, body) in cases {
        assert_eq!(messages(operation, &body), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn bits_that_are_left_over_in_base64_may_be_any() {
    for bytes in ["iVBORw==", "iVBORx=="] {
        let image = json!({"format": "png", "source": {"bytes": bytes}});
        let body = block(json!({ "image": image }));
        assert_eq!(messages(Converse, &body), Vec::<String>::new(), "{bytes}");
    }
}

#[test]
fn count_tokens_needs_its_input() {
    let expected = "Value null at 'input' failed to satisfy constraint: Member must not be null";
    assert_eq!(messages(CountTokens, &json!({})), [expected]);
}

#[test]
fn model_ids_follow_their_operations_pattern() {
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdef123456";
    let cases = [
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", true),
        (arn, true),
        ("a/b", false),
        ("a b", false),
        ("", false),
    ];
    for (id, good) in cases {
        assert_eq!(validate_model_id(Converse, id).is_ok(), good, "{id}");
    }
    assert!(validate_model_id(CountTokens, &"x".repeat(257)).is_err());
}

#[test]
fn all_violations_are_told_at_once() {
    let body = json!({"messages": [{"role": "user"}], "inferenceConfig": {"maxTokens": 0}});
    let violations = validate(Converse, &body).expect_err("two violations");
    let paths: Vec<&str> = violations
        .iter()
        .map(|violation| violation.path.as_str())
        .collect();
    assert_eq!(
        paths,
        ["inferenceConfig.maxTokens", "messages.1.member.content"]
    );
    let text = validation_message(&violations);
    assert!(
        text.starts_with("2 validation errors detected: Value '0' at"),
        "{text}"
    );
    assert!(validation_message(&violations[..1]).starts_with("1 validation error detected: "));
}
