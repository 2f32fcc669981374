//! Every target on its seeds, on inputs that broke something once (`fuzz/regressions`), and on some thousand inputs made
//! of them: always the same ones, so that the gate does not depend on chance.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use fuzz_invariants::{TARGETS, Target};

/// Inputs that are made of the seeds.
const MADE: usize = 3000;

/// What makes text of one kind another.
const TOKENS: &[&str] = &[
    "{}",
    "[]",
    "null",
    "true",
    "\"\"",
    "\"",
    "\\",
    "\\ud800",
    "\\u0000",
    ",",
    ":",
    "{",
    "}",
    "[",
    "]",
    "-1",
    "0",
    "1e999",
    "18446744073709551616",
    "\n",
    "\u{0}",
    "\u{7f}",
    "é",
    "🦀",
    "<",
    "&#x0;",
    "/",
    "..",
    "%2F",
    "@",
    "=",
    "[x]",
];

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Below `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or(0)
    }

    /// A range of a text of this length.
    fn range(&mut self, length: usize) -> (usize, usize) {
        let (one, other) = (self.below(length + 1), self.below(length + 1));
        let (from, to) = (one.min(other), one.max(other));
        (from, to.min(from + 64))
    }
}

/// A seed, changed in a few places.
fn made(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(3) {
        let (from, to) = random.range(bytes.len());
        match random.below(6) {
            0 => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte ^= 1 << random.below(8);
                }
            }
            1 => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte = u8::try_from(random.below(256)).unwrap_or(0);
                }
            }
            2 => drop(bytes.drain(from..to)),
            3 => {
                let copied = bytes[from..to].to_vec();
                let (at, _) = random.range(bytes.len());
                bytes.splice(at..at, copied);
            }
            4 => {
                let token = TOKENS[random.below(TOKENS.len())];
                bytes.splice(from..to.min(from + 1), token.bytes());
            }
            _ => {
                let other = &seeds[random.below(seeds.len())];
                let (start, end) = random.range(other.len());
                bytes.splice(from..to, other[start..end].iter().copied());
            }
        }
    }
    bytes
}

fn regressions(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../regressions");
    let Ok(entries) = fs::read_dir(folder.join(target.name)) else {
        return Vec::new();
    };
    let read = entries.map(|entry| fs::read(entry.expect("an entry").path()).expect("a file"));
    read.collect()
}

/// What cargo-fuzz builds is what is replayed.
#[test]
fn every_target_is_a_program_of_the_fuzzer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
    for target in &TARGETS {
        let name = target.name;
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let program = fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs")));
        let call = format!("fuzz_invariants::{name}(data)");
        assert!(
            program.is_ok_and(|program| program.contains(&call)),
            "{name}"
        );
    }
    let programs = fs::read_dir(folder.join("fuzz_targets")).expect("programs");
    assert_eq!(programs.count(), TARGETS.len());
}

/// Each input alone, so that one which fails is told.
fn replay(name: &str, at_least: usize) {
    let target = TARGETS
        .iter()
        .find(|target| target.name == name)
        .expect("a target");
    let seeds = (target.seeds)();
    assert!(seeds.len() >= at_least, "only {} seeds", seeds.len());
    let mut random = Random(1);
    let made = (0..MADE).map(|_| made(&seeds, &mut random));
    for input in regressions(target)
        .into_iter()
        .chain(seeds.clone())
        .chain(made)
    {
        let result = catch_unwind(AssertUnwindSafe(|| (target.holds)(&input)));
        assert!(
            result.is_ok(),
            "{name} does not hold for \"{}\"",
            input.escape_ascii()
        );
    }
}

macro_rules! replays {
    ($($name:ident $at_least:literal),*) => {$(
        #[test]
        fn $name() {
            replay(stringify!($name), $at_least);
        }
    )*

    #[test]
    fn every_target_is_replayed() {
        let names = [$(stringify!($name)),*];
        assert_eq!(TARGETS.map(|target| target.name), names);
    }
    };
}

mod targets {
    use super::*;
    replays!(frames 60, stream 60, json 60, requests 90, answers 40, credentials 180, names 60);
}
