//! Many calls of one client, while the service refuses and afterwards: the quota of retries holds across calls.

use super::*;

/// So many calls, each with a fresh set of replies; how many requests were sent.
fn sent(host: &mut Host, calls: usize, reply: fn() -> Reply) -> usize {
    host.log.clear();
    for call in 0..calls {
        // More than any call takes.
        host.replies = std::iter::repeat_with(reply).take(10).collect();
        host.credentials = [key("AKIDFIRST")].into();
        let operation = match call % 2 {
            0 => Operation::Complete,
            _ => Operation::Stream,
        };
        let (_, result) = host.call(Context::default(), operation);
        assert!(result.is_err() || host.replies.len() < 10);
    }
    let is_sent = |line: &&String| line.starts_with("send");
    host.log.iter().filter(is_sent).count()
}

/// One that either operation takes for an answer: a stream's answer is an error to a call that is not one, and is not
/// tried again.
fn answers(host: &mut Host, calls: usize) {
    for _ in 0..calls {
        host.replies = [Reply::answer()].into();
        host.credentials = [key("AKIDFIRST")].into();
        assert_eq!(completed(host, Context::default()), Ok(()));
    }
}

#[test]
fn a_storm_of_refusals_ends_with_one_attempt_a_call_and_a_healthy_service_refills_the_quota() {
    let unavailable = || Reply::refusal(503, "ServiceUnavailableException", "x");
    // What the quota allows at 5 and at 14 a retry, of 500.
    for (refusal, retries) in [(throttle as fn() -> Reply, 100), (unavailable, 35)] {
        let mut host = Host::new([]);
        assert_eq!(sent(&mut host, 1000, refusal), 1000 + retries);
        // It is spent.
        assert_eq!(sent(&mut host, 100, refusal), 100);
        // One for each answer that needed no retry.
        answers(&mut host, 28);
        let some = sent(&mut host, 100, refusal);
        assert!((101..=106).contains(&some), "{some}");
        answers(&mut host, 1000);
        assert_eq!(sent(&mut host, 1000, refusal), 1000 + retries);
    }
}

#[test]
fn a_host_with_an_instance_for_each_call_sets_the_number_of_attempts() {
    for (most, sent) in [(1, 1), (2, 2), (3, 3)] {
        let mut host = Host::new(std::iter::repeat_with(throttle).take(10));
        let context = Context {
            max_attempts: Some(most),
            ..Context::default()
        };
        assert!(completed(&mut host, context).is_err());
        assert_eq!(10 - host.replies.len(), sent);
    }
}
