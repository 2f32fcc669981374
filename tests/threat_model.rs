//! The tests that `docs/threat-model.md` names exist.

use std::fs;
use std::path::Path;

/// All sources below a folder, but for what was built.
fn gather(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            if !path.ends_with("target") {
                gather(&path, text);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&fs::read_to_string(&path).expect("text"));
        }
    }
}

#[test]
fn each_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = fs::read_to_string(root.join("docs/threat-model.md")).expect("the model");
    let (_, held) = model.split_once("## What the guest holds").expect("claims");
    let (held, _) = held.split_once("\n## ").expect("an end");
    let is_name = |word: &&str| {
        let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        word.bytes().all(is_part) && word.matches('_').count() > 1
    };
    let names: Vec<&str> = held.split('`').skip(1).step_by(2).filter(is_name).collect();
    assert!(names.len() > 30, "only {names:?}");
    let mut text = String::new();
    for folder in ["src", "adapters", "host-test", "fuzz", "tests"] {
        gather(&root.join(folder), &mut text);
    }
    for name in names {
        assert!(
            text.contains(&format!("fn {name}(")),
            "there is no test {name}"
        );
    }
}
