//! An answer as the host takes it.

use crate::http::{Answer, Head, stream_headers};
use crate::log::Record;
use crate::world::wasi::http::types::{Fields, OutgoingBody, OutgoingResponse, ResponseOutparam};
use crate::world::wasi::io::streams::OutputStream;

/// Where the answer goes.
pub(super) struct Reply {
    out: ResponseOutparam,
    is_head: bool,
    request_id: String,
}

/// The client is gone.
#[derive(Debug)]
pub(super) struct Gone;

impl Reply {
    pub(super) fn new(out: ResponseOutparam, head: &Head, request_id: &str) -> Self {
        Reply {
            out,
            is_head: head.method == "HEAD",
            request_id: request_id.to_owned(),
        }
    }

    /// All of it at once.
    pub(super) fn whole(self, answer: &Answer, record: &mut Record) {
        let body = match self.is_head {
            true => "",
            false => answer.body.as_str(),
        };
        let mut headers = answer.headers.clone();
        // An answer to HEAD tells no length: hosts hold the length that is told to the body that is not there.
        if !self.is_head && answer.status != 204 {
            headers.push(("content-length", body.len().to_string()));
        }
        let sent = self
            .begin(answer.status, headers, record)
            .and_then(|mut sending| {
                sending.write(body.as_bytes()).ok()?;
                sending.finish();
                Some(())
            });
        if sent.is_none() {
            record.left();
        }
    }

    /// Status and headers of a stream of events; none where the client is gone.
    pub(super) fn begin_stream(self, record: &mut Record) -> Option<Sending> {
        self.begin(200, stream_headers(), record)
    }

    fn begin(
        self,
        status: u16,
        headers: Vec<(&'static str, String)>,
        record: &mut Record,
    ) -> Option<Sending> {
        record.status = status;
        let fields = Fields::new();
        let ids = ["request-id", "x-request-id"].map(|name| (name, self.request_id.clone()));
        for (name, value) in headers.into_iter().chain(ids) {
            // A header that the host does not take is left out: the answer is worth more.
            let _ = fields.set(name, &[value.into_bytes()]);
        }
        let response = OutgoingResponse::new(fields);
        response.set_status_code(status).ok()?;
        let body = response.body().ok()?;
        ResponseOutparam::set(self.out, Ok(response));
        let stream = body.write().ok()?;
        Some(Sending { stream, body })
    }
}

/// A body on its way. Fields in the order in which WASI wants them dropped. Dropped without [`finish`](Self::finish), it
/// is cut off where it is, and may lose what was written last.
pub(super) struct Sending {
    stream: OutputStream,
    body: OutgoingBody,
}

impl Sending {
    /// Write and flush, so that nothing waits for more.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        write(&self.stream, bytes)
    }

    /// The whole body is out.
    pub(super) fn finish(self) {
        drop(self.stream);
        let _ = OutgoingBody::finish(self.body, None);
    }
}

/// All of `bytes`, as fast as they are taken, and flushed.
pub(super) fn write(stream: &OutputStream, mut bytes: &[u8]) -> Result<(), Gone> {
    while !bytes.is_empty() {
        let room = match stream.check_write().map_err(|_| Gone)? {
            0 => {
                stream.subscribe().block();
                continue;
            }
            room => usize::try_from(room).unwrap_or(usize::MAX),
        };
        let (now, later) = bytes.split_at(bytes.len().min(room));
        stream.write(now).map_err(|_| Gone)?;
        bytes = later;
    }
    stream.blocking_flush().map_err(|_| Gone)
}
