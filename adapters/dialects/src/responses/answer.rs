//! The object `response`: a whole answer, or one that comes.

use bedrock_provider::json::{Object, Writer};

use super::item::{COMES, CUT, Output, WHOLE};
use crate::Telling;
use crate::canonical::{Cost, Error, Response, StopReason, Usage, Warning};
use crate::openai::path::RESPONSES;
use crate::openai::{error, telling as gateway, usage, words};

/// Members of the request that the answer repeats with OpenAI. The SDKs expect them; what was asked is not known here
/// any more, so that they tell what holds without being asked for.
#[rustfmt::skip]
const ECHO: &[(&str, &str)] = &[
    ("background", "false"),
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("previous_response_id", "null"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("store", "false"),
    ("temperature", "null"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", r#""auto""#),
    ("tools", "[]"),
    ("top_p", "null"),
    ("truncation", r#""disabled""#),
];

/// OpenAI's members of `usage` that have a canonical field.
const OWN: &[&str] = &[
    "input_tokens",
    "input_tokens_details",
    "output_tokens",
    OUTPUT_DETAILS,
    "total_tokens",
];

const OUTPUT_DETAILS: &str = "output_tokens_details";

/// How an answer ended.
pub(super) struct Ending<'a> {
    pub(super) stop_reason: &'a StopReason,
    pub(super) usage: &'a Usage,
    pub(super) cost: Option<&'a Cost>,
    /// Those of the request and of the answer.
    pub(super) warnings: [&'a [Warning]; 2],
    pub(super) provider_metadata: Option<&'a str>,
}

impl Ending<'_> {
    /// Why it is not whole; none where it is.
    pub(super) fn incomplete(&self) -> Option<&'static str> {
        match self.stop_reason {
            StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => {
                Some("max_output_tokens")
            }
            StopReason::Refusal => Some("content_filter"),
            StopReason::EndTurn
            | StopReason::StopSequence
            | StopReason::ToolUse
            | StopReason::PauseTurn
            | StopReason::Other(_) => None,
        }
    }

    /// The status of the answer and of its last item.
    pub(super) fn status(&self) -> &'static str {
        match self.incomplete() {
            Some(_) => CUT,
            None => WHOLE,
        }
    }
}

/// How far an answer has come.
pub(super) enum State<'a> {
    /// There is more to come.
    Coming,
    Ended(&'a Ending<'a>),
    /// It broke off.
    Failed(&'a Error),
}

impl State<'_> {
    /// The status of the answer, and of its last item.
    fn status(&self) -> [&'static str; 2] {
        match self {
            State::Coming => [COMES; 2],
            State::Ended(ending) => [ending.status(); 2],
            State::Failed(_) => ["failed", CUT],
        }
    }
}

/// The body of a whole answer.
pub fn write_response(response: &Response, telling: &Telling) -> String {
    let mut output = Output::new(&response.id);
    for (index, block) in response.content.iter().enumerate() {
        if output.begin(index, block, &telling.tools) {
            output.end();
        }
    }
    let ending = Ending {
        stop_reason: &response.stop_reason,
        usage: &response.usage,
        cost: response.cost.as_ref(),
        warnings: [&[], &response.warnings],
        provider_metadata: response.provider_metadata.as_deref(),
    };
    let mut w = Writer::with_capacity(2048);
    write(&output, telling, &State::Ended(&ending), &mut w);
    w.into_string()
}

/// The object.
pub(super) fn write(output: &Output, telling: &Telling, state: &State<'_>, w: &mut Writer) {
    let [status, of_item] = state.status();
    let ending = match state {
        State::Ended(ending) => Some(*ending),
        State::Coming | State::Failed(_) => None,
    };
    w.object(|w| {
        w.name("id").text(&["resp_", &output.id].concat());
        w.name("object").text("response");
        w.name("created_at").number(telling.created);
        w.name("status").text(status);
        w.name("model").text(&telling.model);
        output.write(of_item, w.name("output"));
        match state {
            State::Failed(error) => w.name("error").object(|w| {
                error::code(error, w);
                w.name("message").text(&error.message);
            }),
            _ => w.name("error").raw("null"),
        }
        for (name, value) in ECHO {
            w.name(name).raw(value);
        }
        match ending.and_then(Ending::incomplete) {
            Some(reason) => w
                .name("incomplete_details")
                .object(|w| w.name("reason").text(reason)),
            None => w.name("incomplete_details").raw("null"),
        }
        let Some(ending) = ending else {
            return match state {
                State::Failed(Error {
                    usage: Some(usage), ..
                }) => write_usage(usage, w.name("usage")),
                _ => w.name("usage").raw("null"),
            };
        };
        write_usage(ending.usage, w.name("usage"));
        let tier = ending.usage.service_tier.as_deref();
        if let Some(tier) = tier.and_then(words::tier_to_openai) {
            w.name("service_tier").text(tier);
        }
        let [first, second] = ending.warnings;
        gateway::write(
            RESPONSES,
            telling,
            ending.cost,
            &[first, second, &output.losses],
            ending.provider_metadata,
            w,
        );
    });
}

/// OpenAI counts what the cache served and took among the tokens of the input.
fn write_usage(usage: &Usage, w: &mut Writer) {
    let extensions = usage.extensions.as_deref().unwrap_or("{}");
    let extensions = Object::parse(extensions.as_bytes()).unwrap_or_default();
    let thought = usage::reasoning_tokens(&extensions);
    let (cached, written) = (
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
    );
    let input = usage.input_tokens.saturating_add(cached);
    let input = input.saturating_add(written);
    w.object(|w| {
        w.name("input_tokens").number(input);
        w.name("input_tokens_details").object(|w| {
            w.name("cached_tokens").number(cached);
            w.name("cache_write_tokens").number(written);
        });
        w.name("output_tokens").number(usage.output_tokens);
        w.name(OUTPUT_DETAILS)
            .object(|w| w.name("reasoning_tokens").number(thought.unwrap_or(0)));
        let total = input.saturating_add(usage.output_tokens);
        w.name("total_tokens").number(total);
        for (name, value) in extensions.others(OWN) {
            w.name(&name.into_string()).raw(value);
        }
    });
}
