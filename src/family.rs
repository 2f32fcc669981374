//! What each family of models takes on Converse: the one table of differences.
//!
//! A row holds for every model whose id begins with its prefix; the first that fits wins. Source: the Converse feature
//! matrix (<https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html>).

/// What a family takes.
#[derive(Debug, PartialEq)]
pub(crate) struct Family {
    /// For messages to people.
    pub name: &'static str,
    /// The family's ids begin with this.
    prefix: &'static str,
    /// `system` is taken.
    pub system: bool,
    /// `toolConfig` is taken.
    pub tools: bool,
    /// `cachePoint` blocks are taken in tools.
    pub cache_tools: bool,
    /// `cachePoint` blocks are taken in system and messages.
    pub cache: bool,
    /// A cache point's ttl is taken.
    pub cache_ttl: bool,
    /// Anthropic's own fields (`thinking`, `tool_choice`, `anthropic_beta`) are taken in `additionalModelRequestFields`.
    pub anthropic_fields: bool,
    /// Where `top_k` goes, from `additionalModelRequestFields` down; empty where it is not taken.
    pub top_k: &'static [&'static str],
}

/// An id that no row knows: text, system and tools, and nothing that only some take.
const UNKNOWN: Family = Family {
    name: "unknown",
    prefix: "",
    system: true,
    tools: true,
    cache_tools: false,
    cache: false,
    cache_ttl: false,
    anthropic_fields: false,
    top_k: &[],
};

const NO_CHAT: Family = Family {
    system: false,
    tools: false,
    ..UNKNOWN
};

const FAMILIES: &[Family] = &[
    Family {
        name: "Anthropic Claude",
        prefix: "anthropic.",
        cache_tools: true,
        cache: true,
        cache_ttl: true,
        anthropic_fields: true,
        top_k: &["top_k"],
        ..UNKNOWN
    },
    Family {
        name: "Amazon Nova",
        prefix: "amazon.nova-",
        cache: true,
        top_k: &["inferenceConfig", "topK"],
        ..UNKNOWN
    },
    Family {
        name: "Amazon Titan",
        prefix: "amazon.titan-",
        ..NO_CHAT
    },
    Family {
        name: "Meta Llama",
        prefix: "meta.llama",
        ..UNKNOWN
    },
    Family {
        name: "Mistral 7B",
        prefix: "mistral.mistral-7b-",
        ..NO_CHAT
    },
    Family {
        name: "Mixtral",
        prefix: "mistral.mixtral-",
        ..NO_CHAT
    },
    Family {
        name: "Mistral",
        prefix: "mistral.",
        ..UNKNOWN
    },
    Family {
        name: "Cohere Command R",
        prefix: "cohere.command-r",
        ..UNKNOWN
    },
    Family {
        name: "Cohere Command",
        prefix: "cohere.command-",
        ..NO_CHAT
    },
];

/// The row for a foundation model's id.
pub(crate) fn of(id: &str) -> &'static Family {
    FAMILIES
        .iter()
        .find(|family| id.starts_with(family.prefix))
        .unwrap_or(&UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrower_row_stands_before_the_wider() {
        for (at, family) in FAMILIES.iter().enumerate() {
            let shadowing = FAMILIES[..at]
                .iter()
                .find(|earlier| family.prefix.starts_with(earlier.prefix));
            assert_eq!(shadowing, None, "{} is never reached", family.name);
        }
    }
}
