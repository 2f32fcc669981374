//! Amounts of US dollars: decimal text in settings and logs, whole pico-USD (10⁻¹² USD) in between, exact both ways.

const PLACES: usize = 12;

/// `0.25` as pico-USD. Plain digits with at most twelve behind the point; an error says what was expected.
pub fn pico_usd(text: &str) -> Result<u64, &'static str> {
    const EXPECTED: &str =
        "expected dollars such as 0.25, with at most twelve digits behind the point";
    const TOO_MUCH: &str = "expected less than 18 million dollars";
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || fraction.len() > PLACES {
        return Err(EXPECTED);
    }
    let digits = [whole, fraction, zeros(PLACES - fraction.len())].concat();
    digits.parse().map_err(|_| TOO_MUCH)
}

fn zeros(count: usize) -> &'static str {
    "000000000000".get(..count).unwrap_or_default()
}

/// `amount` with its last `places` digits behind the point, and no zeros at the end: 250 000 000 000 and 12 are `0.25`.
pub fn decimal(amount: u64, places: usize) -> String {
    let mut digits = amount.to_string();
    if digits.len() <= places {
        digits.insert_str(0, zeros(places + 1 - digits.len()));
    }
    digits.insert(digits.len() - places, '.');
    let short = digits.trim_end_matches('0').trim_end_matches('.').len();
    digits.truncate(short);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dollars_are_read_exactly_or_refused() {
        for (text, amount) in [
            ("0", Some(0)),
            ("1", Some(1_000_000_000_000)),
            ("0.25", Some(250_000_000_000)),
            ("007.10", Some(7_100_000_000_000)),
            ("0.000000000001", Some(1)),
            ("18446744.073709551615", Some(u64::MAX)),
            ("18446744.073709551616", None),
            ("99999999999999999999", None),
            ("0.0000000000001", None),
            ("", None),
            (".5", None),
            ("5.", None),
            ("-1", None),
            ("+1", None),
            ("1e3", None),
            ("1,5", None),
            ("$1", None),
            ("1.2.3", None),
            ("٣", None),
        ] {
            assert_eq!(pico_usd(text).ok(), amount, "{text}");
        }
    }

    #[test]
    fn an_amount_is_as_short_as_it_can_be() {
        for (amount, places, text) in [
            (0, 12, "0"),
            (1, 12, "0.000000000001"),
            (250_000_000_000, 12, "0.25"),
            (120_000_000_000_000, 12, "120"),
            (1500, 3, "1.5"),
            (7, 3, "0.007"),
            (u64::MAX, 12, "18446744.073709551615"),
        ] {
            assert_eq!(decimal(amount, places), text, "{amount}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(amount in any::<u64>()) {
            prop_assert_eq!(pico_usd(&decimal(amount, PLACES)), Ok(amount));
        }
    }
}
