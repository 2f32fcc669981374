//! No secret in anything that the component says: every flow is run with recognisable secrets, all that comes out is
//! written down, and each secret is looked for in it.
//!
//! Services that repeat what they were sent are among the flows. What `resolve` and `encode` give is made of secrets, and
//! is the one thing that is not looked at; neither is what the model says.

mod bedrock;
mod codec;
mod files;
mod services;

use crate::support::calls::{ask, emulator};
use crate::support::place::Place;
use bedrock_emulator::credential_services::{
    Assignment, Container, Imds, Role, Sso, Sts, WebIdentity,
};
use bedrock_emulator::{AccessKey, Config, CredentialServices, Emulator};
use bedrock_host::types::Context;

const KEY_ID: &str = "AKIDSECRETS";
const KEY: &str = "kEy0fTheUser/wJalrXUtnFEMI+K7MDENG";
const SESSION: &str = "sEssi0nOfTheUser//IQoJb3JpZ2luX2VjEXA+==";
const BEARER: &str = "bEarerOfTheUser-YmVkcm9jay5hbWF6b25hd3M=";
const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.dEntityOfThePod.c2lnbmF0dXJl";
const POD: &str = "pOd1dent1tyT0ken.c2lnbmF0dXJlIG9m";
const LOGIN: &str = "lOginTokenOfSso-aoaAAAAAGZ4dOcDiQ";
/// Of the emulator's: what it gives out begins so.
const OF_EMULATOR: [&str; 3] = [
    "emulated/secret+of/the+session/",
    "emulated/session+token/",
    "AQAEmulated0000",
];
const SECRETS: [&str; 6] = [KEY, SESSION, BEARER, JWT, POD, LOGIN];

const ROLE: &str = "arn:aws:iam::123456789012:role/demo";

/// So much of a secret in a row is too much, in bytes.
const TOO_MUCH: usize = 10;

/// All that was said, and by which flow.
#[derive(Default)]
struct Heard(Vec<(String, String)>);

impl Heard {
    /// What a flow said, by `Debug`, and by `Display` where it has one.
    fn note(&mut self, flow: &str, said: impl Into<String>) {
        self.0.push((flow.to_owned(), said.into()));
    }

    fn leaks(&self) -> Vec<String> {
        let secrets = || SECRETS.iter().chain(&OF_EMULATOR);
        let parts: Vec<&str> = secrets()
            .flat_map(|secret| (TOO_MUCH..=secret.len()).map(|end| &secret[end - TOO_MUCH..end]))
            .collect();
        let leaks = self.0.iter().filter_map(|(flow, said)| {
            let part = parts.iter().find(|part| said.contains(**part))?;
            Some(format!("{flow} tells {part}: {said}"))
        });
        leaks.collect()
    }

    /// At least so much was said, and no secret in it.
    fn assert_silent(&self, at_least: usize) {
        assert!(self.0.len() >= at_least, "only {} were heard", self.0.len());
        let leaks = self.leaks();
        assert!(
            leaks.is_empty(),
            "{} leaks\n{}",
            leaks.len(),
            leaks.join("\n")
        );
    }

    /// Everything that a call in each of its forms says in a fresh instance.
    async fn call(&mut self, flow: &str, place: &Place, context: &Context) {
        self.note(flow, format!("{:?}", place.grants()));
        let mut instance = place.instance().await;
        match instance.complete(&ask("Hi"), context).await {
            Ok(response) => self.note(flow, format!("complete {response:?}")),
            Err(error) => self.note(flow, format!("complete {error:?} {error}")),
        }
        match instance.count_tokens(&ask("Hi"), context).await {
            Ok(count) => self.note(flow, format!("count {count:?}")),
            Err(error) => self.note(flow, format!("count {error:?} {error}")),
        }
        if let Err(error) = instance.resolve(context).await {
            self.note(flow, format!("resolve {error:?} {error}"));
        }
        let mut stream = match instance.stream(&ask("Hi"), context).await {
            Ok(stream) => stream,
            Err(error) => return self.note(flow, format!("stream {error:?} {error}")),
        };
        loop {
            match stream.next().await {
                Ok(Some(chunks)) => self.note(flow, format!("stream {chunks:?}")),
                Ok(None) => return,
                Err(error) => return self.note(flow, format!("stream {error:?} {error}")),
            }
        }
    }
}

#[test]
fn a_part_of_a_secret_is_heard() {
    let mut heard = Heard::default();
    heard.note("all", "nothing of note");
    assert!(heard.leaks().is_empty());
    heard.note("a part", format!("and then {}…", &KEY[5..5 + TOO_MUCH]));
    assert_eq!(heard.leaks().len(), 1);
}

/// An account in which every secret counts.
fn account() -> CredentialServices {
    CredentialServices {
        sts: Some(Sts {
            roles: vec![Role::new(ROLE)],
            web_identities: vec![WebIdentity::new(JWT)],
            ..Sts::default()
        }),
        sso: Some(Sso {
            access_tokens: vec![LOGIN.into()],
            assignments: vec![Assignment::new("123456789012", "Dev")],
            registration: None,
        }),
        imds: Some(Imds::new("my-role", "us-east-1")),
        containers: vec![Container::eks_pod_identity(POD)],
        ..CredentialServices::default()
    }
}

async fn served(services: CredentialServices) -> Emulator {
    emulator(Config {
        access_keys: vec![AccessKey::new(KEY_ID, KEY).session_token(SESSION)],
        bearer_tokens: vec![BEARER.to_owned()],
        credential_services: services,
        ..Config::default()
    })
    .await
}

/// A place for each source, all with the region.
fn place(test: &str, source: &str, emulator: &Emulator) -> Place {
    let place = Place::new(&format!("secrets_{test}_{source}"), emulator)
        .variable("AWS_REGION", "us-east-1");
    let in_profile = "role_arn=arn:aws:iam::123456789012:role/demo\nsource_profile=base\n";
    let keys = format!(
        "aws_access_key_id={KEY_ID}\naws_secret_access_key={KEY}\naws_session_token={SESSION}\n"
    );
    match source {
        "bearer" => place.variable("AWS_BEARER_TOKEN_BEDROCK", BEARER),
        "environment" => place.variables(&[
            ("AWS_ACCESS_KEY_ID", KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", KEY),
            ("AWS_SESSION_TOKEN", SESSION),
        ]),
        "file" => place.file(".aws/credentials", &format!("[default]\n{keys}")),
        "role" => place
            .variable("AWS_PROFILE", "r")
            .file(".aws/config", &format!("[profile r]\n{in_profile}"))
            .file(".aws/credentials", &format!("[base]\n{keys}")),
        "web_identity" => place
            .variables(&[
                ("AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token"),
                ("AWS_ROLE_ARN", ROLE),
            ])
            .file("token", JWT),
        "sso" => place
            .variable("AWS_PROFILE", "s")
            .file(
                ".aws/config",
                "[profile s]\nsso_session=corp\nsso_account_id=123456789012\nsso_role_name=Dev\n\
                 [sso-session corp]\nsso_start_url=https://d-x.awsapps.com/start\nsso_region=us-east-1\n",
            )
            .file(SSO_TOKEN_FILE, &format!("{{\"accessToken\": \"{LOGIN}\", \"expiresAt\": \"2099-01-01T00:00:00Z\"}}")),
        "container" => place.variables(&[
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/v1/credentials"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", POD),
        ]),
        "container_file" => place
            .variables(&[
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/v1/credentials"),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{home}/auth"),
            ])
            .file("auth", POD),
        "instance" => place,
        other => panic!("no source {other}"),
    }
}

const SOURCES: [&str; 9] = [
    "bearer",
    "environment",
    "file",
    "role",
    "web_identity",
    "sso",
    "container",
    "container_file",
    "instance",
];

/// Where the token of the SSO session `corp` is.
const SSO_TOKEN_FILE: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
