//! A canonical request → the body of `POST /v1/messages`.
//!
//! What this API has no place for is left out with a warning. The betas go in the header `anthropic-beta`, which is the
//! caller's to write. Of the extensions, the members of `{"anthropic": {…}}` become the body's own.

use bedrock_provider::json::{Object, Writer};
use bedrock_provider::warnings::Code;

use super::{block_writer, settings, tool};
use crate::Unknown;
use crate::canonical::{ContentBlock, Request, Role, Source, ToolResultContent, Warning};
use crate::notes::Notes;
use crate::path::Path;

/// The body, and what was changed or left out.
pub fn write_request(request: &Request, stream: bool) -> (String, Vec<Warning>) {
    let mut losses = Losses(Notes::new(Unknown::Warn));
    let mut writer = Writer::default();
    writer.object(|w| {
        w.name("model").text(&request.model);
        if let Some(most) = request.max_tokens {
            w.name("max_tokens").number(most.into());
        }
        if !request.system.is_empty() {
            w.name("system").array(|w| {
                for text in &request.system {
                    block_writer::plain_text(text, w);
                }
            });
        }
        messages(request, w, &mut losses);
        sampling(request, w, &mut losses);
        if !request.tools.is_empty() {
            w.name("tools").array(|w| {
                for each in &request.tools {
                    tool::write(each, w);
                }
            });
        }
        if let Some(choice) = &request.tool_choice {
            tool::write_choice(choice, w.name("tool_choice"));
        }
        if let Some(thinking) = &request.thinking {
            settings::write_thinking(thinking, w.name("thinking"));
        }
        if let Some(output) = &request.output {
            settings::write_output(output, w.name("output_config"));
            let format = output.format.as_ref();
            if format.is_some_and(|format| format.name.is_some() || format.description.is_some()) {
                let path = Path::Root.member("output");
                losses.add(path.member("format"), "`name` and `description` are");
            }
        }
        if let Some(tier) = &request.service_tier {
            w.name("service_tier").text(tier);
        }
        metadata(request, w, &mut losses);
        if stream {
            w.name("stream").flag(true);
        }
        extensions(request, w, &mut losses);
    });
    (writer.into_string(), losses.0.into_warnings())
}

/// What this API has no place for.
struct Losses(Notes);

impl Losses {
    fn add(&mut self, path: Path<'_>, what: &str) {
        let message = [what, " not supported by Anthropic's Messages API; dropped"].concat();
        self.0.left_out(path, message);
    }
}

/// Whether this API takes a source.
fn is_source(source: &Source) -> bool {
    !matches!(source, Source::Object(_))
}

/// Why a block cannot be sent.
fn objection(block: &ContentBlock) -> Option<&'static str> {
    const OBJECT: &str = "objects in another service's storage are";
    match block {
        ContentBlock::Video(_) => Some("video is"),
        ContentBlock::Audio(_) => Some("audio is"),
        ContentBlock::Image(image) if !is_source(&image.source) => Some(OBJECT),
        ContentBlock::Document(document) if !is_source(&document.source) => Some(OBJECT),
        _ => None,
    }
}

fn piece_objection(piece: &ToolResultContent) -> Option<&'static str> {
    const OBJECT: &str = "objects in another service's storage are";
    match piece {
        ToolResultContent::Video(_) => Some("video is"),
        ToolResultContent::Image(image) if !is_source(&image.source) => Some(OBJECT),
        ToolResultContent::Document(document) if !is_source(&document.source) => Some(OBJECT),
        _ => None,
    }
}

fn messages(request: &Request, w: &mut Writer, losses: &mut Losses) {
    let path = Path::Root.member("messages");
    w.name("messages").array(|w| {
        for (at, message) in request.messages.iter().enumerate() {
            let path = path.element(at);
            let path = path.member("content");
            w.object(|w| {
                w.name("role").text(match message.role {
                    Role::User => "user",
                    Role::Assistant => "assistant",
                    Role::System => "system",
                });
                w.name("content").array(|w| {
                    for (at, block) in message.content.iter().enumerate() {
                        content(block, path.element(at), w, losses);
                    }
                });
            });
        }
    });
}

fn content(block: &ContentBlock, path: Path<'_>, w: &mut Writer, losses: &mut Losses) {
    if let Some(why) = objection(block) {
        return losses.add(path, why);
    }
    let ContentBlock::ToolResult(result) = block else {
        return block_writer::write(block, w);
    };
    let inside = path.member("content");
    let mut legal = Vec::with_capacity(result.content.len());
    for (at, piece) in result.content.iter().enumerate() {
        if let ToolResultContent::Json(_) = piece {
            losses.0.changed(
                Code::Converted,
                inside.element(at),
                "JSON is not supported by Anthropic's Messages API; sent as text",
            );
        }
        match piece_objection(piece) {
            Some(why) => losses.add(inside.element(at), why),
            None => legal.push(piece),
        }
    }
    block_writer::tool_result(result, legal.into_iter(), w);
}

fn sampling(request: &Request, w: &mut Writer, losses: &mut Losses) {
    for (name, value) in [
        ("temperature", request.temperature),
        ("top_p", request.top_p),
    ] {
        match value {
            None => {}
            Some(value) if (0.0..=1.0).contains(&value) => w.name(name).fraction(value),
            Some(_) => losses.add(Path::Root.member(name), "values outside 0 to 1 are"),
        }
    }
    if let Some(k) = request.top_k {
        w.name("top_k").number(k.into());
    }
    if !request.stop_sequences.is_empty() {
        w.name("stop_sequences").array(|w| {
            for text in &request.stop_sequences {
                w.text(text);
            }
        });
    }
}

fn metadata(request: &Request, w: &mut Writer, losses: &mut Losses) {
    let path = Path::Root.member("metadata");
    for (name, value) in &request.metadata {
        if name == "user_id" {
            w.name("metadata").object(|w| w.name(name).text(value));
        } else {
            losses.add(path.member(name), "fields other than `user_id` are");
        }
    }
}

fn extensions(request: &Request, w: &mut Writer, losses: &mut Losses) {
    let Some(json) = &request.extensions else {
        return;
    };
    let ours = Object::parse(json.as_bytes()).and_then(|all| all.object("anthropic"));
    match ours {
        Ok(ours) => {
            for (name, value) in ours.unwrap_or_default().members() {
                w.name(&name.into_string()).raw(value);
            }
        }
        Err(_) => losses.add(
            Path::Root.member("extensions"),
            "values other than objects by provider are",
        ),
    }
}
