//! Parameters of a form or a query (`application/x-www-form-urlencoded`, WHATWG URL, 5.1).

use crate::sigv4::percent_decode;

/// Names and values in the order they came, decoded; bytes that are no UTF-8 are replaced.
pub(crate) fn parameters(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        let bytes = percent_decode(&part.replace('+', " "));
        String::from_utf8_lossy(&bytes).into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// First value of a parameter.
pub(super) fn value<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters
        .iter()
        .find(|(seen, _)| seen == name)
        .map(|(_, value)| value.as_str())
}
