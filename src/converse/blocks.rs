//! One canonical block → Converse's, whatever turn it stands in.
//!
//! In: a block, its role and its path. Out: the blocks that stand for it, appended to the turn; a cache point comes
//! behind the block that asked for it. Each kind of block has a room of its own where it has rules of its own.

use std::borrow::Cow;

use super::body::{Block, Reasoning, Role, SearchResult, ToolUse};
use super::document;
use super::format::Kind;
use super::media::{File, Place};
use super::schema::renamed::Renamed;
use super::tools::{SYSTEM_TOOLS, is_system_tool};
use super::{by_product, cache, citation, names, redacted, tool_result};
use crate::canonical::{
    CacheControl, ContentBlock, Error, SearchResultBlock, ServerToolResultBlock, TextBlock,
    ThinkingBlock, ToolUseBlock,
};
use crate::capability::{Cache, Replay};
use crate::excerpt::printable;
use crate::json::{self, Order};
use crate::target::Target;
use crate::warnings::{Code, Warnings};

/// Whether Converse would refuse it as blank.
pub(crate) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// What is needed to translate the blocks of one request.
#[derive(Debug)]
pub(crate) struct Translator<'p> {
    pub target: &'p Target,
    pub notes: &'p mut Warnings,
    pub documents: document::Documents,
    /// Content that is not supported is replaced by a text.
    pub replace_unsupported: bool,
    /// Tools whose properties are sent under other names.
    pub renamed: &'p [Renamed],
    /// By the names of the tools.
    pub order_of_renamed: Order,
    /// Calls and results are told as text: nothing can be called.
    pub tools_as_text: bool,
}

/// Where a block stands, for errors and warnings.
pub(crate) type Path<'p> = &'p dyn Fn() -> String;

impl Translator<'_> {
    /// Append what stands for `block`.
    pub(crate) fn push<'a>(
        &mut self,
        content: &mut Vec<Block<'a>>,
        block: &'a ContentBlock,
        role: Role,
        path: Path<'_>,
    ) -> Result<(), Error> {
        let only_in = |expected: Role, kind: &str| match role == expected {
            true => Ok(()),
            false => Err(Error::invalid(
                path(),
                format!("{kind} is only supported in {} turns", role_name(expected)),
            )),
        };
        let place = Place::Turn(role);
        let cache_control: Option<&CacheControl> = match block {
            ContentBlock::Text(text) => {
                content.extend(self.text(text, path)?);
                text.cache_control.as_ref()
            }
            ContentBlock::Image(image) => {
                content.push(self.file(File::of(Kind::Image, &image.source), place, path)?);
                image.cache_control.as_ref()
            }
            ContentBlock::Video(video) => {
                content.push(self.file(File::of(Kind::Video, &video.source), place, path)?);
                video.cache_control.as_ref()
            }
            ContentBlock::Audio(audio) => {
                content.push(self.file(File::of(Kind::Audio, &audio.source), place, path)?);
                audio.cache_control.as_ref()
            }
            ContentBlock::Document(document) => {
                content.push(self.file(File::of_document(document), place, path)?);
                document.cache_control.as_ref()
            }
            ContentBlock::SearchResult(result) => {
                content.push(self.search_result(result, path)?);
                result.cache_control.as_ref()
            }
            ContentBlock::ToolUse(call) => {
                only_in(Role::Assistant, "tool_use")?;
                content.push(self.tool_use(call, path)?);
                call.cache_control.as_ref()
            }
            ContentBlock::ToolResult(result) => {
                only_in(Role::User, "tool_result")?;
                tool_result::push(self, content, result, path)?
            }
            ContentBlock::ServerToolUse(call) => {
                only_in(Role::Assistant, "server_tool_use")?;
                content.extend(self.server_tool_use(call, path)?);
                call.cache_control.as_ref()
            }
            ContentBlock::ServerToolResult(result) => {
                only_in(Role::Assistant, "a server tool's result")?;
                content.extend(self.server_tool_result(result, path)?);
                None
            }
            ContentBlock::Thinking(thinking) => {
                only_in(Role::Assistant, "thinking")?;
                content.extend(self.thinking(thinking, path)?);
                None
            }
            ContentBlock::RedactedThinking(block) => {
                only_in(Role::Assistant, "redacted_thinking")?;
                content.extend(self.redacted(&block.data, path)?);
                None
            }
            ContentBlock::Other(json) => {
                content.extend(by_product::block(json, role, path, self)?);
                by_product::cache_control(json)
            }
        };
        let point = cache::point(
            cache_control,
            Cache::Messages,
            self.target,
            path,
            self.notes,
        )?;
        // Behind a block that was left out, the prefix ends at the block before: the caller marked that much at least.
        cache::push(content, point);
        Ok(())
    }

    /// Blank text says nothing, so leaving it out loses nothing: no warning for what every client does now and then.
    fn text<'a>(
        &mut self,
        text: &'a TextBlock,
        path: Path<'_>,
    ) -> Result<Option<Block<'a>>, Error> {
        if is_blank(&text.text) {
            return Ok(None);
        }
        let takes_citations = self.target.capabilities.citations;
        let is_sent = |citation: &&_| takes_citations && citation::is_sendable(citation);
        let sent: Vec<_> = text.citations.iter().filter(is_sent).collect();
        if sent.len() < text.citations.len() {
            self.notes.lost(
                Code::Dropped,
                format!("{}.citations", path()),
                "some citations are not supported by this model; dropped",
            )?;
        }
        Ok(Some(match sent.is_empty() {
            true => Block::Text(Cow::Borrowed(&text.text)),
            false => Block::Cited {
                text: &text.text,
                citations: sent,
            },
        }))
    }

    pub(crate) fn search_result<'a>(
        &mut self,
        result: &'a SearchResultBlock,
        path: Path<'_>,
    ) -> Result<Block<'a>, Error> {
        if self.target.capabilities.citations {
            return Ok(Block::SearchResult(SearchResult {
                citations: result.citations,
                content: &result.content,
                source: &result.source,
                title: &result.title,
            }));
        }
        let family = self.target.family;
        if result.citations {
            self.notes.lost(
                Code::Ignored,
                format!("{}.citations", path()),
                format!(
                    "citations of search results are not supported by {family} models; ignored"
                ),
            )?;
        }
        self.notes.changed(
            Code::Converted,
            path(),
            format!("search results are not supported by {family} models; sent as text"),
        );
        let text = result.content.join("\n");
        Ok(Block::Text(Cow::Owned(format!(
            "{}\n{}\n\n{text}",
            result.title, result.source
        ))))
    }

    fn tool_use<'a>(&mut self, call: &'a ToolUseBlock, path: Path<'_>) -> Result<Block<'a>, Error> {
        let sent = self.sent(call, path)?;
        Ok(match self.tools_as_text {
            true => Block::Text(Cow::Owned(format!(
                "[called the tool {} with {}]",
                call.name, sent.input
            ))),
            false => Block::ToolUse(sent),
        })
    }

    /// The call, its input an object whatever it was.
    fn sent<'a>(&mut self, call: &'a ToolUseBlock, path: Path<'_>) -> Result<ToolUse<'a>, Error> {
        let name = names::tool_name(&call.name);
        let renamed = match self.tools_as_text {
            true => None,
            false => Renamed::of_tool(self.renamed, &self.order_of_renamed, &name),
        };
        let notes = &mut *self.notes;
        Ok(ToolUse {
            input: match renamed.map(|renamed| renamed.sent(&call.input)) {
                Some(Cow::Owned(input)) => {
                    Cow::Owned(tool_input(&input, path, notes)?.into_owned())
                }
                _ => tool_input(&call.input, path, notes)?,
            },
            name,
            tool_use_id: names::tool_use_id(&call.id, self.target.capabilities.tool_ids),
            is_server_tool: false,
        })
    }

    /// `name` is the tool's, or its result's kind.
    fn takes_server_tool(&mut self, name: &str, path: Path<'_>) -> Result<bool, Error> {
        let takes = is_system_tool(name, self.target);
        // What a search of tools found is said where its result stands.
        if !takes && !name.starts_with(by_product::TOOL_SEARCH) {
            let family = self.target.family;
            let message = format!(
                "{} is not supported by Bedrock for {family} models; dropped",
                printable(name, 64)
            );
            self.notes.lost(Code::Dropped, path(), message)?;
        }
        Ok(takes)
    }

    fn server_tool_use<'a>(
        &mut self,
        call: &'a ToolUseBlock,
        path: Path<'_>,
    ) -> Result<Option<Block<'a>>, Error> {
        if !self.takes_server_tool(&call.name, path)? {
            return Ok(None);
        }
        Ok(Some(match self.tool_use(call, path)? {
            Block::ToolUse(sent) => Block::ToolUse(ToolUse {
                is_server_tool: true,
                ..sent
            }),
            told => told,
        }))
    }

    fn server_tool_result<'a>(
        &mut self,
        result: &'a ServerToolResultBlock,
        path: Path<'_>,
    ) -> Result<Option<Block<'a>>, Error> {
        // A result without a kind is so called.
        let name = match result.kind.as_str() {
            "tool_result" => SYSTEM_TOOLS,
            kind => kind,
        };
        if !self.takes_server_tool(name, path)? {
            return Ok(by_product::found_tools(name, &result.content).map(Block::Text));
        }
        let sent = tool_result::of_server(result, self.target, path)?;
        Ok(Some(match self.tools_as_text {
            true => Block::Text(Cow::Owned(format!(
                "[the tool returned: {}]",
                result.content
            ))),
            false => sent,
        }))
    }

    /// Signed thinking goes back as it came: one byte less, and the conversation cannot go on.
    fn thinking<'a>(
        &mut self,
        block: &'a ThinkingBlock,
        path: Path<'_>,
    ) -> Result<Option<Block<'a>>, Error> {
        let signature = block.signature.as_deref().filter(|text| !text.is_empty());
        let text = &block.thinking;
        let reasoning = match self.target.capabilities.replay {
            Replay::Signed if signature.is_some() => Reasoning::Text { signature, text },
            Replay::Any if is_blank(text) => return Ok(None),
            // A signature is another model's.
            Replay::Any => Reasoning::Text {
                signature: None,
                text,
            },
            Replay::Signed => {
                let message = "thinking without a signature is not supported by Claude; dropped";
                self.notes.lost(Code::Dropped, path(), message)?;
                return Ok(None);
            }
            Replay::None | Replay::Redacted => {
                let family = self.target.family;
                let message = format!(
                    "thinking in the history is not supported by this {family} model; dropped"
                );
                self.notes.lost(Code::Dropped, path(), message)?;
                return Ok(None);
            }
        };
        Ok(Some(Block::Reasoning(reasoning)))
    }

    fn redacted<'a>(&mut self, data: &str, path: Path<'_>) -> Result<Option<Block<'a>>, Error> {
        if matches!(self.target.capabilities.replay, Replay::None | Replay::Any) {
            let family = self.target.family;
            let message = format!(
                "redacted thinking in the history is not supported by this {family} model; dropped"
            );
            self.notes.lost(Code::Dropped, path(), message)?;
            return Ok(None);
        }
        match redacted::to_wire(data) {
            Some(base64) => Ok(Some(Block::Reasoning(Reasoning::Redacted(base64)))),
            None => Err(Error::invalid(
                format!("{}.data", path()),
                "expected valid base64 after base64:",
            )),
        }
    }
}

pub(crate) fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::System => "system",
    }
}

/// Nothing is `{}`, and what is no object becomes the one member of one: a model's own mistakes are in the history too.
fn tool_input<'a>(
    input: &'a str,
    path: Path<'_>,
    notes: &mut Warnings,
) -> Result<Cow<'a, str>, Error> {
    match input.trim() {
        "" | "null" | "\"\"" => return Ok(Cow::Borrowed("{}")),
        _ => {}
    }
    let invalid =
        |error: json::Error| Error::invalid(format!("{}.input", path()), error.to_string());
    let value = json::verbatim(input).map_err(invalid)?;
    let named = json::without_empty_names(value).map_err(invalid)?;
    if named.is_some() {
        let message = "a property with an empty name is not supported by Bedrock; dropped";
        notes.lost(Code::Dropped, format!("{}.input", path()), message)?;
    }
    let value = named.map_or(Cow::Borrowed(value), Cow::Owned);
    Ok(match json::kind(&value) {
        json::Kind::Object => value,
        _ => Cow::Owned(format!("{{\"input\":{value}}}")),
    })
}
