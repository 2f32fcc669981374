//! The body's own members → the canonical request; `message`, `part` and `tools` read what is inside them.

use super::{ANY_OBJECT, message, tools};
use crate::canonical::{
    Error, OutputConfig, OutputFormat, Request, Thinking, ThinkingBudget, ThinkingDisplay,
};
use crate::openai::cursor::{Cursor, Element, Notes};
use crate::openai::words;
use crate::{Ask, Unknown};

/// Members that are read.
const KNOWN: &[&str] = &[
    "model",
    "messages",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "top_k",
    "stop",
    "n",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "functions",
    "function_call",
    "response_format",
    "reasoning_effort",
    "thinking",
    "service_tier",
    "user",
    "safety_identifier",
    "metadata",
    "modalities",
    "audio",
    "logprobs",
    "extensions",
];

/// Members that are left out: the value that asks for nothing, whether anything is lost, and why.
#[rustfmt::skip]
const LEFT_OUT: &[(&str, &str, bool, &str)] = &[
    ("seed", "", true, "answers cannot be made to repeat: left out"),
    ("logit_bias", "{}", true, "tokens cannot be favoured: left out"),
    ("presence_penalty", "0", true, "there is no such penalty: left out"),
    ("frequency_penalty", "0", true, "there is no such penalty: left out"),
    ("top_logprobs", "0", true, "there are no log probabilities: left out"),
    ("store", "false", true, "nothing is stored: left out"),
    ("moderation", "", true, "there is no moderation beside the answer: left out"),
    ("verbosity", "\"medium\"", true, "there is no such measure: left out"),
    ("web_search_options", "", true, "there is no search by this option: left out"),
    ("prediction", "", false, "the answer comes without this help: left out"),
    ("prompt_cache_key", "", false, "the cache finds its prompts itself: left out"),
    ("prompt_cache_options", "", false, "cache_control says what is cached: left out"),
    ("prompt_cache_retention", "", false, "cache_control says how long: left out"),
];

/// Efforts of `reasoning_effort` that ask for some.
const EFFORTS: &[&str] = &["minimal", "low", "medium", "high", "xhigh", "max"];

/// A client's request. Of the headers none is OpenAI's own.
pub fn read_request(
    body: &[u8],
    _headers: &[(String, String)],
    unknown: Unknown,
) -> Result<Ask, Error> {
    let root = Cursor::root(body)?;
    let mut notes = Notes {
        unknown,
        warnings: Vec::new(),
    };
    refuse(&root)?;
    let mut request = Request::to(&root.required("model")?);
    message::read(&root.must("messages")?, &mut request, &mut notes)?;
    tools::read(&root, &mut request, &mut notes)?;
    sampling(&root, &mut request, &mut notes)?;
    reasoning(&root, &mut request, &mut notes)?;
    format(&root, &mut request, &mut notes)?;
    bookkeeping(&root, &mut request, &mut notes)?;
    request.extensions = root.json_object("extensions")?;
    leave_out(&root, &mut notes)?;

    let stream = root.flag("stream")?.unwrap_or(false);
    let mut include_usage = false;
    if let Some(options) = root.object("stream_options")? {
        options.check(&["include_usage", "include_obfuscation"], &mut notes)?;
        include_usage = options.flag("include_usage")?.unwrap_or(false);
    }
    Ok(Ask {
        request,
        stream,
        include_usage: include_usage && stream,
        warnings: notes.warnings,
    })
}

/// What would change the answer's shape cannot be left out.
fn refuse(root: &Cursor<'_>) -> Result<(), Error> {
    if root.number("n")?.is_some_and(|n| n != 1) {
        return Err(Error::unsupported(
            "n",
            "there is one answer to a call: ask again for another",
        ));
    }
    if root.flag("logprobs")? == Some(true) {
        return Err(Error::unsupported(
            "logprobs",
            "there are no log probabilities",
        ));
    }
    for modality in root.elements("modalities")? {
        if modality.string()? != "text" {
            return Err(Error::unsupported(modality.path, "answers are text"));
        }
    }
    Ok(())
}

fn leave_out(root: &Cursor<'_>, notes: &mut Notes) -> Result<(), Error> {
    let mut known = KNOWN.to_vec();
    for (name, nothing, lossy, why) in LEFT_OUT {
        known.push(name);
        let asked = root.get(name).is_some_and(|element| {
            let number = || element.raw.parse::<f64>().is_ok_and(|number| number == 0.0);
            element.raw != *nothing && !(*nothing == "0" && number())
        });
        match (asked, lossy) {
            (false, _) => {}
            (true, true) => notes.lost(*name, *why),
            (true, false) => notes.changed(*name, *why),
        }
    }
    root.check(&known, notes)
}

fn sampling(root: &Cursor<'_>, request: &mut Request, notes: &mut Notes) -> Result<(), Error> {
    let (old, new) = (
        root.number("max_tokens")?,
        root.number("max_completion_tokens")?,
    );
    if let (Some(old), Some(new)) = (old, new)
        && old != new
    {
        notes.changed(
            "max_tokens",
            "max_completion_tokens says another number: it is taken",
        );
    }
    request.max_tokens = new.or(old);
    request.temperature = within(root, "temperature", 2.0)?;
    if let Some(temperature) = request.temperature
        && temperature > 1.0
    {
        notes.lost("temperature", "temperatures go from 0 to 1: 1 it is");
        request.temperature = Some(1.0);
    }
    request.top_p = within(root, "top_p", 1.0)?;
    request.top_k = root.number("top_k")?;
    if let Some(stop) = root.get("stop") {
        request.stop_sequences = match stop.as_string() {
            Some(text) => vec![text],
            None => texts(&stop.elements()?)?,
        };
    }
    Ok(())
}

fn texts(elements: &[Element<'_>]) -> Result<Vec<String>, Error> {
    elements.iter().map(Element::string).collect()
}

fn within(root: &Cursor<'_>, name: &str, most: f64) -> Result<Option<f64>, Error> {
    let number = root.float(name)?;
    if number.is_some_and(|number| !(0.0..=most).contains(&number)) {
        let message = ["expected 0 to ", if most > 1.0 { "2" } else { "1" }].concat();
        return Err(Error::invalid(name, message));
    }
    Ok(number)
}

/// `reasoning_effort`, and Anthropic's own `thinking`, which other gateways take here too and which says more.
fn reasoning(root: &Cursor<'_>, request: &mut Request, notes: &mut Notes) -> Result<(), Error> {
    let effort = root.string("reasoning_effort")?;
    match effort.as_deref() {
        None => {}
        Some("none") => request.thinking = Some(Thinking::Disabled),
        Some(word) if EFFORTS.contains(&word) => {
            request.thinking = Some(Thinking::Adaptive(ThinkingDisplay { display: None }));
            output(request).effort = effort;
        }
        Some(_) => {
            let message = "expected none, minimal, low, medium, high, xhigh or max";
            return Err(Error::invalid("reasoning_effort", message));
        }
    }
    let Some(thinking) = root.object("thinking")? else {
        return Ok(());
    };
    let display = ThinkingDisplay {
        display: thinking.string("display")?,
    };
    thinking.check(&["type", "budget_tokens", "display"], notes)?;
    request.thinking = Some(match thinking.required("type")?.as_str() {
        "disabled" => Thinking::Disabled,
        "adaptive" => Thinking::Adaptive(display),
        "enabled" => {
            let budget = thinking.number("budget_tokens")?;
            Thinking::Enabled(ThinkingBudget {
                budget_tokens: budget
                    .ok_or_else(|| Error::invalid("thinking.budget_tokens", "is missing"))?,
                display,
            })
        }
        _ => {
            let message = "expected enabled, adaptive or disabled";
            return Err(Error::invalid("thinking.type", message));
        }
    });
    Ok(())
}

fn output(request: &mut Request) -> &mut OutputConfig {
    request.output.get_or_insert(OutputConfig {
        format: None,
        effort: None,
    })
}

fn format(root: &Cursor<'_>, request: &mut Request, notes: &mut Notes) -> Result<(), Error> {
    let Some(format) = root.object("response_format")? else {
        return Ok(());
    };
    format.check(&["type", "json_schema"], notes)?;
    let wanted = match format.required("type")?.as_str() {
        "text" => return Ok(()),
        "json_object" => OutputFormat {
            name: None,
            description: None,
            schema: ANY_OBJECT.into(),
        },
        "json_schema" => {
            let schema = format.required_object("json_schema")?;
            schema.check(&["name", "description", "schema", "strict"], notes)?;
            schema.flag("strict")?;
            OutputFormat {
                name: schema.string("name")?,
                description: schema.string("description")?,
                schema: schema
                    .json_object("schema")?
                    .unwrap_or_else(|| ANY_OBJECT.into()),
            }
        }
        _ => {
            let message = "expected text, json_object or json_schema";
            return Err(Error::invalid("response_format.type", message));
        }
    };
    output(request).format = Some(wanted);
    Ok(())
}

fn bookkeeping(root: &Cursor<'_>, request: &mut Request, notes: &mut Notes) -> Result<(), Error> {
    let user = root.string("user")?;
    if let Some(user) = root.string("safety_identifier")?.or(user) {
        request.metadata.push(("user_id".into(), user));
    }
    if let Some(metadata) = root.object("metadata")? {
        for (name, value) in metadata.members() {
            request.metadata.push((name, value.string()?));
        }
    }
    if let Some(tier) = root.string("service_tier")? {
        match words::tier_from_openai(&tier) {
            Some(tier) => request.service_tier = Some(tier.into()),
            None => notes.lost(
                "service_tier",
                "expected auto, default, flex, priority or fast: left out",
            ),
        }
    }
    Ok(())
}
