//! Reading, writing and repairing JSON.

use std::collections::BTreeMap;

use bedrock_provider::json::{self, Node, Object, Text, Writer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Any bytes, as JSON text.
pub fn json(data: &[u8]) {
    agrees(data);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    writes(text);
    let Ok(legal) = json::verbatim(text) else {
        assert!(
            Node::object(text).is_err(),
            "a tree of what is no JSON: {text:?}"
        );
        return;
    };
    let whole = json::whole_characters(legal);
    // serde_json reads numbers and depths that are refused elsewhere; a text without them is whole for it.
    if let Err(error) = serde_json::from_str::<Value>(&whole) {
        let message = error.to_string();
        assert!(
            message.contains("number out of range"),
            "{message}: {whole:?}"
        );
    }
    assert_eq!(json::whole_characters(&whole), whole, "repaired twice");
    if let Ok(object) = Object::parse(legal.as_bytes()) {
        reads(legal, &object);
        let mut writer = Writer::default();
        writer.object(|w| {
            for (name, value) in object.all() {
                w.verbatim_name(name).raw(value);
            }
        });
        let again = writer.into_string();
        let again = Object::parse(again.as_bytes()).expect("what was written");
        let expected = owned(&object).map(|(name, value)| (name, json::whole_characters(value)));
        let again = owned(&again).map(|(name, value)| (name, value.into()));
        assert!(again.eq(expected), "written again: {legal:?}");
        if let Some(named) = json::without_empty_names(legal).expect("what was read") {
            json::verbatim(&named).expect("JSON");
            assert_eq!(json::without_empty_names(&named), Ok(None), "of {legal:?}");
        }
    }
}

fn owned<'a>(object: &Object<'a>) -> impl Iterator<Item = (String, &'a str)> {
    let members = object.all();
    members.map(|(name, value)| (name.into_string(), value))
}

/// Taken or refused as serde_json does, member by member.
fn agrees(data: &[u8]) {
    let theirs = serde_json::from_slice::<BTreeMap<String, Box<RawValue>>>(data);
    match (theirs, Object::parse(data)) {
        (Ok(theirs), Ok(ours)) => {
            for (name, value) in &theirs {
                let value = Some(value.get()).filter(|value| *value != "null");
                assert_eq!(ours.raw(name), value, "{name:?}");
            }
        }
        (Err(_), Err(_)) => {}
        // A name with half a surrogate pair is no `String`, and is JSON all the same.
        (Err(_), Ok(_)) if String::from_utf8_lossy(data).contains("\\u") => {}
        (theirs, ours) => panic!("serde_json says {theirs:?}, we say {ours:?}"),
    }
}

/// The tree and the object have the same members.
fn reads(legal: &str, object: &Object<'_>) {
    let tree = Node::object(legal).expect("an object");
    let members = tree.members().expect("an object");
    assert_eq!(members.list.len(), object.all().count(), "{legal:?}");
    for ((name, node), (own, value)) in members.list.iter().zip(object.all()) {
        assert_eq!((&**name, node.raw), (&*own.into_cow(), value), "{legal:?}");
        let last = members.get(name).map(|node| node.raw);
        let found = last.filter(|raw| *raw != "null");
        assert_eq!(object.raw(name), found, "{name:?} of {legal:?}");
    }
}

/// A text that is written reads as the same.
fn writes(text: &str) {
    let mut writer = Writer::default();
    writer.text(text);
    let literal = writer.into_string();
    assert_eq!(
        serde_json::from_str::<String>(&literal).ok().as_deref(),
        Some(text)
    );
    let own = Text::of_literal(&literal).map(Text::into_string);
    assert_eq!(own.as_deref(), Some(text), "{literal}");
}
