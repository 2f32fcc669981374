//! The settings, from environment variables.
//!
//! In: the variables of the host. Out: [`Settings`], or a [`Fault`] that names the variable and what is wrong with it, never
//! its value. One table says which variable sets what.

mod values;

use bedrock_provider::canonical::{CostLimits, Deadlines};
use bedrock_provider::environment::Environment;
use llm_dialects::alias::Alias;
use llm_dialects::{PromptCaching, UnsupportedContent};

use crate::keys::Keys;
use crate::rules::Rules;
use values::{
    aliases, bytes, extensions, header, hosts, limits, list, log, members, milliseconds, provider,
    put, switch, unknown_price, unsupported_content, usd,
};

/// How the gateway shall serve.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// Who may call.
    pub keys: Keys,
    /// What the keys may be used for.
    pub rules: Rules,
    /// By which names an open gateway may be called besides those of loopback; none: by any.
    pub hosts: Option<Vec<String>>,
    /// Names that clients may use for models, and what they stand for.
    pub aliases: Vec<Alias>,
    /// The provider of a model whose name tells none.
    pub provider: String,
    /// The longest body of a request.
    pub max_body_bytes: usize,
    /// The most bytes of bodies that are held at once, of all requests of an instance.
    pub max_held_bytes: usize,
    /// How long a client may take to send its body, in milliseconds.
    pub body_ms: u32,
    /// How long a client may take to read a piece of its answer, likewise.
    pub write_ms: u32,
    /// Refuse what would be lost.
    pub strict: bool,
    /// The header, in lower case, in which a client may send credentials of its own.
    pub credentials_header: Option<String>,
    /// None where no limit is set.
    pub cost_limits: Option<CostLimits>,
    /// Whether there is a page.
    pub page: bool,
    /// Which calls are logged, and what of them.
    pub log: Log,
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
    /// Over what clients send as `extensions`, likewise.
    pub request_extensions: Option<String>,
    /// What clients may send of the provider's object in `extensions`.
    pub client_extensions: Members,
    /// What becomes of content that cannot be read, or that the model does not take.
    pub unsupported_content: UnsupportedContent,
    /// When prompts are cached whose client marks no cache points.
    pub prompt_caching: PromptCaching,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            keys: Keys::Unset,
            rules: Rules::default(),
            hosts: Some(Vec::new()),
            aliases: Vec::new(),
            provider: "bedrock".into(),
            max_body_bytes: 32 << 20,
            max_held_bytes: 256 << 20,
            body_ms: 120_000,
            write_ms: 60_000,
            strict: false,
            credentials_header: None,
            cost_limits: None,
            page: true,
            log: Log::On,
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
            request_extensions: None,
            client_extensions: Members::harmless(),
            unsupported_content: UnsupportedContent::Refuse,
            prompt_caching: PromptCaching::Auto,
        }
    }
}

/// Names of members.
#[derive(Debug, Clone, PartialEq)]
pub enum Members {
    /// All there are.
    All,
    /// These alone.
    These(Vec<String>),
}

impl Members {
    /// What says how a model is asked, and nothing of what it can do, is or costs.
    fn harmless() -> Self {
        const HARMLESS: [&str; 5] = [
            "additionalModelRequestFields",
            "additionalModelResponseFieldPaths",
            "guardrailConfig",
            "performanceConfig",
            "promptVariables",
        ];
        Members::These(HARMLESS.map(str::to_owned).into())
    }

    /// Whether one is among them.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Members::All => true,
            Members::These(names) => names.iter().any(|own| own == name),
        }
    }
}

/// What is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// Nothing but what the operator has to mend.
    Off,
    /// A line for each call, in which an error has its code.
    On,
    /// And its message, which may repeat names that the client sent.
    WithErrors,
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

impl Fault {
    fn new(name: &str, problem: impl Into<String>) -> Self {
        Fault {
            name: name.into(),
            problem: problem.into(),
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name, self.problem)
    }
}

/// Put a value where it belongs, or say what was expected.
type Set = fn(&mut Settings, &str) -> Result<(), String>;

const TABLE: [(&str, Set); 31] = [
    ("GATEWAY_KEYS", |s, v| put(&mut s.keys, Keys::parse(v))),
    ("GATEWAY_OPEN", |s, v| match (switch(v)?, &s.keys) {
        (false, _) => Ok(()),
        (true, Keys::Of(_)) => Err("true, but GATEWAY_KEYS is set: set only one of them".into()),
        (true, _) => put(&mut s.keys, Ok(Keys::Open)),
    }),
    ("GATEWAY_KEY_RULES", |s, v| {
        put(&mut s.rules, Rules::parse(v))
    }),
    ("GATEWAY_HOSTS", |s, v| {
        put(&mut s.hosts, hosts(v).map(Some))
    }),
    ("GATEWAY_MODELS", |s, v| put(&mut s.aliases, aliases(v))),
    ("GATEWAY_PROVIDER", |s, v| put(&mut s.provider, provider(v))),
    ("GATEWAY_MAX_BODY_BYTES", |s, v| {
        put(&mut s.max_body_bytes, bytes(v))
    }),
    ("GATEWAY_MAX_HELD_BYTES", |s, v| {
        put(&mut s.max_held_bytes, bytes(v))
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
    ("GATEWAY_LOG", |s, v| put(&mut s.log, log(v))),
    ("GATEWAY_FALLBACKS", |s, v| put(&mut s.fallbacks, list(v))),
    ("GATEWAY_DEADLINE_BODY_MS", |s, v| {
        put(&mut s.body_ms, milliseconds(v))
    }),
    ("GATEWAY_DEADLINE_WRITE_MS", |s, v| {
        put(&mut s.write_ms, milliseconds(v))
    }),
    ("GATEWAY_DEADLINE_CONNECT_MS", |s, v| {
        put(&mut s.deadlines.connect_ms, milliseconds(v).map(Some))
    }),
    ("GATEWAY_DEADLINE_FIRST_BYTE_MS", |s, v| {
        put(&mut s.deadlines.first_byte_ms, milliseconds(v).map(Some))
    }),
    ("GATEWAY_DEADLINE_BETWEEN_BYTES_MS", |s, v| {
        put(&mut s.deadlines.between_bytes_ms, milliseconds(v).map(Some))
    }),
    ("GATEWAY_DEADLINE_TOTAL_MS", |s, v| {
        put(&mut s.deadlines.total_ms, milliseconds(v).map(Some))
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
    ("GATEWAY_REQUEST_EXTENSIONS", |s, v| {
        put(&mut s.request_extensions, extensions(v).map(Some))
    }),
    ("GATEWAY_CLIENT_EXTENSIONS", |s, v| {
        put(&mut s.client_extensions, members(v))
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

/// Every variable that begins so is a setting: one that is not in the table is a slip of the pen, behind which a limit or a
/// key may stand.
const PREFIX: &str = "GATEWAY_";

/// But for these: what Kubernetes sets where a service is called gateway, and RFC 3875.
const OTHERS: [&str; 3] = ["GATEWAY_SERVICE_", "GATEWAY_PORT", "GATEWAY_INTERFACE"];

impl Settings {
    /// From the host's variables. A blank one counts as not set.
    pub fn read(variables: Vec<(String, String)>) -> Result<Self, Fault> {
        let is_unknown = |name: &str| {
            name.starts_with(PREFIX)
                && !OTHERS.iter().any(|other| name.starts_with(other))
                && TABLE.iter().all(|(known, _)| *known != name)
        };
        if let Some((name, _)) = variables.iter().find(|(name, _)| is_unknown(name)) {
            return Err(Fault::new(name, "unknown setting"));
        }
        let environment = Environment::new(variables);
        let mut settings = Settings::default();
        for (name, set) in TABLE {
            if let Some(value) = environment.get(name) {
                set(&mut settings, value).map_err(|problem| Fault::new(name, problem))?;
            }
        }
        if settings.keys == Keys::Unset {
            let problem = "no key may call: set GATEWAY_KEYS, or GATEWAY_OPEN=true to allow calls without a key";
            return Err(Fault::new("GATEWAY_KEYS", problem));
        }
        if settings.rules.has_stranger(&settings.keys) {
            let problem = "has a rule for a name that no key of GATEWAY_KEYS has";
            return Err(Fault::new("GATEWAY_KEY_RULES", problem));
        }
        Ok(settings)
    }

    /// For a host without a ledger, where limits by day and month cannot be held.
    pub fn without_ledger(self) -> Result<Self, Fault> {
        const PROBLEM: &str = "limits by day and month need a ledger, which this host has not: set GATEWAY_MAX_USD_PER_REQUEST, or use bedrock_gateway_ledger.wasm";
        let limits = self.cost_limits.as_ref();
        let name = match limits.map(|limits| (limits.per_day, limits.per_month)) {
            Some((Some(_), _)) => "GATEWAY_MAX_USD_PER_DAY",
            Some((None, Some(_))) => "GATEWAY_MAX_USD_PER_MONTH",
            _ if self.rules.need_a_ledger() => "GATEWAY_KEY_RULES",
            _ => return Ok(self),
        };
        Err(Fault::new(name, PROBLEM))
    }
}

#[cfg(test)]
mod tests {
    use bedrock_provider::canonical::UnknownPrice;

    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, Fault> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Settings::read(variables.iter().map(owned).collect())
    }

    #[test]
    fn without_variables_every_setting_is_its_default() {
        let open = [
            ("GATEWAY_OPEN", "on"),
            ("GATEWAY_KEYS", " "),
            ("PATH", "/bin"),
            ("GATEWAY_PORT", "tcp://10.0.0.1:80"),
            ("GATEWAY_SERVICE_HOST", "10.0.0.1"),
        ];
        let expected = Settings {
            keys: Keys::Open,
            ..Settings::default()
        };
        assert_eq!(read(&open), Ok(expected));
        for nobody in [
            &[][..],
            &[("GATEWAY_KEYS", " ")],
            &[("GATEWAY_OPEN", "off")],
        ] {
            assert_eq!(read(nobody).unwrap_err().name, "GATEWAY_KEYS");
        }
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
            ("GATEWAY_LOG", "errors"),
            ("GATEWAY_KEY_RULES", r#"{"ann": {"models": ["a"]}}"#),
            ("GATEWAY_HOSTS", "Gateway.internal, [::1]"),
            ("GATEWAY_MAX_HELD_BYTES", "4096"),
            ("GATEWAY_DEADLINE_BODY_MS", "5"),
            ("GATEWAY_DEADLINE_WRITE_MS", "6"),
            ("GATEWAY_REQUEST_EXTENSIONS", r#"{"bedrock": {}}"#),
            ("GATEWAY_CLIENT_EXTENSIONS", "guardrailConfig, x"),
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
                    fallbacks: None,
                },
                Alias {
                    name: "b".into(),
                    model: "c".into(),
                    base: Some("d".into()),
                    fallbacks: None,
                },
            ],
            provider: "other".into(),
            rules: Rules::parse(r#"{"ann": {"models": ["a"]}}"#).unwrap(),
            hosts: Some(vec!["gateway.internal".into(), "[::1]".into()]),
            max_body_bytes: 1024,
            max_held_bytes: 4096,
            body_ms: 5,
            write_ms: 6,
            request_extensions: Some(r#"{"bedrock": {}}"#.into()),
            client_extensions: Members::These(vec!["guardrailConfig".into(), "x".into()]),
            strict: true,
            credentials_header: Some("x-aws-credentials".into()),
            cost_limits: Some(CostLimits {
                per_request: Some(500_000_000_000),
                per_day: Some(2_000_000_000_000),
                per_month: Some(30_000_000_000_001),
                unknown_price: UnknownPrice::Assume(None),
            }),
            page: false,
            log: Log::WithErrors,
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
        let settings = read(&[("GATEWAY_OPEN", "on"), ("GATEWAY_MAX_USD_PER_DAY", "1")]).unwrap();
        let limits = settings.cost_limits.unwrap();
        assert_eq!(limits.unknown_price, UnknownPrice::Deny);
        assert_eq!((limits.per_request, limits.per_month), (None, None));
    }

    #[test]
    fn limits_that_need_a_ledger_are_a_fault_where_there_is_none() {
        let keys = ("GATEWAY_KEYS", "ann=sk-1");
        for (name, value, expected) in [
            ("GATEWAY_MAX_USD_PER_DAY", "1", false),
            ("GATEWAY_MAX_USD_PER_MONTH", "1", false),
            ("GATEWAY_MAX_USD_PER_REQUEST", "1", true),
            (
                "GATEWAY_KEY_RULES",
                r#"{"ann": {"maxUsdPerDay": "1"}}"#,
                false,
            ),
            (
                "GATEWAY_KEY_RULES",
                r#"{"ann": {"maxUsdPerRequest": "1"}}"#,
                true,
            ),
        ] {
            let held = read(&[keys, (name, value)]).unwrap().without_ledger();
            let fault = held.err().map(|fault| fault.name);
            assert_eq!(fault, (!expected).then(|| name.to_owned()), "{value}");
        }
    }

    /// docs/settings.md is what operators read.
    #[test]
    fn every_setting_is_in_the_documentation() {
        const PAGE: &str = include_str!("../../../../docs/settings.md");
        let rows = PAGE.lines().filter_map(|line| {
            let name = line.strip_prefix("| `GATEWAY_")?.split('`').next()?;
            Some(["GATEWAY_", name].concat())
        });
        let rows: Vec<_> = rows.collect();
        let names: Vec<_> = TABLE.iter().map(|(name, _)| (*name).to_owned()).collect();
        for name in &names {
            assert!(rows.contains(name), "{name} is not in docs/settings.md");
        }
        for name in &rows {
            assert!(names.contains(name), "{name} is no setting");
        }
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
            ("GATEWAY_KEY", "hidden"),
            ("GATEWAY_KEY_RULES", "hidden"),
            ("GATEWAY_KEY_RULES", r#"{"hidden": {"models": "hidden"}}"#),
            ("GATEWAY_HOSTS", "https://hidden"),
            ("GATEWAY_HOSTS", "hidden:8080"),
            ("GATEWAY_HOSTS", "::1"),
            ("GATEWAY_MAX_HELD_BYTES", "0"),
            ("GATEWAY_REQUEST_EXTENSIONS", "hidden"),
            ("GATEWAY_CLIENT_EXTENSIONS", "hidden,,"),
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
