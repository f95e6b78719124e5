//! What holds for every callback and every sequence of requests, not only for those that somebody thought of.

use std::collections::BTreeMap;

use form_urlencoded::Serializer;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::loopback::*;
use super::*;

const STATE: &str = "the-state-of-this-attempt";

/// Members and values as a server may send them, in any order.
fn members() -> impl Strategy<Value = BTreeMap<String, String>> {
    let visible = btree_map(
        select(vec!["code", "state", "id_token"]),
        "[ -~]{0,80}",
        0..=3,
    );
    let text = btree_map(
        select(vec!["iss", "error", "error_description", "error_uri"]),
        "\\PC{0,80}|.{0,80}",
        0..=4,
    );
    let other = btree_map("x_[a-z\u{400}-\u{44f} &=+%#]{1,12}", ".{0,40}", 0..=8);
    (visible, text, other).prop_map(|(visible, text, other)| {
        let known = visible.into_iter().chain(text);
        let known = known.map(|(name, value)| (name.to_owned(), value));
        known.chain(other).collect()
    })
}

fn encoded(members: &BTreeMap<String, String>) -> String {
    Serializer::new(String::new())
        .extend_pairs(members)
        .finish()
}

fn accessors(callback: &Callback) -> [(&'static str, Option<&str>); 7] {
    [
        ("code", callback.code()),
        ("state", callback.state()),
        ("id_token", callback.id_token()),
        ("iss", callback.issuer()),
        ("error", callback.error()),
        ("error_description", callback.error_description()),
        ("error_uri", callback.error_uri()),
    ]
}

/// Pieces that callbacks are made of, and some that break them.
fn nearly_callbacks() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "code",
        "state",
        "id_token",
        "error",
        "iss",
        "=",
        "=",
        "&",
        "&",
        "#",
        "#_=_",
        "?",
        "%",
        "%4",
        "%41",
        "%ff",
        "%00",
        "+",
        "a",
        "\"",
        "\n",
        "€",
        "http://127.0.0.1:8400/cb?",
        STATE,
    ]);
    vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn auth_169_every_set_of_members_round_trips(members in members()) {
        let encoded = encoded(&members);
        let parsed = [
            Callback::from_query(&encoded).unwrap(),
            Callback::from_form(encoded.as_bytes()).unwrap(),
            Callback::from_url(&format!("http://127.0.0.1:8400/cb?{encoded}")).unwrap(),
        ];
        for callback in parsed {
            for (name, found) in accessors(&callback) {
                let sent = members.get(name).map(String::as_str).filter(|value| !value.is_empty());
                prop_assert_eq!(found, sent, "{}", name);
            }
            prop_assert_eq!(callback.refusal().is_some(), callback.error().is_some());
            let state = members.get("state").map_or("", String::as_str);
            prop_assert_eq!(callback.state_is(state), !state.is_empty());
        }
    }

    #[test]
    fn auth_170_a_second_member_of_any_name_is_refused(members in members(), which in any::<prop::sample::Index>()) {
        prop_assume!(!members.is_empty());
        let (name, value) = members.iter().nth(which.index(members.len())).unwrap();
        let again = Serializer::new(encoded(&members)).append_pair(name, value).finish();
        prop_assert!(Callback::from_query(&again).is_err());
    }

    #[test]
    fn auth_208_neither_debug_nor_errors_hold_a_value(name in select(vec!["code", "state", "id_token", "iss", "error", "error_uri", "x"]),
        broken in select(vec!["", "%", "%zz", "%00", "%ff", "&state=1&state=2", "#code=1"]),
        secret in "zq[0-9]{12}") {
        let query = format!("{name}={secret}{broken}");
        let shown = match Callback::from_query(&query) {
            Ok(callback) => format!("{callback:?}"),
            Err(error) => format!("{error} {error:?} {}", error.advice()),
        };
        prop_assert!(!shown.contains(&secret), "{}", shown);
    }

    #[test]
    fn auth_173_a_refusal_never_repeats_the_secrets(secret in "[A-Za-z0-9_-]{12,60}", around in "\\PC{0,40}") {
        let told = format!("{around}{secret}{around}");
        let query = Serializer::new(String::new())
            .extend_pairs([("error", told.as_str()), ("error_description", &told), ("code", &secret), ("state", &secret)])
            .finish();
        let refusal = Callback::from_query(&query).unwrap().refusal().unwrap();
        let shown = format!("{refusal} {refusal:?}");
        prop_assert!(!shown.contains(&secret), "{}", shown);
    }

    #[test]
    fn no_input_panics_or_grows_past_a_limit(bytes in vec(any::<u8>(), 0..300), text in nearly_callbacks()) {
        let lossy = String::from_utf8_lossy(&bytes);
        let read = [
            Callback::from_form(&bytes), Callback::from_query(&lossy), Callback::from_url(&lossy),
            Callback::from_form(text.as_bytes()), Callback::from_query(&text), Callback::from_url(&text),
        ];
        for callback in read.into_iter().flatten() {
            prop_assert!(callback.code().is_none_or(|code| code.bytes().all(|b| (0x20..=0x7e).contains(&b))));
            prop_assert!(callback.state() != Some("") && callback.code() != Some(""));
            let _ = format!("{callback:?} {:?}", callback.refusal());
        }
    }

    #[test]
    fn auth_171_no_sequence_of_requests_hands_out_a_foreign_callback_or_a_second_one(
        requests in vec((select(vec!["GET", "POST", "HEAD", "PUT"]), select(vec!["/cb?", "/cb", "/", "http://127.0.0.1:8400/cb?"]),
            select(vec!["127.0.0.1:8400", "127.0.0.1:8400", "evil.example"]), nearly_callbacks(), any::<bool>()), 0..20)
    ) {
        let mut judge = LoopbackJudge::new("http://127.0.0.1:8400/cb".parse().unwrap(), STATE);
        let mut handed_out = 0;
        for (method, target, host, text, right) in requests {
            let query = if right { format!("state={STATE}&x={text}") } else { text };
            let target = format!("{target}{query}");
            let headers = [("Host", host.as_bytes()), ("Content-Type", b"application/x-www-form-urlencoded".as_slice())];
            let head = RequestHead { method, target: &target, headers: &headers };
            let before = judge.is_answered();
            let found = judge.judge(&head, query.as_bytes());
            prop_assert!(!found.answer.to_http().contains(STATE));
            if let Some(callback) = found.callback {
                prop_assert!(!before && callback.state_is(STATE) && host != "evil.example");
                prop_assert!(matches!((method, callback.mode()), ("GET", ResponseMode::Query) | ("POST", ResponseMode::FormPost)));
                handed_out += 1;
            }
        }
        prop_assert!(handed_out <= 1 && judge.is_answered() == (handed_out == 1));
    }
}
