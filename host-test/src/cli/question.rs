//! What `chat` asks: its arguments as a request.

use crate::types::{
    ContentBlock, DocumentBlock, ImageBlock, Message, OutputConfig, PlainText, Raw, Request, Role,
    Source, TextBlock, Thinking, ThinkingBudget, ThinkingDisplay, Tool,
};
use anyhow::{Context as _, bail};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Media types of images, by the endings of their files.
const IMAGES: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
];

/// The same of documents.
const DOCUMENTS: &[(&str, &str)] = &[
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("html", "text/html"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("xls", "application/vnd.ms-excel"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
];

/// The arguments that make the request.
#[derive(clap::Args)]
pub(super) struct Question {
    /// What to ask; from standard input without it or with `-`.
    prompt: Option<String>,
    /// The model, `bedrock/` and its id, its inference profile's or an ARN.
    #[arg(
        long,
        default_value = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    )]
    model: String,
    /// A system prompt.
    #[arg(long)]
    system: Option<String>,
    /// An image to ask about: PNG, JPEG, GIF or WebP. May be given again.
    #[arg(long, value_name = "FILE")]
    image: Vec<PathBuf>,
    /// A document to ask about: PDF, text or an office format. May be given again.
    #[arg(long, value_name = "FILE")]
    document: Vec<PathBuf>,
    /// The most tokens to generate.
    #[arg(long, value_name = "N")]
    max_tokens: Option<u32>,
    /// Let the model think first, for up to this many tokens.
    #[arg(long, value_name = "BUDGET")]
    thinking: Option<u32>,
    /// How much effort to make: `low`, `medium`, `high` and what else the model knows.
    #[arg(long, value_name = "WORD")]
    effort: Option<String>,
    /// Offer the model a tool, to see how it calls one. It is not run.
    #[arg(long)]
    tool_demo: bool,
}

impl Question {
    /// The request, its files and its prompt read.
    pub(super) fn request(&self) -> anyhow::Result<Request> {
        let prompt = self.prompt()?;
        let mut content = Vec::with_capacity(self.image.len() + self.document.len() + 1);
        for path in &self.image {
            content.push(ContentBlock::Image(ImageBlock {
                source: source(path, IMAGES)?,
                cache_control: None,
            }));
        }
        for path in &self.document {
            let title = path.file_name().map(|name| name.to_string_lossy().into());
            content.push(ContentBlock::Document(DocumentBlock {
                source: source(path, DOCUMENTS)?,
                title,
                context: None,
                citations: false,
                cache_control: None,
            }));
        }
        content.push(ContentBlock::Text(TextBlock::new(prompt)));
        let mut request = Request::new(self.model.as_str());
        request.messages.push(Message {
            role: Role::User,
            content,
        });
        request
            .system
            .extend(self.system.as_deref().map(PlainText::new));
        request.max_tokens = self.max_tokens;
        request.thinking = self.thinking.map(|budget_tokens| {
            Thinking::Enabled(ThinkingBudget {
                budget_tokens,
                display: ThinkingDisplay { display: None },
            })
        });
        request.output = self.effort.clone().map(|effort| OutputConfig {
            format: None,
            effort: Some(effort),
        });
        if self.tool_demo {
            request.tools.push(weather_tool());
        }
        Ok(request)
    }

    fn prompt(&self) -> anyhow::Result<String> {
        let prompt = match self.prompt.as_deref() {
            Some(prompt) if prompt != "-" => prompt.to_owned(),
            _ => {
                let mut text = String::new();
                let read = std::io::stdin().read_to_string(&mut text);
                read.context("the prompt on standard input")?;
                text
            }
        };
        if prompt.trim().is_empty() {
            bail!("the prompt is empty: give it as an argument or on standard input");
        }
        Ok(prompt)
    }
}

/// A file's bytes, with the media type of its ending.
fn source(path: &Path, endings: &[(&str, &str)]) -> anyhow::Result<Source> {
    let ending = path.extension().unwrap_or_default();
    let known = endings
        .iter()
        .find(|(known, _)| ending.eq_ignore_ascii_case(known));
    let Some((_, media_type)) = known else {
        let endings: Vec<_> = endings.iter().map(|(ending, _)| *ending).collect();
        bail!(
            "{}: expected a file that ends in one of {}",
            path.display(),
            endings.join(", ")
        );
    };
    let data = std::fs::read(path).with_context(|| path.display().to_string())?;
    Ok(Source::Bytes(Raw {
        media_type: (*media_type).to_owned(),
        data,
    }))
}

fn weather_tool() -> Tool {
    Tool {
        name: "get_weather".into(),
        description: Some("The weather in a city, now.".into()),
        input_schema:
            r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#
                .into(),
        strict: None,
        server_type: None,
        cache_control: None,
    }
}
