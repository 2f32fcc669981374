//! What a store holds besides the guest: the tables and rights that the WASI implementations look things up in.

use crate::http::{Client, Hooks};
use crate::limits::Limits;
use crate::{CallError, Grants, HostConfig, Ledger};
use std::sync::Arc;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// The data of one store.
pub(crate) struct State {
    /// The guest's handles: streams, bodies, files, reservations.
    pub(crate) table: ResourceTable,
    /// Environment variables, folders and clocks.
    pub(crate) wasi: WasiCtx,
    /// Limits on header sizes.
    pub(crate) http: WasiHttpCtx,
    /// Where outbound requests go, and which are let through.
    pub(crate) hooks: Hooks,
    /// Where spending is counted, if anywhere.
    pub(crate) ledger: Option<Arc<dyn Ledger>>,
    /// How far memory and tables may grow.
    pub(crate) limits: Limits,
}

impl State {
    /// For an instance with these rights.
    pub(crate) fn new(
        grants: &Grants,
        config: &HostConfig,
        client: &Client,
    ) -> Result<Self, CallError> {
        Ok(Self {
            table: ResourceTable::new(),
            wasi: grants.wasi()?,
            http: WasiHttpCtx::new(),
            hooks: Hooks {
                client: client.clone(),
                outbound: Arc::new(grants.outbound.clone()),
            },
            ledger: grants.ledger.clone(),
            limits: Limits {
                memory: config.memory_per_instance,
                used: 0,
            },
        })
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}
