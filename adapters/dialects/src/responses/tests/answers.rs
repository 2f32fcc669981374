//! Whole answers.

use serde_json::json;

use super::*;
use crate::responses::write_error;

fn written(response: &Response) -> Value {
    super::json(&write_response(response, &telling()))
}

#[test]
fn an_answer_is_what_the_sdks_expect() {
    let answer = response(
        vec![
            thinking("hm", Some("sig")),
            redacted("xx"),
            text("It is "),
            cited("5°", vec![page("https://a.example")]),
            call("c1", r#"{"city" : "Bonn"}"#),
        ],
        StopReason::ToolUse,
    );
    let told = written(&answer);
    assert_eq!(
        told["output"],
        json!([
            {"id": "rs_1_0", "type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}],
             "encrypted_content": "signature:sig", "status": "completed"},
            {"id": "rs_1_1", "type": "reasoning", "summary": [], "encrypted_content": "redacted:xx",
             "status": "completed"},
            {"id": "msg_1_2", "type": "message", "role": "assistant", "status": "completed", "content": [
                {"type": "output_text", "text": "It is ", "annotations": [], "logprobs": []},
                {"type": "output_text", "text": "5°", "logprobs": [], "annotations": [
                    {"type": "url_citation", "start_index": 0, "end_index": 2, "url": "https://a.example",
                     "title": "https://a.example"}]}]},
            {"id": "fc_1_3", "type": "function_call", "call_id": "c1", "name": "get_weather",
             "arguments": "{\"city\" : \"Bonn\"}", "status": "completed"},
        ])
    );
    assert_eq!(
        told["usage"],
        json!({"input_tokens": 15, "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2},
            "output_tokens": 5, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 20})
    );
    let mut rest = told;
    for told_above in ["output", "usage"] {
        rest.as_object_mut().expect("an object").remove(told_above);
    }
    assert_eq!(
        rest,
        json!({"id": "resp_1", "object": "response", "created_at": 1_700_000_000, "status": "completed", "model": "fast",
            "error": null, "incomplete_details": null, "background": false, "instructions": null,
            "max_output_tokens": null, "metadata": {}, "parallel_tool_calls": true, "previous_response_id": null,
            "reasoning": {"effort": null, "summary": null}, "store": false, "temperature": null,
            "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": null,
            "truncation": "disabled"})
    );
}

#[test]
fn why_an_answer_is_not_whole_is_told_of_it_and_of_its_last_item() {
    for (stop, status, reason) in [
        (StopReason::EndTurn, "completed", None),
        (StopReason::StopSequence, "completed", None),
        (StopReason::Other("rain".into()), "completed", None),
        (
            StopReason::MaxTokens,
            "incomplete",
            Some("max_output_tokens"),
        ),
        (
            StopReason::ModelContextWindowExceeded,
            "incomplete",
            Some("max_output_tokens"),
        ),
        (StopReason::Refusal, "incomplete", Some("content_filter")),
    ] {
        let told = written(&response(vec![thinking("hm", None), text("so")], stop));
        assert_eq!(told["status"], status);
        assert_eq!(told["incomplete_details"]["reason"].as_str(), reason);
        assert_eq!(told["output"][0]["status"], "completed");
        assert_eq!(told["output"][1]["status"], status);
    }
    let nothing = written(&response(Vec::new(), StopReason::Refusal));
    assert_eq!(nothing["output"], json!([]));
}

#[test]
fn what_cannot_be_told_is_a_warning_among_the_others() {
    let picture = ContentBlock::Image(ImageBlock {
        source: Source::Url("https://a.example/b.png".into()),
        cache_control: None,
    });
    let cites_twice = cited("b", vec![paragraph(), paragraph()]);
    let mut answer = response(vec![text("a"), picture, cites_twice], StopReason::EndTurn);
    let told = |path: &str| Warning {
        code: "ignored".into(),
        path: path.into(),
        message: "m".into(),
        lossy: true,
    };
    answer.warnings = vec![told("max_tokens")];
    answer.usage.service_tier = Some("flex".into());
    answer.usage.extensions = Some(
        r#"{"total_tokens":1,"x":2,"completion_tokens_details":{"reasoning_tokens":4}}"#.into(),
    );
    let telling = Telling {
        warnings: vec![told("input[0].content[1].detail")],
        ..telling()
    };
    let told = super::json(&write_response(&answer, &telling));
    let warnings = told["gateway"]["warnings"].as_array().expect("warnings");
    let paths: Vec<_> = warnings.iter().map(|each| each["path"].as_str()).collect();
    let expected = [
        "input[0].content[1].detail",
        "max_output_tokens",
        "output",
        "output",
    ];
    assert_eq!(paths, expected.map(Some));
    let codes: Vec<_> = warnings.iter().map(|each| each["code"].as_str()).collect();
    assert_eq!(
        codes,
        ["ignored", "ignored", "dropped", "dropped"].map(Some)
    );
    assert_eq!(
        told["output"].as_array().map(Vec::len),
        Some(1),
        "one message"
    );
    assert_eq!(told["service_tier"], "flex");
    assert_eq!(
        told["usage"]["output_tokens_details"]["reasoning_tokens"],
        4
    );
    assert_eq!(
        (&told["usage"]["x"], &told["usage"]["total_tokens"]),
        (&json!(2), &json!(20))
    );
}

#[test]
fn an_error_is_openais_with_the_names_of_this_api() {
    let error = Error::invalid("messages[3].content[0]", "expected something else");
    let answer = write_error(&error, "id");
    assert_eq!(answer.status, 400);
    assert_eq!(
        super::json(&answer.body),
        json!({"error": {"type": "invalid_request_error", "message": "expected something else", "param": "input",
            "code": null}})
    );
}
