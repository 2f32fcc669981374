//! What a call costs: the prices of `data/prices.json`, and the sums.
//!
//! In: a model as it is called, the region, tokens. Out: pico-USD (10⁻¹² USD), in which a token's price is an integer,
//! so that every sum is exact. What has no price has none: it is never 0.
//!
//! | room | what it knows |
//! |---|---|
//! | [`Prices`] | which row holds for a call, and the operator's rows over the table's |
//! | [`Tariff`] | a row: prices by service tier and by the length of the prompt |
//! | [`cost()`] | tokens times prices |
//! | [`query`] | the same, for those who ask before or after a call |
//! | [`estimate()`] | what a request will cost at most, as far as that is known before the call |
//! | [`guard`] | whether that is within the limits of the context |
//!
//! The price of one model differs by the way in which it is called, so that an id is looked up as it is:
//!
//! | called as | the first of these that there is |
//! |---|---|
//! | `global.<id>`, `eu.<id>` | that key |
//! | `<id>` in a region | `<region>/<id>`, the region's own geographies (`eu.<id>`), `<id>` |
//! | an ARN of a model or of a profile that AWS defines | as the id in it |
//! | another ARN | as the request's `baseModel`, unless it is paid by the hour |
//!
//! The bare key comes last because it is the price of `global.` for models that have both: AWS bills a call by the bare
//! id as a call in its geography, which is a tenth more.
//!
//! Each row can be replaced, and others added, by `context.extensions.bedrock.prices`: an object of rows as in the
//! file's `prices`. Sources: LiteLLM's table (in `data/prices.json`, with its licence), AWS's price list
//! (<https://aws.amazon.com/bedrock/pricing/>).

mod cost;
mod decimal;
mod estimate;
pub mod guard;
mod lookup;
mod own_fields;
mod period;
mod prompt;
pub mod query;
mod tariff;
pub(crate) mod tier;

pub use cost::cost;
pub use estimate::estimate;
pub(crate) use estimate::{json_bytes, prompt_tokens};
pub use lookup::Prices;
pub use tariff::Tariff;
pub(crate) use tier::tier;
