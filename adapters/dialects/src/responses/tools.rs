//! `tools`, `tool_choice` and `parallel_tool_calls`.

use bedrock_provider::json;

use crate::canonical::{Error, Request, Tool, ToolChoiceMode};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::openai::asked;

/// All that is said of tools.
pub(super) fn read(
    root: &mut Fields<'_, '_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<(), Error> {
    const NAME: &str = "tool_choice";
    let tools = root.objects("tools", notes, tool)?;
    request.tools = tools.into_iter().flatten().collect();
    let mode = match root.raw(NAME) {
        None => None,
        Some(raw) if json::kind(raw) == "a text" => Some(asked::mode(root, NAME)?),
        Some(_) => root.object(NAME, notes, |choice, notes| choose(choice, request, notes))?,
    };
    asked::choose(root, mode, request)
}

fn tool(tool: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<Option<Tool>, Error> {
    match tool.required_text("type")?.as_str() {
        "function" => asked::function(tool, notes).map(Some),
        _ => asked::lose_tool(tool, notes),
    }
}

fn choose(
    choice: &mut Fields<'_, '_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<ToolChoiceMode, Error> {
    match choice.required_text("type")?.as_str() {
        "function" => Ok(ToolChoiceMode::Tool(choice.required_text("name")?)),
        "allowed_tools" => {
            let names = choice.objects("tools", notes, |tool, _| {
                if tool.required_text("type")? != "function" {
                    return Err(tool.unsupported("type", asked::FUNCTIONS_ALONE));
                }
                asked::allowed_name(tool, request)
            })?;
            asked::allow(&names, choice, request, notes);
            asked::mode(choice, "mode")
        }
        _ => Err(choice.unsupported("type", "expected function or allowed_tools")),
    }
}
