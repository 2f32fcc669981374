//! A canonical path in OpenAI's field names.
//!
//! What this dialect finds at fault it names as the client wrote it. The provider behind it knows only the canonical
//! names; those that OpenAI has not are translated here. A path in `messages` stays: the two count alike until a system
//! prompt or a tool's answer comes in between.

use std::borrow::Cow;

/// A canonical name, OpenAI's, and whether what follows it still holds.
const NAMES: &[(&str, &str, bool)] = &[
    ("stop_sequences", "stop", true),
    (
        "output.format.schema",
        "response_format.json_schema.schema",
        true,
    ),
    ("output.format", "response_format.json_schema", true),
    ("output.effort", "reasoning_effort", false),
    ("output", "response_format", false),
    ("thinking", "reasoning_effort", false),
    (
        "tool_choice.disable_parallel_tool_use",
        "parallel_tool_calls",
        false,
    ),
    ("tool_choice.name", "tool_choice.function.name", false),
    ("system", "messages", false),
    ("content", "choices[0].message.content", false),
];

/// Members of a tool that are in `function`.
const TOOL: &[(&str, &str)] = &[
    ("input_schema", "parameters"),
    ("name", "name"),
    ("description", "description"),
    ("strict", "strict"),
];

/// The path as an OpenAI client knows it.
pub(super) fn in_openai(path: &str) -> Cow<'_, str> {
    for (canonical, openai, keeps_rest) in NAMES {
        if let Some(rest) = after(path, canonical) {
            let rest = if *keeps_rest { rest } else { "" };
            return Cow::Owned([openai, rest].concat());
        }
    }
    in_tool(path).map_or(Cow::Borrowed(path), Cow::Owned)
}

/// `tools[0].input_schema…` → `tools[0].function.parameters…`.
fn in_tool(path: &str) -> Option<String> {
    let (tool, member) = path.split_once("].")?;
    if !tool.starts_with("tools[") {
        return None;
    }
    TOOL.iter().find_map(|(canonical, openai)| {
        let rest = after(member, canonical)?;
        Some([tool, "].function.", openai, rest].concat())
    })
}

/// What follows a whole name.
fn after<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(name)?;
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::in_openai;

    #[test]
    fn a_canonical_path_is_told_in_openais_names() {
        for (canonical, openai) in [
            ("stop_sequences[1]", "stop[1]"),
            ("output.format.schema", "response_format.json_schema.schema"),
            ("output.effort", "reasoning_effort"),
            ("thinking.budget_tokens", "reasoning_effort"),
            (
                "tool_choice.disable_parallel_tool_use",
                "parallel_tool_calls",
            ),
            ("tool_choice.name", "tool_choice.function.name"),
            ("tool_choice", "tool_choice"),
            ("system[0].text", "messages"),
            (
                "tools[12].input_schema.type",
                "tools[12].function.parameters.type",
            ),
            ("tools[0].cache_control", "tools[0].cache_control"),
            ("tools[0].function.name", "tools[0].function.name"),
            ("tools", "tools"),
            ("content[1]", "choices[0].message.content"),
            (
                "messages[3].tool_calls[0].function.arguments",
                "messages[3].tool_calls[0].function.arguments",
            ),
            ("thinking_blocks", "thinking_blocks"),
            ("temperature", "temperature"),
        ] {
            assert_eq!(in_openai(canonical), openai, "{canonical}");
        }
    }
}
