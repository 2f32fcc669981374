//! What a key may be used for: which models, in which regions, for how much.
//!
//! ```json
//! {"ann": {"models": ["fast", "us.anthropic.claude-*"], "regions": ["us-*"], "maxUsdPerDay": "5"},
//!  "*": {"models": ["fast"]}}
//! ```
//!
//! By the names of keys; `*` holds for all others. `models` are names of `GATEWAY_MODELS`, ids and ARNs, `regions` what a
//! client's name, ARN or own credentials may say, both with `*` for any text; what is left out is not limited. Where
//! nothing says a region, the operator's own is called; fallbacks that the rule does not allow are left out. `maxUsdPerRequest`,
//! `maxUsdPerDay` and `maxUsdPerMonth` stand instead of the gateway's own.

use bedrock_provider::canonical::{CostLimits, Error, ErrorKind, UnknownPrice};
use bedrock_provider::json::{Object, Text};
use bedrock_provider::target::place::Place;
use llm_dialects::pico_usd;

use crate::keys::Keys;

/// The name that holds for all keys without rules of their own.
const OTHERS: &str = "*";

const EXPECTED: &str = "expected JSON such as {\"ann\": {\"models\": [\"us.amazon.*\"], \"regions\": [\"us-*\"], \
                        \"maxUsdPerDay\": \"5\"}}";

const MEMBERS: &[&str] = &[
    "models",
    "regions",
    "maxUsdPerRequest",
    "maxUsdPerDay",
    "maxUsdPerMonth",
];

/// By the names of keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules(Vec<(String, Rule)>);

/// Of one key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rule {
    models: Option<Vec<String>>,
    regions: Option<Vec<String>>,
    per_request: Option<u64>,
    per_day: Option<u64>,
    per_month: Option<u64>,
}

impl Rules {
    /// Of the setting; an error says what was expected and repeats nothing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let object = Object::parse(text.as_bytes()).map_err(|_| EXPECTED)?;
        let names = object.all().map(|(name, _)| name.into_string());
        let rules = names.map(|name| {
            let rule = object.object(&name).ok().flatten();
            let rule = rule.and_then(|rule| Rule::read(&rule));
            Ok((name, rule.ok_or(EXPECTED)?))
        });
        rules.collect::<Result<_, String>>().map(Rules)
    }

    /// Whether they are for a key that there is not.
    pub fn has_stranger(&self, keys: &Keys) -> bool {
        let mut names = self.0.iter().map(|(name, _)| name);
        names.any(|name| name != OTHERS && !keys.has_name(name))
    }

    /// Whether one has a limit by day or month.
    pub fn need_a_ledger(&self) -> bool {
        let mut rules = self.0.iter().map(|(_, rule)| rule);
        rules.any(|rule| rule.per_day.or(rule.per_month).is_some())
    }

    /// What holds for a caller.
    pub fn of(&self, caller: Option<&str>) -> Option<&Rule> {
        let find = |name: &str| self.0.iter().find(|(own, _)| own == name);
        let (_, rule) = caller.and_then(find).or_else(|| find(OTHERS))?;
        Some(rule)
    }
}

impl Rule {
    fn read(object: &Object<'_>) -> Option<Self> {
        // What is null would be no limit where one was meant.
        let is_known = |(name, value): (Text<'_>, &str)| {
            value != "null" && MEMBERS.iter().any(|own| name == **own)
        };
        if !object.all().all(is_known) {
            return None;
        }
        let patterns = |name| {
            let is_there = object.raw(name).is_some();
            let elements = object.elements(name).ok()?.into_iter();
            let texts = elements.map(|raw| Some(Text::of_literal(raw)?.into_string()));
            texts
                .collect::<Option<Vec<_>>>()
                .map(|texts| is_there.then_some(texts))
        };
        let usd = |name| match object.raw(name) {
            None => Some(None),
            // A number is a price too, as it is written.
            Some(raw) => pico_usd(raw.trim_matches('"')).map(Some),
        };
        Some(Rule {
            models: patterns("models")?,
            regions: patterns("regions")?,
            per_request: usd("maxUsdPerRequest")?,
            per_day: usd("maxUsdPerDay")?,
            per_month: usd("maxUsdPerMonth")?,
        })
    }

    /// Whether a client may call `named`, the canonical name, which is that of the operator's name `alias`, if it is one.
    /// `region` is what the client says besides.
    ///
    /// # Errors
    /// `permission`, which says whether the model or the region is not allowed.
    pub fn admit(
        &self,
        alias: Option<&str>,
        named: &str,
        region: Option<&str>,
    ) -> Result<(), Error> {
        let place = Place::of(named);
        // Of another provider's name, what is behind its own; of ours, without the region that the client chose.
        let id = match &place {
            Some(place) => place.id,
            None => named.split_once('/').map_or(named, |(_, id)| id),
        };
        if !self.admits_model(id) && !alias.is_some_and(|alias| self.admits_model(alias)) {
            return Err(forbidden("this model is not allowed for this API key"));
        }
        let named = place.and_then(|place| place.region);
        match named
            .into_iter()
            .chain(region)
            .all(|region| self.admits_region(region))
        {
            true => Ok(()),
            false => Err(forbidden("this region is not allowed for this API key")),
        }
    }

    /// Whether a model of this name may be called.
    pub fn admits_model(&self, name: &str) -> bool {
        let mut patterns = self.models.iter().flatten();
        self.models.is_none() || patterns.any(|pattern| matches(pattern, name))
    }

    fn admits_region(&self, region: &str) -> bool {
        let mut patterns = self.regions.iter().flatten();
        self.regions.is_none() || patterns.any(|pattern| matches(pattern, region))
    }

    /// Whether one of `context.fallbacks` may be tried.
    pub fn admits_fallback(&self, fallback: &str) -> bool {
        let named = ["bedrock/", fallback].concat();
        match Place::of(&named) {
            Some(place) if place.is_region() => self.admits_region(place.id),
            _ => self.admit(None, &named, None).is_ok(),
        }
    }

    /// The limits of a call: this key's, and else the gateway's.
    pub fn limits(&self, all: Option<CostLimits>) -> Option<CostLimits> {
        if [self.per_request, self.per_day, self.per_month] == [None; 3] {
            return all;
        }
        let all = all.unwrap_or(CostLimits {
            per_request: None,
            per_day: None,
            per_month: None,
            unknown_price: UnknownPrice::Deny,
        });
        Some(CostLimits {
            per_request: self.per_request.or(all.per_request),
            per_day: self.per_day.or(all.per_day),
            per_month: self.per_month.or(all.per_month),
            ..all
        })
    }
}

fn forbidden(message: &str) -> Error {
    Error {
        path: Some("model".into()),
        status: Some(403),
        ..Error::new(ErrorKind::Permission, message)
    }
}

/// Whether `text` is what `pattern` says, in which `*` is any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(first) else {
        return false;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    // The earliest place of each leaves the most for those behind it.
    for part in middle.split('*') {
        let Some(at) = left.find(part) else {
            return false;
        };
        left = left.get(at + part.len()..).unwrap_or_default();
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "abc", true),
            ("a*", "ba", false),
            ("*c", "abc", true),
            ("a*c", "abc", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("a**c", "ac", true),
            ("*é*", "caféx", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_model_is_allowed_by_each_of_its_names_and_only_where_it_is_allowed() {
        const ARN: &str = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/us.amazon.nova";
        let rules = Rules::parse(
            r#"{"ann": {"models": ["fast", "us.amazon.*", "arn:*", "claude-sonnet-4-5"], "regions": ["us-*"]}}"#,
        )
        .unwrap();
        let ann = rules.of(Some("ann")).unwrap();
        for (alias, named, region, expected) in [
            (Some("fast"), "bedrock/other.x", None, Ok(())),
            (Some("fast"), "bedrock/other.x[1m]", None, Ok(())),
            (None, "bedrock/us.amazon.x", None, Ok(())),
            (None, "other/us.amazon.x", None, Ok(())),
            (None, "bedrock/us-west-2/us.amazon.x", None, Ok(())),
            (None, "bedrock/us.amazon.x[1m]", Some("us-east-1"), Ok(())),
            (None, "bedrock/claude-sonnet-4-5", None, Ok(())),
            (None, "bedrock/fast", None, Ok(())),
            (None, "bedrock/eu-west-1/us.amazon.x", None, Err("region")),
            (
                None,
                "bedrock/us.amazon.x",
                Some("eu-west-1"),
                Err("region"),
            ),
            (None, &["bedrock/", ARN].concat(), None, Err("region")),
            (None, "bedrock/eu.amazon.x", None, Err("model")),
            (None, "bedrock/us-fast-1/eu.amazon.x", None, Err("model")),
            (Some("slow"), "bedrock/eu.amazon.x", None, Err("model")),
            (Some("fast"), "bedrock/eu-west-1/x", None, Err("region")),
        ] {
            match (ann.admit(alias, named, region), expected) {
                (Ok(()), Ok(())) => {}
                (Err(error), Err(word)) => {
                    assert_eq!(error.kind, ErrorKind::Permission);
                    let says = format!("this {word} is not allowed");
                    assert!(error.message.starts_with(&says), "{}", error.message);
                }
                (seen, _) => panic!("{alias:?} {named}: {seen:?}"),
            }
        }
        for (fallback, expected) in [
            ("us-west-2", true),
            ("eu-west-3", false),
            ("us.amazon.y", true),
            ("us.anthropic.x", false),
            ("us-west-2/us.amazon.y", true),
            ("eu-west-3/us.amazon.y", false),
        ] {
            assert_eq!(ann.admits_fallback(fallback), expected, "{fallback}");
        }
        assert_eq!(rules.of(Some("bob")), None);
        assert_eq!(rules.of(None), None);
    }

    #[test]
    fn a_key_s_limits_stand_instead_of_the_gateway_s() {
        let text = r#"{"ann": {"maxUsdPerDay": "0.5"}, "*": {"maxUsdPerMonth": 3}}"#;
        let rules = Rules::parse(text).unwrap();
        let all = CostLimits {
            per_request: Some(1),
            per_day: Some(2),
            per_month: None,
            unknown_price: UnknownPrice::Allow,
        };
        let ann = rules.of(Some("ann")).unwrap().limits(Some(all)).unwrap();
        assert_eq!(
            (ann.per_request, ann.per_day),
            (Some(1), Some(500_000_000_000))
        );
        assert_eq!(ann.unknown_price, UnknownPrice::Allow);
        let others = rules.of(None).unwrap().limits(None).unwrap();
        assert_eq!(others.per_month, Some(3_000_000_000_000));
        assert_eq!(others.unknown_price, UnknownPrice::Deny);
        assert_eq!(Rule::default().limits(None), None);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for text in [
            "",
            "[]",
            r#"{"ann": []}"#,
            r#"{"ann": {"model": ["x"]}}"#,
            r#"{"ann": {"models": "x"}}"#,
            r#"{"ann": {"models": [1]}}"#,
            r#"{"ann": {"models": null}}"#,
            r#"{"ann": {"maxUsdPerDay": "-1"}}"#,
            r#"{"ann": {"maxUsdPerDay": "x"}}"#,
        ] {
            assert_eq!(Rules::parse(text), Err(EXPECTED.to_owned()), "{text}");
        }
    }
}
