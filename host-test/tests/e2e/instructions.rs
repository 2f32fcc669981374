//! How many instructions of WebAssembly the codec takes for a call. Unlike time they are the same on every machine, so
//! that work which creeps into the way of every request or of every chunk is seen here.
//!
//! A count over its ceiling fails: make it less, or raise the ceiling on purpose. One far below fails as well: lower the
//! ceiling, and what was gained is kept.

use crate::support::calls::{ask, calling, emulator};
use crate::support::codec_host::exports::llm::provider::codec::Operation;
use crate::support::codec_host::{Answer, CodecHost, send};
use bedrock_emulator::{Block, Config, Reply, Script};
use bedrock_host::types::{Message, Request, Role, Tool};

/// Deltas of the streams that are measured.
const DELTAS: u64 = 1_000;
/// Turns of the long conversation that is measured.
const TURNS: usize = 101;

/// Fails where `count` is over the ceiling, or more than a fifth below.
fn hold(what: &str, count: u64, ceiling: u64) {
    println!("{what}: {count} instructions, at most {ceiling}");
    assert!(
        count <= ceiling,
        "{what}: {count} instructions, over {ceiling}"
    );
    assert!(
        count >= ceiling / 5 * 4,
        "{what}: {count} instructions, far below {ceiling}: lower it"
    );
}

fn conversation() -> Request {
    let turn = |number: usize| Message {
        role: match number % 2 {
            0 => Role::User,
            _ => Role::Assistant,
        },
        content: ask(&format!("Turn {number} of a long conversation.")).messages[0]
            .content
            .clone(),
    };
    let tool = |number| Tool {
        name: format!("tool_{number}"),
        description: Some("Does what its name says.".into()),
        input_schema:
            r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#
                .into(),
        strict: None,
        server_type: None,
        cache_control: None,
    };
    Request {
        messages: (0..TURNS).map(turn).collect(),
        tools: (0..10).map(tool).collect(),
        ..ask("")
    }
}

#[test]
fn preparing_a_request_takes_as_many_instructions_as_it_did() {
    let context = calling("http://127.0.0.1:1");
    let mut codec = CodecHost::counting();
    let mut prepare = |request: &Request| {
        let (count, exchange) =
            codec.instructions(|codec| codec.prepare(request, &context, Operation::Stream));
        exchange.expect("an exchange");
        count
    };
    hold("a question", prepare(&ask("Why is the sky blue?")), 760_000);
    let long = prepare(&conversation());
    hold("a turn of a conversation", long / TURNS as u64, 28_600);
}

#[tokio::test]
async fn decoding_a_stream_takes_as_many_instructions_a_delta_as_it_did() {
    let deltas = vec!["a delta, ".to_owned(); usize::try_from(DELTAS).expect("few")];
    let tool = Block::ToolUse {
        id: "tooluse_1".into(),
        name: "tool".into(),
        input: std::iter::once("{\"text\":\"".into())
            .chain(deltas.clone())
            .chain(["\"}".into()])
            .collect(),
    };
    for (what, block, ceiling) in [
        ("a delta of text", Block::Text(deltas), 28_500),
        ("a delta of a tool's input", tool, 35_400),
    ] {
        let script = Script::from(Reply::new(vec![block], "end_turn"));
        let emulator = emulator(Config::default().always(script)).await;
        let mut codec = CodecHost::counting();
        let exchange = codec
            .prepare(&ask("Hi"), &calling(&emulator.url()), Operation::Stream)
            .expect("an exchange");
        let answer: Answer = send(&exchange).await;
        // As a connection gives them.
        let pieces = answer.body.chunks(8 * 1024);
        let (count, (chunks, error)) =
            codec.instructions(|codec| codec.decode(&exchange.state, &answer, pieces));
        assert_eq!(error, None);
        assert!(chunks.len() as u64 > DELTAS);
        hold(what, count / DELTAS, ceiling);
    }
}
