//! The built files, each read and compiled once.

use bedrock_host::http::ClientConfig;
use bedrock_host::{Host, HostConfig, Provider, concurrent};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub(crate) const PROVIDER: &str = "bedrock_provider.wasm";
pub(crate) const LEDGER: &str = "bedrock_provider_ledger.wasm";
pub(crate) const ASYNC: &str = "bedrock_provider_async.wasm";
pub(crate) const CODEC: &str = "bedrock_codec.wasm";
pub(crate) const GATEWAY: &str = "bedrock_gateway.wasm";
pub(crate) const LEDGER_GATEWAY: &str = "bedrock_gateway_ledger.wasm";
pub(crate) const ECHO: &str = "echo_provider.wasm";
pub(crate) const ECHO_GATEWAY: &str = "echo_gateway.wasm";
pub(crate) const ROUTER: &str = "fallback_router.wasm";
pub(crate) const ROUTER_GATEWAY: &str = "echo_router_gateway.wasm";

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The bytes of a built component.
pub(crate) fn built(name: &str) -> Vec<u8> {
    let path = root().join("target/components").join(name);
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; these tests run the built component: run `cargo xtask build` first",
            path.display()
        )
    })
}

/// The provider in a host, compiled once for all tests.
pub(crate) fn provider() -> &'static Provider {
    static PROVIDER_IN_HOST: OnceLock<Provider> = OnceLock::new();
    PROVIDER_IN_HOST.get_or_init(|| hosted(PROVIDER))
}

/// The provider that has a ledger, likewise.
pub(crate) fn ledger_provider() -> &'static Provider {
    static LEDGER_IN_HOST: OnceLock<Provider> = OnceLock::new();
    LEDGER_IN_HOST.get_or_init(|| hosted(LEDGER))
}

/// The provider for WASI 0.3, likewise, in a host of its own.
pub(crate) fn concurrent_provider() -> &'static concurrent::Provider {
    static ASYNC_IN_HOST: OnceLock<concurrent::Provider> = OnceLock::new();
    ASYNC_IN_HOST.get_or_init(|| {
        let host = Host::new(config()).and_then(|host| concurrent::Host::beside(&host));
        let provider = host.expect("an engine").load_bytes(&built(ASYNC));
        provider.expect("the component fits its world")
    })
}

fn hosted(name: &str) -> Provider {
    let host = Host::new(config()).expect("an engine");
    host.load_bytes(&built(name))
        .expect("the component fits its world")
}

fn config() -> HostConfig {
    HostConfig {
        max_instances: 64,
        // Each test has a runtime of its own, and a connection does not outlive the runtime it was made on.
        http: ClientConfig {
            idle_per_host: 0,
            ..ClientConfig::default()
        },
        ..HostConfig::default()
    }
}
