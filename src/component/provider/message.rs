//! Requests and answers, as far as the versions of WASI have them alike.

use super::wasi::Outgoing;
use super::wasi::bindings::http::types::{Fields, Method, RequestOptions, Scheme};
use crate::canonical::{Error, ErrorKind};
use crate::driver::deadline::{Deadlines, NANOS};
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
    let Some(connect) = deadlines.connect_ms else {
        return Ok(None);
    };
    let options = RequestOptions::new();
    match options.set_connect_timeout(Some(connect.saturating_mul(NANOS))) {
        Err(_) if deadlines.is_connect_required => Err(Error::unsupported(
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
