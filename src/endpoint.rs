//! Where to call: region and partition to host name, or the address that the caller gives instead.
//!
//! In: a region, or an address. Out: scheme, authority and base path. Everything is validated here, because it becomes
//! a host name and is signed. Source: the endpoint rule sets of `bedrock-runtime`, `sts`, `sso` and `sso-oidc` in the AWS
//! SDKs, and their `partitions.json`.

use http::Uri;
use http::uri::Authority;

use crate::canonical::{Context, Error};
use crate::environment::Environment;
use crate::excerpt::quoted;

/// An AWS region: one label of a host name (RFC 1123 §2.1), in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region(String);

impl Region {
    /// `path` is the field that holds `text`, for the error.
    pub fn parse(text: &str, path: &str) -> Result<Self, Error> {
        let label = text.len() <= 63
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if text.is_empty() || !label {
            return Err(Error::invalid(
                path,
                format!(
                    "expected a region such as \"us-east-1\" (a-z, 0-9 and -, at most 63), got {}",
                    quoted(text)
                ),
            ));
        }
        Ok(Region(text.to_owned()))
    }

    /// The region's name, such as `us-east-1`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A partition's domains: regions that begin with `prefix` are in it.
struct Partition {
    prefix: &'static str,
    suffix: &'static str,
    dual_stack_suffix: &'static str,
}

/// The first that fits wins; the last fits every region.
const PARTITIONS: &[Partition] = &[
    Partition {
        prefix: "cn-",
        suffix: "amazonaws.com.cn",
        dual_stack_suffix: "api.amazonwebservices.com.cn",
    },
    Partition {
        prefix: "eusc-",
        suffix: "amazonaws.eu",
        dual_stack_suffix: "api.amazonwebservices.eu",
    },
    Partition {
        prefix: "us-iso-",
        suffix: "c2s.ic.gov",
        dual_stack_suffix: "api.aws.ic.gov",
    },
    Partition {
        prefix: "us-isob-",
        suffix: "sc2s.sgov.gov",
        dual_stack_suffix: "api.aws.scloud",
    },
    Partition {
        prefix: "us-isof-",
        suffix: "csp.hci.ic.gov",
        dual_stack_suffix: "api.aws.hci.ic.gov",
    },
    Partition {
        prefix: "eu-isoe-",
        suffix: "cloud.adc-e.uk",
        dual_stack_suffix: "api.cloud-aws.adc-e.uk",
    },
    Partition {
        prefix: "",
        suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
    },
];

/// Services whose plain hosts in GovCloud are FIPS ones already, and have no second name.
const PLAIN_IN_GOVCLOUD: &[&str] = &["oidc", "portal.sso", "sts"];

const FIPS: &str = "AWS_USE_FIPS_ENDPOINT";
const DUAL_STACK: &str = "AWS_USE_DUALSTACK_ENDPOINT";

/// The path of an error whose message names the address that was called.
pub const ADDRESS: &str = "context.endpoint";

/// An address to call.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// `https`, or `http` where the caller's own address says so.
    pub scheme: &'static str,
    /// `host` or `host:port`; the port is left out where it is the scheme's own, as it is from `host` when signing.
    pub authority: String,
    /// Before `/model/…`: empty, or begins with a slash and does not end with one.
    pub base_path: String,
}

impl Endpoint {
    /// The address that context and environment give, else AWS's own for the region.
    pub fn choose(
        region: &Region,
        context: &Context,
        environment: &Environment,
    ) -> Result<Self, Error> {
        const VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"];
        let given = match &context.endpoint {
            Some(url) => Some(("context.endpoint", url.as_str())),
            None => VARIABLES
                .iter()
                .find_map(|name| Some((*name, environment.get(name)?))),
        };
        match given {
            None => Ok(Self::of_service("bedrock-runtime", region, environment)),
            Some((path, _)) if environment.is_true(FIPS) || environment.is_true(DUAL_STACK) => {
                Err(Error::invalid(
                    path,
                    "AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT select AWS's own endpoint, but this sets another: \
                 unset one of them",
                ))
            }
            Some((path, url)) => Self::parse(url, path),
        }
    }

    /// AWS's own address of `service` in a region; `service` is how the host begins, such as `bedrock-runtime` or `sts`.
    /// The environment says whether by FIPS 140 and whether also by IPv6. There are no global hosts: STS in `us-east-1`
    /// is `sts.us-east-1.amazonaws.com`.
    pub fn of_service(service: &str, region: &Region, environment: &Environment) -> Self {
        let dual_stack = environment.is_true(DUAL_STACK);
        let region = region.as_str();
        let has_fips_name =
            dual_stack || !region.starts_with("us-gov-") || !PLAIN_IN_GOVCLOUD.contains(&service);
        let fips = if environment.is_true(FIPS) && has_fips_name {
            "-fips"
        } else {
            ""
        };
        let suffix = PARTITIONS
            .iter()
            .find(|partition| region.starts_with(partition.prefix))
            .map_or("amazonaws.com", |p| {
                if dual_stack {
                    p.dual_stack_suffix
                } else {
                    p.suffix
                }
            });
        Endpoint {
            scheme: "https",
            authority: format!("{service}{fips}.{region}.{suffix}"),
            base_path: String::new(),
        }
    }

    /// `http[s]://host[:port][/base/path]`; `path` is the field that holds it, for the error.
    fn parse(url: &str, path: &str) -> Result<Self, Error> {
        let refuse = |what: &str| {
            let shape = "expected \"https://host[:port][/base/path]\"";
            Error::invalid(path, format!("{shape}, got {what}"))
        };
        // The address itself is not repeated: it may hold a password.
        let uri: Uri = url.parse().map_err(|_| refuse("something else"))?;
        let scheme = match uri.scheme_str() {
            Some("https") => "https",
            Some("http") => "http",
            _ => return Err(refuse("another scheme or none")),
        };
        let authority = uri.authority().ok_or_else(|| refuse("no host"))?;
        if authority.as_str().contains('@') {
            return Err(refuse("a user name"));
        }
        if authority.host().is_empty() {
            return Err(refuse("no host"));
        }
        if uri.query().is_some() || url.contains('#') {
            return Err(refuse("a query or a fragment"));
        }
        let base_path = uri.path().trim_end_matches('/');
        if base_path
            .split('/')
            .any(|segment| segment == "." || segment == "..")
        {
            return Err(refuse("a relative path"));
        }
        // As it is sent and signed: what needs an encoding has one (RFC 3986 §3.3).
        if !base_path.bytes().all(is_of_a_path) || !is_encoded(base_path) {
            return Err(refuse(
                "a path with characters that must be percent-encoded",
            ));
        }
        let default_port = if scheme == "https" { 443 } else { 80 };
        let authority = match authority.port() {
            None => authority.host().to_owned(),
            Some(port) if port.as_u16() == default_port => authority.host().to_owned(),
            Some(port) => format!("{}:{}", authority.host(), port.as_u16()),
        };
        // The parser takes brackets in the middle of a host, and then tells a part of it.
        if authority.parse::<Authority>().is_err() {
            return Err(refuse("something else"));
        }
        Ok(Endpoint {
            scheme,
            authority,
            base_path: base_path.to_owned(),
        })
    }

    /// Whether what is sent stays on this machine or is encrypted.
    pub fn keeps_secrets(&self) -> bool {
        let host =
            self.authority
                .rsplit_once(':')
                .map_or(self.authority.as_str(), |(host, port)| {
                    if port.bytes().all(|b| b.is_ascii_digit()) {
                        host
                    } else {
                        &self.authority
                    }
                });
        self.scheme == "https" || matches!(host, "localhost" | "[::1]") || is_loopback_v4(host)
    }
}

fn is_of_a_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&byte)
}

/// Whether each `%` has two hexadecimal digits behind it, and none encodes a dot, a slash or a control character, which
/// servers and proxies read in ways of their own.
fn is_encoded(path: &str) -> bool {
    path.split('%').skip(1).all(|rest| {
        let digits = rest.get(..2).unwrap_or_default();
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let byte = u8::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        byte.is_some_and(|byte| !byte.is_ascii_control() && !b"./\\".contains(&byte))
    })
}

fn is_loopback_v4(host: &str) -> bool {
    host.starts_with("127.")
        && host
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(text: &str) -> Region {
        Region::parse(text, "region").expect(text)
    }

    #[test]
    fn a_given_address_keeps_its_base_path_and_drops_its_default_port() {
        for (url, authority, base_path) in [
            ("https://vpce-1.example.com", "vpce-1.example.com", ""),
            (
                "https://proxy.example.com/aws/bedrock/",
                "proxy.example.com",
                "/aws/bedrock",
            ),
            ("https://h:443/", "h", ""),
            ("http://127.0.0.1:4566", "127.0.0.1:4566", ""),
            ("http://[::1]:8080", "[::1]:8080", ""),
            ("http://h:443", "h:443", ""),
            ("https://h/a%20b/~c;d=(e)@f", "h", "/a%20b/~c;d=(e)@f"),
        ] {
            let endpoint = Endpoint::parse(url, "context.endpoint").expect(url);
            assert_eq!(
                (endpoint.authority.as_str(), endpoint.base_path.as_str()),
                (authority, base_path),
                "{url}"
            );
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused_without_repeating_it() {
        for url in [
            "",
            "host",
            "host:80",
            "ftp://h",
            "https://",
            "https://u:secret@h",
            "https://h/?q=secret",
            "https://h/#secret",
            "https://h/a/../b",
            "https://secret .com",
            "https://secret[::1]:443/",
            "https://h/{secret}",
            "https://h/<secret>",
            "https://h/secret\"",
            "https://h/secret|x",
            "https://h/secret\\..",
            "https://h/secret^",
            "https://h/secret`",
            "https://h/sécret",
            "https://h/secret[0]",
            "https://h/secret%",
            "https://h/secret%4",
            "https://h/secret%zz",
            "https://h/secret%+1",
            "https://h/secret%0d%0a",
            "https://h/secret/%2e%2E/x",
            "https://h/secret%2fx",
            "https://h/secret\r\nx",
            "/path",
        ] {
            let error = Endpoint::parse(url, "AWS_ENDPOINT_URL").expect_err(url);
            assert_eq!(error.path.as_deref(), Some("AWS_ENDPOINT_URL"), "{url}");
            assert!(!error.message.contains("secret"), "{}", error.message);
        }
    }

    #[test]
    fn a_region_that_is_no_host_label_is_refused() {
        let long = "a".repeat(64);
        for text in [
            "",
            "-us",
            "us-",
            "US-EAST-1",
            "us.east",
            "us/east",
            "us east",
            "us@evil.com",
            "ü",
            long.as_str(),
        ] {
            assert!(Region::parse(text, "region").is_err(), "{text}");
        }
    }

    #[test]
    fn context_comes_before_the_service_variable_and_that_before_the_general_one() {
        let environment = |names: &[&str]| {
            Environment::new(
                names
                    .iter()
                    .map(|name| (name.to_string(), format!("https://{name}")))
                    .collect(),
            )
        };
        let (service, general) = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL");
        let context = Context {
            endpoint: Some("https://context".into()),
            ..Context::default()
        };
        for (context, environment, host) in [
            (&context, environment(&[general, service]), "context"),
            (
                &Context::default(),
                environment(&[general, service]),
                service,
            ),
            (&Context::default(), environment(&[general]), general),
            (
                &Context::default(),
                environment(&[]),
                "bedrock-runtime.eu-west-1.amazonaws.com",
            ),
        ] {
            let endpoint =
                Endpoint::choose(&region("eu-west-1"), context, &environment).expect(host);
            assert_eq!(endpoint.authority, host);
        }
    }

    #[test]
    fn fips_with_a_given_address_is_a_contradiction() {
        let environment = Environment::new(vec![("AWS_USE_FIPS_ENDPOINT".into(), "true".into())]);
        let context = Context {
            endpoint: Some("https://h".into()),
            ..Context::default()
        };
        let error = Endpoint::choose(&region("eu-west-1"), &context, &environment)
            .expect_err("contradiction");
        assert!(error.message.contains("AWS_USE_FIPS_ENDPOINT"));
    }
}
