//! Shorthands for requests of the SDK's.

use super::words::SCHEMA;
use aws_sdk_bedrockruntime::operation::converse::builders::ConverseFluentBuilder;
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types::builders::InferenceConfigurationBuilder;
use aws_sdk_bedrockruntime::types::{
    AutoToolChoice, CachePointBlock, CachePointType, CacheTtl, ContentBlock, ConversationRole,
    DocumentBlock, DocumentFormat, DocumentSource, GuardrailStreamConfiguration,
    GuardrailStreamProcessingMode, GuardrailTrace, ImageBlock, ImageFormat, ImageSource,
    InferenceConfiguration, Message, SystemContentBlock, Tool, ToolChoice, ToolConfiguration,
    ToolInputSchema, ToolResultBlock, ToolResultContentBlock, ToolResultStatus, ToolSpecification,
    ToolUseBlock,
};
use aws_smithy_types::{Document, Number};
use serde_json::Value;

/// What the SDK calls JSON.
pub(super) fn document(value: Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(flag) => Document::Bool(flag),
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Number::PosInt(number),
            (None, Some(number)) => Number::NegInt(number),
            (None, None) => Number::Float(number.as_f64().expect("a number")),
        }),
        Value::String(text) => Document::String(text),
        Value::Array(items) => Document::Array(items.into_iter().map(document).collect()),
        Value::Object(members) => {
            let members = members.into_iter();
            Document::Object(
                members
                    .map(|(name, value)| (name, document(value)))
                    .collect(),
            )
        }
    }
}

/// Every Claude is asked which stop sequence ended its answer.
pub(super) fn claude(call: ConverseFluentBuilder) -> ConverseFluentBuilder {
    call.additional_model_response_field_paths("/delta/stop_sequence")
}

/// A Claude that thinks is asked too how many of its tokens were thinking.
pub(super) fn thinking_claude(call: ConverseFluentBuilder) -> ConverseFluentBuilder {
    claude(call).additional_model_response_field_paths("/usage/output_tokens_details")
}

pub(super) fn message(role: ConversationRole, content: Vec<ContentBlock>) -> Message {
    let message = Message::builder().role(role).set_content(Some(content));
    message.build().expect("a whole message")
}

pub(super) fn user(content: Vec<ContentBlock>) -> Message {
    message(ConversationRole::User, content)
}

pub(super) fn assistant(content: Vec<ContentBlock>) -> Message {
    message(ConversationRole::Assistant, content)
}

pub(super) fn text(text: &str) -> ContentBlock {
    ContentBlock::Text(text.into())
}

pub(super) fn hi() -> Message {
    user(vec![text("Hi")])
}

pub(super) fn system(text: &str) -> SystemContentBlock {
    SystemContentBlock::Text(text.into())
}

pub(super) fn cache_point(ttl: Option<CacheTtl>) -> CachePointBlock {
    let point = CachePointBlock::builder().r#type(CachePointType::Default);
    point.set_ttl(ttl).build().expect("a whole cache point")
}

pub(super) fn image(format: ImageFormat, bytes: &[u8]) -> ImageBlock {
    let source = ImageSource::Bytes(Blob::new(bytes));
    let image = ImageBlock::builder().format(format).source(source);
    image.build().expect("a whole image")
}

pub(super) fn pdf(name: &str, bytes: &[u8]) -> DocumentBlock {
    let source = DocumentSource::Bytes(Blob::new(bytes));
    let document = DocumentBlock::builder().format(DocumentFormat::Pdf);
    let document = document.name(name).source(source);
    document.build().expect("a whole document")
}

pub(super) fn inference(
    set: fn(InferenceConfigurationBuilder) -> InferenceConfigurationBuilder,
) -> InferenceConfiguration {
    set(InferenceConfiguration::builder()).build()
}

pub(super) fn spec(name: &str, strict: Option<bool>) -> Tool {
    let mut schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    // The service takes strict objects only closed; the component closes them.
    if strict == Some(true) {
        schema["additionalProperties"] = false.into();
    }
    let spec = ToolSpecification::builder()
        .name(name)
        .description("The weather in a city")
        .input_schema(ToolInputSchema::Json(document(schema)))
        .set_strict(strict);
    Tool::ToolSpec(spec.build().expect("a whole tool"))
}

pub(super) fn weather() -> Tool {
    spec("get_weather", None)
}

pub(super) fn tool_config(tools: Vec<Tool>, choice: Option<ToolChoice>) -> ToolConfiguration {
    let config = ToolConfiguration::builder().set_tools(Some(tools));
    let config = config.set_tool_choice(choice);
    config.build().expect("a whole configuration")
}

pub(super) fn auto() -> Option<ToolChoice> {
    Some(ToolChoice::Auto(AutoToolChoice::builder().build()))
}

pub(super) fn call(id: &str, input: Value) -> ContentBlock {
    let call = ToolUseBlock::builder().tool_use_id(id).name("get_weather");
    let call = call.input(document(input)).build();
    ContentBlock::ToolUse(call.expect("a whole call"))
}

pub(super) fn result(
    id: &str,
    status: Option<ToolResultStatus>,
    content: Vec<ToolResultContentBlock>,
) -> ContentBlock {
    let result = ToolResultBlock::builder().tool_use_id(id);
    let result = result.set_status(status).set_content(Some(content));
    ContentBlock::ToolResult(result.build().expect("a whole result"))
}

/// A question, these calls, these results.
pub(super) fn round_trip(
    to: ConverseFluentBuilder,
    calls: Vec<ContentBlock>,
    results: Vec<ContentBlock>,
) -> ConverseFluentBuilder {
    to.messages(user(vec![text("The weather?")]))
        .messages(assistant(calls))
        .messages(user(results))
        .tool_config(tool_config(vec![weather()], None))
}

pub(super) fn guardrail_stream() -> GuardrailStreamConfiguration {
    GuardrailStreamConfiguration::builder()
        .guardrail_identifier("abc123")
        .guardrail_version("1")
        .trace(GuardrailTrace::EnabledFull)
        .stream_processing_mode(GuardrailStreamProcessingMode::Async)
        .build()
}
