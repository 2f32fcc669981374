//! Tools → `toolConfig`, and Anthropic's own tools in its own field.
//!
//! Rules: `ToolConfiguration` of the Converse API reference, and the family's row. What may be called is here, what must
//! be called in [`super::tool_choice`].

use std::borrow::Cow;

use super::body::{AdditionalFields, Tool, ToolConfig, ToolSpec};
use super::counts::Counts;
use super::names;
use super::output::Output;
use super::schema::renamed::Renamed;
use super::strict::Strict;
use super::thinking::Thinking;
use super::tool_choice::{self, Choice, Given};
use super::{betas, cache};
use crate::canonical::{self, ContentBlock, Error, Request, ToolChoiceMode};
use crate::capability::Cache;
use crate::excerpt::{printable, quoted};
use crate::json::{Object, Writer};
use crate::target::Target;
use crate::warnings::{Code, Warnings};

/// Tools that AWS runs for Nova, by the names that it has for them.
pub(crate) const SYSTEM_TOOLS: &str = "nova_";

/// Where a tool of the caller's list goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Place<'a> {
    /// `toolSpec`.
    Spec,
    /// `systemTool`, by this name.
    System(&'a str),
    /// Anthropic's own field.
    Anthropic,
    /// Nowhere: Bedrock does not run tools of this kind for the model.
    None(&'a str),
}

impl<'a> Place<'a> {
    pub(crate) fn of(tool: &'a canonical::Tool, target: &Target) -> Self {
        let takes_anthropic = target.capabilities.anthropic_fields;
        match tool.server_type.as_deref() {
            None => Place::Spec,
            Some(kind) if is_system_tool(kind, target) => Place::System(kind),
            Some(kind) if takes_anthropic && betas::of_server_tool(kind).is_some() => {
                Place::Anthropic
            }
            Some(kind) => Place::None(kind),
        }
    }
}

/// Whether AWS runs the tool of this name for the model.
pub(crate) fn is_system_tool(name: &str, target: &Target) -> bool {
    target.capabilities.system_tools && name.starts_with(SYSTEM_TOOLS)
}

/// The tools that are offered to a model.
#[derive(Debug, Default)]
pub(crate) struct Offer<'a> {
    tools: Vec<Tool<'a>>,
    anthropic_tools: Vec<AnthropicTool<'a>>,
    /// The one that must be called for a structured answer.
    pub output_tool: Option<Cow<'a, str>>,
    /// Properties that have other names than the caller's.
    pub renamed: Vec<Renamed>,
}

/// Which tools are offered, each where it goes.
pub(crate) fn offer<'a>(
    request: &'a Request,
    target: &Target,
    output: &mut Output<'a>,
    notes: &mut Warnings,
) -> Result<Offer<'a>, Error> {
    refuse_repeated_names(request)?;
    if !target.capabilities.tools {
        return Ok(Offer::default());
    }
    let mut tools = Vec::with_capacity(request.tools.len() + 1);
    let mut anthropic_tools = Vec::new();
    let mut renamed = Vec::new();
    let mut strict = Strict::default();
    for (at, tool) in request.tools.iter().enumerate() {
        let path = format!("tools[{at}]");
        match Place::of(tool, target) {
            Place::Spec => {
                let spec = spec(tool, &path, &mut strict, &mut renamed, target, notes)?;
                tools.push(Tool::Spec(spec));
            }
            Place::System(kind) => tools.push(Tool::System(kind)),
            Place::Anthropic => {
                anthropic_tools.push((tool, settings(tool, &path)?));
                continue;
            }
            Place::None(kind) => {
                let message = format!(
                    "{} is not supported by Bedrock for this {} model; dropped",
                    printable(kind, 64),
                    target.family
                );
                notes.lost(Code::Dropped, path, message)?;
                continue;
            }
        }
        let point = cache::point(
            tool.cache_control.as_ref(),
            Cache::All,
            target,
            &|| path.clone(),
            notes,
        )?;
        tools.extend(point.map(Tool::CachePoint));
    }
    strict.tell(target, notes)?;
    renamed.extend(output.renamed.take());
    let output_tool = output.tool.take().map(|spec| {
        let name = spec.name.clone();
        tools.push(Tool::Spec(spec));
        name
    });
    Ok(Offer {
        tools,
        anthropic_tools,
        output_tool,
        renamed,
    })
}

/// `toolConfig`; `fields` gets what Converse cannot say.
pub(crate) fn plan<'a>(
    offer: Offer<'a>,
    request: &'a Request,
    target: &Target,
    thinking: &Thinking<'_>,
    fields: &mut AdditionalFields<'a>,
    notes: &mut Warnings,
) -> Result<Option<ToolConfig<'a>>, Error> {
    if !target.capabilities.tools {
        return without_tools(request, target, notes);
    }
    let Offer {
        mut tools,
        anthropic_tools,
        output_tool,
        ..
    } = offer;
    if !anthropic_tools.is_empty() {
        push_anthropic_tools(&anthropic_tools, fields);
    }
    let given = match (tools.is_empty(), anthropic_tools.is_empty()) {
        (true, true) => Given::None,
        (false, true) => Given::Converse,
        (_, false) => Given::Anthropic,
    };
    let choice = tool_choice::plan(request, target, thinking, output_tool, given, fields, notes)?;
    match choice {
        Choice::NoTools => {
            fields.retain(|(name, _)| name != "tools");
            Ok(None)
        }
        Choice::Say(tool_choice) => {
            if tools.is_empty() && in_history(request, target) {
                rebuild(&mut tools, request, target, notes);
            }
            let config = Some(ToolConfig { tool_choice, tools });
            Ok(config.filter(|config| !config.tools.is_empty()))
        }
    }
}

/// Whether calls and results of the history are told as text, because they cannot be sent as such: the model calls no
/// tools, or the caller forbids to call those that it gives and there is no other way to say so.
pub(crate) fn are_told_as_text(request: &Request, output: &Output<'_>, target: &Target) -> bool {
    let capabilities = &target.capabilities;
    let mode = request.tool_choice.as_ref().map(|choice| &choice.mode);
    let forbids = || {
        let is_given = |tool| !matches!(Place::of(tool, target), Place::None(_));
        mode == Some(&ToolChoiceMode::None)
            && !capabilities.anthropic_fields
            && output.tool.is_none()
            && request.tools.iter().any(is_given)
    };
    (!capabilities.tools || forbids()) && in_history(request, target)
}

/// Whether the history calls tools, of the caller's or of those that AWS runs for the model.
pub(crate) fn in_history(request: &Request, target: &Target) -> bool {
    let mut blocks = request.messages.iter().flat_map(|message| &message.content);
    blocks.any(|block| match block {
        ContentBlock::ToolUse(_) | ContentBlock::ToolResult(_) => true,
        ContentBlock::ServerToolUse(call) => is_system_tool(&call.name, target),
        _ => false,
    })
}

fn refuse_repeated_names(request: &Request) -> Result<(), Error> {
    let mut known = Counts::default();
    for (at, tool) in request.tools.iter().enumerate() {
        if tool.name.is_empty() {
            return Err(Error::invalid(
                format!("tools[{at}].name"),
                "expected a name, got none",
            ));
        }
        if !known.add(&tool.name) {
            return Err(Error::invalid(
                format!("tools[{at}].name"),
                format!(
                    "duplicate name {}: tool names must be unique",
                    quoted(&tool.name)
                ),
            ));
        }
    }
    Ok(())
}

/// A family that calls none: what can be left out is, and what was called is told as text.
fn without_tools<'a>(
    request: &Request,
    target: &Target,
    notes: &mut Warnings,
) -> Result<Option<ToolConfig<'a>>, Error> {
    let family = target.family;
    let mode = request.tool_choice.as_ref().map(|choice| &choice.mode);
    if let Some(ToolChoiceMode::Any | ToolChoiceMode::Tool(_)) = mode {
        return Err(Error::unsupported(
            "tool_choice",
            format!(
                "tools are not supported by this {family} model on Converse: use another model, or none"
            ),
        ));
    }
    if !request.tools.is_empty() {
        notes.lost(
            Code::Ignored,
            "tools",
            format!("tools are not supported by this {family} model on Converse; ignored"),
        )?;
    }
    if in_history(request, target) {
        notes.changed(
            Code::Converted, "messages",
            format!(
                "tool calls are not supported by this {family} model; those in the history are sent as text"
            ),
        );
    }
    Ok(None)
}

/// A history with tool calls must say what the tools are, even where the caller no longer does.
fn rebuild<'a>(
    tools: &mut Vec<Tool<'a>>,
    request: &'a Request,
    target: &Target,
    notes: &mut Warnings,
) {
    let blocks = request.messages.iter().flat_map(|message| &message.content);
    let mut names: Vec<Cow<'a, str>> = Vec::new();
    let mut system: Vec<&'a str> = Vec::new();
    let (mut known, mut known_of_system) = (Counts::default(), Counts::default());
    for block in blocks {
        match block {
            ContentBlock::ToolUse(call) => {
                let name = names::tool_name(&call.name);
                if known.add(&name) {
                    names.push(name);
                }
            }
            ContentBlock::ServerToolUse(call)
                if is_system_tool(&call.name, target) && known_of_system.add(&call.name) =>
            {
                system.push(&call.name);
            }
            _ => {}
        }
    }
    tools.extend(system.into_iter().map(Tool::System));
    if names.is_empty() && tools.is_empty() {
        names.push(Cow::Borrowed("tool"));
    }
    notes.changed(
        Code::Added, "tools",
        "missing, but the history has tool calls; the tools that it names were added with an open schema",
    );
    tools.extend(names.into_iter().map(|name| {
        Tool::Spec(ToolSpec {
            description: None,
            input_schema: Cow::Borrowed(r#"{"type":"object"}"#),
            name,
            strict: None,
        })
    }));
}

fn spec<'a>(
    tool: &'a canonical::Tool,
    path: &str,
    strict: &mut Strict,
    renamed: &mut Vec<Renamed>,
    target: &Target,
    notes: &mut Warnings,
) -> Result<ToolSpec<'a>, Error> {
    let name = names::tool_name(&tool.name);
    if let Cow::Owned(sent) = &name {
        notes.changed(
            Code::Renamed,
            format!("{path}.name"),
            format!("renamed to {sent}, and restored in the answer"),
        );
    }
    let (schema, is_strict) = strict.fit(tool, path, target, notes)?;
    schema.tell(&format!("{path}.input_schema"), notes)?;
    let description = described(tool.description.as_deref(), schema.about());
    let spec = ToolSpec {
        description,
        strict: match tool.strict {
            Some(true) => is_strict.then_some(true),
            other => other.filter(|_| target.capabilities.strict_tools),
        },
        input_schema: schema.json,
        name,
    };
    renamed.extend(Renamed::of(&spec.name, schema.renamed));
    Ok(spec)
}

/// A description, and what a schema's root says besides.
pub(crate) fn described<'a>(own: Option<&'a str>, about: &str) -> Option<Cow<'a, str>> {
    let own = own.filter(|text| !text.trim().is_empty());
    match own {
        _ if about.trim().is_empty() => own.map(Cow::Borrowed),
        Some(own) if own.contains(about) => Some(Cow::Borrowed(own)),
        Some(own) => Some(Cow::Owned([own, "\n\n", about].concat())),
        None => Some(Cow::Owned(about.to_owned())),
    }
}

/// A tool of Anthropic's, and its settings.
type AnthropicTool<'a> = (&'a canonical::Tool, Object<'a>);

fn settings<'a>(tool: &'a canonical::Tool, path: &str) -> Result<Object<'a>, Error> {
    match tool.input_schema.trim() {
        "" => Ok(Object::default()),
        settings => Object::parse(settings.as_bytes())
            .map_err(|error| Error::invalid(format!("{path}.input_schema"), error.to_string())),
    }
}

/// Anthropic's own tools go by its own field, in its own form.
fn push_anthropic_tools<'a>(tools: &[AnthropicTool<'a>], fields: &mut AdditionalFields<'a>) {
    let mut list = Writer::default();
    list.array(|w| {
        for (tool, settings) in tools {
            w.object(|w| {
                w.name("type")
                    .text(tool.server_type.as_deref().unwrap_or_default());
                w.name("name").text(&tool.name);
                if let Some(control) = &tool.cache_control {
                    w.name("cache_control").object(|w| {
                        if let Some(ttl) = cache::ttl(control) {
                            w.name("ttl").text(ttl);
                        }
                        w.name("type").text("ephemeral");
                    });
                }
                for (name, value) in settings.members() {
                    let name = name.into_string();
                    if name != "type" && name != "name" {
                        w.name(&name).raw(value);
                    }
                }
            });
        }
    });
    fields.push((Cow::Borrowed("tools"), Cow::Owned(list.into_string())));
}
