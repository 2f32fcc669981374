//! `tools`, `tool_choice` and `parallel_tool_calls`, and their deprecated kin `functions` and `function_call`.

use super::{NO_PARAMETERS, part};
use crate::canonical::{Error, Request, Tool, ToolChoice, ToolChoiceMode};
use crate::openai::cursor::{Cursor, Element, Notes};

/// All that is said of tools.
pub(super) fn read(
    root: &Cursor<'_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<(), Error> {
    for element in root.elements("tools")? {
        request.tools.push(tool(&element.cursor()?, notes)?);
    }
    for element in root.elements("functions")? {
        request.tools.push(function(&element.cursor()?, notes)?);
    }
    if root.get("functions").is_some() {
        notes.lost(
            "functions",
            "deprecated: taken as tools, so that calls come as tool_calls",
        );
    }
    let mode = match (root.get("tool_choice"), root.get("function_call")) {
        (Some(choice), _) => Some(choose(&choice, request, notes)?),
        (None, Some(call)) => Some(choose_function(&call, notes)?),
        (None, None) => None,
    };
    let is_single = root.flag("parallel_tool_calls")? == Some(false) && !request.tools.is_empty();
    if mode.is_some() || is_single {
        request.tool_choice = Some(ToolChoice {
            mode: mode.unwrap_or(ToolChoiceMode::Auto),
            disable_parallel_tool_use: is_single,
        });
    }
    Ok(())
}

fn tool(tool: &Cursor<'_>, notes: &mut Notes) -> Result<Tool, Error> {
    tool.check(&["type", "function", "cache_control"], notes)?;
    if tool.required("type")? != "function" {
        return Err(Error::unsupported(
            tool.path("type"),
            "tools are of type function",
        ));
    }
    let mut read = function(&tool.required_object("function")?, notes)?;
    if let Some(control) = part::cache_control(tool, notes)? {
        read.cache_control = Some(control);
    }
    Ok(read)
}

fn function(function: &Cursor<'_>, notes: &mut Notes) -> Result<Tool, Error> {
    const KNOWN: &[&str] = &[
        "name",
        "description",
        "parameters",
        "strict",
        "cache_control",
    ];
    function.check(KNOWN, notes)?;
    let parameters = function.json_object("parameters")?;
    Ok(Tool {
        name: function.required("name")?,
        description: function.string("description")?,
        input_schema: parameters.unwrap_or_else(|| NO_PARAMETERS.into()),
        strict: function.flag("strict")?,
        server_type: None,
        cache_control: part::cache_control(function, notes)?,
    })
}

fn choose(
    choice: &Element<'_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<ToolChoiceMode, Error> {
    if let Some(word) = choice.as_string() {
        return mode(&word, &choice.path);
    }
    let choice = choice.cursor()?;
    choice.check(&["type", "function", "allowed_tools"], notes)?;
    match choice.required("type")?.as_str() {
        "function" => {
            let function = choice.required_object("function")?;
            Ok(ToolChoiceMode::Tool(function.required("name")?))
        }
        "allowed_tools" => allow(&choice.required_object("allowed_tools")?, request, notes),
        _ => {
            let message = "expected function or allowed_tools";
            Err(Error::unsupported(choice.path("type"), message))
        }
    }
}

fn mode(word: &str, path: &str) -> Result<ToolChoiceMode, Error> {
    match word {
        "none" => Ok(ToolChoiceMode::None),
        "auto" => Ok(ToolChoiceMode::Auto),
        "required" => Ok(ToolChoiceMode::Any),
        _ => Err(Error::invalid(path, "expected none, auto or required")),
    }
}

/// Only the allowed tools are given.
fn allow(
    allowed: &Cursor<'_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<ToolChoiceMode, Error> {
    allowed.check(&["mode", "tools"], notes)?;
    let mut names = Vec::new();
    for element in allowed.elements("tools")? {
        let function = element.cursor()?.required_object("function")?;
        let name = function.required("name")?;
        if !request.tools.iter().any(|tool| tool.name == name) {
            return Err(Error::invalid(
                function.path("name"),
                "expected one of tools",
            ));
        }
        names.push(name);
    }
    request.tools.retain(|tool| names.contains(&tool.name));
    notes.changed(
        allowed.path("tools"),
        "the other tools are not given to the model",
    );
    mode(&allowed.required("mode")?, &allowed.path("mode"))
}

fn choose_function(call: &Element<'_>, notes: &mut Notes) -> Result<ToolChoiceMode, Error> {
    if let Some(word) = call.as_string() {
        return mode(&word, &call.path);
    }
    let call = call.cursor()?;
    call.check(&["name"], notes)?;
    Ok(ToolChoiceMode::Tool(call.required("name")?))
}
