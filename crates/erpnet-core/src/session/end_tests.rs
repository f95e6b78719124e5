//! The end of a session as tables (AUTH-088, AUTH-200..203).

use std::sync::Arc;

use serde_json::json;
use zeroize::Zeroizing;

use super::tests::session;
use super::{EndSession, EndingParty, SignedOut};
use crate::error::{Error, ErrorKind};
use crate::flow::{StoreError, StoreReply, StoredSession};
use crate::testing::{
    Answer, DEADLINE, RETRY, Run, app, provider, provider_with, run, session_key,
};
use crate::transport_error::Sent;

const REVOKE: &str = "POST /id/connect/revocation";

fn party() -> EndingParty {
    EndingParty {
        registration: Arc::new(app().registration),
        provider: provider(),
        deadline: DEADLINE,
        retry: RETRY,
        seed: 7,
        state: Zeroizing::new([4; 32]),
    }
}

fn end(party: EndingParty, answers: impl IntoIterator<Item = Answer>) -> Run<SignedOut> {
    run(&mut EndSession::new(Ok(party), session_key()), answers)
}

fn found(session: StoredSession) -> Answer {
    Answer::loaded(Some(session))
}

fn done() -> Answer {
    Answer::Store(StoreReply::Done)
}

fn broken() -> Answer {
    Answer::Store(StoreReply::Failed(StoreError::unavailable("gone")))
}

fn address(out: &SignedOut) -> String {
    out.url.as_ref().unwrap().expose().to_owned()
}

#[test]
fn auth_200_203_forgotten_first_then_revoked_then_the_browser() {
    let run = end(
        party(),
        [
            found(session(3, 0)),
            done(),
            Answer::Http(200, String::new()),
        ],
    );
    assert_eq!(run.asked, ["load", "delete", REVOKE]);
    assert!(
        run.forms[0].contains("token=refresh-3")
            && run.forms[0].contains("token_type_hint=refresh_token")
    );
    let out = run.outcome.unwrap();
    let url = address(&out);
    assert!(
        url.starts_with("https://demodb.my.erp.net/id/connect/endsession?"),
        "{url}"
    );
    for part in [
        "id_token_hint=",
        "post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2Fbye",
        "state=",
    ] {
        assert!(url.contains(part), "{part} in {url}");
    }
    assert!(url.contains(out.state.as_deref().unwrap()));
    assert_eq!(out.revoked, Some(true));
}

#[test]
fn auth_202_forgotten_though_the_authority_is_not_known() {
    let unknown = Error::config("no metadata");
    let mut ending = EndSession::new(Err(unknown), session_key());
    let run = run(&mut ending, [found(session(3, 0)), done()]);
    assert_eq!(run.asked, ["load", "delete"]);
    assert!(run.outcome.unwrap_err().to_string().contains("no metadata"));
}

/// Whatever becomes of the revocation, the person is signed out here.
#[test]
fn auth_088_a_revocation_that_fails_is_told() {
    let thrice = |answer: Answer| vec![answer.clone(), answer.clone(), answer];
    for (answers, revoked) in [
        (vec![Answer::refused("invalid_client")], Some(false)),
        (vec![Answer::Http(404, String::new())], Some(false)),
        (thrice(Answer::Http(503, String::new())), Some(false)),
        (thrice(Answer::Lost(Sent::Maybe)), Some(false)),
        (
            vec![Answer::Lost(Sent::Maybe), Answer::Http(200, String::new())],
            Some(true),
        ),
    ] {
        let run = end(
            party(),
            [found(session(3, 0)), done()].into_iter().chain(answers),
        );
        let out = run.outcome.unwrap();
        assert_eq!(out.revoked, revoked, "{:?}", run.asked);
        assert!(out.url.is_some());
    }
}

#[test]
fn auth_088_nothing_to_revoke_or_nowhere() {
    let mut bare = session(3, 0);
    bare.refresh_token = None;
    let without = EndingParty {
        provider: provider_with(&json!({ "revocation_endpoint": null })),
        ..party()
    };
    for (party, session) in [(party(), bare), (without, session(3, 0))] {
        let run = end(party, [found(session), done()]);
        assert_eq!(run.asked, ["load", "delete"]);
        assert_eq!(run.outcome.unwrap().revoked, None);
    }
}

/// Signed out already, or what is there cannot be read: without the hint the authority asks the person (AUTH-201).
#[test]
fn auth_201_without_a_hint_the_plain_address() {
    for first in [Answer::loaded(None), broken()] {
        let run = end(party(), [first, done()]);
        assert_eq!(run.asked, ["load", "delete"]);
        let out = run.outcome.unwrap();
        assert_eq!(
            address(&out),
            "https://demodb.my.erp.net/id/connect/endsession"
        );
        assert!(out.state.is_none() && out.revoked.is_none());
    }
    let nowhere = EndingParty {
        provider: provider_with(&json!({ "end_session_endpoint": null })),
        ..party()
    };
    let run = end(nowhere, [Answer::loaded(None), done()]);
    assert!(run.outcome.unwrap().url.is_none());
}

/// What cannot be forgotten is not told to be: nothing is revoked, nobody sent anywhere.
#[test]
fn auth_203_a_store_that_does_not_forget_is_an_error() {
    let run = end(party(), [found(session(3, 0)), broken()]);
    assert_eq!(run.asked, ["load", "delete"]);
    assert_eq!(run.outcome.unwrap_err().kind(), ErrorKind::Store);
    let odd = end(party(), [done()]);
    assert_eq!(odd.outcome.unwrap_err().kind(), ErrorKind::Defect);
}

#[test]
fn auth_208_the_result_shows_neither_hint_nor_state() {
    let run = end(
        party(),
        [
            found(session(3, 0)),
            done(),
            Answer::Http(200, String::new()),
        ],
    );
    let out = run.outcome.unwrap();
    let shown = format!("{out:?} {out:#?}");
    let state = out.state.as_deref().unwrap();
    assert!(!shown.contains(state) && !shown.contains("eyJ"), "{shown}");
}
