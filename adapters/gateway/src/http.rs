//! HTTP as far as the rules need it: a request's head in, a whole answer out.

use bedrock_provider::canonical::Error;
use bedrock_provider::guardrail;
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
            // What protects is not overlooked, whatever its value is.
            let is_kept = guardrail::is_meant_by(&name);
            let value = String::from_utf8(value).ok();
            let value = value.or_else(|| is_kept.then(String::new))?;
            Some((name.to_ascii_lowercase(), value))
        };
        Head {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.into_iter().filter_map(text).collect(),
        }
    }

    /// A `POST` with these headers.
    #[cfg(test)]
    pub(crate) fn of_headers(headers: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
        Head::new("POST", "/v1/messages", headers.iter().map(owned).collect())
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

    /// The host that the client asks, with its port, as HTTP/2 and HTTP/1.1 have it.
    pub fn authority(&self) -> Option<&str> {
        self.header(":authority").or_else(|| self.header("host"))
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

/// Status and headers of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
}

impl Start {
    /// Of an answer that streams.
    pub fn stream(request_id: &str) -> Self {
        let headers = vec![
            ("content-type", "text/event-stream; charset=utf-8".into()),
            ("cache-control", "no-cache".into()),
            // A proxy of nginx's kind would hold the events back.
            ("x-accel-buffering", "no".into()),
        ];
        let mut start = Start {
            status: 200,
            headers,
        };
        start.put_id(request_id);
        start
    }

    /// As Anthropic's clients read it, and as OpenAI's do.
    fn put_id(&mut self, request_id: &str) {
        let ids = ["request-id", "x-request-id"].map(|name| (name, request_id.to_owned()));
        self.headers.extend(ids);
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// All but `content-length` and the request's id.
    pub start: Start,
    /// Empty where there is none.
    pub body: String,
}

impl Answer {
    /// An answer with these headers.
    pub fn new(status: u16, headers: Vec<(&'static str, String)>, body: impl Into<String>) -> Self {
        Answer {
            start: Start { status, headers },
            body: body.into(),
        }
    }

    /// An answer in JSON.
    pub fn json(body: String) -> Self {
        let headers = vec![("content-type", JSON.into()), not_stored()];
        Answer::new(200, headers, body)
    }

    /// An answer in plain text.
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        let plain = "text/plain; charset=utf-8".into();
        Answer::new(status, vec![("content-type", plain), not_stored()], body)
    }

    /// An error in the client's own shape.
    pub fn error(dialect: Dialect, error: &Error, request_id: &str) -> Self {
        let answer = dialect.write_error(error, request_id);
        // A proxy's page with status 200 is no answer, and the client must not take it for one.
        let status = match answer.status {
            status @ 400..=599 => status,
            _ => 502,
        };
        let mut headers = vec![("content-type", JSON.into()), not_stored()];
        let is_own = |name: &str| name != "content-type" && !name.ends_with("request-id");
        headers.extend(answer.headers.into_iter().filter(|(name, _)| is_own(name)));
        Answer::new(status, headers, answer.body)
    }

    /// As it is sent to the request with this head.
    pub fn complete(mut self, head: &Head, request_id: &str) -> Self {
        // An answer to HEAD tells no length: hosts hold the length that is told to the body that is not there.
        if head.method == "HEAD" {
            self.body.clear();
        } else if self.start.status != 204 {
            let length = self.body.len().to_string();
            self.start.headers.push(("content-length", length));
        }
        self.start.put_id(request_id);
        self
    }
}

const JSON: &str = "application/json";

/// No answer is anybody else's.
fn not_stored() -> (&'static str, String) {
    ("cache-control", "no-store".into())
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
            ("X-Amzn-Bedrock-GuardrailIdentifier".to_owned(), vec![0xff]),
        ];
        let head = Head::new("GET", "/v1/models?limit=2&after_id=a%2Fb&limit=3", headers);
        assert_eq!(head.path, "/v1/models");
        assert_eq!(head.header("x-api-key"), Some("one"));
        assert_eq!(head.all("x-api-key").collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(head.header("x-bytes"), None);
        let guardrail = "x-amzn-bedrock-guardrailidentifier";
        assert!(head.header(guardrail).is_some(), "it is refused later");
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
