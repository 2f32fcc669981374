//! `usage`, both ways.

use bedrock_provider::json::{Object, Writer};

use crate::canonical::{CacheCreation, Error, Usage};
use crate::fields::Fields;
use crate::notes::Notes;

/// The value of `usage`. Counts newer than the canonical shape are members of it, as they were.
pub(super) fn write(usage: &Usage, w: &mut Writer) {
    w.object(|w| {
        w.name("input_tokens").number(usage.input_tokens);
        w.name("cache_creation_input_tokens")
            .number(usage.cache_creation_input_tokens);
        w.name("cache_read_input_tokens")
            .number(usage.cache_read_input_tokens);
        if let Some(creation) = &usage.cache_creation {
            w.name("cache_creation").object(|w| {
                w.name("ephemeral_5m_input_tokens")
                    .number(creation.five_minutes_input_tokens);
                w.name("ephemeral_1h_input_tokens")
                    .number(creation.one_hour_input_tokens);
            });
        }
        w.name("output_tokens").number(usage.output_tokens);
        if let Some(tier) = &usage.service_tier {
            w.name("service_tier").text(tier);
        }
        let more = usage.extensions.as_deref().unwrap_or("{}");
        for (name, value) in Object::parse(more.as_bytes()).unwrap_or_default().members() {
            w.name(&name.into_string()).raw(value);
        }
    });
}

/// Read a `usage` over what is known by now: a stream's last one may name but what changed.
pub(super) fn read(
    fields: &mut Fields<'_, '_>,
    notes: &mut Notes,
    known: &Usage,
) -> Result<Usage, Error> {
    let mut count = |name, known| Ok::<_, Error>(fields.whole(name)?.unwrap_or(known));
    let mut usage = Usage {
        input_tokens: count("input_tokens", known.input_tokens)?,
        output_tokens: count("output_tokens", known.output_tokens)?,
        cache_read_input_tokens: count("cache_read_input_tokens", known.cache_read_input_tokens)?,
        cache_creation_input_tokens: count(
            "cache_creation_input_tokens",
            known.cache_creation_input_tokens,
        )?,
        ..known.clone()
    };
    let creation = fields.object("cache_creation", notes, |fields, _| {
        Ok(CacheCreation {
            five_minutes_input_tokens: fields.whole("ephemeral_5m_input_tokens")?.unwrap_or(0),
            one_hour_input_tokens: fields.whole("ephemeral_1h_input_tokens")?.unwrap_or(0),
        })
    })?;
    usage.cache_creation = creation.or(usage.cache_creation);
    usage.service_tier = fields.text("service_tier")?.or(usage.service_tier);
    let rest = fields.rest();
    if !rest.is_empty() {
        let mut more = Writer::default();
        more.object(|w| {
            for (name, value) in rest {
                w.name(&name).raw(value);
            }
        });
        usage.extensions = Some(more.into_string());
    }
    Ok(usage)
}
