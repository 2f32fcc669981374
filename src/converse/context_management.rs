//! Anthropic's `context_management` → the field of that name in `additionalModelRequestFields`.
//!
//! In: `extensions.anthropic.context_management`, as the Messages API has it. Out: the field, of the edits that the model
//! takes (`context_edits`), and the betas that they belong to. The others are dropped with a warning. Source:
//! <https://docs.anthropic.com/en/docs/build-with-claude/context-editing>.

use std::borrow::Cow;

use super::betas;
use super::body::AdditionalFields;
use super::counts::Counts;
use crate::canonical::Error;
use crate::json::{Object, Writer};
use crate::target::Target;
use crate::warnings::{Code, Warnings};

const NAME: &str = "context_management";

/// Whether an edit asks for what is done without it: all thinking stays in the context.
fn keeps_all(edit: &Object<'_>, kind: &str) -> bool {
    let keep = || edit.string("keep").ok().flatten();
    kind == "clear_thinking_20251015" && keep().is_some_and(|keep| keep == "all")
}

/// The field in `fields`; the betas that it needs.
pub(crate) fn plan(
    asked: Option<&Object<'_>>,
    target: &Target,
    without_betas: bool,
    fields: &mut AdditionalFields<'_>,
    notes: &mut Warnings,
) -> Result<Vec<&'static str>, Error> {
    let mut needed = Vec::new();
    let Some(asked) = asked else {
        return Ok(needed);
    };
    let invalid = |error: crate::json::Error| Error::invalid(NAME, error.to_string());
    let mut taken = Counts::default();
    if !without_betas {
        for kind in target.capabilities.context_edits.iter() {
            taken.add(kind);
        }
    }
    let mut sent = Writer::default();
    let mut dropped = Vec::new();
    let edits = asked.elements("edits").map_err(invalid)?;
    sent.object(|w| {
        w.name("edits").array(|w| {
            for (at, raw) in edits.iter().enumerate() {
                let edit = Object::parse(raw.as_bytes()).unwrap_or_default();
                let kind = edit.string("type").ok().flatten().unwrap_or_default();
                match betas::of_member(&kind) {
                    Some(beta) if taken.get(&kind).is_some() => {
                        w.raw(raw);
                        needed.push(beta);
                    }
                    _ => dropped.push((at, keeps_all(&edit, &kind))),
                }
            }
        });
    });
    for (at, keeps_all) in dropped {
        const WHY: &str =
            "context editing of this type is not supported by Bedrock for this model; ignored";
        let path = format!("{NAME}.edits[{at}]");
        match keeps_all {
            true => notes.changed(Code::Ignored, path, WHY),
            false => notes.lost(Code::Ignored, path, WHY)?,
        }
    }
    if !needed.is_empty() {
        fields.push((Cow::Borrowed(NAME), Cow::Owned(sent.into_string())));
    }
    Ok(needed)
}
