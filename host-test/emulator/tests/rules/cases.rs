//! Requests that break one rule, and requests that almost do.

use bedrock_emulator::Operation;
use serde_json::{Value, json};

pub(crate) const NOVA: &str = "us.amazon.nova-lite-v1:0";
pub(crate) const NOVA_2: &str = "us.amazon.nova-2-lite-v1:0";
pub(crate) const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
pub(crate) const CLAUDE_3: &str = "anthropic.claude-3-haiku-20240307-v1:0";
pub(crate) const CLAUDE_4: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";
pub(crate) const CLAUDE_46: &str = "us.anthropic.claude-sonnet-4-6";
pub(crate) const CLAUDE_5: &str = "us.anthropic.claude-sonnet-5";
pub(crate) const CLAUDE_55: &str = "us.anthropic.claude-opus-5-5";
pub(crate) const LLAMA: &str = "us.meta.llama4-scout-17b-instruct-v1:0";
pub(crate) const MISTRAL: &str = "mistral.mistral-large-2402-v1:0";
pub(crate) const TITAN: &str = "amazon.titan-text-express-v1";
pub(crate) const GPT: &str = "us.openai.gpt-5.5";
pub(crate) const GPT_OSS: &str = "openai.gpt-oss-120b-1:0";
pub(crate) const QWEN: &str = "qwen.qwen3-32b-v1:0";
pub(crate) const OPAQUE: &str =
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdef123456";
pub(crate) const PROMPT: &str = "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDE12345:3";

/// One request and the verdict on it.
pub(crate) struct Case {
    pub(crate) rule: &'static str,
    pub(crate) operation: Operation,
    pub(crate) model: &'static str,
    pub(crate) body: Value,
    /// Beginning of the refusal; nothing where the request is taken.
    pub(crate) refusal: Option<String>,
}

impl Case {
    pub(crate) fn on(mut self, operation: Operation) -> Self {
        self.operation = operation;
        self
    }
}

/// A request that breaks the rule, and how Bedrock's text begins.
pub(crate) fn bad(
    rule: &'static str,
    model: &'static str,
    body: Value,
    refusal: impl Into<String>,
) -> Case {
    Case {
        rule,
        operation: Operation::Converse,
        model,
        body,
        refusal: Some(refusal.into()),
    }
}

/// A request that the rule must let pass.
pub(crate) fn good(rule: &'static str, model: &'static str, body: Value) -> Case {
    Case {
        rule,
        operation: Operation::Converse,
        model,
        body,
        refusal: None,
    }
}

/// A conversation of (role, content) turns.
pub(crate) fn talk(turns: &[(&str, Value)]) -> Value {
    let turns = turns
        .iter()
        .map(|(role, content)| json!({"role": role, "content": content}));
    json!({"messages": turns.collect::<Vec<_>>()})
}

/// One user turn.
pub(crate) fn user(content: Value) -> Value {
    talk(&[("user", content)])
}

pub(crate) fn text() -> Value {
    json!({"text": "Hello"})
}

pub(crate) fn hello() -> Value {
    user(json!([text()]))
}

/// `body` with the members of `more` set.
pub(crate) fn with(mut body: Value, more: Value) -> Value {
    for (member, value) in more.as_object().expect("an object") {
        body[member] = value.clone();
    }
    body
}

/// A greeting with `inferenceConfig`.
pub(crate) fn inference(config: Value) -> Value {
    with(hello(), json!({"inferenceConfig": config}))
}

/// A greeting with `additionalModelRequestFields`.
pub(crate) fn fields(fields: Value) -> Value {
    with(hello(), json!({"additionalModelRequestFields": fields}))
}

/// A tool named `look` with a schema and further members.
pub(crate) fn tool(schema: Value, more: Value) -> Value {
    let spec = json!({"name": "look", "inputSchema": {"json": schema}});
    json!({"toolSpec": with(spec, more)})
}

pub(crate) fn with_tools(body: Value) -> Value {
    with_tool(body, tool(json!({"type": "object"}), json!({})))
}

pub(crate) fn with_tool(body: Value, tool: Value) -> Value {
    with(body, json!({"toolConfig": {"tools": [tool]}}))
}

/// A greeting with a tool and a choice.
pub(crate) fn choice(choice: Value) -> Value {
    let mut body = with_tools(hello());
    body["toolConfig"]["toolChoice"] = choice;
    body
}

pub(crate) fn call(id: &str) -> Value {
    json!({"toolUse": {"toolUseId": id, "name": "look", "input": {}}})
}

pub(crate) fn result(id: &str) -> Value {
    result_of(id, json!([{"text": "seen"}]))
}

pub(crate) fn result_of(id: &str, content: Value) -> Value {
    json!({"toolResult": {"toolUseId": id, "content": content}})
}

/// A conversation in which the assistant's `calls` are followed by a user turn of `answer`.
pub(crate) fn tool_turns(calls: Value, answer: Value) -> Value {
    with_tools(talk(&[
        ("user", json!([text()])),
        ("assistant", calls),
        ("user", answer),
    ]))
}

/// A conversation in which a tool answered with this content.
pub(crate) fn answered(content: Value) -> Value {
    tool_turns(json!([call("a")]), json!([result_of("a", content)]))
}

pub(crate) fn document(name: &str) -> Value {
    json!({"document": {"name": name, "format": "txt", "source": {"bytes": "YQ=="}}})
}

pub(crate) fn pdf(name: &str) -> Value {
    json!({"document": {"name": name, "format": "pdf", "source": {"bytes": "JVBERi0="}}})
}

/// An image of the first bytes of a PNG.
pub(crate) fn image(format: &str) -> Value {
    json!({"image": {"format": format, "source": {"bytes": "iVBORw0KGgoAAAANSUhEUg=="}}})
}

pub(crate) fn s3(kind: &str, format: &str) -> Value {
    let mut block = json!({"format": format, "source": {"s3Location": {"uri": "s3://bucket/key"}}});
    if kind == "document" {
        block["name"] = json!("a");
    }
    json!({ kind: block })
}

pub(crate) fn cache() -> Value {
    json!({"cachePoint": {"type": "default"}})
}

pub(crate) fn cache_for(ttl: &str) -> Value {
    json!({"cachePoint": {"type": "default", "ttl": ttl}})
}

/// A conversation in which the assistant said this before.
pub(crate) fn said(block: Value) -> Value {
    talk(&[
        ("user", json!([text()])),
        ("assistant", json!([block, text()])),
        ("user", json!([text()])),
    ])
}
