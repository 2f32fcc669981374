//! Canonical request → the body of a Converse call.
//!
//! In: the request and its model. Out: the JSON, and notes of what was changed or left out. This room plans the top
//! level; turns are in [`super::turns`], tools in [`super::tools`]. Rules: the Converse API reference, and what the
//! service was seen to refuse.

use serde_json::value::RawValue;

use super::body::{
    AdditionalFields, Body, CachePoint, CountTokens, CountTokensInput, InferenceConfig,
    NovaInferenceConfig, ServiceTier, Thinking,
};
use super::notes::Notes;
use super::{tools, turns};
use crate::canonical::{self, CacheControl, CacheTtl, Error, Request};
use crate::family::Family;
use crate::http_message::printable;
use crate::json;
use crate::model::Model;

/// The body of `converse` and `converse-stream`.
pub(crate) fn body(
    request: &Request,
    model: &Model<'_>,
    notes: &mut Notes,
) -> Result<Vec<u8>, Error> {
    let body = plan(request, model, notes)?;
    serde_json::to_vec(&body)
        .map_err(|error| Error::new(canonical::ErrorKind::Internal, format!("request: {error}")))
}

/// The body of `count-tokens`: the parts of a Converse request that it takes.
pub(crate) fn count_tokens_body(
    request: &Request,
    model: &Model<'_>,
    notes: &mut Notes,
) -> Result<Vec<u8>, Error> {
    let body = Body {
        additional_model_response_field_paths: &[],
        inference_config: None,
        request_metadata: Vec::new(),
        service_tier: None,
        ..plan(request, model, notes)?
    };
    let body = CountTokens {
        input: CountTokensInput { converse: body },
    };
    serde_json::to_vec(&body)
        .map_err(|error| Error::new(canonical::ErrorKind::Internal, format!("request: {error}")))
}

fn plan<'a>(request: &'a Request, model: &Model<'_>, notes: &mut Notes) -> Result<Body<'a>, Error> {
    let family = model.family;
    refuse_what_is_not_translated_yet(request)?;
    let mut additional = AdditionalFields {
        thinking: thinking(request, family, notes)?,
        ..AdditionalFields::default()
    };
    top_k(request, family, &mut additional, notes)?;
    let tool_config = tools::config(request, family, &mut additional, notes)?;
    Ok(Body {
        // The only way to learn which of several stop sequences ended the answer.
        additional_model_response_field_paths: match family.anthropic_fields {
            true => &["/delta/stop_sequence"],
            false => &[],
        },
        additional_model_request_fields: Some(additional)
            .filter(|fields| *fields != AdditionalFields::default()),
        inference_config: inference_config(request)?,
        messages: turns::messages(request, family, notes)?,
        request_metadata: request_metadata(request, notes)?,
        service_tier: service_tier(request),
        system: turns::system(request, family, notes)?,
        tool_config,
    })
}

/// Kinds that the types know and this version does not translate: an error, so that nothing is lost unseen.
fn refuse_what_is_not_translated_yet(request: &Request) -> Result<(), Error> {
    let asked = [
        ("output", request.output.is_some()),
        ("betas", !request.betas.is_empty()),
        ("extensions", request.extensions.is_some()),
    ];
    match asked.into_iter().find(|(_, is_there)| *is_there) {
        Some((path, _)) => Err(Error::unsupported(
            path,
            format!("{path} is not supported in this version: leave it out"),
        )),
        None => Ok(()),
    }
}

fn inference_config(request: &Request) -> Result<Option<InferenceConfig<'_>>, Error> {
    for (path, value) in [
        ("temperature", request.temperature),
        ("top_p", request.top_p),
    ] {
        if value.is_some_and(|value| !(0.0..=1.0).contains(&value)) {
            return Err(Error::invalid(path, "expected a number from 0 to 1"));
        }
    }
    if request.max_tokens == Some(0) {
        return Err(Error::invalid("max_tokens", "expected at least 1, saw 0"));
    }
    if let Some(at) = request.stop_sequences.iter().position(String::is_empty) {
        return Err(Error::invalid(
            format!("stop_sequences[{at}]"),
            "expected at least one character, saw none",
        ));
    }
    let config = InferenceConfig {
        max_tokens: request.max_tokens,
        stop_sequences: &request.stop_sequences,
        temperature: request.temperature,
        top_p: request.top_p,
    };
    Ok(Some(config).filter(|config| *config != InferenceConfig::default()))
}

fn top_k(
    request: &Request,
    family: &Family,
    additional: &mut AdditionalFields<'_>,
    notes: &mut Notes,
) -> Result<(), Error> {
    let Some(top_k) = request.top_k else {
        return Ok(());
    };
    match family.top_k {
        ["top_k"] => additional.top_k = Some(top_k),
        ["inferenceConfig", "topK"] => {
            additional.inference_config = Some(NovaInferenceConfig { top_k })
        }
        _ => notes.lost(
            "top_k",
            format!("{} models take no top_k on Converse: left out", family.name),
        )?,
    }
    Ok(())
}

/// Anthropic's own bounds on a thinking budget.
fn check_budget(budget: u32, max_tokens: Option<u32>) -> Result<(), Error> {
    let fault = match max_tokens {
        _ if budget < 1024 => format!("expected at least 1024, saw {budget}"),
        Some(max) if budget >= max => {
            format!("expected less than max_tokens ({max}), saw {budget}")
        }
        _ => return Ok(()),
    };
    Err(Error::invalid("thinking.budget_tokens", fault))
}

fn thinking<'a>(
    request: &'a Request,
    family: &Family,
    notes: &mut Notes,
) -> Result<Option<Thinking<'a>>, Error> {
    let asked = match &request.thinking {
        None | Some(canonical::Thinking::Disabled) => return Ok(None),
        Some(canonical::Thinking::Enabled(budget)) => Thinking {
            budget_tokens: Some(budget.budget_tokens),
            display: budget.display.display.as_deref(),
            r#type: "enabled",
        },
        Some(canonical::Thinking::Adaptive(display)) => Thinking {
            budget_tokens: None,
            display: display.display.as_deref(),
            r#type: "adaptive",
        },
        Some(canonical::Thinking::Other(_)) => {
            return Err(Error::unsupported(
                "thinking",
                "expected disabled, enabled or adaptive, saw another form",
            ));
        }
    };
    if !family.anthropic_fields {
        notes.lost(
            "thinking",
            format!(
                "{} models take no thinking settings here: left out",
                family.name
            ),
        )?;
        return Ok(None);
    }
    if let Some(budget) = asked.budget_tokens {
        check_budget(budget, request.max_tokens)?;
    }
    Ok(Some(asked))
}

/// What AWS takes as request metadata: names once, names and values of few characters. The rest is left out, since
/// clients put JSON there, and a log entry is not worth the call.
fn request_metadata<'a>(
    request: &'a Request,
    notes: &mut Notes,
) -> Result<Vec<(&'a str, &'a str)>, Error> {
    const MAX_LENGTH: usize = 256;
    let is_legal = |text: &str| {
        let legal = |c: char| {
            c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c)
        };
        text.len() <= MAX_LENGTH && text.chars().all(legal)
    };
    let mut kept: Vec<(&str, &str)> = Vec::with_capacity(request.metadata.len());
    for (name, value) in &request.metadata {
        let fault = match () {
            () if name.is_empty() => "a name is empty",
            () if !is_legal(name) || !is_legal(value) => {
                "AWS takes letters, digits, space and : _ @ $ # = / + , - . here, at most 256"
            }
            () if kept.iter().any(|(other, _)| other == name) => "the name was there before",
            () => {
                kept.push((name, value));
                continue;
            }
        };
        notes.lost(
            format!("metadata.{}", printable(name, 64)),
            format!("{fault}: left out"),
        )?;
    }
    Ok(kept)
}

/// Anthropic's `auto` and `standard_only` in Converse's words; others are Converse's own and pass.
fn service_tier(request: &Request) -> Option<ServiceTier<'_>> {
    match request.service_tier.as_deref()? {
        "auto" => None,
        "standard_only" => Some(ServiceTier { r#type: "default" }),
        tier => Some(ServiceTier { r#type: tier }),
    }
}

/// The cache point for the `cache_control` of the block at `path`.
pub(crate) fn cache_point<'a>(
    control: &'a CacheControl,
    family: &Family,
    path: &str,
    notes: &mut Notes,
) -> Result<CachePoint<'a>, Error> {
    let ttl = control.ttl.as_ref().map(|ttl| match ttl {
        CacheTtl::FiveMinutes => "5m",
        CacheTtl::OneHour => "1h",
        CacheTtl::Other(ttl) => ttl,
    });
    // Five minutes is what every cache gives unasked.
    if let Some(asked) = ttl.filter(|_| !family.cache_ttl) {
        if asked != "5m" {
            let message = format!("{} models take no ttl: five minutes it is", family.name);
            notes.lost(format!("{path}.cache_control.ttl"), message)?;
        }
        return Ok(CachePoint {
            ttl: None,
            r#type: "default",
        });
    }
    Ok(CachePoint {
        ttl,
        r#type: "default",
    })
}

/// JSON text that must be an object, to be sent byte for byte.
pub(crate) fn json_object(text: &str, path: impl Fn() -> String) -> Result<&RawValue, Error> {
    json::verbatim_object(text).map_err(|error| Error::invalid(path(), error.to_string()))
}
