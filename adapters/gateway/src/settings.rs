//! The settings, from environment variables.
//!
//! In: the variables of the host. Out: [`Settings`], or a [`Fault`] that names the variable and what is wrong with it, never
//! its value. One table says which variable sets what.

use bedrock_provider::canonical::{CostLimits, Deadlines, UnknownPrice};
use bedrock_provider::environment::Environment;
use bedrock_provider::json::Object;
use llm_dialects::alias::{self, Alias};
use llm_dialects::{PromptCaching, UnsupportedContent, pico_usd};

use crate::keys::Keys;

/// How the gateway shall serve.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// Who may call.
    pub keys: Keys,
    /// Names that clients may use for models, and what they stand for.
    pub aliases: Vec<Alias>,
    /// The provider of a model whose name tells none.
    pub provider: String,
    /// The longest body of a request.
    pub max_body_bytes: usize,
    /// Refuse what would be lost.
    pub strict: bool,
    /// The header, in lower case, in which a client may send credentials of its own.
    pub credentials_header: Option<String>,
    /// None where no limit is set.
    pub cost_limits: Option<CostLimits>,
    /// Whether there is a page.
    pub page: bool,
    /// Whether calls are logged.
    pub log: bool,
    /// As `context.fallbacks`.
    pub fallbacks: Vec<String>,
    /// As `context.deadlines`.
    pub deadlines: Deadlines,
    /// As `context.region`.
    pub region: Option<String>,
    /// As `context.endpoint`.
    pub endpoint: Option<String>,
    /// As `context.credentials`, where they are not the host's to find.
    pub credentials: Option<Secret>,
    /// As `context.extensions`: an object of objects by provider.
    pub extensions: Option<String>,
    /// What becomes of content that cannot be read, or that the model does not take.
    pub unsupported_content: UnsupportedContent,
    /// When prompts are cached whose client marks no cache points.
    pub prompt_caching: PromptCaching,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            keys: Keys::Unset,
            aliases: Vec::new(),
            provider: "bedrock".into(),
            max_body_bytes: 32 << 20,
            strict: false,
            credentials_header: None,
            cost_limits: None,
            page: true,
            log: true,
            fallbacks: Vec::new(),
            deadlines: Deadlines {
                connect_ms: None,
                first_byte_ms: None,
                between_bytes_ms: None,
                total_ms: None,
            },
            region: None,
            endpoint: None,
            credentials: None,
            extensions: None,
            unsupported_content: UnsupportedContent::Refuse,
            prompt_caching: PromptCaching::Auto,
        }
    }
}

/// What no log may tell.
#[derive(Clone, PartialEq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// A setting that cannot be.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The variable.
    pub name: String,
    /// What is wrong with it.
    pub problem: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name, self.problem)
    }
}

/// Put a value where it belongs, or say what was expected.
type Set = fn(&mut Settings, &str) -> Result<(), String>;

const TABLE: [(&str, Set); 24] = [
    ("GATEWAY_KEYS", |s, v| put(&mut s.keys, Keys::parse(v))),
    ("GATEWAY_OPEN", |s, v| match (switch(v)?, &s.keys) {
        (false, _) => Ok(()),
        (true, Keys::Of(_)) => Err("true, but GATEWAY_KEYS is set: set only one of them".into()),
        (true, _) => put(&mut s.keys, Ok(Keys::Open)),
    }),
    ("GATEWAY_MODELS", |s, v| put(&mut s.aliases, aliases(v))),
    ("GATEWAY_PROVIDER", |s, v| put(&mut s.provider, provider(v))),
    ("GATEWAY_MAX_BODY_BYTES", |s, v| {
        put(&mut s.max_body_bytes, bytes(v))
    }),
    ("GATEWAY_STRICT", |s, v| put(&mut s.strict, switch(v))),
    ("GATEWAY_CREDENTIALS_HEADER", |s, v| {
        put(&mut s.credentials_header, header(v).map(Some))
    }),
    ("GATEWAY_MAX_USD_PER_REQUEST", |s, v| {
        put(&mut limits(s).per_request, usd(v))
    }),
    ("GATEWAY_MAX_USD_PER_DAY", |s, v| {
        put(&mut limits(s).per_day, usd(v))
    }),
    ("GATEWAY_MAX_USD_PER_MONTH", |s, v| {
        put(&mut limits(s).per_month, usd(v))
    }),
    ("GATEWAY_UNKNOWN_PRICE", |s, v| {
        put(&mut limits(s).unknown_price, unknown_price(v))
    }),
    ("GATEWAY_PAGE", |s, v| put(&mut s.page, switch(v))),
    ("GATEWAY_LOG", |s, v| put(&mut s.log, switch(v))),
    ("GATEWAY_FALLBACKS", |s, v| put(&mut s.fallbacks, list(v))),
    ("GATEWAY_DEADLINE_CONNECT_MS", |s, v| {
        put(&mut s.deadlines.connect_ms, milliseconds(v))
    }),
    ("GATEWAY_DEADLINE_FIRST_BYTE_MS", |s, v| {
        put(&mut s.deadlines.first_byte_ms, milliseconds(v))
    }),
    ("GATEWAY_DEADLINE_BETWEEN_BYTES_MS", |s, v| {
        put(&mut s.deadlines.between_bytes_ms, milliseconds(v))
    }),
    ("GATEWAY_DEADLINE_TOTAL_MS", |s, v| {
        put(&mut s.deadlines.total_ms, milliseconds(v))
    }),
    ("GATEWAY_REGION", |s, v| {
        put(&mut s.region, Ok(Some(v.to_owned())))
    }),
    ("GATEWAY_ENDPOINT", |s, v| {
        put(&mut s.endpoint, Ok(Some(v.to_owned())))
    }),
    ("GATEWAY_CONTEXT_EXTENSIONS", |s, v| {
        put(&mut s.extensions, extensions(v).map(Some))
    }),
    ("GATEWAY_UNSUPPORTED_CONTENT", |s, v| {
        put(&mut s.unsupported_content, unsupported_content(v))
    }),
    ("GATEWAY_PROMPT_CACHING", |s, v| {
        let word = PromptCaching::of_word(v);
        put(
            &mut s.prompt_caching,
            word.ok_or_else(|| "expected auto, on or off".into()),
        )
    }),
    // The ledger's own, where there is one.
    ("GATEWAY_LEDGER_STORE", |_, _| Ok(())),
];

/// A variable that begins so and is not in the table is a limit that would not hold.
const LIMITS: [&str; 2] = ["GATEWAY_MAX_", "GATEWAY_DEADLINE_"];

impl Settings {
    /// From the host's variables. A blank one counts as not set.
    pub fn read(variables: Vec<(String, String)>) -> Result<Self, Fault> {
        let is_unknown = |name: &str| {
            LIMITS.iter().any(|prefix| name.starts_with(prefix))
                && TABLE.iter().all(|(known, _)| *known != name)
        };
        if let Some((name, _)) = variables.iter().find(|(name, _)| is_unknown(name)) {
            let problem = "unknown setting; a limit must not be ignored".into();
            return Err(Fault {
                name: name.clone(),
                problem,
            });
        }
        let environment = Environment::new(variables);
        let mut settings = Settings::default();
        for (name, set) in TABLE {
            if let Some(value) = environment.get(name) {
                set(&mut settings, value).map_err(|problem| Fault {
                    name: name.into(),
                    problem,
                })?;
            }
        }
        Ok(settings)
    }
}

fn put<T>(place: &mut T, value: Result<T, String>) -> Result<(), String> {
    *place = value?;
    Ok(())
}

fn switch(value: &str) -> Result<bool, String> {
    const WORDS: [(&str, bool); 4] = [
        ("true", true),
        ("on", true),
        ("false", false),
        ("off", false),
    ];
    let word = WORDS
        .iter()
        .find(|(word, _)| value.eq_ignore_ascii_case(word));
    let (_, is_on) = word.ok_or("expected on or off, true or false")?;
    Ok(*is_on)
}

fn limits(settings: &mut Settings) -> &mut CostLimits {
    settings.cost_limits.get_or_insert(CostLimits {
        per_request: None,
        per_day: None,
        per_month: None,
        unknown_price: UnknownPrice::Deny,
    })
}

fn usd(value: &str) -> Result<Option<u64>, String> {
    let problem =
        "expected dollars such as 0.25, at most 18 million with at most 12 decimal places";
    pico_usd(value).map(Some).ok_or_else(|| problem.into())
}

fn unknown_price(value: &str) -> Result<UnknownPrice, String> {
    match value {
        "deny" => Ok(UnknownPrice::Deny),
        "allow" => Ok(UnknownPrice::Allow),
        "assume" => Ok(UnknownPrice::Assume(None)),
        _ => Err("expected deny, allow or assume".into()),
    }
}

fn unsupported_content(value: &str) -> Result<UnsupportedContent, String> {
    UnsupportedContent::of_word(value).ok_or_else(|| "expected error or replace".into())
}

fn bytes(value: &str) -> Result<usize, String> {
    match value.parse() {
        Ok(bytes) if bytes > 0 => Ok(bytes),
        _ => Err("expected a number of bytes above 0".into()),
    }
}

fn milliseconds(value: &str) -> Result<Option<u32>, String> {
    match value.parse() {
        Ok(milliseconds) if milliseconds > 0 => Ok(Some(milliseconds)),
        _ => Err("expected milliseconds, 1 to 4294967295".into()),
    }
}

fn list(value: &str) -> Result<Vec<String>, String> {
    let entries = value.split(',').map(|entry| entry.trim().to_owned());
    let entries: Vec<String> = entries.collect();
    if entries.iter().any(String::is_empty) {
        return Err("expected entries separated by commas, got an empty one".into());
    }
    Ok(entries)
}

fn provider(value: &str) -> Result<String, String> {
    if alias::is_provider(value) {
        return Ok(value.to_owned());
    }
    Err("expected a provider's name such as bedrock, without a slash".into())
}

fn aliases(value: &str) -> Result<Vec<Alias>, String> {
    let expected = || ["for each name: ", alias::EXPECTED].concat();
    let object = Object::parse(value.as_bytes()).map_err(|_| expected())?;
    alias::read(&object).map_err(|_| expected())
}

/// Objects by provider, so that a slip of the pen does not go unnoticed.
fn extensions(value: &str) -> Result<String, String> {
    let expected = "expected JSON such as {\"bedrock\": {\"pingMs\": 15000}}";
    let object = Object::parse(value.as_bytes()).map_err(|_| expected)?;
    match object.members().all(|(_, raw)| raw.starts_with('{')) {
        true => Ok(value.to_owned()),
        false => Err(expected.into()),
    }
}

/// Headers that mean something else already.
const TAKEN: [&str; 8] = [
    "authorization",
    "x-api-key",
    "content-type",
    "content-length",
    "content-encoding",
    "host",
    "x-request-id",
    "anthropic-version",
];

fn header(value: &str) -> Result<String, String> {
    let name = value.to_ascii_lowercase();
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if !name.bytes().all(is_plain) {
        return Err("expected a header's name, of letters, digits and -".into());
    }
    if TAKEN.contains(&name.as_str()) {
        return Err("this header has another meaning: use another".into());
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, Fault> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Settings::read(variables.iter().map(owned).collect())
    }

    #[test]
    fn without_variables_every_setting_is_its_default() {
        let blank = [
            ("GATEWAY_KEYS", " "),
            ("PATH", "/bin"),
            ("GATEWAY_PORT", "x"),
        ];
        assert_eq!(read(&blank), Ok(Settings::default()));
    }

    #[test]
    fn each_variable_sets_its_own_setting() {
        let settings = read(&[
            ("GATEWAY_KEYS", "ann=one,two"),
            (
                "GATEWAY_MODELS",
                r#"{"fast": "bedrock/a", "b": {"model": "c", "base": "d"}}"#,
            ),
            ("GATEWAY_PROVIDER", "other"),
            ("GATEWAY_MAX_BODY_BYTES", "1024"),
            ("GATEWAY_STRICT", "TRUE"),
            ("GATEWAY_CREDENTIALS_HEADER", "X-Aws-Credentials"),
            ("GATEWAY_MAX_USD_PER_REQUEST", "0.5"),
            ("GATEWAY_MAX_USD_PER_DAY", "2"),
            ("GATEWAY_MAX_USD_PER_MONTH", "30.000000000001"),
            ("GATEWAY_UNKNOWN_PRICE", "assume"),
            ("GATEWAY_PAGE", "off"),
            ("GATEWAY_LOG", "false"),
            ("GATEWAY_FALLBACKS", "us-west-2, eu-west-1/x"),
            ("GATEWAY_DEADLINE_CONNECT_MS", "1"),
            ("GATEWAY_DEADLINE_FIRST_BYTE_MS", "2"),
            ("GATEWAY_DEADLINE_BETWEEN_BYTES_MS", "3"),
            ("GATEWAY_DEADLINE_TOTAL_MS", "4"),
            ("GATEWAY_REGION", "eu-west-1"),
            ("GATEWAY_ENDPOINT", "https://proxy.internal"),
            (
                "GATEWAY_CONTEXT_EXTENSIONS",
                r#"{"bedrock": {"pingMs": 5}}"#,
            ),
            ("GATEWAY_UNSUPPORTED_CONTENT", "replace"),
            ("GATEWAY_PROMPT_CACHING", "on"),
            ("GATEWAY_LEDGER_STORE", "spending"),
        ])
        .unwrap();
        let expected = Settings {
            keys: Keys::parse("ann=one,two").unwrap(),
            aliases: vec![
                Alias {
                    name: "fast".into(),
                    model: "bedrock/a".into(),
                    base: None,
                },
                Alias {
                    name: "b".into(),
                    model: "c".into(),
                    base: Some("d".into()),
                },
            ],
            provider: "other".into(),
            max_body_bytes: 1024,
            strict: true,
            credentials_header: Some("x-aws-credentials".into()),
            cost_limits: Some(CostLimits {
                per_request: Some(500_000_000_000),
                per_day: Some(2_000_000_000_000),
                per_month: Some(30_000_000_000_001),
                unknown_price: UnknownPrice::Assume(None),
            }),
            page: false,
            log: false,
            fallbacks: vec!["us-west-2".into(), "eu-west-1/x".into()],
            deadlines: Deadlines {
                connect_ms: Some(1),
                first_byte_ms: Some(2),
                between_bytes_ms: Some(3),
                total_ms: Some(4),
            },
            region: Some("eu-west-1".into()),
            endpoint: Some("https://proxy.internal".into()),
            credentials: None,
            extensions: Some(r#"{"bedrock": {"pingMs": 5}}"#.into()),
            unsupported_content: UnsupportedContent::Replace,
            prompt_caching: PromptCaching::On,
        };
        assert_eq!(settings, expected);
        assert_eq!(read(&[("GATEWAY_OPEN", "true")]).unwrap().keys, Keys::Open);
        let closed = read(&[("GATEWAY_OPEN", "off"), ("GATEWAY_KEYS", "a")]).unwrap();
        assert!(matches!(closed.keys, Keys::Of(_)));
    }

    #[test]
    fn one_limit_alone_denies_what_has_no_price() {
        let settings = read(&[("GATEWAY_MAX_USD_PER_DAY", "1")]).unwrap();
        let limits = settings.cost_limits.unwrap();
        assert_eq!(limits.unknown_price, UnknownPrice::Deny);
        assert_eq!((limits.per_request, limits.per_month), (None, None));
    }

    #[test]
    fn a_bad_setting_is_named_and_its_value_is_not_told() {
        for (name, value) in [
            ("GATEWAY_KEYS", "ann=hidden one"),
            ("GATEWAY_OPEN", "hidden"),
            ("GATEWAY_MODELS", "hidden"),
            ("GATEWAY_MODELS", r#"["hidden"]"#),
            ("GATEWAY_MODELS", r#"{"hidden": 1}"#),
            ("GATEWAY_MODELS", r#"{"hidden": ""}"#),
            ("GATEWAY_MODELS", r#"{"hidden": {"base": "hidden"}}"#),
            (
                "GATEWAY_MODELS",
                r#"{"hidden": {"model": "hidden", "bsae": "x"}}"#,
            ),
            ("GATEWAY_PROVIDER", "hidden/"),
            ("GATEWAY_MAX_BODY_BYTES", "hidden"),
            ("GATEWAY_MAX_BODY_BYTES", "0"),
            ("GATEWAY_STRICT", "hidden"),
            ("GATEWAY_CREDENTIALS_HEADER", "hid den"),
            ("GATEWAY_CREDENTIALS_HEADER", "Authorization"),
            ("GATEWAY_MAX_USD_PER_REQUEST", "-1"),
            ("GATEWAY_MAX_USD_PER_DAY", "hidden"),
            ("GATEWAY_MAX_USD_PER_MONTH", "1e3"),
            ("GATEWAY_MAX_USD_PER_WEEK", "hidden"),
            ("GATEWAY_UNKNOWN_PRICE", "hidden"),
            ("GATEWAY_PAGE", "hidden"),
            ("GATEWAY_LOG", "hidden"),
            ("GATEWAY_FALLBACKS", "hidden,,"),
            ("GATEWAY_CONTEXT_EXTENSIONS", "hidden"),
            ("GATEWAY_CONTEXT_EXTENSIONS", r#"{"pingMs": "hidden"}"#),
            ("GATEWAY_DEADLINE_CONNECT_MS", "0"),
            ("GATEWAY_DEADLINE_FIRST_BYTE_MS", "-1"),
            ("GATEWAY_DEADLINE_BETWEEN_BYTES_MS", "1.5"),
            ("GATEWAY_DEADLINE_TOTAL_MS", "4294967296"),
            ("GATEWAY_DEADLINE_TOTAL", "1"),
            ("GATEWAY_UNSUPPORTED_CONTENT", "hidden"),
            ("GATEWAY_PROMPT_CACHING", "hidden"),
        ] {
            let fault = read(&[(name, value)]).unwrap_err();
            assert_eq!(fault.name, name, "{value}");
            assert!(!fault.to_string().contains("hidden"), "{fault}");
        }
        let both = read(&[("GATEWAY_KEYS", "a"), ("GATEWAY_OPEN", "true")]).unwrap_err();
        assert_eq!(both.name, "GATEWAY_OPEN");
    }
}
