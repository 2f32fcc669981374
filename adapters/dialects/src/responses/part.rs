//! The parts of a message's `content`, and of what a tool returned, → blocks.

use crate::canonical::{ContentBlock, Error, ImageBlock};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::openai::piece::{self, ReadPart};

/// The types of parts.
#[rustfmt::skip]
pub(super) const TYPES: &[(&str, ReadPart)] = &[
    ("input_text", |part, _| Ok(piece::text(part.required_text("text")?))),
    ("output_text", said),
    ("refusal", |part, _| Ok(piece::text(part.required_text("refusal")?))),
    ("input_image", image),
    ("input_file", |part, notes| {
        piece::detail(part, notes)?;
        piece::file(part)
    }),
    ("input_audio", |part, notes| {
        part.required_object("input_audio", notes, |audio, _| piece::audio(audio))
    }),
];

/// What an earlier answer said. Its annotations are the answer's, not the model's words.
fn said(part: &mut Fields<'_, '_>, _: &mut Notes) -> Result<ContentBlock, Error> {
    part.raw("annotations");
    part.raw("logprobs");
    Ok(piece::text(part.required_text("text")?))
}

fn image(part: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<ContentBlock, Error> {
    piece::detail(part, notes)?;
    let is_uploaded = part.raw("file_id").is_some();
    if is_uploaded && part.raw("image_url").is_none() {
        return Err(part.unsupported("file_id", piece::UPLOADED));
    }
    Ok(ContentBlock::Image(ImageBlock {
        source: piece::address(part, "image_url")?,
        cache_control: None,
    }))
}
