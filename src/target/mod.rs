//! The capabilities that hold for one call: the table's, then the operator's, then the request's.

pub mod list;
pub mod place;
#[cfg(any(component, test))]
pub(crate) mod query;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::canonical::Error;
use crate::capability::foundation::foundation_id;
use crate::capability::{self, Capabilities, Known};
use crate::excerpt::printable;
use crate::extensions::{ContextExtensions, RequestExtensions};
use crate::json::Object;
use crate::model::Model;
use crate::warnings::Warnings;

/// What a call can say to its model.
#[derive(Debug)]
pub(crate) struct Target {
    /// For messages to people.
    pub family: &'static str,
    /// What it takes.
    pub capabilities: Capabilities,
}

impl Target {
    /// Of the model that `name` names for a call, with the id that the name means. `request` says what is behind an ARN of
    /// the model that it asks for, `asked`, and afterwards what the operator says of that, who knows better.
    pub(crate) fn of_call<'a>(
        name: &'a str,
        asked: &str,
        request: &mut RequestExtensions<'_>,
        operator: &ContextExtensions<'_>,
        notes: &mut Warnings,
    ) -> Result<(Model<'a>, Self), Error> {
        let mut model = Model::parse(name)?;
        // It does not hold for a fallback's ARN.
        let requested = request.base_model.as_deref();
        let requested = requested.filter(|_| model.is_same_as(asked));
        request.base_model = operator.base_model(&model.id, requested);
        model.resolve(&|id| operator.knows(id), notes)?;
        let target = Target::new(&model, request, operator)?;
        Ok((model, target))
    }

    /// Of the model that is named, or of the one that the request says is behind it.
    fn new(
        model: &Model<'_>,
        request: &RequestExtensions<'_>,
        context: &ContextExtensions<'_>,
    ) -> Result<Self, Error> {
        let named = request.base_model.as_deref().map(foundation_id);
        let id = named.unwrap_or(model.foundation());
        let Known {
            family,
            mut capabilities,
        } = capability::of(id);
        if let Some(models) = &context.models {
            // The longer prefix has the last word, as in the table.
            let mut settings: BinaryHeap<_> = models
                .members()
                .map(|(prefix, settings)| (Reverse(prefix.into_string()), settings))
                .filter(|(prefix, _)| id.starts_with(prefix.0.as_str()))
                .collect();
            while let Some((Reverse(prefix), settings)) = settings.pop() {
                let path = format!(
                    "context.extensions.bedrock.models.{}",
                    printable(&prefix, 64)
                );
                let settings = Object::parse(settings.as_bytes())
                    .map_err(|error| Error::invalid(path.as_str(), error.to_string()))?;
                set(&mut capabilities, &settings, &path)?;
            }
        }
        if let Some(settings) = &request.capabilities {
            set(
                &mut capabilities,
                settings,
                "extensions.bedrock.capabilities",
            )?;
        }
        Ok(Target {
            family,
            capabilities,
        })
    }
}

fn set(capabilities: &mut Capabilities, settings: &Object<'_>, path: &str) -> Result<(), Error> {
    capabilities.set_all(settings).map_err(|name| {
        Error::invalid(
            format!("{path}.{}", printable(&name, 64)),
            "unknown setting, or a value of another type than in data/models.json",
        )
    })
}
