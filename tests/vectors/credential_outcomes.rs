//! What must come of `tests/vectors/credentials` here, where it is not what came of them when they were recorded.
//!
//! They were recorded with botocore. It chooses its sources in another order than the Rust SDK, which this component
//! follows, and it has its own words for errors. For the tests of the chain alone and of the built component.

/// What must come of a vector.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    /// The key's id, whether there is a session token, and the region.
    Keys(&'static str, bool, Option<&'static str>),
    /// Words of the error's message.
    Failure(&'static str),
}
use Expected::{Failure, Keys};

/// Where the Rust SDK is followed against botocore: the vector, what comes of it, and why.
pub(crate) const OTHERWISE: &[(&str, Expected, &str)] = &[
    (
        "env_security_token_legacy",
        Keys("AKIDENV", false, None),
        "AWS_SECURITY_TOKEN is botocore's own and went out of use long ago; the Rust SDK does not read it",
    ),
    (
        "imds_role_error_json",
        Failure("AssumeRoleUnauthorizedAccess (EC2 cannot assume the role)"),
        "an instance whose role is broken is configured: botocore says only that there are no credentials",
    ),
    (
        "imds_token_403_v1_fallback",
        Failure("HTTP 403"),
        "version 1 of the metadata service gives keys to forged requests; the Rust SDK does not speak it",
    ),
    (
        "prec_no_env_keys",
        Keys("AKIDFILE", false, Some("eu-west-1")),
        "the whole profile comes before a web identity in the environment",
    ),
    (
        "region_aws_region_only",
        Keys("AKIDENV", false, Some("eu-north-1")),
        "AWS_REGION counts everywhere but in botocore",
    ),
];

/// What the error says where botocore fails too.
pub(crate) const FAILURES: &[(&str, &str)] = &[
    (
        "container_bad_host",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI has the host example.com",
    ),
    (
        "container_token_with_newline",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN has a token with a line break",
    ),
    ("env_empty_strings", "no credentials"),
    ("env_partial", "AWS_SECRET_ACCESS_KEY is not"),
    ("imds_disabled", "no credentials"),
    ("web_identity_no_role", "AWS_ROLE_ARN is not"),
    (
        "web_identity_sts_error",
        "InvalidIdentityToken (Token is expired): register the token's issuer",
    ),
];
