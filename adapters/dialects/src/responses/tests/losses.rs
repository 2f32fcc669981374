//! What is asked for and cannot be had: a warning, or a refusal.

use super::*;

const INPUT: &str = r#""input":"Hi""#;

#[test]
fn what_is_left_out_is_told_or_refused() {
    for (members, path) in [
        (r#""temperature":1.5"#, "temperature"),
        (r#""store":true"#, "store"),
        (r#""truncation":"auto""#, "truncation"),
        (r#""text":{"verbosity":"low"}"#, "text.verbosity"),
        (
            r#""include":["reasoning.encrypted_content","web_search_call.results"]"#,
            "include[1]",
        ),
        (r#""service_tier":"scale""#, "service_tier"),
        (r#""top_logprobs":2"#, "top_logprobs"),
        (r#""moderation":{}"#, "moderation"),
        (r#""colour":"red""#, "colour"),
        (r#""stop":["a"]"#, "stop"),
        (r#""reasoning":{"mode":"pro"}"#, "reasoning.mode"),
        (
            r#""tools":[{"type":"function","name":"f","colour":"red"}]"#,
            "tools[0].colour",
        ),
        (r#""tools":[{"type":"web_search"}]"#, "tools[0].type"),
        (
            r#""tools":[{"type":"namespace","name":"n","tools":[{"type":"mcp"}]}]"#,
            "tools[0].tools[0].type",
        ),
        (
            r#""tools":[{"type":"function","name":"f","async":true}]"#,
            "tools[0].async",
        ),
        (
            r#""tools":[{"type":"function","name":"f","allowed_callers":["programmatic"]}]"#,
            "tools[0].allowed_callers",
        ),
        (
            r#""input":[{"type":"web_search_call","id":"ws_1"}]"#,
            "input[0].type",
        ),
        (
            r#""input":[{"type":"reasoning","summary":[],"encrypted_content":"gAAA"}]"#,
            "input[0].encrypted_content",
        ),
        (
            r#""input":[{"role":"user","content":"a","name":"b"}]"#,
            "input[0].name",
        ),
        (
            r#""input":[{"role":"assistant","content":[{"type":"output_video"}]}]"#,
            "input[0].content[0].type",
        ),
        (
            r#""input":[{"type":"video_call","role":"assistant","content":"a"}]"#,
            "input[0].type",
        ),
        (
            r#""input":[{"role":"user","content":[{"type":"input_image","image_url":"https://a.example","detail":"low"}]}]"#,
            "input[0].content[0].detail",
        ),
        (
            r#""input":[{"type":"message","role":"assistant","phase":"commentary","content":"a"}]"#,
            "input[0].phase",
        ),
    ] {
        // Of a name that is there twice the last wins.
        let members = format!("{INPUT},{members}");
        let told = read_with(&members, Unknown::Warn).expect(&members).warnings;
        assert!(
            matches!(&told[..], [it] if it.path == path && it.lossy),
            "{members}: {told:?}"
        );
        let error = read(&members).expect_err(&members);
        assert_eq!(error.path.as_deref(), Some(path), "{}", error.message);
    }
}

/// What the AI SDK sends by default: `store` absent, which means true, and then references to items.
#[test]
fn agent_responses_default_store_is_told_where_a_conversation_begins() {
    let asked = |members: &str| {
        let body = format!(r#"{{"model":"m",{members}}}"#);
        read_request(body.as_bytes(), &[], Unknown::Warn)
    };
    let history = r#""input":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]"#;
    for (members, expected) in [
        (INPUT.to_owned(), Some(false)),
        (format!(r#"{INPUT},"store":null"#), Some(false)),
        (format!(r#"{INPUT},"store":true"#), Some(true)),
        (format!(r#"{INPUT},"store":false"#), None),
        // It goes on, whole: nothing is missed.
        (history.to_owned(), None),
        (format!(r#"{history},"store":true"#), Some(true)),
    ] {
        let warnings = asked(&members).expect(&members).warnings;
        let told = warnings.first().map(|told| {
            assert_eq!(told.path, "store");
            assert!(
                told.message.contains("set `store` to false"),
                "{}",
                told.message
            );
            told.lossy
        });
        assert_eq!(
            (told, warnings.len()),
            (expected, usize::from(expected.is_some())),
            "{members}"
        );
    }
    for members in [
        r#""input":[{"role":"user","content":"hi"},{"type":"item_reference","id":"rs_x_0"}]"#,
        r#""input":"a","previous_response_id":"resp_1""#,
        r#""input":"a","conversation":"conv_1""#,
    ] {
        let error = asked(members).expect_err(members);
        assert_eq!(error.kind, ErrorKind::Unsupported, "{members}");
        assert!(
            error.message.contains("set `store` to false"),
            "{}",
            error.message
        );
    }
}

#[test]
fn what_loses_nothing_is_no_refusal() {
    for (members, paths) in [
        (
            r#""store":false,"truncation":"disabled","background":false,"top_logprobs":0.0"#,
            &[][..],
        ),
        (
            r#""conversation":null,"reasoning":{"summary":"auto","generate_summary":"auto"}"#,
            &[],
        ),
        (
            r#""text":{"verbosity":"medium","format":{"type":"text"}},"metadata":{}"#,
            &[],
        ),
        (
            r#""include":["reasoning.encrypted_content"],"stream_options":{"include_obfuscation":true}"#,
            &[],
        ),
        (r#""prompt_cache_key":"k"#, &[]),
        (
            r#""max_tool_calls":1,"prompt_cache_retention":"24h"#,
            &["max_tool_calls"],
        ),
    ] {
        let closing = if members.ends_with(['k', 'h']) {
            "\""
        } else {
            ""
        };
        let ask = read(&format!("{INPUT},{members}{closing}")).expect(members);
        let told: Vec<_> = ask.warnings.iter().map(|told| told.path.as_str()).collect();
        assert_eq!(told, paths, "{members}");
        assert!(ask.warnings.iter().all(|told| !told.lossy));
    }
}

#[test]
fn what_would_be_stored_or_run_elsewhere_is_refused_and_told_what_to_do_instead() {
    for (members, path, instead) in [
        (r#""background":true"#, "background", "remove it"),
        (
            r#""previous_response_id":"resp_1""#,
            "previous_response_id",
            "input",
        ),
        (r#""conversation":"conv_1""#, "conversation", "input"),
        (r#""conversation":{"id":"conv_1"}"#, "conversation", "input"),
        (r#""prompt":{"id":"pmpt_1"}"#, "prompt", "instructions"),
        (
            r#""input":[{"type":"item_reference","id":"msg_1"}]"#,
            "input[0].type",
            "whole",
        ),
        (
            r#""input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]"#,
            "input[0].content[0].file_id",
            "content itself",
        ),
        (
            r#""input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]"#,
            "input[0].content[0].file_id",
            "content itself",
        ),
        (
            r#""tool_choice":{"type":"web_search"}"#,
            "tool_choice.type",
            "web_search runs at OpenAI only",
        ),
        (
            r#""input":[{"type":"input_text","text":"a"}]"#,
            "input[0].type",
            "message",
        ),
        (
            r#""input":[{"type":"note","role":"user","content":"a"}]"#,
            "input[0].type",
            "message",
        ),
    ] {
        let error = read_with(&format!("{INPUT},{members}"), Unknown::Warn).expect_err(members);
        assert_eq!(
            (error.kind, error.path.as_deref()),
            (ErrorKind::Unsupported, Some(path)),
            "{members}"
        );
        assert!(error.message.contains(instead), "{}", error.message);
    }
}

#[test]
fn a_fault_is_named_as_the_client_wrote_it() {
    for (members, path) in [
        (r#""input":7"#, "input"),
        (r#""input":null"#, "input"),
        (r#""input":[1]"#, "input[0]"),
        (r#""input":[{"type":1}]"#, "input[0].type"),
        (r#""input":[{"content":"a"}]"#, "input[0].role"),
        (
            r#""input":[{"role":"robot","content":"a"}]"#,
            "input[0].role",
        ),
        (r#""input":[{"role":"user"}]"#, "input[0].content"),
        (
            r#""input":[{"role":"user","content":{}}]"#,
            "input[0].content.type",
        ),
        (
            r#""input":[{"role":"user","content":[{"type":"input_text"}]}]"#,
            "input[0].content[0].text",
        ),
        (
            r#""input":[{"role":"system","content":[{"type":"input_image","image_url":"https://a.example"}]}]"#,
            "input[0].content",
        ),
        (
            r#""input":[{"role":"user","content":[{"type":"input_image","image_url":"data:x"}]}]"#,
            "input[0].content[0].image_url",
        ),
        (
            r#""input":[{"role":"user","content":[{"type":"input_file"}]}]"#,
            "input[0].content[0].file_data",
        ),
        (
            r#""input":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"A","format":"x"}}]}]"#,
            "input[0].content[0].input_audio.format",
        ),
        (
            r#""input":[{"type":"function_call","name":"f","arguments":"{}"}]"#,
            "input[0].call_id",
        ),
        (
            r#""input":[{"type":"function_call_output","call_id":"c"}]"#,
            "input[0].output",
        ),
        (
            r#""input":[{"type":"reasoning","summary":[{}]}]"#,
            "input[0].summary[0].text",
        ),
        (r#""temperature":2.1"#, "temperature"),
        (r#""max_output_tokens":-1"#, "max_output_tokens"),
        (r#""reasoning":{"effort":"huge"}"#, "reasoning.effort"),
        (r#""text":{"format":{"type":"xml"}}"#, "text.format.type"),
        (r#""tool_choice":"sometimes""#, "tool_choice"),
        (r#""tool_choice":{}"#, "tool_choice.type"),
        (r#""tool_choice":{"type":"function"}"#, "tool_choice.name"),
        (r#""tool_choice":{"type":"shell"}"#, "tool_choice.type"),
        (
            r#""tool_choice":{"type":"namespace","name":"n"}"#,
            "tool_choice.name",
        ),
        (r#""tools":[{"type":"function"}]"#, "tools[0].name"),
        (r#""tools":[{"name":"f"}]"#, "tools[0].type"),
        (r#""tools":[{"type":"custom"}]"#, "tools[0].name"),
        (
            r#""tools":[{"type":"namespace","tools":[]}]"#,
            "tools[0].name",
        ),
        (
            r#""tools":[{"type":"namespace","name":"n","tools":[{"type":"function","parameters":1,"name":"f"}]}]"#,
            "tools[0].tools[0].parameters",
        ),
        (
            r#""tools":[{"type":"custom","name":"f","format":{"type":"grammar"}}]"#,
            "tools[0].format.definition",
        ),
        (
            r#""input":[{"type":"custom_tool_call","call_id":"c","input":"a"}]"#,
            "input[0].name",
        ),
        (
            r#""input":[{"type":"shell_call_output","call_id":"c"}]"#,
            "input[0].output",
        ),
        (
            r#""tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]}"#,
            "tool_choice.tools[0].name",
        ),
        (r#""stream":1"#, "stream"),
        (r#""metadata":{"a":1}"#, "metadata.a"),
    ] {
        let error = read_with(&format!("{INPUT},{members}"), Unknown::Warn).expect_err(members);
        assert_eq!(
            (error.kind, error.path.as_deref()),
            (ErrorKind::InvalidRequest, Some(path)),
            "{members}: {}",
            error.message
        );
    }
    for body in ["", "[]", "{}", r#"{"model":"m"}"#] {
        assert!(
            read_request(body.as_bytes(), &[], Unknown::Warn).is_err(),
            "{body}"
        );
    }
}
