//! What an open block holds, and how much may be held back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::canonical::{ContentBlock, Error, TextBlock, ThinkingBlock};
use crate::converse::fence::Fence;
use crate::converse::malformed;
use crate::converse::schema::renamed::Renamed;
use crate::converse::server_tool::Gathered;
use crate::json::{Joiner, Text};

/// The most bytes of what is held back: a block without deltas of its own (image, redacted thinking, a server tool's
/// result), a call whose properties get other names, or events that wait for a block's end.
const MAX_GATHERED: usize = 32 << 20;

/// The content of an open block, by its kind.
#[derive(Debug)]
pub(super) enum Content {
    /// Whoever asked for JSON in words gets it without a fence.
    Text(Joiner, Option<Fence>),
    Thinking(Joiner),
    ToolUse(Input),
    /// A text block that is the input of the tool for the answer's form.
    Output(Input),
    /// Gathered, and given whole at its end.
    Redacted(Vec<u8>),
    /// Gathered, and given whole at its end.
    Image {
        format: String,
        bytes: Vec<u8>,
    },
    /// Gathered, and given whole at its end.
    ServerToolResult(Gathered),
}

impl Content {
    pub(super) fn is_same_kind(&self, other: &Content) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// How the canonical block starts, where its first delta starts it.
    pub(super) fn start(&self) -> Option<ContentBlock> {
        match self {
            Content::Text(..) | Content::Output(_) => Some(ContentBlock::Text(TextBlock {
                text: String::new(),
                citations: Vec::new(),
                cache_control: None,
            })),
            Content::Thinking(_) => Some(ContentBlock::Thinking(ThinkingBlock {
                thinking: String::new(),
                signature: None,
            })),
            Content::ToolUse(_)
            | Content::Redacted(_)
            | Content::Image { .. }
            | Content::ServerToolResult(_) => None,
        }
    }

    /// Whether two halves of it would still be right.
    pub(super) fn may_be_cut(&self) -> bool {
        matches!(self, Content::Text(..) | Content::Thinking(_))
    }
}

/// The input of a call, as it comes.
#[derive(Debug)]
pub(super) struct Input {
    joiner: Joiner,
    /// Nothing of it has come but white space.
    is_blank: bool,
    /// Properties that get their own names again, and the input that is held back until then.
    renamed: Option<(Renamed, String)>,
}

impl Input {
    pub(super) fn new(renamed: Option<Renamed>) -> Self {
        Input {
            joiner: Joiner::default(),
            is_blank: true,
            renamed: renamed.map(|renamed| (renamed, String::new())),
        }
    }

    /// A piece of it; what can be told by now. White space in front is dropped: alone, it is no JSON.
    pub(super) fn push(&mut self, piece: Text<'_>) -> Result<String, Error> {
        let mut joined = self.joiner.push(piece);
        if self.is_blank {
            let white = joined.len() - joined.trim_start().len();
            joined.drain(..white);
            self.is_blank = joined.is_empty();
        }
        let Some((_, held)) = &mut self.renamed else {
            return Ok(joined);
        };
        check_gathered(held.len() + joined.len())?;
        held.push_str(&joined);
        Ok(String::new())
    }

    /// What was held back, and whether nothing came at all.
    pub(super) fn finish(mut self) -> (String, bool) {
        let last = self.joiner.finish();
        let is_empty = self.is_blank && last.is_empty();
        let rest = match self.renamed {
            Some((renamed, held)) => renamed.restored(&[&held, last].concat()).into_owned(),
            None => last.to_owned(),
        };
        (rest, is_empty)
    }
}

/// Append what base64 text stands for.
pub(super) fn gather(bytes: &mut Vec<u8>, base64: &str) -> Result<(), Error> {
    check_gathered(bytes.len() + base64.len())?;
    STANDARD
        .decode_vec(base64, bytes)
        .map_err(|error| malformed(format!("invalid base64: {error}")))
}

/// Refuse to hold back more than [`MAX_GATHERED`].
pub(super) fn check_gathered(bytes: usize) -> Result<(), Error> {
    if bytes > MAX_GATHERED {
        return Err(malformed(format!(
            "a block is larger than {MAX_GATHERED} bytes"
        )));
    }
    Ok(())
}
