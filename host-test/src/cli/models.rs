//! `bedrock-host models`.

use super::component::Component;
use crate::types::Context;
use crate::{CallError, Grants, Host, HostConfig, Model, render};
use std::io::Write;
use std::process::ExitCode;

/// The arguments of `models`.
#[derive(clap::Args)]
pub(super) struct Models {
    /// `bedrock/` and a model's id, its inference profile's or an ARN; without it all that are known one by one.
    name: Option<String>,
    #[command(flatten)]
    component: Component,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

impl Models {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let path = self.component.path()?;
        let provider = Host::new(HostConfig::default())?.load(&path)?;
        // The table is asked without a call, so no rights are needed.
        let found = async {
            let mut instance = provider.instantiate(&Grants::default()).await?;
            match &self.name {
                Some(name) => {
                    let model = instance.describe(name, &Context::default()).await?;
                    Ok(vec![model])
                }
                None => instance.list_models().await,
            }
        };
        let models: Result<Vec<Model>, CallError> = found.await;
        let models = match models {
            Ok(models) => models,
            Err(error) => {
                render::failure(&mut anstream::stderr().lock(), &error)?;
                return Ok(ExitCode::FAILURE);
            }
        };
        let mut out = anstream::stdout().lock();
        for model in &models {
            match (self.json, &self.name) {
                (true, _) => writeln!(out, "{}", serde_json::to_string(model)?)?,
                (false, Some(_)) => one(&mut out, model)?,
                (false, None) => {
                    writeln!(out, "{:52} {:24} {}", model.id, model.family, tokens(model))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// All that is known of a model.
fn one(out: &mut impl Write, model: &Model) -> anyhow::Result<()> {
    writeln!(out, "{}: {}", model.id, model.family)?;
    writeln!(out, "tokens: {}", tokens(model))?;
    if let Some(date) = &model.deprecation_date {
        writeln!(out, "ends: {date}")?;
    }
    if !model.inference_profiles.is_empty() {
        writeln!(out, "inference profiles:")?;
        for profile in &model.inference_profiles {
            writeln!(out, "  {profile}")?;
        }
    }
    let capabilities: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&model.capabilities)?;
    writeln!(out, "capabilities:")?;
    for (name, value) in capabilities {
        writeln!(out, "  {name}: {value}")?;
    }
    Ok(())
}

fn tokens(model: &Model) -> String {
    let count = |tokens: Option<u32>| tokens.map_or("?".to_owned(), |tokens| tokens.to_string());
    format!(
        "{} in, {} out",
        count(model.max_input_tokens),
        count(model.max_output_tokens)
    )
}
