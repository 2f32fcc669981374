//! From a client's body to Converse's.

use bedrock_emulator::{self as emulator, Refusal, RuleBook};
use bedrock_provider::canonical::{Context, ErrorKind, Request};
use bedrock_provider::exchange::{Operation, State};
use llm_dialects::{
    Ask, Dialect, Policy, PromptCaching, UnsupportedContent, alias, anthropic, openai,
    percent_decoded,
};
use serde_json::value::RawValue;

use crate::question::{SECRET, assert_concealed, prepare};
use crate::told::{self, DIALECTS};

/// Models of families that differ in what they take. What a client writes does not count: of a model that does not exist
/// nobody knows what it takes.
pub(crate) const MODELS: [&str; 19] = [
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.anthropic.claude-opus-4-6-v1",
    "us.anthropic.claude-opus-5-5",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "anthropic.claude-v2:1",
    "us.amazon.nova-lite-v1:0",
    "us.amazon.nova-2-lite-v1:0",
    "amazon.titan-text-express-v1",
    "us.meta.llama3-3-70b-instruct-v1:0",
    "us.meta.llama4-scout-17b-instruct-v1:0",
    "mistral.mistral-large-2402-v1:0",
    "us.mistral.pixtral-large-2502-v1:0",
    "cohere.command-r-plus-v1:0",
    "ai21.jamba-1-5-large-v1:0",
    "us.deepseek.r1-v1:0",
    "openai.gpt-oss-120b-1:0",
    "qwen.qwen3-32b-v1:0",
    "us.writer.palmyra-x5-v1:0",
    "nobody.model-v1",
];

/// The first three bytes choose the API, the settings and the model; the rest is the body.
pub fn requests(data: &[u8]) {
    let [dialect, settings, model, body @ ..] = data else {
        return;
    };
    let dialect = DIALECTS[usize::from(*dialect) % DIALECTS.len()];
    let content = match settings & 2 {
        0 => UnsupportedContent::Refuse,
        _ => UnsupportedContent::Replace,
    };
    let policy = Policy::new(settings & 1 == 1, content);
    let ask = match dialect.read_request(body, &[], policy) {
        Ok(ask) => ask,
        Err(error) => {
            assert!(is_the_client_s(error.kind), "{error:?}");
            return told::assert_error(&error);
        }
    };
    again(dialect, &ask);
    let mut request = ask.request;
    let model = MODELS[usize::from(*model) % MODELS.len()];
    request.model = alias::named(&[], "bedrock", model);
    let caching = match settings >> 2 & 3 {
        0 => PromptCaching::Off,
        1 => PromptCaching::On,
        _ => PromptCaching::Auto,
    };
    let context = Context {
        strict: settings & 1 == 1,
        extensions: Some(extensions(caching.setting(ask.caching), content)),
        ..Context::default()
    };
    let operation = match (settings >> 4 & 3, ask.stream) {
        (3, _) => Operation::CountTokens,
        (_, true) => Operation::Stream,
        (_, false) => Operation::Complete,
    };
    sent(&request, &context, operation);
}

/// As the gateway writes them.
fn extensions(caching: Option<&str>, content: UnsupportedContent) -> String {
    let word = match content {
        UnsupportedContent::Refuse => "error",
        UnsupportedContent::Replace => "replace",
    };
    let caching = caching.map(|caching| format!(r#","promptCaching":{caching}"#));
    let caching = caching.unwrap_or_default();
    format!(r#"{{"bedrock":{{"unsupportedContent":"{word}"{caching}}}}}"#)
}

/// What was read, written in the same API and read again, is the same.
fn again(dialect: Dialect, ask: &Ask) {
    let (body, losses) = match dialect {
        Dialect::Anthropic => anthropic::write_request(&ask.request, ask.stream),
        Dialect::OpenAi => openai::write_request(&ask.request, ask.stream),
        Dialect::Responses => return,
    };
    if let Err(error) = serde_json::from_str::<Box<RawValue>>(&body) {
        panic!("{error}: {body}");
    }
    // Chat Completions has no word for much of it.
    if dialect == Dialect::Anthropic && losses.is_empty() {
        let policy = Policy::new(false, UnsupportedContent::Refuse);
        let read = dialect.read_request(body.as_bytes(), &[], policy);
        let read = read.unwrap_or_else(|error| panic!("{error:?}: {body}"));
        assert_eq!(read.request, ask.request, "{body}");
        assert_eq!(read.stream, ask.stream, "{body}");
    }
}

/// Rules that are the service's own to tell of: a client has broken them, and nothing else could be sent in good faith.
const TOLD_BY_THE_SERVICE: [&str; 3] = [
    // Bytes that are no picture.
    "image-bytes",
    // A result of a call that is not there, and a call without its result.
    "tool-results-exceed",
    "tool-results-missing",
];

thread_local! {
    static BOOK: RuleBook = TOLD_BY_THE_SERVICE
        .iter()
        .fold(RuleBook::default(), |book, rule| book.without(rule));
}

/// Refused as the client's fault, or sent as what the service takes.
fn sent(request: &Request, context: &Context, operation: Operation) {
    let prepared = match prepare(request, context, operation) {
        Ok(prepared) => prepared,
        Err(error) => {
            assert!(is_the_client_s(error.kind), "{error:?}");
            assert!(error.path.is_some(), "{error:?}");
            assert_concealed(&error);
            return told::assert_error(&error);
        }
    };
    let http = &prepared.request;
    assert!(!format!("{http:?}").contains(SECRET), "{http:?}");
    let bytes = prepared.state.to_bytes();
    assert_eq!(State::from_bytes(&bytes).as_ref(), Ok(&prepared.state));
    let (model, asked) = address(&http.path);
    let verdict = emulator::read_body(&http.body)
        .and_then(|body| BOOK.with(|book| emulator::check_with(book, asked, &model, &body)));
    if let Err(refusal) = verdict
        && !is_newer(&refusal)
    {
        panic!(
            "{refusal}\n{model}\n{}",
            String::from_utf8_lossy(&http.body)
        );
    }
}

/// Whether it is of nothing but a value that a later model may take, and that is passed on for that: the ttl of a cache.
fn is_newer(refusal: &Refusal) -> bool {
    let Refusal::Constraints(violations) = refusal else {
        return false;
    };
    let mut paths = violations.iter().map(|violation| &violation.path);
    paths.all(|path| path.ends_with("cachePoint.ttl"))
}

fn address(path: &str) -> (String, emulator::Operation) {
    let found = path
        .strip_prefix("/model/")
        .and_then(|rest| rest.split_once('/'));
    let (model, operation) = found.unwrap_or_else(|| panic!("{path}"));
    let operation = match operation {
        "converse" => emulator::Operation::Converse,
        "converse-stream" => emulator::Operation::ConverseStream,
        "count-tokens" => emulator::Operation::CountTokens,
        other => panic!("{other}"),
    };
    let model = String::from_utf8(percent_decoded(model)).expect("a model's id");
    (model, operation)
}

/// Whose fault such an error is: nothing else can be wrong before anything is sent.
fn is_the_client_s(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidRequest
            | ErrorKind::Unsupported
            | ErrorKind::NotFound
            | ErrorKind::RequestTooLarge
    )
}
