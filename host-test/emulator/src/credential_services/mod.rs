//! The services that AWS's default credential chain asks: STS, the SSO portal and its token endpoint,
//! EC2 instance metadata, and the container endpoint of ECS and EKS.
//!
//! They share the emulator's listener and are told apart by path, method and `Action`, whatever the
//! host. In: a request. Out: credentials that the emulator's Bedrock then accepts until they are over,
//! or AWS's refusal. A service that is not configured is not there. A [`CredentialCase`] to replay
//! takes the place of all of them.
//!
//! Sources: the service models of STS, SSO and SSO OIDC; the EC2 user guide on instance metadata; the
//! agents of ECS and EKS Pod Identity; the exchanges in `tests/vectors/credentials`.

mod answer;
mod container;
mod desk;
mod fault;
mod form;
mod imds;
mod issuer;
mod request_log;
mod secret;
mod sso;
mod sts;
mod sts_parameters;

pub(crate) use answer::Answer;
pub use container::Container;
pub(crate) use desk::Desk;
pub(crate) use fault::Served;
pub use fault::{CredentialFault, PlannedFault};
pub(crate) use form::parameters;
pub use imds::Imds;
pub use request_log::CredentialRequest;
pub use secret::Secret;
pub use sso::{Assignment, Registration, Sso};
pub use sts::{Role, Sts, Trust, WebIdentity};

use crate::credential_case::CredentialCase;
use crate::sigv4::Signable;

/// What of the credential chain is served, and how. The default serves nothing of it.
///
/// The long-lived keys that may assume roles are those of [`Config`](crate::Config); so are the clock
/// and the switch of the signature's check.
#[derive(Debug, Clone, Default)]
pub struct CredentialServices {
    /// Security Token Service.
    pub sts: Option<Sts>,
    /// IAM Identity Center: portal and token endpoint.
    pub sso: Option<Sso>,
    /// EC2 instance metadata.
    pub imds: Option<Imds>,
    /// Credential endpoints of containers, one a path.
    pub containers: Vec<Container>,
    /// Seconds from now at which every credential that is issued is over, whatever was asked for; zero
    /// or less issues what is over already. None: as AWS does it.
    pub expires_in: Option<i64>,
    /// What goes wrong; the first that fits a request does.
    pub faults: Vec<PlannedFault>,
    /// Serves these recorded exchanges, in order, instead of everything above.
    pub replay: Option<CredentialCase>,
}

impl CredentialServices {
    /// The same with a fault in every request of an exchange.
    #[must_use]
    pub fn fault(mut self, exchange: CredentialExchange, fault: CredentialFault) -> Self {
        self.faults.push(PlannedFault::always(exchange, fault));
        self
    }

    /// The same with a fault in the next request of an exchange.
    #[must_use]
    pub fn fault_once(mut self, exchange: CredentialExchange, fault: CredentialFault) -> Self {
        self.faults.push(PlannedFault::once(exchange, fault));
        self
    }
}

/// The variables that lead AWS's SDKs to an emulator at `url` instead of AWS's own addresses. The
/// container's address is part of its configuration, so it is not among them.
pub fn endpoint_variables(url: &str) -> Vec<(&'static str, String)> {
    [
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "AWS_ENDPOINT_URL_SSO",
        "AWS_ENDPOINT_URL_SSO_OIDC",
        "AWS_ENDPOINT_URL_STS",
    ]
    .map(|name| (name, url.to_owned()))
    .to_vec()
}

/// One kind of request of the credential chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialExchange {
    /// STS `AssumeRole`, signed.
    AssumeRole,
    /// STS `AssumeRoleWithWebIdentity`, not signed.
    AssumeRoleWithWebIdentity,
    /// Any other action of STS; always refused.
    OtherAction,
    /// SSO portal `GET /federation/credentials`.
    RoleCredentials,
    /// SSO OIDC `POST /token`.
    CreateToken,
    /// Instance metadata `PUT /latest/api/token`.
    MetadataToken,
    /// Instance metadata: the role's name.
    MetadataRole,
    /// Instance metadata: the role's credentials.
    MetadataCredentials,
    /// Instance metadata: the region.
    MetadataRegion,
    /// Any other path of instance metadata; never found.
    OtherMetadata,
    /// The container endpoint.
    ContainerCredentials,
}

impl CredentialExchange {
    /// Which exchange of the configured services a request belongs to; none, and it is Bedrock's.
    fn of(services: &CredentialServices, request: &Signable<'_>) -> Option<Self> {
        let served = |configured: bool, exchange| configured.then_some(exchange);
        if let Some(path) = request.path.strip_prefix(imds::ROOT) {
            return served(services.imds.is_some(), imds::exchange(path));
        }
        match (request.method, request.path) {
            (_, "/") => served(services.sts.is_some(), sts::exchange(request)),
            (_, sso::PORTAL) => served(services.sso.is_some(), Self::RoleCredentials),
            (_, sso::TOKEN) => served(services.sso.is_some(), Self::CreateToken),
            ("GET", path) => served(
                container::is_served(&services.containers, path),
                Self::ContainerCredentials,
            ),
            _ => None,
        }
    }
}
