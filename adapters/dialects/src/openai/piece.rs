//! Pieces of a conversation that both of OpenAI's APIs have in the same words.
//!
//! Media come as `data:` URLs or base64 and stay base64: nothing is decoded. `cache_control` is Anthropic's, which most
//! gateways take on a part; `prompt_cache_breakpoint` is OpenAI's own word for it.

use bedrock_provider::json::{self, Writer};

use crate::anthropic;
use crate::canonical::{
    CacheControl, CacheTtl, ContentBlock, DocumentBlock, Encoded, Error, MediaBlock, Message,
    PlainText, Request, Role, Source, TextBlock, ToolResultBlock, ToolResultContent, ToolUseBlock,
};
use crate::fields::{self, Fields, elements, mistyped};
use crate::notes::Notes;

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
pub(crate) const UPLOADED: &str =
    "files that were uploaded to OpenAI cannot be read here: send the content itself";

/// How a part is read, whose type is known by now.
pub(crate) type ReadPart = fn(&mut Fields<'_, '_>, &mut Notes) -> Result<ContentBlock, Error>;

/// The member `name` of `holder`, a text or a list of parts of these types.
pub(crate) fn parts(
    types: &[(&str, ReadPart)],
    holder: &mut Fields<'_, '_>,
    name: &'static str,
    notes: &mut Notes,
) -> Result<Vec<ContentBlock>, Error> {
    let raw = holder.required_raw(name)?;
    let here = holder.path();
    let path = here.member(name);
    match json::kind(raw) {
        "a text" => return Ok(vec![text(fields::text(raw, path)?)]),
        "an array" => {}
        _ => return Err(mistyped(path, "a text or a list of parts", raw)),
    }
    let mut blocks = Vec::new();
    for (at, raw) in elements(raw, path)?.into_iter().enumerate() {
        let mut part = Fields::open(raw, path.element(at))?;
        let kind = part.required_text("type")?;
        let Some((_, read)) = types.iter().find(|(name, _)| *name == kind) else {
            const WHY: &str = "a part of no kind that is known here: left out";
            part.lost("type", WHY, notes)?;
            continue;
        };
        let mut block = read(&mut part, notes)?;
        let control = cache_control(&mut part, notes)?;
        if let Some(place) = cache_place(&mut block) {
            *place = control;
        }
        part.finish(notes)?;
        blocks.push(block);
    }
    Ok(blocks)
}

/// A block of text that cites nothing.
pub(crate) fn text(text: String) -> ContentBlock {
    ContentBlock::Text(TextBlock {
        text,
        citations: Vec::new(),
        cache_control: None,
    })
}

/// Text that cites nothing.
pub(crate) fn plain(block: TextBlock) -> PlainText {
    PlainText {
        text: block.text,
        cache_control: block.cache_control,
    }
}

/// What ends here as a cached prefix, of a part, a message or a tool.
pub(crate) fn cache_control(
    holder: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Result<Option<CacheControl>, Error> {
    let control = anthropic::cache_control(holder, notes)?;
    let breakpoint = holder.object("prompt_cache_breakpoint", notes, |fields, notes| {
        fields.raw("mode");
        let ttl = fields.text("ttl")?;
        if ttl.as_ref().is_some_and(|ttl| ttl != "30m") {
            const WHY: &str = "a prefix is cached for an hour at most: an hour";
            fields.lost("ttl", WHY, notes)?;
        }
        Ok(CacheControl {
            ttl: ttl.map(|_| CacheTtl::OneHour),
        })
    })?;
    Ok(control.or(breakpoint))
}

/// Where a block says that a cached prefix ends with it.
pub(crate) fn cache_place(block: &mut ContentBlock) -> Option<&mut Option<CacheControl>> {
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

/// The member `name`, an address: `data:image/png;base64,…` → base64, any other as it is.
pub(crate) fn address(fields: &mut Fields<'_, '_>, name: &'static str) -> Result<Source, Error> {
    let url = fields.required_text(name)?;
    let Some(rest) = url.strip_prefix("data:") else {
        return Ok(Source::Url(url));
    };
    let Some((media_type, data)) = rest.split_once(";base64,") else {
        return Err(fields.invalid(name, "expected data:<media type>;base64,<data>"));
    };
    // Parameters, such as a charset, are not of the type.
    let media_type = media_type.split(';').next().unwrap_or(media_type);
    Ok(Source::Base64(Encoded {
        media_type: media_type.into(),
        data: data.into(),
    }))
}

/// `detail` of an image or a file.
pub(crate) fn detail(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<(), Error> {
    match fields.text("detail")?.as_deref() {
        None | Some("auto") => Ok(()),
        Some(_) => fields.lost("detail", "there is one level of detail: left out", notes),
    }
}

/// The members of `input_audio`.
pub(crate) fn audio(fields: &mut Fields<'_, '_>) -> Result<ContentBlock, Error> {
    let format = fields.required_text("format")?;
    let Some((_, media_type)) = AUDIO.iter().find(|(name, _)| *name == format) else {
        let message = "expected wav, mp3, flac, ogg, opus, aac, m4a or webm";
        return Err(fields.invalid("format", message));
    };
    Ok(ContentBlock::Audio(MediaBlock {
        source: Source::Base64(Encoded {
            media_type: (*media_type).into(),
            data: fields.required_text("data")?,
        }),
        cache_control: None,
    }))
}

/// The members of a file: `file_data`, or `file_url` where the API has it, `file_id` and `filename`.
pub(crate) fn file(fields: &mut Fields<'_, '_>) -> Result<ContentBlock, Error> {
    let title = fields.text("filename")?;
    let is_uploaded = fields.raw("file_id").is_some();
    let data = fields.text("file_data")?;
    let source = match data {
        Some(data) if !data.starts_with("data:") => Source::Base64(Encoded {
            // Bare base64 tells no type; OpenAI takes PDF alone in this form.
            media_type: "application/pdf".into(),
            data,
        }),
        Some(_) => address(fields, "file_data")?,
        None if fields.raw("file_url").is_some() => address(fields, "file_url")?,
        None if is_uploaded => return Err(fields.unsupported("file_id", UPLOADED)),
        None => return Err(fields.missing("file_data")),
    };
    Ok(ContentBlock::Document(DocumentBlock {
        source,
        title,
        context: None,
        citations: false,
        cache_control: None,
    }))
}

/// The members `name` and `arguments` of a call. A model's own mistakes are in the history too: arguments need be no
/// object, and what was cut short need be no JSON.
pub(crate) fn call(
    id: String,
    fields: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Result<ToolUseBlock, Error> {
    const NAME: &str = "arguments";
    let arguments = fields.text(NAME)?.unwrap_or_default();
    let input = match (arguments.trim(), json::verbatim(&arguments)) {
        ("", _) => "{}".to_owned(),
        (_, Ok(json)) => json.to_owned(),
        (_, Err(_)) => {
            fields.changed(NAME, "they are no JSON: sent as a text", notes);
            let mut text = Writer::default();
            text.text(&arguments);
            text.into_string()
        }
    };
    Ok(ToolUseBlock {
        id,
        name: fields.required_text("name")?,
        input,
        cache_control: None,
    })
}

/// Blocks as what a tool returned, the member `name` of `holder`.
pub(crate) fn returned(
    blocks: Vec<ContentBlock>,
    holder: &Fields<'_, '_>,
    name: &str,
) -> Result<Vec<ToolResultContent>, Error> {
    let content = |block| match block {
        ContentBlock::Text(block) => Ok(ToolResultContent::Text(plain(block))),
        ContentBlock::Image(block) => Ok(ToolResultContent::Image(block)),
        ContentBlock::Document(block) => Ok(ToolResultContent::Document(block)),
        ContentBlock::Video(block) => Ok(ToolResultContent::Video(block)),
        _ => Err(holder.invalid(name, "expected text, images or files")),
    };
    blocks.into_iter().map(content).collect()
}

/// What a tool returned, as a block.
pub(crate) fn result(
    tool_use_id: String,
    content: Vec<ToolResultContent>,
    cache_control: Option<CacheControl>,
) -> ContentBlock {
    ContentBlock::ToolResult(ToolResultBlock {
        tool_use_id,
        content,
        is_error: false,
        cache_control,
    })
}

/// Instructions, the member `content` of `message`: those before the first turn are the system prompt, later ones a turn
/// of their own.
pub(crate) fn instruct(
    blocks: Vec<ContentBlock>,
    message: &Fields<'_, '_>,
    request: &mut Request,
) -> Result<(), Error> {
    if !request.messages.is_empty() {
        request.messages.push(Message {
            role: Role::System,
            content: blocks,
        });
        return Ok(());
    }
    for block in blocks {
        match block {
            ContentBlock::Text(block) => request.system.push(plain(block)),
            _ => return Err(message.invalid("content", "instructions are text")),
        }
    }
    Ok(())
}
