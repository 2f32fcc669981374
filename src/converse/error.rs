//! AWS's errors → canonical ones: by the code that AWS gives, else by the HTTP status (see [`crate::aws_error`]); and by
//! AWS's words where clients act on what AWS has no code for.

use crate::aws_error::{self, Retry};
use crate::canonical::{Error, ErrorKind};
use crate::capability::inference_profile;
use crate::excerpt::printable;
use crate::http_message::Head;
use crate::json::Object;
use crate::model::unknown;

/// The code of an error that says that the prompt does not fit into the model's context.
const CONTEXT_LENGTH: &str = "context_length_exceeded";

/// What AWS and the models say, in lower case, of something that has no code of AWS's: its kind, and the code by which
/// clients know it. The services of the model's makers are behind Bedrock, and each has words of its own.
#[rustfmt::skip]
const WORDS: &[(&str, ErrorKind, &str)] = &[
    // Claude and Bedrock itself; Nova; Titan; Cohere and AI21.
    ("input is too long", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    ("prompt is too long", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    ("exceed context limit", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    ("input tokens exceeded", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    ("too many input tokens", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    ("too many tokens", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    // Models that are served as OpenAI's API serves them: gpt-oss, Llama, Mistral, Qwen, DeepSeek, MiniMax.
    ("context length", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    ("context window", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    // Grok; Kimi; GLM; Qwen; Gemma.
    ("maximum prompt length", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    ("model token limit", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    ("prompt exceeds max length", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    ("range of input length", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    ("input token count", ErrorKind::InvalidRequest, CONTEXT_LENGTH),
    ("model identifier", ErrorKind::NotFound, unknown::NOT_FOUND),
    ("model not found", ErrorKind::NotFound, unknown::NOT_FOUND),
    ("model id is invalid", ErrorKind::NotFound, unknown::NOT_FOUND),
    ("support the model that you provided", ErrorKind::NotFound, unknown::NOT_FOUND),
    ("model version has reached the end of its life", ErrorKind::NotFound, unknown::NOT_FOUND),
    ("marked by provider as legacy", ErrorKind::NotFound, unknown::NOT_FOUND),
];

/// What a person can do about it, where AWS's own words leave it open.
const ADVICE: &[(&str, &str)] = &[
    (
        "AccessDeniedException",
        "check three things: the model id is right, access to the model is enabled in this region, and the policy \
         allows bedrock:InvokeModel (bedrock:InvokeModelWithResponseStream for streams) on it",
    ),
    (
        "ExpiredTokenException",
        "the session token has expired: get new credentials",
    ),
    (
        "UnrecognizedClientException",
        "the access key or the session token is unknown to AWS in this partition",
    ),
];

/// What AWS says of a model that is called by an inference profile only.
const ON_DEMAND: &str = "on-demand throughput";

/// Where AWS begins to repeat what it would have signed, in which the session's token stands.
const CANONICAL: &str = "The Canonical String for this request";

/// How much of a body that is not AWS's a message repeats, in characters.
const EXCERPT: usize = 200;

/// The first of these members that is a text and not blank.
fn first_text(body: &Object<'_>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        body.string(name)
            .ok()?
            .filter(|text| !text.trim().is_empty())
    })
}

/// The message, in the forms that AWS's front doors and services use.
fn message(body: &Object<'_>) -> Option<String> {
    let message = first_text(body, &["message", "Message", "errorMessage"]);
    // What the model itself said, where the service only wraps it.
    match (message, first_text(body, &["originalMessage"])) {
        (Some(message), Some(original)) if !message.contains(&original) => {
            let status = body.number("originalStatusCode").ok().flatten();
            let status = status
                .map(|status| format!(" {status}"))
                .unwrap_or_default();
            Some(format!(
                "{message} (the model answered{status}: {original})"
            ))
        }
        (message, original) => message.or(original),
    }
}

/// An answer whose status is not a success. Any body gives a useful error, even none.
pub(crate) fn of_answer(head: &Head, body: &[u8]) -> Error {
    let parsed = Object::parse(body).unwrap_or_default();
    let code = head
        .error_type
        .clone()
        .or_else(|| first_text(&parsed, &["code", "Code", "__type"]));
    let code = code.as_deref().map(bare).filter(|code| !code.is_empty());
    let message = message(&parsed).unwrap_or_else(|| about_body(head, body));
    Error {
        status: Some(head.status),
        request_id: head.request_id.clone(),
        retry_after_ms: head.retry_after_ms,
        ..classified(code, Some(head.status), &message)
    }
}

/// With the ids to try, where `model` is called by an inference profile only, or where there is no such model here.
pub(crate) fn with_models(mut error: Error, model: &str) -> Error {
    if error.message.contains(ON_DEMAND) {
        error.message.push_str(&inference_profile::advice(model));
    } else if error.code.as_deref() == Some(unknown::NOT_FOUND) {
        error.message.push_str(&unknown::advice(model));
        error.path = Some("model".to_owned());
    }
    error
}

/// An exception frame of a stream; `name` is the member of the event union, such as `throttlingException`.
pub(crate) fn of_exception(name: &str, payload: &[u8]) -> Error {
    let message = Object::parse(payload)
        .ok()
        .and_then(|body| message(&body))
        .unwrap_or_else(|| excerpt(payload));
    classified(Some(name), None, &message)
}

/// An error frame of a stream, which the service model does not know.
pub(crate) fn of_error_frame(code: &str, message: &str) -> Error {
    classified(Some(code), None, &printable(message, 10 * EXCERPT))
}

fn classified(code: Option<&str>, status: Option<u16>, message: &str) -> Error {
    let by_code = code.and_then(aws_error::of_code);
    let kind = match (by_code, status) {
        (Some(code), _) => code.kind,
        (None, Some(status)) => aws_error::of_status(status).0,
        (None, None) => ErrorKind::Upstream,
    };
    let retryable = aws_error::retry(code, status) != Retry::Never;
    let by_words = || {
        let lower = message.to_ascii_lowercase();
        WORDS.iter().find(|(words, ..)| lower.contains(words))
    };
    let refuses = matches!(
        kind,
        ErrorKind::InvalidRequest | ErrorKind::NotFound | ErrorKind::Upstream
    );
    if refuses && let Some((_, kind, code)) = by_words() {
        return Error {
            code: Some((*code).to_owned()),
            ..Error::new(*kind, printable(message, 10 * EXCERPT))
        };
    }
    // AWS's spelling of a code that a stream writes in lower case.
    let code = by_code
        .map(|code| code.name)
        .or(code)
        .filter(|code| !code.is_empty());
    let told = message
        .find(CANONICAL)
        .and_then(|at| message.get(..at))
        .unwrap_or(message);
    let mut text = printable(told, 10 * EXCERPT);
    if text.trim().is_empty() {
        let code = code.map(|code| printable(code, EXCERPT));
        text = format!("{} with no message", code.as_deref().unwrap_or("an error"));
    }
    if let Some((_, advice)) = ADVICE.iter().find(|(name, _)| Some(*name) == code) {
        text = format!("{}: {advice}", text.trim_end_matches(['.', ':', ' ']));
    }
    Error {
        code: code.map(|code| printable(code, EXCERPT)),
        retryable,
        ..Error::new(kind, text)
    }
}

/// `com.amazon.bedrock#ValidationException:http://…` → `ValidationException`.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code).trim()
}

fn about_body(head: &Head, body: &[u8]) -> String {
    let from = match head.content_type.as_deref() {
        Some(content_type) if content_type.starts_with("application/json") => String::new(),
        Some(content_type) => format!(" of type {content_type}"),
        None => String::new(),
    };
    match excerpt(body) {
        text if text.is_empty() => format!("HTTP status {} with no message", head.status),
        text => format!(
            "HTTP status {} with a body{from} that is not AWS's: {text}",
            head.status
        ),
    }
}

fn excerpt(body: &[u8]) -> String {
    // Cut as bytes first: a body may be large.
    let head = &body[..body.len().min(4 * EXCERPT)];
    printable(&String::from_utf8_lossy(head), EXCERPT)
}

#[cfg(test)]
mod tests;
