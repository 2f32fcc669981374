//! Cache points that nobody marked.
//!
//! Claude and Nova cache a prompt only up to a cache point, and clients of OpenAI's APIs have no word for one: without
//! points of their own, each step of an agent pays for its whole conversation again. Where the context asks for it, the
//! points go behind the tools, behind the system prompt and behind the last two turns of the user: what one call writes
//! up to its last turn, the next reads up to its last but one.
//!
//! Rules: <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>. A caller that marks anything
//! itself is left to its own marks; a prompt below the model's least size would only be paid for.

use super::body::{Block, CachePoint, Role, Tool, ToolConfig, Turn};
use super::cache::{self, ONE_HOUR};
use crate::canonical::Request;
use crate::capability::Cache;
use crate::extensions::PromptCaching;
use crate::pricing;
use crate::target::Target;

/// How many of the user's turns end a cached prefix.
const TURNS: usize = 2;

/// Put the points where there are none.
pub(crate) fn place<'a>(
    caching: PromptCaching,
    request: &Request,
    tools: &mut Option<ToolConfig<'a>>,
    system: &mut Vec<Block<'a>>,
    turns: &mut [Turn<'a>],
    target: &Target,
) {
    let capabilities = &target.capabilities;
    let is_point = |block: &Block<'_>| matches!(block, Block::CachePoint(_));
    let is_marked = tools
        .iter()
        .flat_map(|config| &config.tools)
        .any(|tool| matches!(tool, Tool::CachePoint(_)))
        || system.iter().any(is_point)
        || turns.iter().flat_map(|turn| &turn.content).any(is_point);
    let is_continued = turns.iter().any(|turn| turn.role == Role::Assistant);
    if is_marked || !caching.is_wanted(is_continued, pricing::prompt_tokens(request), capabilities)
    {
        return;
    }
    let ttl = (caching.is_one_hour && capabilities.cache_ttl).then_some(ONE_HOUR);
    let point = || CachePoint {
        ttl,
        path: "context.extensions.bedrock.promptCaching".into(),
    };
    if let Some(config) = tools.as_mut().filter(|_| capabilities.cache == Cache::All) {
        config.tools.push(Tool::CachePoint(point()));
    }
    if !system.is_empty() {
        cache::push(system, Some(point()));
    }
    let users = turns
        .iter_mut()
        .rev()
        .filter(|turn| turn.role == Role::User);
    for turn in users.take(TURNS) {
        cache::push(&mut turn.content, Some(point()));
    }
}
