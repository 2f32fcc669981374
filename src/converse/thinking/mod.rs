//! Thinking and effort, in each family's own words.
//!
//! In: `thinking` and `output.effort`. Out: the fields that ask for them, and what they rule out. A budget and an effort
//! are two ways to say how much; a family that knows one gets the other translated. Sources: Anthropic's extended and
//! adaptive thinking (<https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking>), Nova's
//! `reasoningConfig`, and the fields that other families were seen to take.

mod anthropic;
mod effort;
mod tool_loop;

use std::borrow::Cow;

use super::body::{AdditionalFields, Turn};
use crate::canonical::{self, Error, Request};
use crate::capability::{Capabilities, Reasoning};
use crate::json::Writer;
use crate::target::Target;
use crate::warnings::{Code, Warnings};

/// What a request asks of thinking.
#[derive(Debug, Default)]
pub(crate) struct Thinking<'a> {
    /// The model will think.
    pub is_on: bool,
    /// `outputConfig.effort`.
    pub effort: Option<&'a str>,
    /// `maxTokens`, `temperature` and `topP` are refused beside it.
    pub refuses_limits: bool,
    /// The beta feature that a member of it belongs to.
    pub beta: Option<&'static str>,
}

/// The effort of a family that can be told not to think.
const NO_EFFORT: &str = "none";

/// How much thinking is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Asked<'a> {
    Nothing,
    Off,
    Budget(u32, Option<&'a str>),
    Adaptive(Option<&'a str>),
    /// A form newer than this version, JSON.
    Other(&'a str),
}

impl<'a> Asked<'a> {
    fn of(request: &'a Request) -> Self {
        match &request.thinking {
            None => Asked::Nothing,
            Some(canonical::Thinking::Disabled) => Asked::Off,
            Some(canonical::Thinking::Enabled(budget)) => {
                Asked::Budget(budget.budget_tokens, budget.display.display.as_deref())
            }
            Some(canonical::Thinking::Adaptive(display)) => {
                Asked::Adaptive(display.display.as_deref())
            }
            Some(canonical::Thinking::Other(json)) => Asked::Other(json),
        }
    }

    /// The effort that stands for it.
    fn effort(self) -> Option<&'static str> {
        match self {
            Asked::Budget(budget, _) => Some(effort::of_budget(budget)),
            Asked::Adaptive(_) => Some(effort::DEFAULT),
            _ => None,
        }
    }
}

/// How a call asks for thinking.
pub(crate) struct Call<'c, 'a> {
    pub request: &'a Request,
    /// Those that will be sent.
    pub max_tokens: Option<u32>,
    /// The conversation as it will be sent.
    pub turns: &'c [Turn<'a>],
    pub target: &'c Target,
    /// Without any beta feature.
    pub without_betas: bool,
}

/// Ask for it in `fields`.
pub(crate) fn plan<'a>(
    call: &Call<'_, 'a>,
    fields: &mut AdditionalFields<'a>,
    notes: &mut Warnings,
) -> Result<Thinking<'a>, Error> {
    let Call {
        request, target, ..
    } = *call;
    let capabilities = &target.capabilities;
    let asked = Asked::of(request);
    let wanted = request
        .output
        .as_ref()
        .and_then(|output| output.effort.as_deref());
    let cannot_stop =
        capabilities.thinking_always_on || capabilities.reasoning == Reasoning::Always;
    // One that knows the effort "none" is told so.
    if asked == Asked::Off && cannot_stop && !Capabilities::has(&capabilities.efforts, NO_EFFORT) {
        notes.lost(
            Code::Ignored,
            "thinking",
            "disabling thinking is not supported by this model; ignored",
        )?;
    }
    match capabilities.reasoning {
        Reasoning::None | Reasoning::Always => {
            without_a_form(asked, wanted, target, notes)?;
            Ok(Thinking {
                is_on: capabilities.reasoning == Reasoning::Always,
                ..Thinking::default()
            })
        }
        Reasoning::Budget | Reasoning::BudgetOrAdaptive | Reasoning::Adaptive => {
            anthropic::plan(call, asked, wanted, fields, notes)
        }
        Reasoning::Nova | Reasoning::Effort | Reasoning::NestedEffort | Reasoning::Config => {
            by_effort(asked, wanted, target, fields, notes)
        }
    }
}

/// Models that cannot be told.
fn without_a_form(
    asked: Asked<'_>,
    wanted: Option<&str>,
    target: &Target,
    notes: &mut Warnings,
) -> Result<(), Error> {
    let always = target.capabilities.reasoning == Reasoning::Always;
    let family = target.family;
    match asked {
        Asked::Nothing | Asked::Off => {}
        Asked::Adaptive(_) if always => {}
        _ => notes.lost(
            Code::Ignored,
            "thinking",
            format!("configuring thinking is not supported by this {family} model; ignored"),
        )?,
    }
    match wanted {
        Some(_) => notes.lost(
            Code::Ignored,
            "output.effort",
            format!("effort is not supported by this {family} model; ignored"),
        ),
        None => Ok(()),
    }
}

/// Families that know efforts alone.
fn by_effort<'a>(
    asked: Asked<'a>,
    wanted: Option<&'a str>,
    target: &Target,
    fields: &mut AdditionalFields<'a>,
    notes: &mut Warnings,
) -> Result<Thinking<'a>, Error> {
    let always_on = target.capabilities.thinking_always_on;
    if let Asked::Other(_) = asked {
        without_a_form(asked, None, target, notes)?;
    }
    let (path, effort) = match (asked, wanted) {
        (Asked::Off, _) if Capabilities::has(&target.capabilities.efforts, NO_EFFORT) => {
            ("thinking", NO_EFFORT)
        }
        (Asked::Off, _) | (_, None) if asked.effort().is_none() => {
            return Ok(Thinking {
                is_on: always_on,
                ..Thinking::default()
            });
        }
        (_, Some(wanted)) => ("output.effort", wanted),
        (_, None) => ("thinking", asked.effort().unwrap_or(effort::DEFAULT)),
    };
    let Some(effort) = effort::nearest(effort, &target.capabilities.efforts, path, notes)? else {
        return Ok(Thinking {
            is_on: always_on,
            ..Thinking::default()
        });
    };
    if let Asked::Budget(budget, _) = asked {
        notes.changed(
            Code::Replaced, "thinking.budget_tokens",
            format!("a thinking budget is not supported by this model; {budget} tokens replaced by effort {effort:?}"),
        );
    }
    let mut value = Writer::default();
    let name = match target.capabilities.reasoning {
        Reasoning::Nova => {
            value.object(|w| {
                w.name("maxReasoningEffort").text(effort);
                w.name("type").text("enabled");
            });
            "reasoningConfig"
        }
        Reasoning::NestedEffort => {
            value.object(|w| w.name("effort").text(effort));
            "reasoning"
        }
        Reasoning::Config => {
            value.text(effort);
            "reasoning_config"
        }
        _ => {
            value.text(effort);
            "reasoning_effort"
        }
    };
    fields.push((Cow::Borrowed(name), Cow::Owned(value.into_string())));
    Ok(Thinking {
        is_on: effort != NO_EFFORT,
        refuses_limits: target.capabilities.reasoning == Reasoning::Nova && effort == "high",
        ..Thinking::default()
    })
}
