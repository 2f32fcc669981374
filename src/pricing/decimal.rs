//! Amounts as decimal text: exact, from integers.

/// `amount` with its last so many digits behind the point, without zeros at the end.
pub(super) fn decimal(amount: u64, places: u32) -> String {
    let one = 10_u64.pow(places);
    let (whole, fraction) = (amount / one, amount % one);
    if fraction == 0 {
        return whole.to_string();
    }
    let width = places as usize;
    let mut text = format!("{whole}.{fraction:0width$}");
    text.truncate(text.trim_end_matches('0').len());
    text
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn an_amount_is_written_exactly_and_no_longer_than_it_is() {
        for (amount, places, text) in [
            (0, 6, "0"),
            (1, 6, "0.000001"),
            (1, 12, "0.000000000001"),
            (3_300_000, 6, "3.3"),
            (3_300_000, 12, "0.0000033"),
            (100_000_000, 6, "100"),
            (120_000_000_000_000, 12, "120"),
            (u64::MAX, 6, "18446744073709.551615"),
            (u64::MAX, 12, "18446744.073709551615"),
        ] {
            assert_eq!(decimal(amount, places), text, "{amount}");
        }
    }
}
