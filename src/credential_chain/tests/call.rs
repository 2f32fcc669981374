//! What the call and the environment say themselves.

use super::*;

#[test]
fn what_is_known_is_not_asked_for() {
    let given = Wanted {
        given: Credentials {
            auth: Some(Auth::access_key("AKIDGIVEN", HIDDEN, None)),
            region: Some("us-east-1".into()),
            expires_at: Some(1),
        },
        ..nothing()
    };
    let bearer = [
        ("AWS_BEARER_TOKEN_BEDROCK", HIDDEN),
        ("AWS_REGION", "eu-west-1"),
    ];
    for (world, region) in [
        (World::new(&[]).wanting(given), "us-east-1"),
        (with(&KEYS, &[("AWS_REGION", "eu-west-1")]), "eu-west-1"),
        (with(&KEYS, &bearer), "eu-west-1"),
        (
            with(&KEYS, &bearer).wanting(Wanted {
                region: Some("ap-south-1".into()),
                ..nothing()
            }),
            "ap-south-1",
        ),
    ] {
        match world.chain().step(None) {
            Step::Done(credentials) => assert_eq!(credentials.region.as_deref(), Some(region)),
            other => panic!("{other:?}"),
        }
    }
    let outcome = with(&KEYS, &bearer).alone();
    assert!(matches!(outcome.credentials().auth, Some(Auth::Bearer(_))));
}

#[test]
fn a_region_is_found_in_the_profile_and_at_last_in_the_instance() {
    for (config, expected) in [
        ("[default]\nregion=us-west-1\n", Some("us-west-1")),
        ("", Some("eu-central-1")),
        // The profile is not needed for the keys, so that it may be broken.
        ("broken", Some("eu-central-1")),
        ("<unreadable>", Some("eu-central-1")),
    ] {
        let outcome = World::new(&KEYS)
            .file("~/.aws/config", config)
            .run(instance);
        assert_eq!(
            outcome.credentials().region.as_deref(),
            expected,
            "{config}"
        );
        assert_eq!(
            outcome.files.len(),
            if config == "broken" || config == "<unreadable>" {
                1
            } else {
                2
            }
        );
    }
    assert_eq!(World::new(&KEYS).alone().credentials().region, None);
    let refused = World::new(&KEYS).run(|_| http(403, ""));
    assert_eq!(refused.credentials().region, None);
}

#[test]
fn a_role_of_the_call_is_assumed_with_the_call_s_keys_or_the_chain_s() {
    let keys_of = |auth| Wanted {
        given: Credentials {
            auth,
            region: None,
            expires_at: None,
        },
        ..role()
    };
    let given = Some(Auth::access_key("AKIDGIVEN", HIDDEN, None));
    for (world, signer) in [
        (World::new(&KEYS).wanting(keys_of(given)), "AKIDGIVEN"),
        // An API key cannot assume a role, and what stands beside it can.
        (
            with(&KEYS, &[("AWS_BEARER_TOKEN_BEDROCK", HIDDEN)]).wanting(role()),
            "AKIDENV",
        ),
    ] {
        let outcome = world.run(|_| sts_keys("ASIAROLE"));
        assert_eq!(outcome.key(), "ASIAROLE");
        assert_eq!(outcome.credentials().region.as_deref(), Some("us-west-2"));
        assert_eq!(
            outcome.asked(),
            ["POST https://sts.us-west-2.amazonaws.com/"]
        );
        let (request, _) = &outcome.requests[0];
        let authorization = header(request, "authorization").expect("a signature");
        assert!(authorization.contains(signer), "{authorization}");
        let fields = form(&request.body);
        let expected = [
            ("Action", "AssumeRole"),
            ("ExternalId", "ext&1"),
            ("RoleArn", "arn:aws:iam::1:role/wanted"),
            ("RoleSessionName", "me"),
            ("Version", "2011-06-15"),
        ];
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(fields, expected);
    }
    let bearer = World::new(&[]).wanting(keys_of(Some(Auth::bearer(HIDDEN))));
    assert!(
        bearer
            .alone()
            .error()
            .message
            .contains("API key is not supported")
    );
    let nowhere = World::new(&KEYS).wanting(Wanted {
        region: None,
        ..role()
    });
    assert!(nowhere.alone().error().message.contains("set AWS_REGION"));
}
