//! What a client asks in the same words of either of OpenAI's APIs: members of the body that are no conversation.

use bedrock_provider::warnings::Code;

use crate::Caching;
use crate::anthropic;
use crate::canonical::{Error, OutputConfig, OutputFormat, Request, Thinking, ThinkingDisplay};
use crate::fields::Fields;
use crate::notes::{NOT_SUPPORTED, Notes};
use crate::openai::{piece, words};

/// A member that is left out: its name, the value that asks for nothing, whether anything is lost, and why.
pub(crate) type LeftOut = (&'static str, &'static str, bool, &'static str);

/// Those of both APIs.
#[rustfmt::skip]
const LEFT_OUT: &[LeftOut] = &[
    ("top_logprobs", "0", true, NOT_SUPPORTED),
    ("moderation", "", true, NOT_SUPPORTED),
    ("prompt_cache_options", "", false, NOT_SUPPORTED),
];

/// Efforts that ask for some thinking.
const EFFORTS: &[&str] = &["minimal", "low", "medium", "high", "xhigh", "max"];

/// The schema of any JSON object.
const ANY_OBJECT: &str = r#"{"type":"object"}"#;

/// Members that cannot be had, those of both APIs and `more`: they are told where they ask for something.
pub(crate) fn leave_out(
    root: &mut Fields<'_, '_>,
    more: &'static [LeftOut],
    notes: &mut Notes,
) -> Result<(), Error> {
    for (name, nothing, lossy, why) in LEFT_OUT.iter().chain(more) {
        let Some(raw) = root.raw(name) else {
            continue;
        };
        let is_zero = || raw.parse::<f64>().is_ok_and(|number| number == 0.0);
        if raw == *nothing || *nothing == "0" && is_zero() {
            continue;
        }
        match lossy {
            true => root.lost(name, why, notes)?,
            false => root.ignored(name, why, notes),
        }
    }
    Ok(())
}

/// What is said of the prompt cache: `cache_control` of the whole request, which most gateways take, and OpenAI's own
/// `prompt_cache_key` and `prompt_cache_retention`, which ask for points that the request does not mark.
pub(crate) fn caching(
    root: &mut Fields<'_, '_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<Caching, Error> {
    if let Some(control) = piece::cache_control(root, notes)? {
        anthropic::cache_last(request, control);
    }
    let key = root.text("prompt_cache_key")?;
    let retention = root.text("prompt_cache_retention")?;
    Ok(match (key, retention.as_deref()) {
        (_, Some("24h")) => Caching::ForAnHour,
        (Some(_), _) | (_, Some(_)) => Caching::Asked,
        (None, None) => Caching::Unasked,
    })
}

/// `temperature` and `top_p`.
pub(crate) fn sampling(
    root: &mut Fields<'_, '_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<(), Error> {
    request.temperature = within(root, "temperature", 2.0)?;
    if request
        .temperature
        .is_some_and(|temperature| temperature > 1.0)
    {
        let here = root.path();
        notes.lost_or(
            Code::Clamped,
            here.member("temperature"),
            "more than 1 is not supported by Bedrock; clamped to 1",
            "more than 1 is not supported by Bedrock: give 0 to 1",
        )?;
        request.temperature = Some(1.0);
    }
    request.top_p = within(root, "top_p", 1.0)?;
    Ok(())
}

fn within(root: &mut Fields<'_, '_>, name: &'static str, most: f64) -> Result<Option<f64>, Error> {
    let number = root.number(name)?;
    if number.is_some_and(|number| !(0.0..=most).contains(&number)) {
        let message = ["expected 0 to ", if most > 1.0 { "2" } else { "1" }].concat();
        return Err(root.invalid(name, message));
    }
    Ok(number)
}

/// An effort, the member `name` of `holder`.
pub(crate) fn effort(
    holder: &mut Fields<'_, '_>,
    name: &'static str,
    request: &mut Request,
) -> Result<(), Error> {
    let effort = holder.text(name)?;
    match effort.as_deref() {
        None => {}
        Some("none") => request.thinking = Some(Thinking::Disabled),
        Some(word) if EFFORTS.contains(&word) => {
            think(request);
            output(request).effort = effort;
        }
        Some(_) => {
            let message = "expected none, minimal, low, medium, high, xhigh or max";
            return Err(holder.invalid(name, message));
        }
    }
    Ok(())
}

/// Let the model think. Clients show what it thinks, which some models leave out unless they are asked.
pub(crate) fn think(request: &mut Request) {
    request.thinking = Some(Thinking::Adaptive(ThinkingDisplay {
        display: Some("summarized".into()),
    }));
}

/// What is asked of the answer's form; made where there is none.
pub(crate) fn output(request: &mut Request) -> &mut OutputConfig {
    request.output.get_or_insert(OutputConfig {
        format: None,
        effort: None,
    })
}

/// The format that is any JSON object.
pub(crate) fn any_object() -> OutputFormat {
    OutputFormat {
        name: None,
        description: None,
        schema: ANY_OBJECT.into(),
    }
}

/// The members of a format of type `json_schema`. The canonical one is strict in any case.
pub(crate) fn json_schema(fields: &mut Fields<'_, '_>) -> Result<OutputFormat, Error> {
    fields.flag("strict")?;
    let schema = fields.verbatim_object("schema")?;
    Ok(OutputFormat {
        name: fields.text("name")?,
        description: fields.text("description")?,
        schema: schema.unwrap_or_else(|| ANY_OBJECT.into()),
    })
}

/// Who asks, what is noted of it, and the tier.
pub(crate) fn bookkeeping(
    root: &mut Fields<'_, '_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<(), Error> {
    let user = root.text("user")?;
    if let Some(user) = root.text("safety_identifier")?.or(user) {
        request.metadata.push(("user_id".into(), user));
    }
    root.object("metadata", notes, |fields, _| {
        let here = fields.path();
        for (name, value) in fields.rest() {
            let value = crate::fields::text(value, here.member(&name))?;
            request.metadata.push((name, value));
        }
        Ok(())
    })?;
    if let Some(tier) = root.text("service_tier")? {
        match words::tier_from_openai(&tier) {
            Some(tier) => request.service_tier = Some(tier.into()),
            None => {
                const WHY: &str = "unknown tier: expected auto, default, flex, priority or fast";
                root.lost("service_tier", WHY, notes)?;
            }
        }
    }
    Ok(())
}
