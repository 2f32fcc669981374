//! Claude's own field `thinking`, and `outputConfig.effort` beside it.

use std::borrow::Cow;

use super::{Asked, Call, Thinking, effort, tool_loop};
use crate::canonical::Error;
use crate::capability::{Capabilities, Reasoning};
use crate::converse::betas;
use crate::converse::body::AdditionalFields;
use crate::excerpt::quoted;
use crate::json::{self, Writer};
use crate::warnings::{Code, Warnings};

const PATH: &str = "thinking";

/// The forms of the field, by the word of its `type`.
enum Form {
    Disabled,
    Enabled(u32),
    Adaptive,
}

/// Ask for it in `fields`.
pub(super) fn plan<'a>(
    call: &Call<'_, 'a>,
    asked: Asked<'a>,
    wanted: Option<&'a str>,
    fields: &mut AdditionalFields<'a>,
    notes: &mut Warnings,
) -> Result<Thinking<'a>, Error> {
    let capabilities = &call.target.capabilities;
    // A model that knows budgets alone gets the effort as one.
    let is_budget = capabilities.reasoning == Reasoning::Budget;
    let becomes_budget =
        is_budget && capabilities.efforts.is_empty() && matches!(asked, Asked::Adaptive(_));
    let mut thinking = Thinking {
        is_on: capabilities.thinking_always_on,
        effort: match wanted.filter(|_| !becomes_budget) {
            Some(wanted) => effort::nearest(wanted, &capabilities.efforts, "output.effort", notes)?,
            None => None,
        },
        ..Thinking::default()
    };
    let form = match asked {
        Asked::Nothing => None,
        // Where it must be asked for, not asking is enough; models that always think refuse to hear of it.
        Asked::Off if is_budget || capabilities.thinking_always_on => None,
        Asked::Off => Some(Form::Disabled),
        Asked::Other(json) => {
            let json = json::verbatim_object(json)
                .map_err(|error| Error::invalid(PATH, error.to_string()))?;
            fields.push((Cow::Borrowed(PATH), Cow::Borrowed(json)));
            thinking.is_on = true;
            None
        }
        Asked::Adaptive(_) if is_budget => {
            let wanted = wanted.unwrap_or(effort::DEFAULT);
            by_effort(call, wanted, notes)?.map(Form::Enabled)
        }
        Asked::Adaptive(_) => Some(Form::Adaptive),
        Asked::Budget(budget, _) if is_budget => fitting(call, budget, notes)?.map(Form::Enabled),
        Asked::Budget(budget, _)
            if capabilities.reasoning == Reasoning::BudgetOrAdaptive
                && !tool_loop::lacks_thinking(call.turns) =>
        {
            fitting(call, budget, notes)?.map(Form::Enabled)
        }
        Asked::Budget(..) => {
            let why = match capabilities.reasoning {
                Reasoning::Adaptive => "a thinking budget is not supported by this model",
                _ => {
                    "a thinking budget is not supported when the current tool calls do not begin with signed thinking"
                }
            };
            notes.changed(
                Code::Replaced,
                PATH,
                format!("{why}; replaced by adaptive thinking"),
            );
            if let (None, Some(word)) = (thinking.effort, asked.effort()) {
                thinking.effort = effort::nearest(word, &capabilities.efforts, PATH, notes)?;
            }
            Some(Form::Adaptive)
        }
    };
    let Some(form) = form else {
        return Ok(thinking);
    };
    thinking.is_on = !matches!(form, Form::Disabled);
    let display = display(call, asked, &mut thinking, notes)?;
    let mut field = Writer::default();
    field.object(|w| {
        if let Form::Enabled(budget) = form {
            w.name("budget_tokens").number(u64::from(budget));
        }
        if let Some(display) = display {
            w.name("display").text(display);
        }
        w.name("type").text(match form {
            Form::Disabled => "disabled",
            Form::Enabled(_) => "enabled",
            Form::Adaptive => "adaptive",
        });
    });
    fields.push((Cow::Borrowed(PATH), Cow::Owned(field.into_string())));
    Ok(thinking)
}

/// The longest answer that there can be: a budget is a part of it.
fn longest(call: &Call<'_, '_>) -> Option<u32> {
    match call.target.capabilities.max_output_tokens {
        0 => call.max_tokens,
        most => call.max_tokens.or(Some(most)),
    }
}

/// The budget of an effort; none, with a warning, where none can be sent.
fn by_effort(
    call: &Call<'_, '_>,
    wanted: &str,
    notes: &mut Warnings,
) -> Result<Option<u32>, Error> {
    let Some(budget) = effort::budget(wanted, longest(call)) else {
        return no_room(notes);
    };
    if !is_budget_allowed(call, notes)? {
        return Ok(None);
    }
    notes.changed(
        Code::Replaced, PATH,
        format!("effort is not supported by this model; {wanted:?} replaced by a budget of {budget} tokens"),
    );
    Ok(Some(budget))
}

/// A budget that the caller names, as Anthropic takes it: at least 1,024, and less than `max_tokens`, which is what the
/// caller will pay.
fn fitting(call: &Call<'_, '_>, budget: u32, notes: &mut Warnings) -> Result<Option<u32>, Error> {
    let most = longest(call).map_or(u32::MAX, |max| max.saturating_sub(1));
    if most < effort::MIN_BUDGET {
        return no_room(notes);
    }
    if !is_budget_allowed(call, notes)? {
        return Ok(None);
    }
    let fits = budget.clamp(effort::MIN_BUDGET, most);
    if fits != budget {
        let least = effort::MIN_BUDGET;
        notes.changed(
            Code::Clamped, "thinking.budget_tokens",
            format!("expected at least {least} and less than max_tokens, got {budget}; clamped to {fits}"),
        );
    }
    Ok(Some(fits))
}

fn no_room<T>(notes: &mut Warnings) -> Result<Option<T>, Error> {
    let least = effort::MIN_BUDGET;
    let message = format!(
        "max_tokens is too small for the minimum thinking budget of {least} and an answer; thinking dropped"
    );
    notes.lost(Code::Ignored, PATH, message)?;
    Ok(None)
}

fn is_budget_allowed(call: &Call<'_, '_>, notes: &mut Warnings) -> Result<bool, Error> {
    let is_lacking = tool_loop::lacks_thinking(call.turns);
    if is_lacking {
        notes.lost(
            Code::Ignored, PATH,
            "thinking is not supported by this model when the current assistant turn does not begin with signed thinking; dropped",
        )?;
    }
    Ok(!is_lacking)
}

/// `display`, where the model takes the value and does not do so by itself.
fn display<'a>(
    call: &Call<'_, 'a>,
    asked: Asked<'a>,
    thinking: &mut Thinking<'_>,
    notes: &mut Warnings,
) -> Result<Option<&'a str>, Error> {
    let (Asked::Budget(_, Some(display)) | Asked::Adaptive(Some(display))) = asked else {
        return Ok(None);
    };
    let displays = &call.target.capabilities.displays;
    let beta = betas::of_member(display);
    if Capabilities::has(displays, display) && !(beta.is_some() && call.without_betas) {
        thinking.beta = beta;
        return Ok(Some(display));
    }
    // A model without the setting shows what it thinks.
    if display == SUMMARIZED && displays.is_empty() {
        return Ok(None);
    }
    let instead = Some(SUMMARIZED).filter(|_| !displays.is_empty() && beta.is_some());
    let (code, what) = match instead {
        Some(_) => (Code::Replaced, "replaced by \"summarized\""),
        None => (Code::Ignored, "ignored"),
    };
    notes.changed(
        code,
        "thinking.display",
        format!("{} is not supported by this model; {what}", quoted(display)),
    );
    Ok(instead)
}

/// What a client asks for that shows its users what the model thinks.
const SUMMARIZED: &str = "summarized";
