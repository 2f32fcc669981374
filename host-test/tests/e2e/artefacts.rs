//! What the built files ask a host for and offer it: exactly what the README says.

use crate::support::components::{ASYNC, CODEC, LEDGER, PROVIDER, built, root};
use bedrock_host::inspect::{Inspection, ItemKind, inspect};
use std::collections::BTreeSet;

const PACKAGE: &str = "llm:provider";
const ASYNC_PACKAGE: &str = "llm:provider-async";
const VERSION: &str = "0.1.0";

/// A row of the README's table of authority.
struct Row {
    interface: String,
    /// `provider`, `ledger` (what the provider with a ledger imports besides), `async` or `codec`.
    component: String,
}

/// The rows that begin with an interface in backticks, under the heading `## Authority`, up to the next heading.
fn authority(readme: &str) -> Vec<Row> {
    let section = readme
        .lines()
        .skip_while(|line| line.trim_end() != "## Authority")
        .skip(1);
    let section = section.take_while(|line| !line.starts_with("## "));
    let rows = section.filter_map(|line| {
        let (interface, rest) = line.strip_prefix("| `")?.split_once('`')?;
        let component = rest.trim_end().strip_suffix('|')?.rsplit('|').next()?;
        Some(Row {
            interface: interface.to_owned(),
            component: component.trim().to_owned(),
        })
    });
    rows.collect()
}

fn imports(found: &Inspection) -> BTreeSet<&str> {
    found
        .imports
        .iter()
        .map(|item| item.name.as_str())
        .collect()
}

fn inspected(name: &str) -> Inspection {
    inspect(&built(name)).expect("a valid component")
}

#[test]
fn each_component_imports_what_the_readme_says_and_nothing_else() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; its table of authority is held to the built files",
            path.display()
        )
    });
    let rows = authority(&readme);
    assert!(
        !rows.is_empty(),
        "README.md has no table of interfaces under `## Authority`"
    );
    for row in &rows {
        assert!(
            ["provider", "ledger", "async", "codec"].contains(&row.component.as_str()),
            "README.md, `{}`: the last cell says {:?}, not `provider`, `ledger`, `async` or `codec`",
            row.interface,
            row.component
        );
    }
    let table: [(&str, &[&str]); 4] = [
        (PROVIDER, &["provider"]),
        (LEDGER, &["provider", "ledger"]),
        (ASYNC, &["async"]),
        (CODEC, &["codec"]),
    ];
    for (file, components) in table {
        let is_its = |row: &&Row| components.contains(&row.component.as_str());
        let own = rows.iter().filter(is_its);
        let stated: BTreeSet<&str> = own.map(|row| row.interface.as_str()).collect();
        assert_eq!(
            imports(&inspected(file)),
            stated,
            "{file} (left) and README.md (right) differ"
        );
    }
}

#[test]
fn the_codec_imports_nothing() {
    assert_eq!(inspected(CODEC).imports, []);
}

#[test]
fn the_providers_import_interfaces_of_wasi_alone() {
    for (file, version) in [(PROVIDER, "@0.2.6"), (ASYNC, "@0.3.0")] {
        for import in inspected(file).imports {
            assert!(
                import.name.starts_with("wasi:") && import.name.ends_with(version),
                "{file}: {}",
                import.name
            );
            assert_eq!(import.kind, ItemKind::Interface, "{file}: {}", import.name);
        }
    }
}

#[test]
fn each_component_exports_its_world() {
    let table = [
        (
            PROVIDER,
            &[
                "types",
                "provider",
                "credentials",
                "credential-chain",
                "models",
                "pricing",
            ][..],
        ),
        (
            LEDGER,
            &[
                "types",
                "provider",
                "credentials",
                "credential-chain",
                "models",
                "pricing",
            ],
        ),
        (
            ASYNC,
            &[
                "types",
                "provider-async",
                "credentials",
                "credential-chain-async",
                "models",
                "pricing",
            ],
        ),
        (
            CODEC,
            &["types", "codec", "credentials", "models", "pricing"],
        ),
    ];
    for (file, interfaces) in table {
        let found = inspected(file);
        let exports: BTreeSet<String> =
            found.exports.iter().map(|item| item.name.clone()).collect();
        let stated = interfaces.iter().map(|interface| {
            let is_async = interface.ends_with("-async");
            let package = if is_async { ASYNC_PACKAGE } else { PACKAGE };
            format!("{package}/{interface}@{VERSION}")
        });
        assert_eq!(exports, stated.collect(), "{file}");
    }
}

#[test]
fn a_component_is_one_module_and_names_no_machine() {
    for file in [PROVIDER, LEDGER, ASYNC, CODEC] {
        let bytes = built(file);
        assert!(!inspected(file).core_modules.is_empty());
        for path in ["/home/", "/root/", "/Users/", "/tmp/"] {
            let found = bytes
                .windows(path.len())
                .any(|part| part == path.as_bytes());
            assert!(!found, "{file} holds a path below {path}");
        }
    }
}

#[test]
fn the_table_is_read_as_it_is_written() {
    let readme = "\
## Else
| `wasi:other/one@0.2.6` | no | provider |
## Authority
Words.

| interface | why | who |
|---|---|---|
| `wasi:http/types@0.2.6` | a | b | provider |
| `wasi:io/poll@0.2.6` | waits | codec |
### Below
| `wasi:io/error@0.2.6` | errors | provider |
## Next
| `wasi:other/two@0.2.6` | no | provider |
";
    let rows = authority(readme);
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (row.interface.as_str(), row.component.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            ("wasi:http/types@0.2.6", "provider"),
            ("wasi:io/poll@0.2.6", "codec"),
            ("wasi:io/error@0.2.6", "provider"),
        ]
    );
}
