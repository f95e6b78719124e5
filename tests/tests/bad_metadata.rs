//! Discovery documents that are odd, wrong or evil: through every driver, and nothing is asked of anyone after them.

use erpnet_tests::bad_input::Verdict::{Accept, Either, Refuse};
use erpnet_tests::bad_input::{Case, Verdict, run};
use erpnet_tests::hostile::Stage;
use erpnet_tests::instance;
use serde_json::{Value, json};

fn metadata() -> Value {
    instance::read("responses/metadata.json")["json"].clone()
}

fn sites() -> Value {
    instance::read("responses/sites.json")["json"].clone()
}

fn with(mut document: Value, member: &str, value: Value) -> Value {
    document[member] = value;
    document
}

fn without(mut document: Value, member: &str) -> Value {
    document.as_object_mut().unwrap().remove(member);
    document
}

/// One member twice: with the evil value before or behind the good one.
fn twice(document: &Value, member: &str, evil: &str, evil_first: bool) -> String {
    let text = document.to_string();
    if evil_first {
        format!("{{\"{member}\":{evil},{}", &text[1..])
    } else {
        format!("{},\"{member}\":{evil}}}", &text[..text.len() - 1])
    }
}

#[test]
fn auth_060_062_064_endpoints() {
    let invalid = Refuse("MetadataInvalid");
    let mut cases = Vec::new();
    let required = ["authorization_endpoint", "token_endpoint", "jwks_uri"];
    for member in required {
        cases.push(Case::json(
            format!("no {member}"),
            without(metadata(), member),
            invalid,
        ));
        cases.push(Case::json(
            format!("{member}: null"),
            with(metadata(), member, json!(null)),
            invalid,
        ));
    }
    let optional = [
        "end_session_endpoint",
        "userinfo_endpoint",
        "revocation_endpoint",
    ];
    for member in optional {
        cases.push(Case::json(
            format!("no {member}"),
            without(metadata(), member),
            Accept,
        ));
        cases.push(Case::json(
            format!("{member}: null"),
            with(metadata(), member, json!(null)),
            Accept,
        ));
    }
    for member in required.into_iter().chain(optional) {
        for value in [
            json!(7),
            json!(true),
            json!([]),
            json!(["{root}/id/x"]),
            json!({"url": "{root}/id/x"}),
            json!(""),
            json!(" "),
            json!("/id/connect/token"),
            json!("connect/token"),
            json!("//evil.example/x"),
            json!("?x"),
            json!("#x"),
            json!("file:///etc/passwd"),
            json!("javascript:alert(1)"),
            json!("data:application/json,{}"),
            json!("ftp://127.0.0.1/x"),
            json!("ws://127.0.0.1/x"),
            json!("http:/evil.example"),
            json!("http://evil.example/x"),
            json!("https://evil.example/x"),
            json!("https://id.erp.net/id/x"),
            json!("{foreign}/x"),
            json!("{root}.evil.example/x"),
            json!("{root}@evil.example/x"),
            json!("http://user:pw@127.0.0.1/x"),
            json!("{root}/id/x#fragment"),
            json!("http://[::1/x"),
            json!("http://127.0.0.1:99999/x"),
            json!(format!("https://evil.example/{}", "x".repeat(100_000))),
        ] {
            let shown: String = value.to_string().chars().take(60).collect();
            cases.push(Case::json(
                format!("{member}: {shown}"),
                with(metadata(), member, value),
                invalid,
            ));
        }
        for evil_first in [true, false] {
            let body = twice(
                &metadata(),
                member,
                "\"https://evil.example/x\"",
                evil_first,
            );
            // The second member of a pair that is not there is the only one.
            cases.push(Case::json(
                format!("{member} twice, evil first: {evil_first}"),
                body,
                invalid,
            ));
        }
    }
    run(Stage::Metadata, &cases);
}

#[test]
fn auth_057_issuers() {
    let mismatch = Refuse("IssuerMismatch");
    let invalid = Refuse("MetadataInvalid");
    let issuer = |value: Value, verdict: Verdict| {
        let shown: String = value.to_string().chars().take(60).collect();
        Case::json(
            format!("issuer: {shown}"),
            with(metadata(), "issuer", value),
            verdict,
        )
    };
    let mut cases = vec![
        Case::json("no issuer", without(metadata(), "issuer"), invalid),
        issuer(json!(null), invalid),
        issuer(json!(7), invalid),
        issuer(json!(["{root}/id"]), invalid),
        issuer(json!({"iss": "{root}/id"}), invalid),
    ];
    for other in [
        "",
        "{root}",
        "{root}/",
        "{root}/id/",
        "{root}/ID",
        "{root}/id?",
        "{root}/id#",
        "{root}/id ",
        " {root}/id",
        "{root}/id\u{0}",
        "{root}/id/../id",
        "{root}/%69d",
        "{foreign}/id",
        "https://id.erp.net/id",
        "http://localhost/id",
        "https://evil.example/\u{1b}[2J",
    ] {
        cases.push(issuer(json!(other), mismatch));
    }
    cases.push(issuer(json!("i".repeat(100_000)), mismatch));
    for evil_first in [true, false] {
        let body = twice(
            &metadata(),
            "issuer",
            "\"https://evil.example\"",
            evil_first,
        );
        cases.push(Case::json(
            format!("issuer twice, evil first: {evil_first}"),
            body,
            invalid,
        ));
    }
    run(Stage::Metadata, &cases);
}

#[test]
fn auth_065_069_what_is_offered() {
    let invalid = Refuse("MetadataInvalid");
    let algorithms = "id_token_signing_alg_values_supported";
    let at = |member: &str, value: Value| with(metadata(), member, value);
    let many: Vec<_> = (0..10_000).map(|n| format!("scope{n}")).collect();
    let cases = [
        Case::json(
            "no RS256",
            at(algorithms, json!(["ES256", "HS256"])),
            invalid,
        ),
        Case::json("no algorithm", at(algorithms, json!([])), invalid),
        Case::json(
            "algorithms of another type",
            at(algorithms, json!("RS256")),
            Either,
        ),
        Case::json(
            "no list of algorithms",
            without(metadata(), algorithms),
            Accept,
        ),
        Case::json(
            "none beside RS256",
            at(algorithms, json!(["none", "RS256"])),
            Accept,
        ),
        Case::json(
            "scopes of another type",
            at("scopes_supported", json!("read update")),
            Accept,
        ),
        Case::json(
            "scopes that are none",
            at("scopes_supported", json!([null, 7, {}, "read"])),
            Accept,
        ),
        Case::json("10,000 scopes", at("scopes_supported", json!(many)), Accept),
        Case::json(
            "grants without ours",
            at("grant_types_supported", json!(["implicit"])),
            Either,
        ),
        Case::json(
            "a member that nobody knows",
            at("future", json!({"a": [[[1]]]})),
            Accept,
        ),
        Case::json(
            "members in a row of 256 kB",
            at("future", json!("x".repeat(300_000))),
            Refuse("Transport"),
        ),
        Case::json("a status of 201", metadata(), Refuse("NotAnIdentityServer")).status(201),
        Case::json("a status of 203", metadata(), Refuse("NotAnIdentityServer")).status(203),
        Case::json(
            "an error in the form of OAuth",
            json!({"error": "invalid_request"}),
            invalid,
        ),
    ];
    run(Stage::Metadata, &cases);
}

#[test]
fn auth_014_028_site_lists() {
    let site = |member: &str, value: Value| {
        let mut sites = sites();
        sites["WebSites"][0][member] = value;
        sites
    };
    let api = |member: &str, value: Value| {
        let mut sites = sites();
        sites["WebSites"][2]
            .as_object_mut()
            .unwrap()
            .remove("AdditionalProperties");
        sites["WebSites"][2][member] = value;
        sites
    };
    let none = Refuse("NotAnInstance|Status");
    let (refused, absent) = (Refuse("SiteUrlRefused"), Refuse("SiteNotConfigured"));
    let mut cases = vec![
        Case::json("no list", without(sites(), "WebSites"), none),
        Case::json(
            "a list that is null",
            with(sites(), "WebSites", json!(null)),
            none,
        ),
        Case::json(
            "a list that is an object",
            with(sites(), "WebSites", json!({})),
            none,
        ),
        Case::json(
            "a list that is a text",
            with(sites(), "WebSites", json!("ID")),
            none,
        ),
        Case::json(
            "257 sites",
            with(sites(), "WebSites", json!(vec![json!({"Type": "ID"}); 257])),
            none,
        ),
        Case::json(
            "a list twice",
            twice(&sites(), "WebSites", "[]", true),
            none,
        ),
        Case::json(
            "a list twice, evil last",
            twice(&sites(), "WebSites", "[]", false),
            none,
        ),
        Case::json("camel case", json!({"webSites": sites()["WebSites"]}), none),
        Case::json(
            "an empty list",
            with(sites(), "WebSites", json!([])),
            absent,
        ),
        Case::json(
            "entries that are none",
            with(sites(), "WebSites", json!([null, 7, "ID", [], {"Type": 7}])),
            absent,
        ),
        Case::json("no identity site", site("Type", json!("Id2")), absent),
        Case::json("no API site", api("Type", json!("Other")), absent),
        Case::json(
            "the host of another type",
            with(sites(), "Host", json!([7])),
            Accept,
        ),
        Case::json(
            "a member that nobody knows",
            with(sites(), "Future", json!([])),
            Accept,
        ),
        Case::json(
            "an identity site that is down",
            site("Status", json!("NotWorking")),
            Accept,
        ),
        Case::json("a status of another type", site("Status", json!(1)), Accept),
        Case::json(
            "an API that is down",
            api("Status", json!("NotWorking")),
            Refuse("SiteNotWorking"),
        ),
        Case::json(
            "the global authority",
            site("Url", json!("https://id.erp.net/id")),
            refused,
        ),
    ];
    for url in [
        json!(null),
        json!(7),
        json!(""),
        json!("/id"),
        json!("id"),
        json!("//evil.example/id"),
        json!("file:///id"),
        json!("http://evil.example/id"),
        json!("http://10.0.0.1/id"),
        json!("http://[::ffff:10.0.0.1]/id"),
        json!("http://user:pw@127.0.0.1/id"),
        json!("ftp://127.0.0.1/id"),
        json!("javascript:1"),
        json!("http://127.0.0.1.evil.example/id"),
    ] {
        cases.push(Case::json(
            format!("the identity site at {url}"),
            site("Url", url.clone()),
            refused,
        ));
        cases.push(Case::json(
            format!("the API at {url}"),
            api("Url", url.clone()),
            refused,
        ));
        let root = json!({"ODataServiceRoot": url});
        let fallback = [json!(null), json!(7), json!("")].contains(&root["ODataServiceRoot"]);
        let verdict = if fallback { Accept } else { refused };
        cases.push(Case::json(
            format!("the API's root at {url}"),
            api("AdditionalProperties", root),
            verdict,
        ));
    }
    run(Stage::Sites, &cases);
}
