//! Structured output: an answer that is JSON of a schema.
//!
//! A model that has it natively is asked by `outputConfig.textFormat`, if the schema can be said there. Otherwise the
//! model is given a tool of that schema to call, and the answer is unwrapped again (see [`super::restore`]); one without
//! tools is asked in the system prompt, and so is every model for any JSON object: a schema that asks for nothing is
//! answered by `{}`.

use std::borrow::Cow;

use super::body::{JsonSchema, ToolSpec};
use super::schema::renamed::Renamed;
use super::schema::{self, AnyObject, Misfit};
use super::tools::described;
use crate::canonical::{Error, OutputFormat, Request};
use crate::json;
use crate::target::Target;
use crate::warnings::{Code, Warnings};

/// The tool's name, unless the caller has one of that name.
const TOOL: &str = "structured_output";

const PATH: &str = "output.format";
const SCHEMA: &str = "output.format.schema";

/// How the format is asked for.
#[derive(Debug, Default)]
pub(crate) struct Output<'a> {
    /// Natively.
    pub text_format: Option<JsonSchema<'a>>,
    /// By a tool whose input is the answer.
    pub tool: Option<ToolSpec<'a>>,
    /// Properties of that tool which have other names than the caller's.
    pub renamed: Option<Renamed>,
    /// By words, for the system prompt.
    pub instruction: Option<String>,
}

/// What `output.format` asks.
pub(crate) fn plan<'a>(
    request: &'a Request,
    target: &Target,
    notes: &mut Warnings,
) -> Result<Output<'a>, Error> {
    let output = request.output.as_ref();
    let Some(format) = output.and_then(|output| output.format.as_ref()) else {
        return Ok(Output::default());
    };
    let schema = json::verbatim_object(&format.schema)
        .map_err(|error| Error::invalid(SCHEMA, error.to_string()))?;
    if let Some(any) = schema::any_object(schema) {
        notes.changed(
            Code::Replaced, PATH,
            "a schema of any object is not supported; replaced by an instruction in the system prompt",
        );
        let described = Some(schema).filter(|_| any == AnyObject::Described);
        return Ok(in_words("object", format, described));
    }
    let mut why = "not supported by this model".to_owned();
    if target.capabilities.native_output {
        match native(format, notes)? {
            Ok(text_format) => {
                return Ok(Output {
                    text_format: Some(text_format),
                    ..Output::default()
                });
            }
            Err(what) => why = ["structured output does not support ", what].concat(),
        }
    }
    if target.capabilities.tools {
        match by_tool(request, format, target, notes)? {
            Some(output) => {
                notes.changed(Code::Replaced, PATH, why + "; replaced by a tool call");
                return Ok(output);
            }
            None => why = "a tool's input must be an object".to_owned(),
        }
    }
    notes.changed(
        Code::Replaced,
        PATH,
        why + "; replaced by an instruction in the system prompt",
    );
    Ok(in_words("value", format, Some(schema)))
}

/// As the model's own means ask for it; what they do not support, where they do not.
fn native<'a>(
    format: &'a OutputFormat,
    notes: &mut Warnings,
) -> Result<Result<JsonSchema<'a>, &'static str>, Error> {
    let fitted = match schema::fit(&format.schema, &schema::NATIVE_OUTPUT) {
        Ok(fitted) => fitted,
        Err(Misfit::Refused(what)) => return Ok(Err(what)),
        Err(misfit) => return Err(misfit.into_error(SCHEMA)),
    };
    fitted.tell(SCHEMA, notes)?;
    Ok(Ok(JsonSchema {
        name: format.name.as_deref().filter(|name| !name.is_empty()),
        description: description(format),
        schema: fitted.json,
    }))
}

/// By a tool; none where the schema is not of an object.
fn by_tool<'a>(
    request: &'a Request,
    format: &'a OutputFormat,
    target: &Target,
    notes: &mut Warnings,
) -> Result<Option<Output<'a>>, Error> {
    let fitted = match schema::fit(&format.schema, &schema::of_tool(target, false)) {
        Ok(fitted) => fitted,
        Err(Misfit::Type) => return Ok(None),
        Err(misfit) => return Err(misfit.into_error(SCHEMA)),
    };
    fitted.tell(SCHEMA, notes)?;
    let mut name = TOOL.to_owned();
    while request.tools.iter().any(|tool| tool.name == name) {
        name.push('_');
    }
    let mut task =
        "Give the final answer by calling this tool, once, and write nothing else.".to_owned();
    if let Some(about) = described(description(format), fitted.about()) {
        task.push(' ');
        task.push_str(&about);
    }
    Ok(Some(Output {
        renamed: Renamed::of(&name, fitted.renamed),
        tool: Some(ToolSpec {
            description: Some(Cow::Owned(task)),
            input_schema: fitted.json,
            name: Cow::Owned(name),
            strict: None,
        }),
        ..Output::default()
    }))
}

/// By words: `what` is asked for, and of which schema.
fn in_words<'a>(what: &str, format: &OutputFormat, schema: Option<&str>) -> Output<'a> {
    let mut words = [
        "Answer with one JSON ",
        what,
        " and nothing else: no text before or after it, and no Markdown code fence.",
    ]
    .concat();
    if let Some(about) = description(format) {
        words.push_str(" Description: ");
        words.push_str(about);
    }
    if let Some(schema) = schema {
        words.push_str(" It must match this JSON Schema: ");
        words.push_str(schema);
    }
    Output {
        instruction: Some(words),
        ..Output::default()
    }
}

fn description(format: &OutputFormat) -> Option<&str> {
    let description = format.description.as_deref();
    description.filter(|text| !text.trim().is_empty())
}
