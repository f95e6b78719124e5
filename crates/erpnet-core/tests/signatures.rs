//! Signatures with every library that is compiled in: published examples, and keys under the wrong algorithm.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erpnet_core::jose::{
    Compact, Header, KeySet, SignatureAlgorithm, SignatureAlgorithms, SignatureBackend,
    SignatureRules, TokenFault,
};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use SignatureAlgorithm::{Es256, Ps256, Rs256};

fn backends() -> Vec<SignatureBackend> {
    vec![
        SignatureBackend::Ring,
        #[cfg(feature = "aws-lc-rs")]
        SignatureBackend::AwsLcRs,
    ]
}

fn rules(algorithms: SignatureAlgorithms, backend: SignatureBackend) -> SignatureRules {
    let mut rules = SignatureRules::default();
    rules.algorithms = algorithms;
    rules.backend = backend;
    rules
}

/// Reads the keys and verifies the token with every library, which have to agree.
fn verdict(keys: &Value, token: &str, allowed: SignatureAlgorithms) -> Result<(), TokenFault> {
    let verdicts = backends().into_iter().map(|backend| {
        let set = KeySet::parse_with(keys.to_string().as_bytes(), rules(allowed, backend)).unwrap();
        let compact = Compact::split(token)?;
        let header = Header::of(&compact)?;
        let verdict = set.verify(&compact, &header);
        // A key that is not there is what leads to another look at the keys, and nothing else does.
        let missing = matches!(
            verdict,
            Err(TokenFault::UnknownKey { .. } | TokenFault::NoKeyId)
        );
        let refused = matches!(verdict, Err(TokenFault::AlgorithmNotAllowed { .. }));
        assert_eq!(set.has_key_for(&header), !missing && !refused);
        verdict
    });
    let verdicts: Vec<_> = verdicts.collect();
    assert!(
        verdicts.windows(2).all(|two| two[0] == two[1]),
        "{verdicts:?}"
    );
    verdicts[0].clone()
}

fn usable(keys: &[Value], allowed: SignatureAlgorithms) -> usize {
    let text = json!({ "keys": keys }).to_string();
    let count = |backend| {
        let set = KeySet::parse_with(text.as_bytes(), rules(allowed, backend)).unwrap();
        assert_eq!(set.len() + set.left_out(), keys.len());
        set.len()
    };
    let counts: Vec<_> = backends().into_iter().map(count).collect();
    assert!(counts.windows(2).all(|two| two[0] == two[1]), "{counts:?}");
    counts[0]
}

fn all() -> SignatureAlgorithms {
    SignatureAlgorithms::RS256.and(Ps256).and(Es256)
}

const CLAIMS_OF_JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// The key and the signature of RFC 7515, appendix A.2.
fn rsa_of_rfc_7515() -> (Value, String) {
    let n = concat!(
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC",
        "gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg66",
        "5xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWy",
        "uXpoQ"
    );
    let signature = concat!(
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t",
        "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j",
        "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ",
        "Ge77Rw"
    );
    let key = json!({ "kty": "RSA", "n": n, "e": "AQAB" });
    (
        key,
        format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS_OF_JOE}.{signature}"),
    )
}

/// The key and the signature of RFC 7515, appendix A.3.
fn ec_of_rfc_7515() -> (Value, String) {
    let key = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
    let signature =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    (
        key,
        format!("eyJhbGciOiJFUzI1NiJ9.{CLAIMS_OF_JOE}.{signature}"),
    )
}

/// The key and the signature of RFC 7520, sections 3.3 and 4.1.
fn rsa_of_rfc_7520() -> (Value, String) {
    let n = concat!(
        "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwG",
        "U_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3u",
        "hGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHd",
        "rNP5zw"
    );
    let payload = concat!(
        "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5k",
        "IGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4"
    );
    let signature = concat!(
        "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA",
        "78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQ",
        "dLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18",
        "kDquDg"
    );
    let header = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9";
    let key = json!({ "kty": "RSA", "kid": "bilbo.baggins@hobbiton.example", "use": "sig", "n": n, "e": "AQAB" });
    (key, format!("{header}.{payload}.{signature}"))
}

#[test]
fn the_examples_of_rfc_7515_and_7520_verify() {
    for (name, (key, token), algorithm) in [
        ("RFC 7515 A.2", rsa_of_rfc_7515(), Rs256),
        ("RFC 7515 A.3", ec_of_rfc_7515(), Es256),
        ("RFC 7520 4.1", rsa_of_rfc_7520(), Rs256),
    ] {
        let keys = json!({ "keys": [key] });
        for allowed in [SignatureAlgorithms::only(algorithm), all()] {
            assert_eq!(verdict(&keys, &token, allowed), Ok(()), "{name}");
        }
        let (input, signature) = token.rsplit_once('.').unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        for place in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut bad = bytes.clone();
            bad[place] ^= 1;
            let bad = format!("{input}.{}", URL_SAFE_NO_PAD.encode(bad));
            assert_eq!(
                verdict(&keys, &bad, all()),
                Err(TokenFault::BadSignature),
                "{name}: {place}"
            );
        }
        for bad in [
            Vec::new(),
            bytes[1..].to_vec(),
            bytes[..bytes.len() - 1].to_vec(),
            [&bytes[..], &[0]].concat(),
            [&[0][..], &bytes].concat(),
            vec![0; bytes.len()],
            vec![0xff; bytes.len()],
        ] {
            let bad = format!("{input}.{}", URL_SAFE_NO_PAD.encode(&bad));
            assert_eq!(
                verdict(&keys, &bad, all()),
                Err(TokenFault::BadSignature),
                "{name}: {bad}"
            );
        }
    }
}

/// AUTH-068: each algorithm is accepted where it is allowed, and nowhere else.
#[test]
fn auth_068_ps256_and_es256_have_to_be_allowed() {
    let (key, token) = ec_of_rfc_7515();
    let keys = json!({ "keys": [key] });
    let not = [
        SignatureAlgorithms::default(),
        SignatureAlgorithms::only(Ps256),
        SignatureAlgorithms::RS256.and(Ps256),
    ];
    for allowed in not {
        let fault = verdict(&keys, &token, allowed).unwrap_err();
        let found = "ES256".to_owned();
        assert_eq!(fault, TokenFault::AlgorithmNotAllowed { allowed, found });
        assert_eq!(usable(&[keys["keys"][0].clone()], allowed), 0);
    }
    let fault = verdict(&keys, &token, not[2]).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "expected the algorithm `RS256` or `PS256`, found `ES256`"
    );
    // What can never be allowed, with every algorithm that can.
    for alg in ["none", "HS256", "RS384", "ES384", "EdDSA"] {
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": alg }).to_string());
        for signature in ["", "AA", token.rsplit_once('.').unwrap().1] {
            let token = format!("{header}.{CLAIMS_OF_JOE}.{signature}");
            assert!(matches!(
                verdict(&keys, &token, all()),
                Err(TokenFault::AlgorithmNotAllowed { .. })
            ));
        }
    }
}

/// AUTH-071: the key has to be of the algorithm's type, whatever its id.
#[test]
fn auth_071_a_key_of_another_type_is_not_used() {
    let ((mut rsa, rs256), (mut ec, es256)) = (rsa_of_rfc_7515(), ec_of_rfc_7515());
    let relabelled = |token: &str, alg: &str| {
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": alg, "kid": "k" }).to_string());
        format!("{header}.{}", token.split_once('.').unwrap().1)
    };
    rsa["kid"] = json!("k");
    ec["kid"] = json!("k");
    let only = |key: &Value| json!({ "keys": [key] });
    let unknown = Err(TokenFault::UnknownKey { kid: "k".into() });
    for (keys, token, alg, expected) in [
        (only(&ec), &rs256, "RS256", unknown.clone()),
        (only(&ec), &es256, "RS256", unknown.clone()),
        (only(&ec), &es256, "PS256", unknown.clone()),
        (only(&rsa), &es256, "ES256", unknown.clone()),
        (only(&rsa), &rs256, "ES256", unknown),
        // PKCS #1 padding is not PSS.
        (only(&rsa), &rs256, "PS256", Err(TokenFault::BadSignature)),
        // Both under one id: the signature is looked at with the key of its type.
        (
            json!({ "keys": [ec, rsa] }),
            &rs256,
            "RS256",
            Err(TokenFault::BadSignature),
        ),
        (
            json!({ "keys": [rsa, ec] }),
            &es256,
            "ES256",
            Err(TokenFault::BadSignature),
        ),
    ] {
        assert_eq!(
            verdict(&keys, &relabelled(token, alg), all()),
            expected,
            "{alg}"
        );
    }
    // Without an id there has to be one key for the algorithm, and others do not count.
    let nameless = |keys: &[&Value]| {
        let keys: Vec<Value> = keys.iter().map(|key| (*key).clone()).collect();
        json!({ "keys": keys })
    };
    assert_eq!(verdict(&nameless(&[&ec, &rsa]), &es256, all()), Ok(()));
    assert_eq!(verdict(&nameless(&[&ec, &rsa]), &rs256, all()), Ok(()));
    assert_eq!(
        verdict(&nameless(&[&ec, &ec]), &es256, all()),
        Err(TokenFault::NoKeyId)
    );
}

/// AUTH-071: what an entry says about its use counts, algorithm by algorithm.
#[test]
fn auth_071_use_operations_and_algorithm_of_a_key() {
    let ((rsa, _), (ec, _)) = (rsa_of_rfc_7515(), ec_of_rfc_7515());
    let with = |key: &Value, member: &str, value: Value| {
        let mut key = key.clone();
        key[member] = value;
        key
    };
    let count = |key: Value| {
        let keys = std::slice::from_ref(&key);
        let only = |algorithm| usable(keys, SignatureAlgorithms::only(algorithm));
        [only(Rs256), only(Ps256), only(Es256), usable(keys, all())]
    };
    for (name, key, expected) in [
        ("RSA", rsa.clone(), [1, 1, 0, 1]),
        (
            "RSA for RS256",
            with(&rsa, "alg", json!("RS256")),
            [1, 0, 0, 1],
        ),
        (
            "RSA for PS256",
            with(&rsa, "alg", json!("PS256")),
            [0, 1, 0, 1],
        ),
        ("RSA for ES256", with(&rsa, "alg", json!("ES256")), [0; 4]),
        ("RSA for RS512", with(&rsa, "alg", json!("RS512")), [0; 4]),
        ("RSA for `rs256`", with(&rsa, "alg", json!("rs256")), [0; 4]),
        ("EC", ec.clone(), [0, 0, 1, 1]),
        (
            "EC for ES256",
            with(&ec, "alg", json!("ES256")),
            [0, 0, 1, 1],
        ),
        ("EC for RS256", with(&ec, "alg", json!("RS256")), [0; 4]),
        ("EC for ECDH", with(&ec, "alg", json!("ECDH-ES")), [0; 4]),
        (
            "to sign and verify",
            with(&ec, "key_ops", json!(["sign", "verify"])),
            [0, 0, 1, 1],
        ),
        ("to sign", with(&ec, "key_ops", json!(["sign"])), [0; 4]),
        ("for nothing", with(&ec, "key_ops", json!([])), [0; 4]),
        (
            "operations that are no list",
            with(&ec, "key_ops", json!("verify")),
            [0; 4],
        ),
        ("signatures", with(&ec, "use", json!("sig")), [0, 0, 1, 1]),
        ("encryption", with(&ec, "use", json!("enc")), [0; 4]),
        ("another curve", with(&ec, "crv", json!("P-384")), [0; 4]),
        (
            "a Koblitz curve",
            with(&ec, "crv", json!("secp256k1")),
            [0; 4],
        ),
        ("no curve", with(&ec, "crv", json!(null)), [0; 4]),
        ("an octet key pair", with(&ec, "kty", json!("OKP")), [0; 4]),
        (
            "a shared secret",
            json!({ "kty": "oct", "k": "AAAA", "alg": "HS256" }),
            [0; 4],
        ),
    ] {
        assert_eq!(count(key), expected, "{name}");
    }
}

/// Points that are not on the curve, and coordinates of another length, are left out when the set is read.
#[test]
fn points_beside_the_curve_are_left_out() {
    let (ec, token) = ec_of_rfc_7515();
    let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(ec[name].as_str().unwrap()).unwrap();
    let (x, y) = (coordinate("x"), coordinate("y"));
    let key = |x: &[u8], y: &[u8]| json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) });
    let mut beside = y.clone();
    beside[31] ^= 1;
    let long = |bytes: &[u8]| [&[0][..], bytes].concat();
    assert_eq!(usable(&[key(&x, &y)], all()), 1);
    for (name, bad) in [
        ("beside the curve", key(&x, &beside)),
        ("turned round", key(&y, &x)),
        ("zero", key(&[0; 32], &[0; 32])),
        ("beyond the field", key(&[0xff; 32], &[0xff; 32])),
        ("a leading zero", key(&long(&x), &long(&y))),
        ("a byte short", key(&x[1..], &y)),
        ("empty", key(&[], &[])),
        ("no y", json!({ "kty": "EC", "crv": "P-256", "x": ec["x"] })),
        (
            "padded",
            json!({ "kty": "EC", "crv": "P-256", "x": format!("{}=", ec["x"].as_str().unwrap()), "y": ec["y"] }),
        ),
        (
            "a number",
            json!({ "kty": "EC", "crv": "P-256", "x": 7, "y": ec["y"] }),
        ),
    ] {
        assert_eq!(usable(std::slice::from_ref(&bad), all()), 0, "{name}");
        let keys = json!({ "keys": [bad] });
        assert_eq!(
            verdict(&keys, &token, all()),
            Err(TokenFault::NoKeyId),
            "{name}"
        );
    }
    // The other root is on the curve, and another key.
    let p = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
    let p: Vec<u8> = (0..32)
        .map(|i| u8::from_str_radix(&p[2 * i..2 * i + 2], 16).unwrap())
        .collect();
    let (mut negative, mut borrow) = (vec![0; 32], 0);
    for i in (0..32).rev() {
        let difference = i16::from(p[i]) - i16::from(y[i]) - borrow;
        borrow = i16::from(difference < 0);
        negative[i] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let keys = json!({ "keys": [key(&x, &negative)] });
    assert_eq!(verdict(&keys, &token, all()), Err(TokenFault::BadSignature));
}

/// Sizes and numbers on which libraries differ are judged before either sees them.
#[test]
fn rsa_keys_on_the_edge_are_judged_alike() {
    let key = |n: &[u8], e: &[u8]| json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e) });
    let modulus = |first: u8, len: usize, last: u8| {
        let mut n = vec![0xa5; len];
        (n[0], n[len - 1]) = (first, last);
        n
    };
    for (name, n, e, expected) in [
        ("2048 bits", modulus(0x80, 256, 1), &[1, 0, 1][..], 1),
        ("2047 bits", modulus(0x7f, 256, 1), &[1, 0, 1], 0),
        ("2041 bits", modulus(0x01, 256, 1), &[1, 0, 1], 0),
        (
            "2048 bits and a sign byte",
            [&[0][..], &modulus(0x80, 256, 1)].concat(),
            &[1, 0, 1],
            1,
        ),
        ("2049 bits", modulus(0x01, 257, 1), &[1, 0, 1], 1),
        ("4096 bits", modulus(0xff, 512, 1), &[1, 0, 1], 1),
        ("4097 bits", modulus(0x01, 513, 1), &[1, 0, 1], 0),
        ("even", modulus(0x80, 256, 2), &[1, 0, 1], 0),
        ("exponent 3", modulus(0x80, 256, 1), &[3], 1),
        ("exponent 1", modulus(0x80, 256, 1), &[1], 0),
        ("an even exponent", modulus(0x80, 256, 1), &[1, 0, 0], 0),
        (
            "an exponent of 32 bits",
            modulus(0x80, 256, 1),
            &[0xff; 4],
            1,
        ),
        (
            "an exponent of 33 bits",
            modulus(0x80, 256, 1),
            &[1, 0, 0, 0, 1],
            0,
        ),
        ("exponent zero", modulus(0x80, 256, 1), &[0], 0),
    ] {
        assert_eq!(usable(&[key(&n, e)], all()), expected, "{name}");
        if expected == 1 {
            // Such a key is asked, and says no.
            let token = rsa_of_rfc_7515().1;
            let keys = json!({ "keys": [key(&n, e)] });
            assert_eq!(
                verdict(&keys, &token, all()),
                Err(TokenFault::BadSignature),
                "{name}"
            );
        }
    }
}

/// R and S, each as long as the order: DER, zeros and the order itself are none.
#[test]
#[expect(clippy::disallowed_methods, reason = "a key is made, and signs")]
fn es256_signatures_are_two_numbers_of_32_bytes() {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
    let point = pair.public_key().as_ref();
    let key = json!({ "kty": "EC", "crv": "P-256", "kid": "k", "x": URL_SAFE_NO_PAD.encode(&point[1..33]),
        "y": URL_SAFE_NO_PAD.encode(&point[33..]) });
    let keys = json!({ "keys": [key] });
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "ES256", "kid": "k" }).to_string());
    let input = format!("{header}.{CLAIMS_OF_JOE}");
    let signature = pair.sign(&random, input.as_bytes()).unwrap();
    let judge = |signature: &[u8]| {
        let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature));
        verdict(&keys, &token, all())
    };
    assert_eq!(judge(signature.as_ref()), Ok(()));
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> = (0..32)
        .map(|i| u8::from_str_radix(&order[2 * i..2 * i + 2], 16).unwrap())
        .collect();
    let (r, s) = signature.as_ref().split_at(32);
    for (name, bad) in [
        ("zeros", vec![0; 64]),
        ("r of zero", [&[0; 32][..], s].concat()),
        ("s of zero", [r, &[0; 32]].concat()),
        ("r of the order", [&order, s].concat()),
        ("s of the order", [r, &order].concat()),
        ("turned round", [s, r].concat()),
        (
            "DER",
            [&[0x30, 0x44, 0x02, 0x20][..], r, &[0x02, 0x20], s].concat(),
        ),
        ("63 bytes", signature.as_ref()[..63].to_vec()),
        ("96 bytes", [signature.as_ref(), r].concat()),
    ] {
        assert_eq!(judge(&bad), Err(TokenFault::BadSignature), "{name}");
    }
}
