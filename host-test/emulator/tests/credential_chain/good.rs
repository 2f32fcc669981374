//! Each source leads to an answer of Bedrock.

use super::{Setting, container, instance, profile, services, sso, web_identity, with};
use bedrock_emulator::CredentialExchange::{
    self, AssumeRole, AssumeRoleWithWebIdentity, ContainerCredentials, CreateToken,
    MetadataCredentials, MetadataRegion, MetadataRole, MetadataToken, RoleCredentials,
};

/// The exchanges that the chain made; Bedrock took what came of them.
async fn exchanges(setting: Setting) -> Vec<CredentialExchange> {
    let name = setting.name.clone();
    let run = setting.run(with(services())).await;
    assert_eq!(run.answered_in(), Some("us-east-1"), "{name}");
    let (id, token) = run.credentials.as_ref().expect("credentials");
    assert!(id.starts_with("ASIAEMULATED"), "{name}: {id}");
    let sent = run.emulator.requests();
    assert_eq!(sent.len(), 1, "{name}");
    assert!(
        sent[0]
            .header("authorization")
            .is_some_and(|it| it.contains("/bedrock/"))
    );
    // The chain and the client that follows it each ask, so the tokens are of two sessions in some.
    assert!(
        sent[0].header("x-amz-security-token").is_some(),
        "{name}: {token}"
    );
    let mut seen = run.exchanges();
    // The client resolves credentials again: one round is enough to look at.
    let half = seen.len() / 2;
    if seen.len().is_multiple_of(2) && seen[..half] == seen[half..] {
        seen.truncate(half);
    }
    seen
}

#[tokio::test]
async fn a_web_identity() {
    let seen = exchanges(web_identity("web_identity")).await;
    assert_eq!(seen, [AssumeRoleWithWebIdentity]);
}

#[tokio::test]
async fn a_web_identity_of_a_profile() {
    let text = "role_arn = arn:aws:iam::123456789012:role/demo\nweb_identity_token_file = {home}/token\nrole_session_name = sess\n";
    let setting = profile("web_identity_profile", text).file("token", super::TOKEN);
    assert_eq!(exchanges(setting).await, [AssumeRoleWithWebIdentity]);
}

#[tokio::test]
async fn a_role_by_the_keys_of_another_profile() {
    let text = "role_arn = arn:aws:iam::123456789012:role/guarded\nsource_profile = base\nexternal_id = ext1\n";
    let keys = format!(
        "[base]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        bedrock_emulator::EXAMPLE_ACCESS_KEY_ID,
        bedrock_emulator::EXAMPLE_SECRET_ACCESS_KEY
    );
    let setting = profile("source_profile", text).file(".aws/credentials", &keys);
    assert_eq!(exchanges(setting).await, [AssumeRole]);
}

#[tokio::test]
async fn a_role_by_the_credentials_of_the_instance() {
    let text =
        "role_arn = arn:aws:iam::123456789012:role/demo\ncredential_source = Ec2InstanceMetadata\n";
    let seen = exchanges(profile("source_imds", text)).await;
    assert!(
        seen.starts_with(&[MetadataToken, MetadataRole, MetadataCredentials, AssumeRole]),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_role_by_the_credentials_of_the_container() {
    let text = "role_arn = arn:aws:iam::123456789012:role/demo\ncredential_source = EcsContainer\n";
    let setting = profile("source_ecs", text)
        .variable(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "{url}/container/creds",
        )
        .variable("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc");
    assert_eq!(exchanges(setting).await, [ContainerCredentials, AssumeRole]);
}

#[tokio::test]
async fn an_sso_session() {
    let setting = sso("sso", "sso access", "2099-01-01T00:00:00Z");
    assert_eq!(exchanges(setting).await, [RoleCredentials]);
}

#[tokio::test]
async fn an_sso_session_whose_token_must_be_renewed() {
    let setting = sso("sso_renewed", "stale", "2020-01-01T00:00:00Z");
    let seen = exchanges(setting).await;
    assert!(
        seen.starts_with(&[CreateToken, RoleCredentials]),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_container() {
    let seen = exchanges(container("container", "Basic abc")).await;
    assert_eq!(seen, [ContainerCredentials]);
}

#[tokio::test]
async fn a_pod_whose_token_is_in_a_file() {
    let setting = Setting::new("pod_identity")
        .variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/v1/credentials")
        .variable("AWS_CONTAINER_AUTHORIZATION_TOKEN", "unused")
        .variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{home}/auth")
        .variable("AWS_REGION", "us-east-1")
        .file("auth", "pod token");
    assert_eq!(exchanges(setting).await, [ContainerCredentials]);
}

#[tokio::test]
async fn an_instance() {
    let seen = exchanges(instance("instance")).await;
    assert!(
        seen.starts_with(&[MetadataToken, MetadataRole, MetadataCredentials]),
        "{seen:?}"
    );
}

#[tokio::test]
async fn an_instance_that_tells_its_region() {
    let seen = exchanges(Setting::new("instance_region")).await;
    assert!(
        seen.starts_with(&[MetadataToken, MetadataRegion]),
        "{seen:?}"
    );
    assert!(seen.contains(&MetadataCredentials), "{seen:?}");
}
