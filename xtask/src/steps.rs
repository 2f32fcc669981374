//! Progress: named steps with their elapsed time.
//!
//! On a terminal a running step is a spinner that shows the last line its command wrote; elsewhere
//! it is one plain line. Commands run without stdin, and their output is kept for the error.

use std::{
    cell::Cell,
    fmt,
    io::{BufRead, BufReader, IsTerminal, Write},
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

/// Reports steps on stderr.
pub(crate) struct Steps {
    started: Instant,
    on_terminal: bool,
}

/// A step that is running.
pub(crate) struct Step {
    spinner: Option<ProgressBar>,
    /// Whether the plain line `name …` still waits for its end.
    line_open: Cell<bool>,
}

/// A command ran and did not succeed.
#[derive(Debug)]
pub(crate) struct CommandFailed {
    command: String,
    status: ExitStatus,
    /// All it wrote, stdout and stderr in the order they came.
    pub(crate) output: String,
}

impl fmt::Display for CommandFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ended with {}", self.command, self.status)
    }
}

impl std::error::Error for CommandFailed {}

impl Steps {
    /// Starts the clock of the whole run.
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            on_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Runs one step, reporting its name, outcome and time.
    pub(crate) fn step<T>(
        &self,
        name: &str,
        work: impl FnOnce(&Step) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let started = Instant::now();
        let step = Step::open(name, self.on_terminal);
        let outcome = work(&step);
        step.close(name, outcome.is_ok(), started.elapsed());
        outcome
    }

    /// Time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

impl Step {
    /// One that nobody is shown, for work beside another.
    pub(crate) fn quiet() -> Self {
        Self {
            spinner: None,
            line_open: Cell::new(false),
        }
    }

    fn open(name: &str, on_terminal: bool) -> Self {
        let spinner = on_terminal.then(|| {
            let style =
                ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg:.dim}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner());
            let spinner = ProgressBar::new_spinner().with_style(style);
            spinner.set_prefix(name.to_owned());
            spinner.enable_steady_tick(Duration::from_millis(120));
            spinner
        });
        if spinner.is_none() {
            eprint!("{name} …");
            // Nothing is lost where stderr is closed.
            let _ = std::io::stderr().flush();
        }
        Self {
            line_open: Cell::new(spinner.is_none()),
            spinner,
        }
    }

    fn close(&self, name: &str, succeeded: bool, elapsed: Duration) {
        let word = if succeeded { "ok" } else { "FAILED" };
        let seconds = elapsed.as_secs_f64();
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
        if self.line_open.get() {
            eprintln!(" {word} ({seconds:.1} s)");
        } else {
            eprintln!("{name} … {word} ({seconds:.1} s)");
        }
    }

    /// Prints a line that belongs to this step.
    pub(crate) fn say(&self, line: &str) {
        if self.line_open.replace(false) {
            eprintln!();
        }
        match &self.spinner {
            Some(spinner) => spinner.suspend(|| println!("{line}")),
            None => println!("{line}"),
        }
    }

    /// Runs a command to its end and returns what it wrote.
    pub(crate) fn run(&self, command: Command) -> anyhow::Result<String> {
        self.run_showing(command, |_| false)
    }

    /// Runs a command and prints those of its lines that `show` picks, as they come.
    pub(crate) fn run_showing(
        &self,
        mut command: Command,
        show: impl Fn(&str) -> bool,
    ) -> anyhow::Result<String> {
        let shown = describe(&command);
        let (reader, writer) = std::io::pipe()?;
        command
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start `{shown}`"))?;
        // The command holds the pipe's writing ends; reading would never end with them alive.
        drop(command);

        let mut output = String::new();
        for line in BufReader::new(reader).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            if show(&line) {
                self.say(&line);
            }
            if let Some(spinner) = &self.spinner {
                spinner.set_message(line.trim().to_owned());
            }
            output.push_str(&line);
            output.push('\n');
        }
        let status = child.wait()?;
        if status.success() {
            return Ok(output);
        }
        Err(CommandFailed {
            command: shown,
            status,
            output,
        }
        .into())
    }
}

/// The command as a reader would type it, without the path of the program.
fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_arrive_in_the_order_they_were_written() {
        let step = Step::open("a step", false);
        let output = step
            .run(shell("echo one; echo two >&2; echo three"))
            .unwrap();
        assert_eq!(output, "one\ntwo\nthree\n");
    }

    #[test]
    fn a_failing_command_hands_over_its_whole_output() {
        let step = Step::open("a step", false);
        let error = step.run(shell("echo why >&2; exit 3")).unwrap_err();
        let failed: &CommandFailed = error.downcast_ref().unwrap();
        assert_eq!(failed.output, "why\n");
        assert_eq!(failed.status.code(), Some(3));
        assert!(error.to_string().starts_with("`sh -c "), "{error}");
    }

    #[test]
    fn a_command_cannot_wait_for_stdin() {
        let step = Step::open("a step", false);
        assert_eq!(step.run(shell("cat")).unwrap(), "");
    }
}
