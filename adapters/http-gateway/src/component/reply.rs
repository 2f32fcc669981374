//! An answer as the host takes it.

use llm_gateway::http::Start;

use crate::world::wasi::clocks::monotonic_clock::subscribe_duration;
use crate::world::wasi::http::types::{Fields, OutgoingBody, OutgoingResponse, ResponseOutparam};
use crate::world::wasi::io::poll::poll;
use crate::world::wasi::io::streams::OutputStream;

/// Where the answer goes. Fields in the order in which WASI wants them dropped.
pub(super) struct Reply {
    stream: Option<OutputStream>,
    body: Option<OutgoingBody>,
    out: Option<ResponseOutparam>,
    is_broken: bool,
}

/// The client is gone.
#[derive(Debug)]
pub(super) struct Gone;

impl Reply {
    pub(super) fn new(out: ResponseOutparam) -> Self {
        Reply {
            stream: None,
            body: None,
            out: Some(out),
            is_broken: false,
        }
    }

    /// Status and headers.
    pub(super) fn begin(&mut self, start: &Start) -> Result<(), Gone> {
        let fields = Fields::new();
        for (name, value) in &start.headers {
            // A header that the host does not take is left out: the answer is worth more.
            let _ = fields.set(name, &[value.clone().into_bytes()]);
        }
        let response = OutgoingResponse::new(fields);
        response.set_status_code(start.status).map_err(|()| Gone)?;
        let body = response.body().map_err(|()| Gone)?;
        ResponseOutparam::set(self.out.take().ok_or(Gone)?, Ok(response));
        self.stream = Some(body.write().map_err(|()| Gone)?);
        self.body = Some(body);
        Ok(())
    }

    /// Write and flush, so that nothing waits for more. Who takes nothing for so many milliseconds is gone.
    pub(super) fn write(&mut self, bytes: &[u8], within: u32) -> Result<(), Gone> {
        let written = self.stream.as_ref().ok_or(Gone);
        let written = written.and_then(|stream| write(stream, bytes, within));
        self.is_broken = written.is_err();
        written
    }

    /// The whole body is out. One that broke is cut off where it is: finished, it would look whole.
    pub(super) fn finish(self) {
        drop(self.stream);
        if let Some(body) = self.body.filter(|_| !self.is_broken) {
            let _ = OutgoingBody::finish(body, None);
        }
    }
}

/// All of `bytes`, as fast as they are taken, and flushed. A flush that fails is told by the next write: behind the last
/// byte of an answer, a client that closes its connection is not gone before the end.
pub(super) fn write(stream: &OutputStream, mut bytes: &[u8], within: u32) -> Result<(), Gone> {
    let wait = || {
        let late = subscribe_duration(u64::from(within).saturating_mul(1_000_000));
        match poll(&[&stream.subscribe(), &late]).contains(&0) {
            true => Ok(()),
            false => Err(Gone),
        }
    };
    while !bytes.is_empty() {
        let room = match stream.check_write().map_err(|_| Gone)? {
            0 => {
                wait()?;
                continue;
            }
            room => usize::try_from(room).unwrap_or(usize::MAX),
        };
        let (now, later) = bytes.split_at(bytes.len().min(room));
        stream.write(now).map_err(|_| Gone)?;
        bytes = later;
    }
    // There is room again once it is flushed.
    match stream.flush() {
        Ok(()) => wait(),
        Err(_) => Ok(()),
    }
}
