//! Structured output: an answer that is JSON of a schema.
//!
//! A model that has it natively is asked by `outputConfig.textFormat`. Another is given a tool of that schema to call,
//! and the answer is unwrapped again (see [`super::restore`]); one without tools is asked in the system prompt.

use std::borrow::Cow;

use super::body::{JsonSchema, ToolSpec};
use super::notes::Notes;
use super::tools::object_schema;
use crate::canonical::{Error, OutputFormat, Request};
use crate::capability::Profile;
use crate::json;

/// The tool's name, unless the caller has one of that name.
const TOOL: &str = "structured_output";

/// How the format is asked for.
#[derive(Debug, Default)]
pub(crate) struct Output<'a> {
    /// Natively.
    pub text_format: Option<JsonSchema<'a>>,
    /// By a tool whose input is the answer.
    pub tool: Option<ToolSpec<'a>>,
    /// By words, for the system prompt.
    pub instruction: Option<String>,
}

/// What `output.format` asks.
pub(crate) fn plan<'a>(
    request: &'a Request,
    profile: &Profile,
    notes: &mut Notes,
) -> Result<Output<'a>, Error> {
    const PATH: &str = "output.format";
    let format = request
        .output
        .as_ref()
        .and_then(|output| output.format.as_ref());
    let Some(format) = format else {
        return Ok(Output::default());
    };
    let schema = json::verbatim_object(&format.schema)
        .map_err(|error| Error::invalid("output.format.schema", error.to_string()))?;
    let description = format
        .description
        .as_deref()
        .filter(|text| !text.trim().is_empty());
    if profile.capabilities.native_output {
        return Ok(Output {
            text_format: Some(JsonSchema {
                name: format.name.as_deref().filter(|name| !name.is_empty()),
                description,
                schema,
            }),
            ..Output::default()
        });
    }
    if profile.capabilities.tools {
        notes.changed(
            PATH,
            "this model has no structured output: asked for by a tool",
        );
        return Ok(Output {
            tool: Some(tool(request, format, description, profile, notes)?),
            ..Output::default()
        });
    }
    notes.changed(
        PATH,
        "this model has no structured output: asked for in the system prompt",
    );
    let about = description
        .map(|text| format!(" ({text})"))
        .unwrap_or_default();
    Ok(Output {
        instruction: Some(format!(
            "Answer with one JSON value and nothing else. It must match this JSON Schema{about}: {schema}"
        )),
        ..Output::default()
    })
}

fn tool<'a>(
    request: &'a Request,
    format: &'a OutputFormat,
    description: Option<&'a str>,
    profile: &Profile,
    notes: &mut Notes,
) -> Result<ToolSpec<'a>, Error> {
    let mut name = TOOL.to_owned();
    while request.tools.iter().any(|tool| tool.name == name) {
        name.push('_');
    }
    let about = description
        .map(|text| format!(" {text}"))
        .unwrap_or_default();
    Ok(ToolSpec {
        description: Some(Cow::Owned(format!(
            "Give the final answer by calling this tool, once, and write nothing else.{about}"
        ))),
        input_schema: object_schema(&format.schema, "output.format.schema", profile, notes)?,
        name: Cow::Owned(name),
        strict: None,
    })
}
