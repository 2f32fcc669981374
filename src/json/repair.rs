//! JSON that is legal, and that strict readers refuse all the same.
//!
//! Both repairs borrow what needs none, which is found out in one pass.

use std::borrow::Cow;

use super::{Error, Object, Writer, elements};

/// JSON text in which half a surrogate pair is U+FFFD: RFC 8259 (section 8.2) lets it stand, and it is no character.
pub fn whole_characters(json: &str) -> Cow<'_, str> {
    const REPLACEMENT: &str = "\\ufffd";
    let mut whole = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(found) = json.get(at..).and_then(|rest| rest.find('\\')) {
        let start = at + found;
        at = match (unit(json, start), unit(json, start + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => start + 12,
            (Some(0xD800..=0xDFFF), _) => {
                whole.push_str(json.get(kept..start).unwrap_or_default());
                whole.push_str(REPLACEMENT);
                kept = start + 6;
                kept
            }
            // The character behind a backslash begins no escape.
            _ => start + 2,
        };
    }
    if kept == 0 {
        return Cow::Borrowed(json);
    }
    whole.push_str(json.get(kept..).unwrap_or_default());
    Cow::Owned(whole)
}

/// The UTF-16 unit of the escape that begins at `start`.
fn unit(json: &str, start: usize) -> Option<u16> {
    let digits = json.get(start..start + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

/// An object without members whose name is empty, at any depth; none where there are no such members.
pub fn without_empty_names(json: &str) -> Result<Option<String>, Error> {
    if !has_empty_name(json) {
        return Ok(None);
    }
    let mut writer = Writer::default();
    write_named(&mut writer, json)?;
    Ok(Some(writer.into_string()))
}

/// In legal JSON two quotes in a row and a colon behind them are an empty name, unless the first is escaped.
fn has_empty_name(json: &str) -> bool {
    json.match_indices("\"\"").any(|(at, quotes)| {
        let (before, behind) = (json.get(..at), json.get(at + quotes.len()..));
        !before.unwrap_or_default().ends_with('\\')
            && behind.unwrap_or_default().trim_start().starts_with(':')
    })
}

fn write_named(w: &mut Writer, json: &str) -> Result<(), Error> {
    let mut result = Ok(());
    match json.as_bytes().first() {
        _ if !has_empty_name(json) => w.raw(json),
        Some(b'[') => {
            let elements = elements(json)?;
            w.array(|w| result = elements.iter().try_for_each(|json| write_named(w, json)));
        }
        _ => {
            let object = Object::parse(json.as_bytes())?;
            w.object(|w| {
                result = object.all().try_for_each(|(name, value)| {
                    if name.is_empty() {
                        return Ok(());
                    }
                    write_named(w.verbatim_name(name), value)
                });
            });
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn half_a_pair_is_replaced_and_a_whole_one_is_not() {
        for (json, expected) in [
            (r#"{"a":"\ud99c b"}"#, r#"{"a":"\ufffd b"}"#),
            (r#"["\udc00","\ud83d"]"#, r#"["\ufffd","\ufffd"]"#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\uD83D\n\uDE00""#, r#""\ufffd\n\ufffd""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#""é\"\u00e9""#, r#""é\"\u00e9""#),
            ("\\", "\\"),
            ("", ""),
        ] {
            assert_eq!(whole_characters(json), expected, "{json}");
        }
        assert!(matches!(
            whole_characters(r#""\ud83d\ude00""#),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn members_without_a_name_go_at_any_depth() {
        for (json, expected) in [
            (r#"{"a":1,"":2}"#, Some(r#"{"a":1}"#)),
            (r#"{"" : {"x":1}}"#, Some("{}")),
            (
                r#"{"a":[{"":1,"b":{"":{},"c":"\"\":"}}],"d" : 1.50}"#,
                Some(r#"{"a":[{"b":{"c":"\"\":"}}],"d":1.50}"#),
            ),
            (r#"{"a":"","b":["",""]}"#, None),
            (r#"{"a\"":":","b":"\"\":"}"#, None),
            (
                r#"{"a":null,"\u00e9":null,"":null}"#,
                Some(r#"{"a":null,"\u00e9":null}"#),
            ),
        ] {
            let without = without_empty_names(json).expect(json);
            assert_eq!(without.as_deref(), expected, "{json}");
        }
    }

    fn named(value: Value) -> Value {
        match value {
            Value::Object(members) => members
                .into_iter()
                .filter(|(name, _)| !name.is_empty())
                .map(|(name, value)| (name, named(value)))
                .collect(),
            Value::Array(elements) => elements.into_iter().map(named).collect(),
            other => other,
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let text = r#"[a"\\: ]{0,3}"#;
        let leaf = prop_oneof![Just(Value::Null), text.prop_map(Value::from)];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((text, inner), 0..4)
                    .prop_map(|pairs| serde_json::Map::from_iter(pairs).into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_else_goes(value in value(), pretty in any::<bool>()) {
            let value = serde_json::json!({ "member": value });
            let json = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let json = json.expect("JSON");
            let without = without_empty_names(&json).expect("JSON");
            let without = serde_json::from_str::<Value>(without.as_deref().unwrap_or(&json));
            prop_assert_eq!(without.expect("JSON"), named(value));
        }

        #[test]
        fn every_text_is_whole_then(units in proptest::collection::vec(0xd700u16..0xe100, 0..6)) {
            let escapes: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let json = format!("\"{escapes}\"");
            let text: String = serde_json::from_str(&whole_characters(&json)).expect("JSON");
            prop_assert_eq!(text, String::from_utf16_lossy(&units));
        }
    }
}
