//! The contract is documented: every interface, type, field, case and function of `wit/` has a line that says what it is.

/// Whether a line of WIT declares something that a reader would look up.
fn declares(line: &str) -> bool {
    let keywords = [
        "interface ",
        "world ",
        "record ",
        "variant ",
        "enum ",
        "resource ",
        "type ",
        "constructor(",
    ];
    let name = line.trim_start_matches('%');
    let rest = name.trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '-');
    let is_member = rest.len() < name.len() && (rest.starts_with([':', '(']) || rest == ",");
    keywords.iter().any(|keyword| line.starts_with(keyword)) || is_member
}

#[test]
fn every_item_says_what_it_is() {
    let mut count = 0;
    let files = ["wit", "wit/async"].map(|folder| std::fs::read_dir(folder).expect(folder));
    for entry in files.into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        let mut before = "";
        // Inside a function's parameters, lines belong to the function.
        let mut is_inside_parameters = false;
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if declares(line) && !is_inside_parameters {
                assert!(
                    before.starts_with("///"),
                    "{}:{number} is not documented: {line}",
                    path.display()
                );
                count += 1;
            }
            is_inside_parameters = match line {
                _ if line.ends_with("func(") => true,
                _ if line.starts_with(')') => false,
                _ => is_inside_parameters,
            };
            before = line;
        }
    }
    assert!(count > 200, "only {count} items were seen");
}
