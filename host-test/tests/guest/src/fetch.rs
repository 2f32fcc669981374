//! `GET` of the context's endpoint, with the context's deadlines; a failure's message is the `wasi:http` error code.

use crate::error;
use crate::exports::llm::provider::types::{Context, Error};
use crate::wasi::http::outgoing_handler::handle;
use crate::wasi::http::types::{
    ErrorCode, Fields, IncomingBody, OutgoingRequest, RequestOptions, Scheme, http_error_code,
};
use crate::wasi::io::streams::{InputStream, StreamError};

pub(crate) struct Body {
    stream: InputStream,
    _body: IncomingBody,
}

pub(crate) fn open(context: &Context) -> Result<Body, Error> {
    let endpoint = context.endpoint.as_deref().unwrap_or_default();
    let (scheme, authority) = match endpoint.split_once("://") {
        Some(("http", authority)) => (Scheme::Http, authority),
        Some((_, authority)) => (Scheme::Https, authority),
        None => return Err(error("no endpoint".into())),
    };
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&scheme)).unwrap();
    request.set_authority(Some(authority)).unwrap();
    request.set_path_with_query(Some("/")).unwrap();
    let options = RequestOptions::new();
    let limit = |ms: Option<u32>| ms.map(|ms| u64::from(ms) * 1_000_000);
    options
        .set_connect_timeout(limit(context.deadlines.connect_ms))
        .unwrap();
    options
        .set_first_byte_timeout(limit(context.deadlines.first_byte_ms))
        .unwrap();
    options
        .set_between_bytes_timeout(limit(context.deadlines.between_bytes_ms))
        .unwrap();

    let pending = handle(request, Some(options)).map_err(code)?;
    pending.subscribe().block();
    let response = pending.get().unwrap().unwrap().map_err(code)?;
    let body = response.consume().unwrap();
    Ok(Body {
        stream: body.stream().unwrap(),
        _body: body,
    })
}

pub(crate) fn all(context: &Context) -> Result<String, Error> {
    let mut body = open(context)?;
    let mut text = String::new();
    while let Some(more) = body.read()? {
        text.push_str(&more);
    }
    Ok(text)
}

impl Body {
    pub(crate) fn read(&mut self) -> Result<Option<String>, Error> {
        match self.stream.blocking_read(64 * 1024) {
            Ok(bytes) => Ok(Some(String::from_utf8(bytes).unwrap())),
            Err(StreamError::Closed) => Ok(None),
            Err(StreamError::LastOperationFailed(failure)) => match http_error_code(&failure) {
                Some(known) => Err(code(known)),
                None => Err(error(failure.to_debug_string())),
            },
        }
    }
}

fn code(code: ErrorCode) -> Error {
    error(format!("{code:?}"))
}
