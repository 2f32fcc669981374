//! Answers that fail, or break off: one error, and never the look of a whole answer.

use super::*;
use crate::exchange::MAX_ANSWER;

const TEXT: (&str, &str) = (
    "contentBlockDelta",
    r#"{"contentBlockIndex":0,"delta":{"text":"Hi"}}"#,
);
const STOP: (&str, &str) = ("contentBlockStop", r#"{"contentBlockIndex":0}"#);
const USAGE: (&str, &str) = (
    "metadata",
    r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}"#,
);

#[test]
fn an_answer_that_the_service_could_not_read_is_an_error_that_names_it() {
    for word in ["malformed_model_output", "malformed_tool_use"] {
        let body = body(r#"[{"text":"Hi"}]"#, word);
        let error = whole("", &body).expect_err(word);
        assert_eq!(error.kind, ErrorKind::Upstream);
        assert_eq!(error.code.as_deref(), Some(word));
        assert!(error.message.contains(word) && error.retryable);
        let output_tokens = error.usage.as_ref().map(|usage| usage.output_tokens);
        assert_eq!(output_tokens, Some(2));

        let stopped = format!(r#"{{"stopReason":"{word}"}}"#);
        let (_, streamed) = stream("", &[TEXT, STOP, ("messageStop", &stopped), USAGE]);
        let streamed = streamed.expect(word);
        assert_eq!(
            (streamed.kind, streamed.code, streamed.usage),
            (error.kind, error.code.clone(), error.usage.clone())
        );
        assert_eq!(replayed("", &body), (Vec::new(), Some(error)));
    }
}

#[test]
fn a_stop_reason_keeps_its_meaning_and_no_unknown_one_is_an_end_turn() {
    for (word, expected) in [
        ("end_turn", StopReason::EndTurn),
        ("tool_use", StopReason::ToolUse),
        ("max_tokens", StopReason::MaxTokens),
        ("stop_sequence", StopReason::StopSequence),
        ("guardrail_intervened", StopReason::Refusal),
        ("content_filtered", StopReason::Refusal),
        (
            "model_context_window_exceeded",
            StopReason::ModelContextWindowExceeded,
        ),
        ("unknown_x", StopReason::Other("unknown_x".into())),
    ] {
        let expected = Ok(expected);
        let blocks = r#"[{"text":"Hi"}]"#;
        let answered = whole("", &body(blocks, word)).map(|answer| answer.stop_reason);
        assert_eq!(answered, expected);
        let streamed = fold(&streamed("", &[TEXT], word)).stop_reason;
        assert_eq!(Ok(streamed), expected);
        let (replay, _) = replayed("", &body(blocks, word));
        assert_eq!(Ok(fold(&replay).stop_reason), expected);
    }
}

#[test]
fn a_stream_without_its_message_stop_is_truncated() {
    let message_stop = ("messageStop", r#"{"stopReason":"end_turn"}"#);
    for events in [
        &[][..],
        &[TEXT],
        &[TEXT, STOP],
        &[TEXT, STOP, USAGE],
        &[USAGE],
    ] {
        let (_, error) = stream("", events);
        let error = error.unwrap_or_else(|| panic!("{events:?}"));
        assert_eq!(error.kind, ErrorKind::StreamTruncated, "{events:?}");
        assert!(error.retryable);
        let counted = events.contains(&USAGE);
        assert_eq!(error.usage.is_some(), counted, "{events:?}");
    }
    // Cut in the middle of a frame, before and after messageStop.
    for events in [&[TEXT, STOP][..], &[TEXT, STOP, message_stop]] {
        let mut bytes = Vec::new();
        for (event_type, payload) in events {
            frame(&mut bytes, "event", event_type, payload);
        }
        let (_, error) = read(events_decoder(""), [&bytes[..bytes.len() - 1]]);
        assert_eq!(
            error.map(|error| error.kind),
            Some(ErrorKind::StreamTruncated)
        );
    }
    // Only the usage is missing: the answer is whole.
    let (chunks, error) = stream("", &[TEXT, STOP, message_stop]);
    assert_eq!(error, None);
    assert_eq!(fold(&chunks).content, [text("Hi")]);
}

#[test]
fn a_failure_in_mid_stream_ends_it_with_its_own_error() {
    for (kind, name, payload, expected, says) in [
        (
            "exception",
            "throttlingException",
            r#"{"message":"Too many tokens"}"#,
            (ErrorKind::RateLimited, "ThrottlingException", true),
            "Too many tokens",
        ),
        (
            "exception",
            "serviceUnavailableException",
            r#"{"message":"Try later"}"#,
            (ErrorKind::Overloaded, "ServiceUnavailableException", true),
            "Try later",
        ),
        (
            "exception",
            "internalServerException",
            r#"{"message":"Oops"}"#,
            (ErrorKind::Upstream, "InternalServerException", true),
            "Oops",
        ),
        (
            "exception",
            "validationException",
            r#"{"message":"Bad"}"#,
            (ErrorKind::InvalidRequest, "ValidationException", false),
            "Bad",
        ),
        (
            "exception",
            "modelStreamErrorException",
            r#"{"message":"Failed","originalStatusCode":500,"originalMessage":"boom"}"#,
            (ErrorKind::Upstream, "ModelStreamErrorException", true),
            "answered 500: boom",
        ),
        (
            "exception",
            "brandNewException",
            r#"{"message":"?"}"#,
            (ErrorKind::Upstream, "brandNewException", true),
            "?",
        ),
        (
            "error",
            "InternalFailure",
            "The server was lost",
            (ErrorKind::Upstream, "InternalFailure", true),
            "The server was lost",
        ),
    ] {
        let mut bytes = Vec::new();
        frame(&mut bytes, "event", TEXT.0, TEXT.1);
        frame(&mut bytes, kind, name, payload);
        // Nothing after it counts.
        frame(
            &mut bytes,
            "event",
            "messageStop",
            r#"{"stopReason":"end_turn"}"#,
        );
        let (chunks, error) = read(events_decoder(""), [bytes.as_slice()]);
        let error = error.expect(name);
        let code = error.code.as_deref().unwrap_or_default();
        assert_eq!((error.kind, code, error.retryable), expected);
        assert!(error.message.contains(says), "{}", error.message);
        assert!(!chunks.contains(&Chunk::MessageStop), "{name}");
        assert_eq!(chunks.len(), 3, "{name}: what came before it is told");
    }
}

#[test]
fn a_refusal_is_the_same_error_whichever_way_the_model_was_asked() {
    use ErrorKind::*;
    for (status, error_type, kind, retryable) in [
        (400, "ValidationException", InvalidRequest, false),
        (400, "ServiceQuotaExceededException", RateLimited, false),
        (403, "AccessDeniedException", Permission, false),
        (404, "ResourceNotFoundException", NotFound, false),
        (408, "ModelTimeoutException", Timeout, true),
        (424, "ModelErrorException", Upstream, false),
        (
            429,
            "ThrottlingException:http://internal/",
            RateLimited,
            true,
        ),
        (429, "ModelNotReadyException", RateLimited, true),
        (500, "InternalServerException", Upstream, true),
        (503, "ServiceUnavailableException", Overloaded, true),
        (503, "", Overloaded, true),
    ] {
        let head = Head::new(
            status,
            [
                ("x-amzn-errortype", error_type),
                ("x-amz-retry-after", "1500"),
                ("x-amzn-requestid", "r-1"),
                ("content-type", "application/json"),
            ],
        );
        let body = br#"{"message":"No."}"#;
        let error =
            exchange::decode_response(state("converse", ""), &head, body).expect_err("a refusal");
        assert_eq!((error.kind, error.retryable), (kind, retryable));
        let code = error_type.split(':').next().filter(|code| !code.is_empty());
        assert_eq!(error.code.as_deref(), code);
        assert_eq!(error.retry_after_ms, Some(1500));
        assert_eq!(error.status, Some(status));
        assert_eq!(error.request_id.as_deref(), Some("r-1"));
        for changed in ["", r#","replay":"whole""#] {
            let state = state("converse-stream", changed);
            let decoder = StreamDecoder::new(state, head.clone());
            let refused = read(decoder, [&body[..5], &body[5..]]);
            assert_eq!(refused, (Vec::new(), Some(error.clone())));
        }
    }
}

fn replay_decoder() -> StreamDecoder {
    let state = state("converse-stream", r#","replay":"whole""#);
    StreamDecoder::new(state, head("application/json"))
}

#[test]
fn a_whole_answer_that_is_cut_short_is_not_replayed() {
    let body = body(r#"[{"text":"Hi"}]"#, "end_turn");
    for length in 0..body.len() {
        let (chunks, error) = replayed("", &body[..length]);
        assert_eq!(chunks, []);
        let kind = error.map(|error| error.kind);
        assert_eq!(kind, Some(ErrorKind::MalformedStream), "{length} bytes");
    }
    let mut decoder = replay_decoder();
    decoder
        .push(&body.as_bytes()[..9], &mut Vec::new())
        .expect("gathered");
    let reset = Error::new(ErrorKind::Connection, "reset");
    assert_eq!(decoder.broken(reset.clone()), Err(reset));
}

#[test]
fn a_replay_that_was_told_stays_told() {
    let body = body(r#"[{"text":"Hi"}]"#, "end_turn");
    let mut decoder = replay_decoder();
    let mut chunks = Vec::new();
    decoder
        .push(body.as_bytes(), &mut chunks)
        .expect("gathered");
    assert_eq!(chunks, []);
    decoder.finish(&mut chunks).expect("chunks");
    let told = chunks.len();
    decoder.finish(&mut chunks).expect("no more");
    decoder.push(b"x", &mut chunks).expect("no more");
    assert_eq!(chunks.len(), told);
    assert_eq!(
        decoder.broken(Error::new(ErrorKind::Connection, "reset")),
        Ok(())
    );
    assert_eq!(decoder.failure(), None);
}

#[test]
fn a_whole_answer_without_end_is_refused_in_time() {
    let mut decoder = replay_decoder();
    let piece = vec![b' '; 1 << 20];
    let pushed = (0..100)
        .take_while(|_| decoder.push(&piece, &mut Vec::new()).is_ok())
        .count();
    assert_eq!(pushed, MAX_ANSWER >> 20);
    assert_eq!(
        decoder.failure().map(|error| error.kind),
        Some(ErrorKind::MalformedStream)
    );
}
