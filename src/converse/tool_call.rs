//! A call in an answer: whose tool it is, and what the caller calls it.

use std::borrow::Cow;

use super::restore::Restore;
use super::schema::renamed::Renamed;
use crate::canonical::{Error, ToolUseBlock};
use crate::json::Object;

/// What is told of text beside the call that stands for the form of the answer: who asked for JSON parses all the text.
pub(crate) const BESIDE_OUTPUT: &str = "text beside the JSON that was asked for: left out";

/// The type of a call that the provider runs.
const SERVER_TOOL: &str = "server_tool_use";

/// What the model called.
#[derive(Debug)]
pub(crate) enum Call {
    /// A tool of the caller's, under the caller's name.
    Tool(ToolUseBlock),
    /// A tool that the provider runs.
    Server(ToolUseBlock),
    /// The tool that stands for the form of the answer: its input is the answer's text.
    Output,
}

/// `toolUse`, in a whole answer or at a block's start.
pub(crate) fn read(call: &Object<'_>, restore: &Restore) -> Result<Call, Error> {
    let is_server_tool = call.string("type")?.as_deref() == Some(SERVER_TOOL);
    let name = call.required("name")?;
    if !is_server_tool && restore.output_tool.as_ref() == Some(&name) {
        return Ok(Call::Output);
    }
    let block = |name| -> Result<ToolUseBlock, Error> {
        Ok(ToolUseBlock {
            id: call.required("toolUseId")?,
            name,
            input: input(call, restore)?.into_owned(),
            cache_control: None,
        })
    };
    Ok(match is_server_tool {
        true => Call::Server(block(name)?),
        false => Call::Tool(block(restore.name(name))?),
    })
}

/// The arguments as the model wrote them, under the caller's names; a stream gives them later, and a call without any
/// means none.
pub(crate) fn input<'a>(call: &Object<'a>, restore: &Restore) -> Result<Cow<'a, str>, Error> {
    let input = call.raw("input").unwrap_or("{}");
    Ok(match renamed(call, restore)? {
        Some(renamed) => renamed.restored(input),
        None => Cow::Borrowed(input),
    })
}

/// The properties of the tool that have other names than the caller's.
pub(crate) fn renamed<'r>(
    call: &Object<'_>,
    restore: &'r Restore,
) -> Result<Option<&'r Renamed>, Error> {
    // Most requests have none.
    if restore.renamed.is_empty() || call.string("type")?.as_deref() == Some(SERVER_TOOL) {
        return Ok(None);
    }
    Ok(restore.renamed(&call.required("name")?))
}
