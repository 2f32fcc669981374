//! Which operation a method and path name.
//!
//! The model id is one path segment, percent-encoded: a `/` that is not written `%2F` makes another
//! path, which no operation has.

use crate::check::INVALID_MODEL_ID;
pub use crate::operation::Operation;
use crate::service_error::ServiceError;
use crate::sigv4::percent_decode;

const OPERATIONS: &[(&str, Operation)] = &[
    ("converse", Operation::Converse),
    ("converse-stream", Operation::ConverseStream),
    ("count-tokens", Operation::CountTokens),
];

/// Operation and decoded model id of a request.
///
/// # Errors
/// `UnknownOperationException` for every other method or path, `ValidationException` for a model id
/// that is not UTF-8.
pub fn route(method: &str, path: &str) -> Result<(Operation, String), ServiceError> {
    let segments: Vec<&str> = path.split('/').collect();
    let ("POST", ["", "model", id, last]) = (method, segments.as_slice()) else {
        return Err(ServiceError::unknown_operation());
    };
    let operation = OPERATIONS.iter().find(|(segment, _)| segment == last);
    match operation {
        Some((_, operation)) if !id.is_empty() => {
            let id = String::from_utf8(percent_decode(id));
            id.map(|id| (*operation, id))
                .map_err(|_| ServiceError::validation(INVALID_MODEL_ID))
        }
        _ => Err(ServiceError::unknown_operation()),
    }
}
