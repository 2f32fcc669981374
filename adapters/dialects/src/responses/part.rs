//! The parts of a message's `content`, and of what a tool returned, → blocks.

use bedrock_provider::json;

use crate::canonical::{ContentBlock, Error, ImageBlock};
use crate::fields::{Fields, elements, mistyped, text};
use crate::notes::Notes;
use crate::openai::piece;

type ReadPart = fn(&mut Fields<'_, '_>, &mut Notes) -> Result<ContentBlock, Error>;

#[rustfmt::skip]
const PARTS: &[(&str, ReadPart)] = &[
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

/// The member `name` of `holder`: a text, or a list of parts.
pub(super) fn read(
    holder: &mut Fields<'_, '_>,
    name: &'static str,
    notes: &mut Notes,
) -> Result<Vec<ContentBlock>, Error> {
    let raw = holder.required_raw(name)?;
    let here = holder.path();
    let path = here.member(name);
    match json::kind(raw) {
        "a text" => return Ok(vec![piece::text(text(raw, path)?)]),
        "an array" => {}
        _ => return Err(mistyped(path, "a text or a list of parts", raw)),
    }
    let mut blocks = Vec::new();
    for (at, raw) in elements(raw, path)?.into_iter().enumerate() {
        let mut part = Fields::open(raw, path.element(at))?;
        let kind = part.required_text("type")?;
        let Some((_, read)) = PARTS.iter().find(|(name, _)| *name == kind) else {
            part.lost(
                "type",
                "a part of no kind that is known here: left out",
                notes,
            )?;
            continue;
        };
        let mut block = read(&mut part, notes)?;
        let control = piece::cache_control(&mut part, notes)?;
        if let Some(place) = piece::cache_place(&mut block) {
            *place = control;
        }
        part.finish(notes)?;
        blocks.push(block);
    }
    Ok(blocks)
}

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
