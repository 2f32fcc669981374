//! `thinking` and `output_config`, both ways.

use bedrock_provider::json::Writer;

use super::block_writer::embed;
use crate::canonical::{
    Error, OutputConfig, OutputFormat, Thinking, ThinkingBudget, ThinkingDisplay,
};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::path::Path;

/// Read `thinking`; a form that is not known is kept as it is.
pub(crate) fn read_thinking(
    raw: &str,
    path: Path<'_>,
    notes: &mut Notes,
) -> Result<Thinking, Error> {
    let mut fields = Fields::open(raw, path)?;
    let kind = fields.required_text("type")?;
    let thinking = match kind.as_str() {
        "disabled" => Thinking::Disabled,
        "enabled" => Thinking::Enabled(ThinkingBudget {
            budget_tokens: fields
                .small("budget_tokens")?
                .ok_or_else(|| fields.missing("budget_tokens"))?,
            display: display(&mut fields)?,
        }),
        "adaptive" => Thinking::Adaptive(display(&mut fields)?),
        _ => return Ok(Thinking::Other(raw.to_owned())),
    };
    fields.finish(notes)?;
    Ok(thinking)
}

fn display(fields: &mut Fields<'_, '_>) -> Result<ThinkingDisplay, Error> {
    Ok(ThinkingDisplay {
        display: fields.text("display")?,
    })
}

/// The value of `thinking`.
pub(super) fn write_thinking(thinking: &Thinking, w: &mut Writer) {
    let (kind, budget, display) = match thinking {
        Thinking::Disabled => ("disabled", None, None),
        Thinking::Enabled(budget) => (
            "enabled",
            Some(budget.budget_tokens),
            budget.display.display.as_deref(),
        ),
        Thinking::Adaptive(display) => ("adaptive", None, display.display.as_deref()),
        Thinking::Other(json) => return embed(w, json),
    };
    w.object(|w| {
        w.name("type").text(kind);
        if let Some(budget) = budget {
            w.name("budget_tokens").number(budget.into());
        }
        if let Some(display) = display {
            w.name("display").text(display);
        }
    });
}

/// Read `output_config`.
pub(super) fn read_output(
    fields: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Result<OutputConfig, Error> {
    Ok(OutputConfig {
        format: fields.object("format", notes, read_format)?,
        effort: fields.text("effort")?,
    })
}

/// Read a format. `name` and `description` are other APIs', which some models get.
pub(super) fn read_format(
    fields: &mut Fields<'_, '_>,
    _: &mut Notes,
) -> Result<OutputFormat, Error> {
    if fields.required_text("type")? != "json_schema" {
        return Err(fields.invalid("type", "expected \"json_schema\""));
    }
    Ok(OutputFormat {
        name: fields.text("name")?,
        description: fields.text("description")?,
        schema: fields
            .verbatim_object("schema")?
            .ok_or_else(|| fields.missing("schema"))?,
    })
}

/// The value of `output_config`; the format's name and description have no place in it.
pub(super) fn write_output(output: &OutputConfig, w: &mut Writer) {
    w.object(|w| {
        if let Some(format) = &output.format {
            w.name("format").object(|w| {
                w.name("type").text("json_schema");
                embed(w.name("schema"), &format.schema);
            });
        }
        if let Some(effort) = &output.effort {
            w.name("effort").text(effort);
        }
    });
}
