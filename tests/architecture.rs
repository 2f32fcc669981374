//! The map of `docs/architecture.md` is the house: each module is named, and no two use each other in a circle.

use std::collections::{BTreeMap, BTreeSet};
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

/// The modules of the core.
fn modules(lib: &str) -> Vec<&str> {
    let lines = lib.lines().filter_map(|line| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    // The worlds' bindings have the canonical types in them, which are generated as well.
    lines
        .filter(|module| !["tests", "world"].contains(module))
        .collect()
}

/// Appends the text of all Rust files below a folder, without tests.
fn gather(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.file_stem().is_some_and(|name| name == "tests") {
            continue;
        }
        match path.is_dir() {
            true => gather(&path, text),
            false => append(&path, text),
        }
    }
}

fn append(path: &Path, text: &mut String) {
    let source = fs::read_to_string(path).expect("text");
    let (code, _) = source
        .split_once("#[cfg(test)]\nmod tests")
        .unwrap_or((&source, ""));
    for line in code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        text.push_str(line);
        text.push('\n');
    }
}

/// The modules that each one uses, itself not.
fn uses<'m>(modules: &[&'m str]) -> BTreeMap<&'m str, BTreeSet<&'m str>> {
    let mut all = BTreeMap::new();
    for module in modules {
        let mut text = String::new();
        match Path::new(&format!("src/{module}")) {
            folder if folder.is_dir() => gather(folder, &mut text),
            _ => append(Path::new(&format!("src/{module}.rs")), &mut text),
        }
        // `crate::a::b`, and `crate::{a, b::c}`.
        let mentioned = |other: &&str| {
            let is_end = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            let mut after = text.split("crate::").skip(1);
            after.any(|rest| match rest.strip_prefix('{') {
                Some(list) => {
                    let list = list.split('}').next().unwrap_or_default();
                    list.split(',').any(|name| {
                        let name = name.trim().strip_prefix(other);
                        name.is_some_and(is_end)
                    })
                }
                None => rest.strip_prefix(*other).is_some_and(is_end),
            })
        };
        let others = modules.iter().filter(|other| *other != module);
        let used: BTreeSet<_> = others.copied().filter(|other| mentioned(other)).collect();
        all.insert(*module, used);
    }
    all
}

#[test]
fn no_two_modules_use_each_other_in_a_circle() {
    let lib = read("src/lib.rs");
    let mut uses = uses(&modules(&lib));
    assert!(uses.values().any(|used| used.len() > 5), "{uses:?}");
    // What uses nothing that is left is taken away, until nothing is left.
    while !uses.is_empty() {
        let left: BTreeSet<_> = uses.keys().copied().collect();
        let before = uses.len();
        uses.retain(|_, used| used.iter().any(|other| left.contains(other)));
        assert!(uses.len() < before, "in a circle: {uses:#?}");
    }
}

#[test]
fn the_map_names_each_module_and_nothing_that_is_not_there() {
    let map = read("docs/architecture.md");
    let named = quoted(&map);
    let lib = read("src/lib.rs");
    let modules = modules(&lib);
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

#[test]
fn the_glossary_has_each_term_once_in_order_and_with_a_source() {
    let glossary = read("docs/glossary.md");
    let rows = glossary.lines().filter_map(|line| line.strip_prefix("| "));
    let rows: Vec<_> = rows
        .skip(1)
        .map(|row| row.split(" | ").collect::<Vec<_>>())
        .collect();
    let terms: Vec<_> = rows.iter().map(|row| row[0].to_ascii_lowercase()).collect();
    assert!(
        terms.len() > 30 && terms.is_sorted_by(|one, other| one < other),
        "{terms:?}"
    );
    for row in rows {
        assert_eq!(row.len(), 3, "{row:?}");
        let (_, link) = row[2].split_once("](").expect("a source");
        let (link, _) = link.split_once(')').expect("a link");
        let is_there = link.starts_with("https://") || Path::new("docs").join(link).exists();
        assert!(is_there, "{link}");
    }
}
