//! Which hosts an instance may call.
//!
//! A pattern is `[scheme://]host[:port]`. The host is a name, an IP address, or `*.` and a name, which stands for
//! everything below that name but not for the name itself. Without a port it is the scheme's own. Without a scheme it
//! is `https`, except that an IP address or `localhost` is taken over `http` too: those have no certificate as a rule.

use http::Uri;
use http::uri::{Authority, Scheme};
use std::fmt;
use std::str::FromStr;

/// The DNS suffixes of AWS's public partitions: aws, aws-cn and aws-eusc, each with its dual-stack one.
const AWS_SUFFIXES: &[&str] = &[
    "*.amazonaws.com",
    "*.api.aws",
    "*.amazonaws.com.cn",
    "*.api.amazonwebservices.com.cn",
    "*.amazonaws.eu",
    "*.api.amazonwebservices.eu",
];

/// Where AWS hands credentials to what runs there: ECS, EKS Pod Identity and EC2 instance metadata.
const AWS_METADATA: &[&str] = &[
    "http://169.254.170.2",
    "http://169.254.170.23",
    "http://[fd00:ec2::23]",
    "http://169.254.169.254",
    "http://[fd00:ec2::254]",
];

/// A pattern that is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{pattern}` is no address pattern: {reason}; expected [http://|https://]host[:port], e.g. *.amazonaws.com"
)]
pub struct PatternError {
    /// As it was given.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostPattern {
    /// This name or address, in lower case.
    Exact(String),
    /// Names that end in this, which begins with a dot.
    Below(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    /// None: `https`, or both for an address.
    scheme: Option<Scheme>,
    host: HostPattern,
    /// None: the scheme's own.
    port: Option<u16>,
}

/// The hosts that outbound requests may go to. The default list is empty and denies everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList {
    patterns: Vec<Pattern>,
}

impl AllowList {
    /// A list of patterns.
    ///
    /// # Errors
    ///
    /// The first pattern that is none.
    pub fn new<I>(patterns: I) -> Result<Self, PatternError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let patterns = patterns
            .into_iter()
            .map(|pattern| pattern.as_ref().parse())
            .collect::<Result<_, _>>()?;
        Ok(Self { patterns })
    }

    /// AWS's own hosts, over TLS.
    pub fn aws() -> Self {
        Self::of_table(AWS_SUFFIXES)
    }

    /// The container and instance metadata services, which only answer from within AWS.
    pub fn aws_metadata() -> Self {
        Self::of_table(AWS_METADATA)
    }

    /// The one host, port and scheme of a URL; its path is of no matter.
    ///
    /// # Errors
    ///
    /// Where it is no absolute `http` or `https` URL.
    pub fn origin(url: &str) -> Result<Self, PatternError> {
        let error = |reason| PatternError {
            pattern: url.to_owned(),
            reason,
        };
        let uri: Uri = url.parse().map_err(|_| error("it is no URL"))?;
        match (uri.scheme_str(), uri.authority()) {
            (Some(scheme), Some(authority)) => Self::new([format!("{scheme}://{authority}")]),
            _ => Err(error("it is no absolute URL")),
        }
    }

    /// Allow what `other` allows as well.
    pub fn extend(&mut self, other: Self) {
        self.patterns.extend(other.patterns);
    }

    /// Whether a request to `uri` may leave.
    pub fn allows(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return false;
        };
        // A user before the host has fooled many a list; `port` refuses it too.
        let Some(port) = port(authority) else {
            return false;
        };
        let host = normal(authority.host());
        self.patterns
            .iter()
            .any(|pattern| pattern.allows(scheme, &host, port))
    }

    fn of_table(table: &[&str]) -> Self {
        // The tables are parsed by a test; a line that were none would deny, not allow.
        let patterns = table.iter().filter_map(|line| line.parse().ok()).collect();
        Self { patterns }
    }
}

impl Pattern {
    fn allows(&self, scheme: &Scheme, host: &str, port: Option<u16>) -> bool {
        let scheme_fits = match &self.scheme {
            Some(own) => own == scheme,
            None => *scheme == Scheme::HTTPS || self.host.is_address(),
        };
        let own_port = default_port(scheme);
        scheme_fits && self.host.allows(host) && port.or(own_port) == self.port.or(own_port)
    }
}

impl HostPattern {
    fn allows(&self, host: &str) -> bool {
        match self {
            Self::Exact(own) => own == host,
            Self::Below(suffix) => host.len() > suffix.len() && host.ends_with(suffix.as_str()),
        }
    }

    fn is_address(&self) -> bool {
        match self {
            Self::Exact(host) => {
                host == "localhost"
                    || host.starts_with('[')
                    || host.parse::<std::net::Ipv4Addr>().is_ok()
            }
            Self::Below(_) => false,
        }
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(pattern: &str) -> Result<Self, PatternError> {
        let error = |reason| PatternError {
            pattern: pattern.to_owned(),
            reason,
        };
        let (scheme, rest) = match pattern.split_once("://") {
            Some(("http", rest)) => (Some(Scheme::HTTP), rest),
            Some(("https", rest)) => (Some(Scheme::HTTPS), rest),
            Some(_) => return Err(error("its scheme is neither http nor https")),
            None => (None, pattern),
        };
        let (wild, name) = match rest.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, rest),
        };
        if name.contains(['*', '@', '/']) {
            return Err(error(
                "`*` may only be the whole first label, and there is no path or user",
            ));
        }
        let authority: Authority = name.parse().map_err(|_| error("its host is none"))?;
        let host = normal(authority.host());
        if host.is_empty() {
            return Err(error("it has no host"));
        }
        let port = port(&authority).ok_or_else(|| error("its port is none"))?;
        Ok(Self {
            scheme,
            host: if wild {
                HostPattern::Below(format!(".{host}"))
            } else {
                HostPattern::Exact(host)
            },
            port,
        })
    }
}

impl fmt::Display for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pattern) in self.patterns.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            f.write_str(separator)?;
            if let Some(scheme) = &pattern.scheme {
                write!(f, "{scheme}://")?;
            }
            match &pattern.host {
                HostPattern::Exact(host) => f.write_str(host)?,
                HostPattern::Below(suffix) => write!(f, "*{suffix}")?,
            }
            if let Some(port) = pattern.port {
                write!(f, ":{port}")?;
            }
        }
        Ok(())
    }
}

/// Lower case, and without the dot that ends a fully qualified name.
fn normal(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// The port that an authority names, or none. Outer none: what it names is no port, which [`Authority`] passes over.
fn port(authority: &Authority) -> Option<Option<u16>> {
    let rest = authority.as_str().strip_prefix(authority.host())?;
    match rest.strip_prefix(':') {
        Some(port) => port.parse().ok().map(Some),
        None => rest.is_empty().then_some(None),
    }
}

fn default_port(scheme: &Scheme) -> Option<u16> {
    match scheme.as_str() {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_allows_what_it_names_and_nothing_beside() {
        let table: &[(&str, &str, bool)] = &[
            (
                "*.amazonaws.com",
                "https://bedrock-runtime.us-east-1.amazonaws.com/model",
                true,
            ),
            (
                "*.amazonaws.com",
                "https://BEDROCK-runtime.us-east-1.AmazonAWS.com/",
                true,
            ),
            ("*.amazonaws.com", "https://sts.amazonaws.com.:443/", true),
            ("*.amazonaws.com", "https://amazonaws.com/", false),
            ("*.amazonaws.com", "https://evilamazonaws.com/", false),
            (
                "*.amazonaws.com",
                "https://amazonaws.com.evil.example/",
                false,
            ),
            ("*.amazonaws.com", "https://sts.amazonaws.com:8443/", false),
            ("*.amazonaws.com", "https://sts.amazonaws.com:99999/", false),
            // Credentials in clear text.
            ("*.amazonaws.com", "http://sts.amazonaws.com/", false),
            (
                "*.amazonaws.com",
                "https://sts.amazonaws.com@evil.example/",
                false,
            ),
            (
                "*.amazonaws.com",
                "https://evil.example@sts.amazonaws.com/",
                false,
            ),
            ("vpce-1.example", "https://vpce-1.example/base/path", true),
            ("vpce-1.example", "https://a.vpce-1.example/", false),
            (
                "http://proxy.example:8080",
                "http://proxy.example:8080/",
                true,
            ),
            (
                "http://proxy.example:8080",
                "https://proxy.example:8080/",
                false,
            ),
            (
                "https://proxy.example:8080",
                "https://proxy.example/",
                false,
            ),
            ("127.0.0.1:4000", "http://127.0.0.1:4000/x", true),
            ("127.0.0.1:4000", "https://127.0.0.1:4000/x", true),
            ("127.0.0.1:4000", "http://127.0.0.1:4001/x", false),
            ("127.0.0.1:4000", "http://127.0.0.2:4000/x", false),
            ("127.0.0.1", "http://127.0.0.1:80/", true),
            ("127.0.0.1", "http://127.0.0.1:8080/", false),
            ("localhost:1", "http://localhost:1/", true),
            ("[::1]:4000", "http://[::1]:4000/", true),
            (
                "http://[fd00:ec2::254]",
                "http://[FD00:ec2::254]/latest",
                true,
            ),
        ];
        for (pattern, uri, allowed) in table {
            let list = AllowList::new([pattern]).unwrap();
            let uri: Uri = uri.parse().unwrap();
            assert_eq!(list.allows(&uri), *allowed, "{pattern} and {uri}");
        }
    }

    #[test]
    fn the_default_list_denies_everything() {
        let uri = Uri::from_static("https://bedrock-runtime.us-east-1.amazonaws.com/");
        assert!(!AllowList::default().allows(&uri));
        assert!(!AllowList::aws().allows(&Uri::from_static("/model/x/converse")));
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_its_reason() {
        for pattern in [
            "",
            "*",
            "*.",
            "a.*.b",
            "bedrock.*.amazonaws.com",
            "ftp://x",
            "user@host",
            "host/path",
            "host:99999",
            "host:",
            "https://",
            "*.*.amazonaws.com",
            "a b",
        ] {
            let error = AllowList::new([pattern]).expect_err(pattern);
            assert_eq!(error.pattern, pattern);
            assert!(error.to_string().contains("expected"), "{error}");
        }
    }

    #[test]
    fn every_line_of_the_tables_is_a_pattern() {
        assert_eq!(AllowList::aws(), AllowList::new(AWS_SUFFIXES).unwrap());
        assert_eq!(
            AllowList::aws_metadata(),
            AllowList::new(AWS_METADATA).unwrap()
        );
    }

    #[test]
    fn an_origin_is_one_host_port_and_scheme() {
        let list = AllowList::origin("http://127.0.0.1:4000/base/path").unwrap();
        assert_eq!(list.to_string(), "http://127.0.0.1:4000");
        assert!(AllowList::origin("127.0.0.1").is_err());
        assert!(AllowList::origin("file:///etc/passwd").is_err());
    }
}
