//! What each model can do, asked of the component itself: the table that it translates by. Nothing is sent anywhere.

pub use crate::bindings::exports::llm::provider::models::Model;

use crate::CallError;
use crate::provider::{Instance, enter};
use crate::types::{Context, Error};
use std::sync::Arc;

impl Instance {
    /// The models that the component knows one by one, by id; others are treated as their families.
    ///
    /// # Errors
    ///
    /// Those of a component that broke a limit or crashed; it has none of its own to tell.
    pub async fn list_models(&mut self) -> Result<Vec<Model>, CallError> {
        enter!(self, |exports, store| async {
            let models = exports.llm_provider_models().call_list_models(store).await;
            models.map(Ok::<_, Error>)
        })
    }

    /// The model of `bedrock/<model id, inference profile id or ARN>`, with the settings of `context.extensions`.
    ///
    /// # Errors
    ///
    /// [`CallError::Provider`] for a name or a setting that no request could carry either; the others where the
    /// component broke a limit or crashed.
    pub async fn describe(&mut self, name: &str, context: &Context) -> Result<Model, CallError> {
        enter!(self, |exports, store| exports
            .llm_provider_models()
            .call_describe(store, name, context))
    }

    /// Ids of the model's inference profiles that can be called from an AWS region, the nearest first.
    ///
    /// # Errors
    ///
    /// As for [`describe`](Self::describe).
    pub async fn inference_profiles(
        &mut self,
        name: &str,
        region: &str,
    ) -> Result<Vec<String>, CallError> {
        enter!(self, |exports, store| exports
            .llm_provider_models()
            .call_inference_profiles(store, name, region))
    }
}
