//! The foundation model's id within a name of Bedrock's: an id, an inference profile, or an ARN.

/// Prefixes of cross-region inference profiles: `us.anthropic.claude-…`.
const GEOGRAPHIES: &[&str] = &[
    "us", "eu", "apac", "global", "jp", "au", "ca", "in", "us-gov", "sa", "amer",
];

/// How an ARN begins.
pub(crate) const ARN: &str = "arn:";

/// Field `n` of an ARN (`arn:partition:service:region:account:resource`), unless empty.
pub(crate) fn arn_field(id: &str, n: usize) -> Option<&str> {
    id.starts_with(ARN)
        .then(|| id.splitn(6, ':').nth(n))
        .flatten()
        .filter(|field| !field.is_empty())
}

/// The foundation model's id, as far as the name tells it: without the geography, or from within the ARN.
pub(crate) fn foundation_id(id: &str) -> &str {
    let id = match arn_field(id, 5).and_then(|resource| resource.split_once('/')) {
        Some(("foundation-model" | "inference-profile", id)) => id,
        Some(_) => return "",
        None => id,
    };
    match id.split_once('.') {
        Some((geography, rest)) if GEOGRAPHIES.contains(&geography) => rest,
        _ => id,
    }
}
