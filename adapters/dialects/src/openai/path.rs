//! A canonical path in the field names of OpenAI's APIs.
//!
//! What a dialect finds at fault it names as the client wrote it. The provider behind it knows only the canonical names;
//! those that the API has not are translated here. In Chat Completions a path in `messages` stays: the two count alike
//! until a system prompt or a tool's answer comes in between. Responses counts items, of which a turn has many.

use std::borrow::Cow;

/// A canonical name, the API's, and whether what follows it still holds.
type Name = (&'static str, &'static str, bool);

/// How an API names things.
pub(crate) struct Names {
    names: &'static [Name],
    /// What stands between a tool and its members.
    function: &'static str,
}

/// Chat Completions.
pub(crate) const CHAT: &Names = &Names {
    names: CHAT_NAMES,
    function: "].function.",
};

/// Responses.
pub(crate) const RESPONSES: &Names = &Names {
    names: RESPONSES_NAMES,
    function: "].",
};

const CHAT_NAMES: &[Name] = &[
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

const RESPONSES_NAMES: &[Name] = &[
    ("max_tokens", "max_output_tokens", true),
    ("output.format.schema", "text.format.schema", true),
    ("output.format", "text.format", true),
    ("output.effort", "reasoning.effort", false),
    ("thinking", "reasoning", false),
    (
        "tool_choice.disable_parallel_tool_use",
        "parallel_tool_calls",
        false,
    ),
    ("system", "instructions", false),
    ("messages", "input", false),
    ("content", "output", false),
];

/// Members of a tool.
const TOOL: &[(&str, &str)] = &[
    ("input_schema", "parameters"),
    ("name", "name"),
    ("description", "description"),
    ("strict", "strict"),
];

impl Names {
    /// The path as a client of the API knows it.
    pub(crate) fn path<'p>(&self, path: &'p str) -> Cow<'p, str> {
        for (canonical, openai, keeps_rest) in self.names {
            if let Some(rest) = after(path, canonical) {
                let rest = if *keeps_rest { rest } else { "" };
                return Cow::Owned([openai, rest].concat());
            }
        }
        self.in_tool(path).map_or(Cow::Borrowed(path), Cow::Owned)
    }

    /// `tools[0].input_schema…` → `tools[0].function.parameters…`; a tool may be within another.
    fn in_tool(&self, path: &str) -> Option<String> {
        const TOOLS: &str = "tools[";
        let mut member = path.strip_prefix(TOOLS)?;
        loop {
            member = member.split_once("].")?.1;
            match member.strip_prefix(TOOLS) {
                Some(inner) => member = inner,
                None => break,
            }
        }
        let tool = path.strip_suffix(member)?.strip_suffix("].")?;
        TOOL.iter().find_map(|(canonical, openai)| {
            let rest = after(member, canonical)?;
            Some([tool, self.function, openai, rest].concat())
        })
    }
}

/// What follows a whole name.
fn after<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(name)?;
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::{CHAT, RESPONSES};

    #[test]
    fn a_canonical_path_is_told_in_the_names_of_chat_completions() {
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
            assert_eq!(CHAT.path(canonical), openai, "{canonical}");
        }
    }

    #[test]
    fn responses_has_names_of_its_own() {
        for (canonical, openai) in [
            ("max_tokens", "max_output_tokens"),
            ("output.format.schema.type", "text.format.schema.type"),
            ("output.effort", "reasoning.effort"),
            ("thinking.budget_tokens", "reasoning"),
            ("messages[3].content[0].source", "input"),
            ("system[0].text", "instructions"),
            ("tools[1].input_schema", "tools[1].parameters"),
            (
                "tools[1].tools[2].input_schema.type",
                "tools[1].tools[2].parameters.type",
            ),
            ("tools[1].tools[2]", "tools[1].tools[2]"),
            ("tools[1].name", "tools[1].name"),
            ("tool_choice.name", "tool_choice.name"),
            ("content[1]", "output"),
            (
                "input[2].content[0].image_url",
                "input[2].content[0].image_url",
            ),
        ] {
            assert_eq!(RESPONSES.path(canonical), openai, "{canonical}");
        }
    }
}
