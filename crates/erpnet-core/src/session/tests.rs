//! Renewals as tables: what the store and the authority answer, what is asked of them, what comes of it (AUTH-191..199).

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use erpnet_types::{AccessToken, RawIdToken, RefreshToken, ScopeSet};
use serde_json::{Value, json};

use super::{MAX_REFRESHES, RenewSession, Renewed, SessionParty, SignedInUser};
use crate::ErrorKind;
use crate::error::{Error, Reason};
use crate::flow::{
    BeginRefresh, Flow, Generation, Lease, Step, StoreError, StoreReply, StoredSession,
};
use crate::jose::SignatureRules;
use crate::sign_in::Registration;
use crate::testing::{
    Answer, DEADLINE, ISSUER, RETRY, Run, START, id_token, id_token_by, jwks, keys, now, provider,
    registration, run, session_key,
};
use crate::transport_error::Sent;

mod properties;
mod store;

const STOP_BEFORE: Duration = Duration::from_secs(30);
const TOKEN: &str = "POST /id/connect/token";
const KEYS: &str = "GET /id/jwks";

pub(super) fn party() -> SessionParty {
    SessionParty {
        key: session_key(),
        registration: registration(),
        provider: provider(),
        keys: Some(keys("k1")),
        signatures: SignatureRules::default(),
        clock: None,
        tolerance: Duration::from_secs(60),
        deadline: DEADLINE,
        lease: Duration::from_secs(120),
        stop_before: STOP_BEFORE,
        retry: RETRY,
        seed: 7,
    }
}

/// The ID token of the sign-in.
static GOOD: LazyLock<String> = LazyLock::new(|| id_token(&json!({})));

/// A session that ends so many seconds from now.
pub(super) fn session(generation: u64, lives: i64) -> StoredSession {
    StoredSession {
        generation: Generation(generation),
        access_token: AccessToken::new(format!("access-{generation}")).unwrap(),
        expires: START.shifted(lives * 1000),
        refresh_token: Some(RefreshToken::new(format!("refresh-{generation}")).unwrap()),
        scopes: ScopeSet::parse("openid read").unwrap(),
        signed_in: START.before(Duration::from_secs(86400)),
        user: SignedInUser {
            issuer: ISSUER.to_owned(),
            subject: "j.doe".to_owned(),
            user_id: None,
            session_id: Some("D1FFEDFE".to_owned()),
            auth_time: None,
        },
        id_token: RawIdToken::new(GOOD.as_str()).unwrap(),
        ambiguous: false,
    }
}

fn over(generation: u64) -> StoredSession {
    session(generation, 0)
}

fn own(session: StoredSession) -> Answer {
    let session = Box::new(session);
    let lease = Lease(9);
    Answer::begun(BeginRefresh::Own { session, lease })
}

/// Up to the refresh of this session.
fn held(session: &StoredSession) -> Vec<Answer> {
    vec![Answer::loaded(Some(session.clone())), own(session.clone())]
}

fn tokens(change: &Value) -> Answer {
    let mut answer = json!({
        "access_token": "access-new", "expires_in": 3600, "token_type": "Bearer", "scope": "openid read",
        "refresh_token": "refresh-new",
    });
    for (name, value) in change.as_object().into_iter().flatten() {
        answer[name] = value.clone();
    }
    Answer::json(&answer)
}

fn committed(generation: Option<u64>) -> Answer {
    Answer::Store(StoreReply::Committed(generation.map(Generation)))
}

fn done() -> Answer {
    Answer::Store(StoreReply::Done)
}

fn broken() -> Answer {
    let error = StoreError::unavailable("it is being moved");
    Answer::Store(StoreReply::Failed(error))
}

fn renew(answers: Vec<Answer>) -> Run<Renewed> {
    run(&mut RenewSession::new(party(), None), answers)
}

fn renew_held(session: &StoredSession, more: impl IntoIterator<Item = Answer>) -> Run<Renewed> {
    renew(held(session).into_iter().chain(more).collect())
}

fn failed(run: Run<Renewed>) -> (Error, Vec<String>) {
    assert!(run.kept.is_empty(), "{:?}", run.kept);
    (run.outcome.unwrap_err(), run.asked)
}

fn served(run: &Run<Renewed>) -> &str {
    run.outcome.as_ref().unwrap().session.access_token.expose()
}

#[test]
fn auth_193_what_is_still_good_is_served_as_it_is() {
    let stop = i64::try_from(STOP_BEFORE.as_secs()).unwrap();
    for (lives, good) in [(stop + 1, true), (stop, false), (stop - 1, false)] {
        let found = session(3, lives);
        if good {
            let run = renew(vec![Answer::loaded(Some(found))]);
            assert_eq!(
                (served(&run), &run.asked[..]),
                ("access-3", &["load".to_owned()][..])
            );
            assert!(run.outcome.unwrap().fresh.is_none());
        } else {
            let gone = Answer::begun(BeginRefresh::Gone);
            let (error, asked) = failed(renew(vec![Answer::loaded(Some(found)), gone]));
            assert_eq!(asked, ["load", "begin 3"], "{lives}");
            assert!(error.needs_sign_in());
        }
    }
}

#[test]
fn auth_268_what_was_refused_is_not_served_again() {
    let good = session(3, 3600);
    let mut flow = RenewSession::new(party(), Some(Generation(3)));
    let newer = Answer::begun(BeginRefresh::Newer(Box::new(session(4, 3600))));
    let run = run(&mut flow, [Answer::loaded(Some(good)), newer]);
    assert_eq!((served(&run), run.asked.len()), ("access-4", 2));
}

#[test]
fn auth_197_203_when_there_is_nothing_to_refresh() {
    let mut bare = over(1);
    bare.refresh_token = None;
    for (answers, asked) in [
        (vec![Answer::loaded(None)], vec!["load"]),
        (vec![Answer::loaded(Some(bare.clone()))], vec!["load"]),
        (
            vec![
                Answer::loaded(Some(over(1))),
                Answer::begun(BeginRefresh::Gone),
            ],
            vec!["load", "begin 1"],
        ),
        (
            vec![Answer::loaded(Some(over(1))), own(bare), done()],
            vec!["load", "begin 1", "fail"],
        ),
    ] {
        let (error, found) = failed(renew(answers));
        assert_eq!(found, asked);
        assert!(
            matches!(error.reason(), Reason::NotSignedIn { .. }),
            "{error}"
        );
        assert!(error.needs_sign_in() && !error.is_transient());
    }
}

#[test]
fn auth_193_somebody_else_refreshes() {
    let newer = |session| Answer::begun(BeginRefresh::Newer(Box::new(session)));
    let busy = |seconds| Answer::begun(BeginRefresh::Busy(Duration::from_secs(seconds)));
    let found = |session| Answer::loaded(Some(session));
    for (answers, asked) in [
        (
            vec![found(over(1)), newer(session(2, 3600))],
            "load, begin 1",
        ),
        (
            vec![found(over(1)), busy(60), found(session(2, 3600))],
            "load, begin 1, wait, load",
        ),
        (
            vec![
                found(over(1)),
                busy(0),
                found(over(1)),
                busy(60),
                found(session(2, 3600)),
            ],
            "load, begin 1, wait, load, begin 1, wait, load",
        ),
        // Newer, and over as well by this clock.
        (
            vec![found(over(1)), newer(over(2)), found(session(2, 3600))],
            "load, begin 1, wait, load",
        ),
    ] {
        let run = renew(answers);
        assert_eq!(
            (served(&run), run.asked.join(", ").as_str()),
            ("access-2", asked)
        );
    }
}

#[test]
fn auth_192_the_new_refresh_token_is_kept_before_the_access_token_is_served() {
    let run = renew_held(&over(3), [tokens(&json!({})), committed(Some(4))]);
    assert_eq!(run.asked, ["load", "begin 3", TOKEN, "commit"]);
    let [kept] = &run.kept[..] else {
        panic!("{:?}", run.kept)
    };
    assert_eq!(kept.refresh_token.as_ref().unwrap().expose(), "refresh-new");
    assert_eq!(kept.access_token.expose(), "access-new");
    assert_eq!(kept.generation, Generation(3), "what it follows");
    assert_eq!(kept.signed_in, over(3).signed_in, "AUTH-195: of the first");
    assert_eq!(kept.expires, START.after(Duration::from_secs(3600)));
    assert!(run.forms[0].contains("refresh_token=refresh-3"));
    assert_eq!(served(&run), "access-new");
    let renewed = run.outcome.unwrap();
    assert_eq!(
        renewed.session.generation,
        Generation(4),
        "as the store says"
    );
    assert_eq!(renewed.fresh, Some(Some(Duration::from_secs(3600))));
}

/// The store hands out another session than was looked at: its refresh token counts.
#[test]
fn auth_193_what_the_lease_came_with_is_refreshed() {
    let answers = vec![
        Answer::loaded(Some(over(3))),
        own(over(5)),
        tokens(&json!({})),
        committed(Some(6)),
    ];
    let run = renew(answers);
    assert!(
        run.forms[0].contains("refresh_token=refresh-5"),
        "{:?}",
        run.forms
    );
    assert_eq!(run.kept[0].generation, Generation(5));
}

#[test]
fn auth_192_an_answer_without_a_refresh_token_leaves_the_old_one() {
    let mut before = over(3);
    before.ambiguous = true;
    let run = renew_held(
        &before,
        [
            tokens(&json!({ "refresh_token": null })),
            committed(Some(4)),
        ],
    );
    let kept = &run.kept[0];
    assert_eq!(kept.refresh_token.as_ref().unwrap().expose(), "refresh-3");
    assert!(!kept.ambiguous, "an answer came");
}

#[test]
fn auth_203_a_sign_out_wins_over_a_late_refresh() {
    for (revoked, attempts) in [
        (Answer::Http(200, String::new()), 1),
        (Answer::refused("invalid_client"), 1),
        (Answer::Http(503, String::new()), 3),
        (Answer::Lost(Sent::Never), 3),
    ] {
        let revoked = std::iter::repeat_n(revoked, attempts);
        let answers = [tokens(&json!({})), committed(None)];
        let run = renew_held(&over(3), answers.into_iter().chain(revoked));
        assert_eq!(
            run.asked[4], "POST /id/connect/revocation",
            "what was brought does not live on"
        );
        let error = run.outcome.unwrap_err();
        assert!(
            matches!(error.reason(), Reason::NotSignedIn { .. }),
            "{error}"
        );
    }
}

#[test]
fn a_refresh_can_ask_for_fewer_scopes() {
    let asked = |fewer: Option<&str>| {
        let mut registration = Registration::clone(&registration());
        registration.refresh_scopes = fewer.map(|text| ScopeSet::parse(text).unwrap());
        let registration = Arc::new(registration);
        let mut flow = RenewSession::new(
            SessionParty {
                registration,
                ..party()
            },
            None,
        );
        for answer in [None]
            .into_iter()
            .chain(held(&over(3)).into_iter().map(Some))
        {
            if let Some(answer) = answer {
                flow.handle(answer.event(), now());
            }
            if let Ok(Step::Transmit(transmit)) = flow.poll(now()) {
                return String::from_utf8(transmit.request().body().clone()).unwrap();
            }
        }
        panic!("no refresh was sent")
    };
    assert!(!asked(None).contains("scope="));
    assert!(asked(Some("read")).contains("&scope=read&"));
    assert!(
        !asked(Some("read update")).contains("scope="),
        "more than was granted"
    );
}

#[test]
fn auth_197_invalid_grant_is_about_the_token_that_was_used() {
    let refused = || Answer::refused("invalid_grant");
    let newer = renew_held(
        &over(3),
        [
            refused(),
            Answer::loaded(Some(session(4, 3600))),
            Answer::loaded(Some(session(4, 3600))),
        ],
    );
    assert_eq!(newer.asked, ["load", "begin 3", TOKEN, "load", "load"]);
    assert_eq!(served(&newer), "access-4");

    for (found, then) in [(Some(over(3)), vec!["delete"]), (None, vec![])] {
        let deleted = found.is_some().then(done);
        let answers = [refused(), Answer::loaded(found)]
            .into_iter()
            .chain(deleted);
        let (error, asked) = failed(renew_held(&over(3), answers));
        assert_eq!(asked[3..].iter().skip(1).collect::<Vec<_>>(), then);
        assert!(error.needs_sign_in(), "{error}");
    }
}

#[test]
fn auth_194_a_renewal_refreshes_twice_at_most() {
    let mut answers = Vec::new();
    for generation in 1..=u64::from(MAX_REFRESHES) {
        answers.extend(held(&over(generation)));
        answers.push(Answer::refused("invalid_grant"));
        answers.push(Answer::loaded(Some(over(generation + 1))));
    }
    let (error, asked) = failed(renew(answers));
    assert_eq!(asked.iter().filter(|asked| *asked == TOKEN).count(), 2);
    assert!(
        error.needs_sign_in() && !asked.contains(&"delete".to_owned()),
        "{asked:?}"
    );
}

#[test]
fn auth_194_a_lost_refresh_is_told_then_tried_once_more_then_over() {
    let lost = Answer::Lost(Sent::Maybe);
    let (error, asked) = failed(renew_held(&over(3), [lost.clone(), done()]));
    assert_eq!(asked, ["load", "begin 3", TOKEN, "fail ambiguous"]);
    assert!(
        matches!(error.reason(), Reason::RefreshLost(_)) && error.is_transient(),
        "{error}"
    );

    let mut again = over(3);
    again.ambiguous = true;
    let (error, asked) = failed(renew_held(&again, [lost, done()]));
    assert_eq!(asked, ["load", "begin 3", TOKEN, "delete"]);
    assert!(error.needs_sign_in(), "{error}");

    // An answer that says nothing is as good as none.
    for odd in [
        Answer::Http(200, "<html>".to_owned()),
        tokens(&json!({ "access_token": null })),
    ] {
        let (_, asked) = failed(renew_held(&over(3), [odd, done()]));
        assert_eq!(asked[3], "fail ambiguous");
    }
}

/// An authority that is down for an hour signs nobody out.
#[test]
fn auth_194_a_refusal_is_no_lost_answer() {
    let page = |status| Answer::Http(status, "<html>".to_owned());
    let twice = |answer: Answer| vec![answer.clone(), answer.clone(), answer];
    for (answers, kind) in [
        (vec![page(500)], ErrorKind::Unavailable),
        (vec![page(502)], ErrorKind::Unavailable),
        (vec![page(503)], ErrorKind::Unavailable),
        (vec![page(404)], ErrorKind::NotFound),
        (vec![page(302)], ErrorKind::Protocol),
        (twice(page(429)), ErrorKind::RateLimited),
        (twice(Answer::Lost(Sent::Never)), ErrorKind::Transport),
        (
            vec![Answer::refused("invalid_client")],
            ErrorKind::RegistrationMismatch,
        ),
        (
            vec![Answer::refused("temporarily_unavailable")],
            ErrorKind::Unavailable,
        ),
    ] {
        for ambiguous in [false, true] {
            let mut before = over(3);
            before.ambiguous = ambiguous;
            let sent = answers.len();
            let (error, asked) = failed(renew_held(
                &before,
                answers.clone().into_iter().chain([done()]),
            ));
            let shown = asked.join(", ");
            assert_eq!(error.kind(), kind, "{error}");
            assert_eq!(
                asked.iter().filter(|asked| *asked == TOKEN).count(),
                sent,
                "{shown}"
            );
            assert!(shown.ends_with(", fail"), "{shown}");
        }
    }
}

#[test]
fn auth_196_an_id_token_of_another_sign_in_ends_the_session() {
    for change in [
        json!({ "sub": "j.roe" }),
        json!({ "iss": "https://id.erp.net/id" }),
        json!({ "aud": "another" }),
        json!({ "sub": null }),
        json!({ "nonce": "another" }),
        json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }),
    ] {
        let answer = tokens(&json!({ "id_token": id_token(&change) }));
        let (error, asked) = failed(renew_held(&over(3), [answer, done()]));
        assert_eq!(asked, ["load", "begin 3", TOKEN, "delete"], "{change}");
        assert!(matches!(error.reason(), Reason::IdToken(_)), "{error}");
    }
}

/// Later ID tokens may leave claims out, and the next ones have to be held against what the first one said.
#[test]
fn auth_196_the_id_token_of_the_sign_in_stays() {
    let next = id_token(&json!({ "nonce": null, "sid": null, "iat": START.unix_seconds() + 1 }));
    for answer in [json!({ "id_token": next }), json!({})] {
        let run = renew_held(&over(3), [tokens(&answer), committed(Some(4))]);
        assert_eq!(run.kept[0].id_token.expose(), over(3).id_token.expose());
        assert_eq!(served(&run), "access-new");
    }
}

/// A clock that is wrong signs nobody out: the refresh token is kept, the access token is not.
#[test]
fn auth_082_an_id_token_out_of_time_costs_no_sign_in() {
    for change in [
        json!({ "exp": START.unix_seconds() - 600 }),
        json!({ "nbf": START.unix_seconds() + 600 }),
    ] {
        let answer = tokens(&json!({ "id_token": id_token(&change) }));
        let run = renew_held(&over(3), [answer, committed(Some(4))]);
        assert_eq!(run.asked, ["load", "begin 3", TOKEN, "commit"], "{change}");
        let kept = &run.kept[0];
        assert_eq!(kept.refresh_token.as_ref().unwrap().expose(), "refresh-new");
        assert_eq!(kept.access_token.expose(), "access-3");
        assert!(matches!(
            run.outcome.unwrap_err().reason(),
            Reason::IdToken(_)
        ));
    }
}

#[test]
fn auth_073_keys_are_looked_at_once_more() {
    let by = |kid: &str| tokens(&json!({ "id_token": id_token_by(kid, &json!({})) }));
    let run = renew_held(
        &over(3),
        [by("k2"), Answer::json(&jwks("k2")), committed(Some(4))],
    );
    assert_eq!(run.asked, ["load", "begin 3", TOKEN, KEYS, "commit"]);
    assert!(run.outcome.unwrap().keys.is_some());

    let still_unknown = [by("k3"), Answer::json(&jwks("k2")), done()];
    let (error, asked) = failed(renew_held(&over(3), still_unknown));
    assert_eq!(asked, ["load", "begin 3", TOKEN, KEYS, "delete"]);
    assert_eq!(error.kind(), ErrorKind::Security);

    // None were known.
    let mut flow = RenewSession::new(
        SessionParty {
            keys: None,
            ..party()
        },
        None,
    );
    let answers = held(&over(3)).into_iter();
    let more = [by("k1"), Answer::json(&jwks("k1")), committed(Some(4))];
    let unknown = crate::testing::run(&mut flow, answers.chain(more));
    assert_eq!(unknown.asked[3..], [KEYS, "commit"]);
}

/// The old refresh token is used up, so the new one is kept; the access token was not proved, so it is not.
#[test]
fn auth_192_keys_that_do_not_come_cost_no_sign_in() {
    let answers = [
        tokens(&json!({ "id_token": id_token_by("k2", &json!({})) })),
        Answer::Http(404, String::new()),
        committed(Some(4)),
    ];
    let run = renew_held(&over(3), answers);
    assert_eq!(run.asked, ["load", "begin 3", TOKEN, KEYS, "commit"]);
    assert!(run.outcome.is_err());
    let kept = &run.kept[0];
    assert_eq!(kept.refresh_token.as_ref().unwrap().expose(), "refresh-new");
    assert_eq!(kept.access_token.expose(), "access-3");
    // Whoever comes next refreshes again.
    let next = renew_held(kept, [tokens(&json!({})), committed(Some(5))]);
    assert_eq!(served(&next), "access-new");
}

#[test]
fn a_new_sign_in_under_the_same_name_counts_from_the_beginning() {
    // Refused at generation 3; meanwhile somebody signed out and in again.
    let again = session(1, 3600);
    let run = run(
        &mut RenewSession::new(party(), Some(Generation(3))),
        [Answer::loaded(Some(again.clone()))],
    );
    assert_eq!(served(&run), "access-1");
    let refused = Answer::refused("invalid_grant");
    let (first, second) = (
        Answer::loaded(Some(again.clone())),
        Answer::loaded(Some(again)),
    );
    let run = renew_held(&over(3), [refused, first, second]);
    assert_eq!(
        served(&run),
        "access-1",
        "not deleted for the old one's sake"
    );
}
