//! `inferenceConfig` and `top_k`: lengths, sampling and stop sequences, as far as the model takes them.
//!
//! Rules: `InferenceConfiguration` of the Converse API reference, the family's row (`sampling`, `top_k`,
//! `stop_sequences`, `max_output_tokens`, `min_output_tokens`), and what Claude refuses beside thinking
//! (<https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking#feature-compatibility>).

use std::borrow::Cow;

use super::blocks::is_blank;
use super::body::{AdditionalFields, InferenceConfig};
use super::thinking::Thinking;
use crate::canonical::{Error, Request};
use crate::capability::{Sampling, StopSequences, TopK};
use crate::target::Target;
use crate::warnings::{Code, Warnings};

/// The least `top_p` that Claude takes while it thinks.
const MIN_TOP_P_WITH_THINKING: f64 = 0.95;

/// The most stop sequences.
const MAX_STOP_SEQUENCES: usize = 2500;

/// `inferenceConfig`, and `top_k` in `fields`.
pub(crate) fn plan<'a>(
    request: &'a Request,
    max_tokens: Option<u32>,
    target: &Target,
    thinking: &Thinking<'_>,
    fields: &mut AdditionalFields<'a>,
    notes: &mut Warnings,
) -> Result<InferenceConfig<'a>, Error> {
    let mut config = InferenceConfig {
        max_tokens,
        stop_sequences: stop_sequences(request, target, notes)?,
        temperature: fraction("temperature", request.temperature, notes)?,
        top_p: fraction("top_p", request.top_p, notes)?,
    };
    let mut top_k = request.top_k;
    if thinking.is_on && target.capabilities.anthropic_fields {
        let beside = "not supported with thinking; ignored";
        leave_out(
            &mut config.temperature,
            |t| t != 1.0,
            "temperature",
            beside,
            notes,
        )?;
        leave_out(
            &mut config.top_p,
            |p| p < MIN_TOP_P_WITH_THINKING,
            "top_p",
            beside,
            notes,
        )?;
        leave_out(&mut top_k, |_| true, "top_k", beside, notes)?;
    }
    if thinking.refuses_limits {
        let beside = "not supported with high effort; ignored";
        leave_out(
            &mut config.max_tokens,
            |_| true,
            "max_tokens",
            beside,
            notes,
        )?;
        leave_out(
            &mut config.temperature,
            |_| true,
            "temperature",
            beside,
            notes,
        )?;
        leave_out(&mut config.top_p, |_| true, "top_p", beside, notes)?;
    }
    match target.capabilities.sampling {
        Sampling::Both => {}
        Sampling::One if config.temperature.is_some() => {
            let instead = "not supported with `temperature` by this model; ignored";
            leave_out(&mut config.top_p, |_| true, "top_p", instead, notes)?;
        }
        Sampling::One => {}
        Sampling::None => {
            let refused = "not supported by this model; ignored";
            leave_out(
                &mut config.temperature,
                |_| true,
                "temperature",
                refused,
                notes,
            )?;
            leave_out(&mut config.top_p, |_| true, "top_p", refused, notes)?;
        }
    }
    if let Some(top_k) = top_k {
        push_top_k(top_k, target, fields, notes)?;
    }
    Ok(config)
}

/// Take a value away where it cannot be sent. Where it is the model's own default, nothing is lost by that.
fn leave_out<T: Copy + Into<f64>>(
    value: &mut Option<T>,
    is_refused: impl Fn(T) -> bool,
    path: &str,
    why: &str,
    notes: &mut Warnings,
) -> Result<(), Error> {
    let Some(refused) = value.filter(|value| is_refused(*value)) else {
        return Ok(());
    };
    *value = None;
    let is_default = path != "top_k" && path != "max_tokens" && refused.into() == 1.0;
    if is_default {
        notes.changed(Code::Ignored, path, why);
        return Ok(());
    }
    notes.lost(Code::Ignored, path, why)
}

/// What Converse takes for `temperature` and `topP`; other APIs go up to 2.
fn fraction(path: &str, value: Option<f64>, notes: &mut Warnings) -> Result<Option<f64>, Error> {
    match value {
        Some(value) if (0.0..=1.0).contains(&value) => Ok(Some(value)),
        Some(value) if value > 1.0 && value <= 2.0 => {
            notes.lost(
                Code::Clamped,
                path,
                "more than 1 is not supported by Converse; clamped to 1",
            )?;
            Ok(Some(1.0))
        }
        Some(_) => Err(Error::invalid(path, "expected a number from 0 to 1")),
        None => Ok(None),
    }
}

/// `max_tokens`, as many as the model takes.
pub(crate) fn max_tokens(
    request: &Request,
    target: &Target,
    notes: &mut Warnings,
) -> Result<Option<u32>, Error> {
    let Some(asked) = request.max_tokens else {
        return Ok(None);
    };
    if asked == 0 {
        return Err(Error::invalid("max_tokens", "expected at least 1, got 0"));
    }
    let capabilities = &target.capabilities;
    let most = match capabilities.max_output_tokens {
        0 => u32::MAX,
        most => most,
    };
    // AWS's integers have a sign.
    let most = most.min(i32::MAX.unsigned_abs());
    let fits = asked.clamp(capabilities.min_output_tokens.min(most), most);
    if fits != asked {
        notes.changed(
            Code::Clamped,
            "max_tokens",
            format!(
                "expected {} to {most} for this model, got {asked}; clamped to {fits}",
                capabilities.min_output_tokens
            ),
        );
    }
    Ok(Some(fits))
}

fn stop_sequences<'a>(
    request: &'a Request,
    target: &Target,
    notes: &mut Warnings,
) -> Result<Vec<&'a str>, Error> {
    let taken = target.capabilities.stop_sequences;
    let mut kept = Vec::with_capacity(request.stop_sequences.len());
    for (at, text) in request.stop_sequences.iter().enumerate() {
        let path = || format!("stop_sequences[{at}]");
        if text.is_empty() {
            return Err(Error::invalid(
                path(),
                "expected at least one character, got none",
            ));
        }
        let fault = match taken {
            _ if kept.len() == MAX_STOP_SEQUENCES => "more than 2500 are not supported by Converse",
            StopSequences::None => "not supported by this model",
            StopSequences::NotBlank if is_blank(text) => {
                "white space alone is not supported by this model"
            }
            StopSequences::Titan if text != "User:" && !text.trim_matches('|').is_empty() => {
                "only rows of | and \"User:\" are supported by this model"
            }
            _ => {
                kept.push(text.as_str());
                continue;
            }
        };
        notes.lost(Code::Ignored, path(), format!("{fault}; ignored"))?;
    }
    Ok(kept)
}

fn push_top_k(
    top_k: u32,
    target: &Target,
    fields: &mut AdditionalFields<'_>,
    notes: &mut Warnings,
) -> Result<(), Error> {
    let (name, value) = match target.capabilities.top_k {
        TopK::TopK => ("top_k", top_k.to_string()),
        TopK::K => ("k", top_k.to_string()),
        TopK::InferenceConfig => ("inferenceConfig", format!("{{\"topK\":{top_k}}}")),
        TopK::None => {
            let family = target.family;
            return notes.lost(
                Code::Ignored,
                "top_k",
                format!("not supported by this {family} model on Converse; ignored"),
            );
        }
    };
    fields.push((Cow::Borrowed(name), Cow::Owned(value)));
    Ok(())
}
