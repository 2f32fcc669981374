//! Bedrock's own errors: as frames of a stream and as answers, by code and by status alone.

use super::row::{Expected, Row, TEXT};
use bedrock_emulator::{ErrorForm, Frame, Script, ServiceError};
use bedrock_host::types::ErrorKind;

const SAID: &str = "the service's own words";

/// The exceptions of a stream, the codes they are told by, and whether they are tried again where nothing came before.
const EXCEPTIONS: &[(&str, &str, ErrorKind, bool, bool)] = &[
    (
        "internalServerException",
        "InternalServerException",
        ErrorKind::Upstream,
        true,
        true,
    ),
    (
        "modelStreamErrorException",
        "ModelStreamErrorException",
        ErrorKind::Upstream,
        true,
        false,
    ),
    (
        "serviceUnavailableException",
        "ServiceUnavailableException",
        ErrorKind::Overloaded,
        true,
        true,
    ),
    (
        "throttlingException",
        "ThrottlingException",
        ErrorKind::RateLimited,
        true,
        true,
    ),
    (
        "validationException",
        "ValidationException",
        ErrorKind::InvalidRequest,
        false,
        false,
    ),
];

/// Code and status, kind, whether the caller may try again, whether the component does.
const CODES: &[(&str, u16, ErrorKind, bool, bool)] = &[
    (
        "AccessDeniedException",
        403,
        ErrorKind::Permission,
        false,
        false,
    ),
    (
        "ExpiredTokenException",
        403,
        ErrorKind::Authentication,
        false,
        false,
    ),
    (
        "IncompleteSignatureException",
        400,
        ErrorKind::Authentication,
        false,
        false,
    ),
    (
        "InternalServerException",
        500,
        ErrorKind::Upstream,
        true,
        true,
    ),
    (
        "InvalidSignatureException",
        403,
        ErrorKind::Authentication,
        false,
        false,
    ),
    (
        "MissingAuthenticationTokenException",
        403,
        ErrorKind::Authentication,
        false,
        false,
    ),
    (
        "ModelErrorException",
        424,
        ErrorKind::Upstream,
        false,
        false,
    ),
    (
        "ModelNotReadyException",
        429,
        ErrorKind::RateLimited,
        true,
        true,
    ),
    (
        "ModelTimeoutException",
        408,
        ErrorKind::Timeout,
        true,
        false,
    ),
    (
        "RequestTimeTooSkewed",
        403,
        ErrorKind::Authentication,
        false,
        false,
    ),
    (
        "ResourceNotFoundException",
        404,
        ErrorKind::NotFound,
        false,
        false,
    ),
    (
        "ServiceQuotaExceededException",
        400,
        ErrorKind::RateLimited,
        false,
        false,
    ),
    (
        "ServiceUnavailableException",
        503,
        ErrorKind::Overloaded,
        true,
        true,
    ),
    (
        "ThrottlingException",
        429,
        ErrorKind::RateLimited,
        true,
        true,
    ),
    (
        "UnrecognizedClientException",
        403,
        ErrorKind::Authentication,
        false,
        false,
    ),
    (
        "ValidationException",
        400,
        ErrorKind::InvalidRequest,
        false,
        false,
    ),
];

/// The same of answers that tell no code.
const STATUSES: &[(u16, ErrorKind, bool, bool)] = &[
    (400, ErrorKind::InvalidRequest, false, false),
    (401, ErrorKind::Authentication, false, false),
    (403, ErrorKind::Permission, false, false),
    (404, ErrorKind::NotFound, false, false),
    (408, ErrorKind::Timeout, true, false),
    (413, ErrorKind::RequestTooLarge, false, false),
    (418, ErrorKind::Upstream, false, false),
    (424, ErrorKind::Upstream, false, false),
    (429, ErrorKind::RateLimited, true, true),
    (500, ErrorKind::Upstream, true, true),
    (502, ErrorKind::Upstream, true, true),
    (503, ErrorKind::Overloaded, true, true),
    (504, ErrorKind::Timeout, true, true),
    (529, ErrorKind::Overloaded, true, false),
];

/// A form, whether it tells the code, and whether it tells the message.
type Form = (ErrorForm, bool, bool);

pub(super) const EVERY_FORM: &[Form] = &[
    (ErrorForm::Header, true, true),
    (ErrorForm::BodyType, true, true),
    (ErrorForm::BodyCode, true, true),
    (ErrorForm::MessageOnly, false, true),
    (ErrorForm::EmptyObject, false, false),
    (ErrorForm::Empty, false, false),
    (ErrorForm::Html, false, true),
];

pub(super) const WITH_AND_WITHOUT_CODE: &[Form] = &[
    (ErrorForm::Header, true, true),
    (ErrorForm::Empty, false, false),
];

/// Exceptions and errors in a stream, as its first frame and in its middle.
pub(super) fn frames() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut push = |name: &str, frame: Frame, expected: Expected| {
        let first = Script::frames(vec![frame.clone()]);
        let middle = Script::text(TEXT).interrupted_after(3, frame);
        rows.extend([
            Row::new(format!("{name}, first frame"), first).stream(expected.clone()),
            Row::new(format!("{name}, frame 3"), middle).stream(expected.after_chunks()),
        ]);
    };
    for &(name, code, kind, retryable, again) in EXCEPTIONS {
        let expected = Expected::error(kind, SAID)
            .code(code)
            .retryable(retryable)
            .again(again);
        push(name, Frame::exception(name, SAID), expected);
    }
    let unmodeled = Expected::error(ErrorKind::Upstream, SAID)
        .code("InternalError")
        .retryable(true);
    push(
        "error frame",
        Frame::error("InternalError", SAID),
        unmodeled,
    );
    rows
}

/// Every code in each of these forms.
pub(super) fn answers(forms: &[Form]) -> Vec<Row> {
    let pairs = CODES
        .iter()
        .flat_map(|row| forms.iter().map(move |form| (row, form)));
    pairs
        .map(
            |(&(code, status, kind, retryable, again), &(form, has_code, has_message))| {
                let error = ServiceError::new(code, SAID).status(status).form(form);
                let says = if has_message {
                    SAID.to_owned()
                } else {
                    status.to_string()
                };
                let expected = if has_code {
                    Expected::error(kind, says)
                        .code(code)
                        .retryable(retryable)
                        .again(again)
                } else {
                    by_status(status, says)
                };
                Row::new(format!("{status} {code}, {form:?}"), Script::from(error)).both(expected)
            },
        )
        .collect()
}

/// Every status without a code.
pub(super) fn statuses() -> Vec<Row> {
    STATUSES
        .iter()
        .map(|&(status, ..)| {
            let error = ServiceError::new("None", "")
                .status(status)
                .form(ErrorForm::Empty);
            Row::new(format!("{status} alone"), Script::from(error))
                .both(by_status(status, status.to_string()))
        })
        .collect()
}

fn by_status(status: u16, says: String) -> Expected {
    let row = STATUSES.iter().find(|(known, ..)| *known == status);
    let &(_, kind, retryable, again) = row.unwrap_or_else(|| panic!("no row for {status}"));
    Expected::error(kind, says)
        .retryable(retryable)
        .again(again)
}
