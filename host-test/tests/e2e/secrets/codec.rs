//! The codec: what it hands out besides the signed request itself.

use super::*;
use crate::support::codec_host::exports::llm::provider::codec::Operation;
use crate::support::codec_host::{Answer, CodecHost};
use serde_json::json;

/// The credentials of a call, of each kind.
fn contexts() -> Vec<Context> {
    let blobs = [
        json!({"accessKeyId": KEY_ID, "secretAccessKey": KEY, "region": "us-east-1"}),
        json!({"accessKeyId": KEY_ID, "secretAccessKey": KEY, "sessionToken": SESSION, "region": "us-east-1"}),
        json!({"bearerToken": BEARER, "region": "us-east-1"}),
    ];
    let context = |blob: serde_json::Value| Context {
        credentials: Some(blob.to_string()),
        ..Context::default()
    };
    blobs.map(context).into()
}

#[test]
fn the_state_between_call_and_answer_holds_no_secret() {
    let mut codec = CodecHost::new();
    let mut heard = Heard::default();
    for context in contexts() {
        for operation in [
            Operation::Complete,
            Operation::Stream,
            Operation::CountTokens,
        ] {
            let exchange = codec
                .prepare(&ask("Hi"), &context, operation)
                .expect("a request");
            let flow = format!("{operation:?}");
            assert!(!exchange.state.is_empty());
            heard.note(&flow, String::from_utf8_lossy(&exchange.state));
            // Nor does the request tell more than it must: the key never leaves, tokens stand in their one header.
            let request = exchange.request;
            let others = request.headers.iter();
            let others = others.filter(|(name, value)| {
                !(name == "x-amz-security-token"
                    || name == "authorization" && value.starts_with("Bearer "))
            });
            heard.note(&flow, format!("{:?}", others.collect::<Vec<_>>()));
            heard.note(&flow, format!("{} {}", request.authority, request.path));
            heard.note(&flow, String::from_utf8_lossy(&request.body));
        }
    }
    heard.assert_silent(3 * 3 * 4);
}

#[test]
fn a_wrong_signature_is_told_without_what_was_signed() {
    let mut codec = CodecHost::new();
    let mut heard = Heard::default();
    // AWS's own words hold every signed header, the session's token among them.
    let message = format!(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key \
         and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request \
         should have been\n'POST\n/model/m/converse\n\nhost:h\nx-amz-security-token:{SESSION}\n\nhost\nabc'\n\nThe \
         String-to-Sign should have been\n'AWS4-HMAC-SHA256'"
    );
    let answer = Answer {
        status: 403,
        headers: vec![(
            "x-amzn-errortype".into(),
            "InvalidSignatureException".into(),
        )],
        body: json!({ "message": message }).to_string().into(),
    };
    let context = &contexts()[1];
    let mut prepare = |operation| {
        codec
            .prepare(&ask("Hi"), context, operation)
            .expect("a request")
    };
    let states = [
        Operation::Complete,
        Operation::Stream,
        Operation::CountTokens,
    ]
    .map(|operation| prepare(operation).state);
    let error = codec.response(&states[0], &answer).expect_err("refused");
    assert!(error.message.contains("does not match"), "{error:?}");
    heard.note("response", format!("{error:?}"));
    let (_, error) = codec.decode(&states[1], &answer, [&answer.body[..]]);
    heard.note("stream", format!("{:?}", error.expect("refused")));
    let error = codec.count(&states[2], &answer).expect_err("refused");
    heard.note("count", format!("{error:?}"));
    heard.assert_silent(3);
}
