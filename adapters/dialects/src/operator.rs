//! What a client is told of a failure that is not the client's: the operator's credentials and settings.
//!
//! In: a provider's error, and whether the client brought the credentials. Out: what to tell the client, and what belongs
//! into the operator's log. A client can do nothing about credentials that are missing, expired or refused, and would take
//! 401 and 403 for its own key's; variables, files and addresses are none of its business.

use bedrock_provider::endpoint::ADDRESS;

use crate::canonical::{Error, ErrorKind};

/// The code of credentials of the operator's that are missing, broken, expired or refused.
pub const CREDENTIALS: &str = "provider_credentials";

/// The code of another setting of the operator's that cannot be.
pub const CONFIGURATION: &str = "provider_configuration";

/// How the path of a setting begins; all others are fields of the request.
const SETTINGS: &[&str] = &["context.", "AWS_"];

/// How the path of credentials begins that came with the call.
const GIVEN: &str = "context.credentials";

/// An error, for the client and for the operator.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What to tell the client.
    pub error: Error,
    /// What the operator has to mend, with the provider's own words; none where the error is not the operator's.
    pub fault: Option<String>,
}

/// Who is told what of an error of the provider's; `brings_credentials`: the client did, and not the operator.
pub fn tell(error: Error, brings_credentials: bool) -> Told {
    let path = error.path.as_deref().unwrap_or_default();
    let is_setting = SETTINGS.iter().any(|setting| path.starts_with(setting))
        && !(brings_credentials && path.starts_with(GIVEN));
    let (code, message) = match error.kind {
        ErrorKind::Authentication if !brings_credentials => (
            CREDENTIALS,
            "the gateway's own credentials for the provider are missing, expired or refused: its operator must renew them",
        ),
        ErrorKind::InvalidRequest | ErrorKind::Unsupported | ErrorKind::NotFound if is_setting => (
            CONFIGURATION,
            "the gateway is not configured to make this call: its operator must fix it",
        ),
        // The provider's address, or its proxy's.
        ErrorKind::Connection | ErrorKind::StreamTruncated | ErrorKind::Timeout
            if path == ADDRESS =>
        {
            let fault = Some([path, ": ", &error.message].concat());
            let message = "the gateway's connection to the provider failed".to_owned();
            let error = Error {
                message,
                path: None,
                ..error
            };
            return Told { error, fault };
        }
        // The host's own, that the provider never saw.
        ErrorKind::Permission if error.status.is_none() => (
            CONFIGURATION,
            "the gateway is not allowed to call the provider: its operator must allow it",
        ),
        ErrorKind::Permission if !brings_credentials => {
            let message = without_identities(&error.message);
            return Told {
                error: Error { message, ..error },
                fault: None,
            };
        }
        _ => return Told { error, fault: None },
    };
    let separator = if path.is_empty() { "" } else { ": " };
    let fault = Some([path, separator, &error.message].concat());
    Told {
        error: Error {
            kind: ErrorKind::Internal,
            message: message.to_owned(),
            path: None,
            code: Some(code.to_owned()),
            status: None,
            ..error
        },
        fault,
    }
}

/// A refusal names who was refused: users and roles of the operator's account. The model that it names stays.
fn without_identities(message: &str) -> String {
    let is_identity = |word: &str| {
        let mut fields = word.split(':');
        fields.next() == Some("arn") && matches!(fields.nth(1), Some("iam" | "sts"))
    };
    let words = message.split(' ');
    let words = words.map(|word| {
        if is_identity(word) {
            "(the gateway)"
        } else {
            word
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(
        kind: ErrorKind,
        path: Option<&str>,
        code: Option<&str>,
        status: Option<u16>,
    ) -> Error {
        Error {
            path: path.map(str::to_owned),
            code: code.map(str::to_owned),
            status,
            request_id: Some("aws-1".into()),
            ..Error::new(kind, "set AWS_SECRET in /home/me/.aws")
        }
    }

    #[test]
    fn what_only_the_operator_can_mend_is_no_fault_of_the_clients() {
        use ErrorKind::{Authentication, InvalidRequest, Permission, Unsupported};
        for (kind, path, code, status, expected) in [
            (
                Authentication,
                Some("context.credentials"),
                None,
                None,
                CREDENTIALS,
            ),
            (
                Authentication,
                Some("AWS_CONFIG_FILE"),
                None,
                None,
                CREDENTIALS,
            ),
            (
                Authentication,
                None,
                Some("ExpiredTokenException"),
                Some(403),
                CREDENTIALS,
            ),
            (
                Authentication,
                None,
                Some("UnrecognizedClientException"),
                Some(403),
                CREDENTIALS,
            ),
            (
                InvalidRequest,
                Some("context.region"),
                None,
                None,
                CONFIGURATION,
            ),
            (
                InvalidRequest,
                Some("AWS_REGION"),
                None,
                None,
                CONFIGURATION,
            ),
            (Unsupported, Some("AWS_PROFILE"), None, None, CONFIGURATION),
            (
                Unsupported,
                Some("context.cost_limits.per_day"),
                None,
                None,
                CONFIGURATION,
            ),
            (Permission, None, None, None, CONFIGURATION),
        ] {
            let given = error(kind, path, code, status);
            let told = tell(given.clone(), false);
            let seen = (
                told.error.kind,
                told.error.code.as_deref(),
                told.error.status,
            );
            assert_eq!(
                seen,
                (ErrorKind::Internal, Some(expected), None),
                "{given:?}"
            );
            assert_eq!(
                (told.error.path.as_deref(), told.error.retryable),
                (None, false)
            );
            assert_eq!(told.error.request_id, given.request_id);
            for word in ["AWS_", "/home"] {
                assert!(!told.error.message.contains(word), "{}", told.error.message);
            }
            let fault = told.fault.expect("for the log");
            assert!(fault.contains(&given.message), "{fault}");
            assert!(
                fault.starts_with(path.unwrap_or("set AWS_SECRET")),
                "{fault}"
            );
        }
    }

    #[test]
    fn what_a_client_can_mend_stays_as_it_is() {
        use ErrorKind::{
            Authentication, CostLimit, InvalidRequest, NotFound, Timeout, Unsupported,
        };
        for (kind, path, status) in [
            (InvalidRequest, Some("messages[0].content"), None),
            (Unsupported, Some("top_k"), None),
            (NotFound, Some("model"), Some(404)),
            (CostLimit, Some("context.cost_limits.per_day"), None),
            (Timeout, Some("context.deadlines.total-ms"), None),
        ] {
            let given = error(kind, path, None, status);
            for brings in [true, false] {
                let told = tell(given.clone(), brings);
                assert_eq!((told.error, told.fault), (given.clone(), None));
            }
        }
        // Its own credentials.
        for (kind, path, status) in [
            (Authentication, None, Some(403)),
            (Authentication, Some("context.credentials"), None),
            (InvalidRequest, Some("context.credentials.region"), None),
        ] {
            let given = error(kind, path, None, status);
            assert_eq!(tell(given.clone(), true).error, given);
        }
        let region = tell(
            error(InvalidRequest, Some("context.region"), None, None),
            true,
        );
        assert_eq!(region.error.code.as_deref(), Some(CONFIGURATION));
    }

    #[test]
    fn the_address_of_the_provider_is_for_the_operator() {
        use ErrorKind::{Connection, StreamTruncated, Timeout};
        for kind in [Connection, StreamTruncated, Timeout] {
            let given = Error {
                path: Some("context.endpoint".into()),
                retryable: true,
                retry_after_ms: Some(5),
                ..Error::new(
                    kind,
                    "bedrock.corp.internal:8443: the connection was refused",
                )
            };
            for brings in [true, false] {
                let told = tell(given.clone(), brings);
                let expected = Error {
                    message: "the gateway's connection to the provider failed".into(),
                    path: None,
                    ..given.clone()
                };
                assert_eq!(told.error, expected);
                let fault = told.fault.expect("for the log");
                assert!(fault.contains("bedrock.corp.internal:8443"), "{fault}");
            }
        }
    }

    #[test]
    fn a_policy_s_refusal_stays_one_and_names_the_model_but_not_the_operators_role() {
        let message = "User: arn:aws:sts::123456789012:assumed-role/gateway/i-0abc is not authorized to perform: \
                       bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0 \
                       because no identity-based policy allows it";
        let given = Error {
            code: Some("AccessDeniedException".into()),
            status: Some(403),
            ..Error::new(ErrorKind::Permission, message)
        };
        let told = tell(given.clone(), false);
        let expected = message.replace(
            "arn:aws:sts::123456789012:assumed-role/gateway/i-0abc",
            "(the gateway)",
        );
        assert_eq!((told.error.message, told.fault), (expected, None));
        assert_eq!(
            (told.error.kind, told.error.status),
            (ErrorKind::Permission, Some(403))
        );
        assert_eq!(tell(given.clone(), true).error, given);
    }
}
