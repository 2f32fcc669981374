//! Bedrock, and what stands before it, repeating what they were sent.

use super::*;
use bedrock_emulator::{ErrorForm, Frame, Operation, Script, ServiceError};

/// Each source, and what a call by it is signed with; what the emulator gives first.
const SOURCES: [(&str, [&str; 2]); 4] = [
    ("bearer", [BEARER, "no second"]),
    ("environment", [KEY, SESSION]),
    ("role", OF_EMULATOR_FIRST),
    ("web_identity", OF_EMULATOR_FIRST),
];
const OF_EMULATOR_FIRST: [&str; 2] = [
    "emulated/secret+of/the+session/00000001=",
    "emulated/session+token/00000001==",
];

/// Refusals that repeat everything, as proxies do, and AWS when a signature is wrong.
fn refusals(sent: [&str; 2]) -> Vec<ServiceError> {
    let secrets = sent.join(" ");
    let canonical = format!(
        "The request signature we calculated does not match the signature you provided. The Canonical String for this \
         request should have been\n'POST\n/model/m/converse\n\nhost:h\nx-amz-security-token:{}\n\nhost\nabc'",
        sent[1]
    );
    let forms = [
        ErrorForm::Header,
        ErrorForm::BodyType,
        ErrorForm::BodyCode,
        ErrorForm::MessageOnly,
        ErrorForm::CapitalMessage,
        ErrorForm::Html,
    ];
    let mut refusals = vec![ServiceError::new("InvalidSignatureException", canonical)];
    for code in ["AccessDeniedException", "ValidationException", "Strange"] {
        for form in forms {
            refusals.push(ServiceError::new(code, &secrets).status(403).form(form));
        }
    }
    refusals.push(ServiceError::new(secrets.replace(' ', ""), "No").status(400));
    refusals
}

#[tokio::test]
async fn refusals_that_repeat_the_call_are_not_repeated() {
    let mut heard = Heard::default();
    for (source, sent) in SOURCES {
        for refusal in refusals(sent) {
            let emulator = served(account()).await;
            let place = place("refusals", source, &emulator);
            for operation in [
                Operation::Converse,
                Operation::ConverseStream,
                Operation::CountTokens,
            ] {
                emulator.enqueue(operation, refusal.clone());
            }
            let flow = format!("{source}, {} {:?}", refusal.code, refusal.form);
            heard.call(&flow, &place, &Context::default()).await;
        }
    }
    heard.assert_silent(4 * SOURCES.len() * refusals(OF_EMULATOR_FIRST).len());
}

#[tokio::test]
async fn streams_that_break_off_with_secrets_do_not_tell_them() {
    let mut heard = Heard::default();
    let mut flows = 0;
    for (source, sent) in SOURCES {
        let secrets = sent.join(" ");
        for frame in [
            Frame::exception("validationException", &secrets),
            Frame::exception("modelStreamErrorException", &secrets),
            Frame::error("Strange", &secrets),
        ] {
            for after in [0, 3] {
                let emulator = served(account()).await;
                let place = place("frames", source, &emulator);
                let mut script = Script::text("Hello there");
                script.interruption = Some((after, frame.clone()));
                emulator.enqueue(Operation::ConverseStream, script);
                let flow = format!("{source}, {frame:?} after {after}");
                heard.call(&flow, &place, &Context::default()).await;
                flows += 1;
            }
        }
    }
    heard.assert_silent(4 * flows);
}
