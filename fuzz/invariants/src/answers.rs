//! From Converse's answer, or a refusal, to what clients read.

use bedrock_provider::exchange::{Operation, StreamDecoder, decode_response};
use bedrock_provider::http_message::Head;

use crate::chunks::assert_legal;
use crate::question::{assert_concealed, state};
use crate::told;

/// Statuses, by the second byte: mostly that of an answer.
const STATUSES: [u16; 8] = [200, 200, 200, 200, 400, 404, 429, 503];

/// The first two bytes choose the request and the status; the rest is the body.
pub fn answers(data: &[u8]) {
    let [number, status, body @ ..] = data else {
        return;
    };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let head = || {
        Head::new(
            status,
            [
                ("x-amzn-requestid", "id"),
                ("content-type", "application/json"),
            ],
        )
    };
    match decode_response(state(*number, Operation::Complete), &head(), body) {
        Ok(response) => told::assert_whole(&response),
        Err(error) => {
            assert_concealed(&error);
            told::assert_error(&error);
        }
    }
    // The same to a client that wants a stream, where the model does not stream.
    let mut decoder = StreamDecoder::new(state(*number, Operation::Stream), head());
    let mut chunks = Vec::new();
    let result = decoder
        .push(body, &mut chunks)
        .and_then(|()| decoder.finish(&mut chunks));
    assert_legal(&chunks, result.as_ref().err());
    told::assert_stream(&chunks, result.as_ref().err());
}
