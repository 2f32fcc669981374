//! Requests and answers, as far as the versions of WASI have them alike.

use zeroize::Zeroizing;

use super::deadline::Deadlines;
use super::wasi::bindings::http::types::{Fields, Method, RequestOptions, Scheme};
use super::wasi::{Answer, Outgoing, Read};
use crate::canonical::{Error, ErrorKind};
use crate::exchange::MAX_ERROR_BODY;
use crate::http_message::{Head, HttpRequest};

/// The request's headers.
pub(super) fn fields(request: &HttpRequest) -> Result<Fields, Error> {
    let entry =
        |(name, value): &(&str, http::HeaderValue)| ((*name).to_owned(), value.as_bytes().to_vec());
    let entries: Vec<(String, Vec<u8>)> = request.headers.iter().map(entry).collect();
    Fields::from_list(&entries).map_err(|error| refused(&format!("a header ({error})")))
}

/// Method and address.
pub(super) fn address(outgoing: &Outgoing, request: &HttpRequest) -> Result<(), Error> {
    let scheme = if request.scheme == "http" {
        Scheme::Http
    } else {
        Scheme::Https
    };
    let method = match request.method {
        "GET" => Method::Get,
        "PUT" => Method::Put,
        _ => Method::Post,
    };
    let path = match request.query.as_str() {
        "" => request.path.clone(),
        query => [&request.path, "?", query].concat(),
    };
    let set = [
        (outgoing.set_method(&method), "the method"),
        (outgoing.set_scheme(Some(&scheme)), "the scheme"),
        (
            outgoing.set_authority(Some(&request.authority)),
            "the authority",
        ),
        (outgoing.set_path_with_query(Some(&path)), "the path"),
    ];
    match set.into_iter().find(|(result, _)| result.is_err()) {
        Some((_, what)) => Err(refused(what)),
        None => Ok(()),
    }
}

/// The one deadline that only the host can hold.
pub(super) fn options(deadlines: &Deadlines) -> Result<Option<RequestOptions>, Error> {
    let Some(connect) = deadlines.connect_ns else {
        return Ok(None);
    };
    let options = RequestOptions::new();
    match options.set_connect_timeout(Some(connect)) {
        Err(_) if deadlines.connect_is_asked => Err(Error::unsupported(
            "context.deadlines.connect-ms",
            "this host has no connect timeout: leave it out, or use total-ms",
        )),
        _ => Ok(Some(options)),
    }
}

/// The host does not take a part of the request.
pub(super) fn refused(what: &str) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the host refused {what} of the request"),
    )
}

/// The head of an answer.
pub(super) fn head(status: u16, headers: &[(String, Vec<u8>)]) -> Head {
    let texts = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), std::str::from_utf8(value).ok()?)));
    Head::new(status, texts)
}

#[maybe_async::maybe_async]
impl Answer {
    /// The whole body: of a success at most `limit` bytes, of a failure the first `error_limit`.
    pub(super) async fn read_whole(
        mut self,
        limit: usize,
        error_limit: usize,
        deadlines: &Deadlines,
    ) -> Result<(Head, Zeroizing<Vec<u8>>), Error> {
        // It may hold credentials, and a buffer that grows leaves secrets behind.
        let mut whole = Zeroizing::new(Vec::with_capacity(limit.min(MAX_ERROR_BODY)));
        while let Read::Bytes(bytes) = self.read(deadlines, None).await? {
            let bytes = Zeroizing::new(bytes);
            // Before it grows: a buffer at its limit would grow to twice that.
            if self.head.is_success() && whole.len() + bytes.len() > limit {
                let message = format!("the answer is larger than {limit} bytes");
                return Err(Error::new(ErrorKind::MalformedStream, message));
            }
            whole.extend_from_slice(&bytes);
            if !self.head.is_success() && whole.len() >= error_limit {
                break;
            }
        }
        Ok((self.head, whole))
    }
}
