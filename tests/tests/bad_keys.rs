//! Key sets that are odd, wrong or evil, and a good token: through every driver.

use erpnet_tests::bad_input::Verdict::{Accept, Either, Refuse};
use erpnet_tests::bad_input::{Case, claims, run};
use erpnet_tests::hostile::Stage;
use erpnet_tests::signing::{Key, hs256, part};
use serde_json::{Value, json};

/// The key that signed the token, with one member replaced; `null` stays as it is, `"gone"` takes it away.
fn with(member: &str, value: Value) -> Value {
    let mut key = Key::development(0).jwk();
    if value == "gone" {
        key.as_object_mut().unwrap().remove(member);
    } else {
        key[member] = value;
    }
    key
}

/// A set of these keys beside another that is good for nothing here, so that the set is not empty.
fn beside(keys: &[Value]) -> Value {
    let mut keys = keys.to_vec();
    keys.push(Key::development(2).named("another").jwk());
    json!({ "keys": keys })
}

fn part_of(byte: u8, len: usize) -> String {
    part(&vec![byte; len])
}

#[test]
fn auth_071_keys_that_cannot_verify_rs256() {
    let (n, e) = Key::development(0).components();
    let unknown = Refuse("UnknownKey");
    let p256 = json!({"kty": "EC", "kid": "KEY-0", "use": "sig", "alg": "ES256", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
    let changed = |member: &str, value: Value| {
        let mut key = p256.clone();
        key[member] = value;
        key
    };
    let padded = |bytes: &[u8], zeros: usize| part(&[&vec![0; zeros], bytes].concat());
    let table = [
        ("EC under RS256", p256.clone(), unknown),
        (
            "EC that says RS256",
            changed("alg", json!("RS256")),
            unknown,
        ),
        (
            "EC off the curve",
            changed("y", json!(part_of(7, 32))),
            unknown,
        ),
        (
            "EC with the numbers of RSA",
            {
                let mut key = p256.clone();
                key["n"] = json!(part(&n));
                key["e"] = json!(part(&e));
                key
            },
            unknown,
        ),
        (
            "EC at infinity",
            changed("x", json!(part_of(0, 32))),
            unknown,
        ),
        (
            "OKP",
            json!({"kty": "OKP", "kid": "KEY-0", "crv": "Ed25519", "x": part_of(9, 32)}),
            unknown,
        ),
        (
            "oct",
            json!({"kty": "oct", "kid": "KEY-0", "k": part(&n)}),
            unknown,
        ),
        ("a type in lower case", with("kty", json!("rsa")), unknown),
        ("no type", with("kty", json!("gone")), unknown),
        ("a type that is a number", with("kty", json!(7)), unknown),
        ("1024 bits", with("n", json!(part_of(0xc1, 128))), unknown),
        (
            "2047 bits and less",
            with("n", json!(part_of(0xc1, 255))),
            unknown,
        ),
        ("16384 bits", with("n", json!(part_of(0xc1, 2048))), unknown),
        (
            "a modulus of 300 kB",
            with("n", json!(part_of(0xc1, 300_000))),
            unknown,
        ),
        (
            "a modulus of zeros",
            with("n", json!(part_of(0, 256))),
            unknown,
        ),
        ("an empty modulus", with("n", json!("")), unknown),
        (
            "an even modulus",
            with("n", json!(part_of(0xc2, 256))),
            Refuse("BadSignature|UnknownKey"),
        ),
        ("no modulus", with("n", json!("gone")), unknown),
        (
            "another modulus",
            with("n", json!(part_of(0xc1, 256))),
            Refuse("BadSignature"),
        ),
        ("exponent 0", with("e", json!("AA")), unknown),
        ("exponent 1", with("e", json!("AQ")), unknown),
        ("exponent 2", with("e", json!("Ag")), unknown),
        ("exponent 3", with("e", json!("Aw")), Refuse("BadSignature")),
        ("an even exponent", with("e", json!("AQAA")), unknown),
        (
            "an exponent of 8 bytes",
            with("e", json!(part_of(0xff, 8))),
            unknown,
        ),
        (
            "an exponent of the size of the modulus",
            with("e", json!(part(&n))),
            unknown,
        ),
        ("no exponent", with("e", json!("gone")), unknown),
        (
            "an exponent that is a number",
            with("e", json!(65537)),
            unknown,
        ),
        (
            "a modulus with a sign byte",
            with("n", json!(padded(&n, 1))),
            Accept,
        ),
        (
            "a modulus with many",
            with("n", json!(padded(&n, 40))),
            Accept,
        ),
        (
            "an exponent with a sign byte",
            with("e", json!(padded(&e, 1))),
            Accept,
        ),
        (
            "base64 with padding",
            with("n", json!(format!("{}==", part(&n)))),
            unknown,
        ),
        (
            "base64 with line breaks",
            with("n", json!(format!("{}\r\n", part(&n)))),
            unknown,
        ),
        (
            "base64 of the other alphabet",
            with("n", json!(format!("+/{}", &part(&n)[2..]))),
            unknown,
        ),
        ("hexadecimal", with("e", json!("0x10001")), unknown),
        ("for encryption", with("use", json!("enc")), unknown),
        ("a use in capitals", with("use", json!("SIG")), unknown),
        ("an empty use", with("use", json!("")), unknown),
        (
            "a use of another type",
            with("use", json!(["sig"])),
            unknown,
        ),
        ("no use", with("use", json!("gone")), Accept),
        ("a use that is null", with("use", json!(null)), Accept),
        ("to sign", with("key_ops", json!(["sign"])), unknown),
        (
            "to encrypt and to wrap",
            with("key_ops", json!(["encrypt", "wrapKey"])),
            unknown,
        ),
        ("for nothing", with("key_ops", json!([])), unknown),
        ("to verify", with("key_ops", json!(["verify"])), Accept),
        (
            "operations of another type",
            with("key_ops", json!("verify")),
            unknown,
        ),
        ("RS384", with("alg", json!("RS384")), unknown),
        ("RSA-OAEP", with("alg", json!("RSA-OAEP")), unknown),
        ("HS256", with("alg", json!("HS256")), unknown),
        ("none", with("alg", json!("none")), unknown),
        ("no algorithm", with("alg", json!("gone")), Accept),
        (
            "a kid of another case",
            with("kid", json!("key-0")),
            unknown,
        ),
        ("a kid with a blank", with("kid", json!("KEY-0 ")), unknown),
        ("a kid that is a number", with("kid", json!(0)), unknown),
        (
            "a kid beyond all bounds",
            with("kid", json!("k".repeat(100_000))),
            unknown,
        ),
        ("no kid", with("kid", json!("gone")), unknown),
        (
            "a private key, published",
            with("d", json!(part_of(7, 256))),
            Accept,
        ),
        (
            "links and certificates",
            {
                let mut key = with("x5u", json!("{foreign}/x5u"));
                key["x5c"] = json!(["MIIB"]);
                key["x5t"] = json!("AA");
                key
            },
            Accept,
        ),
        (
            "a member that nobody knows",
            with("future", json!({"a": [1]})),
            Accept,
        ),
    ];
    let cases: Vec<_> = table
        .into_iter()
        .map(|(name, key, verdict)| Case::json(name, beside(&[key]), verdict))
        .collect();
    run(Stage::Keys, &cases);
}

#[test]
fn auth_071_073_sets_of_keys() {
    let (good, stranger) = (
        Key::development(0).jwk(),
        Key::development(3).named("KEY-0").jwk(),
    );
    let invalid = Refuse("KeysInvalid");
    let oct = json!({"kty": "oct", "kid": "x", "k": "AA"});
    let set = |keys: Vec<Value>| json!({ "keys": keys });
    let text = good.to_string();
    let twice = |member: &str, evil: &str, evil_first: bool| {
        let (open, rest) = text.split_at(1);
        let entry = if evil_first {
            format!("{open}\"{member}\":{evil},{rest}")
        } else {
            format!("{},\"{member}\":{evil}}}", &text[..text.len() - 1])
        };
        format!(r#"{{"keys":[{entry}]}}"#)
    };
    let evil_modulus = stranger["n"].to_string();
    let mut cases = vec![
        Case::json("the good one", set(vec![good.clone()]), Accept),
        Case::json("keys missing", json!({}), invalid),
        Case::json("keys null", json!({"keys": null}), invalid),
        Case::json("keys an object", json!({"keys": good}), invalid),
        Case::json("keys a text", json!({"keys": "KEY-0"}), invalid),
        Case::json("no keys", set(vec![]), invalid),
        Case::json(
            "none of use",
            set(vec![oct.clone(), json!(null), json!("x"), json!([])]),
            invalid,
        ),
        Case::json(
            "odd entries beside",
            set(vec![json!(null), json!(7), json!([]), good.clone()]),
            Accept,
        ),
        Case::json(
            "keys twice, evil first",
            format!(r#"{{"keys":[{stranger}],"keys":[{good}]}}"#),
            invalid,
        ),
        Case::json(
            "keys twice, evil last",
            format!(r#"{{"keys":[{good}],"keys":[{stranger}]}}"#),
            invalid,
        ),
        Case::json(
            "a modulus twice, evil first",
            twice("n", &evil_modulus, true),
            Either,
        ),
        Case::json(
            "a modulus twice, evil last",
            twice("n", &evil_modulus, false),
            Either,
        ),
        Case::json(
            "a use twice, evil first",
            twice("use", "\"enc\"", true),
            Either,
        ),
        Case::json(
            "a use twice, evil last",
            twice("use", "\"enc\"", false),
            Either,
        ),
        Case::json(
            "a kid twice in the set, evil first",
            set(vec![stranger.clone(), good.clone()]),
            Either,
        ),
        Case::json(
            "a kid twice in the set, evil last",
            set(vec![good.clone(), stranger.clone()]),
            Either,
        ),
        Case::json(
            "a kid twice, the first of no use",
            set(vec![with("use", json!("enc")), good.clone()]),
            Accept,
        ),
        Case::json(
            "the same key twice",
            set(vec![good.clone(), good.clone()]),
            Accept,
        ),
        Case::json(
            "64 keys",
            set([vec![oct.clone(); 63], vec![good.clone()]].concat()),
            Accept,
        ),
        Case::json(
            "65 keys",
            set([vec![oct.clone(); 64], vec![good.clone()]].concat()),
            invalid,
        ),
        Case::json("10,000 keys", set(vec![oct; 10_000]), invalid),
        Case::json(
            "10,000 real keys",
            set(vec![good.clone(); 10_000]),
            Refuse("Transport"),
        ),
        Case::json(
            "a set in a set",
            json!({"keys": [{"keys": [good.clone()]}]}),
            invalid,
        ),
        Case::json("one key instead of a set", good.clone(), invalid),
    ];
    // Tokens that play with the set.
    cases.push(
        Case::json(
            "a shared secret, published and used",
            beside(&[
                json!({"kty": "oct", "kid": "KEY-0", "alg": "HS256", "k": part(b"published")}),
            ]),
            Refuse("AlgorithmNotAllowed"),
        )
        .token(|issuer| hs256("KEY-0", b"published", &claims(issuer))),
    );
    let nameless: fn(&str) -> String =
        |issuer| Key::development(0).token(&json!({"kid": null}), &claims(issuer));
    cases.push(Case::json("no kid, one key", set(vec![good.clone()]), Accept).token(nameless));
    cases.push(
        Case::json(
            "no kid, two keys",
            beside(std::slice::from_ref(&good)),
            Refuse("NoKeyId"),
        )
        .token(nameless),
    );
    cases.push(
        Case::json(
            "a key for another algorithm of RSA",
            beside(&[with("alg", json!("PS256"))]),
            Refuse("AlgorithmNotAllowed"),
        )
        .token(|issuer| Key::development(0).sign_truly("PS256", &claims(issuer))),
    );
    run(Stage::Keys, &cases);
}
