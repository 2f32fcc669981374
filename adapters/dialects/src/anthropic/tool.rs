//! `tools` and `tool_choice`, both ways.
//!
//! A tool without a type, or of the type `custom`, is the caller's. Of any other type it is one that Anthropic defines:
//! its settings stand beside its name, and are the canonical tool's `input-schema`.

use bedrock_provider::json::{Object, Writer};
use bedrock_provider::warnings::Code;

use super::block::{cache_control, default_only};
use super::block_writer;
use crate::canonical::{Error, Tool, ToolChoice, ToolChoiceMode};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::openai::tools::list;
use crate::path::Path;

/// Read one of `tools`.
pub(super) fn read(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<Tool, Error> {
    let kind = fields.text("type")?.filter(|kind| kind != "custom");
    let name = match fields.text("name")? {
        Some(name) => name,
        // An MCP toolset is named by its server.
        None if kind.is_some() => fields
            .text("mcp_server_name")?
            .ok_or_else(|| fields.missing("name"))?,
        None => return Err(fields.missing("name")),
    };
    let cache_control = cache_control(fields, notes)?;
    if kind.is_some() {
        let mut settings = Writer::default();
        settings.object(|w| {
            for (name, value) in fields.rest() {
                w.name(&name).raw(value);
            }
        });
        return Ok(Tool {
            name,
            description: None,
            input_schema: settings.into_string(),
            strict: None,
            server_type: kind,
            cache_control,
        });
    }
    default_only(
        fields,
        "allowed_callers",
        |raw| raw == "[\"direct\"]",
        notes,
    )?;
    const STREAMED: &str = "`eager_input_streaming` is not supported by Bedrock; ignored";
    for (name, why) in [
        ("defer_loading", list::LOADED),
        ("eager_input_streaming", STREAMED),
    ] {
        if fields.flag(name)? == Some(true) {
            // Once for all of them: a client may defer hundreds.
            notes.changed(Code::Ignored, Path::Root.member("tools"), why);
        }
    }
    let mut description = fields.text("description")?;
    if let Some(examples) = fields.raw("input_examples").filter(|raw| *raw != "[]") {
        let said = description.take().unwrap_or_default();
        description = Some([&said, "\n\nExamples of input: ", examples].concat());
        fields.changed(
            Code::Moved,
            "input_examples",
            "not supported by Bedrock; added to the description",
            notes,
        );
    }
    Ok(Tool {
        name,
        description,
        input_schema: fields
            .verbatim_object("input_schema")?
            .ok_or_else(|| fields.missing("input_schema"))?,
        strict: fields.flag("strict")?,
        server_type: None,
        cache_control,
    })
}

/// One of `tools`.
pub(super) fn write(tool: &Tool, w: &mut Writer) {
    w.object(|w| {
        if let Some(kind) = &tool.server_type {
            w.name("type").text(kind);
        }
        w.name("name").text(&tool.name);
        if let Some(description) = &tool.description {
            w.name("description").text(description);
        }
        if tool.server_type.is_some() {
            let settings = Object::parse(tool.input_schema.as_bytes()).unwrap_or_default();
            for (name, value) in settings.members() {
                let name = name.into_string();
                if name != "type" && name != "name" {
                    w.name(&name).raw(value);
                }
            }
        } else {
            block_writer::embed(w.name("input_schema"), &tool.input_schema);
        }
        if let Some(strict) = tool.strict {
            w.name("strict").flag(strict);
        }
        block_writer::cache_control(w, tool.cache_control.as_ref());
    });
}

/// Read `tool_choice`.
pub(super) fn read_choice(fields: &mut Fields<'_, '_>) -> Result<ToolChoice, Error> {
    let kind = fields.required_text("type")?;
    let mode = match kind.as_str() {
        "auto" => ToolChoiceMode::Auto,
        "any" => ToolChoiceMode::Any,
        "none" => ToolChoiceMode::None,
        "tool" => ToolChoiceMode::Tool(fields.required_text("name")?),
        _ => {
            return Err(fields.invalid("type", "expected auto, any, tool or none"));
        }
    };
    Ok(ToolChoice {
        mode,
        disable_parallel_tool_use: fields.flag("disable_parallel_tool_use")?.unwrap_or(false),
    })
}

/// The value of `tool_choice`.
pub(super) fn write_choice(choice: &ToolChoice, w: &mut Writer) {
    let (kind, name) = match &choice.mode {
        ToolChoiceMode::Auto => ("auto", None),
        ToolChoiceMode::Any => ("any", None),
        ToolChoiceMode::None => ("none", None),
        ToolChoiceMode::Tool(name) => ("tool", Some(name)),
    };
    w.object(|w| {
        w.name("type").text(kind);
        if let Some(name) = name {
            w.name("name").text(name);
        }
        if choice.disable_parallel_tool_use {
            w.name("disable_parallel_tool_use").flag(true);
        }
    });
}
