//! The prompt cache: what of a request was asked before.
//!
//! A cache point ends a prefix of the prompt: tools, then system, then messages. The longest prefix that was
//! asked of the same model before is read, the rest up to the last point is written
//! (Bedrock User Guide, "Prompt caching for faster model inference"). It forgets nothing and caches any length;
//! the service forgets after the `ttl` and caches from a length on that its model sets.

use crate::reply::{Usage, estimate, input_tokens};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Prefixes that were asked, by their hash.
#[derive(Debug, Default)]
pub struct PromptCache(HashSet<u64>);

impl PromptCache {
    /// Input tokens of a Converse body, with those that the cache gave and took; the prefixes are kept.
    pub fn usage(&mut self, model_id: &str, body: &Value) -> Usage {
        let total = input_tokens(body);
        let mut hasher = DefaultHasher::new();
        model_id.hash(&mut hasher);
        let (mut characters, mut read, mut prefix) = (String::new(), 0, None);
        for item in prompt(body) {
            if item.get("cachePoint").is_some_and(|point| !point.is_null()) {
                let tokens = estimate(&characters).min(total);
                if !self.0.insert(hasher.finish()) {
                    read = tokens;
                }
                prefix = Some(tokens);
                continue;
            }
            let text = item.to_string();
            text.hash(&mut hasher);
            characters.push_str(&text);
        }
        Usage {
            input_tokens: total - prefix.unwrap_or(0),
            output_tokens: 0,
            cache_read: prefix.map(|_| read),
            cache_write: prefix.map(|prefix| prefix - read),
        }
    }
}

/// What the prompt is made of, in the order in which it is read. A message's role stands before its content.
fn prompt(body: &Value) -> Vec<Value> {
    let list = |value: &Value, pointer: &str| {
        let items = value.pointer(pointer).and_then(Value::as_array);
        items.cloned().unwrap_or_default()
    };
    let mut prompt = [list(body, "/toolConfig/tools"), list(body, "/system")].concat();
    for message in list(body, "/messages") {
        prompt.push(json!({"role": message.get("role")}));
        prompt.extend(list(&message, "/content"));
    }
    prompt
}
