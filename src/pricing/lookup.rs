//! Which row of prices holds for a call.
//!
//! In: the canonical name of a model, the region of the call, the model behind an ARN that does not tell it. Out: its
//! [`Tariff`], or none. The order of keys is in the documentation of [`crate::pricing`].

use super::Tariff;
use crate::canonical::Error;
use crate::capability::foundation::{ARN, foundation_id};
use crate::capability::inference_profile;
use crate::endpoint::Region;
use crate::extensions::ContextExtensions;
use crate::json::Object;
use crate::model::Model;
use crate::warnings::Warnings;

/// A line for each model, as `data/price_table.rs` writes it.
static TABLE: &str = include_str!(concat!(env!("OUT_DIR"), "/prices.txt"));

/// The geography whose price is that of the bare key.
const GLOBAL: &str = "global";

/// Resources of ARNs that are paid by the hour and not by the token, whatever model is behind them.
const BY_THE_HOUR: &[&str] = &["provisioned-model", "imported-model", "endpoint"];

/// Where the operator's rows are.
const PATH: &str = "context.extensions.bedrock.prices";

/// The table, and the operator's rows over it.
#[derive(Debug)]
pub struct Prices<'a> {
    operator: ContextExtensions<'a>,
}

impl<'a> Prices<'a> {
    /// With the rows of `bedrock.prices` in a context's extensions, where there are any. A row is read when it is
    /// needed.
    ///
    /// # Errors
    /// What is not JSON, or no object, and other members of the context's extensions that no call could carry.
    pub fn new(extensions: Option<&'a str>) -> Result<Self, Error> {
        // The call itself warns of what it leaves out.
        let operator = ContextExtensions::parse(extensions, &mut Warnings::new(false))?;
        Ok(Prices::of(operator))
    }

    /// With the operator's rows, where there are any.
    pub(crate) fn of(operator: ContextExtensions<'a>) -> Self {
        Prices { operator }
    }

    /// What a call costs to `name`, `bedrock/<model id, inference profile id or ARN>` as in a request, in `region`,
    /// unless the name itself tells another. `base_model` is the model behind an ARN that does not tell it. None where
    /// there is no price.
    ///
    /// # Errors
    /// A name that no request could carry, what is no region, and a row of the operator's that is no row.
    pub fn tariff(
        &self,
        name: &str,
        region: &str,
        base_model: Option<&str>,
    ) -> Result<Option<Tariff>, Error> {
        // As above.
        let notes = &mut Warnings::new(false);
        let mut model = Model::parse(name)?;
        model.resolve(&|id| self.operator.knows(id), notes)?;
        let region = match &model.region {
            Some(region) => region.clone(),
            None => Region::parse(region, "region")?,
        };
        let base_model = self.operator.base_model(&model.id, base_model);
        self.of_call(&model.id, &region, base_model.as_deref())
    }

    /// What a call costs whose `modelId` is `id`, in `region`.
    ///
    /// # Errors
    /// A row of the operator's that is no row.
    pub(crate) fn of_call(
        &self,
        id: &str,
        region: &Region,
        base_model: Option<&str>,
    ) -> Result<Option<Tariff>, Error> {
        let none = Object::default();
        let rows = self.operator.prices.as_ref().unwrap_or(&none);
        // The operator may know what an ARN costs, whatever is behind it.
        if id.starts_with(ARN)
            && let Some(row) = rows.raw(id)
        {
            return read(row, id).map(Some);
        }
        let id = match Name::of(id) {
            Name::Id(id) => Some(id),
            Name::Opaque => base_model.and_then(|base| match Name::of(base) {
                Name::Id(id) => Some(id),
                _ => None,
            }),
            Name::ByTheHour => None,
        };
        for key in id.map_or_else(Vec::new, |id| keys(id, region.as_str())) {
            let text = key.text();
            if let Some(row) = rows.raw(&text) {
                return read(row, &text).map(Some);
            }
            if let Some(row) = key.row() {
                return Ok(Tariff::of_table(row));
            }
        }
        Ok(None)
    }
}

fn read(row: &str, key: &str) -> Result<Tariff, Error> {
    Tariff::of_json(row, &format!("{PATH}.{key}"))
}

/// What a `modelId` tells of the model that is paid for.
enum Name<'a> {
    /// The id of a model or of a profile that AWS defines.
    Id(&'a str),
    /// Nothing: an application's own profile, a prompt.
    Opaque,
    /// Its time is paid for.
    ByTheHour,
}

impl<'a> Name<'a> {
    fn of(id: &'a str) -> Self {
        if !id.starts_with(ARN) {
            return Name::Id(id);
        }
        let resource = id.splitn(6, ':').nth(5).unwrap_or_default();
        match resource.split_once('/') {
            Some(("foundation-model" | "inference-profile", id)) => Name::Id(id),
            Some((kind, _)) if BY_THE_HOUR.contains(&kind) => Name::ByTheHour,
            _ => Name::Opaque,
        }
    }
}

/// A key of `data/prices.json`.
struct Key<'a> {
    /// A geography, a region, or nothing.
    place: &'a str,
    /// What stands between the two.
    separator: &'static str,
    id: &'a str,
}

impl Key<'_> {
    fn text(&self) -> String {
        [self.place, self.separator, self.id].concat()
    }

    /// The table's row.
    fn row(&self) -> Option<&'static str> {
        let of_model = |line: &'static str| {
            let (id, rows) = line.split_once(' ')?;
            (id == self.id).then_some(rows)
        };
        let of_place = |row: &'static str| {
            let (places, row) = row.split_once('=')?;
            places.split(',').any(|p| p == self.place).then_some(row)
        };
        let rows = TABLE.lines().find_map(of_model)?;
        rows.split(';').find_map(of_place)
    }
}

/// The keys of a model or a profile, in the order in which they hold.
fn keys<'a>(name: &'a str, region: &'a str) -> Vec<Key<'a>> {
    let id = foundation_id(name);
    let key = |place: &'a str, separator| Key {
        place,
        separator,
        id,
    };
    let prefix = name.strip_suffix(id).unwrap_or_default();
    if let Some(geography) = prefix.strip_suffix('.') {
        return vec![key(geography, ".")];
    }
    let mut keys = vec![key(region, "/")];
    let geographies = inference_profile::geographies(region).iter();
    keys.extend(
        geographies
            .filter(|geography| **geography != GLOBAL)
            .map(|geography| key(geography, ".")),
    );
    keys.push(key("", ""));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    const SONNET: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";
    const AIP: &str =
        "bedrock/arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/x";

    /// USD for a million input tokens, in thousandths.
    fn input(prices: &Prices<'_>, name: &str, region: &str, base: Option<&str>) -> Option<u64> {
        let tariff = prices.tariff(name, region, base).expect(name)?;
        Some(tariff.price(None, 0)?.input / 1000)
    }

    #[test]
    fn an_id_is_looked_up_as_it_is_called() {
        let arn = |rest: &str| format!("bedrock/arn:aws:bedrock:us-east-1:{rest}");
        for (name, region, expected) in [
            // The profiles of two tiers, and the bare id, which is billed as its geography (case C01).
            (format!("bedrock/us.{SONNET}"), "us-east-1", Some(3300)),
            (format!("bedrock/global.{SONNET}"), "us-east-1", Some(3000)),
            (format!("bedrock/{SONNET}"), "us-east-1", Some(3300)),
            (format!("bedrock/{SONNET}"), "eu-west-1", Some(3300)),
            (format!("bedrock/{SONNET}"), "us-gov-west-1", Some(3600)),
            // Where the region has no geography, the bare key.
            (format!("bedrock/{SONNET}"), "me-central-1", Some(3000)),
            (format!("bedrock/sa.{SONNET}"), "sa-east-1", None),
            (
                arn(&format!(":foundation-model/{SONNET}")),
                "eu-west-1",
                Some(3300),
            ),
            (
                arn(&format!("123456789012:inference-profile/global.{SONNET}")),
                "eu-west-1",
                Some(3000),
            ),
            // The region's own row before the geography's, and the name's region before the call's.
            (
                "bedrock/us-gov-west-1/amazon.nova-pro-v1:0".into(),
                "us-east-1",
                Some(960),
            ),
            (
                "bedrock/qwen.qwen3-next-80b-a3b".into(),
                "us-east-1",
                Some(150),
            ),
            (
                "bedrock/amazon.nova-lite-v1:0".into(),
                "ap-northeast-1",
                Some(63),
            ),
            ("bedrock/nobody.model".into(), "us-east-1", None),
            ("bedrock/cohere.command-r-v1:0".into(), "us-east-1", None),
            (AIP.into(), "us-east-1", None),
        ] {
            let prices = Prices::new(None).expect("the table");
            assert_eq!(
                input(&prices, &name, region, None),
                expected,
                "{name} in {region}"
            );
        }
    }

    #[test]
    fn what_an_arn_hides_is_told_by_the_base_model_unless_it_is_paid_by_the_hour() {
        let of = |kind: &str| format!("bedrock/arn:aws:bedrock:eu-west-1:123456789012:{kind}/x");
        let global = format!("global.{SONNET}");
        let model = format!("arn:aws:bedrock:eu-west-1::foundation-model/{SONNET}");
        for (kind, base, expected) in [
            ("application-inference-profile", SONNET, Some(3300)),
            ("application-inference-profile", &*global, Some(3000)),
            ("application-inference-profile", &*model, Some(3300)),
            ("application-inference-profile", "nobody.model", None),
            (
                "application-inference-profile",
                &AIP["bedrock/".len()..],
                None,
            ),
            ("prompt", SONNET, Some(3300)),
            ("custom-model-deployment", SONNET, Some(3300)),
            ("provisioned-model", SONNET, None),
            ("imported-model", SONNET, None),
        ] {
            let prices = Prices::new(None).expect("the table");
            let seen = input(&prices, &of(kind), "eu-west-1", Some(base));
            assert_eq!(seen, expected, "{kind} {base}");
        }
    }

    #[test]
    fn the_operators_rows_replace_the_tables_by_key() {
        let provisioned = "arn:aws:bedrock:eu-west-1:123456789012:provisioned-model/x";
        let json = format!(
            r#"{{"bedrock":{{"prices":{{
                "us.{SONNET}":{{"input":"1","output":"2"}},
                "eu-west-1/{SONNET}":{{"input":"4","output":"2"}},
                "nobody.model":{{"input":"0","output":"0"}},
                "{SONNET}":{{"input":"7","output":"7"}},
                "eu.{SONNET}":null,
                "{provisioned}":{{"input":"5","output":"2"}}}}}}}}"#
        );
        let prices = Prices::new(Some(&json)).expect("prices");
        for (name, region, expected) in [
            (&*format!("bedrock/us.{SONNET}"), "us-east-1", Some(1000)),
            (&*format!("bedrock/{SONNET}"), "us-east-1", Some(1000)),
            (&*format!("bedrock/{SONNET}"), "eu-west-1", Some(4000)),
            // The order of the keys stays what it is, whosever the row is.
            (&*format!("bedrock/{SONNET}"), "eu-west-2", Some(3300)),
            (&*format!("bedrock/{SONNET}"), "us-gov-west-1", Some(3600)),
            (&*format!("bedrock/{SONNET}"), "me-central-1", Some(7000)),
            (&*format!("bedrock/eu.{SONNET}"), "eu-west-1", Some(3300)),
            (
                &*format!("bedrock/global.{SONNET}"),
                "us-east-1",
                Some(3000),
            ),
            ("bedrock/nobody.model", "us-east-1", Some(0)),
            (&*format!("bedrock/{provisioned}"), "us-east-1", Some(5000)),
        ] {
            assert_eq!(
                input(&prices, name, region, None),
                expected,
                "{name} in {region}"
            );
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused_by_the_field_at_fault() {
        for (extensions, path) in [
            ("[]", "context.extensions"),
            (r#"{"bedrock":1}"#, "context.extensions"),
            (r#"{"bedrock":{"prices":1}}"#, "context.extensions.bedrock"),
        ] {
            let error = Prices::new(Some(extensions)).expect_err(extensions);
            assert_eq!(error.path.as_deref(), Some(path), "{extensions}");
        }
        let wrong = r#"{"bedrock":{"prices":{"a.b":{"input":"x","output":"1"}}}}"#;
        let prices = Prices::new(Some(wrong)).expect("an object");
        for (name, region, path) in [
            ("openai/gpt", "us-east-1", "model"),
            ("bedrock/a.b", "nowhere!", "region"),
            (
                "bedrock/a.b",
                "us-east-1",
                "context.extensions.bedrock.prices.a.b.input",
            ),
        ] {
            let error = prices.tariff(name, region, None).expect_err(name);
            assert_eq!(error.path.as_deref(), Some(path), "{name}");
        }
        // A wrong row is in nobody else's way.
        assert_eq!(prices.tariff("bedrock/c.d", "us-east-1", None), Ok(None));
    }
}
