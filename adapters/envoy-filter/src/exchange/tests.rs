use std::cell::RefCell;
use std::rc::Rc;

use bedrock_provider::driver::Client;
use bedrock_provider::environment::Environment;
use bedrock_provider::{credentials, http_message::Head as Answered};

use super::*;
use crate::config::Config;
use crate::local_reply;

const NOW: u64 = 1_795_348_800_000;
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const EVENTS: &[(&str, &str)] = &[("content-type", "application/vnd.amazon.eventstream")];
const ALL: [&str; 3] = ["/v1/messages", "/v1/chat/completions", "/v1/responses"];

fn gateway() -> Gateway {
    let text = br#"{"region": "us-east-1", "models": {"small": "us.amazon.nova-lite-v1:0"}, "max_body_bytes": 500, "log": true}"#;
    Gateway {
        settings: Rc::new(Ok(Config::parse(text).expect("configuration").settings)),
        environment: Environment::default(),
        client: Rc::new(RefCell::new(Client::NEW)),
        held: llm_gateway::body::Held::default(),
        is_sent_once: true,
    }
}

fn keys() -> Credentials {
    Credentials {
        auth: Some(bedrock_provider::credentials::Auth::access_key(
            "AKIDEXAMPLE",
            "hidden-secret",
            None,
        )),
        region: None,
        expires_at: None,
    }
}

fn asking_with(method: &str, path: &str, headers: &[(&str, &str)]) -> Exchange {
    let own = [
        ("x-request-id", "id-of-envoy"),
        ("content-type", "application/json"),
    ];
    let own = own
        .iter()
        .filter(|(name, _)| headers.iter().all(|(given, _)| given != name));
    let all = headers.iter().chain(own);
    let all = all.map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
    let head = Head::new(method, path, all.collect());
    Exchange::new(&gateway(), head, [1, 2], NOW)
}

fn asking(path: &str) -> Exchange {
    asking_with("POST", path, &[])
}

/// What is answered before Bedrock is asked.
fn answered(mut exchange: Exchange, body: &str) -> Told {
    exchange.take(body.as_bytes());
    exchange.take_end();
    loop {
        match exchange.next(NOW) {
            Next::Credentials => exchange.sign(Ok(keys())),
            Next::Answer(told) => return told,
            next => panic!("{next:?}"),
        }
    }
}

fn ask(path: &str, streams: bool) -> String {
    let said = match path {
        "/v1/responses" => r#""input":"Hi""#,
        _ => r#""max_tokens":9,"messages":[{"role":"user","content":"Hi"}]"#,
    };
    format!(r#"{{"model":"small","stream":{streams},{said}}}"#)
}

/// A request that was sent, and what was sent.
fn sent(path: &str, streams: bool) -> (Exchange, HttpRequest) {
    sent_as(path, &ask(path, streams))
}

fn sent_as(path: &str, body: &str) -> (Exchange, HttpRequest) {
    let mut exchange = asking(path);
    for part in body.as_bytes().chunks(7) {
        assert!(matches!(exchange.next(NOW), Next::Body));
        exchange.take(part);
    }
    exchange.take_end();
    // They may be waited for.
    for _ in 0..3 {
        assert!(matches!(exchange.next(NOW), Next::Credentials));
    }
    exchange.sign(Ok(keys()));
    match exchange.next(NOW) {
        Next::Send(request) => (exchange, request),
        next => panic!("{next:?}"),
    }
}

/// A frame of AWS's event stream.
fn frame(kind: &str, name: &str, payload: &str) -> Vec<u8> {
    let mut headers = Vec::new();
    let type_of = format!(":{kind}-type");
    for (name, value) in [(":message-type", kind), (type_of.as_str(), name)] {
        headers.push(name.len() as u8);
        headers.extend(name.as_bytes());
        headers.push(7);
        headers.extend((value.len() as u16).to_be_bytes());
        headers.extend(value.as_bytes());
    }
    let length = 16 + headers.len() + payload.len();
    let mut frame = (length as u32).to_be_bytes().to_vec();
    frame.extend((headers.len() as u32).to_be_bytes());
    frame.extend(crc32fast::hash(&frame).to_be_bytes());
    frame.extend(headers);
    frame.extend(payload.as_bytes());
    frame.extend(crc32fast::hash(&frame).to_be_bytes());
    frame
}

fn events() -> Vec<Vec<u8>> {
    [
        ("messageStart", r#"{"role":"assistant"}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Once"}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"upon"}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        ("messageStop", r#"{"stopReason":"end_turn"}"#),
        (
            "metadata",
            r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":4}}"#,
        ),
    ]
    .map(|(name, payload)| frame("event", name, payload))
    .to_vec()
}

fn throttled() -> Vec<u8> {
    frame(
        "exception",
        "throttlingException",
        r#"{"message":"slow down"}"#,
    )
}

fn head(status: u16, headers: &[(&'static str, &'static str)]) -> Answered {
    Answered::new(status, headers.iter().copied())
}

fn status(told: &Told) -> Option<u16> {
    told.start.as_ref().map(|start| start.status)
}

#[test]
fn the_name_that_the_client_uses_is_translated_and_told_back() {
    for path in ALL {
        let (mut exchange, request) = sent(path, false);
        assert_eq!(request.authority, "bedrock-runtime.us-east-1.amazonaws.com");
        assert_eq!(request.path, "/model/us.amazon.nova-lite-v1%3A0/converse");
        assert!(exchange.head(head(200, JSON), None));
        let answer = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},
            "stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":4}}"#;
        for part in answer.as_bytes().chunks(50) {
            assert_eq!(exchange.push(part, NOW), Told::default(), "held back");
        }
        let told = exchange.finish(NOW);
        assert_eq!(status(&told), Some(200));
        assert!(told.body.contains("Hello"), "{}", told.body);
        assert!(told.body.contains(r#""small""#), "{}", told.body);
    }
}

/// A tool in a namespace, one that takes raw text, and what each client gets of their calls.
#[test]
fn a_call_comes_back_as_the_client_knows_its_tool() {
    const RESPONSES: &str = r#""input":"Hi","tools":[{"type":"namespace","name":"mcp__words","tools":[{"type":"custom","name":"lookup"}]}]"#;
    const CHAT: &str = r#""max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"custom","custom":{"name":"lookup"}}]"#;
    for (path, members, name, expected) in [
        (
            "/v1/responses",
            RESPONSES,
            "mcp__words__lookup",
            r#""type":"custom_tool_call","call_id":"c1","namespace":"mcp__words","name":"lookup","input":"a\nb""#,
        ),
        (
            "/v1/chat/completions",
            CHAT,
            "lookup",
            r#""type":"custom","custom":{"name":"lookup","input":"a\nb"}"#,
        ),
    ] {
        let body = format!(r#"{{"model":"small",{members}}}"#);
        let (mut exchange, request) = sent_as(path, &body);
        let offered = format!(r#""name":"{name}""#);
        let body = String::from_utf8(request.body).expect("text");
        assert!(body.contains(&offered), "{body}");
        exchange.head(head(200, JSON), None);
        let call = format!(r#"{{"toolUseId":"c1","name":"{name}","input":{{"input":"a\nb"}}}}"#);
        let answer = format!(
            r#"{{"output":{{"message":{{"role":"assistant","content":[{{"toolUse":{call}}}]}}}},
            "stopReason":"tool_use","usage":{{"inputTokens":1,"outputTokens":2,"totalTokens":3}},"metrics":{{"latencyMs":4}}}}"#
        );
        exchange.push(answer.as_bytes(), NOW);
        let told = exchange.finish(NOW);
        assert!(told.body.contains(expected), "{}", told.body);

        let body = format!(r#"{{"model":"small","stream":true,{members}}}"#);
        let (mut exchange, _) = sent_as(path, &body);
        exchange.head(head(200, EVENTS), None);
        let start = format!(
            r#"{{"contentBlockIndex":0,"start":{{"toolUse":{{"toolUseId":"c1","name":"{name}"}}}}}}"#
        );
        let piece = |text: &str| {
            format!(r#"{{"contentBlockIndex":0,"delta":{{"toolUse":{{"input":"{text}"}}}}}}"#)
        };
        let mut events = String::new();
        for (kind, payload) in [
            ("messageStart", r#"{"role":"assistant"}"#),
            ("contentBlockStart", &start),
            ("contentBlockDelta", &piece(r#"{\"input\":\"a\\"#)),
            ("contentBlockDelta", &piece(r#"nb\"}"#)),
            ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
            ("messageStop", r#"{"stopReason":"tool_use"}"#),
            (
                "metadata",
                r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":4}}"#,
            ),
        ] {
            events.push_str(&exchange.push(&frame("event", kind, payload), NOW).body);
        }
        assert!(
            events.contains(r#""input":"\nb""#) || events.contains(r#""delta":"\nb""#),
            "{events}"
        );
    }
}

#[test]
fn counting_tells_the_number() {
    let (mut exchange, request) = sent("/v1/messages/count_tokens", true);
    assert!(request.path.ends_with("/count-tokens"), "{}", request.path);
    exchange.head(head(200, JSON), None);
    exchange.push(br#"{"inputTokens": 12}"#, NOW);
    let told = exchange.finish(NOW);
    assert_eq!(
        (status(&told), told.body.as_str()),
        (Some(200), r#"{"input_tokens":12}"#)
    );
}

#[test]
fn a_stream_begins_with_its_first_event_and_goes_on_as_it_comes() {
    for path in ALL {
        let (mut exchange, request) = sent(path, true);
        assert!(request.path.ends_with("/converse-stream"));
        assert!(exchange.head(head(200, EVENTS), None));
        let mut starts = Vec::new();
        let mut bodies = Vec::new();
        for event in events() {
            let (begin, end) = event.split_at(9);
            assert_eq!(exchange.push(begin, NOW), Told::default());
            let told = exchange.push(end, NOW);
            starts.extend(told.start);
            bodies.push(told.body);
        }
        assert_eq!(exchange.finish(NOW), Told::default());
        assert_eq!(starts.len(), 1);
        let content_type = (
            "content-type",
            "text/event-stream; charset=utf-8".to_owned(),
        );
        assert!(starts[0].headers.contains(&content_type));
        assert!(
            bodies[1].contains("Once") && bodies[2].contains("upon"),
            "{bodies:?}"
        );
    }
}

#[test]
fn cuts_do_not_change_what_a_stream_tells() {
    for path in ALL {
        let tell = |size: usize| {
            let (mut exchange, _) = sent(path, true);
            exchange.head(head(200, EVENTS), None);
            let bytes = events().concat();
            let told: Vec<_> = bytes
                .chunks(size)
                .map(|part| exchange.push(part, NOW).body)
                .collect();
            told.concat()
        };
        let whole = tell(usize::MAX);
        assert!(whole.contains("upon"));
        for size in [1, 2, 13, 100] {
            assert_eq!(tell(size), whole, "{size}");
        }
    }
}

#[test]
fn what_goes_wrong_before_the_first_event_has_a_status_of_its_own() {
    for path in ALL {
        for (code, headers, bytes) in [
            (200, EVENTS, throttled()),
            (200, EVENTS, Vec::new()),
            (200, EVENTS, vec![0; 64]),
            (200, &[("content-type", "text/html")], b"<html>".to_vec()),
            (429, JSON, br#"{"message":"slow down"}"#.to_vec()),
            (503, &[], Vec::new()),
        ] {
            let (mut exchange, _) = sent(path, true);
            exchange.head(head(code, headers), None);
            let first = exchange.push(&bytes, NOW);
            let last = exchange.finish(NOW);
            let told = if first.start.is_some() { first } else { last };
            let seen = status(&told).expect("a status");
            assert!(seen >= 400, "{seen}");
            assert!(told.body.contains(r#""error""#), "{}", told.body);
            assert_eq!(exchange.finish(NOW), Told::default());
        }
    }
}

#[test]
fn what_goes_wrong_later_is_told_once_and_is_no_clean_end() {
    for path in ALL {
        let events = events();
        let cases = [
            (throttled(), true),
            (vec![0; 64], true),
            (events[1][..20].to_vec(), false),
            (Vec::new(), false),
        ];
        for (wrong, goes_on) in cases {
            let (mut exchange, _) = sent(path, true);
            exchange.head(head(200, EVENTS), None);
            assert_eq!(
                status(&exchange.push(&events[..2].concat(), NOW)),
                Some(200)
            );
            let mut told = exchange.push(&wrong, NOW).body;
            if goes_on {
                assert!(told.contains("error"), "at once: {told}");
                assert_eq!(exchange.push(&events[4], NOW), Told::default());
            }
            told.push_str(&exchange.finish(NOW).body);
            assert!(told.contains("error"), "{told}");
            for end in ["message_stop", "[DONE]", "response.completed"] {
                assert!(!told.contains(end), "{told}");
            }
            assert_eq!(exchange.finish(NOW), Told::default());
        }
    }
}

#[test]
fn a_body_that_is_not_json_is_refused_when_it_is_announced() {
    for content_type in ["text/plain", "", "application/x-www-form-urlencoded"] {
        let headers = [("content-type", content_type)];
        let mut exchange = asking_with("POST", "/v1/messages", &headers);
        match exchange.next(NOW) {
            Next::Answer(told) => assert_eq!(status(&told), Some(415)),
            next => panic!("{next:?}"),
        }
    }
}

#[test]
fn tokens_are_counted_of_a_request_without_max_tokens() {
    let body = r#"{"model":"small","messages":[{"role":"user","content":"Hi"}]}"#;
    let (mut exchange, request) = sent_as("/v1/messages/count_tokens", body);
    assert!(request.path.ends_with("/count-tokens"), "{}", request.path);
    exchange.head(head(200, JSON), None);
    exchange.push(br#"{"inputTokens": 12}"#, NOW);
    assert_eq!(status(&exchange.finish(NOW)), Some(200));
    let told = answered(asking("/v1/messages"), body);
    assert_eq!(status(&told), Some(400));
}

#[test]
fn a_body_that_is_too_long_is_refused_when_it_is_announced_or_comes() {
    for path in ALL {
        for (length, is_taken) in [("500", true), ("501", false), ("no number", false)] {
            let mut exchange = asking_with("POST", path, &[("content-length", length)]);
            match exchange.next(NOW) {
                Next::Body => assert!(is_taken, "{length}"),
                Next::Answer(told) => {
                    assert_eq!((status(&told), is_taken), (Some(413), false), "{length}");
                }
                next => panic!("{next:?}"),
            }
        }
        let mut exchange = asking(path);
        exchange.take(&[b'x'; 400]);
        assert!(matches!(exchange.next(NOW), Next::Body));
        exchange.take(&[b'x'; 101]);
        match exchange.next(NOW) {
            Next::Answer(told) => assert_eq!(status(&told), Some(413)),
            next => panic!("{next:?}"),
        }
        // What comes meanwhile is nothing any more, and the filter's own answer is not translated.
        exchange.take(&[b'x'; 400]);
        assert!(!exchange.head(head(413, JSON), None));
    }
}

#[test]
fn a_request_that_is_wrong_is_answered_in_the_clients_shape() {
    for path in ALL {
        for body in ["", "{", "[]", "\u{0}", r#"{"model":7}"#] {
            let told = answered(asking(path), body);
            assert_eq!(status(&told), Some(400), "{body}");
            assert!(told.body.contains(r#""error""#), "{}", told.body);
        }
    }
}

#[test]
fn every_rule_of_the_gateway_is_the_filter_s() {
    for (method, path, expected, says) in [
        ("GET", "/v1/models", 200, "amazon.nova-lite-v1:0"),
        ("GET", "/v1/models/small", 200, r#""id":"small""#),
        ("GET", "/v1/models/none", 404, "model_not_found"),
        ("GET", "/v1/messages", 405, "expected POST"),
        ("OPTIONS", "/v1/responses", 204, ""),
    ] {
        let mut exchange = asking_with(method, path, &[]);
        let Next::Answer(told) = exchange.next(NOW) else {
            panic!("{method} {path} is no call");
        };
        assert_eq!(status(&told), Some(expected), "{method} {path}");
        assert!(told.body.contains(says), "{}", told.body);
        let line = exchange.line().expect("a line of the log");
        assert!(line.contains("id-of-envoy"), "{line}");
    }
}

#[test]
fn what_envoy_answers_by_itself_is_told_and_its_words_are_not() {
    for path in ALL {
        let (mut exchange, _) = sent(path, true);
        let error = local_reply::error(503, Some(b"no_healthy_upstream"));
        assert!(exchange.head(head(503, &[]), error));
        assert_eq!(exchange.push(b"no healthy upstream", NOW), Told::default());
        let told = exchange.finish(NOW);
        assert!(matches!(status(&told), Some(500..=503)), "{told:?}");
        assert!(told.body.contains("Envoy has no address"), "{}", told.body);
    }
}

#[test]
fn credentials_of_the_operators_are_no_fault_of_the_clients() {
    for path in ALL {
        let headers = &[
            ("content-type", "application/json"),
            ("x-amzn-errortype", "ExpiredTokenException"),
        ];
        let (mut exchange, _) = sent(path, false);
        exchange.head(head(403, headers), None);
        exchange.push(br#"{"message":"The security token is over"}"#, NOW);
        let told = exchange.finish(NOW);
        assert_eq!(status(&told), Some(500), "{}", told.body);
        assert!(!told.body.contains("security token"), "{}", told.body);
        let fault = exchange.fault().expect("for the log");
        assert!(fault.contains("The security token is over"), "{fault}");
        assert_eq!(exchange.fault(), None, "once");
        // None could be found at all.
        let mut exchange = asking(path);
        exchange.take(ask(path, false).as_bytes());
        exchange.take_end();
        assert!(matches!(exchange.next(NOW), Next::Credentials));
        exchange.sign(Err(credentials::none()));
        let Next::Answer(told) = exchange.next(NOW) else {
            panic!("sent");
        };
        assert_eq!(status(&told), Some(500), "{}", told.body);
        assert!(!told.body.contains("AWS_"), "{}", told.body);
        // Envoy's own refusal is the client's.
        let (mut exchange, _) = sent(path, false);
        let error = local_reply::error(401, Some(b"jwt_authn_access_denied"));
        assert!(exchange.head(head(401, &[]), error));
        assert_eq!(status(&exchange.finish(NOW)), Some(401));
    }
}

#[test]
fn k17_a_full_context_keeps_its_words_and_has_the_code_that_clients_know() {
    const WORDS: &str = "Input is too long for requested model.";
    for path in ALL {
        for streams in [false, true] {
            let (mut exchange, _) = sent(path, streams);
            let headers = &[
                ("content-type", "application/json"),
                ("x-amzn-errortype", "ValidationException"),
            ];
            exchange.head(head(400, headers), None);
            let first = exchange.push(format!(r#"{{"message":"{WORDS}"}}"#).as_bytes(), NOW);
            let last = exchange.finish(NOW);
            let told = if first.start.is_some() { first } else { last };
            assert_eq!(status(&told), Some(400), "{}", told.body);
            let code = match path {
                "/v1/messages" => format!(r#""type":"invalid_request_error","message":"{WORDS}""#),
                _ => r#""code":"context_length_exceeded""#.to_owned(),
            };
            for word in [WORDS, &code, r#""type":"invalid_request_error""#] {
                assert!(told.body.contains(word), "{word}: {}", told.body);
            }
        }
        // In mid-stream.
        let (mut exchange, _) = sent(path, true);
        exchange.head(head(200, EVENTS), None);
        exchange.push(&events()[..2].concat(), NOW);
        let exception = format!(r#"{{"message":"{WORDS}"}}"#);
        let told = exchange.push(&frame("exception", "validationException", &exception), NOW);
        assert!(told.body.contains(WORDS), "{}", told.body);
        if path == "/v1/responses" {
            let failed = told.body.split("event: response.failed").nth(1);
            let failed = failed.expect("the event that Codex reads");
            assert!(
                failed.contains(r#""error":{"code":"context_length_exceeded""#),
                "{failed}"
            );
        }
    }
}

#[test]
fn a_model_that_bedrock_cannot_know_is_not_found() {
    for path in ALL {
        for model in ["gpt-4o", "claude-9", "openai/gpt-4o"] {
            let body = ask(path, false).replace("small", model);
            let told = answered(asking(path), &body);
            assert_eq!(status(&told), Some(404), "{}", told.body);
            let word = match path {
                "/v1/messages" => "not_found_error",
                _ => "model_not_found",
            };
            assert!(
                told.body.contains(word) && told.body.contains("Nearest: "),
                "{}",
                told.body
            );
        }
    }
}

#[test]
fn credentials_that_the_service_takes_no_more_are_noticed_and_never_told() {
    for path in ALL {
        let (mut exchange, _) = sent(path, false);
        let headers = &[
            ("content-type", "application/json"),
            ("x-amzn-errortype", "ExpiredTokenException"),
        ];
        exchange.head(head(403, headers), None);
        exchange.push(br#"{"message":"your key hidden-secret is over"}"#, NOW);
        let told = exchange.finish(NOW);
        let refused = exchange.refused().expect("the ones that were used");
        assert_eq!(refused.auth, keys().auth);
        assert!(!told.body.contains("hidden-secret"), "{}", told.body);
    }
}

#[test]
fn an_answer_without_an_end_is_not_kept() {
    let (mut exchange, _) = sent("/v1/messages", false);
    exchange.head(head(200, JSON), None);
    let part = vec![b' '; 1 << 20];
    let told = (0..17)
        .map(|_| exchange.push(&part, NOW))
        .find(|told| told.start.is_some());
    assert!(status(&told.expect("an error")) >= Some(500));
    let (mut exchange, _) = sent("/v1/messages", false);
    exchange.head(head(500, JSON), None);
    // The beginning of an error is enough.
    assert_eq!(status(&exchange.push(&part, NOW)), Some(500));
    for _ in 0..3 {
        assert_eq!(exchange.push(&part, NOW), Told::default());
    }
    assert_eq!(exchange.finish(NOW), Told::default());
}
