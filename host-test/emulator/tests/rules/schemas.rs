//! Rules about JSON schemas: of native output, of strict tools, and of a family's tools.

use crate::cases::*;
use serde_json::{Value, json};

const OUTPUT: &str = "The model returned the following errors: output_config.format.schema: ";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = constrained();
    cases.extend(strict());
    cases.extend(tool_schemas());
    cases
}

/// A greeting whose answer is held to a schema.
fn answer(schema: Value) -> Value {
    let structure = json!({"jsonSchema": {"schema": schema.to_string()}});
    let format = json!({"type": "json_schema", "structure": structure});
    with(hello(), json!({"outputConfig": {"textFormat": format}}))
}

/// An object of these properties and no others.
fn closed(properties: Value) -> Value {
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// A closed object with one property.
fn held(property: Value) -> Value {
    closed(json!({"a": property}))
}

fn constrained() -> Vec<Case> {
    let open = "The model returned the following errors: output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false";
    let object = || json!({"type": "object"});
    let with_member = |member: &str, value: Value| {
        let mut schema = closed(json!({}));
        schema[member] = value;
        schema
    };
    let open_objects = [
        object(),
        json!({"properties": {}}),
        json!({"type": ["object", "null"]}),
        held(object()),
        held(json!({"type": "array", "items": object()})),
        held(json!({"type": "array", "prefixItems": [{"type": "string"}, object()]})),
        held(json!({"anyOf": [{"type": "null"}, object()]})),
        with_member("$defs", json!({"b": held(object())})),
        with_member("definitions", json!({"b": object()})),
    ];
    let open_maps = [
        (
            json!({"type": "object", "additionalProperties": true}),
            "true",
        ),
        (
            held(json!({"type": "object", "additionalProperties": true})),
            "true",
        ),
        (
            held(json!({"type": "object", "additionalProperties": {"type": "string"}})),
            "object",
        ),
    ];
    let limits = [
        (
            json!({"type": "number", "maximum": 9, "minimum": 0}),
            "For 'number' type, properties maximum, minimum are not supported",
        ),
        (
            json!({"type": "integer", "exclusiveMinimum": 0}),
            "For 'integer' type, property 'exclusiveMinimum' is not supported",
        ),
        (
            json!({"type": ["number", "null"], "exclusiveMaximum": 0}),
            "For 'number' type, property 'exclusiveMaximum' is not supported",
        ),
        (
            json!({"multipleOf": 2}),
            "For 'number' type, property 'multipleOf' is not supported",
        ),
        (
            json!({"type": "array", "items": {"type": "string"}, "maxItems": 3}),
            "For 'array' type, property 'maxItems' is not supported",
        ),
        (
            json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true}),
            "For 'array' type, property 'uniqueItems' is not supported",
        ),
        (
            json!({"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 8}]}),
            "For 'string' type, property 'maxLength' is not supported",
        ),
    ];
    let patterns = [
        "^(?=.*[0-9]).+$",
        "(?!a)b",
        "(?<=a)b",
        "(?<!a)b",
        r"(a)\1",
        r"(?<n>a)\k<n>",
    ];
    let regular = [
        r"^[^\]](?:a|b)+$",
        r"\\1",
        r"[(?=]",
        r"\(?=",
        r"^\d{3}-[a-z\d]*$",
    ];
    let recursive = || {
        with_member(
            "$defs",
            json!({"node": held(json!({"$ref": "#/$defs/node"}))}),
        )
    };
    let cycles = [
        (held(json!({"$ref": "#"})), "# -> #"),
        (recursive(), "node -> node"),
        (
            held(
                json!({"properties": {"b": {"$ref": "#/properties/a"}}, "additionalProperties": false}),
            ),
            "a -> a",
        ),
        (
            with_member(
                "definitions",
                json!({
                    "b": held(json!({"$ref": "#/definitions/c"})),
                    "c": {"anyOf": [{"type": "null"}, {"$ref": "#/definitions/b"}]},
                }),
            ),
            "c -> b -> c",
        ),
    ];
    let lost = [
        "https://json-schema.org/draft/2020-12/schema",
        "other.json#/$defs/a",
        "#/$defs/missing",
    ];
    // Names of properties, and values, are no keywords.
    let names = closed(json!({
        "minimum": {"type": "number"}, "additionalProperties": {"type": "string"},
        "$ref": {"enum": [{"maxLength": 1, "$ref": "x", "type": "object"}]},
        "pattern": {"const": {"pattern": "(?=a)"}}, "type": {"default": {"additionalProperties": true}},
    }));
    let taken = [
        json!({}),
        closed(json!({})),
        names,
        held(json!({"type": "string", "minLength": 1, "format": "date", "enum": ["a"]})),
        held(json!({"type": "array", "minItems": 0, "items": {"type": "string"}})),
        held(json!({"type": "array", "minItems": 1, "items": held(json!({"type": "null"}))})),
    ];
    let twice = json!({
        "type": "object", "additionalProperties": false,
        "properties": {"a": {"$ref": "#/$defs/b~1<c>"}, "b": {"$ref": "#/$defs/b~1%3Cc%3E"}},
        "$defs": {"b/<c>": held(json!({"$ref": "#/definitions/d"}))},
        "definitions": {"d": {"type": "string"}},
    });

    let mut cases = Vec::new();
    for schema in open_objects {
        cases.push(bad("schema-open-object", CLAUDE, answer(schema), open));
    }
    for (schema, given) in open_maps {
        let refused = format!(
            "{OUTPUT}For 'object' type, 'additionalProperties: {given}' is not supported. Please set 'additionalProperties' to false"
        );
        cases.push(bad("schema-open-map", CLAUDE, answer(schema), refused));
    }
    for (schema, words) in limits {
        let refused = format!("{OUTPUT}{words}");
        cases.push(bad("schema-limits", CLAUDE, answer(held(schema)), refused));
    }
    for pattern in patterns {
        let schema = held(json!({"type": "string", "pattern": pattern}));
        cases.push(bad(
            "schema-pattern",
            CLAUDE,
            answer(schema),
            "The model returned the following errors: output_config.format.schema: For 'string' type, ",
        ));
    }
    for pattern in regular {
        let schema = held(json!({"type": "string", "pattern": pattern}));
        cases.push(good("schema-pattern", CLAUDE, answer(schema)));
    }
    for (schema, names) in cycles {
        let refused = format!("{OUTPUT}Circular reference detected in schema definitions: {names}");
        cases.push(bad("schema-recursive", CLAUDE, answer(schema), refused));
    }
    for reference in lost {
        let refused = format!("{OUTPUT}$ref '{reference}' could not be resolved");
        let schema = held(json!({"$ref": reference}));
        cases.push(bad("schema-reference", CLAUDE, answer(schema), refused));
    }
    for least in [json!(2), json!(1.5), json!(100)] {
        cases.push(bad(
            "schema-min-items",
            CLAUDE,
            answer(held(json!({"type": "array", "minItems": least}))),
            "The model returned the following errors: output_config.format.schema: For 'array' type, 'minItems' values other than 0 or 1 are not supported",
        ));
    }
    for schema in taken {
        for rule in [
            "schema-open-object",
            "schema-open-map",
            "schema-limits",
            "schema-min-items",
        ] {
            cases.push(good(rule, CLAUDE, answer(schema.clone())));
        }
    }
    for rule in ["schema-recursive", "schema-reference"] {
        cases.push(good(rule, CLAUDE, answer(twice.clone())));
    }
    // Whatever model is behind it, and however the schema is asked for.
    let minimax = "minimax.minimax-m2";
    cases.push(bad("schema-open-object", minimax, answer(object()), open));
    cases.push(good(
        "schema-open-object",
        minimax,
        answer(held(json!({"type": "string"}))),
    ));
    let anything = json!({"type": "object", "$ref": "#", "maxItems": 1});
    let loose = with_tool(hello(), tool(anything, json!({"strict": false})));
    cases.push(good("schema-open-object", CLAUDE, loose));
    cases
}

fn strict() -> Vec<Case> {
    let numbered = |count: usize, strict: usize| {
        let tools = (0..count).map(|number| {
            let spec = json!({
                "name": format!("tool_{number}"), "inputSchema": {"json": closed(json!({}))},
                "strict": number < strict,
            });
            json!({"toolSpec": spec})
        });
        with(
            hello(),
            json!({"toolConfig": {"tools": tools.collect::<Vec<_>>()}}),
        )
    };
    // The second tool, behind a cache point.
    let second = |schema: Value| {
        let mut strict = tool(schema, json!({"strict": true}));
        strict["toolSpec"]["name"] = json!("second");
        let first = tool(json!({"type": "object"}), json!({}));
        with(
            hello(),
            json!({"toolConfig": {"tools": [first, cache(), strict]}}),
        )
    };
    vec![
        bad(
            "strict-tools-at-most-twenty",
            CLAUDE,
            numbered(28, 28),
            "The model returned the following errors: Too many strict tools (28). The maximum number of strict tools supported is 20.",
        ),
        bad(
            "strict-tools-at-most-twenty",
            CLAUDE,
            numbered(30, 21),
            "The model returned the following errors: Too many strict tools (21).",
        ),
        good("strict-tools-at-most-twenty", CLAUDE, numbered(30, 20)),
        bad(
            "schema-open-object",
            CLAUDE,
            second(json!({"type": "object"})),
            "The model returned the following errors: tools.1.custom: For 'object' type, 'additionalProperties' must be explicitly set to false",
        ),
        bad(
            "schema-limits",
            CLAUDE,
            second(held(json!({"type": "integer", "minimum": 1, "maximum": 5}))),
            "The model returned the following errors: tools.1.custom: For 'integer' type, properties maximum, minimum are not supported",
        ),
        bad(
            "schema-recursive",
            CLAUDE,
            second(held(json!({"$ref": "#"}))),
            "The model returned the following errors: tools.1.custom: Circular reference detected",
        ),
        good(
            "schema-limits",
            CLAUDE,
            second(held(json!({"type": "string", "minLength": 1}))),
        ),
    ]
}

fn tool_schemas() -> Vec<Case> {
    let one = |schema: Value| with_tool(hello(), tool(schema, json!({})));
    let rooted = |member: &str, value: Value| {
        let mut schema = json!({"type": "object"});
        schema[member] = value;
        one(schema)
    };
    let malformed = "The model returned the following errors: Malformed input request: #/toolConfig/tools/0/toolSpec/inputSchema/json";
    let foreign = [
        ("$defs", json!({"a": {"type": "string"}})),
        ("definitions", json!({})),
        ("$ref", json!("#/$defs/a")),
        ("$schema", json!("http://json-schema.org/draft-07/schema#")),
        ("description", json!("Looks.")),
        ("anyOf", json!([{}])),
        ("x-order", json!(1)),
    ];
    let long = "a".repeat(65);
    let odd = [
        (
            json!({"type": "object", "properties": {"$filter": {}}}),
            "The model returned the following errors: tools.0.custom.input_schema.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'",
        ),
        (
            json!({"type": "object", "properties": {"a": {"items": {"properties": {"uids[]": {}}}}}}),
            "The model returned the following errors: tools.0.custom.input_schema.properties.a.items.properties: Property keys",
        ),
        (
            json!({"type": "object", "$defs": {"a b": {"properties": {"": {}}}}}),
            "The model returned the following errors: tools.0.custom.input_schema.$defs.a b.properties: Property keys",
        ),
        (
            json!({"type": "object", "properties": {"é": {}}}),
            "The model returned the following errors: tools.0.custom.input_schema.properties: Property keys",
        ),
        (
            json!({"type": "object", "properties": {long: {}}}),
            "The model returned the following errors: tools.0.custom.input_schema.properties: Property keys",
        ),
    ];
    let mut cases = Vec::new();
    for (member, value) in foreign {
        let refused = format!(
            "{malformed}: extraneous key [{member}] is not permitted, please reformat your input and try again."
        );
        cases.push(bad(
            "tool-schema-members",
            NOVA,
            rooted(member, value.clone()),
            refused,
        ));
        let elsewhere = if member == "anyOf" { LLAMA } else { CLAUDE };
        cases.push(good(
            "tool-schema-members",
            elsewhere,
            rooted(member, value),
        ));
    }
    let plain = json!({
        "type": "object", "title": "Look", "required": ["a"], "additionalProperties": false,
        "properties": {"a": {"type": "object", "description": "A", "definitions": {}}, "$ref": {}},
    });
    cases.push(good("tool-schema-members", NOVA_2, one(plain.clone())));
    cases.push(good("tool-schema-reference", NOVA_2, one(plain)));
    let refers = json!({"type": "object", "properties": {"a": {"items": {"$ref": "#/$defs/b"}}}});
    cases.push(bad(
        "tool-schema-reference",
        NOVA_2,
        one(refers.clone()),
        "The model returned the following errors: Malformed input request: #/toolConfig/tools/0/toolSpec/inputSchema/json/properties/a/items: extraneous key [$ref] is not permitted",
    ));
    cases.push(good("tool-schema-reference", CLAUDE, one(refers)));
    for (schema, refused) in odd {
        cases.push(bad(
            "tool-property-names",
            CLAUDE,
            one(schema.clone()),
            refused,
        ));
        cases.push(good("tool-property-names", LLAMA, one(schema)));
    }
    let named =
        closed(json!({"a.b_C-9": {"enum": [{"properties": {"$a": 1}}]}, "a".repeat(64): {}}));
    cases.push(good("tool-property-names", CLAUDE, one(named)));
    cases
}
