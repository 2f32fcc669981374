//! What is refused, in which order, and in which form.

mod support;

use bedrock_emulator::{
    Answer, Config, Emulator, ErrorForm, Operation, RuleBook, Script, ServiceError,
};
use serde_json::json;
use support::{Outgoing, Signer, ask, both, hello, path, stopped_clock};

#[tokio::test]
async fn refusals_take_every_form() {
    let url = "com.amazon.bedrock#ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/";
    let json_type = Some("application/json");
    let cases = [
        (
            ErrorForm::Header,
            Some("ThrottlingException"),
            json_type,
            r#"{"message":"slow"}"#,
        ),
        (
            ErrorForm::HeaderWithNamespace,
            Some(url),
            json_type,
            r#"{"message":"slow"}"#,
        ),
        (
            ErrorForm::BodyType,
            None,
            json_type,
            r#"{"__type":"com.amazon.coral.service#ThrottlingException","message":"slow"}"#,
        ),
        (
            ErrorForm::BodyCode,
            None,
            json_type,
            r#"{"code":"ThrottlingException","message":"slow"}"#,
        ),
        (
            ErrorForm::MessageOnly,
            None,
            json_type,
            r#"{"message":"slow"}"#,
        ),
        (
            ErrorForm::CapitalMessage,
            Some("ThrottlingException"),
            json_type,
            r#"{"Message":"slow"}"#,
        ),
        (ErrorForm::EmptyObject, None, json_type, "{}"),
        (ErrorForm::Empty, None, None, ""),
        (
            ErrorForm::Html,
            None,
            Some("text/html"),
            "<html><body><h1>slow</h1></body></html>",
        ),
    ];
    for (form, kind, content_type, body) in cases {
        let error = ServiceError::new("ThrottlingException", "slow")
            .form(form)
            .header("x-amz-retry-after", "1500");
        let (plain, stream) = both(error).await;
        for incoming in [plain, stream] {
            assert_eq!(incoming.status(), 429, "{form:?}");
            assert_eq!(
                incoming.header("x-amzn-errortype").as_deref(),
                kind,
                "{form:?}"
            );
            assert_eq!(
                incoming.header("content-type").as_deref(),
                content_type,
                "{form:?}"
            );
            assert_eq!(
                incoming.header("x-amz-retry-after").as_deref(),
                Some("1500"),
                "{form:?}"
            );
            assert_eq!(
                String::from_utf8_lossy(&incoming.content()),
                body,
                "{form:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_model_gives_each_code_its_status() {
    let cases = [
        ("AccessDeniedException", 403),
        ("ModelErrorException", 424),
        ("ModelNotReadyException", 429),
        ("ModelTimeoutException", 408),
        ("ResourceNotFoundException", 404),
        ("ServiceUnavailableException", 503),
        ("ServiceQuotaExceededException", 400),
        ("SomethingNewException", 500),
    ];
    for (code, status) in cases {
        assert_eq!(
            both(Script::refusal(code, "m")).await.0.status(),
            status,
            "{code}"
        );
    }
}

#[tokio::test]
async fn paths_that_name_no_operation_are_unknown() {
    let emulator = Emulator::start(stopped_clock()).await.expect("a port");
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
    let cases = [
        ("POST", format!("/model/{arn}/converse"), 404),
        (
            "POST",
            format!("/model/{}/converse", arn.replace('/', "%2F")),
            200,
        ),
        ("POST", "/model/m/invoke".to_owned(), 404),
        ("POST", "/model//converse".to_owned(), 404),
        ("POST", "/model/a/../m/converse".to_owned(), 404),
        ("POST", "/".to_owned(), 404),
        ("GET", "/model/m/converse".to_owned(), 404),
        ("POST", "/model/../converse".to_owned(), 400),
        ("POST", "/model/%2E%2E/converse".to_owned(), 400),
        ("POST", "/model/a%20b/converse".to_owned(), 400),
        ("POST", "/model/%FF/converse".to_owned(), 400),
    ];
    for (method, path, status) in cases {
        let mut request = Outgoing::post(path.clone(), &hello());
        method.clone_into(&mut request.method);
        let incoming = request
            .signed(&Signer::default())
            .send(emulator.addr())
            .await;
        assert_eq!(
            incoming.status(),
            status,
            "{method} {path}: {}",
            incoming.message()
        );
        if status == 404 {
            let kind = incoming.header("x-amzn-errortype");
            assert_eq!(kind.as_deref(), Some("UnknownOperationException"), "{path}");
            assert_eq!(incoming.content(), b"<UnknownOperationException/>\n");
        }
        if status == 400 {
            assert_eq!(
                incoming.message(),
                "The provided model identifier is invalid.",
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_body_is_refused_before_any_script_is_taken() {
    let config = stopped_clock().script(Operation::Converse, Script::text("kept"));
    let emulator = Emulator::start(config).await.expect("a port");
    let cases = [
        (
            json!({"messages": [{"role": "user"}]}),
            "1 validation error detected: Value null at",
        ),
        (
            json!({"messages": []}),
            "A conversation must start with a user message.",
        ),
    ];
    for (body, start) in cases {
        let incoming = ask(&emulator, "converse", &body).await;
        assert_eq!(incoming.status(), 400);
        assert_eq!(
            incoming.header("x-amzn-errortype").as_deref(),
            Some("ValidationException")
        );
        assert!(
            incoming.message().starts_with(start),
            "{}",
            incoming.message()
        );
    }
    let mut broken = Outgoing::post(path("converse"), &hello());
    broken.body.pop();
    let incoming = broken
        .signed(&Signer::default())
        .send(emulator.addr())
        .await;
    assert_eq!(
        incoming.header("x-amzn-errortype").as_deref(),
        Some("SerializationException")
    );
    let mut lone = Outgoing::post(path("converse"), &hello());
    lone.body = br#"{"messages":[{"role":"user","content":[{"text":"\ud83e"}]}]}"#.to_vec();
    let incoming = lone.signed(&Signer::default()).send(emulator.addr()).await;
    assert_eq!(incoming.status(), 400);
    let start = "The request body is not valid JSON: no low surrogate in string";
    assert!(
        incoming.message().starts_with(start),
        "{}",
        incoming.message()
    );
    let answer = ask(&emulator, "converse", &hello()).await.json();
    assert_eq!(
        answer.pointer("/output/message/content/0/text"),
        Some(&json!("kept"))
    );
    assert_eq!(emulator.counters().refused, 4);
}

#[tokio::test]
async fn checks_can_be_switched_off() {
    let config = Config {
        check_auth: false,
        check_constraints: false,
        rules: RuleBook::none(),
        ..Config::default()
    };
    let emulator = Emulator::start(config).await.expect("a port");
    let body = json!({"messages": [], "unknown": 1});
    let incoming = Outgoing::post(path("converse"), &body)
        .send(emulator.addr())
        .await;
    assert_eq!(incoming.status(), 200);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_an_html_413() {
    let config = Config {
        max_body: 10,
        ..stopped_clock()
    };
    let emulator = Emulator::start(config).await.expect("a port");
    let incoming = ask(&emulator, "converse", &hello()).await;
    assert_eq!(incoming.status(), 413);
    assert_eq!(
        incoming.header("content-type").as_deref(),
        Some("text/html")
    );
}

#[tokio::test]
async fn count_tokens_can_be_refused_by_a_script() {
    let config = stopped_clock().script(
        Operation::CountTokens,
        Answer::Refusal(ServiceError::new("ThrottlingException", "slow")),
    );
    let emulator = Emulator::start(config).await.expect("a port");
    let incoming = ask(
        &emulator,
        "count-tokens",
        &json!({"input": {"converse": hello()}}),
    )
    .await;
    assert_eq!(incoming.status(), 429);
}
