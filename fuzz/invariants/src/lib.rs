//! What holds for any input, as functions that panic where it does not.
//!
//! In: any bytes. Out: nothing, or a panic that says what was expected. The fuzzer (`cargo xtask fuzz`) and the replay in
//! the gate (`tests/replay.rs`) call the same functions.
//!
//! | target | in | what holds |
//! |---|---|---|
//! | [`frames()`] | an event stream | any cut gives the same frames; a frame written again is the same bytes |
//! | [`stream()`] | events of ConverseStream | legal chunks with one end, in any cut; legal events in each dialect |
//! | [`json()`] | JSON text | taken or refused as serde_json does; written again it is the same; repaired it is JSON |
//! | [`requests()`] | a client's body | refused by name, or a Converse body that the emulator takes; written again it is the same |
//! | [`answers()`] | Converse's answer | JSON in each dialect that reads as the same; a whole answer told as a stream is legal |
//! | [`credentials()`] | files and answers | the chain ends; no secret in an error or in `Debug`; the text form reads as the same |
//! | [`names()`] | model, region, address | a URL that parses, with one segment for the model |

mod answers;
mod chunks;
mod credentials;
mod frames;
mod json;
mod names;
mod question;
mod requests;
pub mod seeds;
mod stream;
mod told;

pub use answers::answers;
pub use credentials::credentials;
pub use frames::frames;
pub use json::json;
pub use names::names;
pub use requests::requests;
pub use stream::stream;

/// A target: its name, what must hold, and the inputs that it begins with.
pub struct Target {
    /// Of the program in `fuzz/fuzz_targets` and of the folder in `fuzz/regressions`.
    pub name: &'static str,
    /// Panics where something does not hold.
    pub holds: fn(&[u8]),
    /// Made from the vectors.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: [Target; 7] = [
    Target {
        name: "frames",
        holds: frames,
        seeds: seeds::frames,
    },
    Target {
        name: "stream",
        holds: stream,
        seeds: seeds::stream,
    },
    Target {
        name: "json",
        holds: json,
        seeds: seeds::json,
    },
    Target {
        name: "requests",
        holds: requests,
        seeds: seeds::requests,
    },
    Target {
        name: "answers",
        holds: answers,
        seeds: seeds::answers,
    },
    Target {
        name: "credentials",
        holds: credentials,
        seeds: seeds::credentials,
    },
    Target {
        name: "names",
        holds: names,
        seeds: seeds::names,
    },
];
