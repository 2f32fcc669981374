//! The verdict on a request without a server is the one that the server gives.

use bedrock_emulator::{Operation, Refusal, RuleBook, check, check_with, read_body};
use serde_json::{Value, json};

const NOVA: &str = "us.amazon.nova-lite-v1:0";

fn hello(text: &str) -> Value {
    json!({"messages": [{"role": "user", "content": [{"text": text}]}]})
}

#[test]
fn a_legal_request_passes_for_every_operation() {
    let count = json!({"input": {"converse": hello("Hello")}});
    assert_eq!(check(Operation::Converse, NOVA, &hello("Hello")), Ok(()));
    assert_eq!(
        check(Operation::ConverseStream, NOVA, &hello("Hello")),
        Ok(())
    );
    assert_eq!(check(Operation::CountTokens, NOVA, &count), Ok(()));
}

#[test]
fn a_broken_model_id_is_told_before_a_broken_body() {
    let refusal = check(Operation::Converse, "a b", &json!({"x": 1})).expect_err("a bad id");
    assert!(matches!(refusal, Refusal::ModelId(_)), "{refusal:?}");
    assert_eq!(
        refusal.message(),
        "The provided model identifier is invalid."
    );
    assert_eq!(refusal.rule(), None);
}

#[test]
fn a_broken_constraint_is_told_before_a_broken_rule() {
    let mut body = hello(" ");
    body["inferenceConfig"] = json!({"maxTokens": 0});
    let refusal = check(Operation::Converse, NOVA, &body).expect_err("a violation");
    assert!(matches!(&refusal, Refusal::Constraints(v) if v.len() == 1));
    assert!(
        refusal
            .message()
            .starts_with("1 validation error detected: Value '0' at 'inferenceConfig.maxTokens'")
    );
    assert_eq!(refusal.to_string(), refusal.message());
}

#[test]
fn a_broken_rule_is_told_by_name_and_text() {
    let refusal = check(Operation::Converse, NOVA, &hello(" ")).expect_err("blank text");
    assert_eq!(refusal.rule(), Some("blank-text"));
    let text = "The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.";
    assert_eq!(refusal.message(), text);
    assert_eq!(refusal.to_string(), format!("blank-text: {text}"));
}

#[test]
fn another_rule_book_gives_another_verdict() {
    let book = RuleBook::default().without("blank-text");
    assert_eq!(
        check_with(&book, Operation::Converse, NOVA, &hello(" ")),
        Ok(())
    );
}

#[test]
fn a_lone_surrogate_is_no_json() {
    let taken = [
        r#"{"a":"\ud83e\udd80"}"#,
        r#"{"a":"\\ud83e"}"#,
        r#"{"a":"\ufffd"}"#,
        r#"{"🦀":1}"#,
        "",
    ];
    for body in taken {
        assert!(read_body(body.as_bytes()).is_ok(), "{body}");
    }
    let lone = [
        r#"{"a":"\ud83e"}"#,
        r#"{"a":"\udd80"}"#,
        r#"{"a":"\ud83e b"}"#,
        r#"{"a":"\ud83e\n"}"#,
        r#"{"a":"\ud83e\ud83e"}"#,
        r#"{"a":"\udd80\ud83e"}"#,
        r#"{"\uD83E":1}"#,
    ];
    for body in lone {
        let refusal = read_body(body.as_bytes()).expect_err(body);
        let message = refusal.message();
        let start =
            "The request body is not valid JSON: no low surrogate in string: line 1 column ";
        assert!(message.starts_with(start), "{body}: {message}");
        assert_eq!(refusal.rule(), None);
    }
    for body in ["{", r#"{"a":"\u12"}"#, r#"{"a":"\x"}"#] {
        let message = read_body(body.as_bytes()).expect_err(body).message();
        assert!(message.starts_with("The body is not JSON: "), "{message}");
    }
}
