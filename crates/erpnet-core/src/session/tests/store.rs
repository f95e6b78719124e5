//! Stores that fail, answer something else, or say again and again that somebody else is at it.

use std::time::Duration;

use serde_json::json;

use super::{broken, committed, done, over, renew, renew_held, served, session, tokens};
use crate::ErrorKind;
use crate::flow::{BeginRefresh, Generation, StoreError, StoreReply, StoredSession};
use crate::session::{MAX_COMMITS, MAX_LOOKS};
use crate::testing::Answer;

#[test]
fn a_store_that_cannot_answer() {
    let with = |more: Vec<Answer>| renew_held(&over(3), more);
    for run in [
        renew(vec![broken()]),
        renew(vec![Answer::loaded(Some(over(3))), broken()]),
        with(vec![Answer::refused("invalid_grant"), broken()]),
        with([vec![tokens(&json!({}))], vec![broken(); 5]].concat()),
    ] {
        let error = run.outcome.unwrap_err();
        assert!(
            error.kind() == ErrorKind::Store && error.is_transient(),
            "{error}"
        );
    }
    // What failed first is what is told.
    let run = with(vec![Answer::Http(503, String::new()), broken()]);
    assert_eq!(run.outcome.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[test]
fn a_store_that_answers_something_else_is_a_defect() {
    let answers = [
        done(),
        committed(Some(1)),
        Answer::begun(BeginRefresh::Gone),
    ];
    for odd in answers {
        let error = renew(vec![odd]).outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Defect);
    }
    let odd = renew(vec![Answer::loaded(Some(over(1))), Answer::loaded(None)]);
    assert_eq!(odd.outcome.unwrap_err().kind(), ErrorKind::Defect);
}

#[test]
fn looks_at_below_and_above_the_limit() {
    let limit = usize::try_from(MAX_LOOKS).unwrap();
    let busy = || {
        let busy = Answer::begun(BeginRefresh::Busy(Duration::from_secs(60)));
        [Answer::loaded(Some(over(1))), busy]
    };
    for (looks, fine) in [(limit - 1, true), (limit, true), (limit + 1, false)] {
        let busy = std::iter::repeat_with(busy).take(if fine { looks - 1 } else { limit });
        let last = fine.then(|| Answer::loaded(Some(session(2, 3600))));
        let run = renew(busy.flatten().chain(last).collect());
        assert_eq!(run.outcome.is_ok(), fine, "{looks}");
    }
}

/// The old refresh token is used up when the new one comes: a store that fails for a moment costs no sign-in.
#[test]
fn auth_192_commits_at_below_and_above_the_limit() {
    let limit = usize::try_from(MAX_COMMITS).unwrap();
    for (failures, fine) in [
        (0, true),
        (limit - 2, true),
        (limit - 1, true),
        (limit, false),
    ] {
        let mut answers = vec![tokens(&json!({}))];
        answers.extend(vec![broken(); failures]);
        answers.extend(fine.then(|| committed(Some(4))));
        let run = renew_held(&over(3), answers);
        assert_eq!(run.outcome.is_ok(), fine, "{failures}");
        assert_eq!(run.kept.len(), if fine { failures + 1 } else { limit });
        let same = |kept: &StoredSession| {
            kept.generation == Generation(3) && kept.access_token.expose() == "access-new"
        };
        assert!(run.kept.iter().all(same));
    }
    let unreadable = Answer::Store(StoreReply::Failed(StoreError::corrupt("x")));
    let run = renew_held(&over(3), [tokens(&json!({})), unreadable]);
    assert!(
        run.outcome.is_err() && run.kept.len() == 1,
        "what does not pass is told"
    );
    // It was kept the first time, and the answer was lost.
    let more = [
        tokens(&json!({})),
        broken(),
        committed(None),
        Answer::loaded(Some(session(4, 3600))),
    ];
    let run = renew_held(&over(3), more);
    assert_eq!(served(&run), "access-4");
    let more = [
        tokens(&json!({})),
        broken(),
        committed(None),
        Answer::loaded(None),
    ];
    assert!(
        renew_held(&over(3), more)
            .outcome
            .unwrap_err()
            .needs_sign_in()
    );
}

/// A store that fails, then says that it kept nothing, and shows the old session: not refreshed for ever.
#[test]
fn auth_194_a_store_that_keeps_nothing_ends_the_renewal() {
    let round = || {
        let more = [tokens(&json!({})), broken(), committed(None)];
        super::held(&over(3)).into_iter().chain(more)
    };
    let last = super::held(&over(3)).into_iter().chain([done()]);
    let run = renew(round().chain(round()).chain(last).collect());
    let error = run.outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    assert_eq!(run.asked.last().map(String::as_str), Some("fail"));
}
