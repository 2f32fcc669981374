//! What decoding an answer takes, kept between the two halves of an exchange.

use serde::Serialize;

use super::Operation;
use crate::canonical::{Error, Warning};
use crate::json::{self, Object};

/// What decoding the answer takes; without secrets, so that a host may keep it.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub(super) operation: Operation,
    /// The canonical answer's `model`.
    pub(super) model: String,
    /// Those of the request.
    pub(super) warnings: Vec<Warning>,
}

/// A lossy warning's mark in a state's bytes.
const LOSSY: &str = "lossy";

impl State {
    /// As bytes, for a host that keeps it: JSON, of this version only.
    pub fn to_bytes(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Wire<'a> {
            operation: &'a str,
            model: &'a str,
            warnings: Vec<WireWarning<'a>>,
        }

        #[derive(Serialize)]
        struct WireWarning<'a> {
            path: &'a str,
            message: &'a str,
            lossy: &'a str,
        }

        let warnings = self.warnings.iter().map(|warning| WireWarning {
            path: &warning.path,
            message: &warning.message,
            lossy: if warning.lossy { LOSSY } else { "" },
        });
        let wire = Wire {
            operation: self.operation.segment(),
            model: &self.model,
            warnings: warnings.collect(),
        };
        // Texts alone have no way to fail.
        serde_json::to_vec(&wire).unwrap_or_default()
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
                path: warning.required("path")?,
                message: warning.required("message")?,
                lossy: warning.required("lossy")? == *LOSSY,
            });
        }
        Ok(State {
            operation: operation.ok_or(json::Error::Missing("operation"))?,
            model: wire.required("model")?,
            warnings,
        })
    }
}
