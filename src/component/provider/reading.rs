//! An answer that streams: bytes in, chunks out, each batch as soon as its bytes are there.

use super::deadline::{self, Deadlines, Instant};
use super::spending::Spending;
use super::wasi::{Answer, Read};
use crate::canonical::{Chunk, Error};
use crate::credentials::{self, Auth};
use crate::exchange::{State, StreamDecoder};

/// How long the end of a body is waited for whose answer is whole, in milliseconds.
const LAST_MS: u64 = 20;

/// An answer that is being read.
pub(super) struct Reading {
    decoder: StreamDecoder,
    /// None once the answer has ended or failed.
    answer: Option<Answer>,
    deadlines: Deadlines,
    /// After so much silence there is a ping.
    ping_ms: Option<u64>,
    /// Since when nothing was given out: bytes that make no chunk are silence to whoever waits for one.
    untold: Instant,
    /// None once the answer has said what it cost.
    spending: Option<Spending>,
    /// What the call was signed with, so that no error tells it.
    auth: Option<Auth>,
    /// Chunks that were read and not yet given out.
    arrived: Vec<Chunk>,
}

#[maybe_async::maybe_async]
impl Reading {
    /// Read up to the first chunks: what goes wrong before them is the call's own error, and no ping comes before them.
    pub(super) async fn begin(
        state: State,
        answer: Answer,
        deadlines: Deadlines,
        ping_ms: Option<u64>,
    ) -> Result<Self, Error> {
        let mut reading = Reading {
            decoder: StreamDecoder::new(state, answer.head.clone()),
            answer: Some(answer),
            deadlines,
            ping_ms: None,
            untold: deadline::after(0),
            spending: None,
            auth: None,
            arrived: Vec::new(),
        };
        reading.arrived = reading.read().await?.unwrap_or_default();
        reading.ping_ms = ping_ms;
        Ok(reading)
    }

    /// What no error may tell.
    pub(super) fn is_signed_with(&mut self, auth: Option<Auth>) {
        self.auth = auth;
    }

    /// The money that was set aside for it.
    pub(super) fn is_paid_by(&mut self, spending: Spending) {
        self.spending = Some(spending.owed());
        self.settle();
    }

    /// What has arrived, or else the next chunks; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Chunk>>, Error> {
        if !self.arrived.is_empty() {
            return Ok(Some(std::mem::take(&mut self.arrived)));
        }
        let read = self.read().await;
        if let Err(error) = &read
            && let Some(spending) = self.spending.take()
        {
            drop(spending.fail(error));
        }
        if let Ok(Some(chunks)) = read {
            self.arrived = chunks;
            self.settle();
            return Ok(Some(std::mem::take(&mut self.arrived)));
        }
        read
    }

    /// Settle, if what has arrived says what the call cost.
    fn settle(&mut self) {
        let end = self.arrived.iter().find_map(|chunk| match chunk {
            Chunk::MessageDelta(end) => Some(end),
            _ => None,
        });
        if let Some(end) = end
            && let Some(spending) = self.spending.take()
        {
            spending.settle(end.cost.as_ref(), Some(&end.usage));
        }
    }

    /// The next chunks; none at the end.
    async fn read(&mut self) -> Result<Option<Vec<Chunk>>, Error> {
        let mut chunks = Vec::new();
        while let Some(answer) = &mut self.answer {
            let read = match self.decoder.failure() {
                Some(error) => Err(error),
                None if self.decoder.has_ended() => {
                    // The end of the body lets the connection be used again; it is not waited for for long.
                    drop(answer.read(&self.deadlines, Some(LAST_MS)).await);
                    Ok(Read::End)
                }
                None => answer.read(&self.deadlines, self.ping_ms).await,
            };
            let result = match read {
                Ok(Read::Bytes(bytes)) => {
                    let pushed = self.decoder.push(&bytes, &mut chunks);
                    if chunks.is_empty() && self.is_ping_due() {
                        chunks.push(Chunk::Ping);
                    }
                    pushed
                }
                Ok(Read::Quiet) => {
                    chunks.push(Chunk::Ping);
                    Ok(())
                }
                Ok(Read::End) => {
                    self.answer = None;
                    self.decoder.finish(&mut chunks)
                }
                Err(error) => {
                    self.answer = None;
                    self.decoder.broken(error)
                }
            };
            if let Err(error) = result {
                self.answer = None;
                return Err(credentials::conceal(error, self.auth.as_ref()));
            }
            if !chunks.is_empty() {
                self.untold = deadline::after(0);
                return Ok(Some(chunks));
            }
        }
        Ok(None)
    }

    fn is_ping_due(&self) -> bool {
        let due = self.ping_ms.map(|ms| deadline::later(self.untold, ms));
        due.is_some_and(|due| due <= deadline::after(0))
    }

    /// The answer that more is to come from; none where there is something to give out, if only the end.
    #[cfg(not(feature = "async"))]
    pub(super) fn awaited(&self) -> Option<&Answer> {
        let answer = self.answer.as_ref()?;
        (self.arrived.is_empty() && !self.decoder.is_over()).then_some(answer)
    }
}
