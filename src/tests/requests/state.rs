//! What decoding takes, kept by a host as bytes.

use super::*;
use crate::canonical::ErrorKind;

#[test]
fn a_state_comes_back_from_its_bytes_as_it_was() {
    let with_warnings = Request {
        top_k: Some(1),
        ..request(
            "bedrock/arn:aws:bedrock:us-east-1:1:inference-profile/\"quoted\" \\ ü 🦀",
            [user([text("q")]), assistant([]), user([text("r")])],
        )
    };
    for request in [hello(CLAUDE), hello(NOVA), with_warnings] {
        for operation in [
            Operation::Complete,
            Operation::Stream,
            Operation::CountTokens,
        ] {
            let (_, state) = prepare(&request, &Context::default(), operation).expect("a request");
            let bytes = state.to_bytes();
            assert_eq!(State::from_bytes(&bytes), Ok(state));
        }
    }
}

#[test]
fn a_state_holds_no_secret_and_no_prompt() {
    let (_, state) =
        prepare(&hello(CLAUDE), &Context::default(), Operation::Stream).expect("a request");
    let shown = format!("{state:?} {}", String::from_utf8_lossy(&state.to_bytes()));
    for hidden in ["AKIDEXAMPLE", "secret", "Hello"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

#[test]
fn what_is_no_state_is_refused() {
    for bytes in [
        &b""[..],
        b" ",
        b"{}",
        b"null",
        b"[]",
        b"\xff\xfe",
        br#"{"operation":"converse","model":"m","warnings":[]"#,
        br#"{"operation":"converse","model":"m","warnings":[]} x"#,
        br#"{"operation":"invoke","model":"m","warnings":[]}"#,
        br#"{"operation":"converse","warnings":[]}"#,
        br#"{"model":"m","warnings":[]}"#,
        br#"{"operation":"converse","model":1,"warnings":[]}"#,
        br#"{"operation":"converse","model":"m","warnings":{}}"#,
        br#"{"operation":"converse","model":"m","warnings":["x"]}"#,
        br#"{"operation":"converse","model":"m","warnings":[{"path":"p"}]}"#,
        br#"{"operation":"converse","model":"m","warnings":[],"tariff":3}"#,
        br#"{"operation":"converse","model":"m","warnings":[],"tariff":""}"#,
        br#"{"operation":"converse","model":"m","warnings":[],"tariff":"3 15|flex"}"#,
    ] {
        let shown = String::from_utf8_lossy(bytes);
        let error = State::from_bytes(bytes).expect_err(&shown);
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{shown}");
        assert_eq!(error.path.as_deref(), Some("state"), "{shown}");
    }
}

#[test]
fn a_state_cut_short_is_refused() {
    let (_, state) =
        prepare(&hello(CLAUDE), &Context::default(), Operation::Complete).expect("a request");
    let bytes = state.to_bytes();
    for length in 0..bytes.len() {
        assert!(State::from_bytes(&bytes[..length]).is_err(), "{length}");
    }
}
