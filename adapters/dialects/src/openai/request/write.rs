//! The canonical request → the body of `POST /v1/chat/completions`, with a warning for all that OpenAI cannot say.

use bedrock_provider::json::Writer;

use crate::Unknown;
use crate::canonical::{
    CacheControl, CacheTtl, ContentBlock, Message, PlainText, Request, Role, Source, Thinking,
    ToolChoiceMode, ToolResultBlock, ToolResultContent, Warning,
};
use crate::notes::Notes;
use crate::openai::part::AUDIO;
use crate::openai::response::{write_call, write_thought};
use crate::openai::words;
use crate::path::Path;

/// Up to so many tokens of thinking, an effort.
const BUDGETS: &[(u32, &str)] = &[(2048, "low"), (8192, "medium")];

/// The body, and what was left out. Paths are canonical: it is the caller's request that they point into.
pub fn write_request(request: &Request, stream: bool) -> (String, Vec<Warning>) {
    let mut notes = Notes::new(Unknown::Warn);
    let mut w = Writer::with_capacity(4096);
    w.object(|w| {
        w.name("model").text(&request.model);
        w.name("messages").array(|w| {
            if !request.system.is_empty() {
                w.object(|w| {
                    w.name("role").text("system");
                    w.name("content").array(|w| {
                        request.system.iter().for_each(|text| write_plain(text, w));
                    });
                });
            }
            let path = Path::Root.member("messages");
            for (index, message) in request.messages.iter().enumerate() {
                write_message(message, path.element(index), &mut notes, w);
            }
        });
        write_tools(request, &mut notes, w);
        write_sampling(request, &mut notes, w);
        write_output(request, &mut notes, w);
        write_bookkeeping(request, &mut notes, w);
        if stream {
            w.name("stream").flag(true);
            w.name("stream_options")
                .object(|w| w.name("include_usage").flag(true));
        }
    });
    (w.into_string(), notes.into_warnings())
}

fn write_cache(control: Option<&CacheControl>, w: &mut Writer) {
    let Some(control) = control else {
        return;
    };
    w.name("cache_control").object(|w| {
        w.name("type").text("ephemeral");
        let ttl = control.ttl.as_ref().map(|ttl| match ttl {
            CacheTtl::FiveMinutes => "5m",
            CacheTtl::OneHour => "1h",
            CacheTtl::Other(ttl) => ttl,
        });
        if let Some(ttl) = ttl {
            w.name("ttl").text(ttl);
        }
    });
}

fn write_text(text: &str, control: Option<&CacheControl>, w: &mut Writer) {
    w.object(|w| {
        w.name("type").text("text");
        w.name("text").text(text);
        write_cache(control, w);
    });
}

fn write_plain(text: &PlainText, w: &mut Writer) {
    write_text(&text.text, text.cache_control.as_ref(), w);
}

/// A turn; what tools returned goes before the rest of it, in messages of its own.
fn write_message(message: &Message, path: Path<'_>, notes: &mut Notes, w: &mut Writer) {
    let content = path.member("content");
    let mut rest = Vec::new();
    for (number, block) in message.content.iter().enumerate() {
        let path = content.element(number);
        match block {
            ContentBlock::ToolResult(result) => write_result(result, path, notes, w),
            block => rest.push((block, path)),
        }
    }
    if rest.is_empty() && !message.content.is_empty() {
        return;
    }
    w.object(|w| {
        w.name("role").text(match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::System => "system",
        });
        let is_part = |block: &ContentBlock| {
            !matches!(
                block,
                ContentBlock::ToolUse(_)
                    | ContentBlock::Thinking(_)
                    | ContentBlock::RedactedThinking(_)
            )
        };
        let has_parts = rest.iter().any(|(block, _)| is_part(block));
        if has_parts || message.role != Role::Assistant {
            w.name("content").array(|w| {
                let parts = rest.iter().filter(|(block, _)| is_part(block));
                parts.for_each(|(block, path)| write_part(block, *path, notes, w));
            });
        } else {
            w.name("content").raw("null");
        }
        write_thoughts(&rest, w);
        let calls = rest.iter().filter_map(|(block, _)| match block {
            ContentBlock::ToolUse(call) => Some(call),
            _ => None,
        });
        let mut calls = calls.peekable();
        if calls.peek().is_some() {
            w.name("tool_calls")
                .array(|w| calls.for_each(|call| write_call(call, w)));
        }
    });
}

fn write_thoughts(blocks: &[(&ContentBlock, Path<'_>)], w: &mut Writer) {
    let is_thought = |block: &ContentBlock| {
        matches!(
            block,
            ContentBlock::Thinking(_) | ContentBlock::RedactedThinking(_)
        )
    };
    if !blocks.iter().any(|(block, _)| is_thought(block)) {
        return;
    }
    w.name("thinking_blocks").array(|w| {
        blocks.iter().for_each(|(block, _)| write_thought(block, w));
    });
}

fn write_result(result: &ToolResultBlock, path: Path<'_>, notes: &mut Notes, w: &mut Writer) {
    if result.is_error {
        notes.left_out(
            path.member("is_error"),
            "not supported by Chat Completions; dropped",
        );
    }
    w.object(|w| {
        w.name("role").text("tool");
        w.name("tool_call_id").text(&result.tool_use_id);
        w.name("content").array(|w| {
            for piece in &result.content {
                match piece {
                    ToolResultContent::Text(text) => write_plain(text, w),
                    ToolResultContent::Json(json) => write_text(json, None, w),
                    ToolResultContent::Image(image) => {
                        write_image(&image.source, image.cache_control.as_ref(), path, notes, w);
                    }
                    _ => notes.left_out(path, "tool results other than text and images are not supported by Chat Completions; dropped"),
                }
            }
        });
        write_cache(result.cache_control.as_ref(), w);
    });
}

fn base64(bytes: &[u8]) -> String {
    let mut w = Writer::default();
    w.base64(bytes);
    w.into_string().trim_matches('"').into()
}

/// Base64 as a `data:` URL, or the address; none where the source is neither.
fn url(source: &Source) -> Option<String> {
    let data = |media_type: &str, base64: &str| ["data:", media_type, ";base64,", base64].concat();
    match source {
        Source::Base64(encoded) => Some(data(&encoded.media_type, &encoded.data)),
        Source::Bytes(raw) => Some(data(&raw.media_type, &base64(&raw.data))),
        Source::Text(text) => Some(data("text/plain", &base64(text.as_bytes()))),
        Source::Url(url) => Some(url.clone()),
        Source::Object(_) | Source::Blocks(_) => None,
    }
}

fn write_image(
    source: &Source,
    control: Option<&CacheControl>,
    path: Path<'_>,
    notes: &mut Notes,
    w: &mut Writer,
) {
    let Some(url) = url(source) else {
        return notes.left_out(
            path,
            "images other than URLs and data are not supported by Chat Completions; dropped",
        );
    };
    w.object(|w| {
        w.name("type").text("image_url");
        w.name("image_url").object(|w| w.name("url").text(&url));
        write_cache(control, w);
    });
}

fn write_part(block: &ContentBlock, path: Path<'_>, notes: &mut Notes, w: &mut Writer) {
    match block {
        ContentBlock::Text(block) => {
            if !block.citations.is_empty() {
                notes.left_out(
                    path.member("citations"),
                    "not supported by Chat Completions; dropped",
                );
            }
            write_text(&block.text, block.cache_control.as_ref(), w);
        }
        ContentBlock::Image(block) => {
            write_image(&block.source, block.cache_control.as_ref(), path, notes, w);
        }
        ContentBlock::Document(block) => {
            if block.citations || block.context.is_some() {
                notes.left_out(
                    path,
                    "`citations` and `context` of files are not supported by Chat Completions; dropped",
                );
            }
            let data = url(&block.source).filter(|url| url.starts_with("data:"));
            let Some(data) = data else {
                return notes.left_out(
                    path,
                    "files other than data are not supported by Chat Completions; dropped",
                );
            };
            w.object(|w| {
                w.name("type").text("file");
                w.name("file").object(|w| {
                    w.name("file_data").text(&data);
                    if let Some(title) = &block.title {
                        w.name("filename").text(title);
                    }
                });
                write_cache(block.cache_control.as_ref(), w);
            });
        }
        ContentBlock::Audio(block) => {
            let url = url(&block.source).unwrap_or_default();
            let split = url
                .strip_prefix("data:")
                .and_then(|rest| rest.split_once(";base64,"));
            let format = split.and_then(|(media_type, data)| {
                let row = AUDIO.iter().find(|(_, known)| *known == media_type)?;
                Some((row.0, data))
            });
            let Some((format, data)) = format else {
                return notes.left_out(
                    path,
                    "audio other than data in wav, mp3 and similar formats is not supported by Chat Completions; dropped",
                );
            };
            w.object(|w| {
                w.name("type").text("input_audio");
                w.name("input_audio").object(|w| {
                    w.name("data").text(data);
                    w.name("format").text(format);
                });
                write_cache(block.cache_control.as_ref(), w);
            });
        }
        _ => notes.left_out(
            path,
            "blocks of this type are not supported by Chat Completions; dropped",
        ),
    }
}

fn write_tools(request: &Request, notes: &mut Notes, w: &mut Writer) {
    let tools = Path::Root.member("tools");
    let of_caller = |tool: &&crate::canonical::Tool| tool.server_type.is_none();
    for (index, tool) in request.tools.iter().enumerate() {
        if !of_caller(&tool) {
            notes.left_out(
                tools.element(index),
                "tools of this type are not supported by OpenAI; dropped",
            );
        }
    }
    if request.tools.iter().any(|tool| of_caller(&tool)) {
        w.name("tools").array(|w| {
            for tool in request.tools.iter().filter(of_caller) {
                w.object(|w| {
                    w.name("type").text("function");
                    w.name("function").object(|w| {
                        w.name("name").text(&tool.name);
                        if let Some(description) = &tool.description {
                            w.name("description").text(description);
                        }
                        w.name("parameters").raw(&tool.input_schema);
                        if let Some(strict) = tool.strict {
                            w.name("strict").flag(strict);
                        }
                    });
                    write_cache(tool.cache_control.as_ref(), w);
                });
            }
        });
    }
    let Some(choice) = &request.tool_choice else {
        return;
    };
    match &choice.mode {
        ToolChoiceMode::Auto => w.name("tool_choice").text("auto"),
        ToolChoiceMode::Any => w.name("tool_choice").text("required"),
        ToolChoiceMode::None => w.name("tool_choice").text("none"),
        ToolChoiceMode::Tool(name) => w.name("tool_choice").object(|w| {
            w.name("type").text("function");
            w.name("function").object(|w| w.name("name").text(name));
        }),
    }
    if choice.disable_parallel_tool_use {
        w.name("parallel_tool_calls").flag(false);
    }
}

fn write_sampling(request: &Request, notes: &mut Notes, w: &mut Writer) {
    if let Some(max) = request.max_tokens {
        w.name("max_completion_tokens").number(max.into());
    }
    for (name, number) in [
        ("temperature", request.temperature),
        ("top_p", request.top_p),
    ] {
        if let Some(number) = number {
            w.name(name).fraction(number);
        }
    }
    if request.top_k.is_some() {
        notes.left_out(
            Path::Root.member("top_k"),
            "not supported by Chat Completions; dropped",
        );
    }
    if !request.stop_sequences.is_empty() {
        w.name("stop")
            .array(|w| request.stop_sequences.iter().for_each(|stop| w.text(stop)));
    }
}

fn write_output(request: &Request, notes: &mut Notes, w: &mut Writer) {
    let output = request.output.as_ref();
    let effort = output.and_then(|output| output.effort.as_deref());
    let effort = match (&request.thinking, effort) {
        (Some(Thinking::Disabled), _) => Some("none"),
        (Some(Thinking::Enabled(budget)), None) => {
            let path = Path::Root.member("thinking");
            notes.replaced(
                path.member("budget_tokens"),
                "not supported by Chat Completions; replaced by `reasoning_effort`",
            );
            let row = BUDGETS
                .iter()
                .find(|(most, _)| budget.budget_tokens <= *most);
            Some(row.map_or("high", |(_, effort)| effort))
        }
        (Some(Thinking::Other(_)), _) => {
            notes.left_out(
                Path::Root.member("thinking"),
                "not supported by Chat Completions; dropped",
            );
            effort
        }
        (_, effort) => effort,
    };
    if let Some(effort) = effort {
        w.name("reasoning_effort").text(effort);
    }
    if let Some(format) = output.and_then(|output| output.format.as_ref()) {
        w.name("response_format").object(|w| {
            w.name("type").text("json_schema");
            w.name("json_schema").object(|w| {
                w.name("name")
                    .text(format.name.as_deref().unwrap_or("answer"));
                if let Some(description) = &format.description {
                    w.name("description").text(description);
                }
                w.name("schema").raw(&format.schema);
            });
        });
    }
}

fn write_bookkeeping(request: &Request, notes: &mut Notes, w: &mut Writer) {
    let is_user = |(name, _): &&(String, String)| name == "user_id";
    if let Some((_, user)) = request.metadata.iter().find(is_user) {
        w.name("safety_identifier").text(user);
    }
    let mut others = request
        .metadata
        .iter()
        .filter(|entry| !is_user(entry))
        .peekable();
    if others.peek().is_some() {
        w.name("metadata").object(|w| {
            others.for_each(|(name, value)| w.name(name).text(value));
        });
    }
    if let Some(tier) = &request.service_tier {
        match words::tier_to_openai(tier) {
            Some(tier) => w.name("service_tier").text(tier),
            None => notes.left_out(
                Path::Root.member("service_tier"),
                "this tier is not supported by OpenAI; dropped",
            ),
        }
    }
    if !request.betas.is_empty() {
        notes.left_out(
            Path::Root.member("betas"),
            "not supported by Chat Completions; dropped",
        );
    }
    if let Some(extensions) = &request.extensions {
        w.name("extensions").raw(extensions);
    }
}
