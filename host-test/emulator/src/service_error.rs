//! A refusal in AWS's own shape: status, code, message, and the form the code travels in.
//!
//! The forms are those seen from AWS and from the proxies before it: the code in the
//! `x-amzn-errortype` header, in the body's `__type` or `code`, nowhere, or an HTML page.

use bytes::Bytes;
use serde_json::json;

/// Where the error code is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorForm {
    /// `x-amzn-errortype` header, body `{"message":…}`: what Bedrock does.
    #[default]
    Header,
    /// The header with a namespace before `#` and a URL after `:`.
    HeaderWithNamespace,
    /// Body `{"__type":"com.amazon.coral.service#Code","message":…}`, no header.
    BodyType,
    /// Body `{"code":"Code","message":…}`, no header.
    BodyCode,
    /// Body `{"message":…}` and no code at all.
    MessageOnly,
    /// The header, and `Message` with a capital in the body.
    CapitalMessage,
    /// No header and the body `{}`.
    EmptyObject,
    /// No header and no body, as a load balancer does.
    Empty,
    /// An HTML page, as a proxy does.
    Html,
}

/// One refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct ServiceError {
    /// HTTP status.
    pub status: u16,
    /// AWS's code, such as `ThrottlingException`.
    pub code: String,
    /// Text for the reader.
    pub message: String,
    /// Where the code stands.
    pub form: ErrorForm,
    /// Further headers of the response.
    pub headers: Vec<(String, String)>,
}

/// Statuses of the codes that Bedrock Runtime sends; source: its service model, and the front door's codes.
const STATUSES: &[(&str, u16)] = &[
    ("AccessDeniedException", 403),
    ("ExpiredTokenException", 403),
    ("IncompleteSignatureException", 400),
    ("InternalServerException", 500),
    ("InvalidSignatureException", 403),
    ("MissingAuthenticationTokenException", 403),
    ("ModelErrorException", 424),
    ("ModelNotReadyException", 429),
    ("ModelStreamErrorException", 424),
    ("ModelTimeoutException", 408),
    ("ResourceNotFoundException", 404),
    ("SerializationException", 400),
    ("ServiceQuotaExceededException", 400),
    ("ServiceUnavailableException", 503),
    ("ThrottlingException", 429),
    ("UnknownOperationException", 404),
    ("UnrecognizedClientException", 403),
    ("ValidationException", 400),
];

impl ServiceError {
    /// A refusal in Bedrock's usual form, with the status its model gives the code (500 for unknown codes).
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        let code = code.into();
        let status = STATUSES
            .iter()
            .find(|(known, _)| *known == code)
            .map_or(500, |(_, status)| *status);
        Self {
            status,
            code,
            message: message.into(),
            form: ErrorForm::default(),
            headers: Vec::new(),
        }
    }

    /// The same with another status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same in another form.
    #[must_use]
    pub fn form(mut self, form: ErrorForm) -> Self {
        self.form = form;
        self
    }

    /// The same with a further header, such as `x-amz-retry-after`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Value of the `x-amzn-errortype` header, where the form has one.
    pub(crate) fn error_type(&self) -> Option<String> {
        match self.form {
            ErrorForm::Header | ErrorForm::CapitalMessage => Some(self.code.clone()),
            ErrorForm::HeaderWithNamespace => Some(format!(
                "com.amazon.bedrock#{}:http://internal.amazon.com/coral/com.amazon.bedrock/",
                self.code
            )),
            _ => None,
        }
    }

    /// Content type and body.
    pub(crate) fn body(&self) -> (Option<&'static str>, Bytes) {
        const JSON: Option<&str> = Some("application/json");
        // An unknown operation is refused before the protocol is known: an XML body, no message.
        if self.code == UNKNOWN_OPERATION {
            return (
                Some("application/xml"),
                Bytes::from_static(b"<UnknownOperationException/>\n"),
            );
        }
        let json_body = |value: serde_json::Value| (JSON, Bytes::from(value.to_string()));
        match self.form {
            ErrorForm::Header | ErrorForm::HeaderWithNamespace | ErrorForm::MessageOnly => {
                json_body(json!({"message": self.message}))
            }
            ErrorForm::CapitalMessage => json_body(json!({"Message": self.message})),
            ErrorForm::BodyType => json_body(
                json!({"__type": format!("com.amazon.coral.service#{}", self.code), "message": self.message}),
            ),
            ErrorForm::BodyCode => json_body(json!({"code": self.code, "message": self.message})),
            ErrorForm::EmptyObject => json_body(json!({})),
            ErrorForm::Empty => (None, Bytes::new()),
            ErrorForm::Html => (
                Some("text/html"),
                Bytes::from(format!(
                    "<html><body><h1>{}</h1></body></html>",
                    self.message
                )),
            ),
        }
    }
}

/// Code of a request that names no operation.
pub(crate) const UNKNOWN_OPERATION: &str = "UnknownOperationException";

impl ServiceError {
    /// The refusal of a path that is no operation.
    pub(crate) fn unknown_operation() -> Self {
        Self::new(UNKNOWN_OPERATION, "")
    }

    /// A body that breaks a constraint or a rule.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }
}
