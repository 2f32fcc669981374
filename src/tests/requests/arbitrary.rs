//! Requests of every kind that Anthropic's API takes, for any model: conversations in which each call has its result,
//! with blocks, tools and settings of all kinds in them. Also what clients bring that other services accept:
//! repeated ids, JSON schemas of every kind, lone surrogates and empty property names in verbatim JSON.

mod blocks;
mod settings;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::canonical::{ContentBlock, Message, Request, Role, ToolUseBlock};
use settings::{Settings, tool_names};

/// The most documents of a request that Bedrock takes.
const MAX_DOCUMENTS: usize = 5;

/// A call and what came back.
#[derive(Debug, Clone)]
struct Called {
    name: &'static str,
    id: &'static str,
    input: &'static str,
    is_cached: bool,
    result: ToolResultBlock,
}

/// What the user said, and what the model answered.
#[derive(Debug, Clone)]
struct Round {
    instruction: Option<&'static str>,
    asked: Vec<ContentBlock>,
    /// What the answer begins with.
    opening: Option<ContentBlock>,
    said: Vec<ContentBlock>,
    calls: Vec<Called>,
    /// The results come behind what the user says next, or in a message of their own.
    results_last: bool,
    results_apart: bool,
}

/// Ids of servers that count anew with each answer.
const REPEATED_IDS: &[&str] = &["call_0", ""];

fn called() -> impl Strategy<Value = Called> {
    let ids = ["toolu_01", "call x/1", "é", "abcDEF123"];
    let long = "y234567890123456789012345678901234567890123456789012345678901234567890";
    let id = prop_oneof![
        4 => select(ids.to_vec()),
        2 => select(REPEATED_IDS),
        1 => Just(long),
    ];
    let inputs = [
        "{}",
        "",
        "null",
        r#"{"a":[1,{"b":"\u00e9"}]}"#,
        r#"{"":1}"#,
        r#"{"a":[{"b":{"":{"":1}}}]," ":2}"#,
        r#"{"a":"cut \ud83d","\udd80":["\ud83e\udd80"]}"#,
        "[1]",
        "\"x\"",
    ];
    (
        select(tool_names()),
        id,
        select(inputs.to_vec()),
        any::<bool>(),
        blocks::result(),
    )
        .prop_map(|(name, id, input, is_cached, result)| Called {
            name,
            id,
            input,
            is_cached,
            result,
        })
}

fn round() -> impl Strategy<Value = Round> {
    (
        proptest::option::weighted(0.1, Just("Be brief.")),
        vec(blocks::asked(), 0..4),
        proptest::option::of(blocks::thought()),
        vec(blocks::said(), 0..4),
        vec(called(), 0..3),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(instruction, asked, opening, said, calls, results_last, results_apart)| Round {
                instruction,
                asked,
                opening,
                said,
                calls,
                results_last,
                results_apart,
            },
        )
}

/// The turns of the rounds, and the beginning of the answer to come; each call gets an id of its own, unless its id
/// repeats, and its result the same one.
fn turns(
    rounds: Vec<Round>,
    last: Vec<ContentBlock>,
    begins_with_answer: bool,
    prefill: Option<&str>,
) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut results: Vec<ContentBlock> = Vec::new();
    let mut placing = (false, false);
    let say =
        |messages: &mut Vec<Message>, results: &mut Vec<ContentBlock>, asked: Vec<_>, placing| {
            let results = std::mem::take(results);
            match placing {
                _ if results.is_empty() => messages.push(user(asked)),
                (true, _) => messages.push(user([asked, results].concat())),
                (false, true) => messages.extend([user(results), user(asked)]),
                (false, false) => messages.push(user([results, asked].concat())),
            }
        };
    for (number, round) in rounds.into_iter().enumerate() {
        if number > 0 || !begins_with_answer {
            say(&mut messages, &mut results, round.asked, placing);
            messages.extend(round.instruction.map(|words| Message {
                role: Role::System,
                content: vec![text(words)],
            }));
        }
        let mut content = Vec::from_iter(round.opening);
        content.extend(with_answered_server_calls(round.said, number));
        for (at, call) in round.calls.into_iter().enumerate() {
            let id = match call.id {
                id if REPEATED_IDS.contains(&id) => id.to_owned(),
                id if id.len() == 9 => format!("abcDE{number:02}{at:02}"),
                id => format!("{id}-{number}-{at}"),
            };
            content.push(ContentBlock::ToolUse(ToolUseBlock {
                id: id.clone(),
                name: call.name.into(),
                input: call.input.into(),
                cache_control: if call.is_cached { cache(None) } else { None },
            }));
            results.push(ContentBlock::ToolResult(ToolResultBlock {
                tool_use_id: id,
                ..call.result
            }));
        }
        placing = (round.results_last, round.results_apart);
        messages.push(assistant(content));
    }
    say(&mut messages, &mut results, last, placing);
    messages.extend(prefill.map(|words| assistant([cached(text(words))])));
    messages
}

/// Calls of the provider's tools with ids of their own, and of their results those that answer one.
fn with_answered_server_calls(said: Vec<ContentBlock>, number: usize) -> Vec<ContentBlock> {
    let mut open = Vec::new();
    let mut content = Vec::with_capacity(said.len());
    for (at, mut block) in said.into_iter().enumerate() {
        match &mut block {
            ContentBlock::ServerToolUse(call) => {
                call.id = format!("s{number}-{at}");
                open.push((call.id.clone(), call.name.clone()));
            }
            ContentBlock::ServerToolResult(result) => {
                let answers = |(_, name): &(_, String)| result.kind.starts_with(name.as_str());
                let Some(at) = open.iter().position(answers) else {
                    continue;
                };
                result.tool_use_id = open.swap_remove(at).0;
            }
            _ => {}
        }
        content.push(block);
    }
    content
}

/// Without the documents beyond the most that are taken.
fn without_surplus(mut messages: Vec<Message>) -> Vec<Message> {
    let mut count = 0;
    let mut is_surplus = || {
        count += 1;
        count > MAX_DOCUMENTS
    };
    for block in messages.iter_mut().flat_map(|message| &mut message.content) {
        match block {
            ContentBlock::Document(_) if is_surplus() => *block = text("a document"),
            ContentBlock::ToolResult(result) => result
                .content
                .retain(|piece| !matches!(piece, ToolResultContent::Document(_)) || !is_surplus()),
            _ => {}
        }
    }
    messages
}

/// A request to the model.
pub(super) fn request_to(model: impl Strategy<Value = String>) -> impl Strategy<Value = Request> {
    let last = (
        vec(blocks::asked(), 0..4),
        proptest::option::weighted(0.7, Just(text("go on"))),
    );
    let prefill = proptest::option::weighted(0.1, select(&["so ", "{\n"][..]));
    let conversation = (vec(round(), 0..3), last, any::<bool>(), prefill);
    (model, conversation, settings::settings()).prop_map(
        |(model, (rounds, (mut last, words), begins_with_answer, prefill), settings)| {
            let has_results = rounds.last().is_some_and(|round| !round.calls.is_empty());
            last.extend(words.or_else(|| (!has_results).then(|| text("go on"))));
            let begins_with_answer = begins_with_answer && rounds.len() > 1;
            let messages = without_surplus(turns(rounds, last, begins_with_answer, prefill));
            let Settings {
                system,
                tools,
                tool_choice,
                thinking,
                output,
                sampling: (max_tokens, temperature, top_p, top_k, stop_sequences),
                service_tier,
                metadata,
                betas,
                extensions,
            } = settings;
            Request {
                model,
                system,
                messages,
                max_tokens,
                temperature,
                top_p,
                top_k,
                stop_sequences,
                tools,
                tool_choice,
                thinking,
                output,
                service_tier,
                metadata,
                betas,
                extensions,
            }
        },
    )
}
