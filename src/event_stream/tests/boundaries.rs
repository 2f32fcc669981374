//! What the decoder does at its edges: early refusal, limits, memory, and life after an error.

use super::corpus::{decode_whole, frame, prelude, string_header, vector};
use crate::event_stream::{Decoder, Error, HeaderValue, Limits};

/// Feeds all of `bytes` and returns the number of frames.
fn take_all(decoder: &mut Decoder, mut bytes: &[u8]) -> Result<usize, Error> {
    let mut frames = 0;
    while decoder.next_frame(&mut bytes)?.is_some() {
        frames += 1;
    }
    Ok(frames)
}

#[test]
fn a_bad_prelude_is_refused_at_its_twelfth_byte_and_not_before() {
    let limits = Limits::default();
    let mut damaged = prelude(40, 10);
    damaged[0] ^= 1; // claims 16 MiB more, which a decoder must not wait for
    let cases = [
        (
            damaged,
            Error::PreludeChecksum {
                declared: u32::from_be_bytes(prelude(40, 10)[8..].try_into().unwrap()),
                computed: u32::from_be_bytes(prelude(40 | 1 << 24, 10)[8..].try_into().unwrap()),
            },
        ),
        (prelude(15, 0), Error::FrameTooShort { total_length: 15 }),
        (
            prelude(limits.frame + 1, 0),
            Error::FrameTooLong {
                total_length: limits.frame + 1,
                limit: limits.frame,
            },
        ),
        (
            prelude(40, 25),
            Error::HeadersExceedFrame {
                headers_length: 25,
                room: 24,
            },
        ),
        (
            prelude(1 << 20, limits.headers + 1),
            Error::HeadersTooLong {
                headers_length: limits.headers + 1,
                limit: limits.headers,
            },
        ),
    ];
    for (bytes, error) in cases {
        let mut decoder = Decoder::new(limits);
        assert_eq!(take_all(&mut decoder, &bytes[..11]), Ok(0), "{error}");
        assert_eq!(
            take_all(&mut decoder, &bytes[11..]),
            Err(error.clone()),
            "{error}"
        );
        assert_eq!(
            take_all(&mut Decoder::new(limits), &bytes),
            Err(error.clone()),
            "{error}"
        );
    }
}

#[test]
fn a_frame_and_headers_of_exactly_the_limit_pass_and_one_byte_more_does_not() {
    let headers = string_header("name", "value");
    let bytes = frame(&headers, b"payload");
    let limits = Limits {
        frame: bytes.len() as u32,
        headers: headers.len() as u32,
        header_count: 1,
    };
    assert_eq!(take_all(&mut Decoder::new(limits), &bytes), Ok(1));

    let frame_limit = Limits {
        frame: limits.frame - 1,
        ..limits
    };
    assert!(matches!(
        take_all(&mut Decoder::new(frame_limit), &bytes),
        Err(Error::FrameTooLong { .. })
    ));
    let headers_limit = Limits {
        headers: limits.headers - 1,
        ..limits
    };
    assert!(matches!(
        take_all(&mut Decoder::new(headers_limit), &bytes),
        Err(Error::HeadersTooLong { .. })
    ));
    let count_limit = Limits {
        header_count: 0,
        ..limits
    };
    assert_eq!(
        take_all(&mut Decoder::new(count_limit), &bytes),
        Err(Error::TooManyHeaders { limit: 0 })
    );
}

#[test]
fn as_many_headers_as_the_limit_pass_and_a_duplicate_among_many_is_found() {
    let numbered = |count: usize| -> Vec<u8> {
        (0..count)
            .flat_map(|index| string_header(&format!("h{index}"), ""))
            .collect()
    };
    for count in [1, 2, 15, 16, 17, 1023, 1024] {
        let mut headers = numbered(count);
        let (frames, error) = decode_whole(&frame(&headers, b""));
        assert_eq!(error, None, "{count} headers");
        assert_eq!(frames[0].headers.len(), count);

        headers.extend(string_header("h0", "again"));
        let expected = match count {
            1024 => Error::TooManyHeaders { limit: 1024 },
            _ => Error::DuplicateHeader { name: "h0".into() },
        };
        let (_, error) = decode_whole(&frame(&headers, b""));
        assert_eq!(error, Some(expected), "{count} headers and h0 again");
    }
}

#[test]
fn header_errors_say_where_in_the_block_and_what_was_missing() {
    let good = string_header("first", "value");
    let cases: [(&[u8], Error); 6] = [
        (
            b"\x05ab",
            Error::HeaderTruncated {
                offset: 14 + 1,
                needed: 5,
                available: 2,
            },
        ),
        (
            b"\x01a\x07\x00\x09short",
            Error::HeaderTruncated {
                offset: 14 + 5,
                needed: 9,
                available: 5,
            },
        ),
        (
            b"\x01a\x05\x00\x00\x00",
            Error::HeaderTruncated {
                offset: 14 + 3,
                needed: 8,
                available: 3,
            },
        ),
        (b"\x01\xff\x00", Error::HeaderNotUtf8 { offset: 14 + 1 }),
        (
            b"\x01a\x07\x00\x01\xff",
            Error::HeaderNotUtf8 { offset: 14 + 5 },
        ),
        (
            b"\x01a\x0a",
            Error::UnknownHeaderType {
                offset: 14 + 2,
                type_code: 10,
            },
        ),
    ];
    // 1 (name length) + 5 (name) + 1 (type) + 2 (value length) + 5 (value)
    assert_eq!(good.len(), 14);
    for (bad, expected) in cases {
        let block = [&good[..], bad].concat();
        let (frames, error) = decode_whole(&frame(&block, b"payload"));
        assert_eq!((frames.len(), error), (0, Some(expected)));
    }
}

#[test]
fn a_header_is_found_by_its_exact_name_only() {
    let names = ["name-longer", "NAME", "name", ""];
    let block: Vec<u8> = names
        .iter()
        .flat_map(|name| string_header(name, &format!("value of {name}")))
        .collect();
    let bytes = frame(&block, b"");
    let mut decoder = Decoder::default();
    let frame = decoder.next_frame(&mut &bytes[..]).unwrap().unwrap();
    for name in names {
        let value = format!("value of {name}");
        assert_eq!(frame.header(name), Some(HeaderValue::String(&value)));
    }
    for name in ["nam", "name-", "Name", "longer"] {
        assert_eq!(frame.header(name), None);
    }
}

#[test]
fn a_damaged_frame_fails_on_its_checksum_before_its_headers_are_read() {
    let mut bytes = frame(b"\x01a\x0a", b"");
    let (_, error) = decode_whole(&bytes);
    assert!(matches!(error, Some(Error::UnknownHeaderType { .. })));
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let (_, error) = decode_whole(&bytes);
    assert!(matches!(error, Some(Error::MessageChecksum { .. })));
}

#[test]
fn a_frame_that_lies_whole_in_a_chunk_is_borrowed_from_it() {
    let bytes = vector("valid", "two_messages").bytes;
    let mut decoder = Decoder::default();
    let mut chunk = &bytes[..];
    let mut frames = 0;
    while let Some(frame) = decoder.next_frame(&mut chunk).unwrap() {
        let payload = frame.payload().as_ptr_range();
        assert!(bytes.as_ptr_range().contains(&payload.start));
        frames += 1;
    }
    assert_eq!(frames, 2);
    assert_eq!(decoder.capacity(), 0);
}

#[test]
fn only_the_frame_cut_by_a_chunk_boundary_is_buffered() {
    let one = vector("valid", "event_json").bytes;
    let stream = one.repeat(3);
    let (head, mut tail) = stream.split_at(one.len() + 40);
    let mut decoder = Decoder::default();
    assert_eq!(take_all(&mut decoder, head), Ok(1));
    assert_eq!(decoder.buffered(), 40);

    let frame = decoder.next_frame(&mut tail).unwrap().unwrap();
    assert!(!stream.as_ptr_range().contains(&frame.payload().as_ptr()));
    assert_eq!(decoder.buffered(), 0);

    let frame = decoder.next_frame(&mut tail).unwrap().unwrap();
    assert!(stream.as_ptr_range().contains(&frame.payload().as_ptr()));
    assert_eq!(decoder.finish(), Ok(()));
}

#[test]
fn a_claimed_length_reserves_no_memory_before_the_bytes_arrive() {
    let limits = Limits::default();
    let mut decoder = Decoder::new(limits);
    take_all(&mut decoder, &prelude(limits.frame, 0)).unwrap();
    assert!(decoder.capacity() <= 24, "{}", decoder.capacity());

    let mut received = 12;
    let piece = [0_u8; 1000];
    for _ in 0..500 {
        take_all(&mut decoder, &piece).unwrap();
        received += piece.len();
        assert_eq!(decoder.buffered(), received);
        assert!(decoder.capacity() <= 2 * received);
    }
}

#[test]
fn a_frame_never_takes_more_memory_than_its_size() {
    let bytes = vector("valid", "payload_1mib").bytes;
    let mut decoder = Decoder::default();
    let mut frames = 0;
    for chunk in bytes.chunks(1000) {
        frames += take_all(&mut decoder, chunk).unwrap();
        assert!(decoder.capacity() <= bytes.len());
    }
    assert_eq!(frames, 1);
}

#[test]
fn memory_of_a_huge_frame_is_given_back_with_the_next_call() {
    let huge = vector("valid", "payload_1mib").bytes;
    let mut decoder = Decoder::default();
    let (head, mut tail) = huge.split_at(100);
    take_all(&mut decoder, head).unwrap();
    assert!(decoder.next_frame(&mut tail).unwrap().is_some());
    assert!(decoder.capacity() >= huge.len());
    take_all(&mut decoder, b"").unwrap();
    assert!(decoder.capacity() <= 64 * 1024);
}

#[test]
fn capacity_stays_flat_over_a_hundred_thousand_frames() {
    let one = vector("valid", "event_json").bytes;
    let stream = one.repeat(100_000);
    let mut decoder = Decoder::default();
    let mut frames = 0;
    // A prime, so that frames are cut at every one of their bytes.
    for chunk in stream.chunks(1009) {
        frames += take_all(&mut decoder, chunk).unwrap();
        assert!(decoder.capacity() <= one.len());
    }
    assert_eq!(frames, 100_000);
    assert_eq!(decoder.finish(), Ok(()));
}

#[test]
fn after_an_error_every_call_returns_that_error_and_no_frame() {
    let good = vector("valid", "event_json").bytes;
    let bad = vector("invalid", "second_message_crc_bad").bytes;
    for size in [1, 100, bad.len()] {
        let mut decoder = Decoder::default();
        let error = bad
            .chunks(size)
            .find_map(|chunk| take_all(&mut decoder, chunk).err())
            .unwrap();
        assert!(matches!(error, Error::MessageChecksum { .. }));
        for _ in 0..3 {
            let mut chunk = &good[..];
            let next = decoder.next_frame(&mut chunk).map(|frame| frame.is_some());
            assert_eq!(next, Err(error.clone()));
            assert_eq!(decoder.finish(), Err(error.clone()));
        }
    }
}

#[test]
fn finish_says_how_much_of_the_frame_arrived() {
    let bytes = vector("valid", "event_json").bytes;
    let cases = [
        (0, Ok(())),
        (1, Err((1, 12))),
        (11, Err((11, 12))),
        (12, Err((12, bytes.len()))),
        (bytes.len() - 1, Err((bytes.len() - 1, bytes.len()))),
        (bytes.len(), Ok(())),
    ];
    for (length, expected) in cases {
        let mut decoder = Decoder::default();
        take_all(&mut decoder, &bytes[..length]).unwrap();
        let expected =
            expected.map_err(|(received, expected)| Error::Truncated { received, expected });
        assert_eq!(decoder.finish(), expected, "{length} bytes");
    }
}

#[test]
fn empty_chunks_change_nothing() {
    let bytes = vector("valid", "two_messages").bytes;
    let mut decoder = Decoder::default();
    let mut frames = 0;
    for chunk in bytes.chunks(7) {
        frames += take_all(&mut decoder, b"").unwrap();
        frames += take_all(&mut decoder, chunk).unwrap();
    }
    assert_eq!(frames, 2);
    assert_eq!(decoder.finish(), Ok(()));
}
