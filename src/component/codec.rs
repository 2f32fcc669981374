//! The interface `codec`: the core's two halves, for hosts that do their own I/O.

use std::cell::RefCell;

use super::Component;
use crate::canonical::{Chunk, Context, Error, Request, Response};
use crate::credentials;
use crate::environment::Environment;
use crate::exchange::{self, Amendments, State, StreamDecoder};
use crate::http_message::Head;
use crate::world::exports::llm::provider::codec::{
    Exchange, Guest, GuestDecoder, HttpRequest, Operation,
};

impl From<Operation> for exchange::Operation {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::Complete => exchange::Operation::Complete,
            Operation::Stream => exchange::Operation::Stream,
            Operation::CountTokens => exchange::Operation::CountTokens,
        }
    }
}

fn head(status: u16, headers: &[(String, String)]) -> Head {
    Head::new(
        status,
        headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

impl Guest for Component {
    type Decoder = Decoder;

    fn prepare(
        request: Request,
        context: Context,
        operation: Operation,
        now: u64,
    ) -> Result<Exchange, Error> {
        let credentials = credentials::of_context(&context)?;
        let environment = Environment::default();
        let call = exchange::Call {
            request: &request,
            context: &context,
            environment: &environment,
            operation: operation.into(),
            now,
        };
        call.admit(&credentials, &Amendments::default())?
            .without_ledger()?;
        let exchange::Prepared { request, state, .. } =
            call.prepare(&credentials, &Amendments::default())?;
        let headers = request.headers.iter().filter_map(|(name, value)| {
            Some(((*name).to_owned(), value.to_str().ok()?.to_owned()))
        });
        Ok(Exchange {
            request: HttpRequest {
                method: request.method.to_owned(),
                scheme: request.scheme.to_owned(),
                headers: headers.collect(),
                authority: request.authority,
                path: request.path,
                body: request.body,
            },
            state: state.to_bytes(),
        })
    }

    fn decode_response(
        state: Vec<u8>,
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<Response, Error> {
        exchange::decode_response(State::from_bytes(&state)?, &head(status, &headers), &body)
    }

    fn decode_count(
        state: Vec<u8>,
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<u64, Error> {
        exchange::decode_count(&State::from_bytes(&state)?, &head(status, &headers), &body)
    }
}

/// The resource `decoder`.
pub(crate) struct Decoder(RefCell<StreamDecoder>);

impl GuestDecoder for Decoder {
    fn new(state: Vec<u8>, status: u16, headers: Vec<(String, String)>) -> Self {
        let head = head(status, &headers);
        // A constructor cannot fail: a wrong state is told by the first call.
        Decoder(RefCell::new(match State::from_bytes(&state) {
            Ok(state) => StreamDecoder::new(state, head),
            Err(error) => StreamDecoder::failed(error, head),
        }))
    }

    fn push(&self, bytes: Vec<u8>) -> Result<Vec<Chunk>, Error> {
        let mut chunks = Vec::new();
        self.0.borrow_mut().push(&bytes, &mut chunks)?;
        Ok(chunks)
    }

    fn finish(&self) -> Result<Vec<Chunk>, Error> {
        let mut chunks = Vec::new();
        self.0.borrow_mut().finish(&mut chunks)?;
        Ok(chunks)
    }
}
