//! Whatever comes back, the chain ends, and does not panic.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Environments that lead to each source.
const VARIABLES: &[&[(&str, &str)]] = &[
    &[],
    &[("AWS_PROFILE", "p")],
    &[("AWS_PROFILE", "p"), ("AWS_REGION", "eu-west-1")],
    &[
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r"),
    ],
    &[
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/auth"),
    ],
    &[
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
    ],
];

/// Files that lead on, and any others.
fn file() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..64),
        "[\\[\\]=#; \t\r\na-z]{0,64}".prop_map(String::into_bytes),
        "(\\[profile p\\]\n(role_arn=a|source_profile=(p|q)|credential_source=(Environment|EcsContainer|Ec2InstanceMetadata)|\
         web_identity_token_file=/t|sso_session=s|sso_region=r|sso_account_id=1|sso_role_name=r|region=(r|-)|\
         aws_access_key_id=i|aws_secret_access_key=s|\\[profile q\\]|\\[sso-session s\\]\nsso_start_url=u\nsso_region=r|\n){0,8}){1,2}"
            .prop_map(String::into_bytes),
        Just(br#"{"accessToken":"t","expiresAt":"2099-01-01T00:00:00Z"}"#.to_vec()),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let json = r#"{"AccessKeyId":"i","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#;
    let xml = "<R><Credentials><AccessKeyId>i</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
               <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></R>";
    prop_oneof![
        vec(any::<u8>(), 0..64),
        "[<>/!?&;#a-zA-Z \"=-]{0,64}".prop_map(String::into_bytes),
        "<Credentials><(AccessKeyId|b)>(&(lt|#x?[0-9a-f]{1,9});|a|<){0,4}</(AccessKeyId|b)>"
            .prop_map(String::into_bytes),
        Just(json.as_bytes().to_vec()),
        Just(xml.as_bytes().to_vec()),
        Just(b"role".to_vec()),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        4 => file().prop_map(|bytes| Answer::File(bytes.into())),
        1 => Just(()).prop_map(|()| Answer::Missing),
        1 => Just(()).prop_map(|()| Answer::Unreadable("no".into())),
        1 => Just(()).prop_map(|()| Answer::NoAnswer("no".into())),
        4 => (prop_oneof![Just(200), Just(401), Just(404), Just(503), any::<u16>()], body())
            .prop_map(|(status, body)| Answer::Http(Head::new(status, []), body.into())),
    ]
}

fn is_end(step: &Step) -> bool {
    matches!(step, Step::Done(_) | Step::Failed(_))
}

proptest! {
    #[test]
    fn any_answers_lead_to_an_end(
        variables in proptest::sample::select(VARIABLES), answers in vec(answer(), MAX_STEPS), fits in any::<bool>(),
    ) {
        let world = World::new(variables);
        let mut chain = world.chain();
        let mut step = chain.step(None);
        for answer in answers {
            if is_end(&step) {
                return Ok(());
            }
            // Mostly of the kind that was asked for: another kind is the end.
            let answer = match (&step, answer) {
                (Step::ReadFile(_), Answer::Http(_, body)) if fits => Answer::File(body),
                (Step::ReadFile(_), Answer::NoAnswer(_)) if fits => Answer::Missing,
                (Step::Send(..), Answer::File(bytes)) if fits => Answer::Http(Head::new(200, []), bytes),
                (Step::Send(..), Answer::Missing | Answer::Unreadable(_)) if fits => Answer::NoAnswer("no".into()),
                (_, answer) => answer,
            };
            step = chain.step(Some(answer));
        }
        prop_assert!(is_end(&step), "{:?}", step);
    }
}

#[test]
fn a_chain_that_is_asked_again_tells_the_same() {
    let world = World::new(&[]);
    let mut chain = world.chain();
    let mut answer = None;
    for _ in 0..3 {
        let step = format!("{:?}", chain.step(answer.take()));
        assert_eq!(format!("{:?}", chain.step(None)), step);
        answer = Some(if step.starts_with("ReadFile") {
            Answer::Missing
        } else {
            Answer::NoAnswer("no".into())
        });
    }
    let end = format!("{:?}", chain.step(answer));
    assert!(end.starts_with("Failed"), "{end}");
    assert_eq!(format!("{:?}", chain.step(Some(Answer::Missing))), end);
}

#[test]
fn an_answer_of_another_kind_is_the_shell_s_mistake() {
    let mut chain = World::new(&[]).chain();
    match chain.step(Some(http(200, ""))) {
        Step::Failed(error) => assert_eq!(error.kind, ErrorKind::Internal),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_too_large_is_not_read() {
    for (size, is_read) in [(MAX_FILE, true), (MAX_FILE + 1, false)] {
        let config = format!("[default]\nregion=us-west-1\n#{}", " ".repeat(size));
        let world = World::new(&[]).file("~/.aws/config", &config[..size]);
        let message = world.alone().error().message;
        assert_eq!(message.contains("larger than 1 MiB"), !is_read, "{message}");
    }
    let uri = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    for (size, is_read) in [(MAX_ANSWER, true), (MAX_ANSWER + 1, false)] {
        let outcome = World::new(&[uri]).run(|_| http(404, &" ".repeat(size)));
        let message = outcome.error().message;
        assert_eq!(
            message.contains("larger than 64 KiB"),
            !is_read,
            "{message}"
        );
    }
}
