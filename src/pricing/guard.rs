//! The cost guard: whether a call may be made, by the limits of `context.cost_limits`.
//!
//! In: a request, its region, the context, the time. Out: an [`Admission`], which says what to set aside in the ledger
//! before the call and what to settle after it; or the error that refuses the call. Nothing is counted here: what has
//! been spent is known to the ledger alone.
//!
//! | what is known | `deny` | `assume` | `allow` |
//! |---|---|---|---|
//! | price and length | estimate | estimate | estimate |
//! | length, no price | refused | estimate at that price | not counted |
//! | price, no length | refused | refused | not estimated, counted when it is over |
//! | neither | refused | refused | not counted |
//!
//! A length is not known where neither the request nor the table says how long the answer may be, or where a medium is
//! not in the call and the model's longest prompt is not known: no price makes an estimate of that.
//!
//! | code | says |
//! |---|---|
//! | `cost_limit_per_request` | the estimate alone passes the cap |
//! | `cost_limit_per_day`, `cost_limit_per_month` | with what is spent by now, the estimate passes the cap of a UTC day or month |
//! | `cost_limit_unknown_price`, `cost_limit_unknown_length` | there is no estimate |
//! | `cost_limit_unavailable` | the ledger cannot tell what is spent |

use super::decimal::decimal;
use super::estimate::{Asked, Open};
use super::period::{Period, Span};
use super::{Tariff, cost};
use crate::canonical::{
    Context, Cost, CostLimits, Error, ErrorKind, Price, Request, UnknownPrice, Usage,
};
use crate::excerpt::printable;

/// What is assumed of a model that has no price, where nobody says otherwise: 1 and 3 USD for a million tokens, and of the
/// cache what AWS takes at most for such a prompt.
const CATCH_ALL: Price = Price {
    input: 1_000_000,
    output: 3_000_000,
    cache_read: 1_000_000,
    cache_creation_five_minutes: 1_000_000,
    cache_creation_one_hour: 2_000_000,
};

/// Digits behind the point of an amount in USD.
const PLACES: u32 = 12;

/// A call that may be made, as far as its estimate tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Admission {
    /// Where to set the amount aside: in all of them, or the call is not made. Empty where there is nothing to count.
    pub accounts: Vec<Account>,
    /// What to set aside in each, in pico-USD.
    pub amount: u64,
    basis: Basis,
}

/// What a user may spend in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// `context.user`.
    pub user: String,
    /// In pico-USD.
    pub cap: u64,
    period: Period,
}

impl Account {
    /// A UTC day, `2026-11-23`, or a UTC month, `2026-11`.
    pub fn period(&self) -> &str {
        &self.period.name
    }

    /// The limit that it is.
    fn path(&self) -> &'static str {
        match self.period.span {
            Span::Day => "context.cost_limits.per_day",
            Span::Month => "context.cost_limits.per_month",
        }
    }
}

/// By what a call is counted when it is over.
#[derive(Debug, Clone, PartialEq)]
enum Basis {
    /// Not at all.
    Nothing,
    /// By a price that the context assumes.
    Assumed(Price),
    /// By the model's own.
    Known(Tariff),
}

/// Hold a request to the limits of its context. `name` is called instead of the request's model, where it is another:
/// that of a fallback. `region` is that of the call, unless the name itself tells another; `now` is in milliseconds since the Unix epoch.
///
/// # Errors
/// `cost-limit` where the request is not admitted. `context.user` is at fault where a limit by day or month has nobody
/// to be counted for; and whatever no call could carry either.
pub fn admit(
    request: &Request,
    name: &str,
    region: &str,
    context: &Context,
    now: u64,
) -> Result<Admission, Error> {
    let Some(limits) = &context.cost_limits else {
        return Ok(Admission::UNCOUNTED);
    };
    let accounts = accounts(limits, context, now)?;
    let asked = Asked::new(request, name, region, context)?;
    let is_allowed = matches!(limits.unknown_price, UnknownPrice::Allow);
    let basis = match (asked.tariff, limits.unknown_price) {
        (Some(tariff), _) => Basis::Known(tariff),
        (None, UnknownPrice::Assume(price)) => Basis::Assumed(price.unwrap_or(CATCH_ALL)),
        (None, UnknownPrice::Allow) => return Ok(Admission::UNCOUNTED),
        (None, UnknownPrice::Deny) => return Err(no_price(name)),
    };
    let amount = match asked.longest {
        Ok(longest) => basis.cost(&longest, asked.tier).unwrap_or(u64::MAX),
        Err(_) if is_allowed => 0,
        Err(open) => return Err(no_length(open)),
    };
    match limits.per_request {
        Some(cap) if amount > cap => Err(over_one(amount, cap)),
        _ => Ok(Admission {
            accounts,
            amount,
            basis,
        }),
    }
}

fn accounts(limits: &CostLimits, context: &Context, now: u64) -> Result<Vec<Account>, Error> {
    let mut accounts = Vec::new();
    for (cap, span) in [(limits.per_day, Span::Day), (limits.per_month, Span::Month)] {
        let Some(cap) = cap else { continue };
        let user = context.user.as_deref().unwrap_or_default();
        if user.trim().is_empty() {
            let message = "required with a daily or monthly limit, but missing";
            return Err(Error::invalid("context.user", message));
        }
        accounts.push(Account {
            user: user.to_owned(),
            cap,
            period: Period::of(span, now)?,
        });
    }
    Ok(accounts)
}

impl Basis {
    fn cost(&self, usage: &Usage, tier: Option<&str>) -> Option<u64> {
        match self {
            Basis::Nothing => Some(0),
            Basis::Assumed(price) => Some(cost(price, usage).total),
            Basis::Known(tariff) => tariff.cost(usage, tier).map(|cost| cost.total),
        }
    }
}

impl Admission {
    /// Nothing is to be counted.
    pub const UNCOUNTED: Self = Admission {
        accounts: Vec::new(),
        amount: 0,
        basis: Basis::Nothing,
    };

    /// For a world that has no ledger, where nothing can be counted from call to call.
    ///
    /// # Errors
    /// `unsupported` where there is something to count.
    pub fn without_ledger(self) -> Result<Self, Error> {
        match self.accounts.first() {
            None => Ok(self),
            Some(account) => Err(Error::unsupported(
                account.path(),
                "daily and monthly limits are not supported without a ledger: use the world bedrock-provider-ledger, or \
                 count outside and set per_request",
            )),
        }
    }

    /// What the call cost, in pico-USD, to be counted instead of the amount that was set aside: what its answer says;
    /// else what was used, at the price that it was admitted by; else, where nothing is known to be used, the amount
    /// itself. `cost` and `usage` are the answer's, or those of an error.
    pub fn settled(&self, cost: Option<&Cost>, usage: Option<&Usage>) -> u64 {
        if let Some(cost) = cost {
            return cost.total;
        }
        // An answer that does not say its usage has one of zeros.
        let used = usage.filter(|usage| {
            usage.input_tokens > 0
                || usage.output_tokens > 0
                || usage.cache_read_input_tokens > 0
                || usage.cache_creation_input_tokens > 0
        });
        used.and_then(|usage| self.basis.cost(usage, usage.service_tier.as_deref()))
            .unwrap_or(self.amount)
    }

    /// The ledger refused: of this account, by its place in [`accounts`](Self::accounts), so much is spent,
    /// reservations included.
    pub fn over_cap(&self, account: usize, spent: u64) -> Error {
        let Some(account) = self.accounts.get(account) else {
            return unavailable("it refused an unknown account");
        };
        let Account { cap, period, .. } = account;
        let code = match period.span {
            Span::Day => "cost_limit_per_day",
            Span::Month => "cost_limit_per_month",
        };
        // What passes the cap by itself never fits.
        let fits_later = self.amount <= *cap;
        let (amount, spent, limit) = (usd(self.amount), usd(spent), usd(*cap));
        let advice = if fits_later {
            format!("wait until {}, or raise the limit", period.end)
        } else {
            format!(
                "it does not fit after {} either: reduce `max_tokens` or the prompt, or raise the limit",
                period.end
            )
        };
        let message = format!(
            "cost limit exceeded: the call may cost {amount} USD, and {spent} of {limit} USD for {} are spent: {advice}",
            period.name
        );
        Error {
            retryable: fits_later,
            retry_after_ms: fits_later.then_some(period.left),
            ..refusal(code, account.path(), message)
        }
    }
}

/// The ledger cannot tell what has been spent; `why` is its own word. The call is not made: a limit that cannot be held
/// is not passed over.
pub fn unavailable(why: &str) -> Error {
    let message = format!(
        "the cost ledger is unavailable, so the call was not made: {}",
        printable(why, 200)
    );
    Error {
        status: Some(503),
        retryable: true,
        ..refusal("cost_limit_unavailable", "context.cost_limits", message)
    }
}

/// Whether a call that failed so may have been paid for all the same: a model goes on when nobody waits any more, and an
/// answer that began was made.
pub fn may_have_cost(error: &Error) -> bool {
    let was_sent = error.path.as_deref() != Some(CONNECTING);
    let is_open = matches!(
        error.kind,
        ErrorKind::Timeout | ErrorKind::StreamTruncated | ErrorKind::MalformedStream
    );
    is_open && was_sent
}

/// The path of the error of a call that was given up before there was a connection.
pub const CONNECTING: &str = "context.deadlines.connect-ms";

fn over_one(amount: u64, cap: u64) -> Error {
    let message = format!(
        "cost limit exceeded: the call may cost {} USD, and the limit for one call is {} USD: reduce `max_tokens` or the \
         prompt, use a cheaper model, or raise the limit",
        usd(amount),
        usd(cap)
    );
    let path = "context.cost_limits.per_request";
    refusal("cost_limit_per_request", path, message)
}

fn no_price(name: &str) -> Error {
    let message = format!(
        "the price of {} in this service tier is unknown, but required by cost limits: set it in \
         context.extensions.bedrock.prices, or set context.cost_limits.unknown_price to assume or allow",
        printable(name, 200)
    );
    refusal("cost_limit_unknown_price", "model", message)
}

fn no_length(open: Open) -> Error {
    let (path, message) = match open {
        Open::Answer => (
            "max_tokens",
            "required by cost limits, but missing: set it, or max_output_tokens of the model in \
             context.extensions.bedrock.models",
        ),
        Open::Prompt => (
            "messages",
            "the length of the prompt is unknown, but required by cost limits: send media as bytes, or set \
             max_input_tokens of the model in context.extensions.bedrock.models",
        ),
    };
    refusal("cost_limit_unknown_length", path, message.into())
}

fn refusal(code: &str, path: &str, message: String) -> Error {
    Error {
        code: Some(code.into()),
        path: Some(path.into()),
        status: Some(429),
        ..Error::new(ErrorKind::CostLimit, message)
    }
}

fn usd(pico_usd: u64) -> String {
    decimal(pico_usd, PLACES)
}

#[cfg(test)]
mod tests;
