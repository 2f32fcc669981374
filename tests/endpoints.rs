//! AWS's own addresses, against what AWS's SDKs resolve.
//!
//! `tests/vectors/endpoints.json` is made with botocore's data: `bedrock_runtime` has `[region, FIPS, dual-stack, address]`,
//! `sts` and `sso` the plain address by region. Among the regions are two that AWS does not have.

use std::collections::BTreeSet;

use bedrock_provider::canonical::Context;
use bedrock_provider::endpoint::{Endpoint, Region};
use bedrock_provider::environment::Environment;
use serde_json::Value;

fn file() -> Value {
    serde_json::from_str(include_str!("vectors/endpoints.json")).expect("JSON")
}

fn region(name: &str) -> Region {
    Region::parse(name, "region").expect(name)
}

fn environment(fips: bool, dual_stack: bool) -> Environment {
    let switches = [
        ("AWS_USE_FIPS_ENDPOINT", fips),
        ("AWS_USE_DUALSTACK_ENDPOINT", dual_stack),
    ];
    let switches = switches.map(|(name, is_on)| (name.to_owned(), is_on.to_string()));
    Environment::new(switches.into())
}

fn url(endpoint: &Endpoint) -> String {
    let Endpoint {
        scheme,
        authority,
        base_path,
    } = endpoint;
    format!("{scheme}://{authority}{base_path}")
}

fn service(name: &str, region_name: &str, fips: bool, dual_stack: bool) -> String {
    let environment = environment(fips, dual_stack);
    url(&Endpoint::of_service(
        name,
        &region(region_name),
        &environment,
    ))
}

/// Region, FIPS, dual-stack and address of Bedrock.
fn bedrock() -> Vec<(String, bool, bool, String)> {
    serde_json::from_value(file()["bedrock_runtime"].clone()).expect("rows")
}

#[test]
fn the_file_names_its_source_and_licence() {
    let source = file()["source"].as_str().expect("a source").to_owned();
    assert!(source.contains("botocore"), "{source}");
    assert!(source.contains("Apache-2.0"), "{source}");
}

#[test]
fn bedrock_is_called_where_the_sdks_call_it() {
    let rows = bedrock();
    assert!(rows.len() >= 200, "only {} rows", rows.len());
    for (name, fips, dual_stack, address) in rows {
        let environment = environment(fips, dual_stack);
        let endpoint = Endpoint::choose(&region(&name), &Context::default(), &environment);
        assert_eq!(url(&endpoint.expect("an address")), address);
        // The other services' hosts are made by the same rule.
        assert_eq!(service("bedrock-runtime", &name, fips, dual_stack), address);
    }
}

#[test]
fn every_region_has_a_row_for_each_of_the_four_kinds_of_address() {
    let rows = bedrock();
    let kinds = |name: &str| {
        let own = rows.iter().filter(|(region, ..)| region == name);
        own.map(|(_, fips, dual_stack, _)| (*fips, *dual_stack))
            .collect::<BTreeSet<_>>()
    };
    for (name, ..) in &rows {
        assert_eq!(kinds(name).len(), 4, "{name}");
    }
}

#[test]
fn sts_and_the_portal_of_sso_are_called_in_the_region() {
    for (member, name) in [("sts", "sts"), ("sso", "portal.sso")] {
        let file = file();
        let rows = file[member].as_object().expect(member);
        assert!(rows.len() >= 50, "only {} rows of {member}", rows.len());
        for (region, address) in rows {
            assert_eq!(service(name, region, false, false), *address);
        }
    }
}

#[test]
fn every_partition_gives_its_domains_to_every_service() {
    for partition in file()["partitions"].as_array().expect("partitions") {
        let outputs = &partition["outputs"];
        let region = outputs["implicitGlobalRegion"].as_str().expect("a region");
        let [plain, dual_stack] = ["dnsSuffix", "dualStackDnsSuffix"]
            .map(|member| outputs[member].as_str().expect("a domain"));
        for name in ["bedrock-runtime", "sts", "portal.sso", "oidc"] {
            for (is_dual_stack, suffix) in [(false, plain), (true, dual_stack)] {
                assert_eq!(
                    service(name, region, false, is_dual_stack),
                    format!("https://{name}.{region}.{suffix}")
                );
            }
        }
    }
}

/// From the rule sets themselves: the file has FIPS for Bedrock alone.
#[test]
fn govclouds_sts_and_sso_have_no_second_name_for_fips() {
    for (name, region, dual_stack, host) in [
        (
            "sts",
            "us-gov-west-1",
            false,
            "sts.us-gov-west-1.amazonaws.com",
        ),
        (
            "portal.sso",
            "us-gov-east-1",
            false,
            "portal.sso.us-gov-east-1.amazonaws.com",
        ),
        (
            "oidc",
            "us-gov-west-1",
            false,
            "oidc.us-gov-west-1.amazonaws.com",
        ),
        (
            "sts",
            "us-gov-west-1",
            true,
            "sts-fips.us-gov-west-1.api.aws",
        ),
        (
            "bedrock-runtime",
            "us-gov-west-1",
            false,
            "bedrock-runtime-fips.us-gov-west-1.amazonaws.com",
        ),
        (
            "sts",
            "us-east-1",
            false,
            "sts-fips.us-east-1.amazonaws.com",
        ),
        (
            "portal.sso",
            "ca-central-1",
            false,
            "portal.sso-fips.ca-central-1.amazonaws.com",
        ),
    ] {
        assert_eq!(
            service(name, region, true, dual_stack),
            format!("https://{host}")
        );
    }
}
