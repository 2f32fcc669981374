//! AWS's own SDK reads the same bytes: whatever it reads to the end, the component must have read the same.

mod kinds;
mod recorded;
mod sdk_reader;
mod told;

use crate::support::calls::{ask, calling, drain, emulator, open};
use crate::support::components::root;
use bedrock_emulator::{Config, Operation, Script};
use bedrock_host::types::{Chunk, ErrorKind};
use std::path::PathBuf;
use told::by_chunks;

/// Answers that the SDK gives up on and the component reads: models were seen to open a text block with an empty union,
/// and to cut a surrogate pair in two, each half in a delta of its own.
const BEYOND_THE_SDK: &[&str] = &[
    "text_with_empty_block_start",
    "tool_use_lone_surrogate_in_payload",
];

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Recorded conversations, by file name.
fn conversations() -> Vec<(String, PathBuf)> {
    let folder = root().join("tests/vectors/conversations");
    let files =
        std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found: Vec<(String, PathBuf)> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bin"))
        .map(|path| {
            (
                path.file_stem()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned(),
                path,
            )
        })
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn every_conversation_that_the_sdk_reads_to_its_end_is_read_the_same() {
    let conversations = conversations();
    assert!(conversations.len() > 30, "{}", conversations.len());
    let (mut whole, mut broken) = (0, 0);
    for (name, path) in conversations {
        let bytes = std::fs::read(&path).expect("a readable file");
        let script = Script::bytes(bytes);
        let config = Config::default()
            .script(Operation::ConverseStream, script.clone())
            .script(Operation::ConverseStream, script);
        let emulator = emulator(config).await;
        let (sdk, sdk_read_all) = sdk_reader::streamed(&emulator.url()).await;
        let (chunks, error) = match open(&ask("Hi"), &calling(&emulator.url())).await {
            Ok(stream) => drain(stream).await,
            Err(error) => (Vec::new(), Some(error)),
        };
        let own = by_chunks(&chunks);
        let sdk = sdk.canonical();
        if !sdk_read_all {
            broken += 1;
            assert!(
                own.text().starts_with(&sdk.text()),
                "{name}: the component {own:?}, AWS's SDK {sdk:?}"
            );
            let goes_on = BEYOND_THE_SDK.contains(&name.as_str());
            assert_eq!(error.is_none(), goes_on, "{name}: {error:?} after {own:?}");
            assert_eq!(chunks.contains(&Chunk::MessageStop), goes_on, "{name}");
            continue;
        }
        whole += 1;
        match error {
            None => assert_eq!(own, sdk, "{name}: the component (left), AWS's SDK (right)"),
            // The SDK takes the end of the bytes for the end of the answer.
            Some(error) if sdk.stop_reason.is_none() => {
                assert_eq!(error.kind, ErrorKind::StreamTruncated, "{name}: {error:?}");
                assert_eq!(own.blocks, sdk.blocks, "{name}");
            }
            // The model stopped without an answer, which is an error here and a stop reason there.
            Some(error) => {
                assert_eq!(error.kind, ErrorKind::Upstream, "{name}: {error:?}");
                assert!(
                    sdk.stop_reason
                        .is_some_and(|reason| reason.starts_with("malformed_")),
                    "{name}: {error:?}"
                );
                assert_eq!(own.blocks, sdk.blocks, "{name}");
                assert_eq!(error.usage.as_ref().map(told::usage), sdk.usage, "{name}");
            }
        }
    }
    assert!(
        whole > 20 && broken > 3,
        "{whole} read to the end, {broken} not"
    );
}
