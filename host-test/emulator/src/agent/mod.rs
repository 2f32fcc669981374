//! A responder that plays the model of an agent: it works through the plan in its user's prompt (`plan`).
//!
//! It calls the tools that it is offered, by their schemas, reads their results, and says what it found at the end; it
//! thinks first where thinking is asked for, and takes its thoughts back only as it signed them. What it cannot do, it
//! says, and ends its turn. Requests without a plan or without tools are answered by the [`story`].
//!
//! How far it is it sees from the conversation alone. What it remembers between requests is how often each turn was
//! asked for: each trouble of the plan comes once, and a client that goes round in circles is stopped.

mod plan;

use crate::frames::Frame;
use crate::reply::{Block, Reply, cut};
use crate::script::{Call, Script, fragments};
use crate::story;
use plan::{Order, Trouble, Turn};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

pub use plan::MARK;

/// How often one turn is answered.
const MAX_ANSWERS: usize = 6;

/// The model.
#[derive(Debug, Default)]
pub struct Agent {
    /// How often each turn was asked for, by the prompt and the calls that are done.
    asked: Mutex<HashMap<(String, usize), usize>>,
}

/// What is known from the conversation: the prompt with the plan, and the results of the calls since.
struct Progress<'a> {
    prompt: &'a str,
    results: Vec<Done<'a>>,
}

/// A call that is done.
struct Done<'a> {
    tool: &'a str,
    text: String,
    is_error: bool,
}

impl Agent {
    /// The answer to `call`.
    pub fn answer(&self, call: Call<'_>) -> Script {
        let body = call.body;
        if let Some(refusal) = story::altered_thoughts(body) {
            return refusal;
        }
        let tools = tools(body);
        let progress = progress(body).filter(|_| !tools.is_empty());
        let Some(progress) = progress else {
            return story::story(call);
        };
        match self.turn(body, &tools, &progress) {
            Ok(script) => script,
            Err(trouble) => reply(body, &trouble, Vec::new()).into(),
        }
    }

    /// The turn that is next by the plan, or why there is none.
    fn turn(
        &self,
        body: &Value,
        tools: &[&Value],
        progress: &Progress<'_>,
    ) -> Result<Script, String> {
        let turns = plan::read(progress.prompt).unwrap_or_else(|| Ok(Vec::new()))?;
        if let Some(failed) = progress.results.iter().find(|done| done.is_error) {
            return Err(format!("the tool {} failed: {}", failed.tool, failed.text));
        }
        let (turn, orders) = next(&turns, progress.results.len())?;
        let results: Vec<String> = progress.results.iter().map(|r| r.text.clone()).collect();
        let answer = match orders {
            [] => reply(body, &turn.text(&results)?, Vec::new()),
            orders => {
                let mut calls = Vec::new();
                for order in orders {
                    let tool = find(tools, order.tool)?;
                    let input = fit(order.input(&results)?, tool)?;
                    calls.push((name(tool), input));
                }
                reply(body, "I go on by the plan.", calls)
            }
        };
        let troubles = match orders.len() == turn.orders.len() {
            true => turn.troubles.as_slice(),
            false => &[],
        };
        match self.trouble(troubles, progress)? {
            None => Ok(answer.into()),
            Some(Trouble::Throttle) => Ok(Script::refusal(
                "ThrottlingException",
                "Too many requests, please wait before trying again.",
            )),
            Some(Trouble::Break) => {
                let half = answer.frames(0).len() / 2;
                let error = Frame::exception(
                    "modelStreamErrorException",
                    "An error occurred while streaming the response. Retry your request.",
                );
                Ok(Script::from(answer).interrupted_after(half, error))
            }
        }
    }

    /// What goes wrong this time. An error for who asked for the same turn too often: the conversation that it sends
    /// does not hold what was answered.
    fn trouble(
        &self,
        troubles: &[Trouble],
        progress: &Progress<'_>,
    ) -> Result<Option<Trouble>, String> {
        let key = (progress.prompt.to_owned(), progress.results.len());
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let before = asked.entry(key).or_default();
        let trouble = troubles.get(*before).copied();
        *before += 1;
        if *before > troubles.len() + MAX_ANSWERS {
            return Err(format!(
                "the turn after {} calls was asked for {before} times",
                progress.results.len()
            ));
        }
        Ok(trouble)
    }
}

/// The turn of the plan that comes when so many calls are done, and what is to be called in it: of a turn that broke
/// off, clients keep the calls that had come whole.
fn next<'p, 'a>(
    turns: &'p [Turn<'a>],
    done: usize,
) -> Result<(&'p Turn<'a>, &'p [Order<'a>]), String> {
    let mut before = 0;
    for turn in turns {
        let in_turn = done - before;
        match turn.orders.get(in_turn..) {
            Some(orders) if in_turn == 0 || !orders.is_empty() => return Ok((turn, orders)),
            _ => before += turn.orders.len(),
        }
    }
    Err(format!("the plan has no turn after {done} calls"))
}

/// Thoughts where they are asked for, then the text, then the calls.
fn reply(body: &Value, text: &str, calls: Vec<(&str, Value)>) -> Reply {
    let stop = if calls.is_empty() {
        "end_turn"
    } else {
        "tool_use"
    };
    let thoughts = story::thoughts(body, "What does the plan say? I know by now what is next.");
    let text = Block::Text(cut(text, story::DELTA));
    let calls = calls.into_iter().enumerate().map(|(index, (name, input))| {
        Block::ToolUse {
            // Ids must differ within a conversation, which grows by every call.
            id: format!("tooluse_agent{:08}{index:02}", story::turns(body)),
            name: name.to_owned(),
            input: fragments(&input.to_string()),
        }
    });
    Reply::new(
        thoughts.into_iter().chain([text]).chain(calls).collect(),
        stop,
    )
}

/// The last prompt with a plan, and what came after.
fn progress(body: &Value) -> Option<Progress<'_>> {
    let messages = body.get("messages")?.as_array()?;
    let plan_of = |message: &'_ Value| -> Option<usize> {
        content(message).position(|block| {
            block
                .get("text")
                .and_then(Value::as_str)
                .is_some_and(|text| plan::read(text).is_some())
        })
    };
    let (at, block) = messages
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, message)| message.get("role") == Some(&json!("user")))
        .find_map(|(at, message)| Some((at, plan_of(message)?)))?;
    let since = messages.get(at..)?;
    let prompt = content(since.first()?).nth(block)?.get("text")?.as_str()?;
    let blocks = |kind: &'static str| {
        let blocks = since.iter().flat_map(content);
        blocks.filter_map(move |block| block.get(kind))
    };
    let results = blocks("toolUse").filter_map(|call| {
        let mut results = blocks("toolResult");
        let result = results.find(|result| result.get("toolUseId") == call.get("toolUseId"))?;
        Some(Done {
            tool: call.get("name").and_then(Value::as_str).unwrap_or_default(),
            text: story::result_texts(result).collect::<Vec<_>>().join("\n"),
            is_error: result.get("status") == Some(&json!("error")),
        })
    });
    let results = results.collect();
    Some(Progress { prompt, results })
}

fn content(message: &Value) -> impl Iterator<Item = &Value> {
    let content = message.get("content").and_then(Value::as_array);
    content.into_iter().flatten()
}

fn tools(body: &Value) -> Vec<&Value> {
    let tools = body.pointer("/toolConfig/tools").and_then(Value::as_array);
    let specs = tools.into_iter().flatten();
    specs.filter_map(|tool| tool.get("toolSpec")).collect()
}

fn name(tool: &Value) -> &str {
    tool.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// The tool of this name, else the only one whose name ends with it: a server's name may stand in front.
fn find<'a>(tools: &[&'a Value], wanted: &str) -> Result<&'a Value, String> {
    let exact = tools.iter().find(|tool| name(tool) == wanted);
    let mut ending = tools.iter().filter(|tool| name(tool).ends_with(wanted));
    match (exact, ending.next(), ending.next()) {
        (Some(tool), ..) | (None, Some(tool), None) => Ok(tool),
        _ => {
            let names: Vec<&str> = tools.iter().map(|tool| name(tool)).collect();
            Err(format!(
                "the tool {wanted} is not offered, only {}",
                names.join(", ")
            ))
        }
    }
}

/// The input as the tool's schema wants it: a text is its only property, and what is required and not in the plan
/// gets an example.
fn fit(input: Value, tool: &Value) -> Result<Value, String> {
    let schema = tool.pointer("/inputSchema/json").unwrap_or(&Value::Null);
    let none = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object);
    let properties = properties.unwrap_or(&none);
    let mut input = match input {
        Value::Object(members) => members,
        text => match properties.keys().collect::<Vec<_>>().as_slice() {
            [property] => Map::from_iter([((*property).clone(), text)]),
            _ => return Err(format!("the tool {} does not take one text", name(tool))),
        },
    };
    if let Some(unknown) = input.keys().find(|key| !properties.contains_key(*key)) {
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        return Err(format!(
            "the tool {} has no property {unknown}, only {}",
            name(tool),
            known.join(", ")
        ));
    }
    if let Value::Object(examples) = story::example(schema) {
        let is_required = |key: &String| {
            let required = schema.get("required").and_then(Value::as_array);
            required.is_some_and(|required| required.contains(&json!(key)))
        };
        for (key, example) in examples {
            if is_required(&key) {
                input.entry(key).or_insert(example);
            }
        }
    }
    Ok(input.into())
}
