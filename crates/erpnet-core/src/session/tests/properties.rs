//! Whatever a store and an authority answer, in any order: a renewal ends, and serves nothing that was not kept first.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::{held, id_token, over, party, session as session_of, tokens};
use crate::flow::{
    BeginRefresh, Flow, Generation, Lease, Step, StoreCommand, StoreError, StoreReply,
};
use crate::session::{MAX_LOOKS, MAX_REFRESHES, RenewSession};
use crate::testing::{Answer, jwks, now};
use crate::transport_error::Sent;

/// Any answer of a store, of a right kind and of a wrong one.
fn store_reply() -> impl Strategy<Value = StoreReply> {
    let session = (
        0_u64..6,
        select(vec![-100_i64, 29, 31, 3600]),
        any::<bool>(),
        any::<bool>(),
    );
    let session = session.prop_map(|(generation, lives, renewable, ambiguous)| {
        let mut session = session_of(generation, lives);
        session.ambiguous = ambiguous;
        if !renewable {
            session.refresh_token = None;
        }
        Box::new(session)
    });
    prop_oneof![
        2 => session.clone().prop_map(|session| StoreReply::Loaded(Some(session))),
        1 => Just(StoreReply::Loaded(None)),
        4 => (session.clone(), any::<u64>()).prop_map(|(session, lease)| {
            StoreReply::Begun(BeginRefresh::Own { session, lease: Lease(lease) })
        }),
        2 => session.prop_map(|session| StoreReply::Begun(BeginRefresh::Newer(session))),
        2 => (0_u64..1000).prop_map(|ms| StoreReply::Begun(BeginRefresh::Busy(Duration::from_millis(ms)))),
        1 => Just(StoreReply::Begun(BeginRefresh::Gone)),
        3 => any::<u64>().prop_map(|generation| StoreReply::Committed(Some(Generation(generation)))),
        1 => Just(StoreReply::Committed(None)),
        2 => Just(StoreReply::Done),
        1 => Just(StoreReply::Failed(StoreError::unavailable("x"))),
    ]
}

fn reply() -> impl Strategy<Value = Answer> {
    prop_oneof![
        Just(tokens(&json!({}))),
        Just(tokens(&json!({ "id_token": id_token(&json!({})) }))),
        Just(tokens(
            &json!({ "id_token": id_token(&json!({ "sub": "j.roe" })) })
        )),
        Just(Answer::refused("invalid_grant")),
        Just(Answer::refused("invalid_client")),
        Just(Answer::json(&jwks("k1"))),
        Just(Answer::Lost(Sent::Maybe)),
        Just(Answer::Lost(Sent::Never)),
        (
            select(vec![200_u16, 204, 302, 400, 429, 500, 503]),
            ".{0,20}"
        )
            .prop_map(|(status, body)| Answer::Http(status, body)),
    ]
}

/// One for each question, whichever it is: the store mostly answers what was asked.
fn fitting(command: &StoreCommand, reply: &StoreReply) -> bool {
    matches!(
        (command, reply),
        (_, StoreReply::Failed(_))
            | (StoreCommand::Load(_), StoreReply::Loaded(_))
            | (StoreCommand::BeginRefresh { .. }, StoreReply::Begun(_))
            | (StoreCommand::Commit { .. }, StoreReply::Committed(_))
            | (
                StoreCommand::Fail { .. } | StoreCommand::Delete(_),
                StoreReply::Done
            )
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn auth_192_194_a_renewal_always_ends_and_keeps_before_it_serves(
        store in prop::collection::vec(store_reply(), 1..30), replies in prop::collection::vec(reply(), 1..8), strict: bool,
    ) {
        let mut flow = RenewSession::new(party(), None);
        let (mut store, mut replies) = (store.into_iter().cycle(), replies.into_iter().cycle());
        let (mut now, mut kept, mut refreshes, mut loads, mut steps) = (now(), None, 0_u32, 0_u32, 0_u32);
        loop {
            steps += 1;
            prop_assert!(steps < 10 * MAX_LOOKS, "no end in sight");
            match flow.poll(now) {
                Err(error) => {
                    let shown = format!("{error} {error:?} {}", error.advice());
                    prop_assert!(!shown.contains("refresh-") && !shown.contains("access-"), "{}", shown);
                    break;
                }
                Ok(Step::Done(renewed)) => {
                    if renewed.fresh.is_some() {
                        prop_assert_eq!(kept, Some(renewed.session.access_token.expose().to_owned()));
                    }
                    break;
                }
                Ok(Step::Wait(pause)) => now = now.later(pause),
                Ok(Step::Transmit(transmit)) => {
                    refreshes += u32::from(transmit.request().method() == http::Method::POST);
                    flow.handle(replies.next().unwrap().event(), now);
                }
                Ok(Step::Store(command)) => {
                    loads += u32::from(matches!(command, StoreCommand::Load(_)));
                    if let StoreCommand::Commit { session, .. } = &command {
                        kept = Some(session.access_token.expose().to_owned());
                    }
                    let mut answer = store.next().unwrap();
                    for _ in 0..30 {
                        if !strict || fitting(&command, &answer) { break; }
                        answer = store.next().unwrap();
                    }
                    flow.handle(Answer::Store(answer).event(), now);
                }
            }
        }
        // Each refresh is one exchange, of at most three attempts where nothing can have happened.
        prop_assert!(refreshes <= 3 * MAX_REFRESHES && loads <= MAX_LOOKS + MAX_REFRESHES);
    }

    /// Events that nobody waits for change nothing.
    #[test]
    fn stray_events_are_ignored(strays in prop::collection::vec(prop_oneof![reply(), store_reply().prop_map(Answer::Store)], 0..10)) {
        let mut flow = RenewSession::new(party(), None);
        for stray in strays {
            flow.handle(stray.event(), now());
        }
        for answer in held(&over(3)).into_iter().chain([tokens(&json!({}))]) {
            let step = flow.poll(now()).unwrap();
            prop_assert!(!matches!(step, Step::Done(_) | Step::Wait(_)));
            flow.handle(answer.event(), now());
        }
        let step = flow.poll(now()).unwrap();
        let commits = matches!(step, Step::Store(StoreCommand::Commit { .. }));
        prop_assert!(commits);
    }
}
