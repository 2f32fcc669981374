//! Habits that some models have and others lack: the data of the rules.
//!
//! Sources: AWS's feature matrix of Converse, users' reports, and recorded calls. Where those disagree
//! the stricter one stands here, so that a client that satisfies the emulator satisfies either.

/// A list of parts of model ids. A part behind `!` excludes the ids in which it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Models(pub Vec<String>);

impl Models {
    /// From parts.
    pub fn of(parts: &[&str]) -> Self {
        Self(parts.iter().map(|part| (*part).to_owned()).collect())
    }

    /// Whether a listed part stands in the id, and no excluded one.
    pub fn matches(&self, model_id: &str) -> bool {
        let mut listed = false;
        for part in &self.0 {
            match part.strip_prefix('!') {
                Some(part) if model_id.contains(part) => return false,
                Some(_) => {}
                None => listed |= model_id.contains(part.as_str()),
            }
        }
        listed
    }
}

macro_rules! model_traits {
    ($($(#[$doc:meta])* $name:ident: [$($part:expr),* $(,)?],)*) => {
        /// Habits that some models have and others lack.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct ModelTraits {
            $($(#[$doc])* pub $name: Models,)*
            /// First segment of the ids of cross-region inference profiles.
            pub geographies: Vec<String>,
            /// Most output tokens by part of the model id; the longest part that stands in the id counts.
            pub output_ceilings: Vec<(String, u64)>,
            /// Fields of `additionalModelRequestFields` that only these models take. Others pass.
            pub additional_fields: Vec<(String, Models)>,
            /// Values of `anthropic_beta` that are taken.
            pub betas: Vec<String>,
            /// Entries of lists in `additionalModelRequestFields` that are known only by a beta: the list's JSON
            /// pointer, the entry's `type`, the beta.
            pub beta_tags: Vec<(String, String, String)>,
            /// Efforts that are taken: `output_config.effort`, `outputConfig.effort` and `reasoning_effort`. The first
            /// row of a model counts; a model without a row takes any.
            pub efforts: Vec<(Models, Vec<String>)>,
        }

        impl Default for ModelTraits {
            fn default() -> Self {
                Self {
                    $($name: Models::of(&[$($part),*]),)*
                    geographies: owned(GEOGRAPHIES),
                    output_ceilings: output_ceilings(),
                    additional_fields: ADDITIONAL_FIELDS
                        .iter()
                        .map(|(name, models)| ((*name).to_owned(), Models::of(models)))
                        .collect(),
                    betas: owned(BETAS),
                    beta_tags: BETA_TAGS
                        .iter()
                        .map(|(list, tag, beta)| {
                            ((*list).to_owned(), (*tag).to_owned(), (*beta).to_owned())
                        })
                        .collect(),
                    efforts: EFFORTS
                        .iter()
                        .map(|(models, efforts)| (Models::of(models), owned(efforts)))
                        .collect(),
                }
            }
        }
    };
}

model_traits! {
    /// Take a conversation that starts with the assistant.
    leading_assistant: ["anthropic.", "qwen.", "zai.", "moonshot"],
    /// Take a system turn in the middle of a conversation.
    system_turns: [
        "claude-opus-4-8", "claude-opus-5", "claude-sonnet-5", "claude-haiku-5", "claude-fable-5", "claude-mythos-5",
    ],
    /// Refuse a conversation that ends with the assistant.
    no_prefill: [
        "claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-sonnet-4-6",
        "claude-sonnet-5", "claude-haiku-5", "claude-fable-5", "claude-mythos-5",
    ],
    /// Refuse `system`.
    no_system: [
        "amazon.titan-text", "mistral.mistral-7b", "mistral.mixtral", "cohere.command-text", "cohere.command-light",
    ],
    /// Refuse the line that Claude Code begins `system` with.
    no_billing_header: ["anthropic."],
    /// Refuse anything beside tool results in their turn.
    tool_results_alone: ["meta.llama", "mistral.", "writer."],
    /// Refuse blank text inside a tool result.
    no_blank_tool_result: ["anthropic."],

    /// Refuse tools.
    no_tools: [
        "claude-v", "claude-instant", "amazon.titan-text", "meta.llama2", "meta.llama3-8b", "meta.llama3-70b",
        "meta.llama3-2-1b", "meta.llama3-2-3b", "mistral.mistral-7b", "mistral.mixtral", "cohere.command-text",
        "cohere.command-light", "ai21.j2", "ai21.jamba-instruct", "deepseek.r1",
    ],
    /// Refuse tools in ConverseStream.
    no_tools_in_stream: [
        "meta.llama3", "meta.llama4", "mistral.mistral-large-24", "mistral.mistral-small-24",
        "mistral.pixtral-large",
    ],
    /// Refuse every form of `toolChoice`.
    no_tool_choice: ["cohere.command-r", "openai.gpt-oss", "qwen.", "moonshot", "ai21.jamba-1-5"],
    /// Take `toolChoice.auto` alone.
    tool_choice_auto_only: ["meta.llama"],
    /// Refuse `toolChoice.tool`.
    tool_choice_not_by_name: [
        "mistral.mistral-large-24", "mistral.mistral-small-24", "mistral.pixtral-large", "deepseek.v3", "zai.glm-4",
        "zai.glm-5", "!zai.glm-5.3",
    ],
    /// Refuse a choice that forces a tool.
    no_forced_tool: ["claude-opus-5-5", "claude-sonnet-5-5", "claude-fable-5-1"],
    /// Take a choice that forces a tool while they think.
    forced_tool_with_thinking: ["claude-haiku-5-5"],
    /// Refuse a choice that forces a tool while `reasoning_effort` is set.
    no_forced_tool_while_reasoning: ["deepseek.v3"],
    /// Take `strict`.
    strict_tools: [
        "anthropic.claude-", "!claude-haiku-5", "!claude-opus-4-7", "!claude-opus-4-8", "!claude-opus-5",
        "!claude-sonnet-4-2", "!claude-sonnet-5",
    ],
    /// Take `systemTool`.
    system_tools: ["amazon.nova-2"],
    /// Refuse `toolResult.status`.
    no_tool_result_status: ["writer."],
    /// Refuse `oneOf`, `anyOf` and `allOf` at the root of a tool's schema.
    no_schema_choice_at_root: ["anthropic."],
    /// Refuse members of a tool's schema beyond the plainest at its root, and `$ref` inside it.
    plain_tool_schemas: ["amazon.nova"],
    /// Refuse property names in a tool's schema that are not letters, digits, `_`, `.` and `-`, at most 64.
    plain_property_names: ["anthropic."],
    /// Want tool use ids of nine letters and digits.
    nine_character_tool_use_ids: ["mistral.mistral-large-24", "mistral.mistral-small-24"],
    /// Refuse images inside tool results.
    no_tool_result_images: ["mistral.", "qwen.", "moonshot", "openai.", "deepseek.", "cohere."],
    /// Refuse documents inside tool results.
    no_tool_result_documents: ["qwen.", "moonshot", "openai.", "deepseek."],
    /// Take documents inside tool results only if they are text.
    tool_result_text_documents_only: ["amazon.nova"],
    /// Take video inside tool results.
    tool_result_video: ["amazon.nova"],

    /// Refuse images.
    no_images: [
        "claude-v", "claude-instant", "claude-3-5-haiku", "amazon.nova-micro", "amazon.titan-text", "meta.llama2",
        "meta.llama3-8b", "meta.llama3-70b", "meta.llama3-1", "meta.llama3-2-1b", "meta.llama3-2-3b",
        "meta.llama3-3", "mistral.mistral-7b", "mistral.mixtral", "mistral.mistral-small-24",
        "mistral.mistral-large-24", "mistral.devstral", "mistral.voxtral", "cohere.", "ai21.", "deepseek.",
        "minimax.", "moonshot.kimi-k2-thinking", "nvidia.nemotron-nano-9b", "nvidia.nemotron-nano-3",
        "nvidia.nemotron-super", "openai.gpt-oss", "qwen.qwen3", "!qwen.qwen3-vl", "writer.palmyra-x", "zai.",
        "!zai.glm-5.3",
    ],
    /// Refuse documents.
    no_documents: [
        "amazon.nova-micro", "amazon.titan-text-premier", "cohere.command-light", "ai21.j2", "ai21.jamba-instruct",
        "deepseek.", "xai.", "zai.glm-5.3",
    ],
    /// Take video.
    video: ["amazon.nova-lite", "amazon.nova-pro", "amazon.nova-premier", "amazon.nova-2", "twelvelabs."],
    /// Take audio.
    audio: ["mistral.voxtral", "amazon.nova-2-omni"],
    /// Take search results.
    search_results: ["anthropic."],
    /// Take sources in S3.
    s3_sources: ["amazon.nova", "twelvelabs."],
    /// Take documents in S3 inside tool results all the same.
    s3_documents_in_tool_results: ["anthropic."],
    /// Refuse documents and video beside tool results.
    no_documents_beside_tool_results: ["anthropic."],

    /// Take cache points.
    caching: [
        "anthropic.claude-", "amazon.nova-", "!claude-v", "!claude-instant", "!claude-3-opus", "!claude-3-sonnet",
        "!claude-3-haiku", "!claude-3-5-sonnet-20240620",
    ],
    /// Refuse cache points among the tools.
    no_caching_of_tools: ["amazon.nova"],
    /// Refuse a cache point right after a document that is not a PDF.
    no_cache_point_after_text_document: ["anthropic."],
    /// Take `ttl`.
    cache_ttl: [
        "anthropic.claude-", "!claude-v", "!claude-instant", "!claude-3-", "!claude-opus-4-2", "!claude-opus-4-1",
        "!claude-sonnet-4-2",
    ],

    /// Refuse `temperature`, `topP` and `top_k`.
    no_sampling: [
        "claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-sonnet-5", "claude-haiku-5", "claude-fable-5",
        "claude-mythos-5", "openai.gpt-5", "openai.gpt-6", "xai.",
    ],
    /// Refuse temperature together with top-p.
    temperature_or_top_p: [
        "claude-opus-4-1", "claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5", "claude-sonnet-4-6",
    ],
    /// Refuse less than 16 output tokens.
    at_least_sixteen_tokens: ["openai.", "xai.", "moonshotai.kimi-k3"],
    /// Refuse `maxTokens`, `temperature` and `topP` beside a `maxReasoningEffort` of `high`.
    high_effort_alone: ["amazon.nova-2"],
    /// Refuse stop sequences.
    no_stop_sequences: ["openai.", "xai."],
    /// Refuse a stop sequence of white space.
    no_blank_stop_sequence: ["anthropic."],
    /// Take no stop sequences but bars and `User:`.
    titan_stop_sequences: ["amazon.titan-text"],

    /// Have Anthropic's fields, but no thinking.
    no_thinking: ["claude-v", "claude-instant", "claude-3-5", "claude-3-opus", "claude-3-sonnet", "claude-3-haiku"],
    /// Refuse to be told not to think.
    thinking_always_on: [
        "claude-fable-5", "claude-mythos-", "claude-opus-5-5", "claude-sonnet-5-5",
    ],
    /// Refuse a thinking budget.
    thinking_adaptive_only: [
        "claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-sonnet-5", "claude-haiku-5", "claude-fable-5",
        "claude-mythos-",
    ],
    /// Take adaptive thinking.
    thinking_adaptive: [
        "claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-sonnet-4-6",
        "claude-sonnet-5", "claude-haiku-5", "claude-fable-5", "claude-mythos-",
    ],
    /// Take `updates` as the display of thinking, with its beta.
    thinking_display_updates: ["claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5"],
    /// Refuse reasoning in the history.
    no_reasoning_replay: [
        "amazon.nova-micro", "amazon.nova-lite", "amazon.nova-pro", "amazon.nova-premier", "amazon.titan-text",
        "meta.", "mistral.", "!mistral.magistral", "cohere.", "ai21.", "deepseek.r1",
    ],
    /// Take no reasoning in the history but redacted.
    redacted_reasoning_only: ["openai.", "xai."],
    /// Refuse reasoning without a signature.
    signed_reasoning_only: ["anthropic."],

    /// Take `outputConfig.textFormat`.
    structured_output: [
        "claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-5", "claude-opus-4-6", "claude-sonnet-4-6",
        "claude-mythos-5", "deepseek.v3", "minimax.minimax-m2", "!minimax-m2.1", "!minimax-m2.5",
        "mistral.ministral-3", "mistral.mistral-large-3", "mistral.voxtral", "moonshot.kimi-k2-thinking",
        "nvidia.nemotron-nano-3", "qwen.qwen3", "!qwen3-coder-next", "zai.glm-5",
    ],
    // Llama 3.1 is left out: some regions have it on demand. Of the excluded Claude only an on-demand price is known.
    /// Are called by an inference profile alone.
    profile_only: [
        "claude-3-5-sonnet-20241022", "claude-3-5-haiku", "claude-3-7", "!claude-3-7-sonnet-20240620",
        "claude-opus-", "claude-sonnet-",
        "claude-haiku-", "claude-fable-", "claude-mythos-", "amazon.nova-premier", "amazon.nova-2", "meta.llama3-2",
        "meta.llama3-3", "meta.llama4", "deepseek.r1", "mistral.pixtral", "writer.palmyra-x", "openai.gpt-5",
        "openai.gpt-6-astra", "openai.gpt-6.1", "xai.", "moonshotai.kimi-k3", "zai.glm-5.3",
    ],
    // A live call with a geo prefix was refused, and taken with the bare id.
    /// Refuse CountTokens.
    no_token_count: ["us.anthropic.", "eu.anthropic.", "apac.anthropic."],
}

impl ModelTraits {
    /// Most output tokens of a model, where that is known.
    pub fn output_ceiling(&self, model_id: &str) -> Option<u64> {
        let rows = self.output_ceilings.iter();
        rows.filter(|(part, _)| model_id.contains(part.as_str()))
            .max_by_key(|(part, _)| part.len())
            .map(|(_, tokens)| *tokens)
    }
}

const GEOGRAPHIES: &[&str] = &[
    "us", "eu", "apac", "global", "jp", "au", "ca", "in", "us-gov", "sa", "amer",
];

const ADDITIONAL_FIELDS: &[(&str, &[&str])] = &[
    ("anthropic_beta", &["anthropic."]),
    ("output_config", &["anthropic."]),
    ("thinking", &["anthropic."]),
    ("tool_choice", &["anthropic."]),
    ("tools", &["anthropic."]),
    // Not verified for Cohere and AI21.
    ("top_k", &["anthropic.", "cohere.", "ai21."]),
    ("k", &["cohere."]),
    ("inferenceConfig", &["amazon.nova"]),
    ("reasoningConfig", &["amazon.nova-2"]),
    (
        "reasoning_effort",
        &["openai.gpt-oss", "deepseek.v3", "zai."],
    ),
    ("reasoning", &["openai.gpt-5", "openai.gpt-6", "xai."]),
    ("reasoning_config", &["qwen.", "anthropic."]),
];

const BETAS: &[&str] = &[
    "compact-2026-01-12",
    "computer-use-2025-01-24",
    "computer-use-2025-11-24",
    "context-1m-2025-08-07",
    "context-management-2025-06-27",
    "effort-2025-11-24",
    "fine-grained-tool-streaming-2025-05-14",
    "interleaved-thinking-2025-05-14",
    "structured-outputs-2025-11-13",
    "thinking-binding-controls-2026-08-01",
    "thinking-display-updates-2026-08-18",
];

const BETA_TAGS: &[(&str, &str, &str)] = &[
    (
        "/context_management/edits",
        "compact_20260112",
        "compact-2026-01-12",
    ),
    (
        "/context_management/edits",
        "clear_tool_uses_20250919",
        "context-management-2025-06-27",
    ),
    (
        "/context_management/edits",
        "clear_thinking_20251015",
        "context-management-2025-06-27",
    ),
    ("/tools", "computer_20250124", "computer-use-2025-01-24"),
    ("/tools", "computer_20251124", "computer-use-2025-11-24"),
    ("/tools", "memory_20250818", "context-management-2025-06-27"),
];

const EFFORTS: &[(&[&str], &[&str])] = &[
    (&["claude-opus-4-5"], &["low", "medium", "high"]),
    (
        &["claude-opus-4-6"],
        &["low", "medium", "high", "xhigh", "max"],
    ),
    (
        &[
            "claude-opus-4-7",
            "claude-opus-4-8",
            "claude-sonnet-5",
            "claude-haiku-5",
            "claude-fable-5",
            "claude-mythos-5",
        ],
        &["low", "medium", "high", "xhigh"],
    ),
    (&["deepseek.v3"], &["high"]),
];

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// `data/output_ceilings.tsv`: a part of a model id and a number of tokens a line.
fn output_ceilings() -> Vec<(String, u64)> {
    let lines = include_str!("../../data/output_ceilings.tsv").lines();
    lines
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(part, tokens)| Some((part.to_owned(), tokens.parse().ok()?)))
        .collect()
}
