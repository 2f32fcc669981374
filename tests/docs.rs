//! The documents say what is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands between backquotes.
fn quoted(text: &str) -> BTreeSet<&str> {
    let lines = text.lines().filter(|line| !line.starts_with("```"));
    lines
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
}

#[test]
fn the_map_names_each_module_and_nothing_that_is_not_there() {
    let map = read("docs/architecture.md");
    let named = quoted(&map);
    let lib = read("src/lib.rs");
    let modules: Vec<_> = lib
        .lines()
        .filter_map(|line| {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            line.strip_prefix("mod ")?.strip_suffix(';')
        })
        .filter(|module| *module != "tests")
        .collect();
    assert!(modules.len() > 10, "{modules:?}");
    for module in modules {
        let places = [format!("src/{module}"), format!("src/{module}.rs")];
        let is_named = places.iter().any(|place| named.contains(place.as_str()));
        assert!(is_named, "docs/architecture.md does not name {module}");
    }
    for place in named {
        let is_path = ["src/", "adapters/", "wit/", "data/"];
        if is_path.iter().any(|start| place.starts_with(start)) {
            assert!(Path::new(place).exists(), "{place} is not there");
        }
    }
}
