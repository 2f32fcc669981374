//! Streams as Anthropic's documentation shows them, and those that break.

use super::*;
use crate::canonical::*;

/// A stream with text and a tool's call.
pub(super) const GOLDEN: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":472,"cache_creation_input_tokens":0,"cache_read_input_tokens":3,"output_tokens":2}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Okay, é"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_01","name":"get_weather","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"location\":"}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":" \"Paris\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":472,"cache_creation_input_tokens":0,"cache_read_input_tokens":3,"output_tokens":89}}

event: message_stop
data: {"type":"message_stop"}

"#;

fn decode(stream: &str) -> (Vec<Chunk>, Result<(), Error>) {
    let mut decoder = Decoder::new();
    let mut chunks = Vec::new();
    let result = decoder.push(stream.as_bytes(), &mut chunks);
    let result = result.and_then(|()| decoder.finish());
    (chunks, result)
}

#[test]
fn a_stream_is_written_as_anthropic_writes_it() {
    let (chunks, result) = decode(GOLDEN);
    assert_eq!(result, Ok(()));
    let mut encoder = Encoder::new(telling("claude-x"));
    let mut stream = String::new();
    for chunk in &chunks {
        encoder.push(chunk, &mut stream);
    }
    assert_eq!(stream, GOLDEN);
}

#[test]
fn what_the_end_does_not_count_anew_is_as_it_was() {
    let stream = GOLDEN.replace(
        r#""usage":{"input_tokens":472,"cache_creation_input_tokens":0,"cache_read_input_tokens":3,"output_tokens":89}"#,
        r#""usage":{"output_tokens":89}"#,
    );
    assert_ne!(stream, GOLDEN);
    assert_eq!(decode(&stream), decode(GOLDEN));
}

#[test]
fn a_stream_that_breaks_says_so_in_its_last_event() {
    let mut encoder = Encoder::new(telling("m"));
    let mut out = String::new();
    let error = Error {
        retryable: true,
        ..Error::new(ErrorKind::Overloaded, "Overloaded")
    };
    encoder.fail(&error, "req_1", &mut out);
    assert_eq!(
        out,
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"},\"request_id\":\"req_1\"}\n\n"
    );
    let (begun, _) = GOLDEN
        .split_once("event: content_block_stop")
        .expect("a block");
    let (chunks, result) = decode(&format!("{begun}{out}"));
    assert_eq!(chunks.len(), 4);
    let read = result.expect_err("broken");
    assert_eq!(
        (read.kind, read.retryable, read.request_id.as_deref()),
        (ErrorKind::Overloaded, true, Some("req_1"))
    );
    let counted = read.usage.expect("what was counted");
    assert_eq!((counted.input_tokens, counted.output_tokens), (472, 2));
}

#[test]
fn a_stream_that_ends_too_soon_is_truncated_wherever_it_ends() {
    let last = GOLDEN.len() - 1;
    for at in 0..=last {
        let mut decoder = Decoder::new();
        let bytes = &GOLDEN.as_bytes()[..at];
        decoder.push(bytes, &mut Vec::new()).expect("no defect");
        let error = decoder.finish().expect_err("cut off");
        assert_eq!(error.kind, ErrorKind::StreamTruncated, "{at}");
        assert!(error.retryable);
    }
}

#[test]
fn an_event_where_it_cannot_stand_is_refused() {
    let data = |json: &str| format!("data: {json}\n\n");
    let (start, _) = GOLDEN
        .split_once("event: content_block_start")
        .expect("a start");
    let open = data(
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    );
    let delta = data(
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#,
    );
    let close = data(r#"{"type":"content_block_stop","index":0}"#);
    let end = data(r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{}}"#);
    let stop = data(r#"{"type":"message_stop"}"#);
    for (name, stream) in [
        ("no start", open.clone()),
        ("two starts", format!("{start}{start}")),
        ("a delta without a block", format!("{start}{delta}")),
        ("two open blocks", format!("{start}{open}{open}")),
        ("an index twice", format!("{start}{open}{close}{open}")),
        (
            "a delta of another block",
            format!("{start}{open}{}", delta.replace(":0", ":1")),
        ),
        (
            "no index",
            format!("{start}{open}{}", delta.replace("\"index\":0,", "")),
        ),
        ("an end in a block", format!("{start}{open}{end}")),
        ("two ends", format!("{start}{end}{end}")),
        ("a block behind the end", format!("{start}{end}{open}")),
        ("a stop without an end", format!("{start}{stop}")),
        (
            "an end without a reason",
            format!(
                "{start}{}",
                end.replace("end_turn\"", "\"").replace("\"\"", "null")
            ),
        ),
        ("no JSON", format!("{start}data: [DONE]\n\n")),
        ("no type", format!("{start}data: {{}}\n\n")),
    ] {
        let error = decode(&stream).1.expect_err(name);
        assert_eq!(
            error.kind,
            ErrorKind::MalformedStream,
            "{name}: {}",
            error.message
        );
    }
    // The order itself is sound, and so are events of tomorrow and what follows the end.
    let news = data(r#"{"type":"weather","index":7}"#);
    let whole = format!("{news}{start}{open}{delta}{news}{close}{end}{stop}{open}");
    let (chunks, result) = decode(&whole);
    assert_eq!((chunks.len(), result), (6, Ok(())));
}

#[test]
fn a_ping_may_come_before_the_answer() {
    let (chunks, result) = decode(&format!(
        "event: ping\ndata: {{\"type\":\"ping\"}}\n\n{GOLDEN}"
    ));
    assert_eq!(result, Ok(()));
    assert_eq!(chunks.first(), Some(&Chunk::Ping));
    assert!(matches!(chunks.get(1), Some(Chunk::MessageStart(_))));
}

#[test]
fn unknown_members_of_events_are_told_once_at_the_end() {
    let stream = GOLDEN.replace(
        r#""type":"input_json_delta""#,
        r#""scent":1,"type":"input_json_delta""#,
    );
    let (chunks, result) = decode(&stream);
    assert_eq!(result, Ok(()));
    let told = chunks.iter().find_map(|chunk| match chunk {
        Chunk::MessageDelta(end) => Some(&end.warnings),
        _ => None,
    });
    let paths: Vec<_> = told
        .expect("an end")
        .iter()
        .map(|w| w.path.as_str())
        .collect();
    assert_eq!(paths, ["delta.scent"]);
}

#[test]
fn a_chunk_is_written_where_it_is_needed_and_nowhere_else() {
    let mut encoder = Encoder::new(telling("m"));
    let mut out = String::with_capacity(4096);
    let place = out.as_ptr();
    for _ in 0..16 {
        let delta = Delta::TextDelta("some text".into());
        encoder.push(
            &Chunk::ContentBlockDelta(ContentBlockDelta { index: 0, delta }),
            &mut out,
        );
    }
    assert_eq!(out.as_ptr(), place, "the buffer is the caller's own");
}
