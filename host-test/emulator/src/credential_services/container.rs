//! The container endpoint: ECS (`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`), EKS Pod Identity, and any
//! other address in `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
//!
//! In: a GET with `Authorization`. Out: credentials as JSON, or the words of the ECS and EKS agents.

use super::answer::Answer;
use super::desk::Room;
use super::secret::Secret;
use crate::sigv4::Signable;
use serde_json::json;

/// Where the ECS agent keeps the credentials of all tasks; an unknown id is its own refusal.
const ECS_ROOT: &str = "/v2/credentials/";
/// How long a container's credentials live, in seconds.
const LIFETIME: i64 = 6 * 3600;

/// One container's endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Path, such as `/v2/credentials/<uuid>` of ECS or `/v1/credentials` of EKS Pod Identity.
    pub path: String,
    /// What `Authorization` must be, verbatim; none asks for none.
    pub authorization: Option<Secret>,
    /// The task's role; EKS Pod Identity does not tell it.
    pub role_arn: Option<String>,
    /// The account.
    pub account_id: String,
}

impl Container {
    /// An ECS task's endpoint, without authorization.
    pub fn ecs(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            authorization: None,
            role_arn: Some("arn:aws:iam::123456789012:role/ecs".to_owned()),
            account_id: "123456789012".to_owned(),
        }
    }

    /// EKS Pod Identity's endpoint, for the pod with this token.
    pub fn eks_pod_identity(token: impl Into<Secret>) -> Self {
        Self {
            path: "/v1/credentials".to_owned(),
            authorization: Some(token.into()),
            role_arn: None,
            account_id: "123456789012".to_owned(),
        }
    }

    /// The same asking for this `Authorization`.
    #[must_use]
    pub fn authorization(mut self, value: impl Into<Secret>) -> Self {
        self.authorization = Some(value.into());
        self
    }
}

pub(super) fn is_served(containers: &[Container], path: &str) -> bool {
    let ecs = |container: &Container| container.path.starts_with(ECS_ROOT);
    containers.iter().any(|container| container.path == path)
        || path.starts_with(ECS_ROOT) && containers.iter().any(ecs)
}

pub(super) fn answer(
    containers: &[Container],
    request: &Signable<'_>,
    room: &mut Room<'_>,
) -> Answer {
    let found = containers.iter().find(|known| known.path == request.path);
    let Some(container) = found else {
        return Answer::json(
            400,
            &json!({
                "code": "InvalidIdInRequest",
                "message": "CredentialsV2Request: Credentials not found",
                "HTTPErrorCode": 400,
            }),
        );
    };
    if let Some(expected) = &container.authorization {
        match request.header("authorization") {
            Some(sent) if expected.is(sent) => {}
            None | Some("") => {
                return Answer::text(400, "Service account token cannot be empty\n");
            }
            Some(_) => {
                let message =
                    "InvalidTokenException: The token included in the request is invalid.\n";
                return Answer::text(400, message);
            }
        }
    }
    let key = room.hand_out(&container.path, LIFETIME);
    let mut body = json!({
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret,
        "Token": key.session_token,
        "Expiration": room.expiration(&key),
        "AccountId": container.account_id,
    });
    if let (Some(arn), Some(fields)) = (&container.role_arn, body.as_object_mut()) {
        fields.insert("RoleArn".to_owned(), json!(arn));
    }
    Answer::json(200, &body)
}
