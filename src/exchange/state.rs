//! What decoding an answer takes, kept between the two halves of an exchange.

use super::{Operation, message_id};
use crate::canonical::{Error, Response, Warning};
use crate::converse::response;
use crate::converse::restore::Restore;
use crate::event_stream::Limits;
use crate::http_message::Head;
use crate::json::{self, Object, Writer};
use crate::pricing::Tariff;

/// What decoding the answer takes; without secrets, so that a host may keep it.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub(super) operation: Operation,
    /// The canonical answer's `model`.
    pub(super) model: String,
    /// The most bytes of a frame of its stream.
    pub(super) max_frame: u32,
    /// Those of the request.
    pub(super) warnings: Vec<Warning>,
    /// What the request renamed or wrapped.
    pub(super) restore: Restore,
    /// What the call costs; none where that is not known, or is of no account.
    pub(super) tariff: Option<Tariff>,
}

/// A lossy warning's mark in a state's bytes.
const LOSSY: &str = "lossy";

impl State {
    /// As bytes, for a host that keeps it: JSON, of this version only.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.object(|w| {
            w.name("operation").text(self.operation.segment());
            w.name("model").text(&self.model);
            w.name("maxFrame").number(self.max_frame.into());
            w.name("warnings").array(|w| {
                for warning in &self.warnings {
                    w.object(|w| {
                        w.name("code").text(&warning.code);
                        w.name("path").text(&warning.path);
                        w.name("message").text(&warning.message);
                        w.name("lossy").text(if warning.lossy { LOSSY } else { "" });
                    });
                }
            });
            self.restore.write(w);
            if let Some(tariff) = &self.tariff {
                w.name("tariff").text(&tariff.text());
            }
        });
        writer.into_string().into_bytes()
    }

    /// What was asked.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The model as the answer names it.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The whole answer that `head` and `body` are, whose status is that of an answer.
    pub(super) fn answer(&self, head: &Head, body: &[u8]) -> Result<Response, Error> {
        response::response(
            head,
            body,
            message_id(head),
            self.model.clone(),
            self.warnings.clone(),
            &self.restore,
            self.tariff.clone(),
        )
    }

    /// From the bytes that [`to_bytes`](Self::to_bytes) gave.
    ///
    /// # Errors
    /// `invalid-request` where they are something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(bytes).map_err(|error| {
            Error::invalid(
                "state",
                format!("expected the state that prepare gave, saw something else: {error}"),
            )
        })
    }

    fn read(bytes: &[u8]) -> Result<Self, json::Error> {
        let wire = Object::parse(bytes)?;
        let segment = wire.required("operation")?;
        let operation = Operation::ALL
            .into_iter()
            .find(|operation| operation.segment() == segment);
        let mut warnings = Vec::new();
        for warning in wire.objects("warnings")? {
            warnings.push(Warning {
                code: warning.required("code")?,
                path: warning.required("path")?,
                message: warning.required("message")?,
                lossy: warning.required("lossy")? == *LOSSY,
            });
        }
        let tariff = match wire.string("tariff")? {
            Some(row) => Some(Tariff::of_table(&row).ok_or(json::Error::Missing("tariff"))?),
            None => None,
        };
        Ok(State {
            operation: operation.ok_or(json::Error::Missing("operation"))?,
            model: wire.required("model")?,
            max_frame: wire
                .number("maxFrame")?
                .and_then(|bytes| bytes.try_into().ok())
                .unwrap_or(Limits::default().frame),
            warnings,
            restore: Restore::read(&wire)?,
            tariff,
        })
    }
}
