//! A call in an answer: whose tool it is, and what the caller calls it.

use super::restore::Restore;
use super::schema::renamed::Renamed;
use crate::canonical::{Error, ToolUseBlock};
use crate::json::Object;

/// What is told of text beside the call that stands for the form of the answer: who asked for JSON parses all the text.
pub(crate) const BESIDE_OUTPUT: &str = "text outside the requested JSON is not supported; dropped";

/// What the model called.
#[derive(Debug)]
pub(crate) enum Call<'r> {
    /// A tool of the caller's, under the caller's name.
    Tool(ToolUseBlock, Option<&'r Renamed>),
    /// A tool that the provider runs.
    Server(ToolUseBlock),
    /// The tool that stands for the form of the answer: its input is the answer's text.
    Output(String, Option<&'r Renamed>),
}

/// `toolUse`, in a whole answer or at a block's start. Its input is as the model wrote it, under the caller's names of
/// properties; a stream gives it later, and a call without any means none.
pub(crate) fn read<'r>(call: &Object<'_>, restore: &'r Restore) -> Result<Call<'r>, Error> {
    let is_server_tool = call.string("type")?.as_deref() == Some("server_tool_use");
    let name = call.required("name")?;
    let renamed = match is_server_tool {
        true => None,
        false => restore.renamed(&name),
    };
    let input = call.raw("input").unwrap_or("{}");
    let input = match renamed {
        Some(renamed) => renamed.restored(input).into_owned(),
        None => input.to_owned(),
    };
    if !is_server_tool && restore.output_tool.as_ref() == Some(&name) {
        return Ok(Call::Output(input, renamed));
    }
    let block = ToolUseBlock {
        id: call.required("toolUseId")?,
        name: match is_server_tool {
            true => name,
            false => restore.name(name),
        },
        input,
        cache_control: None,
    };
    Ok(match is_server_tool {
        true => Call::Server(block),
        false => Call::Tool(block, renamed),
    })
}
