//! `GET /`: one page to try the gateway with, which may load nothing and call nobody but this gateway.

use bedrock_provider::json::Writer;
use sha2::{Digest, Sha256};

use crate::http::Answer;

const PAGE: &str = concat!(
    include_str!("page/head.html"),
    "<style>",
    include_str!("page/style.css"),
    "</style>",
    include_str!("page/body.html"),
    "<script type=\"module\">",
    include_str!("page/script.js"),
    "</script>",
);

/// The page. Its own scripts and styles are allowed by their hashes (Content Security Policy Level 3, §2.3.1).
pub fn answer() -> Answer {
    Answer::new(
        200,
        vec![
            ("content-type", "text/html; charset=utf-8".into()),
            ("cache-control", "no-cache".into()),
            ("content-security-policy", policy(PAGE)),
            ("referrer-policy", "no-referrer".into()),
            ("x-content-type-options", "nosniff".into()),
        ],
        PAGE,
    )
}

fn policy(page: &str) -> String {
    [
        "default-src 'none'; script-src",
        &sources(page, "script"),
        "; style-src",
        &sources(page, "style"),
        "; connect-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ]
    .concat()
}

/// The hashes of the page's elements of this name; `'none'` where it has none.
fn sources(page: &str, element: &str) -> String {
    let (open, close) = (["<", element].concat(), ["</", element].concat());
    let mut sources = String::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once(&open) {
        let Some((content, after)) = after
            .split_once('>')
            .and_then(|(_, content)| content.split_once(&close))
        else {
            break;
        };
        let mut hash = Writer::default();
        hash.base64(&Sha256::digest(content));
        sources.push_str(" 'sha256-");
        sources.push_str(hash.into_string().trim_matches('"'));
        sources.push('\'');
        rest = after;
    }
    if sources.is_empty() {
        sources.push_str(" 'none'");
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_inline_element_is_allowed_by_its_own_hash() {
        // echo -n "alert('Hello, world.');" | openssl dgst -sha256 -binary | base64, as in MDN's page of script-src.
        let page = "<style>a{}</style><script type=\"module\">alert('Hello, world.');</script><script></script>";
        assert_eq!(
            sources(page, "script"),
            " 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
        );
        assert_eq!(sources("<p>", "script"), " 'none'");
        assert_eq!(sources("<script", "script"), " 'none'");
    }

    #[test]
    fn the_page_asks_for_nothing_that_its_policy_forbids() {
        for forbidden in [
            " src=\"http",
            " href=\"http",
            " style=\"",
            " onclick=",
            "@import",
        ] {
            assert!(!PAGE.contains(forbidden), "{forbidden}");
        }
        let policy = policy(PAGE);
        assert!(
            policy.starts_with("default-src 'none'; script-src '"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}
