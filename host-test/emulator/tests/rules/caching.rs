//! Rules about cache points.

use crate::cases::*;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let all = |tools: Value, system: Value, user_blocks: Value| {
        let mut body = with(user(user_blocks), json!({"system": system}));
        body["toolConfig"] = json!({"tools": tools});
        body
    };
    let look = || tool(json!({"type": "object"}), json!({}));
    let marks = |count: usize| {
        let pairs = (0..count).flat_map(|_| [text(), cache()]);
        user(json!(pairs.collect::<Vec<_>>()))
    };
    let rises = "The model returned the following errors: messages.0.content.1.cachePoint.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.";
    vec![
        bad(
            "no-caching",
            LLAMA,
            marks(1),
            "You invoked an unsupported model or your request did not allow prompt caching.",
        ),
        bad(
            "no-caching",
            CLAUDE_3,
            marks(1),
            "You invoked an unsupported model",
        ),
        good("no-caching", NOVA, marks(1)),
        good("no-caching", OPAQUE, marks(1)),
        bad(
            "cache-points-at-most-four",
            NOVA,
            marks(5),
            "The model returned the following errors: A maximum of 4 blocks with cache_control may be provided. Found 5.",
        ),
        bad(
            "cache-points-at-most-four",
            CLAUDE,
            all(
                json!([look(), cache()]),
                json!([text(), cache(), text(), cache()]),
                json!([text(), cache(), text(), cache()]),
            ),
            "The model returned the following errors: A maximum of 4 blocks with cache_control may be provided. Found 5.",
        ),
        good("cache-points-at-most-four", NOVA, marks(4)),
        bad(
            "cache-point-in-tools",
            NOVA,
            all(json!([look(), cache()]), json!([]), json!([text()])),
            "The model returned the following errors: Malformed input request: #/toolConfig/tools/1: extraneous key [cachePoint]",
        ),
        good(
            "cache-point-in-tools",
            CLAUDE,
            all(json!([look(), cache()]), json!([]), json!([text()])),
        ),
        bad(
            "cache-point-first",
            NOVA,
            user(json!([cache(), text()])),
            "The content field in the Message object at messages.0 starts with a cachePoint block.",
        ),
        good("cache-point-first", NOVA, marks(1)),
        bad(
            "cache-points-adjacent",
            NOVA,
            user(json!([text(), cache(), cache()])),
            "The cachePoint block at messages.0.content.2 follows another cachePoint block.",
        ),
        bad(
            "cache-points-adjacent",
            CLAUDE,
            all(
                json!([look(), cache(), cache()]),
                json!([]),
                json!([text()]),
            ),
            "The cachePoint block at toolConfig.tools.2 follows another cachePoint block.",
        ),
        good("cache-points-adjacent", NOVA, marks(2)),
        bad(
            "cache-point-after-text-document",
            CLAUDE,
            user(json!([text(), document("a"), cache()])),
            "The model returned the following errors: messages.0.content.2.type: Field required",
        ),
        good(
            "cache-point-after-text-document",
            CLAUDE,
            user(json!([text(), pdf("a"), cache()])),
        ),
        good(
            "cache-point-after-text-document",
            NOVA,
            user(json!([text(), document("a"), cache()])),
        ),
        bad(
            "cache-ttl",
            NOVA,
            user(json!([text(), cache_for("5m")])),
            "The model returned the following errors: Malformed input request: #/messages/0/content/1/cachePoint: extraneous key [ttl]",
        ),
        bad(
            "cache-ttl",
            CLAUDE_4,
            user(json!([text(), cache_for("1h")])),
            "The model returned the following errors: Malformed input request",
        ),
        good("cache-ttl", CLAUDE, user(json!([text(), cache_for("1h")]))),
        bad(
            "cache-ttl-rises",
            CLAUDE,
            with(
                user(json!([text(), cache_for("1h")])),
                json!({"system": [text(), cache_for("5m")]}),
            ),
            rises,
        ),
        bad(
            "cache-ttl-rises",
            CLAUDE,
            all(
                json!([look(), cache()]),
                json!([text()]),
                json!([text(), cache_for("1h")]),
            ),
            rises,
        ),
        good(
            "cache-ttl-rises",
            CLAUDE,
            all(
                json!([look(), cache_for("1h")]),
                json!([text(), cache_for("1h")]),
                json!([text(), cache_for("5m"), text(), cache()]),
            ),
        ),
    ]
}
