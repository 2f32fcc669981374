//! The key of an account: `llm-spent/<period>/<user>`, in characters that every store takes.

/// The longest name of a user, in bytes.
const MAX_USER: usize = 256;

/// The key; an error says what cannot be one, without repeating it. Two accounts never have one key: what is no letter,
/// digit, `.`, `_` or `-` in a user's name is written `=` and two hexadecimal digits, byte by byte.
pub fn of(user: &str, period: &str) -> Result<String, &'static str> {
    if user.is_empty() || user.len() > MAX_USER {
        return Err("a user's name has 1 to 256 bytes");
    }
    if !is_period(period) {
        return Err("a period is a day such as 2026-11-23 or a month such as 2026-11");
    }
    let mut key = ["llm-spent/", period, "/"].concat();
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            key.push(byte.into());
        } else {
            key.push('=');
            for half in [byte >> 4, byte & 15] {
                key.extend(char::from_digit(half.into(), 16));
            }
        }
    }
    Ok(key)
}

fn is_period(text: &str) -> bool {
    let is_like = |pattern: &str| {
        pattern.len() == text.len()
            && pattern.bytes().zip(text.bytes()).all(|(p, b)| match p {
                b'0' => b.is_ascii_digit(),
                other => b == other,
            })
    };
    is_like("0000-00-00") || is_like("0000-00")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_is_plain_whatever_the_users_name_is() {
        for (user, period, key) in [
            ("ann", "2026-11-23", "llm-spent/2026-11-23/ann"),
            ("ann@x.org", "2026-11", "llm-spent/2026-11/ann=40x.org"),
            ("a/../b", "2026-11", "llm-spent/2026-11/a=2f..=2fb"),
            ("=40", "2026-11", "llm-spent/2026-11/=3d40"),
            ("é\n", "2026-11", "llm-spent/2026-11/=c3=a9=0a"),
        ] {
            assert_eq!(of(user, period).as_deref(), Ok(key));
        }
    }

    #[test]
    fn what_is_no_account_has_no_key() {
        let long = "x".repeat(MAX_USER + 1);
        for (user, period) in [
            ("", "2026-11"),
            (&long, "2026-11"),
            ("ann", ""),
            ("ann", "2026"),
            ("ann", "2026-11-2"),
            ("ann", "2026/11"),
            ("ann", "2026-11/x"),
            ("ann", "२०२६-११"),
        ] {
            assert!(of(user, period).is_err(), "{user} {period}");
        }
    }

    proptest! {
        #[test]
        fn two_users_never_share_a_key(a in ".{1,20}", b in ".{1,20}") {
            let (first, second) = (of(&a, "2026-11"), of(&b, "2026-11"));
            prop_assert_eq!(first == second, a == b);
        }
    }
}
