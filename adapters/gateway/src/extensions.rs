//! `context.extensions`: what the settings say to the provider alone, under its name.

use bedrock_provider::json::{Object, Writer};
use llm_dialects::{Caching, UnsupportedContent, alias};

use crate::settings::Settings;

/// A member of the provider's object, and its JSON where the settings say anything of it, beside what the operator's own
/// object has for it.
type Member = (
    &'static str,
    fn(&Settings, Caching, Option<&Object<'_>>) -> Option<String>,
);

const MEMBERS: &[Member] = &[
    ("baseModels", |settings, _, own| {
        alias::base_models(&settings.aliases, &settings.provider, own)
    }),
    ("promptCaching", |settings, asked, own| {
        let setting = settings.prompt_caching.setting(asked);
        setting.filter(|_| own.is_none()).map(str::to_owned)
    }),
    ("unsupportedContent", |settings, _, _| {
        let replaces = settings.unsupported_content == UnsupportedContent::Replace;
        replaces.then(|| "\"replace\"".to_owned())
    }),
];

/// JSON; none where the settings say nothing of it. `asked` is what the client asks of the prompt cache. What the operator
/// sets in the provider's own words has the last one.
pub fn of(settings: &Settings, asked: Caching) -> Option<String> {
    let given = settings.extensions.as_deref();
    let others = Object::parse(given.unwrap_or("{}").as_bytes()).unwrap_or_default();
    let ours = others.object(&settings.provider).ok().flatten();
    let ours = ours.unwrap_or_default();
    let members = MEMBERS.iter().filter_map(|(name, json)| {
        let own = ours.object(name).ok().flatten();
        Some((*name, json(settings, asked, own.as_ref())?))
    });
    let members: Vec<_> = members.collect();
    if members.is_empty() {
        return given.map(str::to_owned);
    }
    let is_set = |name: &str| members.iter().any(|(set, _)| *set == name);
    let mut w = Writer::default();
    w.object(|w| {
        for (name, raw) in others.others(&[&settings.provider]) {
            w.name(&name.into_string()).raw(raw);
        }
        w.name(&settings.provider).object(|w| {
            for (name, raw) in ours.members() {
                let name = name.into_string();
                if !is_set(&name) {
                    w.name(&name).raw(raw);
                }
            }
            for (name, json) in &members {
                w.name(name).raw(json);
            }
        });
    });
    Some(w.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_operator_sets_in_the_provider_s_words_stays_and_has_the_last_one() {
        let own = r#"{"other":{"a":1},"bedrock":{"pingMs":5,"baseModels":{"arn:aws:y":"c"}}}"#;
        let read = |more: &str, asked| {
            let variables = [
                ("GATEWAY_CONTEXT_EXTENSIONS", more),
                (
                    "GATEWAY_MODELS",
                    r#"{"own":{"model":"arn:aws:x","base":"b"}}"#,
                ),
            ];
            let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
            of(&Settings::read(owned.into()).unwrap(), asked)
        };
        assert_eq!(
            read(own, Caching::Marked).as_deref(),
            Some(
                r#"{"other":{"a":1},"bedrock":{"pingMs":5,"baseModels":{"arn:aws:y":"c","arn:aws:x":"b"}}}"#
            )
        );
        let automatic = read(r#"{"bedrock":{}}"#, Caching::Asked).unwrap();
        assert!(automatic.contains("promptCaching"), "{automatic}");
        let own = r#"{"bedrock":{"promptCaching":{"when":"always"}}}"#;
        let kept = read(own, Caching::Asked).unwrap();
        assert!(
            kept.contains(r#""promptCaching":{"when":"always"}"#),
            "{kept}"
        );
        assert_eq!(kept.matches("promptCaching").count(), 1);
    }

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
