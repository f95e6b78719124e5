//! Answers of the token endpoint that are odd, wrong or evil: through every driver; the API is not called with what they
//! bring.

use erpnet_tests::bad_input::Verdict::{self, Accept, Either, Refuse};
use erpnet_tests::bad_input::{Case, run};
use erpnet_tests::hostile::Stage;
use erpnet_tests::instance::{SECRET, TOKEN};
use erpnet_tests::signing::Key;
use serde_json::{Value, json};

fn answer() -> Value {
    json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600, "scope": "read"})
}

fn table(member: &str, rows: &[(Value, Verdict)]) -> Vec<Case> {
    let mut cases: Vec<_> = rows
        .iter()
        .map(|(value, verdict)| {
            let mut answer = answer();
            answer[member] = value.clone();
            let shown: String = value.to_string().chars().take(40).collect();
            Case::json(format!("{member}: {shown}"), answer, *verdict)
        })
        .collect();
    let mut without = answer();
    without.as_object_mut().unwrap().remove(member);
    let verdict = if member == "access_token" {
        Refuse("TokenResponseInvalid")
    } else {
        Accept
    };
    cases.push(Case::json(format!("no {member}"), without, verdict));
    cases
}

const INVALID: Verdict = Refuse("TokenResponseInvalid");

#[test]
fn auth_178_access_tokens() {
    let rows = [
        (json!(null), INVALID),
        (json!(7), INVALID),
        (json!([TOKEN]), INVALID),
        (json!({"token": TOKEN}), INVALID),
        (json!(""), INVALID),
        (json!(" "), INVALID),
        (json!(format!("{TOKEN} ")), INVALID),
        (json!(format!("{TOKEN}\r\nX-Evil: 1")), INVALID),
        (json!(format!("{TOKEN}\n")), INVALID),
        (json!(format!("{TOKEN}\u{0}")), INVALID),
        (json!(format!("{TOKEN}\u{e9}")), INVALID),
        (json!("t".repeat(16 * 1024)), Accept),
        (json!("t".repeat(16 * 1024 + 1)), INVALID),
        (
            json!("t".repeat(1 << 20)),
            Refuse("Transport|TokenResponseInvalid"),
        ),
        (json!("enrt_0A0A0A0A"), Either),
        (json!("a.b.c"), Accept),
    ];
    run(Stage::Token, &table("access_token", &rows));
}

/// AUTH-040, AUTH-041, AUTH-078, AUTH-260: tokens that the API would refuse anyway are not sent there.
#[test]
fn auth_040_041_078_260_tokens_for_others() {
    let jwt = |claims: Value| Key::development(0).token(&json!({}), &claims);
    let mut cases = Vec::new();
    for (name, claims, verdict) in [
        (
            "the global authority's",
            json!({"iss": "https://id.erp.net/id", "aud": "DomainAPI"}),
            Refuse("GlobalTokenForInstanceApi"),
        ),
        (
            "another instance's",
            json!({"iss": "https://other.my.erp.net/id", "aud": "DomainAPI"}),
            Refuse("ForeignToken"),
        ),
        (
            "an evil one's",
            json!({"iss": "\u{1b}[2J\r\n", "aud": "DomainAPI"}),
            Refuse("ForeignToken"),
        ),
        (
            "for resources only",
            json!({"aud": ["https://127.0.0.1/id/resources"]}),
            Either,
        ),
        (
            "another application's",
            json!({"client_id": "com.example/other"}),
            Refuse("WrongClient"),
        ),
        ("one that says nothing", json!({}), Accept),
        (
            "one with odd claims",
            json!({"iss": 7, "aud": {}, "client_id": [], "exp": "never"}),
            Accept,
        ),
    ] {
        let mut answer = answer();
        answer["access_token"] = json!(jwt(claims));
        cases.push(Case::json(name, answer, verdict));
    }
    run(Stage::Token, &cases);
}

#[test]
fn auth_178_types_and_lifetimes() {
    let rows = [
        (json!("bearer"), Accept),
        (json!("BEARER"), Accept),
        (json!(null), Accept),
        (json!("mac"), INVALID),
        (json!("DPoP"), INVALID),
        (json!("N_A"), INVALID),
        (json!(""), INVALID),
        (json!(" Bearer"), INVALID),
        (json!("Bearer\u{0}"), INVALID),
        (json!(["Bearer"]), INVALID),
        (json!(1), INVALID),
    ];
    run(Stage::Token, &table("token_type", &rows));
    let rows = [
        (json!("3600"), Accept),
        (json!(" 3600 "), Accept),
        (json!(3600.9), Accept),
        (json!(i64::MAX), Accept),
        (json!(u64::MAX), Accept),
        (json!(1e300), Accept),
        (json!(null), Accept),
        (json!(1), Either),
        (json!(0), INVALID),
        (json!(0.5), INVALID),
        (json!(-1), INVALID),
        (json!(-3600), INVALID),
        (json!(i64::MIN), INVALID),
        (json!("0"), INVALID),
        (json!("-1"), INVALID),
        (json!("NaN"), INVALID),
        (json!("inf"), Either),
        (json!("1h"), INVALID),
        (json!(""), INVALID),
        (json!(true), INVALID),
        (json!([3600]), INVALID),
        (json!({"seconds": 3600}), INVALID),
    ];
    let mut cases = table("expires_in", &rows);
    cases.push(Case::json(
        "a number beyond all numbers",
        answer().to_string().replace("3600", "1e999"),
        Refuse("NotJson|TokenResponseInvalid"),
    ));
    run(Stage::Token, &cases);
}

#[test]
fn auth_143_144_scopes() {
    let rows = [
        (json!("read update"), Accept),
        (json!("update"), Accept),
        (json!("  read  "), Accept),
        (json!(["read"]), Accept),
        (json!(["read", "update", "x"]), Accept),
        (json!(null), Accept),
        (json!(""), Either),
        (json!([]), Either),
        (json!([7]), INVALID),
        (json!([["read"]]), INVALID),
        (json!({"read": true}), INVALID),
        (json!(7), INVALID),
        (json!("re\"ad"), INVALID),
        (json!("read\u{1b}[2J"), INVALID),
        (json!("s".repeat(50_000)), INVALID),
    ];
    run(Stage::Token, &table("scope", &rows));
    let rows = [
        (json!("a-refresh-token"), Accept),
        (json!(null), Accept),
        (json!(7), Accept),
        (json!("with\r\nbreaks"), Accept),
        (json!("r".repeat(20_000)), Accept),
    ];
    run(Stage::Token, &table("refresh_token", &rows));
}

#[test]
fn auth_336_errors_in_every_shape() {
    let long = "x".repeat(40_000);
    let oauth = Refuse("OAuth");
    let both = |error: Value| {
        let mut answer = answer();
        answer["error"] = error;
        answer
    };
    let mut cases = vec![
        Case::json(
            "an error beside a token",
            both(json!("invalid_client")),
            oauth,
        ),
        Case::json(
            "an error of another type beside a token",
            both(json!(7)),
            oauth,
        ),
        Case::json("an error that is null", both(json!(null)), Accept),
        Case::json("an error that is empty", both(json!("")), oauth),
    ];
    for status in [200, 400, 401, 403, 404, 418, 499] {
        for error in [
            json!({"error": "invalid_client"}),
            json!({"error": "no_such_code"}),
            json!({"error": 7}),
            json!({"error": ["invalid_client"]}),
            json!({"error": {"code": "invalid_client"}}),
            json!({"error": long}),
            json!({"error": "invalid_client", "error_description": long}),
            json!({"error": "invalid_client", "error_description": 7}),
            json!({"error": format!("\u{1b}[2J{SECRET}\r\n"), "error_description": format!("\u{1b}]0;{SECRET}\u{7}\u{202e}")}),
            json!({"error": "invalid_client", "error_uri": "javascript:alert(1)"}),
        ] {
            let shown: String = error.to_string().chars().take(50).collect();
            cases.push(Case::json(format!("{status} {shown}"), error, oauth).status(status));
        }
    }
    // The body of a 5xx is nobody's verdict, and a token in anything but a 200 is none.
    for status in [500, 502, 503, 599] {
        cases.push(
            Case::json(
                format!("{status}"),
                json!({"error": "invalid_client"}),
                Refuse("Status"),
            )
            .status(status),
        );
        cases.push(
            Case::json(format!("{status} with a token"), answer(), Refuse("Status")).status(status),
        );
    }
    for status in [400, 401, 404] {
        cases.push(
            Case::json(format!("{status} with a token"), answer(), Refuse("Status")).status(status),
        );
    }
    cases.push(
        Case::json(
            "429",
            json!({"error": "slow_down"}),
            Refuse("RateLimited|Status"),
        )
        .status(429),
    );
    for status in [201, 203, 206] {
        cases.push(Case::json(format!("{status} with a token"), answer(), Either).status(status));
    }
    run(Stage::Token, &cases);
}

#[test]
fn members_twice() {
    let text = answer().to_string();
    let mut cases = Vec::new();
    for (member, evil) in [
        ("access_token", "\"evil\""),
        ("token_type", "\"mac\""),
        ("expires_in", "1"),
        ("scope", "\"update\""),
    ] {
        let first = format!("{{\"{member}\":{evil},{}", &text[1..]);
        let last = format!("{},\"{member}\":{evil}}}", &text[..text.len() - 1]);
        cases.push(Case::json(
            format!("{member} twice, evil first"),
            first,
            Refuse("NotJson"),
        ));
        cases.push(Case::json(
            format!("{member} twice, evil last"),
            last,
            Refuse("NotJson"),
        ));
    }
    let unknown = format!("{{\"x\":1,\"x\":2,{}", &text[1..]);
    cases.push(Case::json("an unknown member twice", unknown, Accept));
    run(Stage::Token, &cases);
}
