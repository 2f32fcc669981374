//! An answer that streams: bytes in, chunks out, each batch as soon as its bytes are there.

use super::deadline::{self, Deadlines, Instant};
use super::spending::Spending;
use super::wasi::{Answer, Pending, Read};
use crate::canonical::{Chunk, Error};
use crate::credentials::{self, Auth};
use crate::exchange::{self, MAX_ERROR_BODY, State, StreamDecoder};

/// How long the end of a body is waited for whose answer is whole, in milliseconds.
const LAST_MS: u64 = 20;

/// Since when nothing was given out: bytes that make no chunk are silence to whoever waits for one.
pub(super) struct Silence {
    since: Instant,
    /// After so many milliseconds there is a ping; none: never.
    ping_ms: Option<u64>,
}

impl Silence {
    /// From now.
    pub(super) fn new(ping_ms: Option<u64>) -> Self {
        Silence {
            since: deadline::after(0),
            ping_ms,
        }
    }

    /// When a ping is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.ping_ms.map(|ms| deadline::later(self.since, ms))
    }

    fn is_over(&self) -> bool {
        self.due().is_some_and(|due| due <= deadline::after(0))
    }
}

/// Where more is to come from.
enum Source {
    /// The answer has not begun.
    Sent(Pending, Box<State>),
    Open(Answer, Box<StreamDecoder>),
    /// The answer has ended or failed.
    Over,
}

/// An answer that is being read.
pub(super) struct Reading {
    source: Source,
    deadlines: Deadlines,
    silence: Silence,
    /// None once the answer has said what it cost.
    spending: Option<Spending>,
    /// Its head was a success: what fails before costs nothing.
    has_begun: bool,
    /// What the call was signed with, so that no error tells it.
    auth: Option<Auth>,
    /// Chunks that were read and not yet given out.
    arrived: Vec<Chunk>,
}

#[maybe_async::maybe_async]
impl Reading {
    fn new(source: Source, deadlines: Deadlines, silence: Silence) -> Self {
        Reading {
            has_begun: !matches!(source, Source::Sent(..)),
            source,
            deadlines,
            silence,
            spending: None,
            auth: None,
            arrived: Vec::new(),
        }
    }

    /// Read up to the first chunks, or the first ping: what goes wrong before is the call's own error.
    pub(super) async fn begin(
        state: State,
        answer: Answer,
        deadlines: Deadlines,
        silence: Silence,
    ) -> Result<Self, Error> {
        let decoder = Box::new(StreamDecoder::new(state, answer.head.clone()));
        let mut reading = Reading::new(Source::Open(answer, decoder), deadlines, silence);
        reading.arrived = reading.read().await?.unwrap_or_default();
        Ok(reading)
    }

    /// Of a call whose answer has not begun when a ping is due.
    pub(super) fn silent(
        state: State,
        pending: Pending,
        deadlines: Deadlines,
        silence: Silence,
    ) -> Self {
        let source = Source::Sent(pending, Box::new(state));
        let mut reading = Reading::new(source, deadlines, silence);
        reading.arrived.push(Chunk::Ping);
        reading.silence.since = deadline::after(0);
        reading
    }

    /// What no error may tell.
    pub(super) fn is_signed_with(&mut self, auth: Option<Auth>) {
        self.auth = auth;
    }

    /// The money that was set aside for it. The request is on its way: dropped now, it may have been used.
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
            let spending = match self.has_begun {
                true => spending,
                false => spending.not_begun(),
            };
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
        while !matches!(self.source, Source::Over) {
            let source = std::mem::replace(&mut self.source, Source::Over);
            match self.step(source, &mut chunks).await {
                Ok(source) => self.source = source,
                Err(error) => return Err(credentials::conceal(error, self.auth.as_ref())),
            }
            if chunks.is_empty() && !matches!(self.source, Source::Over) && self.silence.is_over() {
                chunks.push(Chunk::Ping);
            }
            if !chunks.is_empty() {
                self.silence.since = deadline::after(0);
                return Ok(Some(chunks));
            }
        }
        Ok(None)
    }

    /// Wait for what comes next, no longer than until a ping is due; where more is to come from after it.
    async fn step(&mut self, source: Source, chunks: &mut Vec<Chunk>) -> Result<Source, Error> {
        let (mut answer, mut decoder) = match source {
            Source::Sent(mut pending, state) => {
                let head = pending.head(&self.deadlines, self.silence.due()).await?;
                return match head {
                    None => Ok(Source::Sent(pending, state)),
                    Some(answer) => self.opened(answer, *state).await,
                };
            }
            Source::Open(answer, decoder) => (answer, decoder),
            Source::Over => return Ok(Source::Over),
        };
        let read = match decoder.failure() {
            Some(error) => Err(error),
            None if decoder.has_ended() => {
                // The end of the body lets the connection be used again; it is not waited for for long.
                let last = deadline::after(LAST_MS);
                drop(answer.read(&self.deadlines, Some(last)).await);
                Ok(Read::End)
            }
            None => answer.read(&self.deadlines, self.silence.due()).await,
        };
        match read {
            Ok(Read::Bytes(bytes)) => decoder.push(&bytes, chunks)?,
            Ok(Read::Quiet) => {}
            Ok(Read::End) => {
                decoder.finish(chunks)?;
                return Ok(Source::Over);
            }
            Err(error) => {
                decoder.broken(error)?;
                return Ok(Source::Over);
            }
        }
        Ok(Source::Open(answer, decoder))
    }

    /// The answer to a call that was silent for long has begun, or it is a refusal.
    async fn opened(&mut self, answer: Answer, state: State) -> Result<Source, Error> {
        if !answer.head.is_success() {
            let (head, body) = answer
                .read_whole(MAX_ERROR_BODY, MAX_ERROR_BODY, &self.deadlines)
                .await?;
            return Err(exchange::refusal(state.model(), &head, &body));
        }
        self.has_begun = true;
        let decoder = Box::new(StreamDecoder::new(state, answer.head.clone()));
        Ok(Source::Open(answer, decoder))
    }

    /// Ready when more is to come; none where there is something to give out, if only the end.
    #[cfg(not(feature = "async"))]
    pub(super) fn awaited(&self) -> Option<crate::world::wasi::io::poll::Pollable> {
        if !self.arrived.is_empty() {
            return None;
        }
        match &self.source {
            Source::Sent(pending, _) => Some(pending.subscribe()),
            Source::Open(answer, decoder) if !decoder.is_over() => Some(answer.subscribe()),
            Source::Open(..) | Source::Over => None,
        }
    }
}
