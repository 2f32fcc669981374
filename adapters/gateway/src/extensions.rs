//! `context.extensions`: what the settings say to the provider alone, under its name.

use bedrock_provider::json::Writer;
use llm_dialects::{Caching, UnsupportedContent, alias};

use crate::settings::Settings;

/// A member of the provider's object, and its JSON where the settings say anything of it.
type Member = (&'static str, fn(&Settings, Caching) -> Option<String>);

const MEMBERS: &[Member] = &[
    ("baseModels", |settings, _| {
        alias::base_models(&settings.aliases, &settings.provider, None)
    }),
    ("promptCaching", |settings, asked| {
        settings.prompt_caching.setting(asked).map(str::to_owned)
    }),
    ("unsupportedContent", |settings, _| {
        let replaces = settings.unsupported_content == UnsupportedContent::Replace;
        replaces.then(|| "\"replace\"".to_owned())
    }),
];

/// JSON; none where the settings say nothing of it. `asked` is what the client asks of the prompt cache.
pub fn of(settings: &Settings, asked: Caching) -> Option<String> {
    let members = MEMBERS.iter();
    let members = members.filter_map(|(name, json)| Some((*name, json(settings, asked)?)));
    let members: Vec<_> = members.collect();
    if members.is_empty() {
        return None;
    }
    let mut w = Writer::default();
    w.object(|w| {
        w.name(&settings.provider).object(|w| {
            for (name, json) in members {
                w.name(name).raw(&json);
            }
        });
    });
    Some(w.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_behind_arns_are_told_to_the_provider() {
        let read = |models: &str, provider: &str| {
            let variables = [("GATEWAY_MODELS", models), ("GATEWAY_PROVIDER", provider)];
            let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
            of(&Settings::read(owned.into()).unwrap(), Caching::Marked)
        };
        assert_eq!(
            read(r#"{"fast":"us.amazon.nova-lite-v1:0"}"#, "bedrock"),
            None
        );
        let own = r#"{"own":{"model":"bedrock/arn:aws:x","base":"b"}}"#;
        let expected = r#"{"bedrock":{"baseModels":{"arn:aws:x":"b"}}}"#;
        assert_eq!(read(own, "bedrock").as_deref(), Some(expected));
        let expected = r#"{"other":{"baseModels":{"bedrock/arn:aws:x":"b"}}}"#;
        assert_eq!(read(own, "other").as_deref(), Some(expected));
    }
}
