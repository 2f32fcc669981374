//! What a tool that the provider runs returned: Converse's `toolResult` in an answer.
//!
//! A whole answer has all pieces in `content`, a stream gives them delta by delta; either way the canonical block has
//! them as one JSON array, each as the provider wrote it.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolResultBlockStart.html>.

use super::losses::Losses;
use crate::canonical::{ContentBlock, Error, ServerToolResultBlock};
use crate::excerpt::quoted;
use crate::json::Object;

/// A result that is being gathered.
#[derive(Debug)]
pub(crate) struct Gathered {
    tool_use_id: String,
    kind: String,
    /// The pieces, with a comma between any two.
    pieces: String,
}

impl Gathered {
    /// `toolResult`, without its pieces; `index` is the canonical block's.
    pub(crate) fn start(
        result: &Object<'_>,
        index: u32,
        losses: &mut Losses,
    ) -> Result<Self, Error> {
        if let Some(status) = result.string("status")?
            && status != "success"
        {
            losses.add_in_block(
                index,
                format!(
                    "status {} of a server tool is not supported; dropped",
                    quoted(&status)
                ),
            );
        }
        Ok(Gathered {
            tool_use_id: result.required("toolUseId")?,
            kind: result.string("type")?.unwrap_or("tool_result".into()),
            pieces: String::new(),
        })
    }

    /// One piece, as JSON.
    pub(crate) fn add(&mut self, piece: &str) {
        if !self.pieces.is_empty() {
            self.pieces.push(',');
        }
        self.pieces.push_str(piece);
    }

    /// In bytes.
    pub(crate) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// The whole block.
    pub(crate) fn block(self) -> ContentBlock {
        ContentBlock::ServerToolResult(ServerToolResultBlock {
            tool_use_id: self.tool_use_id,
            kind: self.kind,
            content: ["[", &self.pieces, "]"].concat(),
        })
    }
}
