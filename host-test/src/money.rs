//! Pico-USD (10⁻¹² USD), as people read and write it: decimal, in USD, and never by way of a float.

/// How many make a dollar.
const DOLLAR: u64 = 1_000_000_000_000;

/// Decimals that are always written, so that amounts stand below one another.
const DECIMALS: usize = 6;

/// The amount in USD, exact: `0.000105`, `0.00000035`.
pub(crate) fn dollars(pico: u64) -> String {
    let fraction = format!("{:012}", pico % DOLLAR);
    let significant = fraction.trim_end_matches('0').len().max(DECIMALS);
    let shown = fraction.get(..significant).unwrap_or(&fraction);
    format!("{}.{shown}", pico / DOLLAR)
}

/// Why a text is no amount.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected USD such as 0.05, with at most 12 decimals and below 18 million")]
pub(crate) struct NoAmount;

/// The amount of `0.05`, `.05`, `2` or `2.50`.
pub(crate) fn pico(dollars: &str) -> Result<u64, NoAmount> {
    let (whole, fraction) = dollars.split_once('.').unwrap_or((dollars, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let empty = whole.is_empty() && fraction.is_empty();
    if empty || fraction.len() > 12 || !digits(whole) || !digits(fraction) {
        return Err(NoAmount);
    }
    // Parsing an empty text fails, and a zero before it changes nothing.
    let whole: u64 = format!("0{whole}").parse().map_err(|_| NoAmount)?;
    let fraction: u64 = format!("{fraction:0<12}").parse().map_err(|_| NoAmount)?;
    let sum = whole
        .checked_mul(DOLLAR)
        .and_then(|whole| whole.checked_add(fraction));
    sum.ok_or(NoAmount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_to_its_last_digit() {
        let table = [
            (0, "0.000000"),
            (105_000_000, "0.000105"),
            (350_000, "0.00000035"),
            (1, "0.000000000001"),
            (1_500_000_000_000, "1.500000"),
            (u64::MAX, "18446744.073709551615"),
        ];
        for (amount, text) in table {
            assert_eq!(dollars(amount), text);
            assert_eq!(pico(text), Ok(amount), "and read back");
        }
    }

    #[test]
    fn an_amount_is_read_without_loss() {
        let table = [
            ("2", 2_000_000_000_000),
            ("2.", 2_000_000_000_000),
            (".05", 50_000_000_000),
            ("0.1", 100_000_000_000),
            ("007.30", 7_300_000_000_000),
        ];
        for (text, amount) in table {
            assert_eq!(pico(text), Ok(amount), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        let no_amounts = [
            "",
            ".",
            "-1",
            "+1",
            "1e-3",
            "$1",
            "1,5",
            "1.2.3",
            " 1",
            "one",
            "٣",
            "0.0000000000001",
            "18446744.073709551616",
            "18446745",
            "99999999999999999999",
        ];
        for text in no_amounts {
            assert_eq!(pico(text), Err(NoAmount), "{text}");
        }
    }
}
