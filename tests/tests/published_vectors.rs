//! The examples of RFC 7515 and RFC 7520, and the invalid classes of the Wycheproof sets for JWS, as cases of our own.

use erpnet::TokenFault;
use erpnet::core::jose::{Compact, Header, KeySet};
use erpnet_tests::gateway::fault_name;
use erpnet_tests::signing::{Key, hs256, part};
use serde_json::{Value, json};

/// RFC 7515 appendix A.2: the public part of the key.
const RFC_7515_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddx\
    HmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs\
    D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSH\
    SXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV\
    MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8\
    NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";

/// The payload of its appendix A.
const RFC_7515_PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// Its appendix A.2.1: the signature with RS256.
const RFC_7515_RS256: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7\
    AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4\
    BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K\
    0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv\
    hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB\
    p0igcN_IoypGlUPQGe77Rw";

/// RFC 7520 section 3.3: the public key.
const RFC_7520_N: &str = "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT\
    -O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqV\
    wGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-\
    oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde\
    3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuC\
    LqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5g\
    HdrNP5zw";

/// Its section 4: the payload of the examples.
const RFC_7520_PAYLOAD: &str = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IH\
    lvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBk\
    b24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcm\
    UgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";

/// Its section 4.1: the signature with RS256.
const RFC_7520_RS256: &str = "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmK\
    ZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4J\
    IwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8w\
    W1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluP\
    xUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_f\
    cIe8u9ipH84ogoree7vjbU5y18kDquDg";

/// The key id of its examples.
const RFC_7520_KID: &str = "bilbo.baggins@hobbiton.example";

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

/// `ok`, or the name of the first check that fails.
fn verdict(keys: &KeySet, token: &str) -> String {
    let verify = || -> Result<(), TokenFault> {
        let compact = Compact::split(token)?;
        keys.verify(&compact, &Header::of(&compact)?)
    };
    verify().map_or_else(|fault| fault_name(&fault), |()| "ok".to_owned())
}

#[test]
fn auth_068_the_examples_of_rfc_7515() {
    let keys = set(&[json!({"kty": "RSA", "n": RFC_7515_N, "e": "AQAB"})]);
    let with = |header: &str, signature: &str| format!("{header}.{RFC_7515_PAYLOAD}.{signature}");
    let a2 = with("eyJhbGciOiJSUzI1NiJ9", RFC_7515_RS256);
    assert_eq!(verdict(&keys, &a2), "ok", "A.2");
    let compact = Compact::split(&a2).unwrap();
    let payload =
        "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
    assert_eq!(compact.payload().unwrap(), payload, "A.2");

    let a1 = with(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    );
    let a3 = with(
        "eyJhbGciOiJFUzI1NiJ9",
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    );
    let a5 = with("eyJhbGciOiJub25lIn0", "");
    for (name, token) in [("A.1, HS256", a1), ("A.3, ES256", a3), ("A.5, none", a5)] {
        assert_eq!(verdict(&keys, &token), "AlgorithmNotAllowed", "{name}");
    }
    // A.6 and A.7: the JSON serialisations are no tokens (RFC 7519 section 1).
    let general = json!({"payload": RFC_7515_PAYLOAD, "signatures": [
        {"protected": "eyJhbGciOiJSUzI1NiJ9", "header": {"kid": "2010-12-29"}, "signature": RFC_7515_RS256}]});
    let flat = json!({"payload": RFC_7515_PAYLOAD, "protected": "eyJhbGciOiJSUzI1NiJ9", "signature": RFC_7515_RS256});
    for json in [general, flat] {
        assert_eq!(verdict(&keys, &json.to_string()), "Malformed");
    }
    // Appendix E: a critical extension that nobody defines. Its algorithm is none; with RS256, the extension decides.
    for (alg, expected) in [("none", "AlgorithmNotAllowed"), ("RS256", "CriticalHeader")] {
        let header = json!({"alg": alg, "crit": ["http://example.invalid/UNDEFINED"], "http://example.invalid/UNDEFINED": true});
        let token = format!("{}.RkFJTA.", part(header.to_string().as_bytes()));
        assert_eq!(verdict(&keys, &token), expected, "appendix E");
    }
    // Appendix F: detached content is no token.
    let detached = format!("eyJhbGciOiJSUzI1NiJ9..{RFC_7515_RS256}");
    assert_eq!(verdict(&keys, &detached), "BadSignature");
}

#[test]
fn auth_068_070_the_examples_of_rfc_7520() {
    let key = |change: &dyn Fn(&mut Value)| {
        let mut key =
            json!({"kty": "RSA", "kid": RFC_7520_KID, "use": "sig", "n": RFC_7520_N, "e": "AQAB"});
        change(&mut key);
        set(&[key, Key::development(0).jwk()])
    };
    let keys = key(&|_| ());
    let header =
        |alg: &str| part(format!(r#"{{"alg":"{alg}","kid":"{RFC_7520_KID}"}}"#).as_bytes());
    assert_eq!(
        header("RS256"),
        "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9"
    );
    let token = |alg: &str| format!("{}.{RFC_7520_PAYLOAD}.{RFC_7520_RS256}", header(alg));
    assert_eq!(verdict(&keys, &token("RS256")), "ok", "4.1");
    for alg in ["PS384", "ES512", "HS256"] {
        assert_eq!(
            verdict(&keys, &token(alg)),
            "AlgorithmNotAllowed",
            "4.2 to 4.4: {alg}"
        );
    }
    let detached = format!("{}..{RFC_7520_RS256}", header("RS256"));
    assert_eq!(verdict(&keys, &detached), "BadSignature", "4.5");
    // The payload is no JSON: a good signature alone makes no claims.
    let good = token("RS256");
    let text = Compact::split(&good).unwrap().payload().unwrap();
    assert!(
        text.starts_with("It\u{2019}s a dangerous business"),
        "{text}"
    );
    assert!(erpnet::core::jose::Members::parse(text).is_err());
    // The key under another name, another case of it, or for another use.
    for (member, value) in [
        ("kid", json!("frodo")),
        ("kid", json!("Bilbo.Baggins@hobbiton.example")),
        ("use", json!("enc")),
    ] {
        let keys = key(&|key| key[member] = value.clone());
        assert_eq!(
            verdict(&keys, &token("RS256")),
            "UnknownKey",
            "{member} {value}"
        );
    }
}

/// What Wycheproof calls invalid of a JWS with RSA, by class.
#[test]
fn auth_068_081_the_invalid_classes_of_wycheproof() {
    let key = Key::development(0);
    let keys = set(&[key.jwk()]);
    let claims = json!({"a": 1});
    let good = key.token(&json!({}), &claims);
    assert_eq!(verdict(&keys, &good), "ok");
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("three parts")
    };
    let with = |signature: &[u8]| format!("{header}.{payload}.{}", part(signature));
    let raw = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature)
        .unwrap();
    let headed = |json: &str| key.sign(json, claims.to_string().as_bytes());
    let kid = &key.kid;
    let flipped = |bit: usize| {
        let mut bytes = raw.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        with(&bytes)
    };
    let (bad, malformed) = ("BadSignature", "Malformed");
    let mut table = vec![
        ("an empty signature", with(&[]), bad),
        ("a signature of zeros", with(&[0; 256]), bad),
        (
            "a signature of one",
            with(&[[0; 255].as_slice(), &[1]].concat()),
            bad,
        ),
        ("a signature of ones", with(&[0xff; 256]), bad),
        ("the modulus as signature", with(&key.components().0), bad),
        ("a byte cut off the end", with(&raw[..255]), bad),
        ("a byte cut off the front", with(&raw[1..]), bad),
        ("a zero in front", with(&[&[0], &raw[..]].concat()), bad),
        ("a zero behind", with(&[&raw[..], &[0]].concat()), bad),
        ("twice", with(&[&raw[..], &raw[..]].concat()), bad),
        (
            "a signature as long as that of 8192 bits",
            with(&[0x5a; 1024]),
            "Malformed|BadSignature",
        ),
        (
            "a longer one",
            with(&[0x5a; 1025]),
            "Malformed|BadSignature",
        ),
        (
            "another key's signature",
            Key::development(1).named(kid).token(&json!({}), &claims),
            bad,
        ),
        (
            "another payload's signature",
            format!("{header}.{}.{signature}", part(b"{\"a\":2}")),
            bad,
        ),
        (
            "another header's signature",
            format!(
                "{}.{payload}.{signature}",
                part(format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#).as_bytes())
            ),
            bad,
        ),
        (
            "header and payload swapped",
            format!("{payload}.{header}.{signature}"),
            "NotJson",
        ),
        (
            "no signature part",
            format!("{header}.{payload}"),
            malformed,
        ),
        ("a fourth part", format!("{good}.AA"), malformed),
        (
            "an empty header",
            format!(".{payload}.{signature}"),
            "NotJson",
        ),
        ("nothing but dots", "..".to_owned(), "NotJson"),
        ("a blank in front", format!(" {good}"), malformed),
        ("a line break behind", format!("{good}\n"), malformed),
        (
            "a blank in the signature",
            good.replacen(&signature[9..10], &format!(" {}", &signature[9..10]), 1),
            "Malformed|NotJson",
        ),
        ("padding", format!("{good}=="), malformed),
        (
            "spare bits set",
            format!(
                "{header}.{payload}.{}{}",
                &signature[..signature.len() - 1],
                "B"
            ),
            malformed,
        ),
        (
            "HMAC with the modulus",
            hs256(kid, &key.components().0, &claims),
            "AlgorithmNotAllowed",
        ),
        (
            "no alg",
            headed(&format!(r#"{{"kid":"{kid}"}}"#)),
            "NotJson",
        ),
        ("an empty header object", headed("{}"), "NotJson"),
        (
            "a list of algorithms",
            headed(&format!(r#"{{"alg":["RS256"],"kid":"{kid}"}}"#)),
            "NotJson",
        ),
        (
            "alg in escapes",
            headed(&format!(r#"{{"alg":"\u0052S256","kid":"{kid}"}}"#)),
            "ok",
        ),
        (
            "alg twice",
            headed(&format!(r#"{{"alg":"RS256","alg":"RS256","kid":"{kid}"}}"#)),
            "DuplicateMember",
        ),
        (
            "b64 without crit",
            headed(&format!(r#"{{"alg":"RS256","kid":"{kid}","b64":false}}"#)),
            "ok|CriticalHeader",
        ),
        (
            "b64 with crit",
            headed(&format!(
                r#"{{"alg":"RS256","kid":"{kid}","b64":false,"crit":["b64"]}}"#
            )),
            "CriticalHeader",
        ),
        (
            "an empty crit",
            headed(&format!(r#"{{"alg":"RS256","kid":"{kid}","crit":[]}}"#)),
            "CriticalHeader",
        ),
        (
            "a crit that is no list",
            headed(&format!(r#"{{"alg":"RS256","kid":"{kid}","crit":"exp"}}"#)),
            "CriticalHeader|NotJson",
        ),
    ];
    for bit in [0, 1, 7, 8, 1023, 1024, 2040, 2047] {
        table.push(("a bit changed", flipped(bit), bad));
    }
    for alg in [
        "none", "NONE", "rs256", "RS257", "RS256 ", "RS1", "RS384", "RS512", "PS256", "HS256",
        "ES256", "EdDSA", "RSA1_5", "dir",
    ] {
        table.push((
            alg,
            headed(&format!(r#"{{"alg":"{alg}","kid":"{kid}"}}"#)),
            "AlgorithmNotAllowed",
        ));
    }
    table.push(("beyond the modulus", beyond_the_modulus(&key), bad));
    for (name, token, expected) in table {
        let found = verdict(&keys, &token);
        assert!(
            expected.split('|').any(|one| one == found),
            "{name}: {found}"
        );
    }
}

/// A good signature with the modulus added: the same number to whoever forgets to compare (RFC 8017 section 5.2.2).
fn beyond_the_modulus(key: &Key) -> String {
    let (modulus, _) = key.components();
    for number in 0.. {
        let token = key.token(&json!({}), &json!({ "jti": number }));
        let (input, signature) = token.rsplit_once('.').unwrap();
        let raw =
            base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature)
                .unwrap();
        let mut sum = vec![0; modulus.len()];
        let mut carry = 0;
        for place in (0..modulus.len()).rev() {
            let [low, high] =
                (u16::from(raw[place]) + u16::from(modulus[place]) + carry).to_le_bytes();
            sum[place] = low;
            carry = u16::from(high);
        }
        // Only a sum that is no longer than the modulus is of use.
        if carry == 0 {
            return format!("{input}.{}", part(&sum));
        }
    }
    unreachable!("a third of all signatures is small enough")
}
