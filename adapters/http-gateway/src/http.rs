//! HTTP as far as the rules need it: a request's head in, a whole answer out.

use bedrock_provider::canonical::Error;
use llm_dialects::Dialect;

/// A request before its body.
#[derive(Clone)]
pub struct Head {
    /// In capitals.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// What follows the question mark; empty where nothing does.
    pub query: String,
    /// Names in lower case. A value that is no text is left out.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// From what a host gives: a path with its query, and headers as bytes.
    pub fn new(method: &str, path_with_query: &str, headers: Vec<(String, Vec<u8>)>) -> Self {
        let (path, query) = path_with_query
            .split_once('?')
            .unwrap_or((path_with_query, ""));
        let text = |(name, value): (String, Vec<u8>)| {
            Some((name.to_ascii_lowercase(), String::from_utf8(value).ok()?))
        };
        Head {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.into_iter().filter_map(text).collect(),
        }
    }

    /// The first header of a name in lower case, trimmed.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every header of a name in lower case, trimmed.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let is_it = move |(header, _): &&(String, String)| header == name;
        self.headers
            .iter()
            .filter(is_it)
            .map(|(_, value)| value.trim())
    }

    /// A parameter of the query, as it was written.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self
            .query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value)
            .next_back()
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// All but `content-length` and the request's id.
    pub headers: Vec<(&'static str, String)>,
    /// Empty where there is none.
    pub body: String,
}

impl Answer {
    /// An answer in JSON.
    pub fn json(body: String) -> Self {
        Answer {
            status: 200,
            headers: vec![("content-type", JSON.into()), not_stored()],
            body,
        }
    }

    /// An answer in plain text.
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Answer {
            status,
            headers: vec![
                ("content-type", "text/plain; charset=utf-8".into()),
                not_stored(),
            ],
            body: body.into(),
        }
    }

    /// An error in the client's own shape.
    pub fn error(dialect: Dialect, error: &Error, request_id: &str) -> Self {
        let answer = dialect.write_error(error, request_id);
        let mut headers = vec![("content-type", JSON.into()), not_stored()];
        headers.extend(answer.headers);
        Answer {
            status: answer.status,
            headers,
            body: answer.body,
        }
    }
}

const JSON: &str = "application/json";

/// No answer is anybody else's.
fn not_stored() -> (&'static str, String) {
    ("cache-control", "no-store".into())
}

/// The headers of an answer that streams, likewise without the request's id.
pub fn stream_headers() -> Vec<(&'static str, String)> {
    vec![
        ("content-type", "text/event-stream; charset=utf-8".into()),
        ("cache-control", "no-cache".into()),
        // A proxy of nginx's kind would hold the events back.
        ("x-accel-buffering", "no".into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_whatever_a_client_sends() {
        let headers = vec![
            ("X-Api-Key".to_owned(), b" one ".to_vec()),
            ("x-api-key".to_owned(), b"two".to_vec()),
            ("x-bytes".to_owned(), vec![0xff]),
        ];
        let head = Head::new("GET", "/v1/models?limit=2&after_id=a%2Fb&limit=3", headers);
        assert_eq!(head.path, "/v1/models");
        assert_eq!(head.header("x-api-key"), Some("one"));
        assert_eq!(head.all("x-api-key").collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(head.header("x-bytes"), None);
        for (name, value) in [
            ("limit", Some("3")),
            ("after_id", Some("a%2Fb")),
            ("before_id", None),
        ] {
            assert_eq!(head.parameter(name), value, "{name}");
        }
        assert_eq!(Head::new("GET", "/", Vec::new()).parameter(""), Some(""));
    }
}
