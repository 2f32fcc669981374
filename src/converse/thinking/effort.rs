//! Efforts and budgets: two measures of how much a model shall think, each translated where a family knows the other.

use crate::canonical::Error;
use crate::capability::{Capabilities, Words};
use crate::excerpt::quoted;
use crate::warnings::{Code, Warnings};

/// The least budget (Anthropic).
pub(super) const MIN_BUDGET: u32 = 1024;

/// The effort of a request that says that the model shall think, and not how much.
pub(super) const DEFAULT: &str = "medium";

/// An effort, the budget that stands for it where `max_tokens` is large, and which share of the room for thinking, in
/// eighths, it may take where `max_tokens` is small.
type Row = (&'static str, u32, u32);

/// The least first: both measures grow from row to row, so that a greater effort is never a smaller budget.
const EFFORTS: &[Row] = &[
    ("minimal", MIN_BUDGET, 0),
    ("low", 2048, 1),
    ("medium", 8192, 2),
    ("high", 16_384, 4),
    ("xhigh", 32_768, 6),
    ("max", 65_536, 8),
];

/// What may be thought of `max_tokens`: a quarter of them stays for the answer, and at least 1,024 where the least budget
/// still fits beside so many.
fn room(max_tokens: u32) -> u32 {
    let by_share = max_tokens.saturating_sub(max_tokens.div_ceil(4));
    match max_tokens.saturating_sub(MIN_BUDGET) {
        by_count if by_count >= MIN_BUDGET => by_count.min(by_share),
        _ => by_share,
    }
}

/// The budget of an effort; none where `max_tokens` has no room for the least budget and an answer.
pub(super) fn budget(effort: &str, max_tokens: Option<u32>) -> Option<u32> {
    let row = EFFORTS.iter().find(|(known, ..)| *known == effort);
    let (_, budget, eighths) =
        row.or_else(|| EFFORTS.iter().find(|(known, ..)| *known == DEFAULT))?;
    let Some(max_tokens) = max_tokens else {
        return Some(*budget);
    };
    let above_least = room(max_tokens).checked_sub(MIN_BUDGET)?;
    let share = u64::from(above_least) * u64::from(*eighths) / 8;
    let share = u32::try_from(share).unwrap_or(above_least);
    Some((*budget).min(MIN_BUDGET.saturating_add(share)))
}

/// The effort that stands for a budget: of those that every family knows, the first whose own budget is not smaller.
pub(super) fn of_budget(budget: u32) -> &'static str {
    const COMMON: &[&str] = &["low", DEFAULT];
    let fits = |(effort, most, _): &&Row| COMMON.contains(effort) && budget <= *most;
    EFFORTS
        .iter()
        .find(fits)
        .map_or("high", |(effort, ..)| effort)
}

/// The effort that the model knows and that comes nearest: the greatest that is not greater, else its least.
pub(super) fn nearest<'a>(
    wanted: &'a str,
    known: &Words,
    path: &str,
    notes: &mut Warnings,
) -> Result<Option<&'a str>, Error> {
    if Capabilities::has(known, wanted) {
        return Ok(Some(wanted));
    }
    let rank = |word: &str| EFFORTS.iter().position(|(effort, ..)| *effort == word);
    let Some(wanted_rank) = rank(wanted).filter(|_| !known.is_empty()) else {
        let message = format!(
            "effort {} is not supported by this model; ignored",
            quoted(wanted)
        );
        notes.lost(Code::Ignored, path, message)?;
        return Ok(None);
    };
    let ranks = || known.iter().filter_map(|word| rank(word));
    let nearest = ranks()
        .filter(|rank| *rank <= wanted_rank)
        .max()
        .or_else(|| ranks().min());
    let Some((effort, ..)) = nearest.and_then(|rank| EFFORTS.get(rank)) else {
        return Ok(None);
    };
    notes.changed(
        Code::Replaced,
        path,
        format!("effort {wanted:?} is not supported by this model; replaced by {effort:?}"),
    );
    Ok(Some(effort))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn budgets_grow_with_the_effort_and_leave_room_for_an_answer(max_tokens in 1u32..200_000) {
            let budgets: Vec<_> = EFFORTS
                .iter()
                .map(|(effort, ..)| budget(effort, Some(max_tokens)))
                .collect();
            prop_assert!(budgets.is_sorted(), "{budgets:?}");
            for budget in budgets.iter().flatten() {
                prop_assert!(*budget >= MIN_BUDGET);
                let answer = max_tokens - budget;
                prop_assert!(answer * 4 >= max_tokens, "{budget} of {max_tokens}");
                prop_assert!(answer >= 1024 || max_tokens < 2 * MIN_BUDGET);
            }
            // Where there is any room to share, each effort has a budget of its own.
            if max_tokens >= 2 * MIN_BUDGET + 8 {
                prop_assert!(budgets.windows(2).all(|pair| pair[0] < pair[1]), "{budgets:?}");
            }
        }
    }

    #[test]
    fn without_a_limit_each_effort_has_its_own_budget() {
        for (effort, expected, _) in EFFORTS {
            assert_eq!(budget(effort, None), Some(*expected));
        }
        assert_eq!(budget("of a later version", None), Some(8192));
        assert_eq!(budget("low", Some(1300)), None);
    }
}
