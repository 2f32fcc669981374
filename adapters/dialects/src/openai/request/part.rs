//! The parts of a message's `content` → blocks.
//!
//! Media come as `data:` URLs or base64 and stay base64: nothing is decoded. `cache_control` is Anthropic's, which most
//! gateways take on a part; `prompt_cache_breakpoint` is OpenAI's own word for it.

use super::AUDIO;
use crate::canonical::{
    CacheControl, CacheTtl, ContentBlock, DocumentBlock, Encoded, Error, ImageBlock, MediaBlock,
    PlainText, RedactedThinkingBlock, Source, TextBlock, ThinkingBlock,
};
use crate::openai::cursor::{Cursor, Element, Notes};

/// How a part of a type is read, and the members that such a part may have.
type Row = (&'static str, &'static [&'static str], ReadPart);

type ReadPart = fn(&Cursor<'_>, &mut Notes) -> Result<Option<ContentBlock>, Error>;

#[rustfmt::skip]
const TYPES: &[Row] = &[
    ("text", &["text"], |part, _| Ok(Some(text(part.required("text")?)))),
    ("refusal", &["refusal"], |part, _| Ok(Some(text(part.required("refusal")?)))),
    ("image_url", &["image_url"], image),
    ("input_audio", &["input_audio"], audio),
    ("video_url", &["video_url"], video),
    ("file", &["file"], file),
    ("thinking", &["thinking", "signature"], thinking),
    ("redacted_thinking", &["data"], thinking),
];

/// A text, or a list of parts.
pub(super) fn read(content: &Element<'_>, notes: &mut Notes) -> Result<Vec<ContentBlock>, Error> {
    if let Some(said) = content.as_string() {
        return Ok(vec![text(said)]);
    }
    if !content.raw.starts_with('[') {
        return Err(content.mistyped("a text or a list of parts"));
    }
    let mut blocks = Vec::new();
    for element in content.elements()? {
        let part = element.cursor()?;
        let kind = part.required("type")?;
        let Some((_, members, read)) = TYPES.iter().find(|(name, ..)| *name == kind) else {
            notes.unknown(part.path("type"))?;
            continue;
        };
        let mut known = vec!["type", "cache_control", "prompt_cache_breakpoint"];
        known.extend_from_slice(members);
        part.check(&known, notes)?;
        if let Some(mut block) = read(&part, notes)? {
            if let Some(place) = cache_place(&mut block) {
                *place = cache_control(&part, notes)?;
            }
            blocks.push(block);
        }
    }
    Ok(blocks)
}

fn text(text: String) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text,
        citations: Vec::new(),
        cache_control: None,
    })
}

/// Text that cites nothing.
pub(super) fn plain(block: TextBlock) -> PlainText {
    PlainText {
        text: block.text,
        cache_control: block.cache_control,
    }
}

/// What ends here as a cached prefix, of a part, a message or a tool.
pub(super) fn cache_control(
    holder: &Cursor<'_>,
    notes: &mut Notes,
) -> Result<Option<CacheControl>, Error> {
    if let Some(control) = holder.object("cache_control")? {
        control.check(&["type", "ttl"], notes)?;
        let kind = control.string("type")?;
        if kind.is_some_and(|kind| kind != "ephemeral") {
            return Err(Error::invalid(control.path("type"), "expected ephemeral"));
        }
        let ttl = control.string("ttl")?.map(|ttl| match ttl.as_str() {
            "5m" => CacheTtl::FiveMinutes,
            "1h" => CacheTtl::OneHour,
            _ => CacheTtl::Other(ttl),
        });
        return Ok(Some(CacheControl { ttl }));
    }
    let Some(breakpoint) = holder.object("prompt_cache_breakpoint")? else {
        return Ok(None);
    };
    breakpoint.check(&["mode", "ttl"], notes)?;
    let ttl = breakpoint.string("ttl")?;
    if ttl.as_ref().is_some_and(|ttl| ttl != "30m") {
        notes.lost(
            breakpoint.path("ttl"),
            "a prefix is cached for an hour at most: an hour",
        );
    }
    Ok(Some(CacheControl {
        ttl: ttl.map(|_| CacheTtl::OneHour),
    }))
}

/// Where a block says that a cached prefix ends with it.
pub(super) fn cache_place(block: &mut ContentBlock) -> Option<&mut Option<CacheControl>> {
    match block {
        ContentBlock::Text(block) => Some(&mut block.cache_control),
        ContentBlock::Image(block) => Some(&mut block.cache_control),
        ContentBlock::Document(block) => Some(&mut block.cache_control),
        ContentBlock::Video(block) | ContentBlock::Audio(block) => Some(&mut block.cache_control),
        ContentBlock::ToolUse(block) => Some(&mut block.cache_control),
        ContentBlock::ToolResult(block) => Some(&mut block.cache_control),
        _ => None,
    }
}

/// `data:image/png;base64,…` → base64; any other address as it is.
fn source(url: String, path: &str) -> Result<Source, Error> {
    let Some(rest) = url.strip_prefix("data:") else {
        return Ok(Source::Url(url));
    };
    let Some((media_type, data)) = rest.split_once(";base64,") else {
        return Err(Error::invalid(
            path,
            "expected data:<media type>;base64,<data>",
        ));
    };
    // Parameters, such as a charset, are not of the type.
    let media_type = media_type.split(';').next().unwrap_or(media_type);
    Ok(Source::Base64(Encoded {
        media_type: media_type.into(),
        data: data.into(),
    }))
}

fn image(part: &Cursor<'_>, notes: &mut Notes) -> Result<Option<ContentBlock>, Error> {
    let image = part.required_object("image_url")?;
    image.check(&["url", "detail"], notes)?;
    if image
        .string("detail")?
        .is_some_and(|detail| detail != "auto")
    {
        notes.lost(
            image.path("detail"),
            "images have one level of detail: left out",
        );
    }
    Ok(Some(ContentBlock::Image(ImageBlock {
        source: source(image.required("url")?, &image.path("url"))?,
        cache_control: None,
    })))
}

fn video(part: &Cursor<'_>, notes: &mut Notes) -> Result<Option<ContentBlock>, Error> {
    let video = part.required_object("video_url")?;
    video.check(&["url"], notes)?;
    Ok(Some(ContentBlock::Video(MediaBlock {
        source: source(video.required("url")?, &video.path("url"))?,
        cache_control: None,
    })))
}

fn audio(part: &Cursor<'_>, notes: &mut Notes) -> Result<Option<ContentBlock>, Error> {
    let audio = part.required_object("input_audio")?;
    audio.check(&["data", "format"], notes)?;
    let format = audio.required("format")?;
    let Some((_, media_type)) = AUDIO.iter().find(|(name, _)| *name == format) else {
        let message = "expected wav, mp3, flac, ogg, opus, aac, m4a or webm";
        return Err(Error::invalid(audio.path("format"), message));
    };
    Ok(Some(ContentBlock::Audio(MediaBlock {
        source: Source::Base64(Encoded {
            media_type: (*media_type).into(),
            data: audio.required("data")?,
        }),
        cache_control: None,
    })))
}

fn file(part: &Cursor<'_>, notes: &mut Notes) -> Result<Option<ContentBlock>, Error> {
    let file = part.required_object("file")?;
    file.check(&["file_data", "file_id", "filename"], notes)?;
    let title = file.string("filename")?;
    let path = file.path("file_data");
    let Some(data) = file.string("file_data")? else {
        return Err(match file.get("file_id") {
            Some(id) => Error::unsupported(
                id.path,
                "files that were uploaded to OpenAI cannot be read here: send file_data",
            ),
            None => Error::invalid(path, "is missing"),
        });
    };
    let source = match data.starts_with("data:") {
        true => source(data, &path)?,
        // Bare base64 tells no type; OpenAI takes PDF alone in this form.
        false => Source::Base64(Encoded {
            media_type: "application/pdf".into(),
            data,
        }),
    };
    Ok(Some(ContentBlock::Document(DocumentBlock {
        source,
        title,
        context: None,
        citations: false,
        cache_control: None,
    })))
}

/// A part, or one of `thinking_blocks`: what goes back byte for byte.
pub(in crate::openai) fn thinking(
    block: &Cursor<'_>,
    notes: &mut Notes,
) -> Result<Option<ContentBlock>, Error> {
    match block.required("type")?.as_str() {
        "thinking" => {
            let signature = block.string("signature")?;
            Ok(Some(ContentBlock::Thinking(ThinkingBlock {
                thinking: block.string("thinking")?.unwrap_or_default(),
                signature: signature.filter(|signature| !signature.is_empty()),
            })))
        }
        "redacted_thinking" => Ok(Some(ContentBlock::RedactedThinking(
            RedactedThinkingBlock {
                data: block.required("data")?,
            },
        ))),
        _ => notes.unknown(block.path("type")).map(|()| None),
    }
}
