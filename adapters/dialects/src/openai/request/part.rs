//! The parts of a message's `content` → blocks.

use crate::canonical::{
    ContentBlock, Error, ImageBlock, MediaBlock, RedactedThinkingBlock, ThinkingBlock,
};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::openai::piece::{self, ReadPart};

/// The types of parts.
#[rustfmt::skip]
pub(super) const TYPES: &[(&str, ReadPart)] = &[
    ("text", |part, _| Ok(piece::text(part.required_text("text")?))),
    ("refusal", |part, _| Ok(piece::text(part.required_text("refusal")?))),
    ("image_url", image),
    ("input_audio", |part, notes| {
        part.required_object("input_audio", notes, |audio, _| piece::audio(audio))
    }),
    ("video_url", video),
    ("file", |part, notes| {
        part.required_object("file", notes, |file, _| piece::file(file))
    }),
    ("thinking", |part, _| thought(part)),
    ("redacted_thinking", |part, _| redacted(part)),
];

fn image(part: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<ContentBlock, Error> {
    let source = part.required_object("image_url", notes, |image, notes| {
        piece::detail(image, notes)?;
        piece::address(image, "url")
    })?;
    Ok(ContentBlock::Image(ImageBlock {
        source,
        cache_control: None,
    }))
}

fn video(part: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<ContentBlock, Error> {
    let source =
        part.required_object("video_url", notes, |video, _| piece::address(video, "url"))?;
    Ok(ContentBlock::Video(MediaBlock {
        source,
        cache_control: None,
    }))
}

fn thought(block: &mut Fields<'_, '_>) -> Result<ContentBlock, Error> {
    let signature = block.text("signature")?;
    Ok(ContentBlock::Thinking(ThinkingBlock {
        thinking: block.text("thinking")?.unwrap_or_default(),
        signature: signature.filter(|signature| !signature.is_empty()),
    }))
}

fn redacted(block: &mut Fields<'_, '_>) -> Result<ContentBlock, Error> {
    Ok(ContentBlock::RedactedThinking(RedactedThinkingBlock {
        data: block.required_text("data")?,
    }))
}

/// What was thought, of a message of either direction: `thinking_blocks`, which go back byte for byte, or
/// `reasoning_content` where there are none.
pub(in crate::openai) fn thoughts(
    message: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Result<Vec<ContentBlock>, Error> {
    const NAME: &str = "thinking_blocks";
    let here = message.path();
    let path = here.member(NAME);
    let mut blocks = Vec::new();
    for (at, raw) in message.elements(NAME)?.into_iter().enumerate() {
        let mut block = Fields::open(raw, path.element(at))?;
        match block.required_text("type")?.as_str() {
            "thinking" => blocks.push(thought(&mut block)?),
            "redacted_thinking" => blocks.push(redacted(&mut block)?),
            _ => block.lost("type", "not known here: left out", notes)?,
        }
    }
    let thinking = message.text("reasoning_content")?.unwrap_or_default();
    if blocks.is_empty() && !thinking.is_empty() {
        blocks.push(ContentBlock::Thinking(ThinkingBlock {
            thinking,
            signature: None,
        }));
    }
    Ok(blocks)
}
