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
//! | `keys` | the keys of clients, as `GATEWAY_KEYS` of the gateway has them. Else whoever gets past Envoy may call |
//! | `models` | what clients may call a model: `{"small": "us.amazon.nova-lite-v1:0"}`; with the model behind an ARN that does not tell it: `{"own": {"model": "arn:…", "base": "anthropic.claude-…"}}` |
//! | `strict` | refuse what would otherwise be left out with a warning |
//! | `max_body_bytes` | the longest body of a request, 16 MiB unless said otherwise |
//! | `max_held_bytes` | the most bytes of bodies that a worker holds at once, 128 MiB unless said otherwise; past it, 503 |
//! | `clusters` | the clusters of Envoy by the `host` or `host:port` that credentials are fetched from |
//! | `prompt_caching` | cache points where clients mark none: `auto` (where they ask, or have no word for points and a conversation goes on), `on` or `off` |
//! | `log` | true: a line of JSON for each call in Envoy's log, at level info |
//! | `extensions` | `context.extensions` |

use bedrock_provider::canonical::{Error, ErrorKind};
use bedrock_provider::endpoint::Region;
use bedrock_provider::json::{self, Object};
use llm_dialects::alias::{self, Alias};
use llm_dialects::{PromptCaching, UnsupportedContent};
use llm_gateway::keys::Keys;
use llm_gateway::settings::{Log, Secret, Settings};

/// In bytes. All requests of a worker are in one VM, whose memory ends at 4 GiB, and with it every one of them: a request
/// needs a multiple of its body.
const MAX_BODY: usize = 16 << 20;
const MAX_HELD: usize = 128 << 20;

const MEMBERS: &[&str] = &[
    "credentials",
    "region",
    "endpoint",
    "keys",
    "models",
    "strict",
    "max_body_bytes",
    "max_held_bytes",
    "clusters",
    "prompt_caching",
    "log",
    "extensions",
];

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct Config {
    /// How the gateway serves.
    pub settings: Settings,
    clusters: Vec<(String, String)>,
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
        let defaults = Settings::default();
        let extensions = extensions(&config)?;
        let settings = Settings {
            credentials: credentials(&config)?.map(Secret),
            region,
            endpoint: string("endpoint")?,
            keys: match string("keys")? {
                None => Keys::Open,
                Some(keys) => Keys::parse(&keys).map_err(|problem| broken("keys", problem))?,
            },
            aliases: models(&config)?,
            strict: flag(&config, "strict")?,
            max_body_bytes: size(&config, "max_body_bytes")?.unwrap_or(MAX_BODY),
            max_held_bytes: size(&config, "max_held_bytes")?.unwrap_or(MAX_HELD),
            // Who may call is Envoy's to say; its timeouts are the clients'.
            hosts: None,
            body_ms: u32::MAX,
            unsupported_content: unsupported_content(&config)?,
            prompt_caching: match string("prompt_caching")? {
                None => PromptCaching::Auto,
                Some(word) => PromptCaching::of_word(&word).ok_or_else(|| {
                    broken("prompt_caching", "expected \"auto\", \"on\" or \"off\"")
                })?,
            },
            log: match flag(&config, "log")? {
                true => Log::On,
                false => Log::Off,
            },
            extensions,
            ..defaults
        };
        Ok(Config {
            settings,
            clusters: texts(&config, "clusters")?,
        })
    }

    /// The cluster that `authority`, a `host` or `host:port`, is asked through.
    pub fn cluster(&self, authority: &str) -> Option<&str> {
        let (_, value) = self.clusters.iter().find(|(own, _)| own == authority)?;
        Some(value)
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

fn models(config: &Object<'_>) -> Result<Vec<Alias>, Error> {
    const NAME: &str = "models";
    match config.object(NAME).map_err(|error| fault(NAME, &error))? {
        None => Ok(Vec::new()),
        Some(models) => alias::read(&models)
            .map_err(|name| broken(&[NAME, ".", &name].concat(), alias::EXPECTED)),
    }
}

/// As they are.
fn extensions(config: &Object<'_>) -> Result<Option<String>, Error> {
    const NAME: &str = "extensions";
    let refuse = |error| fault(NAME, &error);
    let Some(extensions) = config.object(NAME).map_err(refuse)? else {
        return Ok(None);
    };
    for (name, _) in extensions.members() {
        extensions.object(&name.into_string()).map_err(refuse)?;
    }
    Ok(config.raw(NAME).map(str::to_owned))
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

    fn defaults() -> Settings {
        Settings {
            keys: Keys::Open,
            hosts: None,
            log: Log::Off,
            max_body_bytes: MAX_BODY,
            max_held_bytes: MAX_HELD,
            body_ms: u32::MAX,
            ..Settings::default()
        }
    }

    #[test]
    fn nothing_has_to_be_configured() {
        for text in ["", " \n", "{}"] {
            let config = Config::parse(text.as_bytes()).expect(text);
            assert_eq!(config.settings, defaults());
        }
    }

    #[test]
    fn every_member_is_read() {
        let text = r#"{
            "credentials": {"accessKeyId": "a", "secretAccessKey": "s", "region": "eu-west-1"},
            "region": "us-east-1", "endpoint": "https://h", "strict": true, "max_body_bytes": 1.5e3,
            "max_held_bytes": 4096,
            "keys": "ann=sk-1", "log": true, "prompt_caching": "on",
            "models": {"small": "us.amazon.nova-lite-v1:0"}, "clusters": {"169.254.170.2": "container"},
            "extensions": {"bedrock": {"unsupportedContent": "replace"}}
        }"#;
        let config = Config::parse(text.as_bytes()).expect("configuration");
        let credentials =
            r#"{"accessKeyId": "a", "secretAccessKey": "s", "region": "eu-west-1"}"#.to_owned();
        let aliases = vec![Alias {
            name: "small".into(),
            model: "us.amazon.nova-lite-v1:0".into(),
            base: None,
            fallbacks: None,
        }];
        let expected = Settings {
            credentials: Some(Secret(credentials)),
            region: Some("us-east-1".into()),
            endpoint: Some("https://h".into()),
            strict: true,
            max_body_bytes: 1500,
            max_held_bytes: 4096,
            log: Log::On,
            keys: Keys::parse("ann=sk-1").expect("keys"),
            aliases,
            prompt_caching: PromptCaching::On,
            unsupported_content: UnsupportedContent::Replace,
            extensions: Some(r#"{"bedrock": {"unsupportedContent": "replace"}}"#.into()),
            ..defaults()
        };
        assert_eq!(config.settings, expected);
        assert!(!format!("{config:?}").contains("secretAccessKey"));
        assert_eq!(config.cluster("169.254.170.2"), Some("container"));
        assert_eq!(config.cluster("169.254.169.254"), None);
    }

    #[test]
    fn credentials_may_be_text() {
        let config = Config::parse(br#"{"credentials": "eu-west-1"}"#).expect("configuration");
        let given = Some(Secret("eu-west-1".into()));
        assert_eq!(config.settings.credentials, given);
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
            (r#"{"keys": "hid den"}"#, ".keys", "key 1"),
            (r#"{"log": "hidden"}"#, ".log", "true or false"),
            (
                r#"{"extensions": {"bedrock": "hidden"}}"#,
                ".extensions",
                "object",
            ),
            (
                r#"{"extensions": {"other": "hidden"}}"#,
                ".extensions",
                "object",
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
