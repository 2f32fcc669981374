//! Calls of this crate's own: with what they are signed, and the states that answers are decoded by.

use bedrock_provider::canonical::{Context, Error, Request};
use bedrock_provider::credentials::{Auth, Credentials};
use bedrock_provider::environment::Environment;
use bedrock_provider::exchange::{Amendments, Call, Operation, Prepared, State};
use llm_dialects::{Dialect, Unknown, alias};

/// Stands in every secret that this crate hands in, and may stand in nothing that comes out but a header.
pub(crate) const SECRET: &str = "hidden-0123456789-secret";

/// 2026-11-22T12:00:00Z, in milliseconds.
pub(crate) const NOON: u64 = 1_795_348_800_000;

/// Prepared for a region and with keys that are always the same.
pub(crate) fn prepare(
    request: &Request,
    context: &Context,
    operation: Operation,
) -> Result<Prepared, Error> {
    let credentials = Credentials {
        auth: Some(Auth::access_key("AKIDEXAMPLE", SECRET, Some(SECRET))),
        region: Some("us-east-1".into()),
        expires_at: None,
    };
    let call = Call {
        request,
        context,
        environment: &Environment::default(),
        operation,
        now: NOON,
    };
    call.prepare(&credentials, &Amendments::default())
}

/// Requests whose answers differ in what is restored: none, names of tools, JSON by a tool, a stream that is replayed.
const ASKED: [&str; 5] = [
    r#"{"model":"us.amazon.nova-lite-v1:0","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#,
    r#"{"model":"us.anthropic.claude-sonnet-4-5-20250929-v1:0","max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":1024},
       "stop_sequences":["END"],"messages":[{"role":"user","content":"Hi"}]}"#,
    r#"{"model":"us.amazon.nova-lite-v1:0","max_tokens":9,"tools":[{"name":"a name with blanks, and longer than the sixty-four characters it may have","input_schema":{"type":"object"}},
       {"name":"get_weather","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"Hi"}]}"#,
    r#"{"model":"us.amazon.nova-lite-v1:0","max_tokens":9,"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}},
       "messages":[{"role":"user","content":"Hi"}]}"#,
    r#"{"model":"meta.llama3-1-70b-instruct-v1:0","max_tokens":9,"tools":[{"name":"get_weather","input_schema":{"type":"object"}}],
       "messages":[{"role":"user","content":"Hi"}]}"#,
];

/// Their number.
pub(crate) const STATES: usize = ASKED.len();

/// The state of one of them, by any number.
pub(crate) fn state(number: u8, operation: Operation) -> State {
    thread_local! {
        static WHOLE: Vec<State> = states(Operation::Complete);
        static STREAMED: Vec<State> = states(Operation::Stream);
    }
    let states = match operation {
        Operation::Stream => &STREAMED,
        _ => &WHOLE,
    };
    states.with(|states| states[usize::from(number) % STATES].clone())
}

fn states(operation: Operation) -> Vec<State> {
    let of = |body: &&str| {
        let ask = Dialect::Anthropic.read_request(body.as_bytes(), &[], Unknown::Warn);
        let mut request = ask.expect("a request").request;
        request.model = alias::named(&[], "bedrock", &request.model);
        let prepared = prepare(&request, &Context::default(), operation).expect("a call");
        let bytes = prepared.state.to_bytes();
        let again = State::from_bytes(&bytes).expect("a state");
        assert_eq!(again, prepared.state, "a state read again");
        prepared.state
    };
    ASKED.iter().map(of).collect()
}

/// No secret of ours in an error.
pub(crate) fn assert_concealed(error: &Error) {
    let shown = format!("{error:?}");
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(!error.message.is_empty(), "{shown}");
}
