//! Everything of a request that is not its conversation.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::*;
use super::blocks::{cache_control, words};
use crate::canonical::{
    OutputConfig, OutputFormat, PlainText, Thinking, ThinkingBudget, Tool, ToolChoice,
};

type Sampling = (
    Option<u32>,
    Option<f64>,
    Option<f64>,
    Option<u32>,
    Vec<String>,
);

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) system: Vec<PlainText>,
    pub(super) tools: Vec<Tool>,
    pub(super) tool_choice: Option<ToolChoice>,
    pub(super) thinking: Option<Thinking>,
    pub(super) output: Option<OutputConfig>,
    pub(super) sampling: Sampling,
    pub(super) service_tier: Option<String>,
    pub(super) metadata: Vec<(String, String)>,
    pub(super) betas: Vec<String>,
    pub(super) extensions: Option<String>,
}

/// Legal names and others.
pub(super) fn tool_names() -> Vec<&'static str> {
    vec!["n", "get_weather-2", "a.b", "a/b", "a b", "$READFILE", "é"]
}

const SCHEMAS: &[&str] = &[
    r#"{"type":"object"}"#,
    "{}",
    r#"{"type":"object","properties":{"a":{"anyOf":[{}]}},"required":["a"]}"#,
    r#"{"type":"object","anyOf":[{"required":["a"]}]}"#,
    r#"{"oneOf":[{}],"x":1.50}"#,
    // Closed, open, open to values of a kind.
    r#"{"type":"object","title":"T","properties":{"a":{"type":"string","minLength":1}},"additionalProperties":false}"#,
    r#"{"type":"object","additionalProperties":true}"#,
    r#"{"type":"object","properties":{"m":{"type":["object","null"],"additionalProperties":{"type":"string"}}}}"#,
    // Limits and patterns.
    r#"{"type":"object","properties":{"a":{"type":"integer","minimum":1,"maximum":5}},"additionalProperties":false}"#,
    r#"{"type":"object","properties":{"a":{"type":"array","items":{"exclusiveMinimum":0,"multipleOf":2},"minItems":2,"maxItems":9,"uniqueItems":true}}}"#,
    r#"{"type":"object","properties":{"p":{"type":"string","maxLength":9,"pattern":"^(?=.*\\d)(\\w)\\1$"}}}"#,
    // References: to a definition, recursive, to the root, external, unresolvable.
    r##"{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"a":{"$ref":"#/$defs/b"}},"$defs":{"b":{"type":"object","properties":{"c":{"maximum":1}}}}}"##,
    r##"{"type":"object","properties":{"a":{"$ref":"#/definitions/n"}},"definitions":{"n":{"type":"object","properties":{"next":{"$ref":"#/definitions/n"}}}}}"##,
    r##"{"type":"object","properties":{"a":{"anyOf":[{"$ref":"#"},{"type":"null"}]}}}"##,
    r##"{"type":"object","properties":{"a":{"$ref":"https://ex.com/a.json"},"b":{"$ref":"#/$defs/none"}}}"##,
    // Odd property names, names that are keywords, lone surrogates.
    r#"{"type":"object","description":"D","properties":{"$filter":{},"uids[]":{"properties":{"":{}}},"é":{}},"required":["$filter"]}"#,
    r#"{"type":"object","properties":{"minimum":{"type":"number"},"properties":{"const":{"pattern":"(?!a)","type":"object"}},"$ref":{}}}"#,
    r#"{"type":"object","properties":{"a":{"enum":["\ud83d","\ud83e\udd80"]},"b\udd80":{}}}"#,
];

/// Tools that providers run, by kind and name.
const SERVER_TOOLS: &[(&str, &str)] = &[
    ("computer_20250124", "computer"),
    ("bash_20250124", "bash"),
    ("text_editor_20250728", "str_replace_based_edit_tool"),
    ("web_search_20250305", "web_search"),
    ("memory_20250818", "memory"),
    ("nova_grounding", "nova_grounding"),
    ("nova_code_interpreter", "code"),
];

fn own_tool() -> impl Strategy<Value = Tool> {
    let strict = select(&[None, Some(true), Some(false)][..]);
    (
        select(tool_names()),
        option::of(words()),
        select(SCHEMAS),
        strict,
    )
        .prop_map(|(name, description, schema, strict)| Tool {
            description: description.map(str::to_owned),
            strict,
            ..tool(name, schema)
        })
}

fn server_tool() -> impl Strategy<Value = Tool> {
    let settings = select(&["{}", "", r#"{"display_width_px":800}"#][..]);
    (select(SERVER_TOOLS), settings).prop_map(|((kind, name), settings)| Tool {
        server_type: Some(kind.into()),
        ..tool(name, settings)
    })
}

/// About as many strict tools as a request may have.
fn many_tools() -> impl Strategy<Value = Vec<Tool>> {
    let schema = r#"{"type":"object","properties":{},"additionalProperties":false}"#;
    let strict = select(&[Some(true), Some(true), Some(true), None][..]);
    vec(strict, 19..36).prop_map(move |tools| {
        let tools = tools.into_iter().enumerate();
        tools
            .map(|(number, strict)| Tool {
                strict,
                ..tool(&format!("tool_{number}"), schema)
            })
            .collect()
    })
}

/// Tools of all kinds, none of a name twice.
fn tools() -> impl Strategy<Value = Vec<Tool>> {
    prop_oneof![8 => few_tools(), 1 => many_tools()]
}

fn few_tools() -> impl Strategy<Value = Vec<Tool>> {
    let tool = prop_oneof![3 => own_tool(), 1 => server_tool()];
    let marked = (tool, cache_control()).prop_map(|(tool, cache_control)| Tool {
        cache_control,
        ..tool
    });
    vec(marked, 0..4).prop_map(|tools| {
        let mut unique: Vec<Tool> = Vec::new();
        for tool in tools {
            if !unique.iter().any(|known| known.name == tool.name) {
                unique.push(tool);
            }
        }
        unique
    })
}

/// Tools, and a choice among them.
fn tools_and_choice() -> impl Strategy<Value = (Vec<Tool>, Option<ToolChoice>)> {
    (tools(), 0..9_usize, any::<bool>()).prop_map(|(tools, mode, disable_parallel_tool_use)| {
        let named = tools
            .get(mode)
            .map(|tool| ToolChoiceMode::Tool(tool.name.clone()));
        let mode = match mode {
            6 => Some(ToolChoiceMode::Auto),
            7 => Some(ToolChoiceMode::None),
            8 if !tools.is_empty() => Some(ToolChoiceMode::Any),
            _ => named,
        };
        let choice = mode.map(|mode| ToolChoice {
            mode,
            disable_parallel_tool_use,
        });
        (tools, choice)
    })
}

fn thinking() -> impl Strategy<Value = Thinking> {
    let displays = [
        None,
        Some("summarized"),
        Some("omitted"),
        Some("updates"),
        Some("full"),
    ];
    let shown = || select(displays.to_vec());
    let budget = select(&[1024, 0, 2048, 9000, 63_999, 70_000, 200_000][..]);
    prop_oneof![
        Just(Thinking::Disabled),
        shown().prop_map(|shown| Thinking::Adaptive(display(shown))),
        (budget, shown()).prop_map(|(budget_tokens, shown)| Thinking::Enabled(ThinkingBudget {
            budget_tokens,
            display: display(shown),
        })),
    ]
}

fn output() -> impl Strategy<Value = OutputConfig> {
    let efforts = ["low", "medium", "high", "xhigh", "max", "minimal", "heroic"];
    let name = option::of(select(&["thing", "", "odd name/é"][..]));
    let format =
        (name, option::of(words()), select(SCHEMAS)).prop_map(|(name, description, schema)| {
            OutputFormat {
                name: name.map(str::to_owned),
                description: description.map(str::to_owned),
                schema: schema.into(),
            }
        });
    (option::of(format), option::of(select(efforts.to_vec()))).prop_map(|(format, effort)| {
        OutputConfig {
            format,
            effort: effort.map(str::to_owned),
        }
    })
}

fn sampling() -> impl Strategy<Value = Sampling> {
    let tokens = select(&[1, 15, 1024, 1025, 4096, 64_001, 200_000, u32::MAX][..]);
    let fraction = || prop_oneof![4 => 0.0..=1.0, 1 => Just(1.0), 1 => Just(0.0), 1 => 1.0..2.0];
    let stops = ["END", "\n\nHuman:", " ", "\n", "||", "User:"];
    let stops = subsequence(stops.map(str::to_owned).to_vec(), 0..=6);
    (
        option::of(tokens),
        option::of(fraction()),
        option::of(fraction()),
        option::weighted(0.3, 1..500_u32),
        stops,
    )
}

fn metadata() -> impl Strategy<Value = Vec<(String, String)>> {
    let names = ["user_id", "team", "run id", "", "é"];
    let values = ["u-1", r#"{"a":1}"#, "", "a\tb"];
    vec((select(names.to_vec()), select(values.to_vec())), 0..4).prop_map(|entries| {
        let entries = entries.into_iter();
        entries
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    })
}

const BETAS: &[&str] = &[
    "interleaved-thinking-2025-05-14",
    "context-1m-2025-08-07",
    "files-api-2025-04-14",
    "thinking-display-updates-2026-08-18",
    "context-management-2025-06-27",
    "compact-2026-01-12",
];

const EXTENSIONS: &[&str] = &[
    "{}",
    r#"{"openai":{"x":1}}"#,
    r#"{"anthropic":{"context_management":{"edits":[{"type":"compact_20260112"},{"type":"clear_tool_uses_20250919"}]}}}"#,
    r#"{"anthropic":{"context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"},{"type":"new"}]}}}"#,
    r#"{"bedrock":{"additionalModelRequestFields":{"seed":7}}}"#,
    r#"{"bedrock":{"additionalModelResponseFieldPaths":["/a"],"performanceConfig":{"latency":"optimized"}}}"#,
    r#"{"bedrock":{"guardrailConfig":{"guardrailIdentifier":"gr1","guardrailVersion":"1","streamProcessingMode":"async"}}}"#,
    r#"{"bedrock":{"promptVariables":{"a":{"text":"b"}},"colour":1}}"#,
];

/// What Claude Code begins its instructions with.
const BILLING_HEADERS: &[&str] = &[
    "x-anthropic-billing-header: cc_version=2.1.332; cc_entrypoint=cli; cch=36ee5;",
    "x-anthropic-billing-header: a\nBe brief.",
];

pub(super) fn settings() -> impl Strategy<Value = Settings> {
    let instruction = prop_oneof![6 => words(), 1 => select(BILLING_HEADERS)];
    let system = (instruction, cache_control()).prop_map(|(text, cache_control)| PlainText {
        text: text.into(),
        cache_control,
    });
    let tiers = [
        "auto",
        "standard_only",
        "default",
        "flex",
        "priority",
        "reserved",
    ];
    let tier = select(tiers.map(str::to_owned).to_vec());
    let extensions = select(EXTENSIONS).prop_map(str::to_owned);
    let betas = subsequence(BETAS, 0..=BETAS.len()).prop_map(|betas| {
        let betas = betas.into_iter();
        betas.map(str::to_owned).collect()
    });
    (
        vec(system, 0..3),
        tools_and_choice(),
        option::of(thinking()),
        option::weighted(0.3, output()),
        sampling(),
        option::weighted(0.2, tier),
        metadata(),
        betas,
        option::weighted(0.2, extensions),
    )
        .prop_map(
            |(
                system,
                (tools, tool_choice),
                thinking,
                output,
                sampling,
                service_tier,
                metadata,
                betas,
                extensions,
            )| Settings {
                system,
                tools,
                tool_choice,
                thinking,
                output,
                sampling,
                service_tier,
                metadata,
                betas,
                extensions,
            },
        )
}
