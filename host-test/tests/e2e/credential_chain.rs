//! AWS's credential chain in the built component, against the emulator's services: what it keeps and renews, roles, and
//! what it says of sources that are broken.

mod broken;
mod caching;
mod roles;
mod sources;

use crate::support::calls::{ask, emulator, own};
use crate::support::place::Place;
use bedrock_emulator::credential_services::{
    Assignment, Container, Imds, Role, Sso, Sts, WebIdentity,
};
use bedrock_emulator::{
    Config, CredentialExchange, CredentialFault, CredentialServices, EXAMPLE_ACCESS_KEY_ID,
    EXAMPLE_SECRET_ACCESS_KEY, Emulator,
};
use bedrock_host::Instance;
use bedrock_host::types::{Context, Error, Response};

/// A web identity's token, and the one that comes after it.
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.sig";
const NEXT_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.next";
const ROLE: &str = "arn:aws:iam::123456789012:role/demo";
/// Asks for the external id `ext1`.
const GUARDED: &str = "arn:aws:iam::123456789012:role/guarded";
const BEARER: &str = "bedrock-api-key-YmVkcm9jaw==";

/// Where the token of the SSO session `corp` is.
const SSO_TOKEN_FILE: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
const SSO_CONFIG: &str = "[profile s]\nsso_session=corp\nsso_account_id=123456789012\nsso_role_name=Dev\n\
                          [sso-session corp]\nsso_start_url=https://d-x.awsapps.com/start\nsso_region=us-east-1\n";

/// An account that has everything.
fn account() -> CredentialServices {
    CredentialServices {
        sts: Some(Sts {
            roles: vec![Role::new(ROLE), Role::new(GUARDED).external_id("ext1")],
            web_identities: vec![WebIdentity::new(TOKEN), WebIdentity::new(NEXT_TOKEN)],
            ..Sts::default()
        }),
        sso: Some(Sso {
            access_tokens: vec!["sso access".into()],
            assignments: vec![Assignment::new("123456789012", "Dev")],
            registration: None,
        }),
        imds: Some(Imds::new("my-role", "us-east-1")),
        containers: vec![Container::eks_pod_identity("pod token")],
        ..CredentialServices::default()
    }
}

/// The same, whose credentials end after so many seconds.
fn account_for(seconds: i64) -> CredentialServices {
    CredentialServices {
        expires_in: Some(seconds),
        ..account()
    }
}

async fn served(services: CredentialServices) -> Emulator {
    emulator(Config {
        bearer_tokens: vec![BEARER.to_owned()],
        credential_services: services,
        ..Config::default()
    })
    .await
}

/// A pod with a role (IRSA).
fn pod(name: &str, emulator: &Emulator) -> Place {
    Place::new(name, emulator)
        .variables(&[
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token"),
            ("AWS_ROLE_ARN", ROLE),
            ("AWS_REGION", "us-east-1"),
        ])
        .file("token", TOKEN)
}

/// A pod with an identity (EKS Pod Identity).
fn pod_identity(name: &str, emulator: &Emulator) -> Place {
    Place::new(name, emulator)
        .variables(&[
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/v1/credentials"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{home}/auth"),
            ("AWS_REGION", "us-east-1"),
        ])
        .file("auth", "pod token")
}

/// Somebody who has logged in with SSO.
fn logged_in(name: &str, emulator: &Emulator) -> Place {
    Place::new(name, emulator)
        .variables(&[("AWS_PROFILE", "s"), ("AWS_REGION", "us-east-1")])
        .file(".aws/config", SSO_CONFIG)
        .file(
            SSO_TOKEN_FILE,
            r#"{"accessToken": "sso access", "expiresAt": "2099-01-01T00:00:00Z"}"#,
        )
}

/// An instance of EC2.
fn machine(name: &str, emulator: &Emulator) -> Place {
    Place::new(name, emulator).variable("AWS_REGION", "us-east-1")
}

/// Somebody with the example key in the environment.
fn with_keys(name: &str, emulator: &Emulator) -> Place {
    Place::new(name, emulator).variables(&[
        ("AWS_ACCESS_KEY_ID", EXAMPLE_ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", EXAMPLE_SECRET_ACCESS_KEY),
        ("AWS_REGION", "us-east-1"),
    ])
}

/// A call with the chain's credentials.
async fn call(instance: &mut Instance) -> Result<Response, Error> {
    call_in(instance, &Context::default()).await
}

async fn call_in(instance: &mut Instance, context: &Context) -> Result<Response, Error> {
    instance.complete(&ask("Hi"), context).await.map_err(own)
}

/// With these credentials.
fn carrying(credentials: &serde_json::Value) -> Context {
    Context {
        credentials: Some(credentials.to_string()),
        ..Context::default()
    }
}

/// What was asked of the credential services so far.
fn asked(emulator: &Emulator) -> Vec<CredentialExchange> {
    let requests = emulator.credential_requests();
    requests.iter().filter_map(|it| it.exchange).collect()
}

/// Who signed the calls of Bedrock so far.
fn signers(emulator: &Emulator) -> Vec<String> {
    let signer = |header: &str| {
        let (_, rest) = header.split_once("Credential=").expect("a signature");
        rest.split('/').next().unwrap_or_default().to_owned()
    };
    let requests = emulator.requests();
    let headers = requests.iter().filter_map(|it| it.header("authorization"));
    headers.map(signer).collect()
}

/// The id of the n-th key that the emulator gives.
fn issued(number: u32) -> String {
    format!("ASIAEMULATED{number:08}")
}

/// STS refuses so.
fn sts_error(status: u16, code: &str) -> CredentialFault {
    CredentialFault::Status {
        status,
        content_type: "text/xml".to_owned(),
        body: format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>No</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
        ),
    }
}
