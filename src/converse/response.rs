//! The whole answer of Converse → the canonical response.
//!
//! Shares with [`super::stream`] what ends an answer, and each kind of block with the room that knows it. Says what the
//! same answer would have said as a stream: blocks that say nothing are not there, and content of an unknown kind is
//! left out with the same warning.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::ending::{self, Called, Facts};
use super::fence::Fence;
use super::losses::Losses;
use super::restore::Restore;
use super::tool_call::{self, Call};
use super::{citation, image, malformed, redacted, server_tool};
use crate::canonical::{
    Citation, ContentBlock, Error, RedactedThinkingBlock, Response, TextBlock, ThinkingBlock,
    Warning,
};
use crate::http_message::Head;
use crate::json::Text;
use crate::json::{self, Object};
use crate::pricing::Tariff;

/// `warnings` are those of the request, `restore` is what it changed, and `tariff` what the call costs.
pub(crate) fn response(
    head: &Head,
    body: &[u8],
    id: String,
    model: String,
    mut warnings: Vec<Warning>,
    restore: &Restore,
    tariff: Option<Tariff>,
) -> Result<Response, Error> {
    let facts = Facts::new(tariff);
    let answer = read(body, restore, facts).map_err(|error| complete(head, error))?;
    warnings.extend(answer.content.losses.into_warnings());
    Ok(Response {
        id,
        model,
        content: answer.content.blocks,
        usage: answer.facts.usage(),
        cost: answer.facts.cost(),
        warnings,
        provider_metadata: answer.facts.provider_metadata(
            head.request_id.as_deref(),
            restore,
            &answer.stop,
        ),
        stop_reason: answer.stop.reason,
        stop_sequence: answer.stop.sequence,
    })
}

fn complete(head: &Head, error: Error) -> Error {
    Error {
        status: Some(head.status),
        request_id: head.request_id.clone(),
        ..error
    }
}

struct Answer<'r> {
    content: Content<'r>,
    facts: Facts,
    stop: ending::Stop,
}

fn read<'r>(body: &[u8], restore: &'r Restore, mut facts: Facts) -> Result<Answer<'r>, Error> {
    let answer = Object::parse(body)?;
    let output = answer
        .object("output")?
        .ok_or(json::Error::Missing("output"))?;
    let message = output
        .object("message")?
        .ok_or(json::Error::Missing("output.message"))?;
    facts.add(&answer)?;
    let mut content = Content {
        restore,
        blocks: Vec::new(),
        called: Called::default(),
        is_beside: false,
        has_output: false,
        losses: Losses::default(),
    };
    let blocks = message.objects("content")?;
    let beside = beside_output(&blocks, restore)?;
    for (at, block) in blocks.iter().enumerate() {
        content.is_beside = beside.is_some_and(|beside| at >= beside);
        content.read(block)?;
    }
    let fields = answer.raw("additionalModelResponseFields");
    facts.add_details(fields);
    let stop =
        ending::stop(answer.required("stopReason")?, fields, content.called).map_err(|error| {
            Error {
                usage: facts.known_usage(),
                ..error
            }
        })?;
    Ok(Answer {
        content,
        facts,
        stop,
    })
}

/// Where text begins to be beside the JSON that was asked for: behind the last call of a caller's tool before it. None
/// where no JSON came.
fn beside_output(blocks: &[Object<'_>], restore: &Restore) -> Result<Option<usize>, Error> {
    if restore.output_tool.is_none() {
        return Ok(None);
    }
    let mut beside = 0;
    for (at, block) in blocks.iter().enumerate() {
        let Some(call) = block.object("toolUse")? else {
            continue;
        };
        match tool_call::read(&call, restore)? {
            Call::Output(..) => return Ok(Some(beside)),
            Call::Tool(..) => beside = at + 1,
            Call::Server(_) => {}
        }
    }
    Ok(None)
}

/// The members of a block that are understood.
const KINDS: &[&str] = &[
    "text",
    "toolUse",
    "toolResult",
    "reasoningContent",
    "citationsContent",
    "image",
];

/// What the model said, as far as it is read.
struct Content<'r> {
    restore: &'r Restore,
    blocks: Vec<ContentBlock>,
    called: Called,
    /// Text is beside the JSON that was asked for.
    is_beside: bool,
    /// That JSON has come.
    has_output: bool,
    losses: Losses,
}

impl Content<'_> {
    /// One block of Converse's: a union, and none the worse for having several members or none.
    fn read(&mut self, block: &Object<'_>) -> Result<(), Error> {
        let index = self.next_index();
        if let Some(text) = block.string("text")? {
            let text = match self.restore.in_words {
                true => Fence::off(&text),
                false => text,
            };
            self.text(text, Vec::new());
        }
        if let Some(call) = block.object("toolUse")? {
            self.tool_use(&call)?;
        }
        if let Some(result) = block.object("toolResult")? {
            let mut gathered = server_tool::Gathered::start(&result, index, &mut self.losses)?;
            for piece in result.elements("content")? {
                gathered.add(piece);
            }
            self.blocks.push(gathered.block());
        }
        if let Some(reasoning) = block.object("reasoningContent")? {
            self.thinking(&reasoning)?;
        }
        if let Some(cited) = block.object("citationsContent")? {
            self.cited_text(&cited)?;
        }
        if let Some(image) = block.object("image")? {
            self.image(&image)?;
        }
        self.losses.add_unknown(index, block, KINDS);
        Ok(())
    }

    fn next_index(&self) -> u32 {
        u32::try_from(self.blocks.len()).unwrap_or(u32::MAX)
    }

    fn text(&mut self, text: String, citations: Vec<Citation>) {
        if text.is_empty() && citations.is_empty() {
            return;
        }
        if self.is_beside {
            return self.lose_beside();
        }
        self.blocks.push(ContentBlock::Text(TextBlock {
            text,
            citations,
            cache_control: None,
        }));
    }

    fn lose_beside(&mut self) {
        self.losses
            .add("content", tool_call::BESIDE_OUTPUT.to_owned());
    }

    fn tool_use(&mut self, wire: &Object<'_>) -> Result<(), Error> {
        let call = tool_call::read(wire, self.restore)?;
        self.called = self.called.max(Called::by(&call));
        match call {
            Call::Tool(call, _) => self.blocks.push(ContentBlock::ToolUse(call)),
            Call::Server(call) => self.blocks.push(ContentBlock::ServerToolUse(call)),
            Call::Output(..) if self.has_output => self.lose_beside(),
            Call::Output(input, _) => {
                self.has_output = true;
                self.is_beside = false;
                self.text(input, Vec::new());
                self.is_beside = true;
            }
        }
        Ok(())
    }

    fn thinking(&mut self, reasoning: &Object<'_>) -> Result<(), Error> {
        let index = self.next_index();
        if let Some(text) = reasoning.object("reasoningText")? {
            let thinking = text.string("text")?.unwrap_or_default();
            let signature = text.string("signature")?;
            if !thinking.is_empty() || signature.is_some() {
                self.blocks.push(ContentBlock::Thinking(ThinkingBlock {
                    thinking,
                    signature,
                }));
            }
        }
        if let Some(base64) = reasoning.text("redactedContent")? {
            let data = redacted::from_blob(blob(base64)?);
            self.blocks
                .push(ContentBlock::RedactedThinking(RedactedThinkingBlock {
                    data,
                }));
        }
        self.losses
            .add_unknown(index, reasoning, &["reasoningText", "redactedContent"]);
        Ok(())
    }

    fn cited_text(&mut self, cited: &Object<'_>) -> Result<(), Error> {
        let mut text = String::new();
        for content in cited.objects("content")? {
            text.push_str(&content.string("text")?.unwrap_or_default());
            self.losses
                .add_unknown(self.next_index(), &content, &["text"]);
        }
        let mut citations = Vec::new();
        for citation in cited.elements("citations")? {
            citations.push(self.restore.citation(citation::canonical(citation)?));
        }
        self.text(text, citations);
        Ok(())
    }

    fn image(&mut self, made: &Object<'_>) -> Result<(), Error> {
        let index = self.next_index();
        if let Some(error) = made.object("error")? {
            self.losses.add_in_block(index, image::not_made(&error)?);
        }
        let source = made.object("source")?.unwrap_or_default();
        if let Some(base64) = source.text("bytes")?
            && !base64.is_empty()
        {
            self.blocks
                .push(image::block(&made.required("format")?, blob(base64)?));
        }
        self.losses.add_unknown(index, &source, &["bytes"]);
        Ok(())
    }
}

fn blob(base64: Text<'_>) -> Result<Vec<u8>, Error> {
    STANDARD
        .decode(base64.into_string())
        .map_err(|error| malformed(format!("invalid base64: {error}")))
}
