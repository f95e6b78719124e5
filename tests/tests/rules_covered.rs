//! Every rule that binds, of the sections in `tests/rules.txt`, has a test with its number in its name: here or in a
//! crate, or a recorded conversation. The list of those that do not is made, not kept.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use erpnet_tests::conversation;
use erpnet_tests::say::say;

/// Rules that may be without a test, and why. One that gets a test should go from here: the test says so.
const LATER: [(&str, &str); 5] = [
    ("034", "features by version: comes with the command"),
    (
        "047",
        "registration with the global authority is done by people",
    ),
    (
        "236",
        "keeping a token that is shown once: comes with the command",
    ),
    (
        "243",
        "tokens shared between profiles: comes with the command",
    ),
    ("247", "features by version: comes with the command"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files below a folder, without what is built and what is not ours to read.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let skipped =
            name.starts_with('.') || ["target", "corpus", "artifacts", "logs"].contains(&&*name);
        match (skipped, path.is_dir()) {
            (true, _) => {}
            (false, true) => files(&path, found),
            (false, false) => found.push(path),
        }
    }
}

/// The numbers in the names of tests: `auth_010_011_x` has two.
fn numbers_in_names(source: &str, found: &mut BTreeSet<String>) {
    for (place, _) in source.match_indices("fn auth_") {
        let name = &source[place + "fn auth_".len()..];
        let name = &name[..name.find('(').unwrap_or(0)];
        let numbers = name
            .split('_')
            .take_while(|word| word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit()));
        found.extend(numbers.map(str::to_owned));
    }
}

fn tested() -> BTreeSet<String> {
    let mut sources = Vec::new();
    files(&root(), &mut sources);
    let mut found = BTreeSet::new();
    for path in sources
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
    {
        numbers_in_names(&std::fs::read_to_string(path).unwrap(), &mut found);
    }
    for conversation in conversation::all() {
        found.extend(
            conversation
                .rules()
                .iter()
                .map(|rule| rule.trim_start_matches("AUTH-").to_owned()),
        );
    }
    found
}

#[test]
fn every_rule_that_binds_has_a_test() {
    let list = std::fs::read_to_string(root().join("tests/rules.txt")).unwrap();
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    let rules: BTreeSet<&str> = lines
        .flat_map(|line| {
            line.split_once(':')
                .map_or(line, |(_, rules)| rules)
                .split_whitespace()
        })
        .collect();
    assert!(rules.len() > 120, "{}", rules.len());
    let tested = tested();
    let later: BTreeSet<&str> = LATER.iter().map(|(rule, _)| *rule).collect();
    let gaps: Vec<_> = rules
        .iter()
        .filter(|rule| !tested.contains(**rule) && !later.contains(**rule))
        .collect();
    assert!(gaps.is_empty(), "rules without a test: {gaps:?}");
    let (done, open): (Vec<&str>, Vec<&str>) =
        later.iter().partition(|rule| tested.contains(**rule));
    let line = format!(
        "{} rules that bind; without a test yet: {open:?}; with one by now, to be taken off the list: {done:?}",
        rules.len()
    );
    say(&line);
}

/// The check itself can fail.
#[test]
fn names_are_read() {
    let mut found = BTreeSet::new();
    numbers_in_names(
        "fn auth_010_011_either() {} fn auth_12_x() {} fn other_013() {} // auth_014",
        &mut found,
    );
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["010", "011"]);
}

/// Each class of bad input in the list of `bad_input` is in a file that is there.
#[test]
fn every_class_of_bad_input_has_its_file() {
    let list = std::fs::read_to_string(root().join("tests/src/bad_input.rs")).unwrap();
    let rows: Vec<_> = list
        .lines()
        .filter_map(|line| line.strip_prefix("//! |"))
        .skip(2)
        .collect();
    assert!(rows.len() >= 12, "{}", rows.len());
    for row in rows {
        let named: Vec<_> = row
            .split('`')
            .filter(|word| word.ends_with(".rs") || word.starts_with("auth_"))
            .collect();
        for name in &named {
            let there = match name.strip_suffix(".rs") {
                Some(_) => root().join("tests/tests").join(name).exists(),
                None => {
                    let file = named.iter().find(|file| file.ends_with(".rs")).unwrap();
                    let source =
                        std::fs::read_to_string(root().join("tests/tests").join(file)).unwrap();
                    source.contains(&format!("fn {name}("))
                }
            };
            assert!(there, "{name}");
        }
        assert!(!named.is_empty(), "{row}");
    }
}

/// AUTH-248: no reference token of the real length stands anywhere, except in part.
#[test]
fn auth_248_no_real_token_in_the_repository() {
    let mut sources = Vec::new();
    files(&root(), &mut sources);
    assert!(sources.len() > 100);
    for path in sources {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        for (place, _) in text.match_indices("enrt_") {
            let rest = &text[place + "enrt_".len()..];
            let length = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
            assert!(length < 64, "{}: a token", path.display());
        }
    }
}
