//! Tools → `toolConfig`, and Anthropic's own tools in its own field.
//!
//! Rules: `ToolConfiguration` of the Converse API reference, and the family's row. What may be called is here, what must
//! be called in [`super::tool_choice`].

use std::borrow::Cow;

use super::body::{AdditionalFields, Tool, ToolConfig, ToolSpec};
use super::names;
use super::notes::Notes;
use super::output::Output;
use super::thinking::Thinking;
use super::tool_choice::{self, Choice, Given};
use super::{betas, cache};
use crate::canonical::{self, ContentBlock, Error, Request, ToolChoiceMode};
use crate::capability::{Cache, Profile};
use crate::json::{self, Object, Writer};

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
    pub(crate) fn of(tool: &'a canonical::Tool, profile: &Profile) -> Self {
        let takes_anthropic = profile.capabilities.anthropic_fields;
        match tool.server_type.as_deref() {
            None => Place::Spec,
            Some(kind) if is_system_tool(kind, profile) => Place::System(kind),
            Some(kind) if takes_anthropic && betas::of_server_tool(kind).is_some() => {
                Place::Anthropic
            }
            Some(kind) => Place::None(kind),
        }
    }
}

/// Whether AWS runs the tool of this name for the model.
pub(crate) fn is_system_tool(name: &str, profile: &Profile) -> bool {
    profile.capabilities.system_tools && name.starts_with(SYSTEM_TOOLS)
}

/// Schema members that Claude refuses at the root.
const REFUSED_AT_ROOT: &[&str] = &["oneOf", "anyOf", "allOf"];

/// `toolConfig`; `fields` gets what Converse cannot say.
pub(crate) fn plan<'a>(
    request: &'a Request,
    profile: &Profile,
    thinking: &Thinking<'_>,
    output: &mut Output<'a>,
    fields: &mut AdditionalFields<'a>,
    notes: &mut Notes,
) -> Result<Option<ToolConfig<'a>>, Error> {
    refuse_repeated_names(request)?;
    if !profile.capabilities.tools {
        return without_tools(request, profile, notes);
    }
    let mut tools = Vec::with_capacity(request.tools.len() + 1);
    let mut anthropic_tools = Vec::new();
    for (at, tool) in request.tools.iter().enumerate() {
        push(&mut tools, &mut anthropic_tools, tool, at, profile, notes)?;
    }
    let output_tool = output.tool.take().map(|spec| {
        let name = spec.name.clone();
        tools.push(Tool::Spec(spec));
        name
    });
    if !anthropic_tools.is_empty() {
        push_anthropic_tools(&anthropic_tools, fields);
    }
    let given = match (tools.is_empty(), anthropic_tools.is_empty()) {
        (true, true) => Given::None,
        (false, true) => Given::Converse,
        (_, false) => Given::Anthropic,
    };
    let choice = tool_choice::plan(
        request,
        profile,
        thinking,
        output_tool,
        given,
        fields,
        notes,
    )?;
    match choice {
        Choice::NoTools => {
            fields.retain(|(name, _)| name != "tools");
            Ok(None)
        }
        Choice::Say(tool_choice) => {
            if tools.is_empty() && in_history(request, profile) {
                rebuild(&mut tools, request, profile, notes);
            }
            let config = Some(ToolConfig { tool_choice, tools });
            Ok(config.filter(|config| !config.tools.is_empty()))
        }
    }
}

/// Whether calls and results of the history are told as text, because they cannot be sent as such: the model calls no
/// tools, or the caller forbids to call those that it gives and there is no other way to say so.
pub(crate) fn are_told_as_text(request: &Request, output: &Output<'_>, profile: &Profile) -> bool {
    let capabilities = &profile.capabilities;
    let mode = request.tool_choice.as_ref().map(|choice| &choice.mode);
    let forbids = || {
        let is_given = |tool| !matches!(Place::of(tool, profile), Place::None(_));
        mode == Some(&ToolChoiceMode::None)
            && !capabilities.anthropic_fields
            && output.tool.is_none()
            && request.tools.iter().any(is_given)
    };
    (!capabilities.tools || forbids()) && in_history(request, profile)
}

/// Whether the history calls tools, of the caller's or of those that AWS runs for the model.
pub(crate) fn in_history(request: &Request, profile: &Profile) -> bool {
    let mut blocks = request.messages.iter().flat_map(|message| &message.content);
    blocks.any(|block| match block {
        ContentBlock::ToolUse(_) | ContentBlock::ToolResult(_) => true,
        ContentBlock::ServerToolUse(call) => is_system_tool(&call.name, profile),
        _ => false,
    })
}

fn refuse_repeated_names(request: &Request) -> Result<(), Error> {
    for (at, tool) in request.tools.iter().enumerate() {
        let earlier = request.tools.iter().take(at);
        if tool.name.is_empty() {
            return Err(Error::invalid(
                format!("tools[{at}].name"),
                "expected a name, saw none",
            ));
        }
        if earlier.into_iter().any(|other| other.name == tool.name) {
            return Err(Error::invalid(
                format!("tools[{at}].name"),
                format!("{:?} is there before: names are unique", tool.name),
            ));
        }
    }
    Ok(())
}

/// A family that calls none: what can be left out is, and what was called is told as text.
fn without_tools<'a>(
    request: &Request,
    profile: &Profile,
    notes: &mut Notes,
) -> Result<Option<ToolConfig<'a>>, Error> {
    let family = profile.family;
    let mode = request.tool_choice.as_ref().map(|choice| &choice.mode);
    if let Some(ToolChoiceMode::Any | ToolChoiceMode::Tool(_)) = mode {
        return Err(Error::unsupported(
            "tool_choice",
            format!(
                "this {family} model calls no tools on Converse: choose another model, or none"
            ),
        ));
    }
    if !request.tools.is_empty() {
        notes.lost(
            "tools",
            format!("this {family} model calls no tools on Converse: left out"),
        )?;
    }
    if in_history(request, profile) {
        notes.changed(
            "messages",
            format!(
                "this {family} model knows no tool calls: those of the history are told as text"
            ),
        );
    }
    Ok(None)
}

/// A history with tool calls must say what the tools are, even where the caller no longer does.
fn rebuild<'a>(
    tools: &mut Vec<Tool<'a>>,
    request: &'a Request,
    profile: &Profile,
    notes: &mut Notes,
) {
    let blocks = request.messages.iter().flat_map(|message| &message.content);
    let mut names: Vec<Cow<'a, str>> = Vec::new();
    let mut system: Vec<&'a str> = Vec::new();
    for block in blocks {
        match block {
            ContentBlock::ToolUse(call) => {
                let name = names::tool_name(&call.name);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            ContentBlock::ServerToolUse(call)
                if is_system_tool(&call.name, profile) && !system.contains(&call.name.as_str()) =>
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
        "tools",
        "the history calls tools and none are given: those that it names are sent with an open schema",
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

fn push<'a>(
    tools: &mut Vec<Tool<'a>>,
    anthropic_tools: &mut Vec<AnthropicTool<'a>>,
    tool: &'a canonical::Tool,
    at: usize,
    profile: &Profile,
    notes: &mut Notes,
) -> Result<(), Error> {
    let path = || format!("tools[{at}]");
    match Place::of(tool, profile) {
        Place::Spec => tools.push(Tool::Spec(spec(tool, &path(), profile, notes)?)),
        Place::System(kind) => tools.push(Tool::System(kind)),
        Place::Anthropic => {
            anthropic_tools.push((tool, settings(tool, &path())?));
            return Ok(());
        }
        Place::None(kind) => {
            let message = format!(
                "{kind} is not run by Bedrock for this {} model: left out",
                profile.family
            );
            return notes.lost(path(), message);
        }
    }
    let point = cache::point(
        tool.cache_control.as_ref(),
        Cache::All,
        profile,
        &path,
        notes,
    )?;
    tools.extend(point.map(Tool::CachePoint));
    Ok(())
}

fn spec<'a>(
    tool: &'a canonical::Tool,
    path: &str,
    profile: &Profile,
    notes: &mut Notes,
) -> Result<ToolSpec<'a>, Error> {
    let name = names::tool_name(&tool.name);
    if let Cow::Owned(sent) = &name {
        notes.changed(
            format!("{path}.name"),
            format!("sent as {sent}, and named as you do in the answer"),
        );
    }
    let strict = tool.strict.filter(|_| profile.capabilities.strict_tools);
    if tool.strict == Some(true) && strict.is_none() {
        notes.lost(
            format!("{path}.strict"),
            "this model is not held to a tool's schema: left out",
        )?;
    }
    let description = tool.description.as_deref();
    Ok(ToolSpec {
        description: description
            .filter(|text| !text.trim().is_empty())
            .map(Cow::Borrowed),
        input_schema: object_schema(
            &tool.input_schema,
            &format!("{path}.input_schema"),
            profile,
            notes,
        )?,
        name,
        strict,
    })
}

/// A schema that Converse takes: of an object, and for Claude without alternatives at its root.
pub(crate) fn object_schema<'a>(
    schema: &'a str,
    path: &str,
    profile: &Profile,
    notes: &mut Notes,
) -> Result<Cow<'a, str>, Error> {
    let invalid = |error: json::Error| Error::invalid(path, error.to_string());
    let members = Object::parse(schema.as_bytes()).map_err(invalid)?;
    let has_type = match members.string("type") {
        Ok(Some(kind)) if kind == "object" => true,
        Ok(None) => false,
        Ok(Some(_)) | Err(_) => {
            return Err(Error::invalid(
                format!("{path}.type"),
                "expected \"object\": a tool's input is an object",
            ));
        }
    };
    let is_refused =
        |name: &str| profile.capabilities.anthropic_fields && REFUSED_AT_ROOT.contains(&name);
    let refused = REFUSED_AT_ROOT
        .iter()
        .find(|name| is_refused(name) && members.raw(name).is_some());
    if let Some(refused) = refused {
        notes.lost(
            format!("{path}.{refused}"),
            "refused at the root of a tool's schema: left out",
        )?;
    } else if has_type {
        return Ok(Cow::Borrowed(schema.trim()));
    }
    if !has_type {
        notes.changed(format!("{path}.type"), "\"object\" was put in");
    }
    let mut legal = Writer::default();
    legal.object(|w| {
        if !has_type {
            w.name("type").text("object");
        }
        for (name, value) in members.members() {
            let name = name.into_string();
            if !is_refused(&name) {
                w.name(&name).raw(value);
            }
        }
    });
    Ok(Cow::Owned(legal.into_string()))
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
