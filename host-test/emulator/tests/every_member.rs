//! Every member that the service model has is taken, and held to its constraints, wherever it stands.

use bedrock_emulator::Operation::{self, Converse, ConverseStream, CountTokens};
use bedrock_emulator::constraints::validate;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The constraint table as plain JSON.
fn table() -> Value {
    serde_json::from_str(include_str!("../data/converse.json")).expect("JSON")
}

/// Content blocks that have every member of every kind.
fn content() -> Value {
    let bytes = json!({"bytes": "YQ=="});
    let s3 = json!({"s3Location": {"uri": "s3://bucket/key", "bucketOwner": "123456789012"}});
    let error = json!({"message": "m"});
    let image = |source: &Value| json!({"format": "png", "source": source, "error": error});
    let video = |source: &Value| json!({"format": "mp4", "source": source});
    let audio = |source: &Value| json!({"format": "wav", "source": source, "error": error});
    let search = json!({
        "source": "s", "title": "t", "content": [{"text": "a"}], "citations": {"enabled": true},
    });
    let document = |source: Value| {
        json!({
            "format": "pdf", "name": "a", "source": source, "context": "c", "citations": {"enabled": false},
        })
    };
    let numbers = |index: &str| json!({index: 0, "start": 0, "end": 1});
    let locations = [
        json!({"web": {"url": "https://a.test", "domain": "a.test"}}),
        json!({"documentChar": numbers("documentIndex")}),
        json!({"documentPage": numbers("documentIndex")}),
        json!({"documentChunk": numbers("documentIndex")}),
        json!({"searchResultLocation": numbers("searchResultIndex")}),
    ];
    let citations = locations.map(|location| {
        json!({"title": "t", "source": "s", "sourceContent": [{"text": "a"}], "location": location})
    });
    let tool = json!({"tool": {"type": "t", "name": "n", "serverName": "s"}});
    let results = json!([
        {"json": {"a": 1}}, {"text": "a"}, {"image": image(&bytes)}, {"document": document(bytes.clone())},
        {"video": video(&bytes)}, {"searchResult": search},
    ]);
    json!([
        {"text": "a"},
        {"image": image(&bytes)},
        {"image": image(&s3)},
        {"document": document(bytes.clone())},
        {"document": document(s3.clone())},
        {"document": document(json!({"text": "a"}))},
        {"document": document(json!({"content": [{"text": "a"}]}))},
        {"video": video(&bytes)},
        {"video": video(&s3)},
        {"audio": audio(&bytes)},
        {"audio": audio(&s3)},
        {"toolUse": {"toolUseId": "a", "name": "n", "input": {}, "type": "server_tool_use"}},
        {"toolResult": {"toolUseId": "a", "content": results, "status": "error", "type": "t"}},
        {"guardContent": {"text": {"text": "a", "qualifiers": ["query"]}}},
        {"guardContent": {"image": {"format": "png", "source": bytes}}},
        {"cachePoint": {"type": "default", "ttl": "1h"}},
        {"reasoningContent": {"reasoningText": {"text": "a", "signature": "s"}}},
        {"reasoningContent": {"redactedContent": "YQ=="}},
        {"citationsContent": {"content": [{"text": "a"}], "citations": citations}},
        {"searchResult": search},
        {"toolAddition": tool},
        {"toolRemoval": tool},
    ])
}

fn tool_config(choice: Value) -> Value {
    let spec = json!({
        "name": "n", "description": "d", "inputSchema": {"json": {"type": "object"}}, "strict": true,
    });
    let tools = json!([
        {"toolSpec": spec}, {"systemTool": {"name": "n"}}, {"cachePoint": {"type": "default"}},
    ]);
    json!({"tools": tools, "toolChoice": choice})
}

/// Bodies that have between them every member of the operation's request.
fn bodies(operation: Operation) -> Vec<Value> {
    let system = json!([{"text": "a"}, {"guardContent": {"text": {"text": "a"}}}, {"cachePoint": {"type": "default"}}]);
    let conversation = |choice: Value| {
        json!({
            "messages": [{"role": "user", "content": content()}],
            "system": system,
            "toolConfig": tool_config(choice),
            "additionalModelRequestFields": {"anything": [1]},
        })
    };
    let choices = [
        json!({"auto": {}}),
        json!({"any": {}}),
        json!({"tool": {"name": "n"}}),
    ];
    let bodies = choices.map(|choice| {
        let mut body = conversation(choice);
        if operation == CountTokens {
            return json!({"input": {"converse": body}});
        }
        let jsonschema = json!({"schema": "{}", "name": "n", "description": "d"});
        let format = json!({"type": "json_schema", "structure": {"jsonSchema": jsonschema}});
        let mut guardrail =
            json!({"guardrailIdentifier": "abc", "guardrailVersion": "1", "trace": "enabled_full"});
        if operation == ConverseStream {
            guardrail["streamProcessingMode"] = json!("async");
        }
        let more = json!({
            "inferenceConfig": {"maxTokens": 1, "temperature": 0.5, "topP": 1, "stopSequences": ["a"]},
            "guardrailConfig": guardrail,
            "promptVariables": {"a": {"text": "b"}},
            "additionalModelResponseFieldPaths": ["/delta/stop_sequence"],
            "requestMetadata": {"user": "a b:_@$#=/+,-."},
            "performanceConfig": {"latency": "optimized"},
            "serviceTier": {"type": "flex"},
            "outputConfig": {"textFormat": format, "effort": "high"},
        });
        for (member, value) in more.as_object().expect("an object") {
            body[member] = value.clone();
        }
        body
    });
    let mut bodies = bodies.to_vec();
    if operation == CountTokens {
        bodies.push(json!({"input": {"invokeModel": {"body": "e30="}}}));
    }
    bodies
}

/// A body changed at one place, and a part of what is said about it.
struct Broken {
    what: String,
    body: Value,
    complaint: String,
}

/// Walks a body by the table, breaking it in each way at each place.
struct Walk<'a> {
    table: &'a Value,
    body: &'a Value,
    members: BTreeSet<(String, String)>,
    broken: Vec<Broken>,
}

impl Walk<'_> {
    fn put(&mut self, pointer: &str, value: Value, complaint: impl Into<String>) {
        let mut body = self.body.clone();
        *body.pointer_mut(pointer).expect("the place") = value;
        let (what, complaint) = (pointer.to_owned(), complaint.into());
        self.broken.push(Broken {
            what,
            body,
            complaint,
        });
    }

    fn shape(&mut self, reference: &str, pointer: &str, value: &Value) {
        let name = reference.trim_end_matches('!');
        let Some(shape) = self.table["shapes"].get(name).and_then(Value::as_object) else {
            if name != "document" {
                self.put(pointer, json!([[]]), "Member must be of type ");
            }
            return;
        };
        let (kind, rest) = shape.iter().next().expect("a kind");
        match kind.as_str() {
            "structure" | "union" => self.members(name, rest, pointer, value),
            "list" => {
                let element = rest["of"].as_str().expect("a reference");
                let items = value.as_array().expect("a list");
                self.count(rest, pointer, |n| json!(vec![items[0].clone(); n]));
                for (index, item) in items.iter().enumerate() {
                    self.shape(element, &format!("{pointer}/{index}"), item);
                }
            }
            "map" => {
                let one = value.as_object().and_then(|map| map.values().next());
                let one = one.expect("an entry").clone();
                let entries = |n: usize| (0..n).map(|n| (format!("k{n}"), one.clone()));
                self.count(rest, pointer, |n| Value::from_iter(entries(n)));
                for (key, item) in value.as_object().expect("a map") {
                    let element = rest["value"].as_str().expect("a reference");
                    self.shape(element, &format!("{pointer}/{key}"), item);
                }
            }
            "enum" => self.put(pointer, json!("nonsense"), "satisfy enum value set: ["),
            "string" => {
                self.count(rest, pointer, |n| json!("a".repeat(n)));
                if rest.get("pattern").is_some() {
                    self.put(pointer, json!("\u{1}"), "regular expression pattern: ");
                }
            }
            "blob" => {
                // A blob of the greatest length is too large to try here.
                if rest.get("min").is_some() {
                    self.put(pointer, json!(""), "length greater than or equal to 1");
                }
                self.put(pointer, json!("?"), "Member must be base64 text");
            }
            _ => {
                if let Some(min) = rest["min"].as_i64() {
                    self.put(pointer, json!(min - 1), "value greater than or equal to ");
                }
                if let Some(max) = rest["max"].as_i64() {
                    self.put(pointer, json!(max + 1), "value less than or equal to ");
                }
            }
        }
    }

    fn count(&mut self, limits: &Value, pointer: &str, make: impl Fn(usize) -> Value) {
        let limit = |name: &str| {
            let limit = limits.get(name).and_then(Value::as_u64);
            limit.map(|limit| usize::try_from(limit).expect("a size"))
        };
        if let Some(min) = limit("min") {
            self.put(pointer, make(min - 1), "length greater than or equal to ");
        }
        if let Some(max) = limit("max") {
            self.put(pointer, make(max + 1), "length less than or equal to ");
        }
    }

    fn members(&mut self, name: &str, members: &Value, pointer: &str, value: &Value) {
        let fields = value.as_object().expect("an object");
        let with = |more: Map<String, Value>| {
            let mut fields = fields.clone();
            fields.extend(more);
            Value::from(fields)
        };
        let unknown = with(Map::from_iter([("nonsense".to_owned(), json!(1))]));
        let complaint = "extraneous key [nonsense] is not permitted";
        self.put(pointer, unknown, complaint);
        for (member, reference) in members.as_object().expect("members") {
            let reference = reference.as_str().expect("a reference");
            let Some(field) = fields.get(member) else {
                continue;
            };
            self.members.insert((name.to_owned(), member.clone()));
            let place = format!("{pointer}/{member}");
            if reference.ends_with('!') {
                self.put(&place, Value::Null, "Member must not be null");
            }
            self.shape(reference, &place, field);
        }
    }
}

/// Every member of every structure that a request can reach.
fn reachable(table: &Value, reference: &str, seen: &mut BTreeSet<(String, String)>) {
    let name = reference.trim_end_matches('!');
    let shape = &table["shapes"][name];
    let members = shape.get("structure").or(shape.get("union"));
    for (member, of) in members.and_then(Value::as_object).into_iter().flatten() {
        if seen.insert((name.to_owned(), member.clone())) {
            reachable(table, of.as_str().expect("a reference"), seen);
        }
    }
    for of in ["/list/of", "/map/value"].map(|pointer| shape.pointer(pointer)) {
        if let Some(of) = of.and_then(Value::as_str) {
            reachable(table, of, seen);
        }
    }
}

#[test]
fn bodies_with_every_member_are_taken() {
    for operation in [Converse, ConverseStream, CountTokens] {
        for body in bodies(operation) {
            assert_eq!(validate(operation, &body), Ok(()), "{operation:?}");
        }
    }
}

#[test]
fn each_place_refuses_each_kind_of_violation() {
    let table = table();
    for operation in [Converse, ConverseStream, CountTokens] {
        let root = &table["operations"][operation.name()]["body"];
        let root = root.as_str().expect("a reference");
        let mut members = BTreeSet::new();
        for body in bodies(operation) {
            let mut walk = Walk {
                table: &table,
                body: &body,
                members: BTreeSet::new(),
                broken: Vec::new(),
            };
            walk.shape(root, "", &body);
            members.extend(walk.members);
            assert!(!walk.broken.is_empty());
            for Broken {
                what,
                body,
                complaint,
            } in walk.broken
            {
                let violations = validate(operation, &body).err().unwrap_or_default();
                assert!(
                    violations.iter().any(|v| v.message.contains(&complaint)),
                    "{operation:?} {what}: wanted “{complaint}”, got {violations:?}"
                );
            }
        }
        let mut all = BTreeSet::new();
        reachable(&table, root, &mut all);
        assert_eq!(members, all, "{operation:?}: a member is in no body");
    }
}

#[test]
fn the_table_has_the_members_that_only_one_operation_takes() {
    let table = table();
    let has = |shape: &str, member: &str| table["shapes"][shape]["structure"].get(member).is_some();
    assert!(has("GuardrailStreamConfiguration", "streamProcessingMode"));
    assert!(!has("GuardrailConfiguration", "streamProcessingMode"));
    assert!(!has("ConverseTokensRequest", "inferenceConfig"));
    let metadata = &table["shapes"]["RequestMetadata"]["map"];
    assert_eq!(
        (metadata["min"].as_u64(), metadata["max"].as_u64()),
        (Some(1), Some(16))
    );
}
