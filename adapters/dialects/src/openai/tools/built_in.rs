//! Tools that OpenAI defines: those that the client runs, and those that run at OpenAI.
//!
//! The first are offered as functions of the members that OpenAI documents for their calls. A call is given back as
//! OpenAI's own item; where the model wrote what that item cannot hold, it is given back as the function call that it is.

use bedrock_provider::json::{self, Object, Text, Writer};

use super::offered::Kind;

/// A tool that the client runs.
#[derive(Debug, PartialEq)]
pub(crate) struct BuiltIn {
    pub(crate) kind: Kind,
    /// Its type in `tools`, and its name as it is offered.
    pub(crate) name: &'static str,
    /// The type of the item that a call is.
    pub(crate) call: &'static str,
    /// What the item's id begins with.
    pub(crate) id: &'static str,
    /// The item's member that says what to do.
    pub(crate) member: &'static str,
    pub(crate) description: &'static str,
    pub(crate) schema: &'static str,
    /// What the member holds: names, kinds of value, and whether it must be there.
    shape: &'static [(&'static str, json::Kind, bool)],
}

pub(crate) const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        kind: Kind::LocalShell,
        name: "local_shell",
        call: "local_shell_call",
        id: "lsh_",
        member: "action",
        description: "Runs a command on the user's machine, and returns what it prints.",
        schema: concat!(
            r#"{"type":"object","properties":{"#,
            r#""command":{"type":"array","items":{"type":"string"},"description":"The program and its arguments."},"#,
            r#""env":{"type":"object","additionalProperties":{"type":"string"},"description":"Environment variables to set."},"#,
            r#""timeout_ms":{"type":"integer","description":"Milliseconds that the command may take."},"#,
            r#""user":{"type":"string","description":"The user to run it as."},"#,
            r#""working_directory":{"type":"string","description":"The directory to run it in."}},"#,
            r#""required":["command"]}"#
        ),
        shape: &[
            ("command", json::Kind::Array, true),
            ("env", json::Kind::Object, false),
            ("timeout_ms", json::Kind::Number, false),
            ("user", json::Kind::String, false),
            ("working_directory", json::Kind::String, false),
        ],
    },
    BuiltIn {
        kind: Kind::Shell,
        name: "shell",
        call: "shell_call",
        id: "sh_",
        member: "action",
        description: "Runs shell commands on the user's machine, and returns what each prints and how it ends.",
        schema: concat!(
            r#"{"type":"object","properties":{"#,
            r#""commands":{"type":"array","items":{"type":"string"},"description":"Shell commands, which may run at the same time."},"#,
            r#""timeout_ms":{"type":"integer","description":"Milliseconds that the commands may take."},"#,
            r#""max_output_length":{"type":"integer","description":"Characters of output to return."}},"#,
            r#""required":["commands"]}"#
        ),
        shape: &[
            ("commands", json::Kind::Array, true),
            ("timeout_ms", json::Kind::Number, false),
            ("max_output_length", json::Kind::Number, false),
        ],
    },
    BuiltIn {
        kind: Kind::ApplyPatch,
        name: "apply_patch",
        call: "apply_patch_call",
        id: "apc_",
        member: "operation",
        description: concat!(
            "Creates, updates or deletes one file. The diff of a new file is all of its lines, each with + before it. ",
            "The diff of an update has no line numbers and no file header: a section for each place begins with a line ",
            "@@, or @@ and the line of a class or function to find it by; then come a few unchanged lines with a space ",
            "before each, lines to remove with -, and lines to add with +, exactly as they are in the file."
        ),
        schema: concat!(
            r#"{"type":"object","properties":{"#,
            r#""type":{"type":"string","enum":["create_file","update_file","delete_file"]},"#,
            r#""path":{"type":"string","description":"The file, from the workspace's root."},"#,
            r#""diff":{"type":"string","description":"What to change; not for delete_file."}},"#,
            r#""required":["type","path"]}"#
        ),
        shape: &[
            ("type", json::Kind::String, true),
            ("path", json::Kind::String, true),
            ("diff", json::Kind::String, false),
        ],
    },
    BuiltIn {
        kind: Kind::ToolSearch,
        name: "tool_search",
        call: "tool_search_call",
        id: "tsc_",
        member: "arguments",
        description: "Finds tools that are not loaded yet. Those found can be called afterwards.",
        // What OpenAI's own clients search by where nothing else is said.
        schema: concat!(
            r#"{"type":"object","properties":{"paths":{"type":"array","items":{"type":"string"},"#,
            r#""description":"Names of tools or namespaces to load."}},"required":["paths"]}"#
        ),
        shape: &[],
    },
];

/// Tools that run at OpenAI, by the beginning of their type: dated ones are among them.
const HOSTED: &[&str] = &[
    "web_search",
    "file_search",
    "code_interpreter",
    "image_generation",
    "computer",
    "mcp",
    "programmatic_tool_calling",
    "tool_search",
    "shell",
];

/// Why a tool of this type is not offered.
pub(crate) fn not_supported(kind: &str) -> String {
    let is_hosted = HOSTED.iter().any(|hosted| kind.starts_with(hosted));
    let why = match is_hosted {
        true => " runs at OpenAI only and is not supported by Bedrock",
        false => " is not a supported type of tool",
    };
    [kind, why].concat()
}

/// The tool of this type in `tools`.
pub(crate) fn of_type(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|tool| tool.name == name)
}

/// The tool of this kind.
pub(crate) fn of_kind(kind: Kind) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|tool| tool.kind == kind)
}

impl BuiltIn {
    /// The model's input as the item's member; none where the item cannot hold it.
    pub(crate) fn member_of(&self, input: &str) -> Option<String> {
        let object = Object::parse(input.as_bytes()).ok()?;
        let mut w = Writer::with_capacity(input.len() + 32);
        let mut fits = true;
        w.object(|w| {
            if self.kind == Kind::LocalShell {
                w.name("type").text("exec");
            }
            for (name, kind, is_required) in self.shape {
                match object.raw(name) {
                    Some(raw) if json::kind(raw) == *kind => {
                        fits &= holds_texts(raw);
                        w.name(name).raw(raw);
                    }
                    Some(raw) if *kind == json::Kind::Array && raw.starts_with('"') => {
                        w.name(name).array(|w| self.one_command(raw, w));
                    }
                    None if *name == "env" => w.name(name).raw("{}"),
                    None if *name == "diff" && !is_deletion(&object) => w.name(name).text(""),
                    None => fits &= !is_required,
                    Some(_) => fits = false,
                }
            }
            let known: Vec<_> = self.shape.iter().map(|(name, ..)| *name).collect();
            for (name, raw) in object.others(&known) {
                // It would be there twice.
                fits &= self.kind != Kind::LocalShell || name != *"type";
                w.name(&name.into_string()).raw(raw);
            }
        });
        fits &= self.kind != Kind::ApplyPatch || is_operation(&object);
        fits.then(|| w.into_string())
    }

    /// Models write one command as a text where a list is asked for.
    fn one_command(&self, raw: &str, w: &mut Writer) {
        if self.kind == Kind::LocalShell {
            w.text("bash");
            w.text("-lc");
        }
        w.raw(raw);
    }

    /// The input of a call whose item has this member.
    pub(crate) fn input_of(&self, member: &str) -> String {
        // A text may be JSON itself.
        let text = Text::of_literal(member).map(Text::into_string);
        if let Some(json) = text.as_deref().and_then(|text| json::verbatim(text).ok()) {
            return json.to_owned();
        }
        let Ok(object) = Object::parse(member.as_bytes()) else {
            return member.to_owned();
        };
        let hidden: &[&str] = match self.kind {
            Kind::LocalShell => &["type"],
            _ => &[],
        };
        let mut w = Writer::with_capacity(member.len());
        w.object(|w| {
            for (name, raw) in object.others(hidden) {
                // No variables are what is there without a word.
                if self.kind != Kind::LocalShell || name != *"env" || raw != "{}" {
                    w.name(&name.into_string()).raw(raw);
                }
            }
        });
        w.into_string()
    }
}

fn is_deletion(object: &Object<'_>) -> bool {
    operation(object).as_deref() == Some("delete_file")
}

fn is_operation(object: &Object<'_>) -> bool {
    let kinds = ["create_file", "update_file", "delete_file"];
    operation(object).is_some_and(|kind| kinds.contains(&kind.as_str()))
}

fn operation(object: &Object<'_>) -> Option<String> {
    object.string("type").ok()?
}

/// Whether all that an array or an object holds is text; true of anything else.
fn holds_texts(raw: &str) -> bool {
    let is_text = |raw: &str| raw.starts_with('"');
    if raw.starts_with('[') {
        return json::elements(raw).is_ok_and(|all| all.into_iter().all(is_text));
    }
    if raw.starts_with('{') {
        let object = Object::parse(raw.as_bytes());
        return object.is_ok_and(|object| object.members().all(|(_, raw)| is_text(raw)));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, input: &str) -> Option<String> {
        of_type(name).expect("a tool").member_of(input)
    }

    #[test]
    fn a_call_becomes_the_items_member_and_the_input_again() {
        for (name, input, written, again) in [
            (
                "local_shell",
                r#"{"working_directory":"/tmp","command":["ls","-l"],"timeout_ms":1000,"user":"me","env":{"A":"b"}}"#,
                r#"{"type":"exec","command":["ls","-l"],"env":{"A":"b"},"timeout_ms":1000,"user":"me","working_directory":"/tmp"}"#,
                r#"{"command":["ls","-l"],"env":{"A":"b"},"timeout_ms":1000,"user":"me","working_directory":"/tmp"}"#,
            ),
            (
                "local_shell",
                r#"{"command":"ls -l","timeout_ms":null}"#,
                r#"{"type":"exec","command":["bash","-lc","ls -l"],"env":{}}"#,
                r#"{"command":["bash","-lc","ls -l"]}"#,
            ),
            (
                "shell",
                r#"{"commands":["ls","pwd"],"max_output_length":9}"#,
                r#"{"commands":["ls","pwd"],"max_output_length":9}"#,
                r#"{"commands":["ls","pwd"],"max_output_length":9}"#,
            ),
            (
                "shell",
                r#"{"commands":"ls"}"#,
                r#"{"commands":["ls"]}"#,
                r#"{"commands":["ls"]}"#,
            ),
            (
                "apply_patch",
                r#"{"path":"a","type":"delete_file"}"#,
                r#"{"type":"delete_file","path":"a"}"#,
                r#"{"type":"delete_file","path":"a"}"#,
            ),
            (
                "apply_patch",
                r#"{"type":"create_file","path":"a","mode":"x"}"#,
                r#"{"type":"create_file","path":"a","diff":"","mode":"x"}"#,
                r#"{"type":"create_file","path":"a","diff":"","mode":"x"}"#,
            ),
            (
                "tool_search",
                r#"{ "query" : "weather" }"#,
                r#"{"query":"weather"}"#,
                r#"{"query":"weather"}"#,
            ),
        ] {
            let told = member(name, input);
            assert_eq!(told.as_deref(), Some(written), "{input}");
            let tool = of_type(name).expect("a tool");
            assert_eq!(tool.input_of(written), again);
        }
        let search = of_type("tool_search").expect("a tool");
        assert_eq!(
            search.input_of(r#""{\"query\":\"a\"}""#),
            r#"{"query":"a"}"#
        );
        assert_eq!(search.input_of(r#""weather""#), r#""weather""#);
    }

    #[test]
    fn what_the_item_cannot_hold_is_no_such_item() {
        for (name, input) in [
            ("local_shell", "{}"),
            ("local_shell", r#"{"command":[1]}"#),
            ("local_shell", r#"{"command":["a"],"env":{"A":1}}"#),
            ("local_shell", r#"{"command":["a"],"timeout_ms":"1"}"#),
            ("local_shell", r#"{"command":["a"],"type":"exec"}"#),
            ("local_shell", r#"{"command":["a""#),
            ("shell", r#"{"cmd":["a"]}"#),
            ("apply_patch", r#"{"type":"move_file","path":"a"}"#),
            ("apply_patch", r#"{"type":"create_file"}"#),
            ("tool_search", "[1]"),
            ("tool_search", ""),
        ] {
            assert_eq!(member(name, input), None, "{input}");
        }
    }

    #[test]
    fn schemas_are_json_and_ask_for_what_the_item_holds() {
        for tool in BUILT_IN {
            let schema: serde_json::Value = serde_json::from_str(tool.schema).expect(tool.name);
            for (name, _, is_required) in tool.shape {
                assert!(schema["properties"][name].is_object(), "{name}");
                let required = schema["required"].as_array().expect("names");
                assert_eq!(required.contains(&(*name).into()), *is_required, "{name}");
            }
        }
    }
}
