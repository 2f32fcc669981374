//! What else can be asked once the service has refused a call, each alternative once.
//!
//! Some refusals say that the same question would be answered if it were put otherwise, and one that says that there is
//! no room would perhaps not be said elsewhere. In: the error. Out: what to change, for the same request to be prepared
//! again. Source: the texts of recorded 400 answers, for which AWS has no codes; `context.fallbacks`.

use crate::canonical::{Context, Error, ErrorKind};

/// How a call differs from what the request says by itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Amendments {
    /// Call this fallback of the context's, by its place among them.
    pub(super) fallback: Option<usize>,
    /// Call this inference profile: of those for the region, by its place in their order.
    pub(super) profile: Option<usize>,
    /// Ask for a whole answer, and replay it as a stream.
    pub(super) whole: bool,
    /// Ask for no beta feature.
    pub(super) without_betas: bool,
    /// Count with the id as it was given.
    pub(super) id_as_given: bool,
}

impl Amendments {
    /// The fallback behind this one, where this one cannot take the call; none where there is no other, or where it is
    /// no fallback that is called.
    pub fn passed_over(&self, context: &Context) -> Option<Self> {
        let next = self.fallback? + 1;
        (next < context.fallbacks.len()).then(|| Amendments {
            fallback: Some(next),
            ..Amendments::default()
        })
    }

    /// Whether another place is called than by `before`.
    pub fn is_elsewhere(&self, before: &Amendments) -> bool {
        self.fallback != before.fallback
    }
}

/// What can be changed about one call.
#[derive(Debug, Default)]
pub struct Alternatives {
    /// What was changed by now.
    pub(super) amendments: Amendments,
    /// Fallbacks that the context gives.
    pub(super) fallbacks: usize,
    /// Inference profiles that can be called from the region.
    pub(super) profiles: usize,
    /// Whether there are such profiles is not known.
    pub(super) guesses_profiles: bool,
    /// The call is a stream with tools.
    pub(super) streams_tools: bool,
    /// The call asks for beta features.
    pub(super) has_betas: bool,
    /// The call counts tokens by another id than was given.
    pub(super) counts_by_other_id: bool,
}

/// Parts of AWS's texts, in lower case.
const ON_DEMAND: &str = "on-demand throughput";
const NO_SUCH_ID: &str = "model identifier is invalid";
const STREAMED_TOOLS: &str = "tool use in streaming mode";
const BETA: &str = "invalid beta flag";
const COUNTING: &str = "support counting tokens";

impl Alternatives {
    /// What to change after this error; none where it is final.
    pub fn after(&self, error: &Error) -> Option<Amendments> {
        if matches!(error.kind, ErrorKind::RateLimited | ErrorKind::Overloaded) {
            return self.elsewhere();
        }
        if error.status != Some(400) {
            return None;
        }
        let message = error.message.to_ascii_lowercase();
        let says = |text: &str| message.contains(text);
        let mut amended = self.amendments.clone();
        let next_profile = amended.profile.map_or(0, |profile| profile + 1);
        let is_elsewhere = says(ON_DEMAND) || self.guesses_profiles && says(NO_SUCH_ID);
        if is_elsewhere && next_profile < self.profiles {
            amended.profile = Some(next_profile);
        } else if says(STREAMED_TOOLS) && self.streams_tools {
            amended.whole = true;
        } else if says(BETA) && self.has_betas {
            amended.without_betas = true;
        } else if says(COUNTING) && self.counts_by_other_id {
            amended.id_as_given = true;
        } else {
            return None;
        }
        Some(amended)
    }

    /// The next fallback. It is another place, so that what was learnt of this one does not hold there.
    fn elsewhere(&self) -> Option<Amendments> {
        let next = self.amendments.fallback.map_or(0, |place| place + 1);
        (next < self.fallbacks).then(|| Amendments {
            fallback: Some(next),
            ..Amendments::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::ErrorKind;

    fn refused(message: &str) -> Error {
        Error {
            status: Some(400),
            ..Error::new(ErrorKind::InvalidRequest, message)
        }
    }

    #[test]
    fn each_refusal_that_names_a_way_is_followed_once() {
        let all = Alternatives {
            profiles: 2,
            streams_tools: true,
            has_betas: true,
            counts_by_other_id: true,
            ..Alternatives::default()
        };
        for message in [
            "Invocation of model ID x with on-demand throughput isn’t supported.",
            "This model doesn't support tool use in streaming mode.",
            "The model returned the following errors: invalid beta flag",
            "The provided model doesn't support counting tokens.",
        ] {
            let error = refused(message);
            assert!(all.after(&error).is_some(), "{message}");
            assert_eq!(Alternatives::default().after(&error), None, "{message}");
            let elsewhere = Error {
                status: Some(500),
                ..error
            };
            assert_eq!(all.after(&elsewhere), None, "{message}");
        }
        assert_eq!(all.after(&refused("something else")), None);
    }

    #[test]
    fn no_room_leads_to_each_fallback_in_turn_and_other_failures_to_none() {
        let mut alternatives = Alternatives {
            fallbacks: 2,
            amendments: Amendments {
                without_betas: true,
                ..Amendments::default()
            },
            ..Alternatives::default()
        };
        for kind in [ErrorKind::RateLimited, ErrorKind::Overloaded] {
            let next = alternatives.after(&Error::new(kind, "x")).expect("another");
            assert_eq!(
                next,
                Amendments {
                    fallback: Some(0),
                    ..Amendments::default()
                }
            );
        }
        for kind in [
            ErrorKind::Upstream,
            ErrorKind::Connection,
            ErrorKind::Timeout,
            ErrorKind::Authentication,
            ErrorKind::InvalidRequest,
        ] {
            assert_eq!(alternatives.after(&Error::new(kind, "x")), None, "{kind:?}");
        }
        let full = Error::new(ErrorKind::RateLimited, "x");
        for expected in [Some(0), Some(1), None] {
            let next = alternatives.after(&full);
            assert_eq!(next.as_ref().and_then(|next| next.fallback), expected);
            alternatives.amendments = next.unwrap_or_default();
        }
    }

    #[test]
    fn a_profile_that_was_guessed_and_is_none_leads_to_the_next() {
        let error = refused("The provided model identifier is invalid.");
        for (guesses_profiles, expected) in [(true, Some(1)), (false, None)] {
            let alternatives = Alternatives {
                profiles: 2,
                guesses_profiles,
                amendments: Amendments {
                    profile: Some(0),
                    ..Amendments::default()
                },
                ..Alternatives::default()
            };
            let next = alternatives.after(&error).map(|amended| amended.profile);
            assert_eq!(next, expected.map(Some));
        }
    }

    #[test]
    fn profiles_are_tried_in_their_order_until_there_are_no_more() {
        let error = refused("on-demand throughput isn't supported");
        let mut alternatives = Alternatives {
            profiles: 2,
            ..Alternatives::default()
        };
        for expected in [Some(0), Some(1), None] {
            let amended = alternatives.after(&error);
            assert_eq!(
                amended.as_ref().and_then(|amended| amended.profile),
                expected
            );
            alternatives.amendments = amended.unwrap_or_default();
            if expected.is_none() {
                break;
            }
        }
    }
}
