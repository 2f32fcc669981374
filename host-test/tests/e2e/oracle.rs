//! AWS's own SDK reads the same bytes: whatever it reads to the end, the component must have read the same.

use crate::support::calls::{CLAUDE, ask, calling, complete, drain, emulator, open};
use crate::support::components::root;
use crate::support::message::Message;
use crate::support::sdk::client;
use aws_sdk_bedrockruntime::types as sdk;
use aws_sdk_bedrockruntime::types::{
    ContentBlockDelta, ContentBlockStart, ConverseStreamOutput as Event,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bedrock_emulator::reply::{Block, Reply};
use bedrock_emulator::{Config, Emulator, Operation, Script};
use bedrock_host::types::{Chunk, ContentBlock, ErrorKind, StopReason, Usage};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Answers that the SDK gives up on and the component reads: models were seen to open a text block with an empty union,
/// and to cut a surrogate pair in two, each half in a delta of its own.
const BEYOND_THE_SDK: &[&str] = &[
    "text_with_empty_block_start",
    "tool_use_lone_surrogate_in_payload",
];

/// An answer in the terms of both readers, block by block.
#[derive(Debug, Clone, PartialEq, Default)]
struct Told {
    blocks: Vec<Piece>,
    stop_reason: Option<String>,
    /// Input, output, read from the cache, written to it.
    usage: Option<[u64; 4]>,
}

impl Told {
    fn text(&self) -> String {
        let texts = self.blocks.iter().map(|piece| match piece {
            Piece::Text(text) => text.as_str(),
            _ => "",
        });
        texts.collect()
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    Thinking {
        text: String,
        signature: String,
    },
    Redacted(Vec<u8>),
    Tool {
        id: String,
        name: String,
        input: String,
    },
}

fn hello() -> sdk::Message {
    sdk::Message::builder()
        .role(sdk::ConversationRole::User)
        .content(sdk::ContentBlock::Text("Hi".into()))
        .build()
        .expect("a whole message")
}

fn model() -> &'static str {
    CLAUDE.trim_start_matches("bedrock/")
}

fn count(number: i32) -> u64 {
    u64::try_from(number).expect("no negative count")
}

fn usage_of_sdk(usage: &sdk::TokenUsage) -> [u64; 4] {
    [
        count(usage.input_tokens()),
        count(usage.output_tokens()),
        count(usage.cache_read_input_tokens().unwrap_or(0)),
        count(usage.cache_write_input_tokens().unwrap_or(0)),
    ]
}

/// What the SDK reads of a stream, and whether it came to the end without an error.
async fn told_to_sdk(emulator: &Emulator) -> (Told, bool) {
    let call = client(&emulator.url())
        .converse_stream()
        .model_id(model())
        .messages(hello());
    let Ok(mut answer) = call.send().await else {
        return (Told::default(), false);
    };
    let mut blocks: BTreeMap<i32, Piece> = BTreeMap::new();
    let mut told = Told::default();
    let whole = loop {
        let event = match answer.stream.recv().await {
            Ok(Some(event)) => event,
            Ok(None) => break true,
            Err(_) => break false,
        };
        match event {
            Event::ContentBlockStart(event) => {
                if let Some(ContentBlockStart::ToolUse(tool)) = event.start() {
                    let piece = Piece::Tool {
                        id: tool.tool_use_id().into(),
                        name: tool.name().into(),
                        input: String::new(),
                    };
                    blocks.insert(event.content_block_index(), piece);
                }
            }
            Event::ContentBlockDelta(event) => {
                if let Some(delta) = event.delta() {
                    append(&mut blocks, event.content_block_index(), delta);
                }
            }
            Event::MessageStop(event) => {
                told.stop_reason = Some(event.stop_reason().as_str().into())
            }
            Event::Metadata(event) => told.usage = event.usage().map(usage_of_sdk),
            _ => {}
        }
    };
    told.blocks = blocks
        .into_values()
        .filter(|piece| !is_empty(piece))
        .collect();
    (told, whole)
}

fn append(blocks: &mut BTreeMap<i32, Piece>, index: i32, delta: &ContentBlockDelta) {
    match delta {
        ContentBlockDelta::Text(more) => {
            let piece = blocks
                .entry(index)
                .or_insert_with(|| Piece::Text(String::new()));
            if let Piece::Text(text) = piece {
                text.push_str(more);
            }
        }
        ContentBlockDelta::ToolUse(tool) => match blocks.get_mut(&index) {
            Some(Piece::Tool { input, .. }) => input.push_str(tool.input()),
            other => panic!("tool input in {other:?}"),
        },
        ContentBlockDelta::ReasoningContent(reasoning) => {
            use sdk::ReasoningContentBlockDelta as Reasoning;
            if let Reasoning::RedactedContent(blob) = reasoning {
                let piece = blocks
                    .entry(index)
                    .or_insert_with(|| Piece::Redacted(Vec::new()));
                if let Piece::Redacted(bytes) = piece {
                    bytes.extend_from_slice(blob.as_ref());
                }
                return;
            }
            let piece = blocks.entry(index).or_insert_with(|| Piece::Thinking {
                text: String::new(),
                signature: String::new(),
            });
            if let Piece::Thinking { text, signature } = piece {
                match reasoning {
                    Reasoning::Text(more) => text.push_str(more),
                    Reasoning::Signature(more) => signature.push_str(more),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// A block that says nothing, which some models open and the component leaves out.
fn is_empty(piece: &Piece) -> bool {
    match piece {
        Piece::Text(text) => text.is_empty(),
        Piece::Thinking { text, signature } => text.is_empty() && signature.is_empty(),
        Piece::Redacted(bytes) => bytes.is_empty(),
        Piece::Tool { .. } => false,
    }
}

fn usage_of_component(usage: &Usage) -> [u64; 4] {
    [
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
    ]
}

/// The bytes of redacted thinking: text as it is, others as base64 behind a marker.
fn blob(data: &str) -> Vec<u8> {
    match data.strip_prefix("base64:") {
        Some(base64) => STANDARD.decode(base64).expect("base64"),
        None => data.as_bytes().to_vec(),
    }
}

/// What the component read, in the same terms. Kinds that the SDK's version does not know are passed over.
fn told_to_component(message: &Message) -> Told {
    let blocks = message.content.iter().filter_map(|block| match block {
        ContentBlock::Text(block) => Some(Piece::Text(block.text.clone())),
        ContentBlock::Thinking(block) => Some(Piece::Thinking {
            text: block.thinking.clone(),
            signature: block.signature.clone().unwrap_or_default(),
        }),
        ContentBlock::RedactedThinking(block) => Some(Piece::Redacted(blob(&block.data))),
        ContentBlock::ToolUse(call) | ContentBlock::ServerToolUse(call) => Some(Piece::Tool {
            id: call.id.clone(),
            name: call.name.clone(),
            input: call.input.clone(),
        }),
        _ => None,
    });
    Told {
        blocks: blocks.filter(|piece| !is_empty(piece)).collect(),
        stop_reason: message.stop_reason.as_ref().map(|reason| match reason {
            StopReason::EndTurn => "end_turn".into(),
            StopReason::MaxTokens => "max_tokens".into(),
            StopReason::StopSequence => "stop_sequence".into(),
            StopReason::ToolUse => "tool_use".into(),
            StopReason::Refusal => "refusal".into(),
            StopReason::PauseTurn => "pause_turn".into(),
            StopReason::ModelContextWindowExceeded => "model_context_window_exceeded".into(),
            StopReason::Other(reason) => reason.clone(),
        }),
        usage: message.usage.as_ref().map(usage_of_component),
    }
}

/// The component's words for what Bedrock calls otherwise, and `{}` for the input of a call without arguments.
fn canonical(mut told: Told) -> Told {
    if let Some(reason) = &mut told.stop_reason
        && ["guardrail_intervened", "content_filtered"].contains(&reason.as_str())
    {
        "refusal".clone_into(reason);
    }
    for piece in &mut told.blocks {
        if let Piece::Tool { input, .. } = piece
            && input.is_empty()
        {
            input.push_str("{}");
        }
    }
    told
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn everything() -> Script {
    let blocks = vec![
        Block::Thinking {
            deltas: strings(&["First ", "é 世界", " 🦀."]),
            signature: Some("c2ln+/w==".into()),
        },
        Block::Redacted(vec![vec![0, 255, 7]]),
        Block::Text(strings(&["Let me ", "look."])),
        Block::ToolUse {
            id: "tooluse_1".into(),
            name: "get_weather".into(),
            input: strings(&[r#"{"ci"#, r#"ty": "Par"#, r#"is", "n": 1.50}"#]),
        },
        Block::ToolUse {
            id: "tooluse_2".into(),
            name: "get_time".into(),
            input: Vec::new(),
        },
    ];
    let mut reply = Reply::new(blocks, "tool_use");
    reply.usage = Some(bedrock_emulator::Usage {
        input_tokens: 12,
        output_tokens: 34,
        cache_read: Some(56),
        cache_write: Some(78),
    });
    reply.into()
}

#[tokio::test]
async fn the_sdk_streams_the_same_answer() {
    let emulator = emulator(Config::default().always(everything())).await;
    let (sdk, whole) = told_to_sdk(&emulator).await;
    assert!(whole, "{sdk:?}");
    assert_eq!(sdk.blocks.len(), 5, "{sdk:?}");
    let (chunks, error) = drain(
        open(&ask("Hi"), &calling(&emulator.url()))
            .await
            .expect("a stream"),
    )
    .await;
    assert_eq!(error, None);
    assert_eq!(told_to_component(&Message::of(&chunks)), canonical(sdk));
}

#[tokio::test]
async fn the_sdk_reads_the_same_whole_answer() {
    let emulator = emulator(Config::default().always(everything())).await;
    let answer = client(&emulator.url())
        .converse()
        .model_id(model())
        .messages(hello())
        .send()
        .await;
    let answer = answer.expect("an answer");
    let message = answer.output().and_then(|output| output.as_message().ok());
    let blocks = message
        .expect("a message")
        .content()
        .iter()
        .map(|block| match block {
            sdk::ContentBlock::Text(text) => Piece::Text(text.clone()),
            sdk::ContentBlock::ToolUse(tool) => Piece::Tool {
                id: tool.tool_use_id().into(),
                name: tool.name().into(),
                // A document of the SDK's has no text form; the streamed input is compared as text.
                input: String::new(),
            },
            sdk::ContentBlock::ReasoningContent(sdk::ReasoningContentBlock::ReasoningText(
                text,
            )) => Piece::Thinking {
                text: text.text().into(),
                signature: text.signature().unwrap_or_default().into(),
            },
            sdk::ContentBlock::ReasoningContent(sdk::ReasoningContentBlock::RedactedContent(
                blob,
            )) => Piece::Redacted(blob.as_ref().to_vec()),
            other => panic!("unexpected {other:?}"),
        });
    let sdk = Told {
        blocks: blocks.collect(),
        stop_reason: Some(answer.stop_reason().as_str().into()),
        usage: answer.usage().map(usage_of_sdk),
    };
    let own = complete(&ask("Hi"), &calling(&emulator.url()))
        .await
        .expect("an answer");
    let mut own = told_to_component(&own.into());
    for piece in &mut own.blocks {
        if let Piece::Tool { input, .. } = piece {
            input.clear();
        }
    }
    assert_eq!(own, sdk);
}

/// Recorded conversations, by file name.
fn conversations() -> Vec<(String, PathBuf)> {
    let folder = root().join("tests/vectors/conversations");
    let files =
        std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found: Vec<(String, PathBuf)> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bin"))
        .map(|path| {
            (
                path.file_stem()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned(),
                path,
            )
        })
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn every_conversation_that_the_sdk_reads_to_its_end_is_read_the_same() {
    let conversations = conversations();
    assert!(conversations.len() > 30, "{}", conversations.len());
    let (mut whole, mut broken) = (0, 0);
    for (name, path) in conversations {
        let bytes = std::fs::read(&path).expect("a readable file");
        let script = Script::bytes(bytes);
        let config = Config::default()
            .script(Operation::ConverseStream, script.clone())
            .script(Operation::ConverseStream, script);
        let emulator = emulator(config).await;
        let (sdk, sdk_read_all) = told_to_sdk(&emulator).await;
        let (chunks, error) = match open(&ask("Hi"), &calling(&emulator.url())).await {
            Ok(stream) => drain(stream).await,
            Err(error) => (Vec::new(), Some(error)),
        };
        let own = told_to_component(&Message::of(&chunks));
        let sdk = canonical(sdk);
        if !sdk_read_all {
            broken += 1;
            assert!(
                own.text().starts_with(&sdk.text()),
                "{name}: the component {own:?}, AWS's SDK {sdk:?}"
            );
            let goes_on = BEYOND_THE_SDK.contains(&name.as_str());
            assert_eq!(error.is_none(), goes_on, "{name}: {error:?} after {own:?}");
            assert_eq!(chunks.contains(&Chunk::MessageStop), goes_on, "{name}");
            continue;
        }
        whole += 1;
        match error {
            None => assert_eq!(own, sdk, "{name}: the component (left), AWS's SDK (right)"),
            // The SDK takes the end of the bytes for the end of the answer.
            Some(error) if sdk.stop_reason.is_none() => {
                assert_eq!(error.kind, ErrorKind::StreamTruncated, "{name}: {error:?}");
                assert_eq!(own.blocks, sdk.blocks, "{name}");
            }
            // The model stopped without an answer, which is an error here and a stop reason there.
            Some(error) => {
                assert_eq!(error.kind, ErrorKind::Upstream, "{name}: {error:?}");
                assert!(
                    sdk.stop_reason
                        .is_some_and(|reason| reason.starts_with("malformed_")),
                    "{name}: {error:?}"
                );
                assert_eq!(own.blocks, sdk.blocks, "{name}");
                assert_eq!(
                    error.usage.as_ref().map(usage_of_component),
                    sdk.usage,
                    "{name}"
                );
            }
        }
    }
    assert!(
        whole > 20 && broken > 3,
        "{whole} read to the end, {broken} not"
    );
}
