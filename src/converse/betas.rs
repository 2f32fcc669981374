//! Anthropic's beta features: `anthropic_beta` in `additionalModelRequestFields`.
//!
//! A beta that Bedrock does not know fails the call ("invalid beta flag"), and which it knows differs by model and month:
//! only those of the model's row (`betas`) go through. A member of the body that belongs to a beta fails the call without
//! it: both are sent, or neither.

use std::borrow::Cow;

use super::body::AdditionalFields;
use super::counts::Counts;
use super::request::Call;
use crate::canonical::Error;
use crate::capability::Capabilities;
use crate::excerpt::quoted;
use crate::json::Writer;
use crate::warnings::{Code, Warnings};

/// The member of `additionalModelRequestFields` that names them.
pub(crate) const ANTHROPIC_BETA: &str = "anthropic_beta";

/// For prompts of up to a million tokens, where a model takes fewer without it.
const LONG_CONTEXT: &str = "context-1m-2025-08-07";
const LONG: u32 = 1_000_000;

/// Anthropic's tools that run at the caller's and that Bedrock knows, by the beginnings of their names, and the betas of
/// their versions (<https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/computer-use-tool>).
const SERVER_TOOLS: &[(&str, &[(&str, &str)])] = &[
    (
        "computer_",
        &[
            ("20241022", "computer-use-2024-10-22"),
            ("20250124", "computer-use-2025-01-24"),
            ("20251124", "computer-use-2025-11-24"),
        ],
    ),
    (
        "bash_",
        &[
            ("20241022", "computer-use-2024-10-22"),
            ("20250124", "computer-use-2025-01-24"),
        ],
    ),
    (
        "text_editor_",
        &[
            ("20241022", "computer-use-2024-10-22"),
            ("20250124", "computer-use-2025-01-24"),
            ("20250429", "computer-use-2025-01-24"),
            ("20250728", "computer-use-2025-01-24"),
        ],
    ),
    ("memory_", &[("20250818", CONTEXT_MANAGEMENT)]),
];

/// Members of the body, by their values, and the betas that they belong to.
const MEMBERS: &[(&str, &str)] = &[
    // `thinking.display`.
    ("updates", "thinking-display-updates-2026-08-18"),
    // `context_management.edits[].type`.
    ("compact_20260112", "compact-2026-01-12"),
    ("clear_tool_uses_20250919", CONTEXT_MANAGEMENT),
    ("clear_thinking_20251015", CONTEXT_MANAGEMENT),
];

const CONTEXT_MANAGEMENT: &str = "context-management-2025-06-27";

/// Betas that permit what Converse does without any, or members and tools that are sent or reported by themselves, by the
/// beginnings of their names: nothing is lost with the beta.
const PERMISSIONS: &[&str] = &[
    "advanced-tool-use-",
    "claude-code-",
    "extended-cache-ttl-",
    "mid-conversation-tool-changes-",
    "oauth-",
    "pdfs-",
    "per-turn-control-",
    "prompt-caching-",
    "search-results-",
    "structured-outputs-",
    "thinking-token-count-",
    "token-counting-",
    "tool-search-tool-",
];

/// The beta that a member with this value belongs to.
pub(crate) fn of_member(value: &str) -> Option<&'static str> {
    let member = MEMBERS.iter().find(|(known, _)| *known == value);
    member.map(|(_, beta)| *beta)
}

/// The beta that a tool of Anthropic's needs; none where Bedrock does not know the tool.
pub(crate) fn of_server_tool(kind: &str) -> Option<&'static str> {
    let (prefix, versions) = SERVER_TOOLS
        .iter()
        .find(|(prefix, _)| kind.starts_with(prefix))?;
    let version = kind.strip_prefix(prefix)?;
    let known = versions.iter().find(|(known, _)| *known == version);
    // A version newer than this one: likely of the newest beta.
    known.or(versions.last()).map(|(_, beta)| *beta)
}

/// `anthropic_beta`: what the caller asks and Bedrock knows, and what `members` and its tools need.
pub(crate) fn plan(
    call: &Call<'_>,
    members: impl Iterator<Item = &'static str>,
    fields: &mut AdditionalFields<'_>,
    notes: &mut Warnings,
) -> Result<(), Error> {
    let request = call.request;
    let capabilities = &call.target.capabilities;
    let sends_tools = fields.iter().any(|(name, _)| name == "tools");
    let kinds = request
        .tools
        .iter()
        .filter_map(|tool| tool.server_type.as_deref());
    let of_tools = kinds.filter(|_| sends_tools).filter_map(of_server_tool);
    // Of the caller's, those that go through.
    let mut taken = Counts::default();
    if capabilities.anthropic_fields && !call.without_betas && !request.betas.is_empty() {
        for beta in capabilities.betas.iter() {
            taken.add(beta);
        }
    }
    let (mut needed, mut known) = (Vec::new(), Counts::default());
    for beta in members.chain(of_tools) {
        taken.add(beta);
        add(&mut needed, &mut known, beta);
    }
    let (mut betas, mut known) = (Vec::new(), Counts::default());
    for (at, beta) in request.betas.iter().enumerate() {
        let path = || format!("betas[{at}]");
        if taken.get(beta).is_some() {
            add(&mut betas, &mut known, beta);
        } else if MEMBERS.iter().any(|(_, of_member)| *of_member == beta) {
            // Its other half is not there, or was warned of.
            notes.changed(
                Code::Ignored,
                path(),
                format!(
                    "{} is not supported without its request field; ignored",
                    quoted(beta)
                ),
            );
        } else if PERMISSIONS.iter().any(|known| beta.starts_with(known)) {
            notes.changed(
                Code::Ignored,
                path(),
                format!("{} is not needed on Bedrock; ignored", quoted(beta)),
            );
        } else {
            let message = format!(
                "{} is not supported by Bedrock for this model; ignored",
                quoted(beta)
            );
            notes.lost(Code::Ignored, path(), message)?;
        }
    }
    for beta in needed {
        add(&mut betas, &mut known, beta);
    }
    if call.has_long_context && capabilities.max_input_tokens < LONG {
        let is_taken = !call.without_betas
            && capabilities.anthropic_fields
            && Capabilities::has(&capabilities.betas, LONG_CONTEXT);
        match is_taken {
            true => add(&mut betas, &mut known, LONG_CONTEXT),
            false => notes.lost(
                Code::Ignored,
                "model",
                "a context of a million tokens is not supported by this model; ignored",
            )?,
        }
    }
    if !betas.is_empty() {
        let mut list = Writer::default();
        list.array(|w| betas.iter().for_each(|beta| w.text(beta)));
        fields.push((
            Cow::Borrowed(ANTHROPIC_BETA),
            Cow::Owned(list.into_string()),
        ));
    }
    Ok(())
}

fn add<'b>(betas: &mut Vec<&'b str>, known: &mut Counts, beta: &'b str) {
    if known.add(beta) {
        betas.push(beta);
    }
}
