//! The body's own members → the canonical request; `message`, `part` and `tools` read what is inside them.

use bedrock_provider::json;
use bedrock_provider::warnings::Code;

use super::{message, tools};
use crate::canonical::{Error, OutputFormat, Request, Thinking};
use crate::fields::{Fields, text};
use crate::notes::{NOT_SUPPORTED, Notes};
use crate::openai::asked::{self, LeftOut};
use crate::path::Path;
use crate::{Ask, Policy, anthropic};

/// Members that are left out, besides those of both APIs.
#[rustfmt::skip]
const LEFT_OUT: &[LeftOut] = &[
    ("seed", "", true, NOT_SUPPORTED),
    ("logit_bias", "{}", true, NOT_SUPPORTED),
    ("presence_penalty", "0", true, NOT_SUPPORTED),
    ("frequency_penalty", "0", true, NOT_SUPPORTED),
    ("verbosity", "\"medium\"", true, NOT_SUPPORTED),
    ("store", "false", true, "stored completions are not supported by Bedrock"),
    ("web_search_options", "", true, "web search is not supported by Bedrock"),
    ("prediction", "", false, "predicted outputs are not supported by Bedrock"),
];

/// A client's request. Of the headers none is OpenAI's own.
pub fn read_request(
    body: &[u8],
    _headers: &[(String, String)],
    policy: impl Into<Policy>,
) -> Result<Ask, Error> {
    read(body, Notes::new(policy))
}

fn read(body: &[u8], mut notes: Notes) -> Result<Ask, Error> {
    let mut root = Fields::of_body(body)?;
    let (f, n) = (&mut root, &mut notes);
    refuse(f)?;
    let mut request = Request::to(&f.required_text("model")?);
    message::read(f, &mut request, n)?;
    let tools = tools::read(f, &mut request, n)?;
    limits(f, &mut request, n)?;
    asked::sampling(f, &mut request, n)?;
    reasoning(f, &mut request, n)?;
    if let Some(format) = f.object("response_format", n, format)?.flatten() {
        asked::output(&mut request).format = Some(format);
    }
    asked::bookkeeping(f, &mut request, n)?;
    request.extensions = f.verbatim_object("extensions")?;
    let caching = asked::caching(f, &mut request, n)?;
    asked::leave_out(f, LEFT_OUT, n)?;
    let stream = f.flag("stream")?.unwrap_or(false);
    let include_usage = f.object("stream_options", n, |options, _| {
        // No event is padded.
        options.flag("include_obfuscation")?;
        options.flag("include_usage")
    })?;
    root.finish(&mut notes)?;
    Ok(Ask {
        request,
        stream,
        include_usage: stream && include_usage.flatten().unwrap_or(false),
        caching,
        warnings: notes.into_warnings(),
        tools,
    })
}

/// What would change the answer's shape cannot be left out.
fn refuse(root: &mut Fields<'_, '_>) -> Result<(), Error> {
    if root.small("n")?.is_some_and(|n| n != 1) {
        const WHY: &str = "only 1 is supported by Bedrock: send one request for each choice";
        return Err(root.unsupported("n", WHY));
    }
    if root.flag("logprobs")? == Some(true) {
        return Err(root.unsupported(
            "logprobs",
            "log probabilities are not supported by Bedrock: remove it",
        ));
    }
    // How sound would be, and there is none.
    root.raw("audio");
    let path = Path::Root.member("modalities");
    for (at, raw) in root.elements("modalities")?.into_iter().enumerate() {
        let path = path.element(at);
        if text(raw, path)? != "text" {
            return Err(Error::unsupported(
                path.to_string(),
                "only text is supported by Bedrock: remove it",
            ));
        }
    }
    Ok(())
}

fn limits(
    root: &mut Fields<'_, '_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<(), Error> {
    let (old, new) = (
        root.small("max_tokens")?,
        root.small("max_completion_tokens")?,
    );
    if new.is_some() && old.is_some() && new != old {
        const WHY: &str = "deprecated, and differs from `max_completion_tokens`; ignored";
        root.changed(Code::Ignored, "max_tokens", WHY, notes);
    }
    request.max_tokens = new.or(old);
    request.top_k = root.small("top_k")?;
    if let Some(raw) = root.raw("stop") {
        request.stop_sequences = match json::kind(raw) {
            json::Kind::String => vec![text(raw, Path::Root.member("stop"))?],
            _ => root.texts("stop")?,
        };
    }
    Ok(())
}

/// `reasoning_effort`, and Anthropic's own `thinking`, which other gateways take here too and which says more.
fn reasoning(
    root: &mut Fields<'_, '_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<(), Error> {
    asked::effort(root, "reasoning_effort", request)?;
    let Some(raw) = root.raw("thinking") else {
        return Ok(());
    };
    let path = Path::Root.member("thinking");
    request.thinking = match anthropic::read_thinking(raw, path, notes)? {
        Thinking::Other(_) => {
            let message = "expected enabled, adaptive or disabled";
            return Err(Error::invalid("thinking.type", message));
        }
        known => Some(known),
    };
    Ok(())
}

fn format(format: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<Option<OutputFormat>, Error> {
    let schema = format.object("json_schema", notes, |schema, _| asked::json_schema(schema))?;
    match format.required_text("type")?.as_str() {
        "text" => Ok(None),
        "json_object" => Ok(Some(asked::any_object())),
        "json_schema" => match schema {
            Some(schema) => Ok(Some(schema)),
            None => Err(format.missing("json_schema")),
        },
        _ => Err(format.invalid("type", "expected text, json_object or json_schema")),
    }
}
