//! Tools and tool choice → `toolConfig`, and what only Anthropic's own field can say.

use super::body::{
    AdditionalFields, AnthropicToolChoice, InputSchema, Tool, ToolChoice, ToolConfig, ToolSpec,
};
use super::notes::Notes;
use super::request::{cache_point, json_object};
use crate::canonical::{self, ContentBlock, Error, Request, ToolChoiceMode};
use crate::family::Family;

/// `toolConfig`; `additional` gets the choices that Converse cannot say.
pub(crate) fn config<'a>(
    request: &'a Request,
    family: &Family,
    additional: &mut AdditionalFields<'a>,
    notes: &mut Notes,
) -> Result<Option<ToolConfig<'a>>, Error> {
    if request.tools.is_empty() {
        return match request.tool_choice {
            Some(canonical::ToolChoice {
                mode: ToolChoiceMode::Any | ToolChoiceMode::Tool(_),
                ..
            }) => Err(Error::invalid(
                "tool_choice",
                "a tool must be called and tools is empty: give tools, or choose auto",
            )),
            _ => Ok(None),
        };
    }
    if !family.tools {
        return Err(Error::unsupported(
            "tools",
            format!("{} models call no tools on Converse", family.name),
        ));
    }
    let mut tools = Vec::with_capacity(request.tools.len());
    for (at, tool) in request.tools.iter().enumerate() {
        push_tool(&mut tools, tool, at, family, notes)?;
    }
    let tool_choice = match choice(request, family, additional, notes)? {
        Choice::Say(choice) => Some(choice.wire()),
        Choice::SayNothing => None,
        Choice::NoTools => return Ok(None),
    };
    Ok(Some(ToolConfig { tool_choice, tools }))
}

fn push_tool<'a>(
    tools: &mut Vec<Tool<'a>>,
    tool: &'a canonical::Tool,
    at: usize,
    family: &Family,
    notes: &mut Notes,
) -> Result<(), Error> {
    if tool.server_type.is_some() {
        return Err(Error::unsupported(
            format!("tools[{at}].server_type"),
            "tools that the provider runs are not supported in this version: leave it out",
        ));
    }
    if tool.name.is_empty() {
        return Err(Error::invalid(
            format!("tools[{at}].name"),
            "expected a name, saw none",
        ));
    }
    tools.push(Tool::ToolSpec(ToolSpec {
        description: tool
            .description
            .as_deref()
            .filter(|text| !text.trim().is_empty()),
        input_schema: InputSchema {
            json: json_object(&tool.input_schema, || format!("tools[{at}].input_schema"))?,
        },
        name: &tool.name,
        strict: tool.strict,
    }));
    match &tool.cache_control {
        Some(control) if family.cache_tools => tools.push(Tool::CachePoint(cache_point(
            control,
            family,
            &format!("tools[{at}]"),
            notes,
        )?)),
        Some(_) => notes.lost(
            format!("tools[{at}].cache_control"),
            format!(
                "{} models cache no tools on Converse: left out",
                family.name
            ),
        )?,
        None => {}
    }
    Ok(())
}

/// What `toolConfig` says of the choice.
#[derive(Debug)]
enum Choice<'a> {
    Say(Wanted<'a>),
    /// The default, or said in Anthropic's own field: the service refuses both at once.
    SayNothing,
    /// `toolConfig` is left out.
    NoTools,
}

#[derive(Debug, Clone, Copy)]
enum Wanted<'a> {
    Auto,
    Any,
    Tool(&'a str),
}

impl<'a> Wanted<'a> {
    fn wire(self) -> ToolChoice<'a> {
        match self {
            Wanted::Auto => ToolChoice::Auto {},
            Wanted::Any => ToolChoice::Any {},
            Wanted::Tool(name) => ToolChoice::Tool { name },
        }
    }

    fn anthropic(self) -> AnthropicToolChoice<'a> {
        let (r#type, name) = match self {
            Wanted::Auto => ("auto", None),
            Wanted::Any => ("any", None),
            Wanted::Tool(name) => ("tool", Some(name)),
        };
        AnthropicToolChoice {
            disable_parallel_tool_use: true,
            name,
            r#type,
        }
    }
}

fn choice<'a>(
    request: &'a Request,
    family: &Family,
    additional: &mut AdditionalFields<'a>,
    notes: &mut Notes,
) -> Result<Choice<'a>, Error> {
    let Some(asked) = &request.tool_choice else {
        return Ok(Choice::SayNothing);
    };
    let wanted = match &asked.mode {
        ToolChoiceMode::Auto => Wanted::Auto,
        ToolChoiceMode::Any => Wanted::Any,
        ToolChoiceMode::Tool(name) => Wanted::Tool(name),
        ToolChoiceMode::None => return none(request, family, additional),
    };
    if !asked.disable_parallel_tool_use {
        return Ok(Choice::Say(wanted));
    }
    if family.anthropic_fields {
        additional.tool_choice = Some(wanted.anthropic());
        return Ok(Choice::SayNothing);
    }
    notes.lost(
        "tool_choice.disable_parallel_tool_use",
        format!(
            "{} models cannot be held to one call a turn: left out",
            family.name
        ),
    )?;
    Ok(Choice::Say(wanted))
}

/// Converse cannot say "none". Without tools in the history, none are shown; with them, `toolConfig` must stay.
fn none<'a>(
    request: &'a Request,
    family: &Family,
    additional: &mut AdditionalFields<'a>,
) -> Result<Choice<'a>, Error> {
    let in_history = request
        .messages
        .iter()
        .flat_map(|message| &message.content)
        .any(|block| {
            matches!(
                block,
                ContentBlock::ToolUse(_) | ContentBlock::ToolResult(_)
            )
        });
    match (in_history, family.anthropic_fields) {
        (false, _) => Ok(Choice::NoTools),
        (true, true) => {
            additional.tool_choice = Some(AnthropicToolChoice {
                disable_parallel_tool_use: false,
                name: None,
                r#type: "none",
            });
            Ok(Choice::SayNothing)
        }
        (true, false) => Err(Error::unsupported(
            "tool_choice",
            format!(
                "{} models cannot be told to call none once tools were used: choose auto",
                family.name
            ),
        )),
    }
}
