//! When prompts are cached that the caller did not mark.

use crate::canonical::Error;
use crate::capability::{Cache, Capabilities};
use crate::json::Object;

/// The longest ttl.
const ONE_HOUR: &str = "1h";

/// The least prompt that is cached, in tokens, of a model that does not say: the most common one.
const MIN_TOKENS: u32 = 1024;

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
