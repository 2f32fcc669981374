//! The plugin on one thread: its configuration, and its credentials in the background.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bedrock_provider::canonical::Error;
use bedrock_provider::credential_chain::Answer;
use bedrock_provider::driver::Client;
use bedrock_provider::environment::Environment;
use bedrock_provider::http_message::Head;
use llm_gateway::bedrock::Gateway;
use llm_gateway::body::Held;
use llm_gateway::call;
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{BufferType, ContextType, MapType};

use super::stream::Stream;
use super::{Plugin, now, warn, wire};
use crate::config::Config;
use crate::credentials::{CredentialsProvider, Known, Question};

/// Between two looks at the credentials: while there are none, and else.
const TICKS: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];

/// See the [module](self).
pub(super) struct Root {
    context_id: u32,
    plugin: Option<Rc<Plugin>>,
    /// The last error that was logged, so that each is told once.
    logged: Option<Error>,
    is_calm: bool,
}

impl Root {
    pub(super) fn new(context_id: u32) -> Self {
        Root {
            context_id,
            plugin: None,
            logged: None,
            is_calm: false,
        }
    }

    fn configure(&mut self, size: usize) -> Result<(), Error> {
        let text = hostcalls::get_buffer(BufferType::PluginConfiguration, 0, size);
        let config = Config::parse(&text.ok().flatten().unwrap_or_default())?;
        let context = call::operators(&config.settings);
        let environment = environment();
        let mut credentials_provider = CredentialsProvider::new(&context, environment.clone())?;
        credentials_provider.begin(&config, now());
        self.plugin = Some(Rc::new(Plugin {
            gateway: Gateway {
                settings: Rc::new(Ok(config.settings.clone())),
                environment,
                client: Rc::new(RefCell::new(Client::NEW)),
                held: Held::default(),
                is_sent_once: true,
            },
            config,
            credentials_provider: RefCell::new(credentials_provider),
            waiting: RefCell::default(),
        }));
        Ok(())
    }

    /// Ask the question, and those that follow where it cannot be asked; then serve who waits.
    fn ask(&mut self, plugin: &Plugin, mut question: Option<Question>) {
        while let Some(asked) = question {
            question = match dispatch(&asked) {
                Ok(()) => None,
                Err(why) => plugin.credentials_provider.borrow_mut().answered(
                    Answer::NoAnswer(why),
                    &plugin.config,
                    now(),
                ),
            };
        }
        plugin.serve_waiting();
        wire::check(
            hostcalls::set_effective_context(self.context_id),
            "return to the root context",
        );
        let known = plugin.credentials_provider.borrow().known(now());
        let is_calm = matches!(known, Known::Credentials(_));
        if is_calm != self.is_calm {
            self.is_calm = is_calm;
            let period = TICKS.get(usize::from(is_calm));
            let period = hostcalls::set_tick_period(period.copied().unwrap_or_default());
            wire::check(period, "set the tick");
        }
        self.log(known);
    }

    fn log(&mut self, known: Known) {
        match known {
            Known::Failed(error) if self.logged.as_ref() != Some(&error) => {
                warn(&format!("bedrock: {}", error.message));
                self.logged = Some(error);
            }
            Known::Credentials(_) => self.logged = None,
            _ => {}
        }
    }
}

/// The variables that the VM was given; what is not UTF-8 is not ours.
fn environment() -> Environment {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Environment::new(std::env::vars_os().filter_map(text).collect())
}

fn dispatch(question: &Question) -> Result<(), String> {
    let request = &question.request;
    let path = match request.query.as_str() {
        "" => request.path.clone(),
        query => format!("{}?{query}", request.path),
    };
    let mut headers = vec![
        (":method", request.method),
        (":path", path.as_str()),
        (":authority", request.authority.as_str()),
        (":scheme", request.scheme),
    ];
    for (name, value) in &request.headers {
        let value = value.to_str();
        headers.push((name, value.map_err(|_| "a header is not ASCII".to_owned())?));
    }
    let body = (!request.body.is_empty()).then_some(request.body.as_slice());
    let timeout = Duration::from_millis(question.timeout_ms);
    hostcalls::dispatch_http_call(&question.cluster, headers, body, Vec::new(), timeout)
        .map(|_| ())
        .map_err(|_| format!("Envoy cannot call the cluster {}", question.cluster))
}

impl Context for Root {
    fn on_http_call_response(&mut self, _: u32, num_headers: usize, body_size: usize, _: usize) {
        let Some(plugin) = self.plugin.clone() else {
            return;
        };
        let answer = if num_headers == 0 {
            Answer::NoAnswer("no connection, or no answer in time".into())
        } else {
            let headers = wire::headers(MapType::HttpCallResponseHeaders);
            let body = hostcalls::get_buffer(BufferType::HttpCallResponseBody, 0, body_size);
            let status = wire::value(&headers, ":status").parse().unwrap_or(0);
            let pairs = headers.iter();
            let head = Head::new(status, pairs.map(|(n, v)| (n.as_str(), v.as_str())));
            Answer::Http(head, body.ok().flatten().unwrap_or_default().into())
        };
        let question =
            plugin
                .credentials_provider
                .borrow_mut()
                .answered(answer, &plugin.config, now());
        self.ask(&plugin, question);
    }
}

impl RootContext for Root {
    fn on_configure(&mut self, size: usize) -> bool {
        match self.configure(size) {
            Ok(()) => {
                let [soon, _] = TICKS;
                wire::check(hostcalls::set_tick_period(soon), "set the tick");
                true
            }
            Err(error) => {
                let path = error.path.as_deref().unwrap_or("configuration");
                warn(&format!("bedrock: {path}: {}", error.message));
                false
            }
        }
    }

    fn on_tick(&mut self) {
        let Some(plugin) = self.plugin.clone() else {
            return;
        };
        let question = plugin
            .credentials_provider
            .borrow_mut()
            .next(&plugin.config, now());
        self.ask(&plugin, question);
    }

    fn create_http_context(&self, context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream::new(context_id, self.plugin.clone())))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
