//! The parts of a message's `content`, and of what a tool returned, → blocks.
//!
//! Clients send the parts of one API to another: each of OpenAI's APIs reads those of both, and Anthropic's blocks, and
//! Anthropic's reads these in turn ([`own`]). A part of an unknown type in a person's or a tool's message is refused,
//! or replaced by a text ([`crate::UnsupportedContent`]); in an earlier answer it is dropped with a warning.

use bedrock_provider::json;
use bedrock_provider::warnings::Code;

use super::piece;
use crate::anthropic;
use crate::canonical::{
    ContentBlock, DocumentBlock, Encoded, Error, ImageBlock, MediaBlock, RedactedThinkingBlock,
    Role, Source, TextBlock, ThinkingBlock, ToolResultContent,
};
use crate::data_url;
use crate::fields::{self, Fields};
use crate::notes::{NOT_SUPPORTED, Notes};
use crate::path::Path;

/// How a part is read, whose type is known by now.
type ReadPart = fn(&mut Fields<'_, '_>, &mut Notes) -> Result<ContentBlock, Error>;

/// The types of parts, of both APIs.
#[rustfmt::skip]
const TYPES: &[(&str, ReadPart)] = &[
    ("text", text),
    ("input_text", text),
    ("output_text", text),
    ("refusal", |part, _| Ok(piece::text(part.required_text("refusal")?))),
    ("image_url", image),
    ("input_image", image),
    ("file", file),
    ("input_file", file),
    ("input_audio", |part, notes| {
        part.required_object("input_audio", notes, |audio, _| input_audio(audio))
    }),
    ("audio_url", |part, notes| Ok(ContentBlock::Audio(medium(part, "audio_url", notes)?))),
    ("video_url", |part, notes| Ok(ContentBlock::Video(medium(part, "video_url", notes)?))),
    ("thinking", |part, _| thought(part)),
    ("redacted_thinking", |part, _| redacted(part)),
];

/// A part of an unknown type in an earlier answer.
const DROPPED: &str = "a part of this type is not supported; dropped";
const REFUSED: &str = "a part of this type is not supported: remove it";

/// What is supported, for the error about a part of an unknown type.
const TAKEN: &str = "text, input_text, image_url, input_image, file, input_file, input_audio, audio_url, video_url, or a block of Anthropic's such as image, document, search_result or tool_result";

/// Formats of `input_audio`, and their media types; the first of a type is the one to write.
pub(crate) const AUDIO: &[(&str, &str)] = &[
    ("wav", "audio/wav"),
    ("wav", "audio/x-wav"),
    ("mp3", "audio/mpeg"),
    ("mp3", "audio/mp3"),
    ("flac", "audio/flac"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/opus"),
    ("aac", "audio/aac"),
    ("m4a", "audio/mp4"),
    ("webm", "audio/webm"),
];

/// What is said of a file that is in OpenAI's store.
const UPLOADED: &str =
    "files uploaded to OpenAI are not supported by Bedrock: send the content itself";

/// The member `name` of `holder`: a text, a part, or a list of either, which `role` said.
pub(crate) fn parts(
    holder: &mut Fields<'_, '_>,
    name: &'static str,
    role: Role,
    notes: &mut Notes,
) -> Result<Vec<ContentBlock>, Error> {
    let raw = holder.required_raw(name)?;
    let here = holder.path();
    let mut blocks = Vec::new();
    fields::each(raw, here.member(name), &mut |raw, path| {
        blocks.extend(part(raw, path, role, notes)?);
        Ok(())
    })?;
    Ok(blocks)
}

/// The member `name` of `holder`, as [`parts`], as what a tool returned.
pub(crate) fn returned(
    holder: &mut Fields<'_, '_>,
    name: &'static str,
    notes: &mut Notes,
) -> Result<Vec<ToolResultContent>, Error> {
    let blocks = parts(holder, name, Role::User, notes)?.into_iter();
    blocks
        .map(|block| piece::returned(block, holder, name))
        .collect()
}

fn part(
    raw: &str,
    path: Path<'_>,
    role: Role,
    notes: &mut Notes,
) -> Result<Option<ContentBlock>, Error> {
    if json::kind(raw) == json::Kind::String {
        return fields::text(raw, path).map(|text| Some(piece::text(text)));
    }
    let mut part = Fields::open(raw, path)?;
    let kind = part.required_text("type")?;
    let known = match own(&kind, &mut part, notes) {
        Ok(None) => block_of_anthropic(&kind, &mut part, role, notes),
        known => known,
    };
    let known = match known {
        Ok(known) => known,
        Err(error) => {
            let text = notes.replace(path, &kind, error)?;
            return Ok(Some(piece::text(text)));
        }
    };
    match known {
        Some(block) => {
            part.finish(notes)?;
            Ok(Some(block))
        }
        None if role == Role::Assistant => {
            notes.lost_or(Code::Dropped, path.member("type"), DROPPED, REFUSED)?;
            Ok(None)
        }
        None => {
            let text = notes.unsupported(path.member("type"), &kind, TAKEN)?;
            Ok(Some(piece::text(text)))
        }
    }
}

/// A block of Anthropic's API, of this type; none where it has no such type.
fn block_of_anthropic(
    kind: &str,
    part: &mut Fields<'_, '_>,
    role: Role,
    notes: &mut Notes,
) -> Result<Option<ContentBlock>, Error> {
    let mut block = anthropic::block_of(kind, part, role, notes)?;
    if let Some(block) = &mut block {
        set_cache_control(block, part, notes)?;
    }
    Ok(block)
}

/// A part of OpenAI's APIs, of this type; none where they have no such type.
pub(crate) fn own(
    kind: &str,
    part: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Result<Option<ContentBlock>, Error> {
    let Some((_, read)) = TYPES.iter().find(|(name, _)| *name == kind) else {
        return Ok(None);
    };
    let mut block = read(part, notes)?;
    set_cache_control(&mut block, part, notes)?;
    Ok(Some(block))
}

/// Whether a part of this type is OpenAI's.
pub(crate) fn is_own(kind: &str) -> bool {
    TYPES.iter().any(|(name, _)| *name == kind)
}

fn set_cache_control(
    block: &mut ContentBlock,
    part: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Result<(), Error> {
    let control = piece::cache_control(part, notes)?;
    if let Some(place) = piece::cache_place(block) {
        *place = control;
    }
    Ok(())
}

/// The annotations of an earlier answer are not the model's words; citations, Anthropic's, are.
fn text(part: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<ContentBlock, Error> {
    part.raw("annotations");
    part.raw("logprobs");
    Ok(ContentBlock::Text(TextBlock {
        text: part.required_text("text")?,
        citations: anthropic::citations(part, notes)?,
        cache_control: None,
    }))
}

/// The member `name`, an address or an object that has one.
fn address(
    part: &mut Fields<'_, '_>,
    name: &'static str,
    notes: &mut Notes,
) -> Result<Source, Error> {
    match part.raw(name) {
        Some(raw) if json::kind(raw) == json::Kind::Object => {
            part.required_object(name, notes, |object, notes| {
                detail(object, notes)?;
                data_url::address(object, "url")
            })
        }
        _ => data_url::address(part, name),
    }
}

fn image(part: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<ContentBlock, Error> {
    const NAME: &str = "image_url";
    detail(part, notes)?;
    let is_uploaded = part.raw("file_id").is_some();
    if is_uploaded && part.raw(NAME).is_none() {
        return Err(part.unsupported("file_id", UPLOADED));
    }
    Ok(ContentBlock::Image(ImageBlock {
        source: address(part, NAME, notes)?,
        cache_control: None,
    }))
}

fn medium(
    part: &mut Fields<'_, '_>,
    name: &'static str,
    notes: &mut Notes,
) -> Result<MediaBlock, Error> {
    Ok(MediaBlock {
        source: address(part, name, notes)?,
        cache_control: None,
    })
}

/// `detail` of an image or a file.
fn detail(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<(), Error> {
    match fields.text("detail")?.as_deref() {
        None | Some("auto") => Ok(()),
        Some(_) => fields.lost("detail", NOT_SUPPORTED, notes),
    }
}

/// The members of `input_audio`.
fn input_audio(fields: &mut Fields<'_, '_>) -> Result<ContentBlock, Error> {
    let format = fields.required_text("format")?;
    let Some((_, media_type)) = AUDIO.iter().find(|(name, _)| *name == format) else {
        let message = "expected wav, mp3, flac, ogg, opus, aac, m4a or webm";
        return Err(fields.invalid("format", message));
    };
    Ok(ContentBlock::Audio(MediaBlock {
        source: content(fields, "data", media_type)?,
        cache_control: None,
    }))
}

/// The member `name`: an address, or base64 of this media type.
fn content(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
    media_type: &str,
) -> Result<Source, Error> {
    let data = fields.required_text(name)?;
    // No digit of base64, and in every address.
    if data.contains(':') {
        return data_url::source(data, fields, name);
    }
    Ok(Source::Base64(Encoded {
        media_type: media_type.into(),
        data,
    }))
}

/// A file, whose members are in a member `file` with Chat Completions alone.
fn file(part: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<ContentBlock, Error> {
    const NAME: &str = "file";
    detail(part, notes)?;
    match part.raw(NAME) {
        Some(_) => part.required_object(NAME, notes, |file, _| file_members(file)),
        None => file_members(part),
    }
}

/// `file_data`, or `file_url`, `file_id` and `filename`. Bare base64 has no media type: the provider recognises
/// it by its name or its content.
fn file_members(fields: &mut Fields<'_, '_>) -> Result<ContentBlock, Error> {
    let title = fields.text("filename")?;
    let is_uploaded = fields.raw("file_id").is_some();
    let source = if fields.raw("file_data").is_some() {
        content(fields, "file_data", "")?
    } else if fields.raw("file_url").is_some() {
        data_url::address(fields, "file_url")?
    } else if is_uploaded {
        return Err(fields.unsupported("file_id", UPLOADED));
    } else {
        return Err(fields.missing("file_data"));
    };
    Ok(ContentBlock::Document(DocumentBlock {
        source,
        title,
        context: None,
        citations: false,
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
            _ => block.lost(
                "type",
                "a thinking block of this type is not supported",
                notes,
            )?,
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
