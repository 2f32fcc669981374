//! The running services: which one a request is for, what was issued, and the log.

use super::answer::Answer;
use super::fault::{self, CredentialFault, Served};
use super::imds::{self, MetadataToken};
use super::issuer::Issuer;
use super::request_log::CredentialRequest;
use super::sso::{self, RenewedToken};
use super::{CredentialExchange, CredentialServices, PlannedFault, container, sts};
use crate::auth::{AccessKey, Gate};
use crate::clock::{Clock, iso_date};
use crate::config::Config;
use crate::credential_case::{Difference, Replay};
use crate::service::lock;
use crate::sigv4::Signable;
use std::sync::Mutex;

/// What the services need to know and remember while they answer one request.
pub(super) struct Room<'a> {
    pub(super) services: &'a CredentialServices,
    /// The keys that may sign, and the clock; none when signatures are not checked.
    gate: Option<Gate<'a>>,
    clock: Clock,
    memory: &'a mut Memory,
}

/// What is remembered between requests.
#[derive(Default)]
pub(super) struct Memory {
    issuer: Issuer,
    pub(super) metadata_tokens: Vec<MetadataToken>,
    pub(super) metadata_tokens_issued: u64,
    pub(super) renewed_tokens: Vec<RenewedToken>,
    faults: Vec<PlannedFault>,
    replay: Option<Replay>,
    log: Vec<CredentialRequest>,
}

impl std::ops::Deref for Room<'_> {
    type Target = Memory;

    fn deref(&self) -> &Memory {
        self.memory
    }
}

impl std::ops::DerefMut for Room<'_> {
    fn deref_mut(&mut self) -> &mut Memory {
        self.memory
    }
}

impl Room<'_> {
    /// Seconds since the epoch, by the service's clock.
    pub(super) fn now(&self) -> i64 {
        self.clock.now().unix_timestamp()
    }

    /// New credentials that live so many seconds, unless the configuration says otherwise.
    pub(super) fn issue(&mut self, lifetime: i64) -> AccessKey {
        let end = self.end(lifetime);
        self.memory.issuer.issue(end)
    }

    /// The credentials of a metadata service, new ones when those of before are soon over.
    pub(super) fn hand_out(&mut self, path: &str, lifetime: i64) -> AccessKey {
        let (now, end) = (self.now(), self.end(lifetime));
        self.memory.issuer.hand_out(path, now, end)
    }

    fn end(&self, lifetime: i64) -> i64 {
        let seconds = self.services.expires_in.unwrap_or(lifetime);
        self.now().saturating_add(seconds)
    }

    /// When a key is over, in ISO 8601.
    pub(super) fn expiration(&self, key: &AccessKey) -> String {
        iso_date(key.expires_at.unwrap_or_default())
    }

    /// Who may sign here: the account's keys and the issued ones.
    pub(super) fn gate(&self) -> Option<Gate<'_>> {
        self.gate
    }

    /// Whether a key is one that was issued.
    pub(super) fn is_temporary(&self, access_key_id: &str) -> bool {
        self.issuer.keys().iter().any(|key| key.id == access_key_id)
    }
}

/// All of it, shared by the connections.
#[derive(Default)]
pub(crate) struct Desk(Mutex<Memory>);

impl Desk {
    pub(crate) fn new(services: &CredentialServices) -> Self {
        Self(Mutex::new(Memory {
            faults: services.faults.clone(),
            replay: services.replay.clone().map(Replay::new),
            ..Memory::default()
        }))
    }

    /// The answer, if the request is for one of the services. Bedrock's own paths never are.
    pub(crate) fn answer(&self, config: &Config, request: &Signable<'_>) -> Option<Served> {
        let services = &config.credential_services;
        let mut memory = lock(&self.0);
        if let Some(replay) = memory.replay.as_mut() {
            let bedrock = crate::route::route(request.method, request.path).is_ok();
            return (!bedrock).then(|| Served::well(None, replay.answer(config, request)));
        }
        let exchange = CredentialExchange::of(services, request)?;
        let keys = with_issued(config, memory.issuer.keys());
        let fault = fault::take(&mut memory.faults, exchange);
        let mut room = Room {
            services,
            gate: config.check_auth.then(|| Gate {
                access_keys: &keys,
                ..config.gate()
            }),
            clock: config.clock,
            memory: &mut memory,
        };
        let too_far = exchange == CredentialExchange::MetadataToken
            && services
                .imds
                .as_ref()
                .is_some_and(|imds| imds.hop_limit_exceeded);
        let fault = if too_far {
            Some(CredentialFault::Hang)
        } else {
            fault
        };
        let answer = match &fault {
            Some(CredentialFault::Status {
                status,
                content_type,
                body,
            }) => Answer::new(*status, content_type, body.as_str()),
            _ => dispatch(exchange, request, &mut room)?,
        };
        Some(Served::well(Some(exchange), answer).with(fault))
    }

    /// Notes a request.
    pub(crate) fn record(&self, request: CredentialRequest) {
        lock(&self.0).log.push(request);
    }

    /// The account's keys and those that were issued.
    pub(crate) fn keys(&self, config: &Config) -> Vec<AccessKey> {
        with_issued(config, lock(&self.0).issuer.keys())
    }

    pub(crate) fn requests(&self) -> Vec<CredentialRequest> {
        lock(&self.0).log.clone()
    }

    pub(crate) fn forget_requests(&self) {
        lock(&self.0).log.clear();
    }

    pub(crate) fn revoke_metadata_tokens(&self) {
        lock(&self.0).metadata_tokens.clear();
    }

    pub(crate) fn plan_fault(&self, fault: PlannedFault) {
        lock(&self.0).faults.push(fault);
    }

    pub(crate) fn differences(&self) -> Vec<Difference> {
        let memory = lock(&self.0);
        memory
            .replay
            .as_ref()
            .map(Replay::differences)
            .unwrap_or_default()
    }
}

fn with_issued(config: &Config, issued: &[AccessKey]) -> Vec<AccessKey> {
    [config.access_keys.as_slice(), issued].concat()
}

fn dispatch(
    exchange: CredentialExchange,
    request: &Signable<'_>,
    room: &mut Room<'_>,
) -> Option<Answer> {
    let services = room.services;
    Some(match exchange {
        CredentialExchange::AssumeRole
        | CredentialExchange::AssumeRoleWithWebIdentity
        | CredentialExchange::OtherAction => {
            sts::answer(services.sts.as_ref()?, exchange, request, room)
        }
        CredentialExchange::RoleCredentials => {
            sso::role_credentials(services.sso.as_ref()?, request, room)
        }
        CredentialExchange::CreateToken => sso::create_token(services.sso.as_ref()?, request, room),
        CredentialExchange::ContainerCredentials => {
            container::answer(&services.containers, request, room)
        }
        CredentialExchange::MetadataToken
        | CredentialExchange::MetadataRole
        | CredentialExchange::MetadataCredentials
        | CredentialExchange::MetadataRegion
        | CredentialExchange::OtherMetadata => {
            imds::answer(services.imds.as_ref()?, exchange, request, room)
        }
    })
}
