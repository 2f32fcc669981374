//! Keeping secrets out of errors.
//!
//! In: an error with a service's own words, and what the service was sent. Out: the same error, where each secret stands
//! as [`MARK`]. Services and proxies repeat what they refuse; AWS tells every signed header where a signature is wrong.

use super::Auth;
use crate::canonical::Error;

/// Stands for a secret.
const MARK: &str = "** redacted **";

/// What is shorter is no secret, and may be a part of any word; in bytes.
const SHORTEST: usize = 8;

/// So much of a secret that was cut off is still one, in bytes.
const SHORTEST_PART: usize = 4;

/// Ends a text that was cut; see `printable`.
const CUT: char = '…';

/// The error without what the call is signed with.
pub fn conceal(mut error: Error, auth: Option<&Auth>) -> Error {
    auth.into_iter()
        .flat_map(secrets)
        .for_each(|secret| hide(&mut error, secret));
    error
}

/// The secrets in it.
pub(crate) fn secrets(auth: &Auth) -> impl Iterator<Item = &str> {
    let (first, second) = match auth {
        Auth::SigV4(keys) => (Some(keys.secret_access_key()), keys.session_token()),
        Auth::Bearer(token) => (Some(token.expose()), None),
    };
    first.into_iter().chain(second)
}

/// Hide one secret, wherever the error's words may come from a service.
pub(crate) fn hide(error: &mut Error, secret: &str) {
    let secret = secret.trim();
    if secret.len() < SHORTEST {
        return;
    }
    let told = [
        Some(&mut error.message),
        error.code.as_mut(),
        error.request_id.as_mut(),
    ];
    for text in told.into_iter().flatten() {
        *text = without(text, secret);
    }
}

/// The text without the secret, and without its beginning where the text was cut in the middle of it.
fn without(text: &str, secret: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let pairs = rest.bytes().zip(secret.bytes());
        let alike = pairs.take_while(|(told, own)| told == own).count();
        let after = rest.get(alike..).unwrap_or_default();
        let is_told = alike == secret.len() || (alike >= SHORTEST_PART && after.starts_with(CUT));
        let length = if is_told {
            kept.push_str(MARK);
            alike
        } else {
            kept.push(first);
            first.len_utf8()
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::ErrorKind;

    fn concealed(message: &str, auth: &Auth) -> String {
        conceal(Error::new(ErrorKind::Upstream, message), Some(auth)).message
    }

    #[test]
    fn whole_secrets_and_cut_ones_are_hidden() {
        let keys = Auth::access_key("AKIDEXAMPLE", "secret/of+me", Some("token==of==me"));
        for (message, expected) in [
            ("nothing", "nothing"),
            ("a secret/of+me", "a ** redacted **"),
            (
                "secret/of+mesecret/of+me, token==of==me",
                "** redacted **** redacted **, ** redacted **",
            ),
            ("sent token==of=…", "sent ** redacted **…"),
            (
                "sent (secret/…): and toke…",
                "sent (** redacted **…): and ** redacted **…",
            ),
            ("sent tok…, for AKIDEXAMPLE", "sent tok…, for AKIDEXAMPLE"),
        ] {
            assert_eq!(concealed(message, &keys), expected);
        }
        assert_eq!(concealed("bearer=1", &Auth::bearer("bearer=1")), MARK);
        assert_eq!(concealed("redacted", &Auth::bearer("redacted")), MARK);
        // No secret, and a part of words.
        let short = Auth::access_key("AKIDEXAMPLE", "s", None);
        assert_eq!(concealed("said", &short), "said");
    }

    #[test]
    fn codes_and_request_ids_are_looked_at_too() {
        let auth = Auth::bearer("secret/of+me");
        let error = Error {
            code: Some("Bad secret/of+me".into()),
            request_id: Some("secret/of+me".into()),
            ..Error::new(ErrorKind::Upstream, "No")
        };
        let error = conceal(error, Some(&auth));
        assert_eq!(error.code.as_deref(), Some("Bad ** redacted **"));
        assert_eq!(error.request_id.as_deref(), Some(MARK));
    }
}
