//! The binary as a shell meets it.

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

/// The binary, in an environment without credentials.
fn host(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bedrock-host"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    host(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_wrong_command_line_is_usage() {
    for arguments in [
        &[][..],
        &["sing"],
        &["chat", "--max-tokens", "many", "hi"],
        &["chat", "--thinking", "much", "hi"],
        &["chat", "--max-cost", "5 cents", "hi"],
        &["chat", "--max-cost", "1e-3", "hi"],
        &["models", "one", "two"],
        &["emulator", "--port", "70000"],
        &["inspect"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("--help"), "{arguments:?}");
    }
}

#[test]
fn a_missing_component_names_the_command_that_builds_it() {
    let output = run(&["chat", "--component", "/no/such.wasm", "hi"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.contains("/no/such.wasm") && said.contains("cargo xtask build"),
        "{said}"
    );
}

#[test]
fn an_empty_prompt_is_refused_before_anything_is_loaded() {
    let guest = support::guest().to_str().unwrap();
    let output = run(&["chat", "--component", guest]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("the prompt is empty"));
}

#[test]
fn without_credentials_a_chat_says_that_it_asks_the_emulator_and_tells_a_failure() {
    let guest = support::guest().to_str().unwrap();
    let output = run(&[
        "chat",
        "--component",
        guest,
        "--model",
        "bedrock/none",
        "hi",
    ]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("no AWS credentials in the environment")
            && said.contains("http://127.0.0.1:"),
        "{said}"
    );
    assert!(
        said.contains("connection no such behaviour: bedrock/none"),
        "{said}"
    );
    assert!(!said.contains('\u{1b}'), "styles in a pipe: {said:?}");
    assert_eq!(text(&output.stdout), "");
}

#[test]
fn json_is_one_chunk_a_line_and_nothing_else_on_stdout() {
    let guest = support::guest().to_str().unwrap();
    let output = run(&[
        "chat",
        "--component",
        guest,
        "--model",
        "tick",
        "--max-tokens",
        "1",
        "--json",
        "hi",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    let expected =
        serde_json::json!({"ContentBlockDelta": {"index": 0, "delta": {"TextDelta": "tick"}}});
    assert_eq!(lines.lines().count(), 4);
    for line in lines.lines() {
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(line).unwrap(),
            expected
        );
    }
}

/// A whole answer of the guest's to `hi`.
fn chat(model: &str, arguments: &[&str]) -> Output {
    let guest = support::guest().to_str().unwrap();
    let fixed = [
        "chat",
        "--component",
        guest,
        "--no-stream",
        "--model",
        model,
    ];
    run(&[&fixed, arguments, &["hi"]].concat())
}

#[test]
fn files_thinking_effort_and_strictness_reach_the_component() {
    let folder = std::env::temp_dir().join(format!("bedrock-host-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (image, document) = (file("a.PNG", b"png!"), file("b.csv", b"csv!"));
    let (tiff, missing) = (file("c.tiff", b"tiff"), format!("{image}.gif"));
    let arguments = [
        "--image",
        &image,
        "--document",
        &document,
        "--image",
        &image,
    ];
    let thinking = ["--thinking", "2048", "--effort", "high", "--strict"];
    let output = chat("request", &[&arguments[..], &thinking].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    for part in [
        "image/png",
        "text/csv",
        "b.csv",
        &format!("{:?}", b"csv!"),
        "2048",
        "\"high\"",
        "strict: true",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(told.matches("image/png").count(), 2, "{told}");
    let plain = text(&chat("request", &[]).stdout);
    assert!(plain.contains("strict: false"), "{plain}");

    for (argument, path, why) in [
        ("--image", &tiff, "png, jpg, jpeg, gif, webp"),
        ("--image", &document, "png, jpg, jpeg, gif, webp"),
        ("--document", &image, "pdf, txt"),
        ("--image", &missing, "No such file"),
    ] {
        let output = chat("request", &[argument, path]);
        assert_eq!(output.status.code(), Some(1), "{argument} {path}");
        let said = text(&output.stderr);
        assert!(said.contains(path.as_str()) && said.contains(why), "{said}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_most_that_an_answer_may_cost_reaches_the_component_to_the_last_digit() {
    for (dollars, pico) in [("0.05", "50000000000"), ("0.000000000001", "1")] {
        let told = text(&chat("request", &["--max-cost", dollars]).stdout);
        let limit = format!("per-request: Some({pico})");
        assert!(told.contains(&limit), "{dollars}: {told}");
        assert!(told.contains("UnknownPrice::Deny"), "{told}");
    }
    let told = text(&chat("request", &[]).stdout);
    assert!(told.contains("limits: None"), "{told}");

    let said = text(&run(&["chat", "--max-cost", "5 cents", "hi"]).stderr);
    assert!(said.contains("expected USD such as 0.05"), "{said}");
}

#[test]
fn what_the_answer_cost_is_told_where_it_is_known() {
    assert!(text(&chat("cost", &[]).stderr).contains("1 tokens in, 1 out · $0.000018\n"));
    assert!(!text(&chat("request", &[]).stderr).contains('$'));
}

#[test]
fn warnings_are_told_beside_the_answer() {
    let output = chat("warn", &[]);
    assert_eq!(text(&output.stdout), "warned\n");
    let said = text(&output.stderr);
    assert!(said.contains(", lossy) top_k: as the test asked"), "{said}");
}

#[test]
fn models_are_listed_and_described() {
    let guest = support::guest().to_str().unwrap();
    let models = |arguments: &[&str]| run(&[&["models", "--component", guest], arguments].concat());
    let listed = text(&models(&[]).stdout);
    let words: Vec<_> = listed.split_whitespace().collect();
    assert_eq!(words, ["test", "Test", "1000", "in,", "?", "out"]);
    assert_eq!(
        text(&models(&["a.model"]).stdout),
        "a.model: Test\ntokens: 1000 in, ? out\ninference profiles:\n  us.a.model\n  eu.a.model\n\
         capabilities:\n  tools: true\n"
    );
    let described = models(&["--json", "a.model"]);
    let described: serde_json::Value = serde_json::from_slice(&described.stdout).unwrap();
    assert_eq!(described["id"], "a.model");
    let refused = models(&[""]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        text(&refused.stderr),
        "connection no name\n  try check the network, --region and any AWS_ENDPOINT_URL\n"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_a_chat_with_130_and_a_note() {
    let guest = support::guest().to_str().unwrap();
    let arguments = [
        "chat",
        "--component",
        guest,
        "--model",
        "tick",
        "--max-tokens",
        "20000",
        "hi",
    ];
    let mut child = host(&arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("emulator"), "{line}");
    // The line comes before the call; the call then waits for twenty seconds.
    std::thread::sleep(std::time::Duration::from_millis(500));
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut rest).unwrap();
    assert!(rest.contains("stopped"), "{rest}");
}

#[cfg(unix)]
#[test]
fn the_emulator_prints_what_to_set_and_ends_with_ctrl_c() {
    let mut child = host(&["emulator", "--pace", "1"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let lines: Vec<_> = stdout.lines().take(5).map(Result::unwrap).collect();
    let endpoint = "export AWS_ENDPOINT_URL_BEDROCK_RUNTIME=http://127.0.0.1:";
    assert!(
        lines.iter().any(|line| line.starts_with(endpoint)),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line == "export AWS_ACCESS_KEY_ID=AKIDEXAMPLE"),
        "{lines:?}"
    );
    std::thread::sleep(std::time::Duration::from_millis(200));
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn inspect_lists_a_component_and_refuses_what_is_none() {
    let guest = support::guest().to_str().unwrap();
    let output = run(&["inspect", guest]);
    assert!(text(&output.stdout).contains("  wasi:http/outgoing-handler@0.2.6\n"));
    let output = run(&["inspect", "--json", guest]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        found["imports"]
            .as_array()
            .unwrap()
            .iter()
            .any(|item| item["kind"] == "interface")
    );

    let output = run(&[
        "inspect",
        concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("not WebAssembly"),
        "{}",
        text(&output.stderr)
    );
}
