//! Tokens times prices.
//!
//! In: a price and the usage of a call. Out: its cost in pico-USD. `input_tokens` do not hold what the cache served or
//! took, so that each token is counted once, at the price of what was done with it. No sum overflows: what is beyond
//! 64 bits (18 million USD) is the largest number there is.

use super::Tariff;
use crate::canonical::{Cost, Price, Usage};

impl Tariff {
    /// What a call cost that was served in `tier` (none: the standard one). None where the tier has no price.
    pub fn cost(&self, usage: &Usage, tier: Option<&str>) -> Option<Cost> {
        let (five_minutes, one_hour) = written(usage);
        let prompt = [usage.cache_read_input_tokens, five_minutes, one_hour]
            .into_iter()
            .fold(usage.input_tokens, u64::saturating_add);
        Some(cost(self.price(tier, prompt)?, usage))
    }
}

/// What a call cost at a price, e.g. one that is assumed for a model that has none.
pub fn cost(price: &Price, usage: &Usage) -> Cost {
    let (five_minutes, one_hour) = written(usage);
    let input = times(usage.input_tokens, price.input);
    let output = times(usage.output_tokens, price.output);
    let cache_read = times(usage.cache_read_input_tokens, price.cache_read);
    let cache_creation = times(five_minutes, price.cache_creation_five_minutes)
        .saturating_add(times(one_hour, price.cache_creation_one_hour));
    let total = [output, cache_read, cache_creation]
        .into_iter()
        .fold(input, u128::saturating_add);
    Cost {
        input: narrow(input),
        output: narrow(output),
        cache_read: narrow(cache_read),
        cache_creation: narrow(cache_creation),
        total: narrow(total),
    }
}

/// Tokens written to the cache, for five minutes and for an hour. What no ttl is told of was written for five minutes,
/// which is what the service does unasked.
fn written(usage: &Usage) -> (u64, u64) {
    let (five_minutes, one_hour) = match &usage.cache_creation {
        Some(by_ttl) => (
            by_ttl.five_minutes_input_tokens,
            by_ttl.one_hour_input_tokens,
        ),
        None => (0, 0),
    };
    let rest = usage.cache_creation_input_tokens.saturating_sub(one_hour);
    (five_minutes.max(rest), one_hour)
}

fn times(tokens: u64, price: u64) -> u128 {
    u128::from(tokens) * u128::from(price)
}

fn narrow(pico_usd: u128) -> u64 {
    u64::try_from(pico_usd).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::CacheCreation;

    #[test]
    fn writes_are_split_by_ttl_and_none_is_forgotten_or_counted_twice() {
        for (total, by_ttl, expected) in [
            (3, None, (3, 0)),
            (3, Some((1, 2)), (1, 2)),
            (3, Some((0, 2)), (1, 2)),
            (3, Some((0, 0)), (3, 0)),
            (0, Some((1, 2)), (1, 2)),
            (u64::MAX, Some((u64::MAX, 1)), (u64::MAX, 1)),
        ] {
            let usage = Usage {
                cache_creation_input_tokens: total,
                cache_creation: by_ttl.map(|(five, hour)| CacheCreation {
                    five_minutes_input_tokens: five,
                    one_hour_input_tokens: hour,
                }),
                ..Usage::none()
            };
            assert_eq!(written(&usage), expected, "{total} {by_ttl:?}");
        }
    }
}
