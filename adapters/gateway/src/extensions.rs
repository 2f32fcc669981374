//! What goes to the provider alone, under its name: `context.extensions`, which are the settings', and
//! `request.extensions`, which are the client's as far as the settings let it.

use bedrock_provider::Counts;
use bedrock_provider::canonical::Error;
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

/// A member that is merged member by member; the settings' stand instead of the client's otherwise.
const MERGED: &str = "additionalModelRequestFields";

/// `request.extensions`: what the client sends, where it may, and over it what the settings say of every request. `called`
/// is the provider of the model.
///
/// # Errors
/// A member that the settings do not let clients send.
pub fn of_request(
    settings: &Settings,
    called: &str,
    given: Option<String>,
) -> Result<Option<String>, Error> {
    let theirs = parsed(given.as_deref()).unwrap_or_default();
    for provider in [called, &settings.provider] {
        let asked = theirs.object(provider).ok().flatten().unwrap_or_default();
        for (name, _) in asked.members() {
            let name = name.into_string();
            if !settings.client_extensions.has(&name) {
                let path = ["extensions.", provider, ".", &name].concat();
                let message = "not allowed by this gateway: remove it";
                return Err(Error::invalid(path, message));
            }
        }
    }
    let Some(ours) = parsed(settings.request_extensions.as_deref()) else {
        return Ok(given);
    };
    let names = ours.all().map(|(name, _)| name.into_string());
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        return Ok(given);
    }
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut w = Writer::default();
    w.object(|w| {
        over(&theirs, &Object::default(), &known, w);
        for provider in &known {
            let own = ours.object(provider).ok().flatten().unwrap_or_default();
            let asked = theirs.object(provider).ok().flatten().unwrap_or_default();
            w.name(provider).object(|w| merged(&asked, &own, w));
        }
    });
    Ok(Some(w.into_string()))
}

/// The members of one provider's object: the settings', and the client's where the settings have none.
fn merged(asked: &Object<'_>, own: &Object<'_>, w: &mut Writer) {
    over(asked, own, &[MERGED], w);
    let object = |of: &Object<'_>| of.raw(MERGED).map(str::to_owned);
    match (object(asked), object(own)) {
        (None, None) => {}
        (Some(one), None) | (None, Some(one)) => w.name(MERGED).raw(&one),
        (Some(asked), Some(own)) => w.name(MERGED).object(|w| {
            let asked = parsed(Some(&asked)).unwrap_or_default();
            over(&asked, &parsed(Some(&own)).unwrap_or_default(), &[], w);
        }),
    }
}

/// The members of both but these; of a name that both have, that of `ours`.
fn over(theirs: &Object<'_>, ours: &Object<'_>, but: &[&str], w: &mut Writer) {
    let all = || (1_u32..).zip(theirs.others(but).chain(ours.others(but)));
    // The last of a name wins.
    let mut places = Counts::default();
    for (place, (name, _)) in all() {
        places.set(name.into_string(), place);
    }
    for (place, (name, raw)) in all() {
        let name = name.into_string();
        if places.of(&name) == place {
            w.name(&name).raw(raw);
        }
    }
}

fn parsed(json: Option<&str>) -> Option<Object<'_>> {
    Object::parse(json.unwrap_or("{}").as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(variables: &[(&str, &str)], given: &str) -> Result<Option<String>, Error> {
        let open = [("GATEWAY_OPEN", "on")];
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let variables = open.iter().chain(variables).map(owned).collect();
        of_request(
            &Settings::read(variables).unwrap(),
            "bedrock",
            Some(given.to_owned()),
        )
    }

    #[test]
    fn a_client_sends_what_it_may_and_no_price_of_its_own() {
        let harmless =
            r#"{"bedrock":{"guardrailConfig":{"guardrailIdentifier":"g"}},"other":{"prices":1}}"#;
        assert_eq!(asked(&[], harmless).unwrap().as_deref(), Some(harmless));
        for name in [
            "capabilities",
            "baseModel",
            "prices",
            "guardrailconfig",
            "x\"y",
        ] {
            let name = serde_json::to_string(name).unwrap();
            for given in [
                format!(r#"{{"bedrock":{{{name}:{{}}}}}}"#),
                format!(r#"{{"bedrock":{{}},"bedrock":{{{name}:{{}}}}}}"#),
            ] {
                let error = asked(&[], &given).expect_err(&given);
                assert!(error.path.unwrap().starts_with("extensions.bedrock."));
                let all = [("GATEWAY_CLIENT_EXTENSIONS", "*")];
                assert_eq!(asked(&all, &given).unwrap(), Some(given));
            }
        }
        let other = [("GATEWAY_PROVIDER", "echo")];
        assert!(
            asked(&other, r#"{"bedrock":{"prices":{}}}"#).is_err(),
            "of the one that is called"
        );
        assert!(asked(&other, r#"{"echo":{"prices":{}}}"#).is_err());
        let none = [("GATEWAY_CLIENT_EXTENSIONS", "off")];
        assert!(asked(&none, harmless).is_err());
        assert!(asked(&none, r#"{"bedrock":{}}"#).is_ok());
    }

    #[test]
    fn a_guardrail_that_the_operator_sets_stands_whatever_a_client_sends() {
        let guardrail = r#"{"bedrock":{"guardrailConfig":{"guardrailIdentifier":"own","guardrailVersion":"1"},"additionalModelRequestFields":{"a":1}}}"#;
        let set = [("GATEWAY_REQUEST_EXTENSIONS", guardrail)];
        for given in [
            "{}",
            r#"{"bedrock":{}}"#,
            r#"{"bedrock":{"guardrailConfig":{"guardrailIdentifier":"theirs","streamProcessingMode":"async"}}}"#,
            r#"{"bedrock":{"guardrailConfig":null,"additionalModelRequestFields":{"a":2,"b":3,"b":4}}}"#,
            r#"{"bedrock":{"guardrailConfig":{}},"bedrock":{"additionalModelRequestFields":[]}}"#,
            r#"{"bedrock":7,"other":{}}"#,
        ] {
            let sent = asked(&set, given).unwrap().unwrap();
            let sent: serde_json::Value = serde_json::from_str(&sent).unwrap();
            let own = serde_json::json!({"guardrailIdentifier": "own", "guardrailVersion": "1"});
            assert_eq!(sent["bedrock"]["guardrailConfig"], own, "{given}");
            assert_eq!(
                sent["bedrock"]["additionalModelRequestFields"]["a"], 1,
                "{given}"
            );
        }
        let merged = asked(
            &set,
            r#"{"bedrock":{"additionalModelRequestFields":{"b":3,"b":4}}}"#,
        );
        assert!(merged.unwrap().unwrap().contains(r#"{"b":4,"a":1}"#));
        let without = of_request(
            &Settings {
                request_extensions: Some(guardrail.into()),
                ..Settings::default()
            },
            "bedrock",
            None,
        );
        assert!(without.unwrap().unwrap().contains(r#""own""#));
    }

    #[test]
    fn what_the_operator_sets_in_the_provider_s_words_stays_and_has_the_last_one() {
        let own = r#"{"other":{"a":1},"bedrock":{"pingMs":5,"baseModels":{"arn:aws:y":"c"}}}"#;
        let read = |more: &str, asked| {
            let variables = [
                ("GATEWAY_OPEN", "on"),
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
            let variables = [
                ("GATEWAY_MODELS", models),
                ("GATEWAY_PROVIDER", provider),
                ("GATEWAY_OPEN", "on"),
            ];
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
