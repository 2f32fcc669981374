//! The ledger, as the context says: the user's account of `2026-11-23` up to the limit of a day, for the amount that is
//! the limit of a request.

use crate::exports::llm::provider::types::Context;
use crate::llm::provider::ledger::{Account, Refusal, Reservation};

fn set_aside(context: &Context) -> Result<Reservation, Refusal> {
    let limits = context.cost_limits.expect("limits");
    let account = Account {
        user: context.user.clone().unwrap_or_default(),
        period: "2026-11-23".into(),
        cap: limits.per_day.unwrap_or(0),
    };
    Reservation::reserve(&[account], limits.per_request.unwrap_or(0))
}

/// Set the amount aside, and drop it.
pub(crate) fn reserve(context: &Context) -> String {
    match set_aside(context) {
        Ok(_) => "reserved".to_owned(),
        Err(Refusal::OverCap(over)) => format!("account {}: {} spent", over.account, over.spent),
        Err(Refusal::Unavailable(why)) => why,
    }
}

/// Set the amount aside, and settle for the half.
pub(crate) fn settle(context: &Context) -> String {
    let reservation = set_aside(context).expect("room");
    let amount = context.cost_limits.and_then(|limits| limits.per_request);
    Reservation::settle(reservation, amount.unwrap_or(0) / 2);
    "settled".to_owned()
}
