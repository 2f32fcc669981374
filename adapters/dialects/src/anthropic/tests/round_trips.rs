//! What is written reads as what it was.

use proptest::prelude::*;

use super::*;
use crate::canonical::Chunk;

/// The chunks of a stream that comes in these pieces.
fn decode(stream: &[u8], mut cuts: Vec<usize>) -> Result<Vec<Chunk>, Error> {
    cuts.extend([0, stream.len()]);
    cuts.sort_unstable();
    let mut decoder = Decoder::new();
    let mut chunks = Vec::new();
    for pair in cuts.windows(2) {
        decoder.push(&stream[pair[0]..pair[1]], &mut chunks)?;
    }
    decoder.finish()?;
    Ok(chunks)
}

proptest! {
    #[test]
    fn a_request(request in arbitrary::request(), stream in any::<bool>()) {
        let (body, warnings) = write_request(&request, stream);
        prop_assert_eq!(warnings, vec![]);
        let ask = read(&body).map_err(|error| TestCaseError::fail(says(error)))?;
        prop_assert_eq!(ask.request, request);
        prop_assert_eq!(ask.stream, stream);
        prop_assert!(ask.include_usage);
        prop_assert_eq!(ask.warnings, vec![]);
        // Its parts were passed on as JSON: the whole must be JSON to others too.
        prop_assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
    }

    #[test]
    fn a_whole_answer(response in arbitrary_answers::response()) {
        let body = write_response(&response, &telling(&response.model));
        prop_assert_eq!(read_response(body.as_bytes()), Ok(response));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
    }

    #[test]
    fn a_stream_wherever_it_is_cut(
        chunks in arbitrary_answers::chunks(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let Some(Chunk::MessageStart(start)) = chunks.first() else { unreachable!("the first") };
        let mut encoder = Encoder::new(telling(&start.model));
        let mut stream = String::new();
        for chunk in &chunks {
            encoder.push(chunk, &mut stream);
        }
        let cuts = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        prop_assert_eq!(decode(stream.as_bytes(), cuts), Ok(chunks));
    }

    #[test]
    fn noise_is_refused_or_read_and_never_a_panic(body in "[{}\\[\\]:,\"a-z0-9_ ]{0,40}", bytes in any::<Vec<u8>>()) {
        let _ = read(&body);
        let _ = with(&body);
        let _ = read_response(&bytes);
        let _ = read_error(500, &[], &bytes);
        let _ = Decoder::new().push(&bytes, &mut Vec::new());
    }
}

#[test]
fn a_stream_cut_at_each_byte() {
    let stream = streams::GOLDEN;
    let whole = decode(stream.as_bytes(), Vec::new()).expect("chunks");
    assert!(whole.len() > 10);
    for at in 0..=stream.len() {
        assert_eq!(
            decode(stream.as_bytes(), vec![at]).as_ref(),
            Ok(&whole),
            "{at}"
        );
    }
}
