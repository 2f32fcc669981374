//! What each model takes on Converse: the one table of differences, `data/models.json`.
//!
//! In: a foundation model's id, and what the caller knows better. Out: [`Capabilities`]. The table is read when the
//! component is built. A family's row holds for every id that begins with its prefix, on top of the rows with shorter
//! ones; a model's row for that id and its variants (`…:28k`), so that a new version of a known model is treated as its
//! family. An id that no row knows gets the `unknown` row: what every model takes, and nothing that only some do.
//!
//! Sources: the Converse feature matrix
//! (<https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html>), the
//! model cards of the Bedrock user guide, and recorded calls. AWS changes these faster than components are built, so
//! that each value can be set for a call: see [`Capabilities::set`].

pub(crate) mod foundation;
pub(crate) mod inference_profile;
mod value;

use std::borrow::Cow;

use crate::json::{self, Object, Writer};
use value::{Value, capabilities, words};

/// A list of words, of the table's or the caller's.
pub(crate) type Words = Cow<'static, [Cow<'static, str>]>;

words! {
    /// Which forms of `toolConfig.toolChoice` are taken.
    pub(crate) enum ToolChoice {
        /// None: the member is left out.
        None = "none",
        /// `auto`.
        Auto = "auto",
        /// `auto` and `any`.
        Any = "any",
        /// `auto`, `any` and `tool`.
        All = "all",
    }
}

words! {
    /// When a tool call can be forced, where `tool_choice` has a form for it.
    pub(crate) enum ForcedTools {
        /// Always.
        Always = "always",
        /// Not while the model thinks.
        WithoutThinking = "without_thinking",
        /// Never.
        Never = "never",
    }
}

words! {
    /// Where `top_k` goes in `additionalModelRequestFields`.
    pub(crate) enum TopK {
        /// Nowhere: it is refused.
        None = "none",
        /// `top_k`.
        TopK = "top_k",
        /// `inferenceConfig.topK`.
        InferenceConfig = "inference_config",
        /// `k`.
        K = "k",
    }
}

words! {
    /// How thinking is asked for.
    pub(crate) enum Reasoning {
        /// The model has none.
        None = "none",
        /// The model thinks and cannot be told how much.
        Always = "always",
        /// Anthropic's `thinking` with a budget.
        Budget = "budget",
        /// Anthropic's `thinking`, adaptive or with a budget.
        BudgetOrAdaptive = "budget_or_adaptive",
        /// Anthropic's `thinking`, adaptive alone.
        Adaptive = "adaptive",
        /// `reasoningConfig` with `maxReasoningEffort`.
        Nova = "nova",
        /// `reasoning_effort`.
        Effort = "effort",
        /// `reasoning` with `effort`.
        NestedEffort = "nested_effort",
        /// `reasoning_config`.
        Config = "config",
    }
}

words! {
    /// Which thinking goes back with the history.
    pub(crate) enum Replay {
        /// None.
        None = "none",
        /// What the model signed.
        Signed = "signed",
        /// Redacted thinking alone.
        Redacted = "redacted",
        /// All of it.
        Any = "any",
    }
}

words! {
    /// Where cache points are taken.
    pub(crate) enum Cache {
        /// Nowhere.
        None = "none",
        /// In `system` and `messages`.
        Messages = "messages",
        /// In `toolConfig` too.
        All = "all",
    }
}

words! {
    /// Whether `temperature` and `topP` are taken.
    pub(crate) enum Sampling {
        /// Neither.
        None = "none",
        /// One of them.
        One = "one",
        /// Both.
        Both = "both",
    }
}

words! {
    /// Which stop sequences are taken.
    pub(crate) enum StopSequences {
        /// None.
        None = "none",
        /// Any.
        Any = "any",
        /// Any that is not white space alone.
        NotBlank = "not_blank",
        /// A row of `|`, or `User:`.
        Titan = "titan",
    }
}

words! {
    /// What may stand in a turn beside tool results.
    pub(crate) enum BesideResults {
        /// Nothing.
        None = "none",
        /// Text and images.
        TextAndImages = "text_and_images",
        /// Anything.
        Any = "any",
    }
}

words! {
    /// Which documents are taken inside tool results.
    pub(crate) enum ResultDocuments {
        /// None.
        None = "none",
        /// CSV and plain text.
        Text = "text",
        /// Any.
        Any = "any",
    }
}

words! {
    /// What the schema of a tool's input may hold.
    pub(crate) enum ToolSchemas {
        /// Anything.
        Any = "any",
        /// Anything but `oneOf`, `anyOf` and `allOf` at its root.
        NoRootAlternatives = "no_root_alternatives",
        /// Anything but definitions and references to them.
        NoReferences = "no_references",
        /// No references, and at the root little more than `type`, `properties` and `required`.
        PlainRoot = "plain_root",
    }
}

words! {
    /// How a tool call must be named.
    pub(crate) enum ToolIds {
        /// As Converse says: up to 64 of letters, digits and `_ . : -`.
        Any = "any",
        /// Nine letters and digits.
        Nine = "nine",
    }
}

capabilities! {
    /// What a model takes.
    #[derive(Debug, Clone, Default, PartialEq)]
    pub(crate) struct Capabilities {
        /// `system`.
        system: bool,
        /// A turn of the role `system` among `messages`.
        mid_conversation_system: bool,
        /// A conversation that begins with the assistant.
        leading_assistant: bool,
        /// A conversation that ends with the assistant, whose turn the model then goes on with.
        prefill: bool,
        /// `toolConfig`.
        tools: bool,
        /// `toolConfig` in ConverseStream.
        stream_tools: bool,
        /// Forms of `toolChoice`.
        tool_choice: ToolChoice,
        /// When a call can be forced.
        forced_tools: ForcedTools,
        /// `toolSpec.strict`.
        strict_tools: bool,
        /// The most tools with `strict`; 0: not known.
        max_strict_tools: u32,
        /// Schemas of tools.
        tool_schemas: ToolSchemas,
        /// Names of the properties in them are of letters, digits and `_ . -`, up to 64; otherwise of anything.
        limited_property_names: bool,
        /// Form of `toolUseId`.
        tool_ids: ToolIds,
        /// Tools that the service runs: `systemTool`.
        system_tools: bool,
        /// `toolResult.status`.
        result_status: bool,
        /// Beside `toolResult` in a turn.
        beside_results: BesideResults,
        /// Images inside `toolResult`.
        result_images: bool,
        /// Documents inside `toolResult`.
        result_documents: ResultDocuments,
        /// Images.
        images: bool,
        /// Documents.
        documents: bool,
        /// Video.
        video: bool,
        /// Audio.
        audio: bool,
        /// Sources in S3.
        s3: bool,
        /// Documents in S3 inside `toolResult`.
        result_s3: bool,
        /// `searchResult`, `document.citations` and `citationsContent`.
        citations: bool,
        /// `temperature` and `topP`.
        sampling: Sampling,
        /// Place of `top_k`.
        top_k: TopK,
        /// Stop sequences.
        stop_sequences: StopSequences,
        /// Anthropic's own fields: `thinking`, `tool_choice`, `tools`, `anthropic_beta`, and the path of the stop sequence.
        anthropic_fields: bool,
        /// Names of the beta features that are let through.
        betas: Words,
        /// Form of thinking.
        reasoning: Reasoning,
        /// Thinking cannot be turned off.
        thinking_always_on: bool,
        /// The efforts that the model knows, the least first.
        efforts: Words,
        /// Values of `thinking.display` that are taken. A model that takes none shows what it thinks, another does not unless
        /// it is asked to.
        displays: Words,
        /// Kinds of `context_management.edits` that are taken.
        context_edits: Words,
        /// Thinking in the history.
        replay: Replay,
        /// Structured output: `outputConfig.textFormat`.
        native_output: bool,
        /// Cache points.
        cache: Cache,
        /// `cachePoint.ttl`.
        cache_ttl: bool,
        /// The shortest prefix that is cached, in tokens; 0: not known.
        cache_min_tokens: u32,
        /// The longest prompt, in tokens; 0: not known.
        max_input_tokens: u32,
        /// The longest answer, in tokens; 0: not known.
        max_output_tokens: u32,
        /// The least `maxTokens`.
        min_output_tokens: u32,
        /// Called by an inference profile alone, not by its own id.
        profile_only: bool,
        /// Prefixes of its cross-region inference profiles.
        geographies: Words,
        /// When AWS ends it, `YYYY-MM-DD`; empty: not known.
        deprecation_date: Cow<'static, str>,
    }
}

/// A row of the table.
#[derive(Debug)]
struct Row {
    /// A model's id, or the beginning of a family's.
    prefix: &'static str,
    /// For people.
    family: &'static str,
    /// Which of them it is.
    is_model: bool,
    /// What it says over the rows before it, as JSON.
    settings: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// What is known of a foundation model's id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    /// For people; `unknown` where no row holds.
    pub family: &'static str,
    /// What it takes.
    pub capabilities: Capabilities,
}

/// The ids of the models that the table has one by one, in their order.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    ROWS.iter().filter(|row| row.is_model).map(|row| row.prefix)
}

/// The id of a model that the table has one by one.
pub(crate) fn listed(id: &str) -> Option<&'static str> {
    let order = |row: &Row| (row.prefix, row.is_model).cmp(&(id, true));
    let at = ROWS.binary_search_by(order).ok()?;
    ROWS.get(at).map(|row| row.prefix)
}

/// What the rows say that hold for a foundation model's id, each over those of shorter prefixes.
pub(crate) fn of(id: &str) -> Known {
    let mut known = Known {
        family: "unknown",
        capabilities: Capabilities::default(),
    };
    known.capabilities.set_json(UNKNOWN);
    for row in ROWS.iter().filter(|row| row.holds_for(id)) {
        known.family = row.family;
        known.capabilities.set_json(row.settings);
    }
    known
}

impl Row {
    fn holds_for(&self, id: &str) -> bool {
        match id.strip_prefix(self.prefix) {
            Some(rest) => !self.is_model || rest.is_empty() || rest.starts_with(':'),
            None => false,
        }
    }
}

impl Capabilities {
    /// Take what the members of `settings` say, by the names of the fields.
    ///
    /// # Errors
    /// The name that is not known or whose value is of another kind.
    pub(crate) fn set_all(&mut self, settings: &Object<'_>) -> Result<(), String> {
        settings
            .members()
            .try_for_each(|(name, value)| match name.plain() {
                Some(plain) if self.set(plain, value) => Ok(()),
                _ => Err(name.into_string()),
            })
    }

    /// Take what the table's own JSON says, which the tests hold to be right.
    fn set_json(&mut self, settings: &str) {
        if let Ok(settings) = Object::parse(settings.as_bytes()) {
            let _ = self.set_all(&settings);
        }
    }

    /// As one JSON object, by the same names.
    #[cfg_attr(not(any(component, test)), allow(dead_code, reason = "for the shell"))]
    pub(crate) fn json(&self) -> String {
        let mut writer = Writer::default();
        writer.object(|w| self.write(w));
        writer.into_string()
    }

    /// Whether one of `words` is `word`.
    pub(crate) fn has(words: &Words, word: &str) -> bool {
        words.iter().any(|known| known == word)
    }
}

/// A JSON text as a Rust text.
fn text(raw: &str) -> Option<String> {
    json::Text::of_literal(raw).map(|text| text.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_id_is_treated_with_caution_and_a_new_model_as_its_family() {
        assert_eq!(of("nobody.model").family, "unknown");
        assert!(!of("nobody.model").capabilities.images);
        let new = of("anthropic.claude-9").capabilities;
        assert!(new.images && new.sampling == Sampling::None);
        let old = of("anthropic.claude-3-later-20240307-v1:0").capabilities;
        assert_eq!(old.sampling, Sampling::Both);
    }

    #[test]
    fn a_models_row_holds_for_its_variants_and_not_for_its_successors() {
        let ends = |id: &str| of(id).capabilities.deprecation_date;
        let end = ends("minimax.minimax-m2");
        assert_ne!(end, "");
        for (id, expected) in [
            ("minimax.minimax-m2:32k", &*end),
            ("minimax.minimax-m2.7", ""),
            ("minimax.minimax-m2.5", ""),
        ] {
            assert_eq!(ends(id), expected, "{id}");
        }
        let input = |id: &str| of(id).capabilities.max_input_tokens;
        assert_ne!(input("anthropic.claude-opus-5"), 0);
        assert_eq!(input("anthropic.claude-opus-5-20300101-v1:0"), 0);
    }

    #[test]
    fn every_row_is_understood_and_reads_back_as_it_is_written() {
        for settings in ROWS.iter().map(|row| row.settings).chain([UNKNOWN]) {
            let settings = Object::parse(settings.as_bytes()).expect("an object");
            assert_eq!(Capabilities::default().set_all(&settings), Ok(()));
        }
        for row in ROWS {
            let known = of(row.prefix).capabilities;
            let mut read = Capabilities::default();
            read.set_json(&known.json());
            assert_eq!(read, known, "{}", row.prefix);
        }
    }

    #[test]
    fn every_setting_is_in_the_row_of_the_unknown() {
        let table = std::fs::read("data/models.json").expect("the table");
        let table: serde_json::Value = serde_json::from_slice(&table).expect("JSON");
        let mut unknown = table["unknown"].clone();
        unknown.as_object_mut().expect("a row").remove("family");
        let known: serde_json::Value =
            serde_json::from_str(&of("nobody.model").capabilities.json()).expect("JSON");
        assert_eq!(unknown, known);
    }

    #[test]
    fn a_setting_of_another_kind_is_refused_by_name() {
        for (settings, name) in [
            (r#"{"system":1}"#, "system"),
            (r#"{"tool_choice":"sometimes"}"#, "tool_choice"),
            (r#"{"betas":"x"}"#, "betas"),
            (r#"{"max_output_tokens":-1}"#, "max_output_tokens"),
            (r#"{"colour":true}"#, "colour"),
        ] {
            let settings = Object::parse(settings.as_bytes()).expect("an object");
            let refused = Capabilities::default().set_all(&settings);
            assert_eq!(refused, Err(name.to_owned()));
        }
    }
}
