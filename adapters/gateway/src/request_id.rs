//! The name of one request, told to the client in `request-id` and `x-request-id`, in errors and in the log.

/// The longest that a client may give, in bytes.
const MAX: usize = 64;

/// The client's own `x-request-id` where it is short and plain, so that it is safe in headers, bodies and logs; else
/// `req_` and 24 digits and letters of `random`.
pub fn choose(given: Option<&str>, random: [u64; 2]) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    match given {
        Some(id) if (1..=MAX).contains(&id.len()) && id.bytes().all(is_plain) => id.to_owned(),
        _ => made(random),
    }
}

fn made([high, low]: [u64; 2]) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut bits = (u128::from(high) << 64) | u128::from(low);
    let mut id = String::from("req_");
    for _ in 0..24 {
        let letter = LETTERS.get((bits & 31) as usize).copied();
        id.push(letter.unwrap_or(b'0').into());
        bits >>= 5;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_clients_own_is_kept_where_it_is_short_and_plain() {
        let longest = "x".repeat(MAX);
        let longer = "x".repeat(MAX + 1);
        for (given, is_kept) in [
            ("abc-1.2_3", true),
            (&longest, true),
            (&longer, false),
            ("", false),
            ("a b", false),
            ("a\r\nset-cookie: x", false),
            ("{\"a\"}", false),
            ("é", false),
        ] {
            assert_eq!(choose(Some(given), [1, 2]) == given, is_kept, "{given}");
        }
    }

    proptest! {
        #[test]
        fn a_made_one_is_plain_and_each_is_another(a: [u64; 2], b: [u64; 2]) {
            let id = choose(None, a);
            prop_assert_eq!(id.len(), 28);
            prop_assert!(id.starts_with("req_"));
            prop_assert_eq!(choose(Some(&id), b), id.clone());
            // 120 of the 128 bits are told.
            let differ = (a[0] << 8, a[1]) != (b[0] << 8, b[1]);
            prop_assert!(!differ || choose(None, b) != id);
        }
    }
}
