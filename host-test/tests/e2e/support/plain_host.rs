//! The provider in a host made of wasmtime's own WASI alone, as any embedder's may be: what a component does only in
//! the project's host would fail here. It also reaches the exports that [`bedrock_host::Instance`] does not offer.

use super::components::{PROVIDER, built};
use bedrock_host::bindings::BedrockProvider;
use bedrock_host::bindings::exports::llm::provider::credentials::AwsCredentials;
use bedrock_host::types::{Chunk, Context, Error, Request, Response};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::net::TcpStream;
use wasmtime::component::{Component, Linker, Resource, ResourceAny, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::bindings::io::poll::HostPollable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

/// One instance.
pub(crate) struct PlainHost {
    store: Store<State>,
    exports: BedrockProvider,
}

struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: OneConnectionEach,
}

/// A new connection for each request, and no deadline.
pub(crate) struct OneConnectionEach;

type ConnectionEnd = Box<dyn Future<Output = Result<(), wasmtime_wasi_http::Error>> + Send>;

impl WasiHttpHooks for OneConnectionEach {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: ConnectionEnd,
    ) -> Box<
        dyn Future<
                Output = Result<
                    (http::Response<WasiBody>, ConnectionEnd),
                    wasmtime_wasi_http::Error,
                >,
            > + Send,
    > {
        Box::new(async move {
            let authority = request.uri().authority().expect("an authority").to_string();
            let socket = TcpStream::connect(authority).await.expect("a connection");
            let handshake = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await;
            let (mut sender, connection) = handshake.expect("HTTP/1.1");
            tokio::spawn(connection);
            let response = sender.send_request(request).await.expect("a response");
            let broken = |_| wasmtime_wasi_http::Error::HttpResponseIncomplete;
            let response = response.map(|body| body.map_err(broken).boxed_unsync());
            let end: ConnectionEnd = Box::new(std::future::ready(Ok(())));
            Ok((response, end))
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

fn compiled() -> &'static Component {
    static COMPILED: OnceLock<Component> = OnceLock::new();
    COMPILED.get_or_init(|| {
        Component::from_binary(&Engine::default(), &built(PROVIDER)).expect("a component")
    })
}

impl PlainHost {
    /// A fresh instance with these environment variables.
    pub(crate) async fn new(environment: &[(&str, &str)]) -> Self {
        let component = compiled();
        let mut linker = Linker::new(component.engine());
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("WASI");
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).expect("WASI HTTP");
        let state = State {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder().envs(environment).build(),
            http: WasiHttpCtx::new(),
            hooks: OneConnectionEach,
        };
        let mut store = Store::new(component.engine(), state);
        let exports = BedrockProvider::instantiate_async(&mut store, component, &linker).await;
        Self {
            store,
            exports: exports.expect("the component fits its world"),
        }
    }

    pub(crate) async fn complete(
        &mut self,
        request: &Request,
        context: &Context,
    ) -> Result<Response, Error> {
        let provider = self.exports.llm_provider_provider();
        let answer = provider
            .call_complete(&mut self.store, request, context)
            .await;
        answer.expect("no trap")
    }

    pub(crate) async fn stream(
        &mut self,
        request: &Request,
        context: &Context,
    ) -> Result<ResourceAny, Error> {
        let provider = self.exports.llm_provider_provider();
        let stream = provider
            .call_stream(&mut self.store, request, context)
            .await;
        stream.expect("no trap")
    }

    pub(crate) async fn next(&mut self, stream: ResourceAny) -> Result<Option<Vec<Chunk>>, Error> {
        let chunks = self.exports.llm_provider_provider().chunk_stream();
        let batch = chunks.call_next(&mut self.store, stream).await;
        batch.expect("no trap")
    }

    /// Whether what `subscribe` gives becomes ready within `limit`.
    pub(crate) async fn is_ready(&mut self, stream: ResourceAny, limit: Duration) -> bool {
        let chunks = self.exports.llm_provider_provider().chunk_stream();
        let pollable = chunks.call_subscribe(&mut self.store, stream).await;
        let pollable = pollable.expect("no trap");
        let table = &mut self.store.data_mut().table;
        let borrowed = Resource::new_borrow(pollable.rep());
        let ready = tokio::time::timeout(limit, HostPollable::block(table, borrowed)).await;
        HostPollable::drop(table, pollable).expect("a pollable");
        ready.map(|waited| waited.expect("a pollable")).is_ok()
    }

    pub(crate) async fn encode(&mut self, credentials: &AwsCredentials) -> String {
        let interface = self.exports.llm_provider_credentials();
        let text = interface.call_encode(&mut self.store, credentials).await;
        text.expect("no trap")
    }

    pub(crate) async fn decode(&mut self, text: &str) -> Result<AwsCredentials, Error> {
        let interface = self.exports.llm_provider_credentials();
        let credentials = interface.call_decode(&mut self.store, text).await;
        credentials.expect("no trap")
    }
}
