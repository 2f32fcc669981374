//! The interface `pricing`: the price table as an answer.

use super::Component;
use crate::canonical::{Context, Cost, Error, Price, Request, Usage};
use crate::pricing::query;
use crate::world::exports::llm::provider::pricing::Guest;

impl Guest for Component {
    fn price_of(name: String, region: String, context: Context) -> Result<Option<Price>, Error> {
        query::price_of(&name, &region, &context)
    }

    fn cost_of(
        name: String,
        region: String,
        usage: Usage,
        context: Context,
    ) -> Result<Option<Cost>, Error> {
        query::cost_of(&name, &region, &usage, &context)
    }

    fn estimate(request: Request, context: Context) -> Result<Option<Cost>, Error> {
        query::estimate(&request, &context)
    }
}
