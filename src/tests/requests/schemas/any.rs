//! Whatever schema is given, what goes out is of the subset that its place takes.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::*;

/// Members of a schema that hold no schema.
const PLAIN: &[&str] = &[
    r#""type":"object""#,
    r#""type":"string""#,
    r#""type":"integer""#,
    r#""type":"array""#,
    r#""type":["object","null"]"#,
    r#""description":"d""#,
    r#""description":"""#,
    r#""title":"t""#,
    r#""default":null"#,
    r#""default":{"type":"object"}"#,
    r#""enum":["a",1,null]"#,
    r#""enum":[{"a":1}]"#,
    r#""const":"a""#,
    r#""required":["a","$b"]"#,
    r#""required":null"#,
    r#""additionalProperties":false"#,
    r#""additionalProperties":true"#,
    r#""minimum":0"#,
    r#""exclusiveMaximum":true"#,
    r#""multipleOf":0.5"#,
    r#""minItems":1"#,
    r#""minItems":2"#,
    r#""maxItems":3"#,
    r#""uniqueItems":true"#,
    r#""maxLength":4"#,
    r#""minLength":4"#,
    r#""pattern":"^a$""#,
    r#""pattern":"(?=a)""#,
    r#""format":"date""#,
    r#""format":"slug""#,
    r#""nullable":true"#,
    r#""x-y":{"properties":{"":1}}"#,
    r#""$schema":"s""#,
    r#""$comment":"c""#,
    r##""$ref":"#/$defs/A""##,
    r##""$ref":"#/$defs/B""##,
    r##""$ref":"#""##,
    r#""$ref":"https://example.org""#,
];

/// Keywords that hold a schema, several, or some by name.
const SINGLE: &[&str] = &["items", "additionalProperties", "not", "contains", "if"];
const LISTS: &[&str] = &["anyOf", "oneOf", "allOf", "prefixItems", "items"];
const MAPS: &[&str] = &["properties", "patternProperties", "dependentSchemas"];
const NAMES: &[&str] = &[
    "a",
    "b.c-d_1",
    "$b",
    "x y",
    "",
    "名前",
    "properties",
    "$ref",
    "type",
];

fn object(members: &[String]) -> String {
    // No name twice: what such an object means, readers disagree about.
    let mut names: Vec<&str> = Vec::new();
    let mut once = Vec::new();
    for member in members {
        let name = member.split(':').next().unwrap_or_default();
        if !names.contains(&name) {
            names.push(name);
            once.push(member.as_str());
        }
    }
    format!("{{{}}}", once.join(","))
}

fn schema() -> impl Strategy<Value = String> {
    let plain = || select(PLAIN).prop_map(str::to_owned);
    let leaf = prop_oneof![
        1 => Just("true".to_owned()),
        1 => Just("{}".to_owned()),
        9 => vec(plain(), 1..4).prop_map(|members| object(&members)),
    ];
    leaf.prop_recursive(4, 40, 4, move |inner| {
        let single = (select(SINGLE), inner.clone())
            .prop_map(|(name, schema)| format!(r#""{name}":{schema}"#));
        let list = (select(LISTS), vec(inner.clone(), 0..3))
            .prop_map(|(name, schemas)| format!(r#""{name}":[{}]"#, schemas.join(",")));
        let map = (select(MAPS), vec((select(NAMES), inner), 0..3)).prop_map(|(name, schemas)| {
            let members: Vec<_> = schemas
                .iter()
                .map(|(name, schema)| format!(r#""{name}":{schema}"#))
                .collect();
            format!(r#""{name}":{}"#, object(&members))
        });
        let member = prop_oneof![3 => plain(), 2 => map, 1 => single, 1 => list];
        vec(member, 1..5).prop_map(|members| object(&members))
    })
}

/// A root with definitions, of an object more often than not.
fn root() -> impl Strategy<Value = String> {
    let text = |schema: String| serde_json::from_str::<Value>(&schema).expect("JSON");
    (schema(), schema(), schema(), any::<bool>()).prop_map(move |(inner, a, b, is_object)| {
        let mut root = match text(inner) {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        root.insert("$defs".into(), json!({"A": text(a), "B": text(b)}));
        if is_object {
            root.insert("type".into(), json!("object"));
        }
        Value::Object(root).to_string()
    })
}

/// Each schema in one, by the keywords that hold some.
fn visit(schema: &Value, see: &mut dyn FnMut(&Map<String, Value>)) {
    let Some(members) = schema.as_object() else {
        return;
    };
    see(members);
    for (keyword, value) in members {
        let maps = ["$defs", "definitions"];
        match value {
            Value::Array(list) if LISTS.contains(&keyword.as_str()) => {
                list.iter().for_each(|schema| visit(schema, see));
            }
            Value::Object(map)
                if MAPS.contains(&keyword.as_str()) || maps.contains(&keyword.as_str()) =>
            {
                map.values().for_each(|schema| visit(schema, see));
            }
            other if SINGLE.contains(&keyword.as_str()) => visit(other, see),
            _ => {}
        }
    }
}

/// What constrained decoding takes, said a second time.
fn assert_constrained(schema: &Value) {
    const TAKEN: &[&str] = &[
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "const",
        "anyOf",
        "$ref",
        "$defs",
        "definitions",
        "description",
        "title",
        "default",
        "format",
        "pattern",
        "minItems",
        "minLength",
    ];
    visit(schema, &mut |members| {
        let shown = Value::Object(members.clone());
        for name in members.keys() {
            assert!(TAKEN.contains(&name.as_str()), "{name} in {shown}");
        }
        let kinds = &members.get("type").cloned().unwrap_or_default();
        let is_object = kinds == "object"
            || kinds
                .as_array()
                .is_some_and(|all| all.contains(&json!("object")));
        if is_object || members.contains_key("properties") {
            assert_eq!(
                members.get("additionalProperties"),
                Some(&json!(false)),
                "{shown}"
            );
        }
        let is_known = ["type", "enum", "const", "anyOf", "$ref"];
        assert!(
            is_known.iter().any(|name| members.contains_key(*name)),
            "{shown}"
        );
        let pattern = members
            .get("pattern")
            .map(Value::to_string)
            .unwrap_or_default();
        assert!(!pattern.contains("(?"), "{shown}");
        let least = members
            .get("minItems")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        assert!(least < 2, "{shown}");
    });
}

fn assert_names(schema: &Value, is_legal: &dyn Fn(&str) -> bool) {
    visit(schema, &mut |members| {
        let properties = members.get("properties").and_then(Value::as_object);
        for name in properties.into_iter().flatten().map(|(name, _)| name) {
            assert!(is_legal(name), "{name:?} in {schema}");
        }
    });
}

fn is_limited(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(legal)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_native_schema_is_of_its_subset_or_another_way_is_taken(schema in root()) {
        let sent = send(&with_format(CLAUDE, &schema));
        if let Some(fitted) = native_schema(&sent) {
            let value: Value = serde_json::from_str(fitted).expect("JSON");
            assert_constrained(&value);
            assert_names(&value, &|name| !name.is_empty());
            let again = send(&with_format(CLAUDE, fitted));
            prop_assert_eq!(native_schema(&again), Some(fitted));
            prop_assert_eq!(again.warnings, []);
        } else {
            prop_assert!(sent.changed().contains(&"output.format"));
        }
    }

    #[test]
    fn a_tool_s_schema_is_of_its_family_s_subset(
        schema in root(),
        strict in any::<bool>(),
        model in select(&[CLAUDE, NOVA, LLAMA][..]),
    ) {
        let of = |schema: &str| Request {
            tools: vec![Tool { strict: Some(strict), ..tool("n", schema) }],
            ..hello(model)
        };
        let Ok(_) = prepare(&of(&schema), &Context::default(), Operation::Complete) else {
            // A root of another type.
            return Ok(());
        };
        let sent = send(&of(&schema));
        let (value, text) = tool_schema(&sent);
        prop_assert_eq!(&value["type"], "object");
        if spec(&sent)["strict"] == true {
            assert_constrained(&value);
        }
        match model {
            CLAUDE => {
                assert_names(&value, &is_limited);
                for refused in ["oneOf", "anyOf", "allOf"] {
                    prop_assert!(value.get(refused).is_none());
                }
            }
            _ => {
                assert_names(&value, &|name| !name.is_empty());
                visit(&value, &mut |members| {
                    let is_reference = members.get("$ref").is_some_and(Value::is_string);
                    assert!(!is_reference && !members.contains_key("$defs"), "{text}");
                });
            }
        }
        if model == NOVA {
            let taken = ["type", "properties", "required", "additionalProperties", "title"];
            let mut names = value.as_object().expect("an object").keys();
            prop_assert!(names.all(|name| taken.contains(&name.as_str())), "{}", text);
        }
        // What fits is not changed any more.
        let again = send(&of(&text));
        prop_assert_eq!(tool_schema(&again).1, text);
    }
}

/// References, names and definitions are found without a look through all of them.
#[test]
fn the_work_grows_with_the_schema_and_not_with_its_square() {
    let properties = |count: usize| {
        let of = |at: usize| format!(r##""$p{at}":{{"$ref":"#/$defs/d{at}"}}"##);
        let definition = |at: usize| format!(r#""d{at}":{{"type":"string","minimum":1}}"#);
        let name = |at: usize| format!(r#""$p{at}""#);
        let list =
            |one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<Vec<_>>().join(",");
        format!(
            r#"{{"type":"object","properties":{{{}}},"required":[{}],"$defs":{{{}}}}}"#,
            list(&of),
            list(&name),
            list(&definition)
        )
    };
    // Others use the processor too: the least of several counts.
    let took = |request: &Request| {
        let once = |_| {
            let start = std::time::Instant::now();
            prepare(request, &Context::default(), Operation::Complete).expect("a request");
            start.elapsed()
        };
        (0..3).map(once).min().expect("a time")
    };
    let requests = |count| {
        let schema = properties(count);
        [
            with_format(CLAUDE, &schema),
            with_tool(CLAUDE, &schema),
            with_tool(NOVA, &schema),
            Request {
                tools: vec![Tool {
                    strict: Some(true),
                    ..tool("n", &schema)
                }],
                ..hello(CLAUDE)
            },
        ]
    };
    for (few, many) in requests(1_000).iter().zip(&requests(8_000)) {
        let (few, many) = (took(few), took(many));
        // Eight times the schema; its square would be sixty-four.
        assert!(many < few * 24, "{few:?} for few, {many:?} for many");
    }
}
