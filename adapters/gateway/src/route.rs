//! The paths of the gateway, and what is said of those that are none.

use llm_dialects::Dialect;

use crate::http::Head;

/// What a path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Anthropic's Messages, whole or as a stream.
    Messages,
    /// Anthropic's count of a prompt's tokens.
    CountTokens,
    /// OpenAI's Chat Completions, whole or as a stream.
    Chat,
    /// OpenAI's Responses, whole or as a stream.
    Responses,
    /// The models, in the shape of either.
    Models,
    /// One of them.
    Model,
    /// Whether the gateway can serve.
    Health,
    /// A page to try it.
    Page,
}

/// Before the name of a model.
const MODEL: &str = "/v1/models/";

/// Path, method, what it is for, and the methods that it allows.
const TABLE: [Row; 8] = [
    ("/v1/messages", "POST", Route::Messages, "POST, OPTIONS"),
    (
        "/v1/messages/count_tokens",
        "POST",
        Route::CountTokens,
        "POST, OPTIONS",
    ),
    ("/v1/chat/completions", "POST", Route::Chat, "POST, OPTIONS"),
    ("/v1/responses", "POST", Route::Responses, "POST, OPTIONS"),
    ("/v1/models", "GET", Route::Models, "GET, HEAD, OPTIONS"),
    (
        "/v1/models/{model}",
        "GET",
        Route::Model,
        "GET, HEAD, OPTIONS",
    ),
    ("/healthz", "GET", Route::Health, "GET, HEAD, OPTIONS"),
    ("/", "GET", Route::Page, "GET, HEAD, OPTIONS"),
];

/// Why there is no route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// No such path.
    Path,
    /// The path has not this method; these it allows.
    Method(&'static str),
    /// The client asks which methods the path allows.
    Options(&'static str),
}

type Row = (&'static str, &'static str, Route, &'static str);

fn row(head: &Head) -> Option<&'static Row> {
    const ROWS: &[Row] = &TABLE;
    ROWS.iter().find(|(path, _, route, _)| match route {
        Route::Model => model(head).is_some(),
        _ => *path == head.path,
    })
}

/// Whether the path is one of a model API's, whatever the method: not the gateway's health or page.
pub fn is_of_an_api(head: &Head) -> bool {
    row(head).is_some_and(|(_, _, route, _)| !matches!(route, Route::Health | Route::Page))
}

/// Where a request goes. `HEAD` goes where `GET` does.
pub fn find(head: &Head) -> Result<Route, Miss> {
    let (_, method, route, allowed) = row(head).ok_or(Miss::Path)?;
    match head.method.as_str() {
        given if given == *method => Ok(*route),
        "HEAD" if *method == "GET" => Ok(*route),
        "OPTIONS" => Err(Miss::Options(allowed)),
        _ => Err(Miss::Method(allowed)),
    }
}

/// The model that the path names, as it is written there.
pub fn model(head: &Head) -> Option<&str> {
    let name = head.path.strip_prefix(MODEL);
    name.filter(|name| !name.is_empty())
}

impl Route {
    /// The path, for logs: a model's name is not told.
    pub fn path(self) -> &'static str {
        let row = TABLE.iter().find(|(_, _, route, _)| *route == self);
        row.map_or("", |(path, ..)| path)
    }
}

/// The client's language: that of the path, and elsewhere Anthropic's where its header is there.
pub fn dialect(head: &Head) -> Dialect {
    const PREFIXES: [(&str, Dialect); 3] = [
        ("/v1/messages", Dialect::Anthropic),
        ("/v1/chat/", Dialect::OpenAi),
        ("/v1/responses", Dialect::Responses),
    ];
    let by_path = PREFIXES
        .iter()
        .find(|(prefix, _)| head.path.starts_with(prefix));
    match (by_path, head.header("anthropic-version")) {
        (Some((_, dialect)), _) => *dialect,
        (None, Some(_)) => Dialect::Anthropic,
        (None, None) => Dialect::OpenAi,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route;

    fn head(method: &str, path: &str) -> Head {
        Head::new(method, path, Vec::new())
    }

    #[test]
    fn every_path_has_its_method_and_says_so() {
        for (method, path, expected) in [
            ("POST", "/v1/messages", Ok(Route::Messages)),
            ("POST", "/v1/messages?beta=true", Ok(Route::Messages)),
            ("POST", "/v1/messages/count_tokens", Ok(Route::CountTokens)),
            ("POST", "/v1/chat/completions", Ok(Route::Chat)),
            ("POST", "/v1/responses", Ok(Route::Responses)),
            ("GET", "/v1/responses", Err(Miss::Method("POST, OPTIONS"))),
            ("GET", "/v1/responses/resp_1", Err(Miss::Path)),
            ("GET", "/v1/models?limit=1", Ok(Route::Models)),
            ("HEAD", "/v1/models", Ok(Route::Models)),
            ("GET", "/v1/models/us.x%3A0?beta=true", Ok(Route::Model)),
            ("GET", "/v1/models/openai/x", Ok(Route::Model)),
            ("GET", "/v1/models/", Err(Miss::Path)),
            (
                "DELETE",
                "/v1/models/x",
                Err(Miss::Method("GET, HEAD, OPTIONS")),
            ),
            ("GET", "/healthz", Ok(Route::Health)),
            ("HEAD", "/", Ok(Route::Page)),
            ("GET", "/v1/messages", Err(Miss::Method("POST, OPTIONS"))),
            ("HEAD", "/v1/messages", Err(Miss::Method("POST, OPTIONS"))),
            ("POST", "/", Err(Miss::Method("GET, HEAD, OPTIONS"))),
            (
                "OPTIONS",
                "/v1/messages",
                Err(Miss::Options("POST, OPTIONS")),
            ),
            ("post", "/v1/messages", Err(Miss::Method("POST, OPTIONS"))),
            ("POST", "/v1/messages/", Err(Miss::Path)),
            ("POST", "/v1/messages/batches", Err(Miss::Path)),
            ("OPTIONS", "/else", Err(Miss::Path)),
            ("GET", "", Err(Miss::Path)),
        ] {
            assert_eq!(find(&head(method, path)), expected, "{method} {path}");
            let is_of_an_api = path.starts_with("/v1/") && expected != Err(Miss::Path);
            assert_eq!(route::is_of_an_api(&head(method, path)), is_of_an_api);
        }
    }

    #[test]
    fn each_route_is_in_the_table_once() {
        for (path, _, route, allowed) in TABLE {
            assert_eq!(route.path(), path);
            assert_eq!(TABLE.iter().filter(|row| row.2 == route).count(), 1);
            let method = TABLE.iter().find(|row| row.0 == path).map(|row| row.1);
            assert!(allowed.starts_with(method.unwrap()), "{path}");
        }
    }

    #[test]
    fn the_language_is_the_paths_and_else_the_headers() {
        for (path, has_version, expected) in [
            ("/v1/messages", false, Dialect::Anthropic),
            ("/v1/messages/batches", false, Dialect::Anthropic),
            ("/v1/chat/completions", true, Dialect::OpenAi),
            ("/v1/models", true, Dialect::Anthropic),
            ("/v1/models", false, Dialect::OpenAi),
            ("/v1/responses", true, Dialect::Responses),
            ("/v1/responses/resp_1", false, Dialect::Responses),
            ("/v1/embeddings", false, Dialect::OpenAi),
        ] {
            let version = [("anthropic-version".to_owned(), b"2023-06-01".to_vec())];
            let headers = version.into_iter().filter(|_| has_version).collect();
            let head = Head::new("POST", path, headers);
            assert_eq!(dialect(&head), expected, "{path} {has_version}");
        }
    }
}
