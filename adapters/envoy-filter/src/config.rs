//! The plugin's configuration: JSON, which Envoy hands over as it is from a `google.protobuf.StringValue`.
//!
//! In: the text. Out: [`Config`]. A member that is not known is an error that names it, so that a slip of the pen does
//! not go unnoticed; no error repeats a value, which may be a secret.
//!
//! | member | |
//! |---|---|
//! | `credentials` | `context.credentials`: an object such as `{"accessKeyId", "secretAccessKey", "region"}`, or text. Else AWS's default chain |
//! | `region` | the region, where neither the model's name nor the credentials tell one |
//! | `endpoint` | the address that is signed and asked for instead of AWS's own |
//! | `models` | what clients may call a model: `{"small": "us.amazon.nova-lite-v1:0"}`; with the model behind an ARN that does not tell it: `{"own": {"model": "arn:…", "base": "anthropic.claude-…"}}` |
//! | `strict` | refuse what would otherwise be left out with a warning |
//! | `max_body_bytes` | the longest body of a request, 32 MiB unless said otherwise |
//! | `clusters` | the clusters of Envoy by the `host` or `host:port` that credentials are fetched from |
//! | `prompt_caching` | cache points where clients mark none: `auto` (where they ask, or have no word for points and a conversation goes on), `on` or `off` |
//! | `extensions` | `context.extensions` |

use std::borrow::Cow;

use bedrock_provider::canonical::{Context, Error, ErrorKind};
use bedrock_provider::endpoint::Region;
use bedrock_provider::json::{self, Object, Writer};
use llm_dialects::alias::{self, Alias};
use llm_dialects::{Caching, Policy, PromptCaching, UnsupportedContent};

/// The longest body of a request where the configuration does not say, in bytes.
pub const MAX_BODY: usize = 32 << 20;

/// Before the name of a model that has no provider, and in `context.extensions`.
const PROVIDER: &str = "bedrock";

const MEMBERS: &[&str] = &[
    "credentials",
    "region",
    "endpoint",
    "models",
    "strict",
    "max_body_bytes",
    "clusters",
    "prompt_caching",
    "extensions",
];

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Config {
    /// What each call carries.
    pub context: Context,
    /// In bytes.
    pub max_body: usize,
    models: Vec<Alias>,
    clusters: Vec<(String, String)>,
    unsupported_content: UnsupportedContent,
    prompt_caching: PromptCaching,
}

impl Config {
    /// Read the text; blank text is a configuration without members.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let text = match text.trim_ascii() {
            b"" => b"{}",
            text => text,
        };
        let config = Object::parse(text).map_err(|error| fault("", &error))?;
        if let Some((unknown, _)) = config.others(MEMBERS).next() {
            let message = format!("unknown setting: expected one of {}", MEMBERS.join(", "));
            return Err(broken(&unknown.into_string(), message));
        }
        let string = |name| config.string(name).map_err(|error| fault(name, &error));
        let region = string("region")?;
        if let Some(region) = &region {
            Region::parse(region, "region")
                .map_err(|_| broken("region", "expected a region such as \"us-east-1\""))?;
        }
        let models = models(&config)?;
        let context = Context {
            credentials: credentials(&config)?,
            region,
            endpoint: string("endpoint")?,
            strict: flag(&config, "strict")?,
            extensions: extensions(&config, &models)?,
            ..Context::default()
        };
        Ok(Config {
            context,
            max_body: size(&config, "max_body_bytes")?.unwrap_or(MAX_BODY),
            unsupported_content: unsupported_content(&config)?,
            prompt_caching: match string("prompt_caching")? {
                None => PromptCaching::Auto,
                Some(word) => PromptCaching::of_word(&word).ok_or_else(|| {
                    broken("prompt_caching", "expected \"auto\", \"on\" or \"off\"")
                })?,
            },
            models,
            clusters: texts(&config, "clusters")?,
        })
    }

    /// The canonical name of what a client calls `model`.
    pub fn model(&self, model: &str) -> String {
        alias::named(&self.models, PROVIDER, model)
    }

    /// The cluster that `authority`, a `host` or `host:port`, is asked through.
    pub fn cluster(&self, authority: &str) -> Option<&str> {
        get(&self.clusters, authority)
    }

    /// What a call carries whose client asks this of the prompt cache.
    pub fn context(&self, asked: Caching) -> Cow<'_, Context> {
        const NAME: &str = "promptCaching";
        let Some(setting) = self.prompt_caching.setting(asked) else {
            return Cow::Borrowed(&self.context);
        };
        let extensions = self.context.extensions.as_deref().unwrap_or("{}");
        let others = Object::parse(extensions.as_bytes()).unwrap_or_default();
        let ours = others.object(PROVIDER).ok().flatten().unwrap_or_default();
        // What is configured in the provider's own words has the last one.
        if ours.raw(NAME).is_some() {
            return Cow::Borrowed(&self.context);
        }
        Cow::Owned(Context {
            extensions: Some(with_member(&others, &ours, NAME, setting)),
            ..self.context.clone()
        })
    }

    /// What to do with members of a request that are not known, and with content that cannot be read.
    pub fn policy(&self) -> Policy {
        Policy::new(self.context.strict, self.unsupported_content)
    }
}

/// The setting of the provider's own, which holds for what is read here too.
fn unsupported_content(config: &Object<'_>) -> Result<UnsupportedContent, Error> {
    const NAME: &str = "unsupportedContent";
    const PATH: &str = "extensions.bedrock.unsupportedContent";
    let fault = |error| fault(PATH, &error);
    let extensions = config
        .object("extensions")
        .map_err(fault)?
        .unwrap_or_default();
    let bedrock = extensions
        .object("bedrock")
        .map_err(fault)?
        .unwrap_or_default();
    match bedrock.string(NAME).map_err(fault)? {
        None => Ok(UnsupportedContent::Refuse),
        Some(word) => UnsupportedContent::of_word(&word)
            .ok_or_else(|| broken(PATH, "expected \"error\" or \"replace\"")),
    }
}

fn get<'a>(texts: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let (_, value) = texts.iter().find(|(own, _)| own == name)?;
    Some(value)
}

fn models(config: &Object<'_>) -> Result<Vec<Alias>, Error> {
    const NAME: &str = "models";
    match config.object(NAME).map_err(|error| fault(NAME, &error))? {
        None => Ok(Vec::new()),
        Some(models) => alias::read(&models)
            .map_err(|name| broken(&[NAME, ".", &name].concat(), alias::EXPECTED)),
    }
}

/// `context.extensions`: as configured, and with the models behind the ARNs of `models`.
fn extensions(config: &Object<'_>, models: &[Alias]) -> Result<Option<String>, Error> {
    const NAME: &str = "extensions";
    const OWN: &str = "baseModels";
    let refuse = |error| fault(NAME, &error);
    let given = config.object(NAME).map_err(refuse)?;
    let given_raw = given.as_ref().and_then(|_| config.raw(NAME));
    let others = given.unwrap_or_default();
    let ours = others.object(PROVIDER).map_err(refuse)?.unwrap_or_default();
    let more = ours.object(OWN).map_err(refuse)?;
    let Some(bases) = alias::base_models(models, PROVIDER, more.as_ref()) else {
        return Ok(given_raw.map(str::to_owned));
    };
    Ok(Some(with_member(&others, &ours, OWN, &bases)))
}

/// `context.extensions` of these members, the provider's own among them, with one more of its own.
fn with_member(others: &Object<'_>, ours: &Object<'_>, name: &str, json: &str) -> String {
    let copy = |object: &Object<'_>, but: &str, w: &mut Writer| {
        for (name, raw) in object.others(&[but]) {
            w.name(&name.into_string()).raw(raw);
        }
    };
    let mut w = Writer::default();
    w.object(|w| {
        copy(others, PROVIDER, w);
        w.name(PROVIDER).object(|w| {
            copy(ours, name, w);
            w.name(name).raw(json);
        });
    });
    w.into_string()
}

/// An object is passed on as the text that it is.
fn credentials(config: &Object<'_>) -> Result<Option<String>, Error> {
    match config.raw("credentials") {
        Some(raw) if raw.starts_with('{') => Ok(Some(raw.to_owned())),
        _ => config
            .string("credentials")
            .map_err(|error| fault("credentials", &error)),
    }
}

fn flag(config: &Object<'_>, name: &str) -> Result<bool, Error> {
    match config.raw(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(broken(name, "expected true or false")),
    }
}

/// A whole number, in whichever way it is written.
fn size(config: &Object<'_>, name: &str) -> Result<Option<usize>, Error> {
    let Some(raw) = config.raw(name) else {
        return Ok(None);
    };
    match raw.parse::<f64>() {
        Ok(size) if (1.0..=f64::from(u32::MAX >> 1)).contains(&size) && size.fract() == 0.0 => {
            Ok(Some(size as usize))
        }
        _ => Err(broken(name, "expected a whole number of bytes")),
    }
}

fn texts(config: &Object<'_>, name: &str) -> Result<Vec<(String, String)>, Error> {
    let Some(object) = config.object(name).map_err(|error| fault(name, &error))? else {
        return Ok(Vec::new());
    };
    let mut texts = Vec::new();
    for (key, _) in object.members() {
        let key = key.into_string();
        match object.string(&key) {
            Ok(value) => texts.push((key, value.unwrap_or_default())),
            Err(error) => return Err(fault(&format!("{name}.{key}"), &error)),
        }
    }
    Ok(texts)
}

/// Names the member, and says what kind of value it has.
fn fault(name: &str, error: &json::Error) -> Error {
    broken(name, error.to_string())
}

fn broken(name: &str, message: impl Into<String>) -> Error {
    let dot = if name.is_empty() { "" } else { "." };
    Error {
        path: Some(format!("configuration{dot}{name}")),
        ..Error::new(ErrorKind::InvalidRequest, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_to_be_configured() {
        for text in ["", " \n", "{}"] {
            let config = Config::parse(text.as_bytes()).expect(text);
            assert_eq!(config.max_body, MAX_BODY);
            assert_eq!(config.context, Context::default());
            let policy = Policy::new(false, UnsupportedContent::Refuse);
            assert_eq!(config.policy(), policy);
        }
    }

    #[test]
    fn every_member_is_read() {
        let text = r#"{
            "credentials": {"accessKeyId": "a", "secretAccessKey": "s", "region": "eu-west-1"},
            "region": "us-east-1", "endpoint": "https://h", "strict": true, "max_body_bytes": 1.5e3,
            "models": {"small": "us.amazon.nova-lite-v1:0"}, "clusters": {"169.254.170.2": "container"},
            "extensions": {"bedrock": {"unsupportedContent": "replace"}}
        }"#;
        let config = Config::parse(text.as_bytes()).expect("configuration");
        let credentials = config.context.credentials.as_deref();
        assert_eq!(
            credentials,
            Some(r#"{"accessKeyId": "a", "secretAccessKey": "s", "region": "eu-west-1"}"#)
        );
        assert_eq!(config.context.region.as_deref(), Some("us-east-1"));
        assert_eq!(config.context.endpoint.as_deref(), Some("https://h"));
        let extensions = config.context.extensions.as_deref();
        assert_eq!(
            extensions,
            Some(r#"{"bedrock": {"unsupportedContent": "replace"}}"#)
        );
        assert_eq!(config.max_body, 1500);
        let policy = Policy::new(true, UnsupportedContent::Replace);
        assert_eq!(config.policy(), policy);
        assert_eq!(config.cluster("169.254.170.2"), Some("container"));
        assert_eq!(config.cluster("169.254.169.254"), None);
    }

    #[test]
    fn credentials_may_be_text() {
        let config = Config::parse(br#"{"credentials": "eu-west-1"}"#).expect("configuration");
        assert_eq!(config.context.credentials.as_deref(), Some("eu-west-1"));
    }

    #[test]
    fn a_model_is_an_alias_or_a_name_of_bedrocks_with_or_without_the_provider() {
        let text = br#"{"models": {"small": "us.amazon.nova-lite-v1:0", "big": "bedrock/b"}}"#;
        let config = Config::parse(text).expect("configuration");
        for (name, model) in [
            ("small", "bedrock/us.amazon.nova-lite-v1:0"),
            ("big", "bedrock/b"),
            ("us.amazon.nova-pro-v1:0", "bedrock/us.amazon.nova-pro-v1:0"),
            (
                "bedrock/us.amazon.nova-pro-v1:0",
                "bedrock/us.amazon.nova-pro-v1:0",
            ),
            (
                "arn:aws:bedrock:us-east-1::x/y",
                "bedrock/arn:aws:bedrock:us-east-1::x/y",
            ),
        ] {
            assert_eq!(config.model(name), model);
        }
    }

    #[test]
    fn the_models_behind_arns_join_the_extensions() {
        const MODELS: &str =
            r#""models": {"own": {"model": "bedrock/arn:aws:x", "base": "b"}, "small": "s"}"#;
        for (extensions, expected) in [
            ("", r#"{"bedrock":{"baseModels":{"arn:aws:x":"b"}}}"#),
            (
                r#", "extensions": {"other": [1], "bedrock": {"pingMs": 5, "baseModels": {"arn:aws:y": "c"}}}"#,
                r#"{"other":[1],"bedrock":{"pingMs":5,"baseModels":{"arn:aws:y":"c","arn:aws:x":"b"}}}"#,
            ),
        ] {
            let text = format!("{{{MODELS}{extensions}}}");
            let config = Config::parse(text.as_bytes()).expect("configuration");
            assert_eq!(config.context.extensions.as_deref(), Some(expected));
            assert_eq!(config.model("own"), "bedrock/arn:aws:x");
            assert_eq!(config.model("small"), "bedrock/s");
            assert_eq!(config.model("small[1m]"), "bedrock/s[1m]");
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_no_value_repeated() {
        for (text, path, says) in [
            ("hidden", "", "expected a JSON object"),
            ("{\"region\": \"hidden", "", "invalid JSON"),
            (r#"{"regoin": "hidden"}"#, ".regoin", "region"),
            (r#"{"region": "Hidden/"}"#, ".region", "us-east-1"),
            (r#"{"strict": "hidden"}"#, ".strict", "true or false"),
            (r#"{"credentials": ["hidden"]}"#, ".credentials", "a string"),
            (r#"{"endpoint": 7}"#, ".endpoint", "a string"),
            (r#"{"max_body_bytes": 0}"#, ".max_body_bytes", "bytes"),
            (r#"{"max_body_bytes": 1e99}"#, ".max_body_bytes", "bytes"),
            (r#"{"max_body_bytes": 1.5}"#, ".max_body_bytes", "bytes"),
            (r#"{"models": ["hidden"]}"#, ".models", "an object"),
            (r#"{"models": {"a": 1}}"#, ".models.a", "a model's name"),
            (
                r#"{"models": {"a": {"base": "hidden"}}}"#,
                ".models.a",
                "\"base\"",
            ),
            (r#"{"clusters": {"h": {}}}"#, ".clusters.h", "a string"),
            (r#"{"prompt_caching": "hidden"}"#, ".prompt_caching", "auto"),
            (r#"{"extensions": "hidden"}"#, ".extensions", "an object"),
            (
                r#"{"extensions": {"bedrock": {"unsupportedContent": "hidden"}}}"#,
                ".extensions.bedrock.unsupportedContent",
                "replace",
            ),
        ] {
            let error = Config::parse(text.as_bytes()).expect_err(text);
            assert_eq!(error.path, Some(format!("configuration{path}")), "{text}");
            assert!(error.message.contains(says), "{text}: {}", error.message);
            assert!(!error.message.to_lowercase().contains("hidden"), "{text}");
        }
    }
}
