//! The metadata service of an instance.

use super::*;

#[test]
fn an_instance_gives_its_role_s_credentials_and_its_region() {
    let outcome = World::new(&[]).run(instance);
    assert_eq!(outcome.key(), "ASIAIMDS");
    assert_eq!(
        outcome.credentials().region.as_deref(),
        Some("eu-central-1")
    );
    let base = "http://169.254.169.254/latest";
    assert_eq!(
        outcome.asked(),
        [
            format!("PUT {base}/api/token"),
            format!("GET {base}/meta-data/iam/security-credentials/"),
            format!("GET {base}/meta-data/iam/security-credentials/my-role"),
            format!("GET {base}/meta-data/placement/region"),
        ]
    );
    for (request, _) in &outcome.requests[1..] {
        assert_eq!(
            header(request, "x-aws-ec2-metadata-token"),
            Some("hidden-metadata-token")
        );
    }
}

#[test]
fn the_metadata_service_is_where_the_environment_or_the_profile_says() {
    let endpoint = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
    let mode = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
    for (variables, config, first) in [
        (
            &[(mode, "IPv6")][..],
            "",
            "PUT http://[fd00:ec2::254]/latest/api/token",
        ),
        (
            &[(mode, "ipv4")],
            "",
            "PUT http://169.254.169.254/latest/api/token",
        ),
        (
            &[(endpoint, "http://10.0.0.1:81/x/"), (mode, "IPv6")],
            "",
            "PUT http://10.0.0.1:81/x/latest/api/token",
        ),
        (
            &[],
            "[default]\nec2_metadata_service_endpoint_mode=IPv6\n",
            "PUT http://[fd00:ec2::254]/latest/api/token",
        ),
    ] {
        let outcome = World::new(variables).file("~/.aws/config", config).alone();
        assert_eq!(outcome.asked(), [first]);
    }
    for (name, value) in [(mode, "IPv5"), (endpoint, "hidden")] {
        let error = World::new(&[(name, value)]).alone().error();
        assert_eq!(error.path.as_deref(), Some(name));
    }
}

#[test]
fn an_instance_that_is_none_is_passed_over_and_one_that_is_broken_is_not() {
    let disabled = World::new(&[("AWS_EC2_METADATA_DISABLED", "TRUE")]).alone();
    assert!(disabled.requests.is_empty());
    assert_eq!(disabled.error(), crate::credentials::none());

    // One wait, and not one for each attempt.
    let silent = World::new(&[]).alone();
    assert_eq!(silent.requests.len(), 1);
    let error = silent.error();
    assert_eq!(error.path, crate::credentials::none().path);
    assert!(error.message.contains("no credentials") && error.message.contains("hop limit"));

    let path = |request: &HttpRequest| request.path.clone();
    let roles = "/latest/meta-data/iam/security-credentials/";
    for (at, status, body, says) in [
        (roles, 404, "", "this EC2 instance has no role"),
        (roles, 200, "../../x", "something other than a role name"),
        (roles, 200, "", "something other than a role name"),
        ("/latest/api/token", 403, "", "HTTP 403"),
        (
            "/latest/api/token",
            404,
            "",
            "AWS_EC2_METADATA_DISABLED=true",
        ),
        (
            "/latest/api/token",
            200,
            "a\nhidden",
            "not valid in a header",
        ),
        ("/latest/api/token", 200, "", "not valid in a header"),
        (
            "/latest/meta-data/iam/security-credentials/my-role",
            404,
            "",
            "HTTP 404",
        ),
        (
            "/latest/meta-data/iam/security-credentials/my-role",
            401,
            "",
            "HTTP 401",
        ),
    ] {
        let outcome = World::new(&[REGION]).run(|request| {
            if path(request) == at {
                http(status, body)
            } else {
                instance(request)
            }
        });
        let error = outcome.error();
        assert_eq!(error.kind, ErrorKind::Authentication);
        assert!(
            error.message.contains(says),
            "{at} {status}: {}",
            error.message
        );
    }
}

#[test]
fn a_metadata_token_that_counts_no_longer_is_renewed_once() {
    let mut tokens = 0;
    let outcome = World::new(&[REGION]).run(|request| {
        if request.method == "PUT" {
            tokens += 1;
            return http(200, &format!("hidden-{tokens}"));
        }
        match header(request, "x-aws-ec2-metadata-token") {
            Some("hidden-1") => http(401, ""),
            _ => instance(request),
        }
    });
    assert_eq!(outcome.key(), "ASIAIMDS");
    let methods: Vec<_> = outcome
        .requests
        .iter()
        .map(|(request, _)| request.method)
        .collect();
    assert_eq!(methods, ["PUT", "GET", "PUT", "GET", "GET"]);
}

#[test]
fn expired_credentials_of_an_instance_count_a_while_longer() {
    let outcome = World::new(&[REGION]).run(|request| {
        if request.path.ends_with("my-role") {
            vended_keys("ASIAIMDS", "2026-11-22T11:00:00Z")
        } else {
            instance(request)
        }
    });
    let left = outcome.credentials().expires_at.expect("an end") - NOON;
    assert!((600_000..900_000).contains(&left), "{left}");
}
