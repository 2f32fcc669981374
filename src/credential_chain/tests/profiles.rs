//! What profiles lead to.

use super::*;

/// A profile `dev` that holds keys.
const DEV: &str = "[dev]\naws_access_key_id=AKIDDEV\naws_secret_access_key=hidden\n";

#[test]
fn roles_are_assumed_one_with_the_keys_of_the_other() {
    let config = "[profile a]\nrole_arn=arn:aws:iam::1:role/a\nsource_profile=b\nexternal_id=x/y\n\
                  [profile b]\nrole_arn=arn:aws:iam::1:role/b\nsource_profile=dev\nrole_session_name=me\nduration_seconds=900\n";
    let outcome = chosen("a")
        .file("~/.aws/config", config)
        .file("~/.aws/credentials", DEV)
        .run(|request| {
            let arn = &form(&request.body)["RoleArn"];
            sts_keys(if arn.ends_with("/a") {
                "ASIAA"
            } else {
                "ASIAB"
            })
        });
    assert_eq!(outcome.key(), "ASIAA");
    assert_eq!(keys(outcome.credentials()).secret_access_key(), "hidden&");
    assert_eq!(outcome.credentials().expires_at, Some(NOON + 3_600_000));
    let [(first, _), (second, _)] = outcome.requests.as_slice() else {
        panic!("{:?}", outcome.asked());
    };
    for (request, signer, token, role, name) in [
        (first, "AKIDDEV", None, "arn:aws:iam::1:role/b", "me"),
        (
            second,
            "ASIAB",
            Some("hidden-ASIAB"),
            "arn:aws:iam::1:role/a",
            "bedrock-provider-1795348800000",
        ),
    ] {
        let authorization = header(request, "authorization").expect("a signature");
        let by = format!("Credential={signer}/20261122/eu-west-1/sts/aws4_request");
        assert!(authorization.contains(&by), "{authorization}");
        assert_eq!(header(request, "x-amz-security-token"), token);
        let fields = form(&request.body);
        assert_eq!(
            (
                fields["RoleArn"].as_str(),
                fields["RoleSessionName"].as_str()
            ),
            (role, name)
        );
    }
    assert_eq!(form(&first.body)["DurationSeconds"], "900");
    assert_eq!(form(&second.body)["ExternalId"], "x/y");
}

#[test]
fn a_profile_gives_what_the_rust_sdk_would_take_from_it() {
    let role = "role_arn=arn:aws:iam::1:role/r\n";
    for (config, credentials, key) in [
        ("", DEV.to_owned(), "AKIDDEV"),
        // The same in the config file, in other letters, with space and a comment.
        (
            "[ profile dev ]\nAWS_Access_Key_Id = AKIDCONFIG # mine\naws_secret_access_key=hidden\n",
            String::new(),
            "AKIDCONFIG",
        ),
        // A section without `profile` is none in the config file, nor one with it in the credentials file.
        (
            "[dev]\naws_access_key_id=NO\naws_secret_access_key=hidden\n",
            format!("{DEV}[profile dev]\naws_access_key_id=NO\n"),
            "AKIDDEV",
        ),
        // The last of a name counts.
        (
            "",
            format!("{DEV}[dev]\naws_access_key_id=AKIDLAST\n"),
            "AKIDLAST",
        ),
        // A role that is its own source takes the keys beside it.
        (
            &format!("[profile dev]\n{role}source_profile=dev\n"),
            DEV.to_owned(),
            "ASIAROLE",
        ),
        // A source that has keys and a role gives its keys.
        (
            &format!(
                "[profile dev]\n{role}source_profile=b\n[profile b]\n{role}source_profile=dev\n"
            ),
            "[b]\naws_access_key_id=AKIDB\naws_secret_access_key=hidden\n".to_owned(),
            "ASIAROLE",
        ),
        (
            &format!("[profile dev]\n{role}credential_source=ENVIRONMENT\n"),
            String::new(),
            "ASIAROLE",
        ),
        (
            &format!(
                "[profile dev]\n{role}web_identity_token_file=/token\nsource_profile=nobody\n"
            ),
            String::new(),
            "ASIAROLE",
        ),
    ] {
        let world = World::new(&[
            ("AWS_ACCESS_KEY_ID", "AKIDENV"),
            ("AWS_SECRET_ACCESS_KEY", HIDDEN),
            ("AWS_REGION", "eu-west-1"),
        ]);
        let outcome = world
            .file("~/.aws/config", config)
            .file("~/.aws/credentials", credentials)
            .file("/token", "hidden-token\n")
            .wanting(Wanted {
                profile: Some("dev".into()),
                ..nothing()
            })
            .run(|_| sts_keys("ASIAROLE"));
        assert_eq!(outcome.key(), key, "{config}");
    }
}

#[test]
fn a_broken_profile_names_the_property_and_what_to_do() {
    let role = "role_arn=arn:aws:iam::1:role/r\n";
    let sso = "sso_account_id=1\nsso_role_name=r\n";
    for (config, path, says) in [
        (
            "[profile x]\n",
            "AWS_PROFILE",
            "names the profile p, which is neither in /home/me/.aws/config",
        ),
        (
            "[profile p]\naws_access_key_id=i\n",
            "aws_secret_access_key",
            "is missing, but the other half",
        ),
        (
            "[profile p]\naws_secret_access_key=hidden\n",
            "aws_access_key_id",
            "is missing, but the other",
        ),
        (
            &format!("[profile p]\n{role}"),
            "source_profile",
            "role_arn requires one of them",
        ),
        (
            &format!("[profile p]\n{role}source_profile=p\ncredential_source=Environment\n"),
            "source_profile",
            "set only one",
        ),
        (
            &format!("[profile p]\n{role}source_profile=q\n"),
            "source_profile",
            "names q, which is unknown",
        ),
        (
            &format!("[profile p]\n{role}source_profile=q\n[profile q]\n{role}source_profile=p\n"),
            "source_profile",
            "the profiles are a loop",
        ),
        (
            &format!("[profile p]\n{role}source_profile=q\n[profile q]\nregion=r\n"),
            "aws_access_key_id",
            "is missing, but required to assume the role",
        ),
        (
            &format!("[profile p]\n{role}source_profile=p\n"),
            "aws_access_key_id",
            "required to assume",
        ),
        (
            &format!("[profile p]\n{role}credential_source=Moon\n"),
            "credential_source",
            "must be Environment, EcsContainer",
        ),
        (
            &format!("[profile p]\n{role}credential_source=Environment\n"),
            "credential_source",
            "AWS_ACCESS_KEY_ID is not set",
        ),
        (
            &format!("[profile p]\n{role}credential_source=EcsContainer\n"),
            "credential_source",
            "no AWS_CONTAINER_",
        ),
        (
            &format!("[profile p]\n{role}credential_source=Ec2InstanceMetadata\n"),
            "credential_source",
            "hop limit",
        ),
        (
            &format!("[profile p]\n{role}duration_seconds=long\nsource_profile=p\n"),
            "duration_seconds",
            "must be a number of seconds",
        ),
        (
            "[profile p]\nweb_identity_token_file=/t\n",
            "role_arn",
            "required by web_identity_token_file",
        ),
        (
            &format!("[profile p]\n{role}web_identity_token_file=/t\n"),
            "web_identity_token_file",
            "names the file /t, which does not exist",
        ),
        (
            &format!("[profile p]\n{sso}"),
            "sso_start_url",
            "required by sso_account_id",
        ),
        (
            "[profile p]\nsso_start_url=u\nsso_region=r\n",
            "sso_account_id",
            "is missing",
        ),
        (
            &format!("[profile p]\n{sso}sso_session=s\n"),
            "sso_session",
            "names [sso-session s], where sso_start_url is missing",
        ),
        (
            &format!(
                "[profile p]\n{sso}sso_session=s\nsso_region=r\n[sso-session s]\nsso_start_url=u\nsso_region=r\n"
            ),
            "sso_region",
            "must be in the [sso-session] section",
        ),
        (
            "[profile p]\nno equals sign hidden\n",
            "AWS_CONFIG_FILE",
            "/home/me/.aws/config, line 2: expected name = value",
        ),
        (
            "<unreadable>",
            "AWS_CONFIG_FILE",
            "cannot be read (not permitted)",
        ),
    ] {
        let error = chosen("p").file("~/.aws/config", config).alone().error();
        assert_eq!(error.kind, ErrorKind::Authentication, "{config}");
        assert_eq!(
            error.path.as_deref(),
            Some(path),
            "{config}: {}",
            error.message
        );
        assert!(error.message.contains(says), "{config}: {}", error.message);
    }
    let world = chosen("p").file("~/.aws/config", [0xff, b'\n']);
    assert!(world.alone().error().message.contains("not UTF-8"));
}

#[test]
fn what_cannot_be_done_here_is_said_so() {
    for (property, says) in [
        (
            "credential_process=/bin/keys --secret hidden",
            "runs a program",
        ),
        ("login_session=arn:aws:iam::1:user/me", "aws login"),
        (
            "role_arn=arn:aws:iam::1:role/r\nsource_profile=p\nmfa_serial=m",
            "requires an MFA code",
        ),
    ] {
        let config = format!("[profile p]\n{property}\n");
        let error = chosen("p").file("~/.aws/config", config).alone().error();
        assert_eq!(error.kind, ErrorKind::Unsupported, "{property}");
        assert_eq!(error.path.as_deref(), Some("AWS_PROFILE"), "{property}");
        assert!(error.message.contains(says), "{}", error.message);
        assert!(
            error.message.contains("not supported here"),
            "{}",
            error.message
        );
    }
}

#[test]
fn profiles_lead_to_each_other_ten_deep_at_most() {
    let chain = |depth: usize| {
        let mut config = String::new();
        for at in 0..depth - 1 {
            config += &format!(
                "[profile p{at}]\nrole_arn=arn:aws:iam::1:role/{at}\nsource_profile=p{}\n",
                at + 1
            );
        }
        config
            + &format!(
                "[profile p{}]\naws_access_key_id=i\naws_secret_access_key=hidden\n",
                depth - 1
            )
    };
    let run = |depth| {
        chosen("p0")
            .file("~/.aws/config", chain(depth))
            .run(|_| sts_keys("ASIAROLE"))
    };
    assert_eq!(run(10).requests.len(), 9);
    assert!(run(11).error().message.contains("more than 10 profiles"));
}

#[test]
fn the_default_profile_may_be_absent_or_without_credentials() {
    for config in [
        "",
        "[profile other]\nregion=us-west-1\n",
        "[default]\noutput=json\n",
        "[default]\naws_access_key_id=\naws_secret_access_key=\n",
    ] {
        let world = World::new(&[("AWS_REGION", "eu-west-1")]).file("~/.aws/config", config);
        assert_eq!(world.run(instance).key(), "ASIAIMDS", "{config}");
    }
    // `[profile default]` replaces `[default]`, whichever comes first.
    let config = "[default]\nregion=us-west-1\n[profile default]\noutput=json\n[default]\nregion=us-west-2\n";
    let outcome = World::new(&[]).file("~/.aws/config", config).run(instance);
    assert_eq!(
        outcome.credentials().region.as_deref(),
        Some("eu-central-1")
    );
}

#[test]
fn files_are_where_the_environment_says() {
    for (variables, expected) in [
        (
            &[
                ("AWS_CONFIG_FILE", "~/c"),
                ("AWS_SHARED_CREDENTIALS_FILE", "/s"),
            ][..],
            &["/home/me/c", "/s"][..],
        ),
        (&[], &["/home/me/.aws/config", "/home/me/.aws/credentials"]),
    ] {
        assert_eq!(World::new(variables).alone().files, expected);
    }
    let homeless = World {
        variables: vec![("AWS_EC2_METADATA_DISABLED".into(), "true".into())],
        ..World::default()
    };
    assert!(homeless.alone().files.is_empty());
}
