//! Names that an operator gives to models: what clients may call them, what they stand for, and the model behind an ARN
//! that does not tell it.
//!
//! ```json
//! {"fast": "us.amazon.nova-lite-v1:0",
//!  "sonnet": {"model": "arn:aws:bedrock:…:application-inference-profile/x",
//!             "base": "anthropic.claude-sonnet-4-5-20250929-v1:0",
//!             "fallbacks": ["us-west-2", "us.amazon.nova-pro-v1:0"]}}
//! ```

use std::borrow::Cow;

use bedrock_provider::Counts;
use bedrock_provider::json::{Object, Text, Writer};

/// How clients mark a name to ask for a context of a million tokens.
const LONG_CONTEXT: &str = "[1m]";

/// One name.
#[derive(Debug, Clone, PartialEq)]
pub struct Alias {
    /// What clients call it.
    pub name: String,
    /// What it stands for, with or without the provider's name before it.
    pub model: String,
    /// The foundation model behind it, where its own id does not tell that.
    pub base: Option<String>,
    /// As `context.fallbacks`; none: those of the gateway.
    pub fallbacks: Option<Vec<String>>,
}

/// What a member of the object is.
pub const EXPECTED: &str = "expected a model's name, or {\"model\", \"base\", \"fallbacks\"}, as in {\"fast\": \"us.amazon.nova-lite-v1:0\", \
                            \"own\": {\"model\": \"arn:…\", \"base\": \"anthropic.claude-…\"}}";

/// All of an object's.
///
/// # Errors
/// The name whose value is something else.
pub fn read(object: &Object<'_>) -> Result<Vec<Alias>, String> {
    let values: Vec<&str> = object.all().map(|(_, value)| value).collect();
    // Of each name the last counts; its place is here.
    let mut places = Counts::default();
    for (place, (name, _)) in (0..).zip(object.all()) {
        places.set(name.into_string(), place);
    }
    let members = object.members().map(|(name, _)| name.into_string());
    let read = |name: String| {
        let place = usize::try_from(places.of(&name)).unwrap_or(0);
        let value = values.get(place).copied().unwrap_or_default();
        one(value, &name).ok_or(name)
    };
    members.map(read).collect()
}

fn one(value: &str, name: &str) -> Option<Alias> {
    let text = |object: &Object<'_>, name: &str| object.string(name).ok();
    let is_there = |text: &String| !text.trim().is_empty();
    let mut fallbacks = None;
    let (model, base) = match Object::parse(value.as_bytes()) {
        Ok(inner) => {
            if inner
                .others(&["model", "base", "fallbacks"])
                .next()
                .is_some()
            {
                return None;
            }
            if inner.raw("fallbacks").is_some() {
                let elements = inner.elements("fallbacks").ok()?.into_iter();
                let texts = elements.map(|raw| Some(Text::of_literal(raw)?.into_string()));
                fallbacks = Some(texts.collect::<Option<Vec<_>>>()?);
            }
            (text(&inner, "model")?, text(&inner, "base")?)
        }
        Err(_) => (Text::of_literal(value).map(Text::into_string), None),
    };
    // A base that says nothing is a slip of the pen.
    if base.as_ref().is_some_and(|base| !is_there(base)) || name.is_empty() {
        return None;
    }
    Some(Alias {
        name: name.to_owned(),
        model: model.filter(is_there)?,
        base,
        fallbacks,
    })
}

/// The entry of a client's name, and the mark behind the name that asks for a long context, if there is one.
pub fn find<'a, 'n>(aliases: &'a [Alias], name: &'n str) -> Option<(&'a Alias, &'n str)> {
    let find = |name: &str| aliases.iter().find(|alias| alias.name == name);
    if let Some(alias) = find(name) {
        return Some((alias, ""));
    }
    let (name, mark) = name.split_at_checked(name.len().checked_sub(LONG_CONTEXT.len())?)?;
    let alias = find(name).filter(|_| mark.eq_ignore_ascii_case(LONG_CONTEXT))?;
    Some((alias, mark))
}

/// What a client's name stands for. `[1m]` behind it, which asks for a long context, stays behind that.
pub fn meant<'a>(aliases: &'a [Alias], name: &str) -> Option<Cow<'a, str>> {
    match find(aliases, name)? {
        (alias, "") => Some(Cow::Borrowed(&alias.model)),
        (alias, mark) => Some(Cow::Owned([&alias.model, mark].concat())),
    }
}

/// A word as it stands before the slash of a model's name.
pub fn is_provider(word: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
    !word.is_empty() && word.bytes().all(is_plain)
}

/// The provider's name for a model: what it stands for, with the provider's name before it where there is none. What a
/// client has before a slash is a provider only where it is this one: others have there who made the model
/// (`openai/gpt-oss-120b`), and an ARN has a slash too.
pub fn named(aliases: &[Alias], provider: &str, name: &str) -> String {
    let ours = meant(aliases, name);
    let model = ours.as_deref().unwrap_or(name);
    match model.split_once('/') {
        Some((before, _)) if before == provider || ours.is_some() && is_provider(before) => {
            model.to_owned()
        }
        _ => [provider, "/", model].concat(),
    }
}

/// The member `baseModels` of the provider's object in `context.extensions`, where there is one: each base by its model's
/// id. `more` are members that it has besides.
pub fn base_models(aliases: &[Alias], provider: &str, more: Option<&Object<'_>>) -> Option<String> {
    let prefix = [provider, "/"].concat();
    let bare = |model: &str| {
        let id = model.strip_prefix(&*prefix).unwrap_or(model);
        id.strip_suffix(LONG_CONTEXT).unwrap_or(id).to_owned()
    };
    let bases = aliases
        .iter()
        .filter_map(|alias| Some((bare(&alias.model), alias.base.as_ref()?)));
    let bases: Vec<_> = bases.collect();
    if bases.is_empty() {
        return None;
    }
    let mut w = Writer::default();
    w.object(|w| {
        for (id, base) in more.into_iter().flat_map(Object::members) {
            w.name(&id.into_string()).raw(base);
        }
        for (id, base) in bases {
            w.name(&id).text(base);
        }
    });
    Some(w.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aliases(json: &str) -> Result<Vec<Alias>, String> {
        read(&Object::parse(json.as_bytes()).expect("an object"))
    }

    #[test]
    fn a_name_stands_for_a_model_and_may_tell_its_base() {
        let read = aliases(
            r#"{"fast":"bedrock/a","own":{"model":"bedrock/arn:aws:x","base":"b"},"other":{"model":"arn:aws:y"},"gone":null}"#,
        )
        .expect("aliases");
        let seen: Vec<_> = read
            .iter()
            .map(|alias| {
                (
                    alias.name.as_str(),
                    alias.model.as_str(),
                    alias.base.as_deref(),
                )
            })
            .collect();
        let expected = [
            ("fast", "bedrock/a", None),
            ("own", "bedrock/arn:aws:x", Some("b")),
            ("other", "arn:aws:y", None),
        ];
        assert_eq!(seen, expected);
        for (name, model) in [
            ("own", Some("bedrock/arn:aws:x")),
            ("own[1m]", Some("bedrock/arn:aws:x[1m]")),
            ("own[2m]", None),
            ("arn:aws:x", None),
            ("[1m]", None),
            ("", None),
        ] {
            assert_eq!(meant(&read, name).as_deref(), model, "{name}");
        }
        let bases = base_models(&read, "bedrock", None);
        assert_eq!(bases.as_deref(), Some(r#"{"arn:aws:x":"b"}"#));
        let more = Object::parse(br#"{"arn:aws:z":"c"}"#).expect("an object");
        let bases = base_models(&read, "bedrock", Some(&more));
        assert_eq!(
            bases.as_deref(),
            Some(r#"{"arn:aws:z":"c","arn:aws:x":"b"}"#)
        );
        assert_eq!(base_models(&read[..1], "bedrock", Some(&more)), None);
    }

    #[test]
    fn a_base_is_told_by_the_id_alone() {
        let long =
            aliases(r#"{"long":{"model":"bedrock/arn:aws:x[1m]","base":"b"}}"#).expect("one");
        let bases = base_models(&long, "bedrock", None);
        assert_eq!(bases.as_deref(), Some(r#"{"arn:aws:x":"b"}"#));
    }

    #[test]
    fn what_is_no_model_is_named() {
        for value in [
            "1",
            "\"\"",
            "[]",
            "{}",
            r#"{"model":""}"#,
            r#"{"base":"b"}"#,
            r#"{"model":"m","base":""}"#,
            r#"{"model":"m","base":1}"#,
            r#"{"model":"m","bsae":"b"}"#,
        ] {
            let json = format!(r#"{{"fine":"m","wrong":{value}}}"#);
            assert_eq!(aliases(&json), Err("wrong".into()), "{value}");
        }
        assert_eq!(aliases(r#"{"":"m"}"#), Err(String::new()));
    }
}
