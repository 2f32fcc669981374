//! Rules about `toolConfig`, tool calls and tool results.

use super::body::{blocks, list, result_items, slashes, text, tools, turns};
use super::{Question, Rule};
use crate::operation::Operation;
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "tool-config-missing",
        message: "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        broken: tools_without_config,
    },
    Rule {
        name: "no-tools",
        message: "This model doesn't support tool use.",
        broken: |q| {
            q.field("/toolConfig")?;
            q.is(&q.traits.no_tools).then(String::new)
        },
    },
    Rule {
        name: "tools-in-stream",
        message: "This model doesn't support tool use in streaming mode.",
        broken: |q| {
            q.field("/toolConfig")?;
            let stream = q.operation == Operation::ConverseStream;
            (stream && q.is(&q.traits.no_tools_in_stream)).then(String::new)
        },
    },
    Rule {
        name: "tool-choice",
        message: "This model doesn't support the toolConfig.toolChoice.{at} field. Remove toolConfig.toolChoice.{at} and try again.",
        broken: |q| {
            let refused = [
                ("auto", &q.traits.no_tool_choice),
                ("any", &q.traits.no_tool_choice),
                ("tool", &q.traits.no_tool_choice),
                ("any", &q.traits.tool_choice_auto_only),
                ("tool", &q.traits.tool_choice_auto_only),
                ("tool", &q.traits.tool_choice_not_by_name),
            ];
            let choice = q.field("/toolConfig/toolChoice")?;
            let given = |mode: &str| choice.get(mode).is_some_and(|mode| !mode.is_null());
            let found = refused
                .iter()
                .find(|(mode, models)| given(mode) && q.is(models));
            found.map(|(mode, _)| (*mode).to_owned())
        },
    },
    Rule {
        name: "tool-choice-unknown",
        message: "The model returned the following errors: tool_choice: Tool '{at}' not found in provided tools",
        broken: |q| {
            let name = q.field("/toolConfig/toolChoice/tool/name")?.as_str()?;
            let known = tools(q, "toolSpec")
                .chain(tools(q, "systemTool"))
                .any(|(_, tool)| text(tool, "/name") == name);
            (!known).then(|| name.to_owned())
        },
    },
    Rule {
        name: "tool-names-unique",
        message: "The model returned the following errors: tools: Tool names must be unique. {at} is given twice.",
        broken: |q| {
            let mut seen = BTreeSet::new();
            let mut names = tools(q, "toolSpec").map(|(_, tool)| text(tool, "/name"));
            names
                .find(|name| !seen.insert(*name))
                .map(ToOwned::to_owned)
        },
    },
    // In the whole conversation; certain for Claude, likely for the others.
    Rule {
        name: "tool-use-ids-unique",
        message: "The model returned the following errors: {at}: `tool_use` ids must be unique",
        broken: |q| {
            let mut seen = BTreeSet::new();
            let calls = blocks(q).filter_map(|(at, block)| Some((at, block.get("toolUse")?)));
            let mut ids = calls.map(|(at, call)| (at, text(call, "/toolUseId")));
            let (at, _) = ids.find(|(_, id)| !seen.insert(*id))?;
            Some(at)
        },
    },
    Rule {
        name: "tool-use-id-form",
        message: "The model returned the following errors: Tool call id was {at} but must be a-z, A-Z, 0-9, with a length of 9.",
        broken: |q| {
            let good = |id: &str| id.len() == 9 && id.chars().all(|c| c.is_ascii_alphanumeric());
            let turns = turns(q);
            let mut ids = turns
                .iter()
                .flat_map(|turn| [turn.ids("toolUse"), turn.ids("toolResult")].concat());
            let bad = ids.find(|id| !good(id))?;
            q.is(&q.traits.nine_character_tool_use_ids)
                .then(|| bad.to_owned())
        },
    },
    Rule {
        name: "tool-json-object",
        message: "The format of the value at {at} is invalid. Provide a json object for the field and try again.",
        broken: json_that_is_no_object,
    },
    // Certain to be refused; the words were not reported.
    Rule {
        name: "tool-input-names",
        message: "The format of the value at {at}.toolUse.input is invalid. Provide a json object without empty property names for the field and try again.",
        broken: |q| {
            let mut calls = blocks(q);
            let (at, _) = calls.find(|(_, block)| {
                let input = block.pointer("/toolUse/input");
                input.is_some_and(has_empty_name)
            })?;
            Some(at)
        },
    },
    Rule {
        name: "tool-schema-object",
        message: "The value at {at}.inputSchema.json.type must be one of the following: object.",
        broken: |q| {
            let mut specs = tools(q, "toolSpec");
            specs
                .find(|(_, spec)| text(spec, "/inputSchema/json/type") != "object")
                .map(|(at, _)| at)
        },
    },
    Rule {
        name: "tool-schema-root",
        message: "The model returned the following errors: {at}.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level",
        broken: |q| {
            const REFUSED: &[&str] = &["oneOf", "allOf", "anyOf"];
            let root = |spec: &Value| {
                let schema = spec.pointer("/inputSchema/json");
                schema.is_some_and(|schema| REFUSED.iter().any(|key| schema.get(key).is_some()))
            };
            let (at, _) = tools(q, "toolSpec").find(|(_, spec)| root(spec))?;
            q.is(&q.traits.no_schema_choice_at_root).then_some(at)
        },
    },
    Rule {
        name: "tool-strict",
        message: "The model returned the following errors: Malformed input request: #/{at}: extraneous key [strict] is not permitted, please reformat your input and try again.",
        broken: |q| {
            let strict = |spec: &Value| spec.get("strict").is_some_and(|strict| !strict.is_null());
            let (at, _) = tools(q, "toolSpec").find(|(_, spec)| strict(spec))?;
            q.is_not(&q.traits.strict_tools).then(|| slashes(&at))
        },
    },
    Rule {
        name: "system-tool",
        message: "This model doesn't support the systemTool field. Remove {at} and try again.",
        broken: |q| {
            let (at, _) = tools(q, "systemTool").next()?;
            q.is_not(&q.traits.system_tools).then_some(at)
        },
    },
    Rule {
        name: "tool-result-status",
        message: "This model doesn't support the status field. Remove {at}.toolResult.status and try again.",
        broken: |q| {
            let (at, _) = blocks(q).find(|(_, block)| {
                let status = block.pointer("/toolResult/status");
                status.is_some_and(|status| !status.is_null())
            })?;
            q.is(&q.traits.no_tool_result_status).then_some(at)
        },
    },
    Rule {
        name: "tool-result-media",
        message: "The model returned the following errors: Malformed input request: #/{at}: extraneous key [toolResult] is not permitted, please reformat your input and try again.",
        broken: |q| {
            let found = result_items(q).find(|(_, item)| refuses_in_result(q, item));
            let (at, _) = found?;
            let block = at
                .split_once(".toolResult")
                .map_or(&*at, |(block, _)| block);
            Some(slashes(block))
        },
    },
];

fn tools_without_config(question: &Question<'_>) -> Option<String> {
    let used = turns(question)
        .iter()
        .any(|turn| turn.has("toolUse") || turn.has("toolResult"));
    (used && question.field("/toolConfig").is_none()).then(String::new)
}

fn json_that_is_no_object(question: &Question<'_>) -> Option<String> {
    blocks(question).find_map(|(at, block)| {
        let input = block.pointer("/toolUse/input");
        if input.is_some_and(|input| !input.is_object()) {
            return Some(format!("{at}.toolUse.input"));
        }
        let results = list(block, "/toolResult/content").iter().enumerate();
        results
            .filter_map(|(index, item)| item.get("json").map(|json| (index, json)))
            .find(|(_, json)| !json.is_object())
            .map(|(index, _)| format!("{at}.toolResult.content.{index}.json"))
    })
}

fn has_empty_name(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_empty_name),
        Value::Object(members) => members.contains_key("") || members.values().any(has_empty_name),
        _ => false,
    }
}

/// Formats of documents that are text.
const TEXT_FORMATS: &[&str] = &["csv", "txt"];

fn refuses_in_result(question: &Question<'_>, item: &Value) -> bool {
    let traits = question.traits;
    let has = |member: &str| item.get(member).is_some_and(|media| !media.is_null());
    // A document that is given as text has a format at will.
    let is_text = ["text", "content"].iter().any(|source| {
        item.pointer(&format!("/document/source/{source}"))
            .is_some()
    });
    let text_document = is_text || TEXT_FORMATS.contains(&text(item, "/document/format"));
    has("image") && question.is(&traits.no_tool_result_images)
        || has("document") && question.is(&traits.no_tool_result_documents)
        || has("document") && !text_document && question.is(&traits.tool_result_text_documents_only)
        || has("video") && question.is_not(&traits.tool_result_video)
}
