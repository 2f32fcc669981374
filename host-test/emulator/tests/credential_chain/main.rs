//! The official SDK's default credential chain, unmodified, takes the emulator for AWS.
//!
//! The chain reads the environment of its process, so each test runs it in a process of its own: this
//! very program again, at [`the_chain_of_the_environment`].

mod broken;
mod good;
mod replayed;

use aws_config::BehaviorVersion;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::ProvideCredentials as _;
use aws_sdk_bedrockruntime::error::DisplayErrorContext;
use aws_sdk_bedrockruntime::types::{ContentBlock, ConversationRole, Message};
use bedrock_emulator::credential_services::{
    Assignment, Container, Imds, Registration, Role, Sso, Sts, WebIdentity,
};
use bedrock_emulator::{
    Config, CredentialExchange, CredentialServices, Emulator, endpoint_variables,
};
use std::path::PathBuf;
use std::process::Command;

/// Set in the process that runs the chain.
const CHILD: &str = "BEDROCK_EMULATOR_CHAIN";
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.sig";
/// The test model, without habits of its own.
const MODEL: &str = "amazon.nova-lite-v1:0";

/// What came of a run of the chain.
struct Run {
    emulator: Emulator,
    /// Access key id and session token that the chain found; or its error.
    credentials: Result<(String, String), String>,
    /// What Bedrock answered: the region it was asked in, or the error. None when it was not asked.
    answer: Option<Result<String, String>>,
}

impl Run {
    fn exchanges(&self) -> Vec<CredentialExchange> {
        let log = self.emulator.credential_requests();
        log.iter().filter_map(|request| request.exchange).collect()
    }

    /// The region in which Bedrock answered.
    fn answered_in(&self) -> Option<&str> {
        self.answer.as_ref()?.as_deref().ok()
    }
}

/// Environment variables and files of a process that runs the chain.
#[derive(Default)]
struct Setting {
    name: String,
    variables: Vec<(String, String)>,
    files: Vec<(String, String)>,
    /// Whether the process stops at the credentials.
    credentials_only: bool,
}

impl Setting {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// `{url}` and `{home}` stand for the emulator's address and the home.
    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    fn home(&self) -> PathBuf {
        PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join("credential_chain")
            .join(&self.name)
    }

    /// The same without a call of Bedrock.
    fn credentials_only(mut self) -> Self {
        self.credentials_only = true;
        self
    }

    async fn run(self, config: Config) -> Run {
        let emulator = Emulator::start(config).await.expect("a port");
        let (url, home) = (emulator.url(), self.home());
        let filled = |text: &str| {
            let home = home.to_str().expect("UTF-8");
            text.replace("{url}", &url).replace("{home}", home)
        };
        std::fs::create_dir_all(&home).expect("a folder");
        for (path, text) in &self.files {
            let path = home.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, filled(text)).expect("a file");
        }
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        child
            .args([
                "--exact",
                "the_chain_of_the_environment",
                "--ignored",
                "--nocapture",
            ])
            .env_clear()
            .env(CHILD, (!self.credentials_only).to_string())
            .env("HOME", &home)
            .env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &url)
            .envs(endpoint_variables(&url));
        for (name, value) in &self.variables {
            child.env(name, filled(value));
        }
        let output = tokio::task::spawn_blocking(move || child.output());
        let output = output.await.expect("a thread").expect("a process");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let told = |name: &str| {
            let mut lines = text.lines();
            lines.find_map(|line| line.strip_prefix(name).map(str::to_owned))
        };
        let outcome = |good: &str, bad: &str| match (told(good), told(bad)) {
            (Some(value), None) => Some(Ok(value)),
            (None, Some(error)) => Some(Err(error)),
            _ => None,
        };
        let credentials = outcome("credentials: ", "no credentials: ");
        let credentials = credentials.unwrap_or_else(|| panic!("{output:?}"));
        Run {
            credentials: credentials.map(|pair| {
                let (id, token) = pair.split_once(' ').expect("a pair");
                (id.to_owned(), token.to_owned())
            }),
            answer: outcome("answer in ", "no answer: "),
            emulator,
        }
    }
}

#[tokio::test]
#[ignore = "the other tests run it, each in an environment of its own"]
async fn the_chain_of_the_environment() {
    let asks_bedrock = std::env::var(CHILD).expect("an environment that another test made");
    let http = aws_smithy_http_client::Builder::new().build_http();
    let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    let config = loader.load().await;
    let provider = config.credentials_provider().expect("the chain");
    match provider.provide_credentials().await {
        Ok(found) => {
            let token = found.session_token().unwrap_or("none");
            println!("\ncredentials: {} {token}", found.access_key_id());
        }
        Err(error) => println!("\nno credentials: {}", DisplayErrorContext(&error)),
    }
    if asks_bedrock != "true" {
        return;
    }
    let message = Message::builder()
        .role(ConversationRole::User)
        .content(ContentBlock::Text("Hello".to_owned()))
        .build()
        .expect("a whole message");
    let asked = Client::new(&config).converse().model_id(MODEL);
    let region = config.region().map_or("none", |region| region.as_ref());
    match asked.messages(message).send().await {
        Ok(_) => println!("\nanswer in {region}"),
        Err(error) => println!("\nno answer: {}", DisplayErrorContext(&error)),
    }
}

/// An account that has everything.
fn services() -> CredentialServices {
    let role = |name: &str| Role::new(format!("arn:aws:iam::123456789012:role/{name}"));
    CredentialServices {
        sts: Some(Sts {
            roles: vec![role("demo"), role("guarded").external_id("ext1")],
            web_identities: vec![WebIdentity::new(TOKEN)],
            ..Sts::default()
        }),
        sso: Some(Sso {
            access_tokens: vec!["sso access".into()],
            assignments: vec![Assignment::new("123456789012", "Dev")],
            registration: Some(Registration {
                client_id: "client".to_owned(),
                client_secret: "client secret".into(),
                refresh_token: "refresh".into(),
            }),
        }),
        imds: Some(Imds::new("my-role", "us-east-1")),
        containers: vec![
            Container::ecs("/container/creds").authorization("Basic abc"),
            Container::eks_pod_identity("pod token"),
        ],
        ..CredentialServices::default()
    }
}

fn with(services: CredentialServices) -> Config {
    Config {
        credential_services: services,
        ..Config::default()
    }
}

fn web_identity(name: &str) -> Setting {
    Setting::new(name)
        .variable("AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token")
        .variable("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/demo")
        .variable("AWS_ROLE_SESSION_NAME", "sess")
        .variable("AWS_REGION", "us-east-1")
        .file("token", TOKEN)
}

/// A profile that is the default one.
fn profile(name: &str, text: &str) -> Setting {
    Setting::new(name)
        .variable("AWS_REGION", "us-east-1")
        .file(".aws/config", &format!("[default]\n{text}"))
}

/// An SSO session whose access token is over at the given time.
fn sso(name: &str, access_token: &str, expires_at: &str) -> Setting {
    const CORP: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    let session = "sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\n\n[sso-session corp]\nsso_start_url = https://d-x.awsapps.com/start\nsso_region = us-east-1\n";
    let token = serde_json::json!({
        "accessToken": access_token,
        "expiresAt": expires_at,
        "region": "us-east-1",
        "startUrl": "https://d-x.awsapps.com/start",
        "clientId": "client",
        "clientSecret": "client secret",
        "refreshToken": "refresh",
        "registrationExpiresAt": "2099-01-01T00:00:00Z",
    });
    profile(name, session).file(CORP, &token.to_string())
}

fn container(name: &str, authorization: &str) -> Setting {
    Setting::new(name)
        .variable(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "{url}/container/creds",
        )
        .variable("AWS_CONTAINER_AUTHORIZATION_TOKEN", authorization)
        .variable("AWS_REGION", "us-east-1")
}

/// Nothing but the instance.
fn instance(name: &str) -> Setting {
    Setting::new(name).variable("AWS_REGION", "us-east-1")
}
