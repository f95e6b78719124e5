//! From the answer to a session as tables: what is sent, in which order, and after what nothing more (AUTH-171..183).

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::complete::{CompleteSignIn, Completed, SignInParty};
use super::pending::tests::pending;
use super::pending::{Accepted, PendingSignIn};
use super::*;
use crate::ErrorKind;
use crate::error::Reason;
use crate::flow::{Flow, Generation, Step, StoreCommand, StoreError, StoreReply};
use crate::hash::left_half;
use crate::testing::{
    Answer, DEADLINE, ISSUER, RETRY, Run, START, id_token, id_token_by, instance, jwks, keys, now,
    provider, registration, run,
};
use crate::transport_error::Sent;

const TOKEN: &str = "POST /id/connect/token";
const KEYS: &str = "GET /id/jwks";
const CODE: &str = "the-code-of-this-sign-in";

fn party() -> SignInParty {
    SignInParty {
        keeps_for: Some(instance()),
        registration: registration(),
        provider: provider(),
        keys: keys("k1"),
        clock: None,
        tolerance: Duration::from_secs(60),
        deadline: DEADLINE,
        retry: RETRY,
        seed: 7,
    }
}

fn begun(response_type: ResponseType) -> PendingSignIn {
    PendingSignIn {
        response_type,
        started: START.before(Duration::from_secs(30)),
        return_to: Some("/here".to_owned()),
        ..pending()
    }
}

fn plain() -> Accepted {
    let callback = Callback::from_query(&format!("code={CODE}&state=the-state")).unwrap();
    accept(begun(ResponseType::Code), &callback)
}

/// The hybrid answer, its ID token with some claims replaced.
fn hybrid_by(kid: &str, change: &Value) -> Accepted {
    let mut claims = json!({ "c_hash": left_half(CODE), "s_hash": left_half("the-state") });
    for (name, value) in change.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    let token = id_token_by(kid, &claims);
    let form = format!("code={CODE}&state=the-state&id_token={token}");
    accept(
        begun(ResponseType::CodeIdToken),
        &Callback::from_form(form.as_bytes()).unwrap(),
    )
}

fn hybrid(change: &Value) -> Accepted {
    hybrid_by("k1", change)
}

fn accept(pending: PendingSignIn, callback: &Callback) -> Accepted {
    pending
        .accept(callback, Duration::from_secs(600), now())
        .unwrap()
}

fn tokens(change: &Value) -> Answer {
    let mut answer = json!({
        "access_token": "access-new", "expires_in": 3600, "token_type": "Bearer", "scope": "openid read",
        "refresh_token": "refresh-new", "id_token": id_token(&json!({ "at_hash": left_half("access-new") })),
    });
    for (name, value) in change.as_object().into_iter().flatten() {
        answer[name] = value.clone();
    }
    Answer::json(&answer)
}

fn with_id_token(change: &Value) -> Answer {
    tokens(&json!({ "id_token": id_token(change) }))
}

fn committed() -> Answer {
    Answer::Store(StoreReply::Committed(Some(Generation(1))))
}

fn complete(accepted: Accepted, answers: impl IntoIterator<Item = Answer>) -> Run<Completed> {
    run(&mut CompleteSignIn::new(party(), accepted), answers)
}

#[test]
fn auth_175_177_code_for_tokens_then_the_store() {
    for accepted in [plain(), hybrid(&json!({}))] {
        let run = complete(accepted, [tokens(&json!({})), committed()]);
        assert_eq!(run.asked, [TOKEN, "commit"]);
        for part in [
            "grant_type=authorization_code",
            CODE,
            "code_verifier=the-verifier",
            "client_secret=",
        ] {
            assert!(run.forms[0].contains(part), "{part}");
        }
        let kept = &run.kept[0];
        assert_eq!(kept.refresh_token.as_ref().unwrap().expose(), "refresh-new");
        assert_eq!(kept.expires, START.after(Duration::from_secs(3600)));
        assert_eq!(
            (kept.user.subject.as_str(), kept.signed_in),
            ("j.doe", START)
        );
        let signed_in = run.outcome.unwrap().into_signed_in().unwrap();
        assert_eq!(signed_in.return_to(), Some("/here"));
        assert_eq!(signed_in.session().subject, "D1FFEDFE", "AUTH-206");
        assert!(signed_in.is_renewable() && signed_in.withheld().is_empty());
    }
}

#[test]
fn who_only_identifies_keeps_nothing() {
    let party = SignInParty {
        keeps_for: None,
        ..party()
    };
    let run = run(
        &mut CompleteSignIn::new(party, plain()),
        [tokens(&json!({}))],
    );
    assert_eq!(run.asked, [TOKEN]);
    let completed = run.outcome.unwrap();
    assert!(completed.session.is_none() && completed.into_signed_in().is_err());
}

/// OpenID Connect Core 3.3.2.10: after a front-channel ID token that fails, the code is not used.
#[test]
fn auth_181_182_a_bad_front_channel_token_sends_nothing() {
    for change in [
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "c_hash": left_half("another code") }),
        json!({ "c_hash": null }),
        json!({ "s_hash": left_half("another state") }),
        json!({ "iss": "https://id.erp.net/id" }),
        json!({ "aud": "another" }),
        json!({ "aud": ["PK", "another"], "azp": "PK" }),
        json!({ "azp": "another" }),
        json!({ "sub": null }),
        json!({ "iat": null }),
        json!({ "exp": START.unix_seconds() - 61 }),
        json!({ "nbf": START.unix_seconds() + 61 }),
    ] {
        let run = complete(hybrid(&change), []);
        assert!(run.asked.is_empty(), "{change}");
        let error = run.outcome.unwrap_err();
        assert!(matches!(error.reason(), Reason::IdToken(_)), "{error}");
        assert_eq!(error.kind(), ErrorKind::Security);
    }
}

#[test]
fn auth_180_a_bad_token_from_the_endpoint_keeps_nothing() {
    for change in [
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "at_hash": left_half("another token") }),
        json!({ "c_hash": left_half("another code") }),
        json!({ "iss": "https://id.erp.net/id" }),
        json!({ "aud": "another" }),
        json!({ "sub": null }),
        json!({ "exp": START.unix_seconds() - 61 }),
    ] {
        for accepted in [plain(), hybrid(&json!({}))] {
            let run = complete(accepted, [with_id_token(&change)]);
            assert_eq!(run.asked, [TOKEN], "{change}");
            assert!(matches!(
                run.outcome.unwrap_err().reason(),
                Reason::IdToken(_)
            ));
        }
    }
}

#[test]
fn auth_182_front_and_back_are_about_the_same_person() {
    let run = complete(hybrid(&json!({ "sub": "j.roe" })), [tokens(&json!({}))]);
    assert_eq!(run.asked, [TOKEN]);
    let error = run.outcome.unwrap_err();
    assert!(error.to_string().contains("`sub`"), "{error}");
    // In the plain flow nothing from the browser is looked at.
    let callback = format!("code={CODE}&state=the-state&id_token=a.b.c");
    let accepted = accept(
        begun(ResponseType::Code),
        &Callback::from_query(&callback).unwrap(),
    );
    assert!(
        complete(accepted, [tokens(&json!({})), committed()])
            .outcome
            .is_ok()
    );
}

#[test]
fn auth_186_a_step_up_is_proved() {
    let at = |seconds: i64| json!({ "auth_time": START.unix_seconds() + seconds });
    // The request was 30 s ago; clocks may differ by 60 s.
    for (auth_time, fine) in [
        (-91, false),
        (-90, true),
        (0, true),
        (60, true),
        (61, false),
    ] {
        let mut accepted = plain();
        accepted.pending.fresh = true;
        let more = fine.then(committed);
        let run = complete(
            accepted,
            [with_id_token(&at(auth_time))].into_iter().chain(more),
        );
        assert_eq!(run.outcome.is_ok(), fine, "{auth_time}");
    }
    let mut accepted = plain();
    accepted.pending.max_age = Some(Duration::ZERO);
    let without = complete(accepted, [with_id_token(&json!({ "auth_time": null }))]);
    assert!(without.outcome.is_err() && without.kept.is_empty());
}

#[test]
fn auth_073_keys_are_fetched_once_in_a_sign_in() {
    let by = |kid: &str| tokens(&json!({ "id_token": id_token_by(kid, &json!({})) }));
    let fresh = || Answer::json(&jwks("k2"));
    for (accepted, answers, asked) in [
        (
            plain(),
            vec![by("k2"), fresh(), committed()],
            vec![TOKEN, KEYS, "commit"],
        ),
        (plain(), vec![by("k3"), fresh()], vec![TOKEN, KEYS]),
        (
            hybrid_by("k2", &json!({})),
            vec![fresh(), by("k2"), committed()],
            vec![KEYS, TOKEN, "commit"],
        ),
        (hybrid_by("k3", &json!({})), vec![fresh()], vec![KEYS]),
        // Once: the second unknown key is not looked for.
        (
            hybrid_by("k2", &json!({})),
            vec![fresh(), by("k3")],
            vec![KEYS, TOKEN],
        ),
        (
            hybrid_by("k2", &json!({})),
            vec![Answer::Http(404, String::new())],
            vec![KEYS],
        ),
        (
            plain(),
            vec![by("k2"), Answer::Http(404, String::new())],
            vec![TOKEN, KEYS],
        ),
    ] {
        let run = complete(accepted, answers);
        assert_eq!(run.asked, asked);
        assert_eq!(
            run.outcome.is_ok(),
            asked.last() == Some(&"commit"),
            "{asked:?}"
        );
        if let Ok(completed) = run.outcome {
            assert!(completed.keys.is_some(), "what was learnt is told");
        }
    }
}

#[test]
fn auth_176_an_exchange_is_sent_once_whatever_comes() {
    for (answer, needs_sign_in) in [
        (Answer::Lost(Sent::Maybe), true),
        (Answer::Lost(Sent::Never), false),
        (Answer::Http(500, String::new()), false),
        (Answer::Http(503, String::new()), false),
        (Answer::Http(429, String::new()), false),
        (Answer::refused("invalid_grant"), true),
        (Answer::refused("invalid_client"), false),
        (tokens(&json!({ "id_token": null })), false),
        (tokens(&json!({ "access_token": null })), false),
        (tokens(&json!({ "token_type": "mac" })), false),
    ] {
        let run = complete(plain(), [answer.clone()]);
        assert_eq!(run.asked, [TOKEN], "{answer:?}");
        let error = run.outcome.unwrap_err();
        assert_eq!(error.needs_sign_in(), needs_sign_in, "{error}");
    }
}

#[test]
fn a_store_that_does_not_keep_the_session_is_an_error() {
    let broken = StoreReply::Failed(StoreError::unavailable("x"));
    for (reply, kind) in [
        (broken, ErrorKind::Store),
        (StoreReply::Committed(None), ErrorKind::Defect),
        (StoreReply::Done, ErrorKind::Defect),
    ] {
        let run = complete(plain(), [tokens(&json!({})), Answer::Store(reply)]);
        assert_eq!(run.outcome.unwrap_err().kind(), kind);
    }
}

#[test]
fn a_session_is_named_by_choice_then_sid_then_person() {
    let named = |chosen: Option<&str>, change: &Value| {
        let mut accepted = plain();
        accepted.pending.session = chosen.map(str::to_owned);
        let run = complete(accepted, [with_id_token(change), committed()]);
        run.outcome.unwrap().session.unwrap().subject
    };
    assert_eq!(named(Some("default"), &json!({})), "default");
    assert_eq!(named(None, &json!({})), "D1FFEDFE");
    let person = named(None, &json!({ "sid": null }));
    assert!(
        person.contains(ISSUER) && person.contains("j.doe"),
        "{person}"
    );
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        2 => Just(tokens(&json!({}))),
        1 => Just(with_id_token(&json!({ "sub": "j.roe" }))),
        1 => Just(tokens(&json!({ "id_token": id_token_by("k2", &json!({})) }))),
        1 => Just(Answer::json(&jwks("k2"))),
        1 => Just(Answer::refused("invalid_grant")),
        1 => Just(Answer::Lost(Sent::Maybe)),
        1 => Just(Answer::Lost(Sent::Never)),
        1 => (select(vec![200_u16, 302, 400, 429, 500, 503]), ".{0,20}").prop_map(|(status, body)| Answer::Http(status, body)),
        2 => Just(committed()),
        1 => Just(Answer::Store(StoreReply::Committed(None))),
        1 => Just(Answer::Store(StoreReply::Failed(StoreError::unavailable("x")))),
    ]
}

/// An answer as somebody may make it up, from the parts of honest ones.
fn any_callback() -> impl Strategy<Value = String> {
    let state = select(vec!["the-state", "the-state", "another", "the-stat", ""]);
    let code = select(vec!["the-code-of-this-sign-in", "another-code", ""]);
    let token = select(vec![
        id_token(&json!({ "c_hash": left_half(CODE) })),
        id_token(&json!({ "c_hash": left_half("another-code") })),
        id_token(&json!({ "c_hash": left_half(CODE), "nonce": "another" })),
        id_token_by("k2", &json!({ "c_hash": left_half(CODE) })),
        String::new(),
    ]);
    let error = select(vec!["", "", "", "access_denied"]);
    (state, code, token, error).prop_map(|(state, code, token, error)| {
        format!("state={state}&code={code}&id_token={token}&error={error}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever callbacks come and whatever is answered: the code of this sign-in goes out once at most, the verifier only
    /// with it, neither after a check that failed, and nothing of either shows.
    #[test]
    fn auth_171_176_182_no_sequence_leaks_a_verifier_accepts_a_foreign_state_or_uses_a_code_twice(
        callbacks in prop::collection::vec((any_callback(), any::<bool>()), 1..6),
        answers in prop::collection::vec(any_answer(), 1..12), is_hybrid: bool, late in 0_u64..1200,
    ) {
        let kind = if is_hybrid { ResponseType::CodeIdToken } else { ResponseType::Code };
        let mut waiting = Some(begun(kind));
        // Both sorts are among them, or one that never comes would be waited for.
        let mut answers = answers.into_iter().chain([Answer::Lost(Sent::Maybe), committed()]).cycle();
        let mut exchanges = 0;
        let mut now = now().later(Duration::from_secs(late));
        for (text, posted) in callbacks {
            let callback = if posted { Callback::from_form(text.as_bytes()) } else { Callback::from_query(&text) };
            let Ok(callback) = callback else { continue };
            let Some(pending) = waiting.take_if(|pending| pending.answers(&callback)) else { continue };
            prop_assert!(text.starts_with("state=the-state&"), "a foreign state");
            let accepted = match pending.accept(&callback, Duration::from_secs(600), now) {
                Ok(accepted) => accepted,
                Err(error) => {
                    let shown = format!("{error} {error:?} {}", error.advice());
                    prop_assert!(!shown.contains("the-verifier") && !shown.contains(CODE), "{}", shown);
                    continue;
                }
            };
            prop_assert!(callback.error().is_none() && posted == is_hybrid && late + 30 <= 600);
            let right = !is_hybrid || !text.contains("&code=another");
            let mut flow = CompleteSignIn::new(party(), accepted);
            let mut steps = 0;
            loop {
                steps += 1;
                prop_assert!(steps < 100, "no end in sight");
                let shown = format!("{flow:?}");
                prop_assert!(!shown.contains("the-verifier") && !shown.contains(CODE), "{}", shown);
                match flow.poll(now) {
                    Err(error) => {
                        let shown = format!("{error} {error:?} {}", error.advice());
                        prop_assert!(!shown.contains("the-verifier") && !shown.contains(CODE), "{}", shown);
                        break;
                    }
                    Ok(Step::Done(completed)) => {
                        prop_assert_eq!(completed.identified.id_token().subject(), "j.doe");
                        prop_assert!(exchanges == 1 && right);
                        break;
                    }
                    Ok(Step::Wait(pause)) => now = now.later(pause),
                    Ok(Step::Store(StoreCommand::Commit { .. })) => {}
                    Ok(Step::Store(other)) => panic!("{other:?}"),
                    Ok(Step::Transmit(transmit)) => {
                        let request = transmit.request();
                        let body = String::from_utf8_lossy(request.body());
                        prop_assert!(!request.uri().to_string().contains("the-verifier"));
                        if body.contains("code_verifier") {
                            exchanges += 1;
                            prop_assert_eq!(request.uri().to_string(), format!("{ISSUER}/connect/token"));
                        } else {
                            prop_assert!(body.is_empty());
                        }
                    }
                }
                flow.handle(answers.next().unwrap().event(), now);
            }
        }
        prop_assert!(exchanges <= 1);
    }
}
