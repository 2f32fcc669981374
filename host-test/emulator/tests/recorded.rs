//! What the real service took is taken, and what it refused is refused in its words.
//!
//! The recordings are not part of this repository; without them beside it the test says so and checks
//! nothing.

use bedrock_emulator::check;
use bedrock_emulator::route::route;
use serde_json::Value;
use std::path::Path;

#[test]
fn recorded_requests_get_the_verdict_that_was_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/recorded");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: there are no recordings at {}", folder.display());
        return;
    };
    let mut refused = 0;
    let mut taken = 0;
    for file in files.map(|file| file.expect("a file").path()) {
        if file.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = file.display();
        let recording: Value =
            serde_json::from_slice(&std::fs::read(&file).expect("the file")).expect("JSON");
        let path = recording["path"].as_str().expect("a path");
        let path = path.trim_start_matches("/bedrock");
        let (operation, model) = route("POST", path).expect("an operation");
        let body = recording["request_body"].as_str().expect("a body");
        let body: Value = serde_json::from_str(body).expect("JSON");
        let verdict = check(operation, &model, &body).map_err(|refusal| refusal.message());
        match recording["status"].as_u64() {
            Some(200) => {
                taken += 1;
                assert_eq!(verdict, Ok(()), "{name}");
            }
            _ => {
                refused += 1;
                let expected = recording["response_parsed"]["message"].as_str();
                assert_eq!(
                    verdict,
                    Err(expected.unwrap_or_default().to_owned()),
                    "{name}"
                );
            }
        }
    }
    assert!(taken > 0 && refused > 0, "{taken} taken, {refused} refused");
}
