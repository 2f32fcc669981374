use super::*;
use bedrock_provider::canonical::ErrorKind;
use bedrock_provider::credentials::Auth;
use bedrock_provider::http_message::Head;
use llm_gateway::call;

const NOW: u64 = 1_795_348_800_000;
const MINUTE: u64 = 60 * 1000;
const CONTAINER: (&str, &str) = (
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "/v2/credentials/x",
);

fn config(text: &str) -> Config {
    Config::parse(text.as_bytes()).expect(text)
}

fn container() -> Config {
    config(
        r#"{"region": "us-east-1", "clusters": {"169.254.170.2": "container", "169.254.169.254": "imds"}}"#,
    )
}

fn provider(config: &Config, variables: &[(&str, &str)]) -> CredentialsProvider {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let environment = Environment::new(variables.iter().map(owned).collect());
    CredentialsProvider::new(&call::operators(&config.settings), environment).expect("a provider")
}

/// Keys as the container's endpoint gives them, which end at a time of day on 2026-11-22.
fn keys(id: &str, end: &str) -> Answer {
    let body = format!(
        r#"{{"AccessKeyId":"{id}","SecretAccessKey":"hidden-secret","Token":"hidden-token","Expiration":"2026-11-22T{end}Z"}}"#
    );
    Answer::Http(Head::new(200, []), body.into_bytes().into())
}

fn key(known: Known) -> String {
    match known {
        Known::Credentials(Credentials {
            auth: Some(Auth::SigV4(keys)),
            ..
        }) => keys.access_key_id().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_that_are_given_are_known_without_a_question() {
    let given =
        r#"{"credentials": {"accessKeyId": "A", "secretAccessKey": "s", "region": "us-east-1"}}"#;
    for (text, variables) in [
        (given, &[][..]),
        (
            r#"{"region": "us-east-1"}"#,
            &[("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "s")],
        ),
    ] {
        let config = config(text);
        let mut provider = provider(&config, variables);
        assert_eq!(provider.known(NOW), Known::NotYet);
        assert!(provider.next(&config, NOW).is_none());
        assert_eq!(key(provider.known(NOW)), "A");
    }
}

#[test]
fn the_container_is_asked_through_its_cluster_and_again_five_minutes_before_the_end() {
    let config = container();
    let mut provider = provider(&config, &[CONTAINER]);
    let question = provider.next(&config, NOW).expect("a question");
    assert_eq!(question.cluster, "container");
    assert_eq!(question.request.path, "/v2/credentials/x");
    assert_eq!(provider.known(NOW), Known::NotYet);
    assert!(provider.next(&config, NOW).is_none(), "one at a time");
    let answer = keys("A", "13:00:00");
    assert!(provider.answered(answer, &config, NOW).is_none());
    assert_eq!(key(provider.known(NOW)), "A");
    // NOW is noon.
    assert!(provider.next(&config, NOW + 54 * MINUTE).is_none());
    let later = NOW + 56 * MINUTE;
    assert!(provider.next(&config, later).is_some());
    assert_eq!(key(provider.known(later)), "A", "meanwhile");
    provider.answered(keys("B", "14:00:00"), &config, later);
    assert_eq!(key(provider.known(later)), "B");
}

#[test]
fn a_beginning_asks_nothing_and_loses_no_question() {
    let config = container();
    let mut provider = provider(&config, &[CONTAINER]);
    provider.begin(&config, NOW);
    assert_eq!(provider.known(NOW), Known::NotYet);
    assert!(provider.next(&config, NOW).is_some());
    assert!(provider.next(&config, NOW).is_none());
}

#[test]
fn what_fails_is_told_and_asked_again_after_a_while() {
    let config = container();
    let mut provider = provider(&config, &[CONTAINER]);
    provider.next(&config, NOW).expect("a question");
    let refusal = || Answer::Http(Head::new(403, []), b"{}".to_vec().into());
    assert!(provider.answered(refusal(), &config, NOW).is_none());
    match provider.known(NOW) {
        Known::Failed(error) => assert_eq!(error.kind, ErrorKind::Authentication),
        other => panic!("{other:?}"),
    }
    assert!(provider.next(&config, NOW + RESPITE - 1).is_none());
    assert!(provider.next(&config, NOW + RESPITE).is_some());
    provider.answered(keys("A", "13:00:00"), &config, NOW + RESPITE);
    assert_eq!(key(provider.known(NOW + RESPITE)), "A");
}

#[test]
fn a_pause_between_attempts_is_kept() {
    let config = container();
    let mut provider = provider(&config, &[CONTAINER]);
    provider.next(&config, NOW).expect("a question");
    let silence = Answer::NoAnswer("nothing came".into());
    assert!(provider.answered(silence, &config, NOW).is_none());
    assert_eq!(provider.known(NOW), Known::NotYet);
    assert!(provider.next(&config, NOW + 999).is_none());
    assert!(provider.next(&config, NOW + 1000).is_some());
}

#[test]
fn credentials_that_end_while_no_new_ones_come_are_used_to_their_end() {
    let config = container();
    let mut provider = provider(&config, &[CONTAINER]);
    provider.next(&config, NOW).expect("a question");
    provider.answered(keys("A", "12:06:00"), &config, NOW);
    let later = NOW + 2 * MINUTE;
    provider.next(&config, later).expect("a question");
    let refusal = Answer::Http(Head::new(403, []), b"{}".to_vec().into());
    provider.answered(refusal, &config, later);
    assert_eq!(key(provider.known(later)), "A");
    assert!(provider.next(&config, later + 1).is_none(), "a respite");
    let over = NOW + 6 * MINUTE;
    assert_eq!(provider.known(over), Known::NotYet);
    assert!(provider.next(&config, over).is_some());
}

#[test]
fn what_the_service_refuses_is_looked_for_anew() {
    let config = container();
    let mut provider = provider(&config, &[CONTAINER]);
    provider.next(&config, NOW).expect("a question");
    provider.answered(keys("A", "13:00:00"), &config, NOW);
    let Known::Credentials(used) = provider.known(NOW) else {
        panic!("nothing is known");
    };
    provider.refused(&used);
    assert_eq!(provider.known(NOW), Known::NotYet);
    assert!(provider.next(&config, NOW).is_some());
}

#[test]
fn the_instance_is_asked_step_by_step() {
    let config = container();
    let mut provider = provider(&config, &[]);
    let question = provider.next(&config, NOW).expect("a question");
    assert_eq!(
        (question.cluster.as_str(), question.request.method),
        ("imds", "PUT")
    );
    let text = |text: &str| Answer::Http(Head::new(200, []), text.as_bytes().to_vec().into());
    let question = provider
        .answered(text("token"), &config, NOW)
        .expect("roles");
    assert!(question.request.path.ends_with("/security-credentials/"));
    let question = provider.answered(text("role"), &config, NOW).expect("keys");
    assert!(
        question
            .request
            .path
            .ends_with("/security-credentials/role")
    );
    assert!(
        provider
            .answered(keys("A", "13:00:00"), &config, NOW)
            .is_none()
    );
    assert_eq!(key(provider.known(NOW)), "A");
}

#[test]
fn a_source_without_a_cluster_or_with_a_file_says_so() {
    let full = (
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "http://169.254.170.23/v1/credentials",
    );
    let file = ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token");
    for (variables, says) in [
        (&[full][..], "no cluster is configured for 169.254.170.23"),
        (&[full, file], "files are not supported"),
    ] {
        let config = container();
        let mut provider = provider(&config, variables);
        let mut now = NOW;
        // Where nothing answers, the chain asks again after a pause.
        for _ in 0..4 {
            assert!(provider.next(&config, now).is_none());
            now += 1;
        }
        match provider.known(now) {
            Known::Failed(error) => assert!(error.message.contains(says), "{}", error.message),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_answer_nobody_asked_for_changes_nothing() {
    let config = container();
    let mut provider = provider(&config, &[CONTAINER]);
    assert!(
        provider
            .answered(keys("A", "13:00:00"), &config, NOW)
            .is_none()
    );
    assert_eq!(provider.known(NOW), Known::NotYet);
}
