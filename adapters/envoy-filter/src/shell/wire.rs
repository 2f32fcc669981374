//! Requests and answers as Envoy has them: maps of headers, and buffers.

use bedrock_provider::http_message::HttpRequest;
use llm_gateway::http::{Head, Start};
use proxy_wasm::hostcalls;
use proxy_wasm::types::{BufferType, MapType, Status};

use super::warn;
use crate::exchange::Told;

/// Of the client's headers, what goes on to Bedrock: none of them is signed.
const KEPT: &[&str] = &["x-request-id", "x-forwarded-proto"];

/// Headers with their values as text; what is not UTF-8 in them is replaced.
pub(super) fn headers(map: MapType) -> Vec<(String, String)> {
    let pairs = hostcalls::get_map_bytes(map).unwrap_or_default();
    pairs
        .into_iter()
        .map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned()))
        .collect()
}

/// The head of the client's request.
pub(super) fn request_head() -> Head {
    let headers = hostcalls::get_map_bytes(MapType::HttpRequestHeaders).unwrap_or_default();
    let pseudo = |name: &str| {
        let header = headers.iter().find(|(own, _)| own == name);
        header.map_or(String::new(), |(_, value)| {
            String::from_utf8_lossy(value).into_owned()
        })
    };
    let (method, path) = (pseudo(":method"), pseudo(":path"));
    Head::new(&method, &path, headers)
}

/// The value of a header; empty where there is none.
pub(super) fn value<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    let header = headers.iter().find(|(own, _)| own == name);
    header.map_or("", |(_, value)| value)
}

/// The bytes in a buffer, which are taken out of it.
pub(super) fn take(buffer: BufferType, size: usize) -> Vec<u8> {
    if size == 0 {
        return Vec::new();
    }
    let bytes = hostcalls::get_buffer(buffer, 0, size);
    put(buffer, size, &[]);
    bytes.ok().flatten().unwrap_or_default()
}

/// Put bytes in the place of the `size` that are there.
pub(super) fn put(buffer: BufferType, size: usize, bytes: &[u8]) {
    check(
        hostcalls::set_buffer(buffer, 0, size, bytes),
        "write a body",
    );
}

/// Make the current request this one. Its body's buffer is empty.
pub(super) fn put_request(request: HttpRequest) {
    let client = hostcalls::get_map_bytes(MapType::HttpRequestHeaders).unwrap_or_default();
    let path = match request.query.as_str() {
        "" => request.path,
        query => format!("{}?{query}", request.path),
    };
    let mut map: Vec<(&str, &[u8])> = vec![
        (":method", request.method.as_bytes()),
        (":path", path.as_bytes()),
        (":authority", request.authority.as_bytes()),
        (":scheme", request.scheme.as_bytes()),
    ];
    let kept = client
        .iter()
        .filter(|(name, _)| KEPT.contains(&name.as_str()));
    map.extend(kept.map(|(name, value)| (name.as_str(), value.as_slice())));
    let own = request.headers.iter();
    map.extend(own.map(|(name, value)| (*name, value.as_bytes())));
    check(
        hostcalls::set_map_bytes(MapType::HttpRequestHeaders, map),
        "write a request's headers",
    );
    put(BufferType::HttpRequestBody, 0, &request.body);
}

/// Make the current answer begin like this.
pub(super) fn put_start(start: &Start) {
    let status = start.status.to_string();
    let mut map = vec![(":status", status.as_str())];
    let own = start.headers.iter();
    map.extend(own.map(|(name, value)| (*name, value.as_str())));
    check(
        hostcalls::set_map(MapType::HttpResponseHeaders, map),
        "write an answer's headers",
    );
}

/// Answer the current request here.
pub(super) fn reply(told: &Told) {
    let Some(start) = &told.start else {
        return;
    };
    // Envoy tells the length itself.
    let headers = start.headers.iter();
    let headers = headers.filter(|(name, _)| *name != "content-length");
    let headers = headers.map(|(name, value)| (*name, value.as_str()));
    let status = start.status.into();
    let body = Some(told.body.as_bytes());
    check(
        hostcalls::send_http_response(status, headers.collect(), body),
        "answer a request",
    );
}

/// Tell the log what Envoy refused to do.
pub(super) fn check(result: Result<(), Status>, what: &str) {
    if let Err(status) = result {
        warn(&format!("bedrock: Envoy could not {what}: {status:?}"));
    }
}
