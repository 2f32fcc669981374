//! Calls through the gateway with a ledger, to an emulator that answers at a price that is known.

use super::client::{Answer, Dialect, question};
use super::host::Gateway;
use super::store::Shelf;
use crate::ledger::{HAIKU, MAX_TOKENS};
use crate::support::components::LEDGER_GATEWAY;
use bedrock_emulator::{EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY, Emulator};
use serde_json::Value;

pub(super) const ANN: &str = "key-of-ann";
pub(super) const BOB: &str = "key-of-bob";
/// More than any test spends.
pub(super) const WIDE: u64 = 1_000_000_000_000;

/// Owned, as a host has them.
pub(super) fn variables(set: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    set.iter().map(owned).collect()
}

/// Pico-USD as a setting.
pub(super) fn usd(pico: u64) -> String {
    const ONE: u64 = 1_000_000_000_000;
    format!("{}.{:012}", pico / ONE, pico % ONE)
}

/// The variables of a gateway before this emulator, with Ann and Bob for callers; these settings win.
pub(super) fn of_bedrock(bedrock: &Emulator, settings: &[(&str, &str)]) -> Vec<(String, String)> {
    let keys = format!("ann={ANN},bob={BOB}");
    let url = bedrock.url();
    let mut all = vec![
        ("AWS_ACCESS_KEY_ID", EXAMPLE_ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", EXAMPLE_SECRET_ACCESS_KEY),
        ("AWS_REGION", "us-east-1"),
        ("AWS_MAX_ATTEMPTS", "1"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &url),
        ("GATEWAY_KEYS", &keys),
    ];
    all.retain(|(name, _)| settings.iter().all(|(set, _)| set != name));
    all.extend(settings);
    variables(&all)
}

/// The gateway with a ledger, likewise.
pub(super) async fn gateway(
    bedrock: &Emulator,
    shelf: &Shelf,
    settings: &[(&str, &str)],
) -> Gateway {
    Gateway::start(LEDGER_GATEWAY, of_bedrock(bedrock, settings), shelf).await
}

/// The same with these caps by day and month.
pub(super) async fn capped(bedrock: &Emulator, shelf: &Shelf, day: u64, month: u64) -> Gateway {
    let (day, month) = (usd(day), usd(month));
    let settings = [
        ("GATEWAY_MAX_USD_PER_DAY", day.as_str()),
        ("GATEWAY_MAX_USD_PER_MONTH", month.as_str()),
    ];
    gateway(bedrock, shelf, &settings).await
}

/// The question whose estimate [`crate::ledger::amount`] tells.
pub(super) fn ask(is_stream: bool) -> Value {
    question(HAIKU, "Count.", MAX_TOKENS, is_stream)
}

/// What was asked, answered in this language; the instance has ended.
pub(super) async fn answered(gateway: &Gateway, dialect: Dialect, key: &str) -> Answer {
    let answer = gateway.ask(dialect, key, &ask(false)).await;
    gateway.idle().await;
    answer
}

/// Pico-USD as a store has them.
pub(super) fn signed(pico: u64) -> i64 {
    i64::try_from(pico).expect("less than nine million USD")
}
