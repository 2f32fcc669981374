//! Whether and what the model must call → `toolConfig.toolChoice`, and what only Anthropic's own field can say.
//!
//! Converse has no word for "none" and none for "one at a time"; Claude takes Anthropic's own `tool_choice` for both, and
//! refuses it beside Converse's. Families differ in which forms they take, and most cannot be forced while they think.

use std::borrow::Cow;

use super::body::{AdditionalFields, ToolChoice};
use super::names;
use super::thinking::Thinking;
use super::tools::{Place, in_history};
use crate::canonical::{Error, Request, ToolChoiceMode};
use crate::capability::{self, ForcedTools};
use crate::excerpt::{printable, quoted};
use crate::json::Writer;
use crate::target::Target;
use crate::warnings::{Code, Warnings};

/// What `toolConfig` says.
#[derive(Debug)]
pub(crate) enum Choice<'a> {
    /// A choice; none is the default, or is said in Anthropic's own field.
    Say(Option<ToolChoice<'a>>),
    /// `toolConfig` is left out.
    NoTools,
}

/// Which tools a request gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Given {
    None,
    /// In `toolConfig` alone.
    Converse,
    /// In Anthropic's own field too.
    Anthropic,
}

const PATH: &str = "tool_choice";

/// The choice; `output_tool` is the one that must be called for a structured answer.
pub(crate) fn plan<'a>(
    request: &'a Request,
    target: &Target,
    thinking: &Thinking<'_>,
    output_tool: Option<Cow<'a, str>>,
    given: Given,
    fields: &mut AdditionalFields<'a>,
    notes: &mut Warnings,
) -> Result<Choice<'a>, Error> {
    if given == Given::None {
        return without_tools(request, target, fields);
    }
    let one_at_a_time = request
        .tool_choice
        .as_ref()
        .is_some_and(|choice| choice.disable_parallel_tool_use);
    let wanted = match request.tool_choice.as_ref().map(|choice| &choice.mode) {
        None | Some(ToolChoiceMode::Auto) if output_tool.is_none() => {
            request.tool_choice.as_ref().map(|_| ToolChoice::Auto)
        }
        // The caller's own tools may be called before the answer is given.
        None | Some(ToolChoiceMode::Auto) if !request.tools.is_empty() => Some(ToolChoice::Any),
        None | Some(ToolChoiceMode::Auto) => output_tool.map(ToolChoice::Tool),
        Some(ToolChoiceMode::None) if output_tool.is_some() => output_tool.map(ToolChoice::Tool),
        Some(ToolChoiceMode::None) => return none(request, target, fields, notes),
        Some(ToolChoiceMode::Any) => Some(ToolChoice::Any),
        Some(ToolChoiceMode::Tool(name)) => Some(ToolChoice::Tool(known(request, name, target)?)),
    };
    let wanted = match wanted {
        Some(wanted) => taken(wanted, target, thinking, notes)?,
        None => None,
    };
    // What Anthropic's field lists is chosen there too.
    let is_anthropic = given == Given::Anthropic && wanted.is_some();
    if !one_at_a_time && !is_anthropic {
        return Ok(Choice::Say(wanted));
    }
    if target.capabilities.anthropic_fields {
        let wanted = wanted.as_ref().unwrap_or(&ToolChoice::Auto);
        push_anthropic(fields, wanted, one_at_a_time);
        return Ok(Choice::Say(None));
    }
    notes.lost(
        Code::Ignored,
        "tool_choice.disable_parallel_tool_use",
        format!("not supported by {} models; ignored", target.family),
    )?;
    Ok(Choice::Say(wanted))
}

/// The name of the tool as it is sent.
fn known<'a>(request: &'a Request, name: &str, target: &Target) -> Result<Cow<'a, str>, Error> {
    let tool = request.tools.iter().find(|tool| tool.name == name);
    match tool.map(|tool| (tool, Place::of(tool, target))) {
        Some((tool, Place::Spec)) => Ok(names::tool_name(&tool.name)),
        Some((_, Place::System(kind))) => Ok(Cow::Borrowed(kind)),
        Some((tool, Place::Anthropic)) => Ok(Cow::Borrowed(&tool.name)),
        Some((_, Place::None(kind))) => Err(not_run("tool_choice.name", kind, target)),
        None => Err(Error::invalid(
            "tool_choice.name",
            format!(
                "expected a tool of the request that this model supports, got {}",
                quoted(name)
            ),
        )),
    }
}

/// What must be called is something that Bedrock does not run for the model.
fn not_run(path: &str, kinds: &str, target: &Target) -> Error {
    let family = target.family;
    Error::unsupported(
        path,
        format!(
            "{} is not supported by Bedrock for this {family} model: use another tool, or auto",
            printable(kinds, 64)
        ),
    )
}

/// Nothing can be called; a history with calls keeps its tools, and Claude is told not to call them.
fn without_tools<'a>(
    request: &Request,
    target: &Target,
    fields: &mut AdditionalFields<'_>,
) -> Result<Choice<'a>, Error> {
    let mode = request.tool_choice.as_ref().map(|choice| &choice.mode);
    if let Some(ToolChoiceMode::Any | ToolChoiceMode::Tool(_)) = mode {
        if let (Some(ToolChoiceMode::Tool(name)), false) = (mode, request.tools.is_empty()) {
            known(request, name, target)?;
        }
        let kinds = request
            .tools
            .iter()
            .filter_map(|tool| tool.server_type.as_deref());
        let kinds: Vec<_> = kinds.collect();
        return Err(match kinds.is_empty() {
            true => Error::invalid(
                PATH,
                "a tool call is required, but `tools` is empty: add tools, or use auto",
            ),
            false => not_run(PATH, &kinds.join(", "), target),
        });
    }
    if in_history(request, target) && target.capabilities.anthropic_fields {
        push_none(fields);
    }
    Ok(Choice::Say(None))
}

/// The form that the family takes and that comes nearest.
fn taken<'a>(
    wanted: ToolChoice<'a>,
    target: &Target,
    thinking: &Thinking<'_>,
    notes: &mut Warnings,
) -> Result<Option<ToolChoice<'a>>, Error> {
    use capability::ToolChoice as Takes;
    let takes = target.capabilities.tool_choice;
    let cannot_force = match target.capabilities.forced_tools {
        ForcedTools::Always => false,
        ForcedTools::WithoutThinking => thinking.is_on,
        ForcedTools::Never => true,
    };
    let nearest = match &wanted {
        ToolChoice::Auto => (takes >= Takes::Auto).then_some(ToolChoice::Auto),
        _ if cannot_force => (takes >= Takes::Auto).then_some(ToolChoice::Auto),
        ToolChoice::Any if takes >= Takes::Any => Some(ToolChoice::Any),
        ToolChoice::Tool(_) if takes == Takes::All => Some(wanted.clone()),
        ToolChoice::Tool(_) if takes == Takes::Any => Some(ToolChoice::Any),
        _ => (takes >= Takes::Auto).then_some(ToolChoice::Auto),
    };
    // Not saying auto means it.
    let is_lost = wanted != ToolChoice::Auto && nearest.as_ref() != Some(&wanted);
    if is_lost {
        let family = target.family;
        let word = match nearest {
            Some(ToolChoice::Any) => "any",
            _ => "auto",
        };
        let why = match cannot_force {
            true if thinking.is_on => "a forced tool call with thinking",
            true => "a forced tool call",
            false => "this choice",
        };
        notes.lost(
            Code::Replaced,
            PATH,
            format!(
                "{why} is not supported by this {family} model on Converse; replaced by {word}"
            ),
        )?;
    }
    Ok(nearest)
}

/// Converse cannot say "none". Without calls in the history no tools are shown; with them, `toolConfig` must stay, or the
/// history must be told as text.
fn none<'a>(
    request: &Request,
    target: &Target,
    fields: &mut AdditionalFields<'_>,
    notes: &mut Warnings,
) -> Result<Choice<'a>, Error> {
    if !in_history(request, target) {
        return Ok(Choice::NoTools);
    }
    if target.capabilities.anthropic_fields {
        push_none(fields);
        return Ok(Choice::Say(None));
    }
    let family = target.family;
    notes.changed(
        Code::Converted, PATH,
        format!("\"none\" is not supported by {family} models; tools are dropped, and tool calls in the history are sent as text"),
    );
    Ok(Choice::NoTools)
}

fn push_none(fields: &mut AdditionalFields<'_>) {
    fields.push((Cow::Borrowed(PATH), Cow::Borrowed(r#"{"type":"none"}"#)));
}

/// Anthropic's `tool_choice`.
fn push_anthropic(fields: &mut AdditionalFields<'_>, choice: &ToolChoice<'_>, one_at_a_time: bool) {
    let mut json = Writer::default();
    json.object(|w| {
        if one_at_a_time {
            w.name("disable_parallel_tool_use").flag(true);
        }
        let r#type = match choice {
            ToolChoice::Auto => "auto",
            ToolChoice::Any => "any",
            ToolChoice::Tool(name) => {
                w.name("name").text(name);
                "tool"
            }
        };
        w.name("type").text(r#type);
    });
    fields.push((Cow::Borrowed(PATH), Cow::Owned(json.into_string())));
}
