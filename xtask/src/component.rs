//! Builds the components: cargo, then [`crate::optimise`], then [`crate::compose`], into `target/components`.

use std::{fs, path::Path};

use anyhow::Context;

use crate::{
    compose, optimise, seed, setup,
    setup::WasmOpt,
    steps::Steps,
    workspace::{self, WASI_TARGET, WASM_TARGET, Workspace},
};

/// One of the worlds that a package can be built for.
#[derive(Clone, Copy)]
pub(crate) struct World {
    /// The file's name without its ending.
    name: &'static str,
    /// The package's, as an argument of cargo's.
    package: &'static str,
    /// What cargo calls the file, without its ending.
    library: &'static str,
    /// What selects the world.
    features: &'static [&'static str],
    target: &'static str,
}

impl World {
    /// Of the root package.
    const fn of_the_provider(name: &'static str, features: &'static [&'static str]) -> Self {
        World {
            name,
            package: "--package=bedrock-provider",
            library: "bedrock_provider",
            features,
            target: WASM_TARGET,
        }
    }

    /// Of a package that gives the file its name, with the features that it has by itself.
    const fn of_an_adapter(name: &'static str, package: &'static str) -> Self {
        World {
            name,
            package,
            library: name,
            features: &[],
            target: WASM_TARGET,
        }
    }
}

/// World `bedrock-provider`: HTTP, credentials and clock of its own.
pub(crate) const PROVIDER: World = World::of_the_provider(
    "bedrock_provider",
    &["--no-default-features", "--features=provider"],
);

/// World `bedrock-provider-ledger`: the same, with limits by day and month that the host keeps the ledger of.
pub(crate) const LEDGER: World = World::of_the_provider(
    "bedrock_provider_ledger",
    &["--no-default-features", "--features=ledger"],
);

/// World `bedrock-codec`: for hosts that do their own I/O.
pub(crate) const CODEC: World = World::of_the_provider(
    "bedrock_codec",
    &["--no-default-features", "--features=codec"],
);

/// World `bedrock-provider-async`: for hosts with WASI 0.3, many calls at once in one instance.
pub(crate) const ASYNC: World = World::of_the_provider(
    "bedrock_provider_async",
    &["--no-default-features", "--features=async"],
);

/// World `gateway`: an HTTP server over any provider.
pub(crate) const GATEWAY: World = World {
    library: "llm_http_gateway",
    ..World::of_an_adapter("llm_gateway", "--package=llm-http-gateway")
};

/// World `any-gateway`: the same over a provider that does not tell its models.
pub(crate) const ANY_GATEWAY: World = World {
    library: "llm_http_gateway",
    features: &["--no-default-features"],
    ..World::of_an_adapter("llm_any_gateway", "--package=llm-http-gateway")
};

/// World `bedrock-gateway-codec`: a whole gateway for hosts that do their own I/O.
pub(crate) const GATEWAY_CODEC: World =
    World::of_an_adapter("bedrock_gateway_codec", "--package=bedrock-gateway-codec");

/// World `echo-provider`: the smallest provider besides ours, to show that a gateway serves any.
pub(crate) const ECHO: World = World::of_an_adapter("echo_provider", "--package=echo-provider");

/// World `middleware`: the smallest one, to show that they go between any provider and what imports it.
pub(crate) const ROUTER: World =
    World::of_an_adapter("fallback_router", "--package=fallback-router");

/// World `keyvalue-ledger`: a ledger in a key-value store, for a provider that imports one.
pub(crate) const KEYVALUE_LEDGER: World =
    World::of_an_adapter("llm_keyvalue_ledger", "--package=llm-keyvalue-ledger");

/// No component but a core module, for hosts of proxy-wasm: what they call its entry points needs WASI's start-up.
pub(crate) const ENVOY_FILTER: World = World {
    target: WASI_TARGET,
    ..World::of_an_adapter("bedrock_envoy_filter", "--package=bedrock-envoy-filter")
};

pub(crate) const WORLDS: [World; 11] = [
    PROVIDER,
    LEDGER,
    CODEC,
    ASYNC,
    GATEWAY,
    ANY_GATEWAY,
    GATEWAY_CODEC,
    ECHO,
    ROUTER,
    KEYVALUE_LEDGER,
    ENVOY_FILTER,
];

/// A component that was built. Sizes are in bytes.
pub(crate) struct Built {
    pub(crate) file_name: String,
    /// As rustc and wasm-component-ld left it; of one that is composed, its parts together.
    pub(crate) before: u64,
    /// As it lies in `target/components`.
    pub(crate) after: u64,
}

impl World {
    /// The file in `target/components`.
    pub(crate) fn file_name(&self) -> String {
        format!("{}.wasm", self.name)
    }

    /// The arguments with which cargo selects this world for the wasm32 target.
    pub(crate) fn cargo_arguments(&self) -> impl Iterator<Item = &'static str> {
        [self.package, "--target", self.target]
            .into_iter()
            .chain(self.features.iter().copied())
    }
}

/// What can be built, by the files' names without their endings.
pub(crate) fn names() -> Vec<&'static str> {
    let own = WORLDS.iter().map(|world| world.name);
    own.chain(compose::names()).collect()
}

/// The worlds of these names, and those that are parts of what is composed under one; without names, all.
pub(crate) fn named(names: &[String]) -> Vec<World> {
    let is_named = |name: &str| names.iter().any(|given| given == name);
    let mut worlds = WORLDS.to_vec();
    if !names.is_empty() {
        worlds.retain(|world| {
            let mut wholes = compose::wholes_of(world);
            is_named(world.name) || wholes.any(is_named)
        });
    }
    worlds
}

/// Builds the worlds, one after the other, optimises what has changed, and composes what they are parts of.
pub(crate) fn build(
    workspace: &Workspace,
    steps: &Steps,
    worlds: &[World],
    wasm_opt: Option<&WasmOpt>,
) -> anyhow::Result<Vec<Built>> {
    setup::wasm_targets(workspace, steps)?;
    let mut built = std::thread::scope(|scope| {
        let mut finishing = Vec::new();
        for world in worlds {
            let name = format!("build {}", world.file_name());
            let linked = steps.step(&name, |step| compile(workspace, step, world))?;
            // The next one is compiled meanwhile: linking and wasm-opt take one core each.
            finishing.push(scope.spawn(move || finish(workspace, world, wasm_opt, &linked)));
        }
        steps.step("optimise", |_| {
            let finished = finishing.into_iter().map(|one| match one.join() {
                Ok(built) => built,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            finished.collect::<anyhow::Result<Vec<Built>>>()
        })
    })?;
    built.extend(compose::all(workspace, steps, &built)?);
    Ok(built)
}

/// Optimises a component, where that was not done before, and puts it in its place.
fn finish(
    workspace: &Workspace,
    world: &World,
    wasm_opt: Option<&WasmOpt>,
    linked: &[u8],
) -> anyhow::Result<Built> {
    let file_name = world.file_name();
    let finished = workspace.components().join(&file_name);
    let record = Record::new(&workspace.components().join("unoptimised"), world);
    let recipe = wasm_opt.map_or("as linked".to_owned(), optimise::recipe);
    if !(finished.is_file() && record.matches(linked, &recipe)) {
        let component = match wasm_opt {
            None => linked.to_vec(),
            Some(wasm_opt) => optimise::linked(workspace, wasm_opt, &file_name, linked)
                .with_context(|| format!("cannot optimise {file_name}"))?,
        };
        workspace::write(&finished, component)?;
        record.keep(linked, &recipe)?;
    }
    Ok(Built {
        before: linked.len() as u64,
        after: fs::metadata(&finished)?.len(),
        file_name,
    })
}

/// Runs cargo and returns the linked component.
fn compile(
    workspace: &Workspace,
    step: &crate::steps::Step,
    world: &World,
) -> anyhow::Result<Vec<u8>> {
    // Worlds of one package share one file name, so in one folder each build would undo the other's.
    let worlds = workspace.target().join("worlds");
    let folder = worlds.join(world.name);
    seed::from_sibling(&worlds, world.name)?;
    let mut command = workspace.cargo(["build", "--release"]);
    command
        .args(world.cargo_arguments())
        .arg("--target-dir")
        .arg(&folder)
        .args(path_remapping(world.target)?)
        // It would replace, not extend, the flags above.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    step.run(command)?;
    let linked = folder
        .join(world.target)
        .join("release")
        .join(world.library);
    workspace::read(&linked.with_extension("wasm"))
}

/// Panic messages name source files. Without the home folder in their paths a component is the
/// same on every machine, to the byte, and tells nothing about its builder.
fn path_remapping(target: &str) -> anyhow::Result<[String; 2]> {
    let cargo_home = std::env::var_os("CARGO_HOME")
        .map(Into::into)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .context("neither CARGO_HOME nor a home folder is known")?;
    let sources = cargo_home.join("registry").join("src");
    let flag = format!("--remap-path-prefix={}=crates", sources.display());
    // A JSON string of one line is a TOML string too.
    let flag = serde_json::to_string(&flag)?;
    Ok([
        "--config".to_owned(),
        format!("target.{target}.rustflags=[{flag}]"),
    ])
}

/// What the finished component was last made from, kept to leave it alone while that is the same.
struct Record {
    linked: std::path::PathBuf,
    recipe: std::path::PathBuf,
}

impl Record {
    fn new(folder: &Path, world: &World) -> Self {
        Self {
            linked: folder.join(world.file_name()),
            recipe: folder.join(world.name).with_extension("recipe"),
        }
    }

    fn matches(&self, linked: &[u8], recipe: &str) -> bool {
        fs::read(&self.linked).is_ok_and(|kept| kept == linked)
            && fs::read(&self.recipe).is_ok_and(|kept| kept == recipe.as_bytes())
    }

    fn keep(&self, linked: &[u8], recipe: &str) -> anyhow::Result<()> {
        workspace::write(&self.linked, linked)?;
        workspace::write(&self.recipe, recipe)
    }
}

/// Prints name, size as linked and size as finished, in bytes.
pub(crate) fn print_table(built: &[Built]) {
    println!(
        "{:<30}{:>12}{:>12}",
        "target/components", "linked", "finished"
    );
    for Built {
        file_name,
        before,
        after,
    } in built
    {
        println!("{file_name:<30}{before:>12}{after:>12}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_world_has_a_file_and_a_package_or_a_feature_of_its_own() {
        assert_eq!(
            WORLDS.each_ref().map(World::file_name),
            [
                "bedrock_provider.wasm",
                "bedrock_provider_ledger.wasm",
                "bedrock_codec.wasm",
                "bedrock_provider_async.wasm",
                "llm_gateway.wasm",
                "llm_any_gateway.wasm",
                "bedrock_gateway_codec.wasm",
                "echo_provider.wasm",
                "fallback_router.wasm",
                "llm_keyvalue_ledger.wasm",
                "bedrock_envoy_filter.wasm"
            ]
        );
        for (place, world) in WORLDS.iter().enumerate() {
            let others = WORLDS.iter().skip(place + 1);
            assert!(
                others
                    .into_iter()
                    .all(|other| (other.package, other.features) != (world.package, world.features))
            );
        }
    }

    #[test]
    fn what_is_named_is_built_with_its_parts() {
        let built = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            named(&names)
                .iter()
                .map(|world| world.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(built(&["bedrock_codec"]), ["bedrock_codec"]);
        assert_eq!(
            built(&["bedrock_gateway"]),
            ["bedrock_provider", "llm_gateway"]
        );
        assert_eq!(built(&[]).len(), WORLDS.len());
    }

    #[test]
    fn a_record_matches_only_the_same_input_and_recipe() {
        let folder = std::env::temp_dir().join(format!("xtask-record-{}", std::process::id()));
        let record = Record::new(&folder, &CODEC);
        assert!(!record.matches(b"linked", "recipe"), "nothing kept yet");
        record.keep(b"linked", "recipe").unwrap();
        assert!(record.matches(b"linked", "recipe"));
        assert!(!record.matches(b"relinked", "recipe"));
        assert!(!record.matches(b"linked", "another"));
        fs::remove_dir_all(folder).unwrap();
    }
}
