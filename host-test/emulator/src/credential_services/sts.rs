//! Security Token Service: a role for who signs, or for who brings a web identity's token.
//!
//! In: a form, signed for `AssumeRole`. Out: XML, as AWS's query protocol has it. Tokens are compared,
//! not verified: the identity provider is the configuration.

use super::CredentialExchange;
use super::answer::Answer;
use super::desk::Room;
use super::form::{parameters, value};
use super::secret::Secret;
use super::sts_parameters::{ASSUME_ROLE, ASSUME_ROLE_WITH_WEB_IDENTITY};
use crate::auth::{AccessKey, Gate};
use crate::config::EXAMPLE_REGION;
use crate::service_error::ServiceError;
use crate::sigv4::{Authorization, Signable};

/// The only version there is; also the date in the namespace.
const VERSION: &str = "2011-06-15";
/// How long a session lives when nothing is asked for, and at most when a role assumes a role; seconds.
const HOUR: i64 = 3600;

/// STS of one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sts {
    /// Region that signatures must be scoped to.
    pub region: String,
    /// The roles that exist.
    pub roles: Vec<Role>,
    /// The web identities that the account's provider vouches for.
    pub web_identities: Vec<WebIdentity>,
}

impl Default for Sts {
    fn default() -> Self {
        Self {
            region: EXAMPLE_REGION.to_owned(),
            roles: Vec::new(),
            web_identities: Vec::new(),
        }
    }
}

/// Who may assume a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// Who signs with a key of the account, and web identities.
    #[default]
    All,
    /// Who signs with a key of the account.
    Keys,
    /// Web identities.
    WebIdentities,
}

/// One role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// `arn:aws:iam::<account>:role/<path and name>`.
    pub arn: String,
    /// Who may assume it.
    pub trust: Trust,
    /// The `ExternalId` it asks for.
    pub external_id: Option<String>,
    /// Its longest session in seconds.
    pub max_session: i64,
}

impl Role {
    /// A role that everybody known may assume, for an hour.
    pub fn new(arn: impl Into<String>) -> Self {
        Self {
            arn: arn.into(),
            trust: Trust::All,
            external_id: None,
            max_session: HOUR,
        }
    }

    /// The same asking for an external id.
    #[must_use]
    pub fn external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }

    /// The same trusting only some.
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }
}

/// One token of a web identity, as in the file that `AWS_WEB_IDENTITY_TOKEN_FILE` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebIdentity {
    /// The token, a JWT.
    pub token: Secret,
    /// Whom it speaks of.
    pub subject: String,
    /// Whether it is over.
    pub expired: bool,
}

impl WebIdentity {
    /// A good token of a Kubernetes service account.
    pub fn new(token: impl Into<Secret>) -> Self {
        Self {
            token: token.into(),
            subject: "system:serviceaccount:ns:sa".to_owned(),
            expired: false,
        }
    }

    /// A token that is over.
    pub fn expired(token: impl Into<Secret>) -> Self {
        Self {
            expired: true,
            ..Self::new(token)
        }
    }
}

/// A refusal of the query protocol.
struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

fn refuse(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal {
        status,
        code,
        message: message.into(),
    }
}

/// The action that a request to `/` names; one without an action is none of STS's.
pub(super) fn exchange(request: &Signable<'_>) -> CredentialExchange {
    match value(&form(request), "Action") {
        Some("AssumeRole") => CredentialExchange::AssumeRole,
        Some("AssumeRoleWithWebIdentity") => CredentialExchange::AssumeRoleWithWebIdentity,
        _ => CredentialExchange::OtherAction,
    }
}

/// Parameters of the query and the body: STS takes both.
fn form(request: &Signable<'_>) -> Vec<(String, String)> {
    let body = parameters(&String::from_utf8_lossy(request.body));
    [parameters(request.query), body].concat()
}

pub(super) fn answer(
    sts: &Sts,
    exchange: CredentialExchange,
    request: &Signable<'_>,
    room: &mut Room<'_>,
) -> Answer {
    let form = form(request);
    let answer = match exchange {
        _ if value(&form, "Version") != Some(VERSION) => Err(no_such_action(&form)),
        CredentialExchange::AssumeRole => assume_role(sts, request, &form, room),
        CredentialExchange::AssumeRoleWithWebIdentity => web_identity(sts, &form, room),
        _ => Err(no_such_action(&form)),
    };
    let (status, body) = match answer {
        Ok(body) => (200, body),
        Err(refusal) => (refusal.status, error_xml(&refusal)),
    };
    Answer::new(status, "text/xml", body)
}

fn no_such_action(form: &[(String, String)]) -> Refusal {
    let (action, version) = (value(form, "Action"), value(form, "Version"));
    let message = format!(
        "Could not find operation {} for version {}",
        action.unwrap_or("NULL"),
        version.unwrap_or("NO_VERSION_SPECIFIED")
    );
    refuse(400, "InvalidAction", message)
}

fn assume_role(
    sts: &Sts,
    request: &Signable<'_>,
    form: &[(String, String)],
    room: &mut Room<'_>,
) -> Result<String, Refusal> {
    if let Some(gate) = room.gate() {
        let gate = Gate {
            region: &sts.region,
            other_regions: &[],
            service: "sts",
            bearer_tokens: &[],
            ..gate
        };
        gate.admit(request)
            .map_err(|error| in_query_words(&error))?;
    }
    if let Some(message) = ASSUME_ROLE.broken(form) {
        return Err(refuse(400, "ValidationError", message));
    }
    let arn = value(form, "RoleArn").unwrap_or_default();
    let caller = caller(request);
    let role = sts.roles.iter().find(|role| {
        let external_id = role.external_id.as_deref();
        role.arn == arn
            && role.trust != Trust::WebIdentities
            && (external_id.is_none() || external_id == value(form, "ExternalId"))
    });
    let Some(role) = role else {
        let message = format!(
            "User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        );
        return Err(refuse(403, "AccessDenied", message));
    };
    let seconds = duration(role, form)?;
    if room.is_temporary(&caller) && seconds > HOUR {
        let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(refuse(400, "ValidationError", message));
    }
    let key = room.issue(seconds);
    let members = [assumed_role(role, form), credentials_xml(&key, room)].concat();
    Ok(response_xml("AssumeRole", &members))
}

fn web_identity(
    sts: &Sts,
    form: &[(String, String)],
    room: &mut Room<'_>,
) -> Result<String, Refusal> {
    if let Some(message) = ASSUME_ROLE_WITH_WEB_IDENTITY.broken(form) {
        return Err(refuse(400, "ValidationError", message));
    }
    let token = value(form, "WebIdentityToken").unwrap_or_default();
    let known = sts.web_identities.iter().find(|it| it.token.is(token));
    let identity = match known {
        Some(identity) if !identity.expired => identity,
        Some(_) => return Err(refuse(400, "ExpiredTokenException", "Token is expired")),
        None => {
            let message = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
            return Err(refuse(400, "InvalidIdentityToken", message));
        }
    };
    let arn = value(form, "RoleArn").unwrap_or_default();
    let role = sts
        .roles
        .iter()
        .find(|role| role.arn == arn && role.trust != Trust::Keys);
    let Some(role) = role else {
        let message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
        return Err(refuse(403, "AccessDenied", message));
    };
    let seconds = duration(role, form)?;
    let key = room.issue(seconds);
    let members = [
        element("Audience", "sts.amazonaws.com"),
        assumed_role(role, form),
        element(
            "Provider",
            "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/X",
        ),
        credentials_xml(&key, room),
        element("SubjectFromWebIdentityToken", &identity.subject),
    ];
    Ok(response_xml("AssumeRoleWithWebIdentity", &members.concat()))
}

/// Seconds that are asked for, within what the role allows.
fn duration(role: &Role, form: &[(String, String)]) -> Result<i64, Refusal> {
    let asked = value(form, "DurationSeconds").and_then(|seconds| seconds.parse().ok());
    let seconds = asked.unwrap_or(HOUR);
    if seconds > role.max_session {
        let message =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(refuse(400, "ValidationError", message));
    }
    Ok(seconds)
}

/// Access key id of who signed; empty for nobody.
fn caller(request: &Signable<'_>) -> String {
    let header = request.header("authorization").unwrap_or_default();
    let authorization = header.parse::<Authorization>();
    authorization.map_or_else(|_| String::new(), |signed| signed.access_key_id)
}

/// The front door's refusals under the query protocol's codes.
fn in_query_words(error: &ServiceError) -> Refusal {
    const CODES: &[(&str, &str)] = &[
        ("ExpiredTokenException", "ExpiredToken"),
        ("IncompleteSignatureException", "IncompleteSignature"),
        ("InvalidSignatureException", "SignatureDoesNotMatch"),
        (
            "MissingAuthenticationTokenException",
            "MissingAuthenticationToken",
        ),
        ("UnrecognizedClientException", "InvalidClientTokenId"),
    ];
    let code = CODES.iter().find(|(json, _)| *json == error.code);
    refuse(
        error.status,
        code.map_or("AccessDenied", |(_, query)| query),
        error.message.as_str(),
    )
}

fn assumed_role(role: &Role, form: &[(String, String)]) -> String {
    let session = value(form, "RoleSessionName").unwrap_or_default();
    // The path of a role is not part of its sessions' names.
    let name = role.arn.rsplit('/').next().unwrap_or_default();
    let account = role.arn.split(':').nth(4).unwrap_or_default();
    let partition = role.arn.split(':').nth(1).unwrap_or_default();
    let arn = format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}");
    let members = [
        element("AssumedRoleId", &format!("AROAEXAMPLE:{session}")),
        element("Arn", &arn),
    ];
    format!("<AssumedRoleUser>{}</AssumedRoleUser>", members.concat())
}

fn credentials_xml(key: &AccessKey, room: &Room<'_>) -> String {
    let members = [
        element("AccessKeyId", &key.id),
        element("SecretAccessKey", &key.secret),
        element(
            "SessionToken",
            key.session_token.as_deref().unwrap_or_default(),
        ),
        element("Expiration", &room.expiration(key)),
    ];
    format!("<Credentials>{}</Credentials>", members.concat())
}

fn response_xml(action: &str, members: &str) -> String {
    format!(
        "<{action}Response xmlns=\"{}\"><{action}Result>{members}</{action}Result><ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{action}Response>",
        namespace()
    )
}

fn error_xml(refusal: &Refusal) -> String {
    let members = [
        element("Type", "Sender"),
        element("Code", refusal.code),
        element("Message", &refusal.message),
    ];
    format!(
        "<ErrorResponse xmlns=\"{}\"><Error>{}</Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>",
        namespace(),
        members.concat()
    )
}

/// The request id in the bodies, as AWS's documentation has it.
const REQUEST_ID: &str = "ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE";

fn namespace() -> String {
    format!("https://sts.amazonaws.com/doc/{VERSION}/")
}

/// One element with text, escaped (XML 1.0, 2.4).
fn element(name: &str, text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<{name}>{text}</{name}>")
}
