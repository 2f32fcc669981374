//! The one door through which a guest's requests leave.

use super::{AllowList, Client};
use http::Request;
use std::future::Future;
use std::sync::Arc;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

/// What the end of a connection will have to say; with a pool it is nobody's in particular.
type ConnectionEnd = Box<dyn Future<Output = Result<(), Error>> + Send>;

/// Of one instance.
pub(crate) struct Hooks {
    pub(crate) client: Client,
    pub(crate) outbound: Arc<AllowList>,
}

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, ConnectionEnd), Error>> + Send>
    {
        if !self.outbound.allows(request.uri()) {
            return Box::new(std::future::ready(Err(Error::HttpRequestDenied)));
        }
        let client = self.client.clone();
        Box::new(async move {
            let response = client.send(request, options.unwrap_or_default()).await?;
            let end: ConnectionEnd = Box::new(std::future::ready(Ok(())));
            Ok((response, end))
        })
    }
}
