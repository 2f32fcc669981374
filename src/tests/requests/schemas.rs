//! Schemas, as each place takes them.

mod any;
mod native;
mod renamed;
mod reported;
mod strict;
mod tools;

use serde_json::Value;

use super::*;

/// The tool `n` of this schema.
fn with_tool(model: &str, schema: &str) -> Request {
    Request {
        tools: vec![tool("n", schema)],
        ..hello(model)
    }
}

fn with_format(model: &str, schema: &str) -> Request {
    Request {
        output: format(schema),
        ..hello(model)
    }
}

/// The first tool.
fn spec(sent: &Sent) -> &Value {
    &sent.body["toolConfig"]["tools"][0]["toolSpec"]
}

/// The schema of the first tool, and what the body has of it, byte for byte.
fn tool_schema(sent: &Sent) -> (Value, String) {
    let body = std::str::from_utf8(&sent.http.body).expect("UTF-8");
    let (_, behind) = body
        .split_once(r#""inputSchema":{"json":"#)
        .expect("a schema");
    let mut schemas = serde_json::Deserializer::from_str(behind).into_iter::<Value>();
    let schema = schemas.next().expect("a schema").expect("JSON");
    let text = &behind[..schemas.byte_offset()];
    (schema, text.to_owned())
}

/// The schema of the native format, as text.
fn native_schema(sent: &Sent) -> Option<&str> {
    sent.body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"].as_str()
}
