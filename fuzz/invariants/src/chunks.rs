//! The grammar that `wit/types.wit` states for a stream of chunks.

use bedrock_provider::canonical::{Chunk, ContentBlock, Delta, Error};

/// Holds chunks, up to where they broke off, to the grammar; a stream has exactly one end.
pub(crate) fn assert_legal(chunks: &[Chunk], error: Option<&Error>) {
    let mut open: Option<(u32, &ContentBlock)> = None;
    let mut next = 0;
    let (mut has_started, mut has_delta, mut has_stopped) = (false, false, false);
    for chunk in chunks {
        let shown = || format!("{chunk:?} in {chunks:#?}");
        assert!(!has_stopped, "after message-stop: {}", shown());
        match chunk {
            Chunk::Ping => continue,
            Chunk::MessageStart(_) => {
                assert!(!has_started, "a second start: {}", shown());
                has_started = true;
                continue;
            }
            _ => assert!(has_started, "before message-start: {}", shown()),
        }
        assert!(
            !has_delta || matches!(chunk, Chunk::MessageStop),
            "after message-delta: {}",
            shown()
        );
        match chunk {
            Chunk::ContentBlockStart(start) => {
                assert!(open.is_none(), "within a block: {}", shown());
                assert_eq!(start.index, next, "{}", shown());
                open = Some((start.index, &start.content_block));
                next += 1;
            }
            Chunk::ContentBlockDelta(delta) => {
                let (index, block) = open.unwrap_or_else(|| panic!("no block: {}", shown()));
                assert_eq!(delta.index, index, "{}", shown());
                assert!(fits(block, &delta.delta), "{}", shown());
            }
            Chunk::ContentBlockStop(index) => {
                assert_eq!(
                    open.take().map(|(index, _)| index),
                    Some(*index),
                    "{}",
                    shown()
                );
            }
            Chunk::MessageDelta(_) => {
                assert!(open.is_none(), "within a block: {}", shown());
                has_delta = true;
            }
            Chunk::MessageStop => {
                assert!(has_delta, "no message-delta: {}", shown());
                has_stopped = true;
            }
            Chunk::MessageStart(_) | Chunk::Ping => {}
        }
    }
    assert_eq!(
        has_stopped,
        error.is_none(),
        "one end: {error:?} {chunks:#?}"
    );
}

fn fits(block: &ContentBlock, delta: &Delta) -> bool {
    matches!(
        (block, delta),
        (
            ContentBlock::Text(_),
            Delta::TextDelta(_) | Delta::CitationsDelta(_)
        ) | (
            ContentBlock::Thinking(_),
            Delta::ThinkingDelta(_) | Delta::SignatureDelta(_)
        ) | (
            ContentBlock::ToolUse(_) | ContentBlock::ServerToolUse(_),
            Delta::InputJsonDelta(_)
        ) | (_, Delta::Other(_))
    )
}
