//! The body of `POST /v1/responses` → the canonical request; `input`, `calls` and `part` read what is inside it.

use bedrock_provider::warnings::Code;

use super::input::{self, History};
use crate::canonical::{Error, OutputFormat, PlainText, Request, Role};
use crate::fields::{Fields, text};
use crate::notes::{NOT_SUPPORTED, Notes};
use crate::openai::asked::{self, LeftOut};
use crate::openai::tools::Api;
use crate::openai::tools::choice::Choice;
use crate::openai::tools::list::List;
use crate::openai::tools::offered::Offered;
use crate::{Ask, Policy};

/// Members that would change what is answered, or how: the value that asks for nothing, and what to do instead.
#[rustfmt::skip]
const REFUSED: &[(&str, &str, &str)] = &[
    ("background", "false", "background responses are not supported by Bedrock: remove it, and use `stream` for long answers"),
    ("previous_response_id", "", NOT_STORED),
    ("conversation", "", NOT_STORED),
    ("prompt", "", "stored prompts are not supported by Bedrock: send `instructions` and `input` instead"),
];

/// What to do where nothing is stored; clients then send the items themselves.
pub(super) const NOT_STORED: &str = "stored responses are not supported by Bedrock: set `store` to false, and send the whole conversation in `input`";
const IGNORED: &str = "stored responses are not supported by Bedrock; ignored: set `store` to false, and send the whole conversation in `input`";

/// Members that are left out, besides those of both APIs.
#[rustfmt::skip]
const LEFT_OUT: &[LeftOut] = &[
    ("truncation", "\"disabled\"", true, "truncation is not supported by Bedrock"),
    ("max_tool_calls", "", false, "built-in tools, which it limits, are not supported by Bedrock"),
    ("client_metadata", "", false, NOT_SUPPORTED),
];

/// What `include` may ask for: it is there in any case.
const INCLUDED: &str = "reasoning.encrypted_content";

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
    if let Some(text) = f.text("instructions")? {
        request.system.push(PlainText {
            text,
            cache_control: None,
        });
    }
    // The history calls its tools by the names that they are offered by, and finds more of them.
    let mut tools = Offered::default();
    let mut dropped = Vec::new();
    let mut list = List {
        request: &mut request,
        offered: &mut tools,
        api: Api::Responses,
        dropped: &mut dropped,
        is_own: true,
    };
    list.read(f, n)?;
    let mut history = History {
        request: &mut request,
        offered: &mut tools,
        dropped: &mut dropped,
    };
    input::read(f, &mut history, n)?;
    let choice = Choice {
        request: &mut request,
        offered: &mut tools,
        api: Api::Responses,
        dropped,
    };
    choice.read(f, "tool_choice", n)?;
    request.max_tokens = f.small("max_output_tokens")?;
    asked::sampling(f, &mut request, n)?;
    f.object("reasoning", n, |f, _| reasoning(f, &mut request))?;
    f.object("text", n, |f, n| form(f, &mut request, n))?;
    asked::bookkeeping(f, &mut request, n)?;
    include(f, n)?;
    request.extensions = f.verbatim_object("extensions")?;
    let caching = asked::caching(f, &mut request, n)?;
    asked::leave_out(f, LEFT_OUT, n)?;
    store(f, &request, n)?;
    let stream = f.flag("stream")?.unwrap_or(false);
    // No event is padded.
    f.object("stream_options", n, |f, _| f.flag("include_obfuscation"))?;
    root.finish(&mut notes)?;
    Ok(Ask {
        request,
        stream,
        include_usage: true,
        caching,
        warnings: notes.into_warnings(),
        tools,
    })
}

fn refuse(root: &mut Fields<'_, '_>) -> Result<(), Error> {
    for (name, nothing, instead) in REFUSED {
        if root.raw(name).is_some_and(|raw| raw != *nothing) {
            return Err(root.unsupported(name, instead));
        }
    }
    Ok(())
}

/// Whoever does not say that nothing is to be stored may count on it, and hears of it when a conversation begins: later
/// it is too late.
fn store(root: &mut Fields<'_, '_>, request: &Request, notes: &mut Notes) -> Result<(), Error> {
    const NAME: &str = "store";
    let begins = || {
        let mut turns = request.messages.iter();
        turns.all(|turn| turn.role != Role::Assistant)
    };
    match root.flag(NAME)? {
        Some(true) => {
            let here = root.path();
            notes.lost_or(Code::Ignored, here.member(NAME), IGNORED, NOT_STORED)?;
        }
        None if begins() => root.changed(Code::Ignored, NAME, IGNORED, notes),
        Some(false) | None => {}
    }
    Ok(())
}

/// How much is thought. Who asks for a summary asks for thinking; what was thought is the summary.
fn reasoning(fields: &mut Fields<'_, '_>, request: &mut Request) -> Result<(), Error> {
    let summary = fields.text("summary")?;
    let summary = summary.or(fields.text("generate_summary")?);
    if summary.is_some_and(|summary| summary != "none") {
        asked::think(request);
    }
    asked::effort(fields, "effort", request)
}

/// The form of the answer's text.
fn form(
    fields: &mut Fields<'_, '_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<(), Error> {
    if let Some(format) = fields.object("format", notes, |f, _| format(f))?.flatten() {
        asked::output(request).format = Some(format);
    }
    match fields.text("verbosity")?.as_deref() {
        None | Some("medium") => Ok(()),
        Some(_) => fields.lost("verbosity", NOT_SUPPORTED, notes),
    }
}

fn format(fields: &mut Fields<'_, '_>) -> Result<Option<OutputFormat>, Error> {
    match fields.required_text("type")?.as_str() {
        "text" => Ok(None),
        "json_object" => Ok(Some(asked::any_object())),
        "json_schema" => asked::json_schema(fields).map(Some),
        _ => Err(fields.invalid("type", "expected text, json_object or json_schema")),
    }
}

fn include(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<(), Error> {
    const NAME: &str = "include";
    let here = fields.path();
    let path = here.member(NAME);
    for (at, raw) in fields.elements(NAME)?.into_iter().enumerate() {
        let path = path.element(at);
        if text(raw, path)? != INCLUDED {
            notes.lost(path, NOT_SUPPORTED)?;
        }
    }
    Ok(())
}
