//! Which id is called: the model's own, or that of an inference profile.
//!
//! In: the model as it is named, what is known of it, the region, and what was learnt from refusals. Out: the id for the
//! path, and how many profiles could be called instead.

use super::{Amendments, Operation};
use crate::capability::foundation::ARN;
use crate::capability::inference_profile;
use crate::endpoint::Region;
use crate::extensions::ContextExtensions;
use crate::model::Model;
use crate::target::Target;
use crate::warnings::{Code, Warnings};

/// See the [module](self).
pub(super) struct Callee {
    pub id: String,
    /// The id is that of this inference profile, by its place in their order.
    pub profile: Option<usize>,
    /// How many inference profiles could be called instead.
    pub profiles: usize,
    /// Whether there are such profiles is not known.
    pub is_guess: bool,
}

impl Callee {
    /// An id that no profile could stand for.
    fn only(id: String) -> Self {
        Callee {
            id,
            profile: None,
            profiles: 0,
            is_guess: false,
        }
    }

    pub(super) fn choose(
        model: &Model<'_>,
        known: &Target,
        operator: &ContextExtensions<'_>,
        region: &Region,
        operation: Operation,
        amendments: &Amendments,
        notes: &mut Warnings,
    ) -> Self {
        let id = model.id.clone().into_owned();
        // CountTokens knows foundation models alone.
        if operation == Operation::CountTokens {
            let is_profile = !amendments.id_as_given
                && !model.foundation().is_empty()
                && !model.id.starts_with(ARN);
            let id = if is_profile {
                model.foundation().to_owned()
            } else {
                id
            };
            return Callee::only(id);
        }
        if !model.is_bare() || !operator.inference_profiles {
            return Callee::only(id);
        }
        let capabilities = &known.capabilities;
        let (foundation, region) = (model.foundation(), region.as_str());
        let mut profiles = inference_profile::ids(foundation, capabilities, region);
        let is_guess = capabilities.profile_only && capabilities.geographies.is_empty();
        if is_guess {
            profiles = inference_profile::likely(foundation, region);
        }
        let profile = match amendments.profile {
            None if capabilities.profile_only => Some(0),
            amended => amended,
        };
        match profile.and_then(|profile| profiles.get(profile)) {
            Some(chosen) => {
                notes.changed(
                    Code::Rerouted,
                    "model",
                    format!("{id} is called by an inference profile only: {chosen} is called"),
                );
                Callee {
                    id: chosen.clone(),
                    profile,
                    profiles: profiles.len(),
                    is_guess,
                }
            }
            None => Callee {
                id,
                profile: None,
                profiles: profiles.len(),
                is_guess,
            },
        }
    }
}
