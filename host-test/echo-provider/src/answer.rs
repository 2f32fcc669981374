//! What there is to say to a request, or why there is nothing: the part that another provider has its own for.

use crate::world::exports::llm::provider::types::{
    ContentBlock, Context, Error, ErrorKind, Message, Request, Role, StopReason, Usage, Warning,
};

/// The model that always fails, for whoever wants to see what becomes of an error.
const FAILING: &str = "fail";

/// Before it is put into a response or into chunks.
pub(crate) struct Answer {
    pub(crate) model: String,
    pub(crate) words: Vec<String>,
    pub(crate) stop_reason: StopReason,
    pub(crate) usage: Usage,
    pub(crate) warnings: Vec<Warning>,
}

impl Answer {
    /// The last that the user said, as far as `max-tokens` goes.
    pub(crate) fn to(request: &Request, context: &Context) -> Result<Self, Error> {
        if context.cost_limits.is_some() {
            let message =
                "an echo counts no money, and a limit that nobody holds is not passed over";
            return Err(error(
                ErrorKind::Unsupported,
                "context.cost_limits",
                message,
            ));
        }
        // `<provider>/<model>`: what the provider is called is the choice of whoever plugs it in.
        let (_, model) = request.model.split_once('/').unwrap_or_default();
        if model == FAILING {
            return Err(failure());
        }
        let warnings = losses(request, context)?;
        let mut words: Vec<String> = question(request)?.flat_map(words).collect();
        let most = request.max_tokens.map_or(usize::MAX, |most| most as usize);
        let stop_reason = match words.len() > most {
            true => StopReason::MaxTokens,
            false => StopReason::EndTurn,
        };
        words.truncate(most);
        Ok(Answer {
            model: model.into(),
            stop_reason,
            usage: usage(prompt_tokens(request), words.len() as u64),
            words,
            warnings,
        })
    }
}

fn failure() -> Error {
    Error {
        code: Some("EchoFailed".into()),
        retryable: true,
        ..error(
            ErrorKind::Overloaded,
            "model",
            "this model always fails, as its name says",
        )
    }
}

/// What is asked for and left out: a warning each, or an error where the context is strict.
fn losses(request: &Request, context: &Context) -> Result<Vec<Warning>, Error> {
    const MESSAGE: &str = "not supported by an echo; ignored";
    const IGNORED: &str = "ignored";
    let asked = [
        ("tools", !request.tools.is_empty()),
        ("stop_sequences", !request.stop_sequences.is_empty()),
        ("output", request.output.is_some()),
        ("thinking", request.thinking.is_some()),
        ("temperature", request.temperature.is_some()),
        ("top_p", request.top_p.is_some()),
        ("top_k", request.top_k.is_some()),
        ("messages", request.messages.iter().any(has_media)),
    ];
    let mut lost = asked.into_iter().filter(|(_, is_asked)| *is_asked);
    if context.strict
        && let Some((path, _)) = lost.next()
    {
        return Err(error(ErrorKind::Unsupported, path, MESSAGE));
    }
    let warning = |(path, _): (&str, bool)| Warning {
        code: IGNORED.into(),
        path: path.into(),
        message: MESSAGE.into(),
        lossy: true,
    };
    Ok(lost.map(warning).collect())
}

fn question(request: &Request) -> Result<impl Iterator<Item = &str>, Error> {
    let is_question = |message: &&Message| message.role == Role::User;
    match request.messages.iter().rfind(is_question) {
        Some(question) => Ok(texts(question)),
        None => Err(error(
            ErrorKind::InvalidRequest,
            "messages",
            "expected a message of the user's: there is no question to answer",
        )),
    }
}

fn texts(message: &Message) -> impl Iterator<Item = &str> {
    message.content.iter().filter_map(|block| match block {
        ContentBlock::Text(block) => Some(block.text.as_str()),
        _ => None,
    })
}

/// Whether there is more than text in it.
fn has_media(message: &Message) -> bool {
    let is_text = |block: &ContentBlock| matches!(block, ContentBlock::Text(_));
    !message.content.iter().all(is_text)
}

/// A token here is a word, with the space behind it.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_inclusive(char::is_whitespace).map(str::to_owned)
}

/// Of the system prompt and of all that was said.
pub(crate) fn prompt_tokens(request: &Request) -> u64 {
    let system = request.system.iter().map(|block| block.text.as_str());
    let said = request.messages.iter().flat_map(texts);
    system.chain(said).flat_map(words).count() as u64
}

fn usage(input_tokens: u64, output_tokens: u64) -> Usage {
    Usage {
        input_tokens,
        output_tokens,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 0,
        cache_creation: None,
        service_tier: None,
        extensions: None,
    }
}

/// In words for a person, with the field that is at fault. A service's own code, status and id of the request belong here.
fn error(kind: ErrorKind, path: &str, message: &str) -> Error {
    Error {
        kind,
        message: message.into(),
        path: Some(path.into()),
        code: None,
        status: None,
        request_id: None,
        retryable: false,
        retry_after_ms: None,
        usage: None,
        extensions: None,
    }
}
