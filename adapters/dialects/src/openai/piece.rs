//! Pieces of a conversation that both of OpenAI's APIs have in the same words; [`super::part`] has the parts of messages.
//!
//! `cache_control` is Anthropic's, which most
//! gateways take on a part; `prompt_cache_breakpoint` is OpenAI's own word for it.

use bedrock_provider::json::{self, Writer};
use bedrock_provider::warnings::Code;

use crate::anthropic;
use crate::canonical::{
    CacheControl, CacheTtl, ContentBlock, Error, Message, PlainText, Request, Role, TextBlock,
    ToolResultBlock, ToolResultContent, ToolUseBlock,
};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::openai::tools::freeform;

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
            let here = fields.path();
            notes.lost_or(
                Code::Replaced,
                here.member("ttl"),
                "values other than 30m are not supported; replaced by 1h",
                "must be 30m",
            )?;
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
        ContentBlock::SearchResult(block) => Some(&mut block.cache_control),
        ContentBlock::ToolUse(block) | ContentBlock::ServerToolUse(block) => {
            Some(&mut block.cache_control)
        }
        ContentBlock::ToolResult(block) => Some(&mut block.cache_control),
        _ => None,
    }
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
            fields.changed(
                Code::Converted,
                NAME,
                "not valid JSON; sent as a string",
                notes,
            );
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

/// The members `name` and `input` of a call with raw text.
pub(crate) fn custom_call(id: String, fields: &mut Fields<'_, '_>) -> Result<ToolUseBlock, Error> {
    let text = fields.text(freeform::MEMBER)?.unwrap_or_default();
    Ok(ToolUseBlock {
        id,
        name: fields.required_text("name")?,
        input: freeform::input(&text),
        cache_control: None,
    })
}

/// A block as a piece of what a tool returned; the member `name` of `holder` says that it is one.
pub(crate) fn returned(
    block: ContentBlock,
    holder: &Fields<'_, '_>,
    name: &str,
) -> Result<ToolResultContent, Error> {
    match block {
        ContentBlock::Text(block) => Ok(ToolResultContent::Text(plain(block))),
        ContentBlock::Image(block) => Ok(ToolResultContent::Image(block)),
        ContentBlock::Document(block) => Ok(ToolResultContent::Document(block)),
        ContentBlock::Video(block) => Ok(ToolResultContent::Video(block)),
        ContentBlock::SearchResult(block) => Ok(ToolResultContent::SearchResult(block)),
        _ => Err(holder.invalid(
            name,
            "only text, images, files, video and search results are supported in a tool result",
        )),
    }
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
            _ => {
                return Err(message.invalid(
                    "content",
                    "only text is supported in system and developer messages",
                ));
            }
        }
    }
    Ok(())
}
