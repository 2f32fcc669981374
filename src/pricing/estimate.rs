//! What a request will cost at most, before it is sent.
//!
//! In: a request, the region of the call, the context. Out: its cost as if the answer were as long as it may be. The
//! prompt's length is a guess from its bytes (`prompt.rs`), so that this is what a limit is held to, and no promise.
//!
//! What a client says of the model in `request.extensions.bedrock` makes an estimate higher and never lower: the model's
//! longest answer is the table's and the operator's, and `capabilities`, `baseModel` and
//! `additionalModelRequestFields` only add to it. Where limits are held, the price too is the table's and the operator's.

use super::prompt::Prompt;
use super::{Prices, Tariff, own_fields, tier};
use crate::canonical::{CacheCreation, Context, Cost, Error, Request, Role, Thinking, Usage};
use crate::capability::{Cache, Capabilities, Reasoning};
use crate::extensions::PromptCaching;
use crate::extensions::{ContextExtensions, RequestExtensions};
use crate::target::Target;
use crate::warnings::Warnings;

/// The cost of a request in `region`, unless the model's name itself tells another: the prompt, at the price of writing
/// it to the cache where any of it is to be cached, and `max_tokens`, or the model's longest answer, of output. Media
/// count as no more than the model's longest prompt.
///
/// None where it cannot be told: the model or the service tier has no price; neither the request nor the table says how
/// long the answer may be; a medium is not in the call and the longest prompt is not known.
///
/// # Errors
/// A model, a service tier or extensions that no call could carry either.
pub fn estimate(request: &Request, region: &str, context: &Context) -> Result<Option<Cost>, Error> {
    let asked = Asked::new(request, &request.model, region, context)?;
    let usage = asked.longest.ok();
    Ok(usage.and_then(|usage| asked.tariff?.cost(&usage, asked.tier)))
}

/// What a request's cost depends on.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// None where the model, or the tier that is asked for, has no price.
    pub tariff: Option<Tariff>,
    /// Which of its prices.
    pub tier: Option<&'a str>,
    /// As many tokens as it may take.
    pub longest: Result<Usage, Open>,
}

/// Of what nobody knows how long it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    /// The prompt.
    Prompt,
    /// The answer.
    Answer,
}

impl<'a> Asked<'a> {
    /// As for [`estimate`]; `name` is called instead of the request's model, where it is another.
    pub(super) fn new(
        request: &'a Request,
        name: &str,
        region: &str,
        context: &Context,
    ) -> Result<Self, Error> {
        // The call itself warns of what it leaves out.
        let notes = &mut Warnings::new(false);
        let mut extensions = RequestExtensions::parse(request.extensions.as_deref(), notes)?;
        let operator = ContextExtensions::parse(context.extensions.as_deref(), notes)?;
        let asked = &request.model;
        let none = &mut RequestExtensions::default();
        let (model, own) = Target::of_call(name, asked, none, &operator, notes)?;
        let (_, target) = Target::of_call(name, asked, &mut extensions, &operator, notes)?;
        let tier = tier(tier::service_tier(request)?, extensions.performance_config);
        // The operator's, where there is one.
        let base_model = extensions.base_model.as_deref();
        let base_model = base_model.filter(|_| context.cost_limits.is_none());
        let told = Told {
            own: &own.capabilities,
            of_client: &target.capabilities,
            fields: own_fields::Asked::of(extensions.additional_model_request_fields.as_ref()),
            own_bytes: own_fields::bytes(extensions.additional_model_request_fields.as_ref()),
            caching: operator.prompt_caching,
        };
        let longest = match model.is_prompt {
            // Its text is not in the call, and it has a limit of its own.
            true => Err(Open::Prompt),
            false => told.longest(request),
        };
        let tariff = Prices::of(operator).tariff(name, region, base_model)?;
        Ok(Asked {
            tariff: tariff.filter(|tariff| tariff.price(tier, 0).is_some()),
            tier,
            longest,
        })
    }
}

/// About how many bytes of JSON a request is: room for all of it, so that no buffer grows by copies of itself.
pub(crate) fn json_bytes(request: &Request) -> usize {
    usize::try_from(Prompt::of(request).json_bytes()).unwrap_or(0)
}

/// About how many tokens a request's text has.
pub(crate) fn prompt_tokens(request: &Request) -> u64 {
    Prompt::of(request).text_tokens()
}

/// What is known of a call's model.
struct Told<'a> {
    /// What the table and the operator say.
    own: &'a Capabilities,
    /// The same, where the client has the last word.
    of_client: &'a Capabilities,
    /// The client's own fields.
    fields: own_fields::Asked,
    /// Their bytes.
    own_bytes: u64,
    caching: Option<PromptCaching>,
}

impl Told<'_> {
    fn longest(&self, request: &Request) -> Result<Usage, Open> {
        let either = |is_so: fn(&Capabilities) -> bool| is_so(self.own) || is_so(self.of_client);
        let mut prompt = Prompt::of(request);
        prompt.add_bytes(self.own_bytes);
        let is_continued = (request.messages.iter()).any(|message| message.role == Role::Assistant);
        // The caller's own points stand alone.
        let caching = self.caching.filter(|caching| {
            let tokens = prompt.text_tokens();
            let is_wanted = |capabilities| caching.is_wanted(is_continued, tokens, capabilities);
            !prompt.is_cached && (is_wanted(self.own) || is_wanted(self.of_client))
        });
        prompt.is_cached |= caching.is_some();
        prompt.is_cached_for_an_hour |= caching.is_some_and(|caching| caching.is_one_hour);
        let longest = known(self.own.max_input_tokens);
        let media = match (prompt.is_open, longest) {
            (true, longest) => longest.ok_or(Open::Prompt)?,
            (false, longest) => prompt.media_tokens.min(longest.unwrap_or(u64::MAX)),
        };
        let output_tokens = self.answer(request)?;
        let input = prompt.text_tokens().saturating_add(media);
        let is_cached = prompt.is_cached && either(|known| known.cache != Cache::None);
        let is_for_an_hour = prompt.is_cached_for_an_hour && either(|known| known.cache_ttl);
        let counted = |is_so: bool| if is_so { input } else { 0 };
        Ok(Usage {
            input_tokens: counted(!is_cached),
            output_tokens,
            cache_creation_input_tokens: counted(is_cached),
            cache_creation: Some(CacheCreation {
                five_minutes_input_tokens: counted(is_cached && !is_for_an_hour),
                one_hour_input_tokens: counted(is_cached && is_for_an_hour),
            }),
            ..Usage::none()
        })
    }

    /// How many tokens the answer may have.
    fn answer(&self, request: &Request) -> Result<u64, Open> {
        let [own, of_client] = [self.own, self.of_client];
        let is_unlimited = drops_limit(request, own) || drops_limit(request, of_client);
        let tokens = match request.max_tokens.filter(|_| !is_unlimited) {
            // Less than a model takes is clamped.
            Some(asked) => asked
                .max(own.min_output_tokens)
                .max(of_client.min_output_tokens)
                .into(),
            None => known(own.max_output_tokens)
                .ok_or(Open::Answer)?
                .max(of_client.max_output_tokens.into()),
        };
        let tokens = tokens.max(self.fields.tokens);
        Ok(tokens.saturating_mul(self.fields.answers))
    }
}

/// Nova takes no `max_tokens` with high effort, which is what it makes of some budgets.
fn drops_limit(request: &Request, capabilities: &Capabilities) -> bool {
    let effort = request.output.as_ref().and_then(|o| o.effort.as_deref());
    let may_be_high = match effort {
        Some(word) => !matches!(word, "none" | "minimal" | "low" | "medium"),
        None => !matches!(request.thinking, None | Some(Thinking::Disabled)),
    };
    capabilities.reasoning == Reasoning::Nova && may_be_high
}

/// The table's 0 is "not known".
fn known(tokens: u32) -> Option<u64> {
    (tokens > 0).then_some(tokens.into())
}

#[cfg(test)]
mod tests;
