//! What the built files ask a host for and offer it: exactly what the README says.

use crate::support::components::{
    ASYNC, CODEC, ECHO, ECHO_GATEWAY, GATEWAY, LEDGER, LEDGER_GATEWAY, PROVIDER, ROUTER,
    ROUTER_GATEWAY, built, root,
};
use bedrock_host::inspect::{Inspection, ItemKind, inspect};
use std::collections::BTreeSet;

const PACKAGE: &str = "llm:provider";
const ASYNC_PACKAGE: &str = "llm:provider-async";
const VERSION: &str = "0.1.0";

/// A row of the README's table of authority.
struct Row {
    interface: String,
    /// One of [`COMPONENTS`].
    component: String,
}

/// `ledger` is what the provider with a ledger imports besides, `gateway` what the gateway does that it is composed with,
/// `gateway-ledger` what the gateway with a ledger does besides.
const COMPONENTS: [&str; 6] = [
    "provider",
    "ledger",
    "async",
    "codec",
    "gateway",
    "gateway-ledger",
];

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
            COMPONENTS.contains(&row.component.as_str()),
            "README.md, `{}`: the last cell says {:?}, none of {COMPONENTS:?}",
            row.interface,
            row.component
        );
    }
    let table: [(&str, &[&str]); 6] = [
        (PROVIDER, &["provider"]),
        (LEDGER, &["provider", "ledger"]),
        (ASYNC, &["async"]),
        (CODEC, &["codec"]),
        (GATEWAY, &["provider", "gateway"]),
        (LEDGER_GATEWAY, &["provider", "gateway", "gateway-ledger"]),
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
fn providers_and_gateways_import_interfaces_of_wasi_alone() {
    const KEYVALUE: &str = "wasi:keyvalue/";
    for (file, version) in [
        (PROVIDER, "@0.2.6"),
        (ASYNC, "@0.3.0"),
        (GATEWAY, "@0.2.6"),
        (LEDGER_GATEWAY, "@0.2.6"),
        (ECHO_GATEWAY, "@0.2.6"),
        (ROUTER_GATEWAY, "@0.2.6"),
    ] {
        for import in inspected(file).imports {
            let version = match import.name.starts_with(KEYVALUE) {
                true => "@0.2.0-draft2",
                false => version,
            };
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
fn behind_the_gateway_another_provider_reaches_what_it_asks_for_and_nobody_else() {
    let own = ["wasi:clocks/monotonic-clock@0.2.6", "wasi:io/poll@0.2.6"];
    assert_eq!(imports(&inspected(ECHO)), own.into());
    // The gateway's own: no files, and no HTTP but what comes in.
    let of_the_gateway = [
        "wasi:cli/environment@0.2.6",
        "wasi:cli/stderr@0.2.6",
        "wasi:clocks/monotonic-clock@0.2.6",
        "wasi:clocks/wall-clock@0.2.6",
        "wasi:http/types@0.2.6",
        "wasi:io/error@0.2.6",
        "wasi:io/poll@0.2.6",
        "wasi:io/streams@0.2.6",
        "wasi:random/random@0.2.6",
    ];
    assert_eq!(imports(&inspected(ECHO_GATEWAY)), of_the_gateway.into());
    assert_eq!(imports(&inspected(ROUTER_GATEWAY)), of_the_gateway.into());
}

#[test]
fn middleware_imports_a_provider_and_one_set_of_types() {
    let imported = [
        "llm:provider/provider@0.1.0",
        "llm:provider/types@0.1.0",
        "wasi:io/poll@0.2.6",
    ];
    assert_eq!(imports(&inspected(ROUTER)), imported.into());
}

#[test]
fn a_gateway_exports_a_handler_of_http_and_nothing_else() {
    for file in [GATEWAY, LEDGER_GATEWAY, ECHO_GATEWAY, ROUTER_GATEWAY] {
        let exports = inspected(file).exports;
        let names: Vec<&str> = exports.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(names, ["wasi:http/incoming-handler@0.2.6"], "{file}");
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
        (ECHO, &["types", "provider"]),
        (ROUTER, &["provider"]),
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
fn a_component_has_a_module_and_names_no_machine() {
    for file in [
        PROVIDER,
        LEDGER,
        ASYNC,
        CODEC,
        GATEWAY,
        LEDGER_GATEWAY,
        ECHO,
        ECHO_GATEWAY,
        ROUTER,
        ROUTER_GATEWAY,
    ] {
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
