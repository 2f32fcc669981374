//! What a component can import at all: the interfaces of the world `bedrock-provider-ledger`, one line each.
//!
//! `wasmtime_wasi::p2::add_to_linker_async` would offer everything of `wasi:cli`, sockets and random numbers included.
//! A component that imports something not listed here is refused by [`Host::load`](crate::Host::load) before it runs.

use crate::bindings::llm::provider::ledger;
use crate::state::State;
use wasmtime::component::{HasData, HasSelf, Linker, Resource, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::IoError;
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, io};
use wasmtime_wasi_http::p2::bindings::http;
use wasmtime_wasi_http::{WasiHttp, WasiHttpView};

/// The interface as `wasmtime-wasi-http` defines it. Another version of that crate may define a newer one; the test
/// `silence_and_hanging_up_are_told_apart` then fails.
const HTTP_TYPES: &str = "wasi:http/types@0.2.12";

/// `wasi:io` needs the table alone.
struct WasiIo;

impl HasData for WasiIo {
    type Data<'a> = &'a mut ResourceTable;
}

/// Offer the imports of the world `bedrock-provider-ledger`, and none besides.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    io::error::add_to_linker::<_, WasiIo>(linker, |state| &mut state.table)?;
    io::poll::add_to_linker::<_, WasiIo>(linker, |state| &mut state.table)?;
    io::streams::add_to_linker::<_, WasiIo>(linker, |state| &mut state.table)?;
    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, State::clocks)?;
    clocks::wall_clock::add_to_linker::<_, WasiClocks>(linker, State::clocks)?;
    cli::environment::add_to_linker::<_, WasiCli>(linker, State::cli)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)?;
    filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)?;
    http::outgoing_handler::add_to_linker::<_, WasiHttp>(linker, State::http)?;
    let options = http::types::LinkOptions::default();
    http::types::add_to_linker::<_, WasiHttp>(linker, &options, State::http)?;
    name_body_errors(linker)?;
    ledger::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
}

/// Let the guest learn why a body broke off.
///
/// wasmtime-wasi-http 48 hands its stream errors out as its own type and looks for another one in `http-error-code`,
/// so that every broken body would be an error without a code: a timeout could not be told from a lost connection.
fn name_body_errors(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance(HTTP_TYPES)?.func_wrap(
        "http-error-code",
        |store, (error,): (Resource<IoError>,)| {
            let error = store.data().table.get(&error)?;
            let code = error.downcast_ref::<wasmtime_wasi_http::Error>();
            Ok((code.map(crate::http::error_code),))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}
