//! `tools`, `tool_choice` and `parallel_tool_calls`, and their deprecated kin `functions` and `function_call`.

use bedrock_provider::json;

use crate::canonical::{Error, Request, Tool, ToolChoiceMode};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::openai::{asked, piece};

/// All that is said of tools.
pub(super) fn read(
    root: &mut Fields<'_, '_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<(), Error> {
    let tools = root.objects("tools", notes, tool)?;
    request.tools = tools.into_iter().flatten().collect();
    let functions = root.objects("functions", notes, asked::function)?;
    request.tools.extend(functions);
    if root.raw("functions").is_some() {
        const WHY: &str = "deprecated: taken as tools, so that calls come as tool_calls";
        root.lost("functions", WHY, notes)?;
    }
    let is_word = |raw| json::kind(raw) == "a text";
    let mode = match (root.raw("tool_choice"), root.raw("function_call")) {
        (Some(raw), _) if is_word(raw) => Some(asked::mode(root, "tool_choice")?),
        (Some(_), _) => {
            let read =
                |choice: &mut Fields<'_, '_>, notes: &mut Notes| choose(choice, request, notes);
            root.object("tool_choice", notes, read)?
        }
        (None, Some(raw)) if is_word(raw) => Some(asked::mode(root, "function_call")?),
        (None, _) => root.object("function_call", notes, |call, _| named(call))?,
    };
    asked::choose(root, mode, request)
}

fn tool(tool: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<Option<Tool>, Error> {
    if tool.required_text("type")? != "function" {
        return asked::lose_tool(tool, notes);
    }
    let mut read = tool.required_object("function", notes, asked::function)?;
    if let Some(control) = piece::cache_control(tool, notes)? {
        read.cache_control = Some(control);
    }
    Ok(Some(read))
}

fn named(function: &mut Fields<'_, '_>) -> Result<ToolChoiceMode, Error> {
    function.required_text("name").map(ToolChoiceMode::Tool)
}

fn choose(
    choice: &mut Fields<'_, '_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<ToolChoiceMode, Error> {
    match choice.required_text("type")?.as_str() {
        "function" => choice.required_object("function", notes, |function, _| named(function)),
        "allowed_tools" => choice.required_object("allowed_tools", notes, |allowed, notes| {
            let names = allowed.objects("tools", notes, |tool, notes| {
                tool.raw("type");
                tool.required_object("function", notes, |function, _| {
                    asked::allowed_name(function, request)
                })
            })?;
            asked::allow(&names, allowed, request, notes);
            asked::mode(allowed, "mode")
        }),
        _ => Err(choice.unsupported("type", "expected function or allowed_tools")),
    }
}
