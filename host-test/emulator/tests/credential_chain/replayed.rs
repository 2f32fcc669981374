//! The recorded exchanges of another SDK, played to this one: where both do the same, nothing differs.

use super::{Setting, with};
use bedrock_emulator::{CredentialCase, CredentialServices};
use std::path::Path;

/// Runs a case; the SDK's credentials and what differed.
async fn run(name: &str) -> (Option<(String, String)>, Vec<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/credentials");
    let case = CredentialCase::read(&folder.join(format!("{name}.json"))).expect("a case");
    let mut setting = Setting::new(&format!("replayed_{name}"));
    let anywhere = "127.0.0.1:4711".parse().expect("an address");
    for (variable, value) in case.environment_at(anywhere, "{home}") {
        let value = value.replace("http://127.0.0.1:4711", "{url}");
        setting = setting.variable(&variable, &value);
    }
    for file in case.files("{home}") {
        setting = setting.file(file.path, &file.text);
    }
    let region = case.result.region.as_deref().unwrap_or("us-east-1");
    let run = setting
        .credentials_only()
        .variable("AWS_REGION", region)
        .run(with(CredentialServices {
            replay: Some(case),
            ..CredentialServices::default()
        }))
        .await;
    let differences = run.emulator.failed_expectations();
    let told = differences.iter().map(ToString::to_string).collect();
    (run.credentials.ok(), told)
}

#[tokio::test]
async fn the_same_requests_find_the_same_credentials() {
    for (name, id, token) in [
        ("container_auth_token_file_wins", "ASIACONTAINER", "t"),
        ("container_full_uri_auth_token", "ASIACONTAINER", "t"),
        ("credential_source_ecs", "ASIAROLE", "tok/web+id=="),
        ("credential_source_imds", "ASIAROLE", "tok/web+id=="),
        ("imds", "ASIAIMDS", "t"),
        ("sso_session", "ASIASSO", "t"),
        ("web_identity", "ASIAWEBID", "tok/web+id=="),
        ("web_identity_profile", "ASIAWEBID", "tok/web+id=="),
    ] {
        let (found, differences) = run(name).await;
        let found = found
            .as_ref()
            .map(|(id, token)| (id.as_str(), token.as_str()));
        assert_eq!(found, Some((id, token)), "{name}");
        assert_eq!(differences, [""; 0], "{name}");
    }
}
