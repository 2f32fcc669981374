//! The JSON of a Converse request, as Rust: what [`super::request`] plans and [`Body::write`] writes once.
//!
//! Names and shapes are AWS's
//! (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>); texts borrow from the
//! canonical request. Members are written in the alphabetical order of AWS's names and lists in the order in which they
//! are filled, so that the same request gives the same bytes: AWS's prompt cache depends on it.

use std::borrow::Cow;

use super::citation;
use crate::canonical::Citation;
use crate::json::{Writer, whole_characters};

/// What Converse passes to the model as it is: the model's own names, and JSON.
pub(crate) type AdditionalFields<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

#[derive(Debug, Default)]
pub(crate) struct Body<'a> {
    pub additional_model_request_fields: AdditionalFields<'a>,
    pub additional_model_response_field_paths: Vec<Cow<'a, str>>,
    /// JSON.
    pub guardrail_config: Option<String>,
    pub inference_config: InferenceConfig<'a>,
    pub messages: Vec<Turn<'a>>,
    pub output_config: OutputConfig<'a>,
    /// JSON.
    pub performance_config: Option<&'a str>,
    /// JSON.
    pub prompt_variables: Option<&'a str>,
    pub request_metadata: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub service_tier: Option<&'a str>,
    pub system: Vec<Block<'a>>,
    pub tool_config: Option<ToolConfig<'a>>,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct InferenceConfig<'a> {
    pub max_tokens: Option<u32>,
    pub stop_sequences: Vec<&'a str>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct OutputConfig<'a> {
    pub effort: Option<&'a str>,
    pub text_format: Option<JsonSchema<'a>>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct JsonSchema<'a> {
    pub name: Option<&'a str>,
    pub description: Option<&'a str>,
    /// JSON, which is sent as a text.
    pub schema: Cow<'a, str>,
}

#[derive(Debug)]
pub(crate) struct Turn<'a> {
    pub role: Role,
    pub content: Vec<Block<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Role {
    User,
    Assistant,
    System,
}

/// A content block; in `system`, only text, guarded content and cache points; in a tool result, no cache points.
#[derive(Debug)]
pub(crate) enum Block<'a> {
    Text(Cow<'a, str>),
    /// `citationsContent`.
    Cited {
        text: &'a str,
        citations: Vec<&'a Citation>,
    },
    Image(Medium<'a>),
    Video(Medium<'a>),
    Audio(Medium<'a>),
    Document(Document<'a>),
    SearchResult(SearchResult<'a>),
    ToolUse(ToolUse<'a>),
    ToolResult(ToolResult<'a>),
    Reasoning(Reasoning<'a>),
    CachePoint(CachePoint<'a>),
    /// A member that is JSON by now: its name and its value.
    Raw(&'static str, &'a str),
}

/// Image, video or audio.
#[derive(Debug)]
pub(crate) struct Medium<'a> {
    pub format: &'static str,
    pub source: Source<'a>,
}

#[derive(Debug)]
pub(crate) enum Source<'a> {
    Base64(Cow<'a, str>),
    Bytes(&'a [u8]),
    Text(&'a str),
    Content(&'a [String]),
    S3 {
        uri: &'a str,
        owner: Option<&'a str>,
    },
}

#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub citations: bool,
    pub context: Option<&'a str>,
    /// None for text, which has no format.
    pub format: Option<&'static str>,
    pub name: String,
    pub source: Source<'a>,
}

#[derive(Debug)]
pub(crate) struct SearchResult<'a> {
    pub citations: bool,
    pub content: &'a [String],
    pub source: &'a str,
    pub title: &'a str,
}

#[derive(Debug)]
pub(crate) struct ToolUse<'a> {
    /// JSON, an object.
    pub input: Cow<'a, str>,
    pub name: Cow<'a, str>,
    pub tool_use_id: Cow<'a, str>,
    pub is_server_tool: bool,
}

#[derive(Debug)]
pub(crate) struct ToolResult<'a> {
    pub content: Vec<Block<'a>>,
    pub is_error: bool,
    pub tool_use_id: Cow<'a, str>,
    /// Of a tool that the service ran.
    pub kind: Option<&'a str>,
}

#[derive(Debug)]
pub(crate) enum Reasoning<'a> {
    Text {
        signature: Option<&'a str>,
        text: &'a str,
    },
    /// Base64.
    Redacted(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CachePoint<'a> {
    pub ttl: Option<&'a str>,
    /// The field that asked for it, such as `system[0].cache_control`.
    pub path: String,
}

#[derive(Debug)]
pub(crate) struct ToolConfig<'a> {
    pub tool_choice: Option<ToolChoice<'a>>,
    pub tools: Vec<Tool<'a>>,
}

#[derive(Debug)]
pub(crate) enum Tool<'a> {
    Spec(ToolSpec<'a>),
    System(&'a str),
    CachePoint(CachePoint<'a>),
}

#[derive(Debug)]
pub(crate) struct ToolSpec<'a> {
    pub description: Option<Cow<'a, str>>,
    /// JSON, an object.
    pub input_schema: Cow<'a, str>,
    pub name: Cow<'a, str>,
    pub strict: Option<bool>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ToolChoice<'a> {
    Auto,
    Any,
    Tool(Cow<'a, str>),
}

impl Body<'_> {
    /// As the body of Converse and ConverseStream.
    pub(crate) fn write(&self, w: &mut Writer) {
        w.object(|w| {
            self.write_additional_fields(w);
            let paths = &self.additional_model_response_field_paths;
            if !paths.is_empty() {
                w.name("additionalModelResponseFieldPaths")
                    .array(|w| paths.iter().for_each(|path| w.text(path)));
            }
            write_raw(w, "guardrailConfig", self.guardrail_config.as_deref());
            if self.inference_config != InferenceConfig::default() {
                self.inference_config.write(w.name("inferenceConfig"));
            }
            self.write_messages(w);
            if self.output_config != OutputConfig::default() {
                self.output_config.write(w.name("outputConfig"));
            }
            write_raw(w, "performanceConfig", self.performance_config);
            write_raw(w, "promptVariables", self.prompt_variables);
            if !self.request_metadata.is_empty() {
                w.name("requestMetadata").object(|w| {
                    for (name, value) in &self.request_metadata {
                        w.name(name).text(value);
                    }
                });
            }
            if let Some(tier) = self.service_tier {
                w.name("serviceTier").object(|w| w.name("type").text(tier));
            }
            self.write_system_and_tools(w);
        });
    }

    /// As the body of CountTokens, which takes a part of it.
    pub(crate) fn write_count_tokens(&self, w: &mut Writer) {
        w.object(|w| {
            w.name("input").object(|w| {
                w.name("converse").object(|w| {
                    self.write_additional_fields(w);
                    self.write_messages(w);
                    self.write_system_and_tools(w);
                });
            });
        });
    }

    fn write_additional_fields(&self, w: &mut Writer) {
        let fields = &self.additional_model_request_fields;
        if !fields.is_empty() {
            w.name("additionalModelRequestFields").object(|w| {
                for (name, value) in fields {
                    w.name(name).raw(value);
                }
            });
        }
    }

    /// A stored prompt has messages of its own.
    fn write_messages(&self, w: &mut Writer) {
        if !self.messages.is_empty() {
            w.name("messages").array(|w| {
                for turn in &self.messages {
                    w.object(|w| {
                        write_blocks(w.name("content"), &turn.content);
                        w.name("role").text(match turn.role {
                            Role::User => "user",
                            Role::Assistant => "assistant",
                            Role::System => "system",
                        });
                    });
                }
            });
        }
    }

    fn write_system_and_tools(&self, w: &mut Writer) {
        if !self.system.is_empty() {
            write_blocks(w.name("system"), &self.system);
        }
        if let Some(config) = &self.tool_config {
            config.write(w.name("toolConfig"));
        }
    }
}

fn write_raw(w: &mut Writer, name: &str, json: Option<&str>) {
    if let Some(json) = json {
        w.name(name).raw(json);
    }
}

fn write_text(w: &mut Writer, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        w.name(name).text(text);
    }
}

fn write_blocks(w: &mut Writer, blocks: &[Block<'_>]) {
    w.array(|w| blocks.iter().for_each(|block| block.write(w)));
}

/// `[{"text":…}, …]`
fn write_texts(w: &mut Writer, texts: &[String]) {
    w.array(|w| {
        for text in texts {
            w.object(|w| w.name("text").text(text));
        }
    });
}

fn write_citations(w: &mut Writer, enabled: bool) {
    if enabled {
        w.name("citations")
            .object(|w| w.name("enabled").flag(enabled));
    }
}

impl InferenceConfig<'_> {
    fn write(&self, w: &mut Writer) {
        w.object(|w| {
            if let Some(max_tokens) = self.max_tokens {
                w.name("maxTokens").number(u64::from(max_tokens));
            }
            if !self.stop_sequences.is_empty() {
                w.name("stopSequences")
                    .array(|w| self.stop_sequences.iter().for_each(|text| w.text(text)));
            }
            for (name, value) in [("temperature", self.temperature), ("topP", self.top_p)] {
                if let Some(value) = value {
                    w.name(name).fraction(value);
                }
            }
        });
    }
}

impl OutputConfig<'_> {
    fn write(&self, w: &mut Writer) {
        w.object(|w| {
            write_text(w, "effort", self.effort);
            let Some(schema) = &self.text_format else {
                return;
            };
            w.name("textFormat").object(|w| {
                w.name("structure").object(|w| {
                    w.name("jsonSchema").object(|w| {
                        write_text(w, "description", schema.description);
                        write_text(w, "name", schema.name);
                        w.name("schema").text(&whole_characters(&schema.schema));
                    });
                });
                w.name("type").text("json_schema");
            });
        });
    }
}

impl Block<'_> {
    fn write(&self, w: &mut Writer) {
        w.object(|w| match self {
            Block::Text(text) => w.name("text").text(text),
            Block::Cited { text, citations } => {
                w.name("citationsContent").object(|w| {
                    w.name("citations").array(|w| {
                        for citation in citations {
                            citation::write(citation, w);
                        }
                    });
                    w.name("content")
                        .array(|w| w.object(|w| w.name("text").text(text)));
                });
            }
            Block::Image(medium) => medium.write(w.name("image")),
            Block::Video(medium) => medium.write(w.name("video")),
            Block::Audio(medium) => medium.write(w.name("audio")),
            Block::Document(document) => document.write(w.name("document")),
            Block::SearchResult(result) => {
                w.name("searchResult").object(|w| {
                    write_citations(w, result.citations);
                    write_texts(w.name("content"), result.content);
                    w.name("source").text(result.source);
                    w.name("title").text(result.title);
                });
            }
            Block::ToolUse(call) => {
                w.name("toolUse").object(|w| {
                    w.name("input").raw(&call.input);
                    w.name("name").text(&call.name);
                    w.name("toolUseId").text(&call.tool_use_id);
                    write_text(w, "type", call.is_server_tool.then_some("server_tool_use"));
                });
            }
            Block::ToolResult(result) => {
                w.name("toolResult").object(|w| {
                    write_blocks(w.name("content"), &result.content);
                    write_text(w, "status", result.is_error.then_some("error"));
                    w.name("toolUseId").text(&result.tool_use_id);
                    write_text(w, "type", result.kind);
                });
            }
            Block::Reasoning(reasoning) => reasoning.write(w.name("reasoningContent")),
            Block::CachePoint(point) => point.write(w.name("cachePoint")),
            Block::Raw(name, json) => w.name(name).raw(json),
        });
    }
}

impl Medium<'_> {
    fn write(&self, w: &mut Writer) {
        w.object(|w| {
            w.name("format").text(self.format);
            self.source.write(w.name("source"));
        });
    }
}

impl Source<'_> {
    fn write(&self, w: &mut Writer) {
        w.object(|w| match self {
            Source::Base64(base64) => w.name("bytes").text(base64),
            Source::Bytes(bytes) => w.name("bytes").base64(bytes),
            Source::Text(text) => w.name("text").text(text),
            Source::Content(texts) => write_texts(w.name("content"), texts),
            Source::S3 { uri, owner } => {
                w.name("s3Location").object(|w| {
                    write_text(w, "bucketOwner", *owner);
                    w.name("uri").text(uri);
                });
            }
        });
    }
}

impl Document<'_> {
    fn write(&self, w: &mut Writer) {
        w.object(|w| {
            write_citations(w, self.citations);
            write_text(w, "context", self.context);
            write_text(w, "format", self.format);
            w.name("name").text(&self.name);
            self.source.write(w.name("source"));
        });
    }
}

impl Reasoning<'_> {
    fn write(&self, w: &mut Writer) {
        w.object(|w| match self {
            Reasoning::Text { signature, text } => {
                w.name("reasoningText").object(|w| {
                    write_text(w, "signature", *signature);
                    w.name("text").text(text);
                });
            }
            Reasoning::Redacted(base64) => w.name("redactedContent").text(base64),
        });
    }
}

impl CachePoint<'_> {
    fn write(&self, w: &mut Writer) {
        w.object(|w| {
            write_text(w, "ttl", self.ttl);
            w.name("type").text("default");
        });
    }
}

impl ToolConfig<'_> {
    fn write(&self, w: &mut Writer) {
        w.object(|w| {
            if let Some(choice) = &self.tool_choice {
                w.name("toolChoice").object(|w| match choice {
                    ToolChoice::Auto => w.name("auto").object(|_| ()),
                    ToolChoice::Any => w.name("any").object(|_| ()),
                    ToolChoice::Tool(name) => {
                        w.name("tool").object(|w| w.name("name").text(name));
                    }
                });
            }
            w.name("tools")
                .array(|w| self.tools.iter().for_each(|tool| tool.write(w)));
        });
    }
}

impl Tool<'_> {
    fn write(&self, w: &mut Writer) {
        w.object(|w| match self {
            Tool::Spec(spec) => {
                w.name("toolSpec").object(|w| {
                    write_text(w, "description", spec.description.as_deref());
                    w.name("inputSchema")
                        .object(|w| w.name("json").raw(&spec.input_schema));
                    w.name("name").text(&spec.name);
                    if let Some(strict) = spec.strict {
                        w.name("strict").flag(strict);
                    }
                });
            }
            Tool::System(name) => w.name("systemTool").object(|w| w.name("name").text(name)),
            Tool::CachePoint(point) => point.write(w.name("cachePoint")),
        });
    }
}
