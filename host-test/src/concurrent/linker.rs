//! What a component can import at all: the interfaces of the world `bedrock-provider-async`, one line each.

use crate::state::State;
use wasmtime::component::Linker;
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p3::bindings::{cli, clocks, filesystem};
use wasmtime_wasi_http::p3::bindings::http;
use wasmtime_wasi_http::{WasiHttp, WasiHttpView};

/// Offer these, and none besides.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    clocks::types::add_to_linker::<_, WasiClocks>(linker, State::clocks)?;
    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, State::clocks)?;
    clocks::system_clock::add_to_linker::<_, WasiClocks>(linker, State::clocks)?;
    cli::environment::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)?;
    filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)?;
    http::client::add_to_linker::<_, WasiHttp>(linker, State::http)?;
    http::types::add_to_linker::<_, WasiHttp>(linker, State::http)
}
