//! The contract is documented: every interface, type, field, case and function of `wit/` has a line that says what it is,
//! and since when it is there. Without the worlds of Bedrock it stands alone.

use std::path::Path;
use wit_parser::{PackageId, Resolve, Stability, TypeOwner};

/// Whether a line of WIT declares something that a reader would look up.
fn declares(line: &str) -> bool {
    let keywords = [
        "interface ",
        "world ",
        "record ",
        "variant ",
        "enum ",
        "resource ",
        "type ",
        "constructor(",
    ];
    let name = line.trim_start_matches('%');
    let rest = name.trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '-');
    let is_member = rest.len() < name.len() && (rest.starts_with([':', '(']) || rest == ",");
    keywords.iter().any(|keyword| line.starts_with(keyword)) || is_member
}

#[test]
fn every_item_says_what_it_is() {
    let mut count = 0;
    let files =
        ["wit", "wit/bedrock", "wit/async"].map(|folder| std::fs::read_dir(folder).expect(folder));
    for entry in files.into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        let mut before = "";
        // Inside a function's parameters, lines belong to the function.
        let mut is_inside_parameters = false;
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if declares(line) && !is_inside_parameters {
                assert!(
                    before.starts_with("///"),
                    "{}:{number} is not documented: {line}",
                    path.display()
                );
                count += 1;
            }
            is_inside_parameters = match line {
                _ if line.ends_with("func(") => true,
                _ if line.starts_with(')') => false,
                _ => is_inside_parameters,
            };
            // A gate stands between an item and its documentation.
            if !line.starts_with('@') {
                before = line;
            }
        }
    }
    assert!(count > 200, "only {count} items were seen");
}

fn parsed(resolve: &mut Resolve, folder: &Path) -> PackageId {
    let parsed = resolve.push_dir(folder);
    parsed
        .unwrap_or_else(|error| panic!("{}: {error:#}", folder.display()))
        .0
}

/// As somebody copies it: the files of `wit/` and the one package that they use.
#[test]
fn the_contract_stands_alone() {
    let copy = std::env::temp_dir().join(format!("contract-{}", std::process::id()));
    let io = copy.join("deps/io");
    std::fs::create_dir_all(&io).expect("a folder");
    for (from, to) in [("wit", &copy), ("wit/deps/io", &io)] {
        for entry in std::fs::read_dir(from).expect(from) {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|ending| ending == "wit") {
                std::fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("a copy");
            }
        }
    }
    let mut resolve = Resolve::default();
    let package = parsed(&mut resolve, &copy);
    std::fs::remove_dir_all(&copy).expect("removed");
    let package = &resolve.packages[package];
    let mut worlds: Vec<&str> = package.worlds.keys().map(String::as_str).collect();
    worlds.sort_unstable();
    assert_eq!(worlds, ["any-provider", "canonical", "middleware"]);
    assert!(package.interfaces.contains_key("provider"));
    assert_eq!(resolve.packages.len(), 2, "itself and wasi:io");
}

#[test]
fn everything_says_since_when_it_is_there() {
    let mut resolve = Resolve::default();
    let own =
        ["wit", "wit/bedrock", "wit/async"].map(|folder| parsed(&mut resolve, Path::new(folder)));
    let mut count = 0;
    let mut check = |name: &str, stability: &Stability| {
        let is_stable =
            matches!(stability, Stability::Stable { since, .. } if since.to_string() == "0.1.0");
        assert!(is_stable, "{name}: {stability:?}");
        count += 1;
    };
    for (_, world) in &resolve.worlds {
        if own.iter().any(|own| world.package == Some(*own)) {
            check(&world.name, &world.stability);
        }
    }
    for (_, interface) in &resolve.interfaces {
        if !own.iter().any(|own| interface.package == Some(*own)) {
            continue;
        }
        check(
            interface.name.as_deref().unwrap_or_default(),
            &interface.stability,
        );
        for (name, function) in &interface.functions {
            check(name, &function.stability);
        }
    }
    for (_, kind) in &resolve.types {
        if let (Some(name), TypeOwner::Interface(interface)) = (&kind.name, kind.owner)
            && own
                .iter()
                .any(|own| resolve.interfaces[interface].package == Some(*own))
        {
            check(name, &kind.stability);
        }
    }
    assert!(count > 100, "only {count} items were seen");
}

/// The list of `docs/composing.md` is the one that the router is compiled with.
#[test]
fn the_documented_defaults_are_those_that_are_tried() {
    let list = |file: &str| {
        let text = std::fs::read_to_string(file).expect(file);
        let (_, rest) = text.split_once("additional_derives: [").expect("a list");
        let (list, _) = rest.split_once("    ],").expect("its end");
        list.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let documented = list("docs/composing.md");
    assert!(documented.contains("\"stop-reason\""), "{documented}");
    assert_eq!(documented, list("host-test/fallback-router/src/world.rs"));
}
