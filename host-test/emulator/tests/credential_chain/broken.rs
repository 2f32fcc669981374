//! A source that is configured and broken ends in an error that tells why, and Bedrock is not asked.

use super::{Setting, container, instance, services, sso, web_identity, with};
use bedrock_emulator::CredentialExchange::{
    self, AssumeRoleWithWebIdentity, ContainerCredentials, MetadataCredentials, MetadataRole,
    MetadataToken, RoleCredentials,
};
use bedrock_emulator::credential_services::{Imds, WebIdentity};
use bedrock_emulator::{CredentialFault, CredentialServices};
use std::time::Duration;

/// The chain's error, and the exchanges it made.
async fn error(
    setting: Setting,
    services: CredentialServices,
) -> (String, Vec<CredentialExchange>) {
    let name = setting.name.clone();
    let run = setting.run(with(services)).await;
    assert!(
        matches!(run.answer, Some(Err(_))),
        "{name}: {:?}",
        run.credentials
    );
    assert_eq!(
        run.emulator.requests().len(),
        0,
        "{name}: {:?} {:?}",
        run.credentials,
        run.answer
    );
    let exchanges = run.exchanges();
    (run.credentials.expect_err(&name), exchanges)
}

fn with_imds(change: impl FnOnce(&mut Imds)) -> CredentialServices {
    let mut imds = Imds::new("my-role", "us-east-1");
    change(&mut imds);
    CredentialServices {
        imds: Some(imds),
        ..services()
    }
}

#[tokio::test]
async fn a_token_that_sts_does_not_take() {
    let mut expired = services();
    if let Some(sts) = &mut expired.sts {
        sts.web_identities = vec![WebIdentity::expired(super::TOKEN)];
    }
    let (text, _) = error(web_identity("web_identity_expired"), expired).await;
    assert!(text.contains("ExpiredTokenException"), "{text}");
    let mut unknown = services();
    if let Some(sts) = &mut unknown.sts {
        sts.web_identities.clear();
    }
    let (text, _) = error(web_identity("web_identity_unknown"), unknown).await;
    assert!(text.contains("InvalidIdentityToken"), "{text}");
    let mut role = services();
    if let Some(sts) = &mut role.sts {
        sts.roles.clear();
    }
    let (text, _) = error(web_identity("web_identity_denied"), role).await;
    assert!(text.contains("AccessDenied"), "{text}");
}

#[tokio::test]
async fn an_answer_of_sts_that_is_a_page() {
    // XML that ends in its middle would not do: the SDK takes the elements that are there.
    let page = CredentialFault::Status {
        status: 200,
        content_type: "text/html".to_owned(),
        body: "<html><body>Log in</body></html>".to_owned(),
    };
    let services = services().fault(AssumeRoleWithWebIdentity, page);
    error(web_identity("web_identity_html"), services).await;
}

#[tokio::test]
async fn an_access_token_that_the_portal_does_not_take() {
    let setting = sso("sso_unauthorized", "other", "2099-01-01T00:00:00Z");
    let (text, seen) = error(setting, services()).await;
    assert!(text.contains("UnauthorizedException"), "{text}");
    assert!(seen.iter().all(|exchange| *exchange == RoleCredentials));
}

#[tokio::test]
async fn an_authorization_that_the_container_endpoint_does_not_take() {
    let (text, seen) = error(container("container_wrong", "Basic abd"), services()).await;
    assert!(text.contains("400"), "{text}");
    assert!(
        seen.iter()
            .all(|exchange| *exchange == ContainerCredentials)
    );
}

#[tokio::test]
async fn an_answer_of_the_container_endpoint_that_is_no_json() {
    let services = services().fault(ContainerCredentials, CredentialFault::Malformed);
    error(container("container_malformed", "Basic abc"), services).await;
}

#[tokio::test]
async fn an_instance_that_gives_no_token() {
    let services = with_imds(|imds| (imds.token_forbidden, imds.version_1) = (true, true));
    let (_, seen) = error(instance("imds_forbidden"), services).await;
    assert!(
        seen.iter().all(|exchange| *exchange == MetadataToken),
        "never without a token, though version 1 is on: {seen:?}"
    );
}

#[tokio::test]
async fn an_instance_one_hop_too_far() {
    let services = with_imds(|imds| imds.hop_limit_exceeded = true);
    let (_, seen) = error(instance("imds_hop_limit"), services).await;
    assert!(seen.iter().all(|exchange| *exchange == MetadataToken));
}

#[tokio::test]
async fn an_instance_without_a_role() {
    let services = with_imds(|imds| imds.role = None);
    let (_, seen) = error(instance("imds_no_role"), services).await;
    assert!(seen.starts_with(&[MetadataToken, MetadataRole]), "{seen:?}");
    assert!(!seen.contains(&MetadataCredentials), "{seen:?}");
}

#[tokio::test]
async fn a_role_that_ec2_cannot_assume() {
    let services = with_imds(|imds| imds.code = "AssumeRoleUnauthorizedAccess".to_owned());
    let (text, _) = error(instance("imds_code"), services).await;
    assert!(text.contains("AssumeRoleUnauthorizedAccess"), "{text}");
}

#[tokio::test]
async fn what_goes_wrong_once_is_tried_again() {
    for (name, exchange, fault) in [
        (
            "once_500",
            MetadataCredentials,
            CredentialFault::status(500),
        ),
        (
            "once_401",
            MetadataCredentials,
            CredentialFault::status(401),
        ),
        ("once_reset", MetadataToken, CredentialFault::Reset),
        (
            "once_late",
            MetadataRole,
            CredentialFault::Delay(Duration::from_millis(300)),
        ),
    ] {
        let run = instance(name)
            .run(with(services().fault_once(exchange, fault)))
            .await;
        assert_eq!(run.answered_in(), Some("us-east-1"), "{name}");
    }
    for (name, fault) in [
        ("once_503", CredentialFault::status(503)),
        ("once_closed", CredentialFault::Close),
    ] {
        let services = services().fault_once(ContainerCredentials, fault);
        let run = container(name, "Basic abc").run(with(services)).await;
        assert_eq!(run.answered_in(), Some("us-east-1"), "{name}");
    }
}
