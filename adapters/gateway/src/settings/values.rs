//! The values of settings, from text: what each may be, and what is said of what it may not.

use bedrock_provider::canonical::{CostLimits, UnknownPrice};
use bedrock_provider::json::Object;
use llm_dialects::alias::{self, Alias};
use llm_dialects::{UnsupportedContent, pico_usd};

use super::{Log, Members, Settings};

pub(super) fn put<T>(place: &mut T, value: Result<T, String>) -> Result<(), String> {
    *place = value?;
    Ok(())
}

pub(super) fn switch(value: &str) -> Result<bool, String> {
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

pub(super) fn limits(settings: &mut Settings) -> &mut CostLimits {
    settings.cost_limits.get_or_insert(CostLimits {
        per_request: None,
        per_day: None,
        per_month: None,
        unknown_price: UnknownPrice::Deny,
    })
}

pub(super) fn usd(value: &str) -> Result<Option<u64>, String> {
    let problem =
        "expected dollars such as 0.25, at most 18 million with at most 12 decimal places";
    pico_usd(value).map(Some).ok_or_else(|| problem.into())
}

pub(super) fn unknown_price(value: &str) -> Result<UnknownPrice, String> {
    match value {
        "deny" => Ok(UnknownPrice::Deny),
        "allow" => Ok(UnknownPrice::Allow),
        "assume" => Ok(UnknownPrice::Assume(None)),
        _ => Err("expected deny, allow or assume".into()),
    }
}

pub(super) fn unsupported_content(value: &str) -> Result<UnsupportedContent, String> {
    UnsupportedContent::of_word(value).ok_or_else(|| "expected error or replace".into())
}

pub(super) fn bytes(value: &str) -> Result<usize, String> {
    match value.parse() {
        Ok(bytes) if bytes > 0 => Ok(bytes),
        _ => Err("expected a number of bytes above 0".into()),
    }
}

pub(super) fn milliseconds(value: &str) -> Result<u32, String> {
    match value.parse() {
        Ok(milliseconds) if milliseconds > 0 => Ok(milliseconds),
        _ => Err("expected milliseconds, 1 to 4294967295".into()),
    }
}

pub(super) fn list(value: &str) -> Result<Vec<String>, String> {
    let entries = value.split(',').map(|entry| entry.trim().to_owned());
    let entries: Vec<String> = entries.collect();
    if entries.iter().any(String::is_empty) {
        return Err("expected entries separated by commas, got an empty one".into());
    }
    Ok(entries)
}

pub(super) fn provider(value: &str) -> Result<String, String> {
    if alias::is_provider(value) {
        return Ok(value.to_owned());
    }
    Err("expected a provider's name such as bedrock, without a slash".into())
}

pub(super) fn aliases(value: &str) -> Result<Vec<Alias>, String> {
    let expected = || ["for each name: ", alias::EXPECTED].concat();
    let object = Object::parse(value.as_bytes()).map_err(|_| expected())?;
    alias::read(&object).map_err(|_| expected())
}

/// Objects by provider, so that a slip of the pen does not go unnoticed.
pub(super) fn extensions(value: &str) -> Result<String, String> {
    let expected = "expected JSON such as {\"bedrock\": {\"pingMs\": 15000}}";
    let object = Object::parse(value.as_bytes()).map_err(|_| expected)?;
    match object.members().all(|(_, raw)| raw.starts_with('{')) {
        true => Ok(value.to_owned()),
        false => Err(expected.into()),
    }
}

/// Names of members, `*` for all, or `off` for none.
pub(super) fn members(value: &str) -> Result<Members, String> {
    match value {
        "*" => Ok(Members::All),
        "off" => Ok(Members::These(Vec::new())),
        _ => list(value).map(Members::These),
    }
}

/// Names of hosts, without ports.
pub(super) fn hosts(value: &str) -> Result<Vec<String>, String> {
    let hosts = list(value)?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
    let is_address = |host: &str| {
        let inner = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        inner.is_some_and(|host| host.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'))
    };
    let is_host = |host: &String| host.bytes().all(is_plain) || is_address(host);
    match hosts.iter().all(is_host) {
        true => Ok(hosts.iter().map(|host| host.to_ascii_lowercase()).collect()),
        false => Err(
            "expected names of hosts such as gateway.internal or [::1], without https:// and ports"
                .into(),
        ),
    }
}

/// A switch, or how much.
pub(super) fn log(value: &str) -> Result<Log, String> {
    match (value, switch(value)) {
        ("errors", _) => Ok(Log::WithErrors),
        (_, Ok(true)) => Ok(Log::On),
        (_, Ok(false)) => Ok(Log::Off),
        _ => Err("expected on, off or errors".into()),
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

pub(super) fn header(value: &str) -> Result<String, String> {
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
