//! A row of prices: the standard tier's, those of longer prompts, those of other service tiers.
//!
//! In: JSON as in `data/prices.json`, or the table that is built from it. Out: a [`Tariff`], and from it the [`Price`]
//! of one call; and the same row again, for a state that is kept until the answer comes.

use super::decimal::decimal;
use crate::canonical::{Error, Price};
use crate::json::{Object, Text};

/// The members of a set of prices, in the order in which the built table has them.
const MEMBERS: [&str; 5] = [
    "input",
    "output",
    "cache_read",
    "cache_write",
    "cache_write_1h",
];

/// How the name of a set begins that is for longer prompts: `above_200k`.
const ABOVE: &str = "above_";

/// Digits behind the point of USD per million tokens: a pico-USD for one token is the last.
const PLACES: u32 = 6;

/// Words for the standard tier: Converse's, and Anthropic's.
const STANDARD: &[&str] = &["default", "standard"];

/// What a model costs where it is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Tariff {
    /// Of the standard tier.
    standard: Price,
    /// Of prompts of more than so many tokens, in the standard tier.
    above: Vec<(u64, Price)>,
    /// Of other service tiers, by Converse's name; whatever the prompt's length.
    tiers: Vec<(String, Price)>,
}

/// Prices as they are read, by place in [`MEMBERS`].
type Given = [Option<u64>; MEMBERS.len()];

impl Tariff {
    /// Of a price that holds whatever the prompt's length, in the standard tier alone.
    pub fn flat(price: Price) -> Self {
        Tariff {
            standard: price,
            above: Vec::new(),
            tiers: Vec::new(),
        }
    }

    /// What one token costs, in pico-USD, in the service tier (none: the standard one) and with a prompt of so many
    /// tokens, those of the cache included. AWS bills the whole call by the prompt's length, not only what is beyond.
    ///
    /// None where the row has no price for the tier.
    pub fn price(&self, tier: Option<&str>, prompt_tokens: u64) -> Option<&Price> {
        match tier.filter(|tier| !STANDARD.contains(tier)) {
            Some(tier) => {
                let known = self.tiers.iter().find(|(name, _)| name == tier);
                known.map(|(_, price)| price)
            }
            None => {
                let passed = self
                    .above
                    .iter()
                    .filter(|(limit, _)| prompt_tokens > *limit);
                let longest = passed.max_by_key(|(limit, _)| *limit);
                Some(longest.map_or(&self.standard, |(_, price)| price))
            }
        }
    }

    /// Of a row of the built table, or of [`text`](Self::text): sets of values behind `|`, all but the first with a name.
    /// None where it is no row, which the tests hold no row of the table to be.
    pub(crate) fn of_table(row: &str) -> Option<Self> {
        let mut sets = row.split('|');
        let mut tariff = Tariff::flat(of_values(sets.next()?)?);
        for set in sets {
            let (name, values) = set.split_once(' ')?;
            tariff.add(name, of_values(values)?)?;
        }
        Some(tariff)
    }

    /// As a row of the built table.
    pub(crate) fn text(&self) -> String {
        let above = self.above.iter();
        let above = above.map(|(limit, price)| (format!("{ABOVE}{}k", limit / 1000), price));
        let tiers = self.tiers.iter().map(|(tier, price)| (tier.clone(), price));
        let mut text = values(&self.standard);
        for (name, price) in above.chain(tiers) {
            text = [&*text, "|", &name, " ", &values(price)].concat();
        }
        text
    }

    /// Of a row as `data/prices.json` has it; `path` is where it is, for the error.
    ///
    /// # Errors
    /// A member that is not known, that is no decimal text, or that is missing.
    pub(super) fn of_json(row: &str, path: &str) -> Result<Self, Error> {
        let row = object(row, path)?;
        let mut tariff = Tariff::flat(of_members(&row, path)?);
        for (name, set) in row.members().filter(|(_, value)| is_set(value)) {
            let name = name.into_string();
            let path = format!("{path}.{name}");
            let set = object(set, &path)?;
            if let Some((inner, _)) = set.members().find(|(_, value)| is_set(value)) {
                return Err(unknown(&path, &inner.into_string()));
            }
            let price = of_members(&set, &path)?;
            tariff.add(&name, price).ok_or_else(|| {
                Error::invalid(
                    path,
                    "expected a service tier, or a threshold in thousands as above_200k",
                )
            })?;
        }
        Ok(tariff)
    }

    /// Add a named set; none where the name is of a threshold without a number, or cannot stand in a row's text.
    fn add(&mut self, name: &str, price: Price) -> Option<()> {
        match name.strip_prefix(ABOVE) {
            Some(limit) => {
                let thousands: u64 = limit.strip_suffix('k')?.parse().ok()?;
                self.above.push((thousands.checked_mul(1000)?, price));
            }
            None if name.contains([' ', '|']) => return None,
            None => self.tiers.push((name.to_owned(), price)),
        }
        Some(())
    }
}

/// `3 15 0.3 - 6`: by place, `-` where there is none.
fn of_values(values: &str) -> Option<Price> {
    let mut given = Given::default();
    for (place, value) in given.iter_mut().zip(values.split(' ')) {
        *place = match value {
            "-" => None,
            value => Some(pico_usd(value)?),
        };
    }
    price(given)
}

/// A price as [`of_values`] reads it.
fn values(price: &Price) -> String {
    [
        price.input,
        price.output,
        price.cache_read,
        price.cache_creation_five_minutes,
        price.cache_creation_one_hour,
    ]
    .map(|pico| decimal(pico, PLACES))
    .join(" ")
}

fn of_members(set: &Object<'_>, path: &str) -> Result<Price, Error> {
    let mut given = Given::default();
    for (name, value) in set.members().filter(|(_, value)| !is_set(value)) {
        let place = MEMBERS.iter().position(|member| name == **member);
        let Some(place) = place.and_then(|place| given.get_mut(place)) else {
            return Err(unknown(path, &name.into_string()));
        };
        let text = Text::of_literal(value).map(Text::into_string);
        let Some(price) = text.and_then(|text| pico_usd(&text)) else {
            return Err(Error::invalid(
                format!("{path}.{}", name.into_string()),
                "expected USD per million tokens as a string such as \"0.25\", with at most 6 decimal places",
            ));
        };
        *place = Some(price);
    }
    price(given).ok_or_else(|| Error::invalid(path, "expected the prices of input and output"))
}

/// The whole price of a set. What it does not say of the cache is put at what AWS takes at most: a read is not dearer
/// than input; a write costs as input where the model has no price of its own for it (Nova), and for an hour twice the
/// input (Claude).
fn price(given: Given) -> Option<Price> {
    let [input, output, read, five_minutes, one_hour] = given;
    let input = input?;
    let five_minutes = five_minutes.unwrap_or(input);
    Some(Price {
        input,
        output: output?,
        cache_read: read.unwrap_or(input),
        cache_creation_five_minutes: five_minutes,
        cache_creation_one_hour: one_hour
            .unwrap_or_else(|| input.saturating_mul(2).max(five_minutes)),
    })
}

/// USD for a million tokens → pico-USD for one: exact, so that more than 6 digits behind the point are refused.
fn pico_usd(decimal: &str) -> Option<u64> {
    const DIGITS: &str = "000000";
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, "0"));
    let padding = DIGITS.get(fraction.len()..)?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    [whole, fraction, padding].concat().parse().ok()
}

fn is_set(value: &str) -> bool {
    value.starts_with('{')
}

fn object<'a>(json: &'a str, path: &str) -> Result<Object<'a>, Error> {
    Object::parse(json.as_bytes()).map_err(|error| Error::invalid(path, error.to_string()))
}

fn unknown(path: &str, name: &str) -> Error {
    Error::invalid(
        format!("{path}.{name}"),
        "expected a price or a set of prices as in data/prices.json",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_read_exactly_or_not_at_all() {
        for (decimal, pico) in [
            ("3", Some(3_000_000)),
            ("0.00875", Some(8_750)),
            ("0.000001", Some(1)),
            ("137.5", Some(137_500_000)),
            ("0", Some(0)),
            ("18446744073709.551615", Some(u64::MAX)),
            ("18446744073709.551616", None),
            ("99999999999999999999999", None),
            ("0.0000001", None),
            ("", None),
            (".5", None),
            ("5.", None),
            ("-1", None),
            ("+1", None),
            ("1.+5", None),
            ("3e-6", None),
            ("1.2.3", None),
            ("1,5", None),
            ("٣", None),
            ("1.é", None),
        ] {
            assert_eq!(pico_usd(decimal), pico, "{decimal}");
        }
    }

    #[test]
    fn what_a_set_does_not_say_of_the_cache_is_not_put_too_low() {
        for (values, expected) in [
            ("3 15", [3, 15, 3, 3, 6]),
            ("3 15 0.3", [3, 15, 0, 3, 6]),
            ("4 15 1 5", [4, 15, 1, 5, 8]),
            ("4 15 1 9", [4, 15, 1, 9, 9]),
            ("4 15 - - 7", [4, 15, 4, 4, 7]),
        ] {
            let price = of_values(values).expect(values);
            let millions = [
                price.input,
                price.output,
                price.cache_read,
                price.cache_creation_five_minutes,
                price.cache_creation_one_hour,
            ];
            assert_eq!(millions.map(|pico| pico / 1_000_000), expected, "{values}");
        }
        for values in ["3", "- 15", "3 x", ""] {
            assert_eq!(of_values(values), None, "{values}");
        }
    }

    #[test]
    fn the_table_and_the_json_of_a_row_are_the_same_tariff() {
        let table = Tariff::of_table("3 15 0.3|above_200k 6 22.5 0.6|flex 1.5 7.5");
        let json = r#"{"input":"3","output":"15","cache_read":"0.3","cache_write":null,
            "above_200k":{"input":"6","output":"22.5","cache_read":"0.6"},
            "flex":{"input":"1.5","output":"7.5"}}"#;
        let json = Tariff::of_json(json, "row").expect("a row");
        assert_eq!(table.as_ref(), Some(&json));
        for (tier, prompt, input) in [
            (None, 200_000, Some(3_000_000)),
            (None, 200_001, Some(6_000_000)),
            (Some("default"), 200_001, Some(6_000_000)),
            (Some("standard"), 1, Some(3_000_000)),
            (Some("flex"), 1_000_000, Some(1_500_000)),
            (Some("priority"), 1, None),
            (Some("reserved"), 1, None),
        ] {
            let price = json.price(tier, prompt).map(|price| price.input);
            assert_eq!(price, input, "{tier:?} {prompt}");
        }
    }

    #[test]
    fn a_tariff_comes_back_from_its_text_as_it_was() {
        for row in [
            "3 15",
            "0.000001 18446744073709.551615 0 0.1 137.5",
            "3 15 0.3|above_272k 6 22.5 0.6|above_200k 4 22.5|flex 1.5 7.5|priority 9 9 - - 7",
        ] {
            let tariff = Tariff::of_table(row).expect(row);
            assert_eq!(Tariff::of_table(&tariff.text()), Some(tariff), "{row}");
        }
        let short = Tariff::of_table("3.30 15|flex 1 2").map(|tariff| tariff.text());
        assert_eq!(short.as_deref(), Some("3.3 15 3.3 3.3 6.6|flex 1 2 1 1 2"));
    }

    #[test]
    fn of_two_thresholds_the_longer_that_is_passed_holds() {
        let tariff = Tariff::of_table("1 1|above_272k 3 3|above_100k 2 2").expect("a row");
        for (prompt, input) in [(100_000, 1), (100_001, 2), (272_000, 2), (272_001, 3)] {
            let price = tariff.price(None, prompt).expect("a price");
            assert_eq!(price.input, input * 1_000_000, "{prompt}");
        }
    }

    #[test]
    fn a_wrong_row_is_refused_by_the_member_at_fault() {
        for (row, path) in [
            ("[]", "row"),
            ("{", "row"),
            (r#"{"input":"3"}"#, "row"),
            (r#"{"output":"3"}"#, "row"),
            (r#"{"imput":"3","output":"3"}"#, "row.imput"),
            (r#"{"input":3,"output":"3"}"#, "row.input"),
            (r#"{"input":"3e0","output":"3"}"#, "row.input"),
            (
                r#"{"input":"3","output":"3","flex":{"input":"1"}}"#,
                "row.flex",
            ),
            (
                r#"{"input":"3","output":"3","flex":{"input":"1","output":"x"}}"#,
                "row.flex.output",
            ),
            (
                r#"{"input":"3","output":"3","above_200":{"input":"1","output":"1"}}"#,
                "row.above_200",
            ),
            (
                r#"{"input":"3","output":"3","a|b":{"input":"1","output":"1"}}"#,
                "row.a|b",
            ),
            (
                r#"{"input":"3","output":"3","a b":{"input":"1","output":"1"}}"#,
                "row.a b",
            ),
            (
                r#"{"input":"3","output":"3","flex":{"input":"1","output":"1","above_200k":{}}}"#,
                "row.flex.above_200k",
            ),
        ] {
            let error = Tariff::of_json(row, "row").expect_err(row);
            assert_eq!(error.path.as_deref(), Some(path), "{row}");
        }
    }
}
