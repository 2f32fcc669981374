//! What an answer tells beyond the client's API, in one member more: `gateway`, with the cost, the warnings and the
//! provider's own facts. Official SDKs pass over it; who knows it reads it.
//!
//! Amounts are USD as decimal text, exact from pico-USD (10⁻¹² USD); members that have nothing to tell are left out, and
//! the whole with them.

use bedrock_provider::json::{self, Writer};

use crate::canonical::{Cost, Error, Warning};
use crate::fields::Fields;
use crate::notes::Notes;

/// Its name.
pub(crate) const NAME: &str = "gateway";

/// Decimals of an amount.
const PLACES: usize = 12;

/// What the member holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Gateway {
    /// What the call cost.
    pub cost: Option<Cost>,
    /// What was changed or left out.
    pub warnings: Vec<Warning>,
    /// An object, the provider's.
    pub provider_metadata: Option<String>,
}

/// An amount's name, and how to get it.
type Amount = (&'static str, fn(&Cost) -> u64);

const AMOUNTS: [Amount; 5] = [
    ("input", |cost| cost.input),
    ("output", |cost| cost.output),
    ("cache_read", |cost| cost.cache_read),
    ("cache_creation", |cost| cost.cache_creation),
    ("total", |cost| cost.total),
];

/// The member, into the object that `writer` is in; nothing where there is nothing to tell.
pub(crate) fn write(
    writer: &mut Writer,
    cost: Option<&Cost>,
    warnings: &[&[Warning]],
    provider_metadata: Option<&str>,
) {
    let has_warnings = warnings.iter().any(|some| !some.is_empty());
    let metadata = provider_metadata.and_then(|json| json::verbatim(json).ok());
    if cost.is_none() && !has_warnings && metadata.is_none() {
        return;
    }
    writer.name(NAME).object(|w| {
        if let Some(cost) = cost {
            w.name("cost").object(|w| {
                w.name("currency").text("USD");
                for (name, amount) in AMOUNTS {
                    w.name(name).text(&usd(amount(cost)));
                }
            });
        }
        if has_warnings {
            w.name("warnings").array(|w| {
                for warning in warnings.iter().copied().flatten() {
                    w.object(|w| {
                        w.name("code").text(&warning.code);
                        w.name("path").text(&warning.path);
                        w.name("message").text(&warning.message);
                        w.name("lossy").flag(warning.lossy);
                    });
                }
            });
        }
        if let Some(metadata) = metadata {
            w.name("provider_metadata").raw(metadata);
        }
    });
}

/// The member, out of the object that has it; empty where it has none.
pub(crate) fn read(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<Gateway, Error> {
    let read = fields.object(NAME, notes, |fields, notes| {
        Ok(Gateway {
            cost: fields.object("cost", notes, |fields, _| {
                fields.raw("currency");
                let [input, output, cache_read, cache_creation, total] =
                    AMOUNTS.map(|(name, _)| amount(fields, name));
                Ok(Cost {
                    input: input?,
                    output: output?,
                    cache_read: cache_read?,
                    cache_creation: cache_creation?,
                    total: total?,
                })
            })?,
            warnings: fields.objects("warnings", notes, |fields, _| {
                Ok(Warning {
                    // Who wrote it before there were codes knows this much.
                    code: fields.text("code")?.unwrap_or_default(),
                    path: fields.required_text("path")?,
                    message: fields.required_text("message")?,
                    lossy: fields.flag("lossy")?.unwrap_or(false),
                })
            })?,
            provider_metadata: fields.raw("provider_metadata").map(str::to_owned),
        })
    })?;
    Ok(read.unwrap_or_default())
}

fn amount(fields: &mut Fields<'_, '_>, name: &'static str) -> Result<u64, Error> {
    let text = fields.required_text(name)?;
    pico_usd(&text).ok_or_else(|| fields.invalid(name, "expected USD as decimal text"))
}

/// Pico-USD as USD.
pub fn usd(amount: u64) -> String {
    const ONE: u64 = 1_000_000_000_000;
    let mut text = (amount / ONE).to_string();
    let fraction = (amount % ONE).to_string();
    if fraction != "0" {
        text.push('.');
        text.extend(std::iter::repeat_n(
            '0',
            PLACES.saturating_sub(fraction.len()),
        ));
        text.push_str(fraction.trim_end_matches('0'));
    }
    text
}

/// USD as pico-USD; none where it is no amount, or one too exact or too large.
pub fn pico_usd(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let zeros = PLACES.checked_sub(fraction.len())?;
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let mut digits = String::from(whole);
    digits.push_str(fraction);
    digits.extend(std::iter::repeat_n('0', zeros));
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unknown;
    use proptest::prelude::*;

    fn written(gateway: &Gateway) -> String {
        let mut writer = Writer::default();
        writer.object(|w| {
            write(
                w,
                gateway.cost.as_ref(),
                &[&[], &gateway.warnings],
                gateway.provider_metadata.as_deref(),
            );
        });
        writer.into_string()
    }

    #[test]
    fn what_there_is_to_tell_is_told_and_read_again() {
        let full = Gateway {
            cost: Some(Cost {
                input: 3_000_000,
                output: 15_000_000_000_000,
                cache_read: 0,
                cache_creation: 1,
                total: u64::MAX,
            }),
            warnings: vec![Warning {
                code: "ignored".into(),
                path: "top_k".into(),
                message: "left out".into(),
                lossy: true,
            }],
            provider_metadata: Some(r#"{"region":"eu-west-1"}"#.into()),
        };
        let json = concat!(
            r#"{"gateway":{"cost":{"currency":"USD","input":"0.000003","output":"15","cache_read":"0","#,
            r#""cache_creation":"0.000000000001","total":"18446744.073709551615"},"#,
            r#""warnings":[{"code":"ignored","path":"top_k","message":"left out","lossy":true}],"#,
            r#""provider_metadata":{"region":"eu-west-1"}}}"#
        );
        assert_eq!(written(&full), json);
        for gateway in [full, Gateway::default()] {
            let json = written(&gateway);
            let mut fields = Fields::of_body(json.as_bytes()).expect("an object");
            let mut notes = Notes::new(Unknown::Refuse);
            assert_eq!(read(&mut fields, &mut notes), Ok(gateway));
        }
    }

    #[test]
    fn metadata_that_is_no_json_is_not_told() {
        let broken = Gateway {
            provider_metadata: Some("{\"a\":".into()),
            ..Gateway::default()
        };
        assert_eq!(written(&broken), "{}");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "",
            ".5",
            "-1",
            "1e3",
            "0.0000000000001",
            "18446744.073709551616",
            "1.2.3",
        ] {
            assert_eq!(pico_usd(text), None, "{text}");
        }
        assert_eq!(pico_usd("2."), Some(2_000_000_000_000));
    }

    proptest! {
        #[test]
        fn amounts_are_exact(amount in any::<u64>()) {
            prop_assert_eq!(pico_usd(&usd(amount)), Some(amount));
        }
    }
}
