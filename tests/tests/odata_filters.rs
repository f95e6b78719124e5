//! Filters mean what was said: read back by a parser of our own, and by one that nobody here wrote.

use std::io::Write;
use std::process::{Command, Stdio};

use erpnet::odata::{Query, field};
use erpnet_tests::odata::{Condition, condition, parse, text};
use erpnet_tests::peers::{Tool, python_project, ready};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use url::Url;

/// How many filters the foreign parser judges.
const JUDGED: usize = 400;

proptest! {
    #[test]
    fn texts_survive(text in text()) {
        let filter = field("Name").eq(&text);
        prop_assert_eq!(parse(filter.text().unwrap()), Ok(json!(["eq", ["path", "Name"], ["text", text]])));
    }

    /// No value becomes part of the structure.
    #[test]
    fn filters_survive(condition in condition()) {
        let filter = condition.filter();
        prop_assert_eq!(parse(filter.text().unwrap()), Ok(condition.meaning()));
    }

    /// Neither the way through a URL nor what stands beside it changes a filter.
    #[test]
    fn filters_survive_the_url(condition in condition(), search in "[a-z &#%+']{1,9}") {
        prop_assume!(!search.trim().is_empty());
        let filter = condition.filter();
        let text = filter.text().unwrap().to_owned();
        let query = Query::of("X").search(&search).filter(filter).top(1);
        let root = Url::parse("https://demodb.my.erp.net/api/domain/odata/").unwrap();
        let uri = erpnet::core::api::resolve(&root, query.path().unwrap()).unwrap().to_string();
        let url = Url::parse(&uri).unwrap();
        let options: Vec<_> = url.query_pairs().into_owned().collect();
        let expected = [("$search", format!("\"{search}\"")), ("$filter", text), ("$top", "1".to_owned())];
        prop_assert_eq!(options, expected.map(|(name, value)| (name.to_owned(), value)));
    }
}

#[test]
fn the_parser_of_the_tests_refuses_what_is_no_filter() {
    for bad in [
        "",
        "A",
        "A eq",
        "A eq 'x",
        "A eq 'x' 'y'",
        "A eq 1 and",
        "(A eq 1",
        "A eq 1)",
        "A eq ''' or 1 eq 1",
        "not",
        "A in ()",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_foreign_parser_reads_the_same() {
    if !ready(&[Tool::Python]) {
        return;
    }
    let folder = python_project("odata");
    let mut runner = TestRunner::deterministic();
    // What its grammar does not have: lists of one value, and line separators within a line.
    let conditions: Vec<Condition> = (0..JUDGED)
        .map(|_| condition().new_tree(&mut runner).unwrap().current())
        .collect();
    let mut filters: Vec<_> = conditions
        .iter()
        .map(|condition| condition.filter().text().unwrap().to_owned())
        .collect();
    // It can say no.
    filters.push("A_ eq 'x' 'y'".to_owned());
    let input = filters.join("\n") + "\n";

    let mut judge = Command::new(folder.join("venv/bin/python"))
        .arg(folder.join("judge.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = judge.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = judge.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());

    let verdicts = String::from_utf8(output.stdout).unwrap();
    let verdicts: Vec<Value> = verdicts
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(verdicts.len(), JUDGED + 1);
    for ((condition, filter), verdict) in conditions.iter().zip(&filters).zip(&verdicts) {
        assert_eq!(*verdict, condition.meaning(), "{filter}");
    }
    assert_eq!(verdicts[JUDGED][0], "error");
}
