//! Tokens that are wrong in form or signature, and JSON that two readers could read differently.

use erpnet_tests::gateway::Gateway;
use erpnet_tests::signing::part;
use serde_json::{Value, json};

fn check(gateway: &Gateway, table: &[(&str, String, &str)]) {
    assert!(gateway.is_sound());
    for (name, token, expected) in table {
        assert_eq!(gateway.verdict(token), *expected, "{name}");
    }
}

/// AUTH-081: form first, then header, then signature, then claims.
#[test]
fn auth_081_form_and_signature() {
    let g = Gateway::default();
    let good = g.with_header(&json!({}));
    let (signed, signature) = good.rsplit_once('.').expect("three parts");
    let (header, payload) = signed.split_once('.').expect("two parts");
    let another = g.with_claims(&json!({ "scope": ["sec"] }));
    let (foreign_input, _) = another.rsplit_once('.').expect("three parts");
    let standard = signature.replace('-', "+").replace('_', "/");
    let mut table = vec![
        ("one part", header.to_owned(), "Malformed"),
        ("two parts", signed.to_owned(), "Malformed"),
        ("four parts", format!("{good}.{signature}"), "Malformed"),
        (
            "five parts",
            format!("{good}.{signature}.{signature}"),
            "Encrypted",
        ),
        ("six parts", format!("{good}.a.b.c"), "Malformed"),
        ("empty", String::new(), "Malformed"),
        ("dots", "..".to_owned(), "NotJson"),
        (
            "a reference token",
            format!("enrt_{}", "0".repeat(64)),
            "Reference",
        ),
        (
            "padding",
            format!("{header}.{payload}.{signature}=="),
            "Malformed",
        ),
        ("a blank before", format!(" {good}"), "Malformed"),
        ("a line break after", format!("{good}\n"), "Malformed"),
        (
            "a blank within",
            format!("{header}.{payload} .{signature}"),
            "BadSignature",
        ),
        ("with its scheme", format!("Bearer {good}"), "Malformed"),
        ("no signature", format!("{signed}."), "BadSignature"),
        (
            "half a signature",
            format!("{signed}.{}", &signature[..168]),
            "BadSignature",
        ),
        (
            "a signature of zeros",
            format!("{signed}.{}", part(&[0; 256])),
            "BadSignature",
        ),
        (
            "a signature of ones",
            format!("{signed}.{}", part(&[0xff; 256])),
            "BadSignature",
        ),
        (
            "a longer signature",
            format!("{signed}.{signature}AAAA"),
            "BadSignature",
        ),
        (
            "a huge signature",
            format!("{signed}.{}", "A".repeat(8000)),
            "Malformed",
        ),
        (
            "the signature of another payload",
            format!("{foreign_input}.{signature}"),
            "BadSignature",
        ),
        (
            "another header",
            format!(
                "{}.{payload}.{signature}",
                part(b"{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}")
            ),
            "NoKeyId",
        ),
        (
            "1 MB",
            format!("{header}.{}.{signature}", "A".repeat(1 << 20)),
            "TooLarge",
        ),
    ];
    if standard != signature {
        table.push((
            "the standard alphabet",
            format!("{signed}.{standard}"),
            "Malformed",
        ));
    }
    check(&g, &table);
}

/// Every character of a token counts.
#[test]
fn auth_081_any_changed_character_is_found() {
    let g = Gateway::default();
    assert!(g.is_sound());
    let good = g.with_header(&json!({})).into_bytes();
    for place in 0..good.len() {
        for flip in [1_u8, 4] {
            let mut bad = good.clone();
            bad[place] ^= flip;
            if let Ok(bad) = String::from_utf8(bad) {
                assert_ne!(g.verdict(&bad), "ok", "{place} {flip}");
            }
        }
    }
}

/// Headers and payloads that two readers could read differently.
#[test]
fn ambiguous_json_is_refused() {
    let g = Gateway::default();
    let (kid, claims) = (&g.key.kid, g.claims().to_string());
    let sign = |header: &str, payload: &str| g.key.sign(header, payload.as_bytes());
    let header = format!(r#"{{"alg":"RS256","kid":"{kid}","typ":"at+jwt"}}"#);
    let doubled = |first: &str, last: &str| {
        sign(
            &header,
            &format!("{{{first},{},{last}}}", &claims[1..claims.len() - 1]),
        )
    };
    let mut wide: serde_json::Map<_, _> = g.claims().as_object().expect("an object").clone();
    wide.extend((wide.len()..257).map(|n| (format!("c{n}"), json!(n))));
    let nested = |n: usize| {
        sign(
            &header,
            &format!(
                "{},\"x\":{}1{}}}",
                &claims[..claims.len() - 1],
                "[".repeat(n),
                "]".repeat(n)
            ),
        )
    };
    let table = [
        (
            "alg twice, evil first",
            sign(&format!(r#"{{"alg":"none",{}"#, &header[1..]), &claims),
            "DuplicateMember",
        ),
        (
            "alg twice, evil last",
            sign(
                &format!("{},\"alg\":\"none\"}}", &header[..header.len() - 1]),
                &claims,
            ),
            "AlgorithmNotAllowed",
        ),
        (
            "kid twice",
            sign(&format!(r#"{{"kid":"a",{}"#, &header[1..]), &claims),
            "DuplicateMember",
        ),
        (
            "an unknown member twice",
            sign(&format!(r#"{{"x":1,"x":2,{}"#, &header[1..]), &claims),
            "DuplicateMember",
        ),
        (
            "alg in escapes",
            sign(&format!(r#"{{"\u0061lg":"none",{}"#, &header[1..]), &claims),
            "DuplicateMember",
        ),
        (
            "iss first",
            doubled(r#""iss":"https://evil.example""#, r#""z":1"#),
            "DuplicateMember",
        ),
        (
            "iss last",
            doubled(r#""z":1"#, r#""iss":"https://evil.example""#),
            "DuplicateMember",
        ),
        (
            "iss in escapes",
            doubled(r#""\u0069ss":"https://evil.example""#, r#""z":1"#),
            "DuplicateMember",
        ),
        (
            "exp twice",
            doubled(r#""exp":9999999999"#, r#""z":1"#),
            "DuplicateMember",
        ),
        (
            "a header with more behind",
            sign(&format!("{header}{{}}"), &claims),
            "NotJson",
        ),
        (
            "a payload with more behind",
            sign(&header, &format!("{claims}{{}}")),
            "NotJson",
        ),
        (
            "a byte order mark",
            sign(&header, &format!("\u{feff}{claims}")),
            "NotJson",
        ),
        ("a header that is a list", sign("[]", &claims), "NotJson"),
        ("a payload that is a list", sign(&header, "[]"), "NotJson"),
        ("a payload that is null", sign(&header, "null"), "NotJson"),
        ("an empty payload", sign(&header, ""), "NotJson"),
        (
            "no UTF-8",
            g.key.sign(&header, b"{\"iss\":\"\xff\"}"),
            "Malformed",
        ),
        (
            "too many claims",
            sign(&header, &Value::Object(wide).to_string()),
            "TooManyClaims",
        ),
        ("nested a little", nested(50), "ok"),
        ("nested deeply", nested(3000), "ok"),
    ];
    for (name, token, expected) in &table {
        let found = g.verdict(token);
        // Nesting in a claim that nobody reads may be passed over or refused.
        let either = *name == "nested deeply" && found == "NotJson";
        // The check of the algorithm may come before the one for duplicates, or after it.
        let both = *expected == "AlgorithmNotAllowed" && found == "DuplicateMember";
        assert!(found == *expected || either || both, "{name}: {found}");
    }
    assert!(g.is_sound());
}
