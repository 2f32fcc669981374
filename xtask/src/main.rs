//! The project's own commands: `cargo xtask demo`, `gateway`, `build`, `test`, `hosts`, `fuzz`, `sizes` and `models`.
//!
//! Everything a newcomer or a build server needs beyond rustup is fetched on first use: the wasm32 targets by rustup, a
//! browser by apt-get where that may be, all else into `target/tools`.

mod checks;
mod component;
mod compose;
mod demo;
mod fuzz;
mod gate;
mod gateway;
mod host;
mod hosts;
mod models;
mod optimise;
mod seed;
mod setup;
mod steps;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand, builder::PossibleValuesParser};

use crate::{steps::Steps, workspace::Workspace};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the component and talk to it through the wasmtime host; no AWS account needed.
    Demo {
        /// What to ask the model.
        #[arg(default_value = demo::DEFAULT_PROMPT, allow_hyphen_values = true)]
        prompt: String,
    },
    /// Serve the gateway on 127.0.0.1, with its page, by wasmtime; no AWS account needed.
    Gateway {
        /// Where to listen.
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Build and optimise the components into target/components.
    Build {
        /// Only these, by the file's name without its ending, with the parts that they are composed of.
        #[arg(value_parser = PossibleValuesParser::new(component::names()))]
        names: Vec<String>,
    },
    /// The fast loop: format, lints and native tests of all but the wasmtime host and what it runs.
    Check,
    /// Run every check a change must pass, in order, and stop at the first that fails.
    Test,
    /// Run the built files on the hosts that people use, installed from their registries; print a table.
    Hosts {
        /// Only these.
        #[arg(value_parser = PossibleValuesParser::new(hosts::CHECKS.map(|check| check.name)))]
        names: Vec<String>,
    },
    /// Look for inputs that break what must hold for any, by cargo-fuzz and libFuzzer.
    ///
    /// The stable compiler does: no sanitizer is used, and without one neither a nightly compiler nor RUSTC_BOOTSTRAP=1 is
    /// needed. The first build takes some minutes. What is found is in target/fuzz; `cargo xtask test` replays
    /// fuzz/regressions and a fixed set of inputs.
    Fuzz {
        /// Only this.
        #[arg(value_parser = PossibleValuesParser::new(fuzz::TARGETS))]
        target: Option<String>,
        /// How long, for each target.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Compare the components with their size budget, xtask/sizes.json.
    Sizes {
        /// Make today's sizes, and today's compiler, the budget.
        #[arg(long)]
        accept: bool,
    },
    /// Write docs/models.md, what works with which model, from data/models.json.
    Models {
        /// Only say whether it is up to date.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(failed) = error.downcast_ref::<steps::CommandFailed>() {
                eprintln!("\n{}\n", failed.output.trim());
            }
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    let workspace = Workspace::find()?;
    let steps = Steps::start();
    match command {
        Command::Demo { prompt } => demo::run(&workspace, &steps, &prompt),
        Command::Gateway { port } => gateway::run(&workspace, &steps, port),
        Command::Build { names } => {
            let wasm_opt = setup::wasm_opt_if_possible(&workspace, &steps);
            let worlds = component::named(&names);
            let built = component::build(&workspace, &steps, &worlds, wasm_opt.as_ref())?;
            component::print_table(&built);
            Ok(())
        }
        Command::Check => checks::fast(&workspace, &steps),
        Command::Test => checks::run(&workspace, &steps),
        Command::Hosts { names } => hosts::run(&workspace, &steps, &names),
        Command::Fuzz { target, seconds } => {
            fuzz::run(&workspace, &steps, target.as_deref(), seconds)
        }
        Command::Models { check } => models::run(check),
        Command::Sizes { accept } => {
            let wasm_opt = setup::wasm_opt(&workspace, &steps)?;
            let built = component::build(&workspace, &steps, &component::WORLDS, Some(&wasm_opt))?;
            if accept {
                gate::accept(&workspace, &built)
            } else {
                gate::check(&workspace, &built)
                    .map(|notes| notes.iter().for_each(|n| println!("{n}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_not_known_is_told_with_those_that_are() {
        let parsed = Arguments::try_parse_from(["xtask", "hosts", "wasmtime", "netscape"]);
        let error = parsed.err().map(|error| error.to_string());
        let error = error.unwrap_or_default();
        for check in hosts::CHECKS {
            assert!(error.contains(check.name), "{error}");
        }
    }
}
