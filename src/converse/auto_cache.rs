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
use crate::canonical::{Error, Request};
use crate::capability::{Cache, Capabilities, Profile};
use crate::json::Object;
use crate::pricing;

/// The least prompt that is cached, in tokens, of a model that does not say: the most common one.
const MIN_TOKENS: u32 = 1024;

/// How many of the user's turns end a cached prefix.
const TURNS: usize = 2;

/// `context.extensions.bedrock.promptCaching`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PromptCaching {
    /// A conversation that only begins is cached too.
    is_always: bool,
    /// For an hour, where the model takes a ttl; else for five minutes.
    pub is_one_hour: bool,
}

impl PromptCaching {
    /// `{"when": "continued" | "always", "ttl": "5m" | "1h"}`.
    pub(crate) fn read(setting: &Object<'_>) -> Result<Self, Error> {
        const PATH: &str = "context.extensions.bedrock.promptCaching";
        let word = |name: &str, words: [&str; 2]| {
            let expected = || {
                let [first, second] = words;
                Error::invalid(
                    format!("{PATH}.{name}"),
                    format!("expected \"{first}\" or \"{second}\""),
                )
            };
            match setting.string(name).map_err(|_| expected())? {
                None => Ok(false),
                Some(word) if words.contains(&word.as_str()) => Ok(word == words[1]),
                Some(_) => Err(expected()),
            }
        };
        Ok(PromptCaching {
            is_always: word("when", ["continued", "always"])?,
            is_one_hour: word("ttl", ["5m", ONE_HOUR])?,
        })
    }

    /// Whether a prompt of about so many tokens, which goes on from an answer or does not, is cached unmarked.
    pub(crate) fn is_wanted(
        self,
        is_continued: bool,
        tokens: u64,
        capabilities: &Capabilities,
    ) -> bool {
        let least = match capabilities.cache_min_tokens {
            0 => MIN_TOKENS,
            least => least,
        };
        (self.is_always || is_continued)
            && capabilities.cache != Cache::None
            && tokens >= u64::from(least)
    }
}

/// Put the points where there are none.
pub(crate) fn place<'a>(
    caching: PromptCaching,
    request: &Request,
    tools: &mut Option<ToolConfig<'a>>,
    system: &mut Vec<Block<'a>>,
    turns: &mut [Turn<'a>],
    profile: &Profile,
) {
    let capabilities = &profile.capabilities;
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
