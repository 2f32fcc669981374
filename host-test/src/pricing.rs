//! What calls cost, asked of the component itself: the prices that it counts by. Nothing is sent anywhere.

use crate::CallError;
use crate::provider::{Instance, enter};
use crate::types::{Context, Cost, Price, Request, Usage};
use std::sync::Arc;

impl Instance {
    /// What one token costs to `bedrock/<model id, inference profile id or ARN>` in an AWS region, in pico-USD
    /// (10⁻¹² USD). None where it is not known, which is never a price of 0.
    ///
    /// # Errors
    ///
    /// [`CallError::Provider`] for a name, a region or a price in `context.extensions` that no call could carry either;
    /// the others where the component broke a limit or crashed.
    pub async fn price_of(
        &mut self,
        name: &str,
        region: &str,
        context: &Context,
    ) -> Result<Option<Price>, CallError> {
        enter!(self, |exports, store| exports
            .llm_provider_pricing()
            .call_price_of(store, name, region, context))
    }

    /// What a call cost, by its usage. None where a price that it needs is not known.
    ///
    /// # Errors
    ///
    /// As for [`price_of`](Self::price_of).
    pub async fn cost_of(
        &mut self,
        name: &str,
        region: &str,
        usage: &Usage,
        context: &Context,
    ) -> Result<Option<Cost>, CallError> {
        enter!(self, |exports, store| exports
            .llm_provider_pricing()
            .call_cost_of(store, name, region, usage, context))
    }

    /// What a request will cost at most, which is what limits are held to. None where that is not known.
    ///
    /// # Errors
    ///
    /// As for [`price_of`](Self::price_of), and where neither the request nor the context names a region.
    pub async fn estimate(
        &mut self,
        request: &Request,
        context: &Context,
    ) -> Result<Option<Cost>, CallError> {
        enter!(self, |exports, store| exports
            .llm_provider_pricing()
            .call_estimate(store, request, context))
    }
}
