//! ID tokens whose signature is good: one claim changed at a time, on every way (AUTH-180..183, AUTH-186, AUTH-196).

use std::time::Duration;

use erpnet_core::{ErrorKind, ServerClock};
use erpnet_tests::instance::START;
use erpnet_tests::sign_in::{CLIENT_ID, CODE, ISSUER, SignIn, WAYS, Way};
use erpnet_types::Timestamp;
use serde_json::{Value, json};

fn gone() -> Value {
    json!({ "gone": true })
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_seconds(second)
}

fn check(sign_in: &SignIn, ways: &[Way], claim: &str, table: &[(Value, &str)]) {
    for way in ways {
        let good = sign_in.token(*way, &json!({}));
        assert_eq!(sign_in.verdict(*way, &good), "ok", "{way:?}");
        for (value, expected) in table {
            let token = sign_in.token(*way, &json!({ claim: value }));
            let verdict = sign_in.verdict(*way, &token);
            assert_eq!(verdict, *expected, "{way:?} {claim}: {value}");
        }
    }
}

#[test]
fn auth_180_issuer_exactly() {
    check(
        &SignIn::default(),
        &WAYS,
        "iss",
        &[
            (gone(), "MissingClaim(iss)"),
            (json!(null), "MissingClaim(iss)"),
            (json!(1), "InvalidClaim(iss)"),
            (json!([ISSUER]), "InvalidClaim(iss)"),
            (json!(""), "WrongIssuer"),
            (json!(format!("{ISSUER}/")), "WrongIssuer"),
            (json!(ISSUER.to_uppercase()), "WrongIssuer"),
            (json!("https://id.erp.net/id"), "WrongIssuer"),
        ],
    );
}

#[test]
fn auth_180_audience_and_authorized_party() {
    let mut sign_in = SignIn::default();
    check(
        &sign_in,
        &[Way::Front, Way::Back],
        "aud",
        &[
            (gone(), "MissingClaim(aud)"),
            (json!(null), "MissingClaim(aud)"),
            (json!(1), "InvalidClaim(aud)"),
            (json!([1]), "InvalidClaim(aud)"),
            (json!({ "a": CLIENT_ID }), "InvalidClaim(aud)"),
            (json!([]), "WrongAudience"),
            (json!(""), "WrongAudience"),
            (json!(CLIENT_ID.to_uppercase()), "WrongAudience"),
            (json!(["other"]), "WrongAudience"),
            (json!([CLIENT_ID]), "ok"),
            (json!([CLIENT_ID, "other"]), "UntrustedAudience"),
            (json!(["other", CLIENT_ID]), "UntrustedAudience"),
        ],
    );
    check(
        &sign_in,
        &[Way::Front, Way::Back],
        "azp",
        &[
            (json!(CLIENT_ID), "ok"),
            (json!(null), "ok"),
            (json!("other"), "WrongAuthorizedParty"),
            (json!(""), "WrongAuthorizedParty"),
            (json!([CLIENT_ID]), "InvalidClaim(azp)"),
        ],
    );
    sign_in.rules = sign_in.rules.trust_audience("other");
    for (aud, azp, expected) in [
        (json!([CLIENT_ID, "other"]), gone(), "MissingClaim(azp)"),
        (json!([CLIENT_ID, "other"]), json!(CLIENT_ID), "ok"),
        (
            json!([CLIENT_ID, "other"]),
            json!("other"),
            "WrongAuthorizedParty",
        ),
        (
            json!([CLIENT_ID, "other", "third"]),
            json!(CLIENT_ID),
            "UntrustedAudience",
        ),
        (json!(["other"]), json!(CLIENT_ID), "WrongAudience"),
    ] {
        let token = sign_in.token(Way::Back, &json!({ "aud": aud, "azp": azp }));
        assert_eq!(sign_in.verdict(Way::Back, &token), expected, "{aud} {azp}");
    }
    let token = SignIn::default().token(Way::Back, &json!({ "aud": [CLIENT_ID, "crm"] }));
    let error = SignIn::default().verify(Way::Back, &token).unwrap_err();
    assert!(error.to_string().contains("`crm`"), "{error}");
    assert!(error.advice().contains("trust_audience"), "{error:?}");
}

#[test]
fn auth_180_times_to_the_second() {
    let sign_in = SignIn::default();
    check(
        &sign_in,
        &WAYS,
        "exp",
        &[
            (gone(), "MissingClaim(exp)"),
            (json!("1766505447"), "InvalidClaim(exp)"),
            (json!(-1), "InvalidClaim(exp)"),
            (json!(START - 60), "Expired"),
            (json!(START - 59), "ok"),
        ],
    );
    check(
        &sign_in,
        &WAYS,
        "iat",
        &[
            (gone(), "MissingClaim(iat)"),
            (json!(true), "InvalidClaim(iat)"),
            (json!(START + 61), "NotYetValid"),
            (json!(START + 60), "ok"),
            (json!(START - 9000), "ok"),
        ],
    );
    check(
        &sign_in,
        &WAYS,
        "nbf",
        &[
            (gone(), "ok"),
            (json!([]), "InvalidClaim(nbf)"),
            (json!(START + 61), "NotYetValid"),
            (json!(START + 60), "ok"),
        ],
    );
}

#[test]
fn auth_082_tolerance_is_bounded() {
    for (seconds, effective) in [(0, 0), (299, 299), (300, 300), (301, 300)] {
        let mut sign_in = SignIn::default();
        sign_in.rules = sign_in.rules.tolerance(Duration::from_secs(seconds));
        let verdict = |exp: i64| {
            sign_in.verdict(Way::Back, &sign_in.token(Way::Back, &json!({ "exp": exp })))
        };
        assert_eq!(verdict(START - effective), "Expired", "{seconds}");
        assert_eq!(verdict(START - effective + 1), "ok", "{seconds}");
    }
}

#[test]
fn a_clock_that_is_wrong_is_measured_and_named() {
    let mut sign_in = SignIn::default();
    // This machine is an hour behind: the authority's clock says START.
    sign_in.clock = ServerClock::read(at(START), sign_in.now, sign_in.now);
    sign_in.now.wall = at(START - 3600);
    let good = sign_in.token(Way::Back, &json!({}));
    assert_eq!(sign_in.verdict(Way::Back, &good), "ok");
    let old = sign_in.token(Way::Back, &json!({ "exp": START - 61 }));
    let error = sign_in.verify(Way::Back, &old).unwrap_err();
    assert!(
        error.advice().contains("3600 s behind"),
        "{}",
        error.advice()
    );
    // The request was sent a minute ago by the wrong clock, so the sign-in before it does not count.
    sign_in.max_age = Some((Duration::ZERO, at(START - 3600 - 60)));
    for (auth_time, expected) in [
        (START - 121, "StepUpNotPerformed"),
        (START - 120, "ok"),
        (START, "ok"),
    ] {
        let token = sign_in.token(Way::Back, &json!({ "auth_time": auth_time }));
        assert_eq!(sign_in.verdict(Way::Back, &token), expected, "{auth_time}");
    }
}

#[test]
fn auth_180_subject_is_required_and_bounded() {
    check(
        &SignIn::default(),
        &[Way::Front, Way::Back],
        "sub",
        &[
            (gone(), "MissingClaim(sub)"),
            (json!(null), "MissingClaim(sub)"),
            (json!(7), "InvalidClaim(sub)"),
            (json!(""), "InvalidClaim(sub)"),
            (json!("a\nb"), "InvalidClaim(sub)"),
            (json!("я".repeat(254)), "ok"),
            (json!("я".repeat(255)), "ok"),
            (json!("я".repeat(256)), "InvalidClaim(sub)"),
        ],
    );
}

#[test]
fn auth_180_nonce() {
    let table = [
        (gone(), "MissingClaim(nonce)"),
        (json!(null), "MissingClaim(nonce)"),
        (json!(1), "InvalidClaim(nonce)"),
        (json!(""), "NonceMismatch"),
        (json!("n-0S6_WzA2M"), "NonceMismatch"),
        (json!("n-0S6_WzA2Mk"), "NonceMismatch"),
        (json!("N-0S6_WZA2MJ"), "NonceMismatch"),
    ];
    let sign_in = SignIn::default();
    check(&sign_in, &[Way::Front, Way::Back], "nonce", &table);
    let token = sign_in.token(Way::Back, &json!({ "nonce": "another" }));
    let error = sign_in.verify(Way::Back, &token).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Security);
    assert!(error.advice().contains("new sign-in"), "{}", error.advice());
}

#[test]
fn auth_181_hashes() {
    let sign_in = SignIn::default();
    let wrong = |claim: &str| format!("HashMismatch({claim})");
    for (claim, ways, missing) in [
        ("c_hash", &[Way::Front][..], "MissingClaim(c_hash)"),
        ("at_hash", &[Way::Back, Way::Refresh], "ok"),
        ("s_hash", &[Way::Front, Way::Back], "ok"),
    ] {
        check(
            &sign_in,
            ways,
            claim,
            &[
                (gone(), missing),
                (json!(null), missing),
                (json!(22), &format!("InvalidClaim({claim})")),
                (json!(""), &wrong(claim)),
                (json!("LDktKdoQak3Pk0cnXxCltA"), &wrong(claim)),
            ],
        );
    }
    // Present where it need not be, it is checked all the same.
    let c_hash = json!({ "c_hash": "LDktKdoQak3Pk0cnXxCltA" });
    let token = sign_in.token(Way::Back, &c_hash);
    assert_eq!(sign_in.verdict(Way::Back, &token), wrong("c_hash"));
    let c_hash = json!({ "c_hash": erpnet_core::hash::left_half(CODE) });
    let token = sign_in.token(Way::Back, &c_hash);
    assert_eq!(sign_in.verdict(Way::Back, &token), "ok");
}

#[test]
fn auth_186_step_up_is_proved_by_auth_time() {
    let mut sign_in = SignIn::default();
    let verdicts = |sign_in: &SignIn, table: &[(Value, &str)]| {
        for (value, expected) in table {
            let token = sign_in.token(Way::Back, &json!({ "auth_time": value }));
            assert_eq!(sign_in.verdict(Way::Back, &token), *expected, "{value}");
        }
    };
    verdicts(
        &sign_in,
        &[
            (gone(), "ok"),
            (json!(START - 99_999), "ok"),
            (json!("now"), "InvalidClaim(auth_time)"),
        ],
    );
    sign_in.max_age = Some((Duration::from_secs(600), at(START - 10)));
    verdicts(
        &sign_in,
        &[
            (gone(), "MissingClaim(auth_time)"),
            (json!(null), "MissingClaim(auth_time)"),
            (json!(START - 671), "StepUpNotPerformed"),
            (json!(START - 670), "ok"),
            (json!(START + 60), "ok"),
            (json!(START + 61), "InvalidClaim(auth_time)"),
        ],
    );
    sign_in.max_age = Some((Duration::ZERO, at(START - 10)));
    let stale = sign_in.token(Way::Front, &json!({}));
    let error = sign_in.verify(Way::Front, &stale).unwrap_err();
    assert!(
        error.to_string().contains("step-up was not performed"),
        "{error}"
    );
    assert!(error.needs_sign_in() && error.advice().contains("prompt=login"));
}

#[test]
fn auth_182_front_and_back_agree() {
    let sign_in = SignIn::default();
    let front = sign_in.token(Way::Front, &json!({}));
    let front = sign_in.verify(Way::Front, &front).unwrap();
    let back = |change: &Value| {
        let token = sign_in.token(Way::Back, change);
        sign_in.verify(Way::Back, &token).unwrap()
    };
    assert!(back(&json!({})).check_same_sign_in(&front).is_ok());
    // Other claims may differ: the two are different tokens.
    let other_session = json!({ "sid": "0", "amr": "pwd" });
    assert!(back(&other_session).check_same_sign_in(&front).is_ok());
    let error = back(&json!({ "sub": "j.roe" })).check_same_sign_in(&front);
    let error = error.unwrap_err();
    assert!(error.to_string().contains("`sub`"), "{error}");
    assert!(!error.to_string().contains("roe"), "{error}");
}

#[test]
fn auth_196_a_refresh_is_about_the_same_user() {
    let mut sign_in = SignIn::default();
    sign_in.rules = sign_in.rules.trust_audience("other");
    for (change, expected) in [
        (json!({}), "ok"),
        (json!({ "sub": "j.roe" }), "ChangedClaim(sub)"),
        (json!({ "sub": gone() }), "MissingClaim(sub)"),
        (json!({ "aud": [CLIENT_ID] }), "ok"),
        (
            json!({ "aud": [CLIENT_ID, "other"], "azp": CLIENT_ID }),
            "ChangedClaim(azp)",
        ),
        (json!({ "azp": CLIENT_ID }), "ChangedClaim(azp)"),
        (json!({ "nonce": "another" }), "ChangedClaim(nonce)"),
        (json!({ "nonce": "n-0S6_WzA2Mj" }), "ok"),
        (json!({ "auth_time": START }), "ChangedClaim(auth_time)"),
        (json!({ "auth_time": gone() }), "ok"),
        (json!({ "at_hash": gone(), "sid": "1" }), "ok"),
    ] {
        let token = sign_in.token(Way::Refresh, &change);
        assert_eq!(sign_in.verdict(Way::Refresh, &token), expected, "{change}");
    }
}

#[test]
fn auth_075_180_other_tokens_are_no_id_tokens() {
    let sign_in = SignIn::default();
    for (typ, expected) in [
        (json!("JWT"), "ok"),
        (json!("jwt"), "ok"),
        (json!("application/jwt"), "ok"),
        (json!(null), "ok"),
        (json!("at+jwt"), "WrongType"),
        (json!("AT+JWT"), "WrongType"),
        (json!("application/at+jwt"), "WrongType"),
        (json!("logout+jwt"), "WrongType"),
        (json!("dpop+jwt"), "WrongType"),
        (json!(""), "WrongType"),
    ] {
        for way in WAYS {
            let token = sign_in.token_with(&json!({ "typ": typ }), &SignIn::claims(way));
            assert_eq!(sign_in.verdict(way, &token), expected, "{way:?} {typ}");
        }
    }
    let userless = sign_in.token(Way::Back, &json!({ "events": {}, "sub": gone() }));
    assert_eq!(sign_in.verdict(Way::Back, &userless), "MissingClaim(sub)");
}

#[test]
fn a_member_twice_is_refused() {
    let sign_in = SignIn::default();
    for name in ["iss", "aud", "sub", "nonce", "exp", "made_up"] {
        let payload = SignIn::claims_with(Way::Back, &json!({ name: 1 })).to_string();
        let twice = payload.replacen('{', &format!(r#"{{"{name}":1,"#), 1);
        let header = json!({ "alg": "RS256", "kid": sign_in.key.kid, "typ": "JWT" }).to_string();
        let token = sign_in.key.sign(&header, twice.as_bytes());
        let verdict = sign_in.verdict(Way::Back, &token);
        assert_eq!(verdict, format!("DuplicateMember({name})"));
    }
}

#[test]
fn auth_073_unknown_keys_are_told_apart() {
    let sign_in = SignIn::default();
    let verifier = sign_in.verifier();
    let token = |header: &Value| sign_in.token_with(header, &SignIn::claims(Way::Back));
    for (header, wanted, verdict) in [
        (json!({}), false, "ok"),
        (json!({ "kid": "NEW" }), true, "UnknownKey"),
        (json!({ "kid": null }), false, "NoKeyId"),
        (
            json!({ "kid": "NEW", "alg": "none" }),
            false,
            "AlgorithmNotAllowed",
        ),
        (json!({ "kid": "KEY-2" }), false, "BadSignature"),
    ] {
        let token = token(&header);
        assert_eq!(verifier.needs_other_keys(&token), wanted, "{header}");
        assert_eq!(sign_in.verdict(Way::Back, &token), verdict, "{header}");
    }
    for odd in ["", "a.b.c", "enrt_0A", "a.b.c.d.e"] {
        assert!(!verifier.needs_other_keys(odd), "{odd}");
    }
}

/// What an integrator reads at night says what it means and what to do.
#[test]
fn auth_180_every_refusal_has_advice_of_its_own() {
    let sign_in = SignIn {
        max_age: Some((Duration::from_secs(600), at(START))),
        ..SignIn::default()
    };
    for (way, change, words) in [
        (
            Way::Back,
            json!({ "nonce": "x" }),
            "answers another sign-in",
        ),
        (
            Way::Back,
            json!({ "nonce": gone() }),
            "answers another sign-in",
        ),
        (
            Way::Back,
            json!({ "iss": "x" }),
            "exactly as its metadata names it",
        ),
        (Way::Back, json!({ "aud": "x" }), "check the client id"),
        (
            Way::Back,
            json!({ "aud": [CLIENT_ID, "x"] }),
            "trust_audience",
        ),
        (
            Way::Back,
            json!({ "azp": "x" }),
            "requested by another application",
        ),
        (
            Way::Back,
            json!({ "at_hash": "x" }),
            "access token is not the one",
        ),
        (Way::Front, json!({ "c_hash": "x" }), "injected a code"),
        (Way::Front, json!({ "c_hash": gone() }), "injected a code"),
        (
            Way::Front,
            json!({ "s_hash": "x" }),
            "do not belong together",
        ),
        (Way::Back, json!({ "auth_time": 1 }), "prompt=login"),
        (
            Way::Back,
            json!({ "auth_time": gone() }),
            "does not say when",
        ),
        (Way::Refresh, json!({ "sub": "x" }), "different sign-ins"),
        (Way::Back, json!({ "exp": 1 }), "lives for 300 s"),
        (
            Way::Back,
            json!({ "sub": gone() }),
            "do not sign anybody in",
        ),
    ] {
        let token = sign_in.token(way, &change);
        let error = sign_in.verify(way, &token).unwrap_err();
        assert!(
            error.advice().contains(words),
            "{change}: {}",
            error.advice()
        );
        let shown = error.to_string();
        assert!(
            shown.starts_with("the ID token was refused: ") && !shown.ends_with('.'),
            "{shown}"
        );
    }
    let unnamed = sign_in.token_with(&json!({ "kid": null }), &SignIn::claims(Way::Back));
    let error = sign_in.verify(Way::Back, &unnamed).unwrap_err();
    assert!(error.advice().contains("not tried in turn"), "{error}");
}
