//! The interface `models`: the capability table as an answer.

use super::Component;
use crate::canonical::{Context, Error};
use crate::target::query::{self, Answer};
use crate::world::exports::llm::provider::models::{Guest, Model};

impl Guest for Component {
    fn list_models() -> Vec<Model> {
        query::list().map(Model::from).collect()
    }

    fn describe(name: String, context: Context) -> Result<Model, Error> {
        query::describe(&name, &context).map(Model::from)
    }

    fn inference_profiles(name: String, region: String) -> Result<Vec<String>, Error> {
        query::profiles(&name, &region)
    }
}

impl From<Answer> for Model {
    fn from(answer: Answer) -> Self {
        let capabilities = &answer.capabilities;
        let date = &*capabilities.deprecation_date;
        Model {
            max_input_tokens: known(capabilities.max_input_tokens),
            max_output_tokens: known(capabilities.max_output_tokens),
            inference_profiles: answer.inference_profiles(),
            deprecation_date: (!date.is_empty()).then(|| date.to_owned()),
            capabilities: capabilities.json(),
            family: answer.family.to_owned(),
            id: answer.id,
        }
    }
}

/// The table's 0 is "not known".
fn known(tokens: u32) -> Option<u32> {
    (tokens > 0).then_some(tokens)
}
