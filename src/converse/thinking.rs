//! Thinking and effort, in each family's own words.
//!
//! In: `thinking` and `output.effort`. Out: the fields that ask for them, and what they rule out. A budget and an effort
//! are two ways to say how much; a family that knows one gets the other translated. Sources: Anthropic's extended and
//! adaptive thinking (<https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking>), Nova's
//! `reasoningConfig`, and the fields that other families were seen to take.

use std::borrow::Cow;

use super::body::AdditionalFields;
use super::notes::Notes;
use crate::canonical::{self, Error, Request};
use crate::capability::{Capabilities, Profile, Reasoning, Words};
use crate::json::{self, Writer};

/// What a request asks of thinking.
#[derive(Debug, Default)]
pub(crate) struct Thinking<'a> {
    /// The model will think.
    pub is_on: bool,
    /// `outputConfig.effort`.
    pub effort: Option<&'a str>,
    /// `maxTokens`, `temperature` and `topP` are refused beside it.
    pub refuses_limits: bool,
}

/// Efforts, the least first.
const EFFORTS: &[&str] = &["minimal", "low", "medium", "high", "xhigh", "max"];

/// Up to so many tokens of thinking, an effort.
const BUDGETS: &[(u32, &str)] = &[(2048, "low"), (8192, "medium")];

/// The least budget (Anthropic).
const MIN_BUDGET: u32 = 1024;

/// A budget for a model that knows no other measure, where `max_tokens` leaves room for it.
const DEFAULT_BUDGET: u32 = 8192;

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
            Asked::Budget(budget, _) => {
                let fits = BUDGETS.iter().find(|(most, _)| budget <= *most);
                Some(fits.map_or("high", |(_, effort)| *effort))
            }
            Asked::Adaptive(_) => Some("medium"),
            _ => None,
        }
    }
}

/// Ask for it in `fields`; `max_tokens` are those that will be sent.
pub(crate) fn plan<'a>(
    request: &'a Request,
    max_tokens: Option<u32>,
    profile: &Profile,
    fields: &mut AdditionalFields<'a>,
    notes: &mut Notes,
) -> Result<Thinking<'a>, Error> {
    let capabilities = &profile.capabilities;
    let asked = Asked::of(request);
    let wanted = request
        .output
        .as_ref()
        .and_then(|output| output.effort.as_deref());
    if asked == Asked::Off && capabilities.thinking_always_on {
        notes.lost("thinking", "this model's thinking cannot be turned off")?;
    }
    match capabilities.reasoning {
        Reasoning::None | Reasoning::Always => {
            without_a_form(asked, wanted, profile, notes)?;
            Ok(Thinking {
                is_on: capabilities.reasoning == Reasoning::Always,
                ..Thinking::default()
            })
        }
        Reasoning::Budget | Reasoning::BudgetOrAdaptive | Reasoning::Adaptive => {
            // The longest answer that there can be: a budget is a part of it.
            let most = match capabilities.max_output_tokens {
                0 => max_tokens,
                most => max_tokens.or(Some(most)),
            };
            anthropic(most, asked, wanted, profile, fields, notes)
        }
        Reasoning::Nova | Reasoning::Effort | Reasoning::NestedEffort | Reasoning::Config => {
            by_effort(asked, wanted, profile, fields, notes)
        }
    }
}

/// Models that cannot be told.
fn without_a_form(
    asked: Asked<'_>,
    wanted: Option<&str>,
    profile: &Profile,
    notes: &mut Notes,
) -> Result<(), Error> {
    let always = profile.capabilities.reasoning == Reasoning::Always;
    let family = profile.family;
    match asked {
        Asked::Nothing | Asked::Off => {}
        Asked::Adaptive(_) if always => {}
        _ => notes.lost(
            "thinking",
            format!("this {family} model takes no thinking settings: left out"),
        )?,
    }
    match wanted {
        Some(_) => notes.lost(
            "output.effort",
            format!("this {family} model takes no effort: left out"),
        ),
        None => Ok(()),
    }
}

fn anthropic<'a>(
    max_tokens: Option<u32>,
    asked: Asked<'a>,
    wanted: Option<&'a str>,
    profile: &Profile,
    fields: &mut AdditionalFields<'a>,
    notes: &mut Notes,
) -> Result<Thinking<'a>, Error> {
    let capabilities = &profile.capabilities;
    let mut effort = match wanted {
        Some(wanted) => clamped(wanted, &capabilities.efforts, "output.effort", notes)?,
        None => None,
    };
    let form = capabilities.reasoning;
    let (r#type, budget, display) = match asked {
        Asked::Nothing => {
            return Ok(Thinking {
                is_on: capabilities.thinking_always_on,
                effort,
                refuses_limits: false,
            });
        }
        // Where it must be asked for, not asking is enough; always-on models refuse to hear of it.
        Asked::Off if form == Reasoning::Budget || capabilities.thinking_always_on => {
            return Ok(Thinking {
                is_on: capabilities.thinking_always_on,
                effort,
                refuses_limits: false,
            });
        }
        Asked::Off => ("disabled", None, None),
        Asked::Other(json) => {
            let json = json::verbatim_object(json)
                .map_err(|error| Error::invalid("thinking", error.to_string()))?;
            fields.push((Cow::Borrowed("thinking"), Cow::Borrowed(json)));
            return Ok(Thinking {
                is_on: true,
                effort,
                refuses_limits: false,
            });
        }
        Asked::Budget(_, display) if form == Reasoning::Adaptive => {
            notes.changed(
                "thinking",
                "this model takes no budget: it thinks as much as it sees fit, by the effort that the budget stands for",
            );
            if let (None, Some(word)) = (effort, asked.effort()) {
                effort = clamped(word, &capabilities.efforts, "thinking", notes)?;
            }
            ("adaptive", None, display)
        }
        Asked::Budget(budget, display) => match fitting(budget, max_tokens, notes)? {
            Some(budget) => ("enabled", Some(budget), display),
            None => {
                return Ok(Thinking {
                    effort,
                    ..Thinking::default()
                });
            }
        },
        Asked::Adaptive(display) if form == Reasoning::Budget => {
            notes.changed(
                "thinking",
                format!("this model does not adapt its thinking: a budget of {DEFAULT_BUDGET} tokens at most"),
            );
            match fitting(DEFAULT_BUDGET, max_tokens, notes)? {
                Some(budget) => ("enabled", Some(budget), display),
                None => {
                    return Ok(Thinking {
                        effort,
                        ..Thinking::default()
                    });
                }
            }
        }
        Asked::Adaptive(display) => ("adaptive", None, display),
    };
    let mut thinking = Writer::default();
    thinking.object(|w| {
        if let Some(budget) = budget {
            w.name("budget_tokens").number(u64::from(budget));
        }
        if let Some(display) = display {
            w.name("display").text(display);
        }
        w.name("type").text(r#type);
    });
    fields.push((
        Cow::Borrowed("thinking"),
        Cow::Owned(thinking.into_string()),
    ));
    Ok(Thinking {
        is_on: asked != Asked::Off,
        effort,
        refuses_limits: false,
    })
}

/// A budget that Anthropic takes: at least 1,024, and less than `max_tokens`, which is what the caller will pay.
fn fitting(budget: u32, max_tokens: Option<u32>, notes: &mut Notes) -> Result<Option<u32>, Error> {
    let most = max_tokens.map_or(u32::MAX, |max| max.saturating_sub(1));
    if most < MIN_BUDGET {
        notes.lost(
            "thinking",
            format!("max_tokens leaves no room for the least budget of {MIN_BUDGET}: left out"),
        )?;
        return Ok(None);
    }
    let fits = budget.clamp(MIN_BUDGET, most);
    if fits != budget {
        notes.changed(
            "thinking.budget_tokens",
            format!("expected at least {MIN_BUDGET} and less than max_tokens, saw {budget}: {fits} it is"),
        );
    }
    Ok(Some(fits))
}

/// Families that know efforts alone.
fn by_effort<'a>(
    asked: Asked<'a>,
    wanted: Option<&'a str>,
    profile: &Profile,
    fields: &mut AdditionalFields<'a>,
    notes: &mut Notes,
) -> Result<Thinking<'a>, Error> {
    let always_on = profile.capabilities.thinking_always_on;
    if let Asked::Other(_) = asked {
        without_a_form(asked, None, profile, notes)?;
    }
    let (path, effort) = match (asked, wanted) {
        (Asked::Off, _) | (_, None) if asked.effort().is_none() => {
            return Ok(Thinking {
                is_on: always_on,
                ..Thinking::default()
            });
        }
        (_, Some(wanted)) => ("output.effort", wanted),
        (_, None) => ("thinking", asked.effort().unwrap_or("medium")),
    };
    let Some(effort) = clamped(effort, &profile.capabilities.efforts, path, notes)? else {
        return Ok(Thinking {
            is_on: always_on,
            ..Thinking::default()
        });
    };
    if let Asked::Budget(budget, _) = asked {
        notes.changed(
            "thinking.budget_tokens",
            format!("this model takes an effort, no budget: {budget} tokens stand for {effort}"),
        );
    }
    let mut value = Writer::default();
    let name = match profile.capabilities.reasoning {
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
        is_on: true,
        effort: None,
        refuses_limits: profile.capabilities.reasoning == Reasoning::Nova && effort == "high",
    })
}

/// The effort that the model knows and that comes nearest: the greatest that is not greater, else its least.
fn clamped<'a>(
    wanted: &'a str,
    known: &Words,
    path: &str,
    notes: &mut Notes,
) -> Result<Option<&'a str>, Error> {
    if Capabilities::has(known, wanted) {
        return Ok(Some(wanted));
    }
    let rank = |word: &str| EFFORTS.iter().position(|effort| *effort == word);
    let Some(wanted_rank) = rank(wanted).filter(|_| !known.is_empty()) else {
        let message = format!("this model knows no effort {wanted:?}: left out");
        notes.lost(path, message)?;
        return Ok(None);
    };
    let ranks = || known.iter().filter_map(|word| rank(word));
    let nearest = ranks()
        .filter(|rank| *rank <= wanted_rank)
        .max()
        .or_else(|| ranks().min());
    let Some(effort) = nearest.and_then(|rank| EFFORTS.get(rank)) else {
        return Ok(None);
    };
    notes.changed(
        path,
        format!("this model knows no effort {wanted:?}: {effort} it is"),
    );
    Ok(Some(effort))
}
