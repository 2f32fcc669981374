//! Whatever a host reports, in whatever order: one end, one exchange at a time, one settlement of each reservation.

use proptest::collection::vec;
use proptest::prelude::*;

use super::host::{NOON, Reply, ask, key};
use super::*;
use crate::driver::deadline::NANOS;

#[derive(Debug, Clone)]
enum Heard {
    Found(bool),
    NotRenewable,
    Reserved(bool),
    Reply(Reply),
    Head(u16),
    Bytes(Vec<u8>),
    End,
    Failed(ErrorKind),
    /// Nothing, for so many milliseconds.
    Nothing(u64),
}

fn heard() -> impl Strategy<Value = Heard> {
    let reply = || {
        prop_oneof![
            Just(Reply::answer()),
            Just(Reply::stream()),
            Just(Reply::cut(3)),
            Just(throttle()),
            Just(expired()),
        ]
    };
    let kind = prop_oneof![
        Just(ErrorKind::Connection),
        Just(ErrorKind::Timeout),
        Just(ErrorKind::Permission)
    ];
    prop_oneof![
        3 => any::<bool>().prop_map(Heard::Found),
        1 => Just(Heard::NotRenewable),
        3 => prop::bool::weighted(0.9).prop_map(Heard::Reserved),
        6 => reply().prop_map(Heard::Reply),
        1 => prop_oneof![Just(200_u16), Just(403), Just(500)].prop_map(Heard::Head),
        1 => vec(any::<u8>(), 0..40).prop_map(Heard::Bytes),
        1 => Just(Heard::End),
        1 => kind.prop_map(Heard::Failed),
        2 => (0..1000_u64).prop_map(Heard::Nothing),
    ]
}

fn contexts() -> impl Strategy<Value = Context> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(is_limited, is_pinged, has_other)| {
        let context = if is_limited {
            limited()
        } else {
            Context::default()
        };
        Context {
            extensions: is_pinged.then(|| r#"{"bedrock":{"pingMs":300}}"#.into()),
            fallbacks: has_other.then(|| "us-west-2".into()).into_iter().collect(),
            deadlines: within(Some(900), Some(5_000)).deadlines,
            ..context
        }
    })
}

/// What the host's hands hold.
#[derive(Default)]
struct Held {
    reservations: usize,
    settled: usize,
    has_chunks: bool,
    is_done: bool,
}

impl Held {
    fn take(&mut self, step: Step, now: Now, end: u64) {
        assert!(!self.is_done || matches!(step, Step::Done(Ok(Outcome::End))));
        match step {
            Step::Send(_) => {
                assert!(!self.has_chunks, "sent after the first chunk");
                assert!(now.instant < end, "sent after the deadline");
            }
            Step::Settle(_) => {
                self.settled += 1;
                assert!(self.settled <= self.reservations, "settled twice");
            }
            Step::Chunks(chunks) => {
                assert!(!chunks.is_empty());
                self.has_chunks = true;
            }
            Step::Receive(until) => assert!(until.is_some_and(|until| until <= end)),
            Step::Pause(until) => assert!(until < end, "a pause past the deadline"),
            Step::Done(_) => self.is_done = true,
            Step::FindCredentials { .. } | Step::Reserve(..) => {
                assert!(!self.has_chunks);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_events_leads_to_one_end(
        events in vec(heard(), 0..40),
        context in contexts(),
        operation in prop_oneof![
            Just(Operation::Complete), Just(Operation::Stream), Just(Operation::CountTokens)
        ],
        random in any::<u64>(),
    ) {
        let mut now = Now { instant: 1, unix_ms: NOON };
        let end = 1 + 5_000 * NANOS;
        let mut client = Client::NEW;
        let environment = Environment::default();
        let mut driver =
            Driver::new(ask(), context, environment, operation, now).expect("a call");
        let mut held = Held::default();
        for event in events {
            let step = driver.next(&mut client, now, random);
            let is_reserving = matches!(step, Step::Reserve(..));
            held.take(step, now, end);
            match event {
                Heard::Found(is_found) => driver.on(Event::Credentials(match is_found {
                    true => Ok(key("AKID")),
                    false => Err(Error::new(ErrorKind::Authentication, "none")),
                })),
                Heard::NotRenewable => driver.on(Event::NotRenewable),
                Heard::Reserved(is_reserved) => {
                    held.reservations += usize::from(is_reserving && is_reserved);
                    driver.on(Event::Reserved(match is_reserved {
                        true => Ok(()),
                        false => Err(Refusal::OverCap(0, 1)),
                    }));
                }
                Heard::Reply(reply) => {
                    let headers = reply.headers.iter();
                    let head = Head::new(
                        reply.status.unwrap_or(200),
                        headers.map(|(name, value)| (*name, value.as_str())),
                    );
                    driver.on(Event::Head(head));
                    for (_, bytes) in &reply.body {
                        driver.on(Event::Bytes(bytes));
                    }
                    driver.on(Event::End);
                }
                Heard::Head(status) => driver.on(Event::Head(Head::new(status, []))),
                Heard::Bytes(bytes) => driver.on(Event::Bytes(&bytes)),
                Heard::End => driver.on(Event::End),
                Heard::Failed(kind) => driver.on(Event::Failed(Error::new(kind, "x"))),
                Heard::Nothing(ms) => now.instant += ms * NANOS,
            }
        }
        // Whatever is missing, time ends it.
        for _ in 0..100 {
            now.instant += 100 * NANOS;
            let step = driver.next(&mut client, now, random);
            match &step {
                Step::FindCredentials { .. } => {
                    held.take(step, now, end);
                    driver.on(Event::Credentials(Ok(key("AKID"))));
                    driver.on(Event::NotRenewable);
                }
                Step::Reserve(..) => {
                    held.take(step, now, end);
                    held.reservations += 1;
                    driver.on(Event::Reserved(Ok(())));
                }
                _ => held.take(step, now, end),
            }
        }
        prop_assert!(held.is_done, "no end");
        prop_assert_eq!(held.settled, held.reservations);
    }
}
