//! What was answered comes back as it was, and a stream ends with what is answered whole.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::streams::{delta, encode, events, start};
use super::*;

fn input() -> impl Strategy<Value = String> {
    let inputs = [
        "{}",
        r#"{"b" : 1.50, "a":"\u00e9"}"#,
        "{\"q\":[\"\\\"\",{}]}",
    ];
    select(inputs.to_vec()).prop_map(str::to_owned)
}

fn citation() -> impl Strategy<Value = Citation> {
    select(vec![page("https://a.example"), paragraph()])
}

/// What a model says that this API can say.
fn said() -> impl Strategy<Value = ContentBlock> {
    prop_oneof![
        any::<String>().prop_map(|said| text(&said)),
        (any::<String>(), of(".{1,9}"))
            .prop_map(|(thought, signature)| thinking(&thought, signature.as_deref())),
        ("(redacted:)?.{1,9}").prop_map(|signature| thinking("", Some(&signature))),
        any::<String>().prop_map(|data| redacted(&data)),
        (any::<String>(), input()).prop_map(|(id, input)| call(&id, &input)),
    ]
}

/// That, and what it cannot.
fn answered() -> impl Strategy<Value = ContentBlock> {
    prop_oneof![
        4 => said(),
        2 => (any::<String>(), vec(citation(), 0..3)).prop_map(|(said, citations)| cited(&said, citations)),
        1 => Just(ContentBlock::Other("{\"type\":\"scent\"}".into())),
    ]
}

fn stop_reason() -> impl Strategy<Value = StopReason> {
    select(vec![
        StopReason::EndTurn,
        StopReason::MaxTokens,
        StopReason::ToolUse,
        StopReason::Refusal,
    ])
}

/// The deltas of a text, cut in two.
fn halves(text: &str, at: usize, make: fn(String) -> Delta) -> Vec<Delta> {
    let middle = text
        .char_indices()
        .map(|(at, _)| at)
        .nth(at)
        .unwrap_or(text.len());
    let (first, second) = text.split_at(middle);
    [first, second].map(|half| make(half.into())).into()
}

/// A block as it streams: with its content at once where `at` is 0, else by and by.
fn chunks_of(index: u32, block: &ContentBlock, at: usize) -> Vec<Chunk> {
    let (empty, deltas) = match block {
        ContentBlock::Text(block) if at > 0 => {
            let mut deltas = halves(&block.text, at, Delta::TextDelta);
            let cited = block.citations.iter().cloned();
            deltas.extend(cited.map(Delta::CitationsDelta));
            (text(""), deltas)
        }
        ContentBlock::Thinking(block) if at > 0 => {
            let mut deltas = halves(&block.thinking, at, Delta::ThinkingDelta);
            let signature = block.signature.as_deref().unwrap_or_default();
            deltas.extend(halves(signature, at, Delta::SignatureDelta));
            (thinking("", None), deltas)
        }
        ContentBlock::ToolUse(block) if at > 0 => (
            call(&block.id, "{}"),
            halves(&block.input, at, Delta::InputJsonDelta),
        ),
        whole => (whole.clone(), Vec::new()),
    };
    let mut chunks = vec![start(index, empty)];
    chunks.extend(deltas.into_iter().map(|each| delta(index, each)));
    chunks.push(Chunk::ContentBlockStop(index));
    chunks
}

proptest! {
    #[test]
    fn an_answer_that_is_sent_back_is_the_same_turn(content in vec(said(), 1..6), stop in stop_reason()) {
        let answer = json(&write_response(&response(content.clone(), stop), &telling()));
        let mut input = vec![serde_json::json!({"role": "user", "content": "Hi"})];
        input.extend(answer["output"].as_array().expect("items").iter().cloned());
        let members = format!(r#""input":{}"#, Value::from(input));
        let ask = read(&members).map_err(|error| TestCaseError::fail(error.message))?;
        prop_assert_eq!(ask.warnings, vec![]);
        prop_assert_eq!(&ask.request.messages[1], &Message { role: Role::Assistant, content });
    }

    #[test]
    fn a_stream_ends_with_what_is_answered_whole(
        blocks in vec((answered(), 0..4usize), 0..6),
        stop_reason in stop_reason(),
    ) {
        let mut answer = response(blocks.iter().map(|(block, _)| block.clone()).collect(), stop_reason);
        let warning = |path: &str| Warning { code: "ignored".into(), path: path.into(), message: "m".into(), lossy: false };
        answer.warnings = vec![warning("a"), warning("b")];
        answer.provider_metadata = Some(r#"{"region" : "eu-west-1"}"#.into());
        let mut chunks = vec![Chunk::MessageStart(MessageStart {
            id: answer.id.clone(),
            model: answer.model.clone(),
            usage: None,
            warnings: vec![warning("a")], provider_metadata: None })];
        for (index, (block, at)) in (0..).zip(&blocks) {
            chunks.extend(chunks_of(index, block, *at));
        }
        chunks.push(Chunk::MessageDelta(MessageDelta {
            stop_reason: answer.stop_reason.clone(),
            stop_sequence: None,
            usage: answer.usage.clone(),
            cost: None,
            warnings: vec![warning("b")],
            provider_metadata: answer.provider_metadata.clone(),
        }));
        chunks.push(Chunk::MessageStop);
        let events = events(&encode(&chunks, telling()));
        let last = &events.last().expect("events")["response"];
        prop_assert_eq!(last, &json(&write_response(&answer, &telling())));
    }

    #[test]
    fn noise_is_refused_or_read_and_never_a_panic(body in "[{}\\[\\]:,\"a-z0-9_ ]{0,40}", bytes in any::<Vec<u8>>()) {
        let _ = read_request(body.as_bytes(), &[], Unknown::Warn);
        let _ = read_request(&bytes, &[], Unknown::Warn);
        let _ = read_with(&format!(r#""input":[{{{body}}}]"#), Unknown::Warn);
        for kind in ["function", "custom", "namespace", "shell", "tool_search", "allowed_tools"] {
            let it = format!(r#"{{"type":"{kind}","name":"a",{body}}}"#);
            let _ = read_with(&format!(r#""input":"x","tools":[{it}],"tool_choice":{it}"#), Unknown::Warn);
        }
        for kind in ["custom_tool_call", "shell_call", "tool_search_output", "apply_patch_call_output"] {
            let it = format!(r#"{{"type":"{kind}","call_id":"c","name":"a",{body}}}"#);
            let _ = read_with(&format!(r#""input":[{it}]"#), Unknown::Warn);
        }
    }
}
