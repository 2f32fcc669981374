//! Which requests are the filter's: the paths of the three APIs. All others pass through untouched.

use bedrock_provider::exchange::Operation;
use llm_dialects::Dialect;

/// What a path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The client's language.
    pub dialect: Dialect,
    /// What is asked; of `Complete` the body may make `Stream`.
    pub operation: Operation,
}

const ROUTES: &[(&str, Route)] = &[
    (
        "/v1/messages",
        Route {
            dialect: Dialect::Anthropic,
            operation: Operation::Complete,
        },
    ),
    (
        "/v1/messages/count_tokens",
        Route {
            dialect: Dialect::Anthropic,
            operation: Operation::CountTokens,
        },
    ),
    (
        "/v1/chat/completions",
        Route {
            dialect: Dialect::OpenAi,
            operation: Operation::Complete,
        },
    ),
    (
        "/v1/responses",
        Route {
            dialect: Dialect::Responses,
            operation: Operation::Complete,
        },
    ),
];

/// What `method` and `path`, as in `:method` and `:path`, ask for; none where that is not the filter's business.
pub fn find(method: &str, path: &str) -> Option<Route> {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let (_, route) = ROUTES.iter().find(|(own, _)| *own == path)?;
    Some(*route).filter(|_| method == "POST")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_to_the_paths_of_the_three_apis_are_the_filters_and_nothing_else() {
        for (method, path, found) in [
            ("POST", "/v1/messages", true),
            ("POST", "/v1/messages?beta=true", true),
            ("POST", "/v1/messages/count_tokens", true),
            ("POST", "/v1/chat/completions", true),
            ("POST", "/v1/responses", true),
            ("GET", "/v1/responses", false),
            ("POST", "/v1/responses/resp_1/cancel", false),
            ("GET", "/v1/messages", false),
            ("OPTIONS", "/v1/chat/completions", false),
            ("POST", "/v1/messages/", false),
            ("POST", "/v1/messages/batches", false),
            ("POST", "/v1/chat/completions/x", false),
            ("POST", "/?/v1/messages", false),
            ("POST", "", false),
        ] {
            assert_eq!(find(method, path).is_some(), found, "{method} {path}");
        }
    }

    #[test]
    fn only_the_path_of_counting_counts() {
        let route = find("POST", "/v1/messages/count_tokens?beta=true").expect("a route");
        assert_eq!(route.operation, Operation::CountTokens);
        let route = find("POST", "/v1/messages").expect("a route");
        assert_eq!(route.operation, Operation::Complete);
    }
}
