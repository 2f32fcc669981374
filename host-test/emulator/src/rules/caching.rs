//! Rules about cache points.

use super::body::{blocks, list, slashes, text, tools, turns};
use super::{Question, Rule};
use serde_json::Value;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "no-caching",
        message: "You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.",
        broken: |q| {
            let (at, _) = points(q).next()?;
            q.is_not(&q.traits.caching).then_some(at)
        },
    },
    Rule {
        name: "cache-points-at-most-four",
        message: "The model returned the following errors: A maximum of 4 blocks with cache_control may be provided. Found {at}.",
        broken: |q| {
            let count = points(q).count();
            (count > 4).then(|| count.to_string())
        },
    },
    Rule {
        name: "cache-point-in-tools",
        message: "The model returned the following errors: Malformed input request: #/{at}: extraneous key [cachePoint] is not permitted, please reformat your input and try again.",
        broken: |q| {
            let (at, _) = tools(q, "cachePoint").next()?;
            let tool = at.trim_end_matches(".cachePoint");
            q.is(&q.traits.no_caching_of_tools).then(|| slashes(tool))
        },
    },
    Rule {
        name: "cache-point-first",
        message: "The content field in the Message object at messages.{at} starts with a cachePoint block. Add a ContentBlock object before it and try again.",
        broken: |q| {
            let turns = turns(q);
            let first = turns
                .iter()
                .find(|turn| turn.content.first().is_some_and(is_point));
            first.map(|turn| turn.index.to_string())
        },
    },
    Rule {
        name: "cache-points-adjacent",
        message: "The cachePoint block at {at} follows another cachePoint block. Remove it and try again.",
        broken: |q| {
            let messages = turns(q);
            let messages = messages
                .iter()
                .map(|turn| (format!("messages.{}.content", turn.index), turn.content));
            let outside = [("system", "/system"), ("toolConfig.tools", TOOLS)];
            let outside =
                outside.map(|(name, pointer)| (name.to_owned(), list(q.converse, pointer)));
            messages.chain(outside).find_map(|(at, blocks)| {
                let second = blocks
                    .windows(2)
                    .position(|pair| pair.iter().all(is_point))?;
                Some(format!("{at}.{}", second + 1))
            })
        },
    },
    Rule {
        name: "cache-point-after-text-document",
        message: "The model returned the following errors: {at}.type: Field required",
        broken: |q| {
            let all: Vec<(String, &Value)> = blocks(q).collect();
            let (at, _) = all
                .iter()
                .zip(all.iter().skip(1))
                .find(|((_, first), (_, second))| is_text_document(first) && is_point(second))
                .map(|(_, second)| second)?;
            q.is(&q.traits.no_cache_point_after_text_document)
                .then(|| at.clone())
        },
    },
    Rule {
        name: "cache-ttl",
        message: "The model returned the following errors: Malformed input request: #/{at}: extraneous key [ttl] is not permitted, please reformat your input and try again.",
        broken: |q| {
            let (at, _) = points(q).find(|(_, point)| !text(point, "/ttl").is_empty())?;
            q.is_not(&q.traits.cache_ttl).then(|| slashes(&at))
        },
    },
    Rule {
        name: "cache-ttl-rises",
        message: "The model returned the following errors: {at}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
        broken: |q| {
            let mut short = false;
            points(q)
                .find(|(_, point)| match text(point, "/ttl") {
                    "1h" => short,
                    _ => {
                        short = true;
                        false
                    }
                })
                .map(|(at, _)| at)
        },
    },
];

const TOOLS: &str = "/toolConfig/tools";

fn is_point(block: &Value) -> bool {
    block
        .get("cachePoint")
        .is_some_and(|point| !point.is_null())
}

/// Every cache point in the order in which they are read: tools, system, messages.
fn points<'a>(question: &Question<'a>) -> impl Iterator<Item = (String, &'a Value)> {
    let system = list(question.converse, "/system").iter().enumerate();
    let system = system.map(|(index, block)| (format!("system.{index}"), block));
    let rest = system.chain(blocks(question)).filter_map(|(at, block)| {
        let point = block.get("cachePoint").filter(|point| !point.is_null())?;
        Some((format!("{at}.cachePoint"), point))
    });
    tools(question, "cachePoint").chain(rest)
}

fn is_text_document(block: &Value) -> bool {
    block.get("document").is_some() && text(block, "/document/format") != "pdf"
}
