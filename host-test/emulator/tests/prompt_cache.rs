//! What was asked before up to a cache point is read from the cache, the rest up to the last point written.

use bedrock_emulator::prompt_cache::PromptCache;
use bedrock_emulator::reply::input_tokens;
use serde_json::{Value, json};

/// A conversation of turns that each end in a cache point, after a cached system prompt.
fn conversation(turns: &[&str]) -> Value {
    let point = json!({"cachePoint": {"type": "default"}});
    let turns = turns.iter().enumerate().map(|(index, text)| {
        let role = if index % 2 == 0 { "user" } else { "assistant" };
        json!({"role": role, "content": [{"text": text}, point]})
    });
    json!({"system": [{"text": "A long system prompt"}, point], "messages": turns.collect::<Vec<_>>()})
}

#[test]
fn a_conversation_that_goes_on_reads_what_it_wrote() {
    let mut cache = PromptCache::default();
    let first = cache.usage("model", &conversation(&["Hello"]));
    assert_eq!(first.cache_read, Some(0));
    let written = first.cache_write.expect("written");
    assert!(written > 0);

    let again = cache.usage("model", &conversation(&["Hello"]));
    assert_eq!(
        (again.cache_read, again.cache_write),
        (Some(written), Some(0))
    );

    let longer = cache.usage("model", &conversation(&["Hello", "Hi", "Who are you?"]));
    assert_eq!(longer.cache_read, Some(written));
    assert!(longer.cache_write > Some(0));
}

#[test]
fn another_model_and_another_beginning_read_nothing() {
    let mut cache = PromptCache::default();
    cache.usage("model", &conversation(&["Hello"]));
    assert_eq!(
        cache.usage("other", &conversation(&["Hello"])).cache_read,
        Some(0)
    );
    let mut body = conversation(&["Hello"]);
    body["system"][0]["text"] = "Another system prompt".into();
    assert_eq!(cache.usage("model", &body).cache_read, Some(0));
    // The system prompt alone was asked before.
    let shared = cache.usage("model", &conversation(&["Goodbye"]));
    assert!(
        shared.cache_read > Some(0) && shared.cache_write > Some(0),
        "{shared:?}"
    );
}

#[test]
fn each_token_is_counted_once() {
    let mut cache = PromptCache::default();
    let body = conversation(&["Hello", "Hi", "Who are you?"]);
    for _ in 0..2 {
        let usage = cache.usage("model", &body);
        let cached = usage.cache_read.unwrap_or(0) + usage.cache_write.unwrap_or(0);
        assert_eq!(usage.input_tokens + cached, input_tokens(&body));
    }
    let plain = json!({"messages": [{"role": "user", "content": [{"text": "Hello"}]}]});
    let usage = cache.usage("model", &plain);
    assert_eq!((usage.cache_read, usage.cache_write), (None, None));
    assert_eq!(usage.input_tokens, input_tokens(&plain));
}
