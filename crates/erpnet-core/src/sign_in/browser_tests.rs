//! Attempts and their cookies as tables (AUTH-166, AUTH-167).

use std::time::Duration;

use erpnet_types::{ClientId, Secret, Timestamp};
use zeroize::Zeroizing;

use super::pending::tests::pending;
use super::request::SignInUrl;
use super::*;
use crate::entropy::Entropy;
use crate::error::{Error, Reason};
use crate::time::Now;

const LIFE: Duration = Duration::from_secs(600);

fn at(seconds: u64) -> Now {
    Now {
        wall: Timestamp::from_unix_seconds(1_000_000).after(Duration::from_secs(seconds)),
        mono: Duration::from_secs(seconds),
    }
}

fn started(state: &str, seconds: u64) -> SignInStart {
    let mut pending = pending();
    pending.state = Zeroizing::new(state.to_owned());
    pending.started = at(seconds).wall;
    let url = SignInUrl::of("https://demodb.my.erp.net/id/connect/authorize?x=1");
    SignInStart { url, pending }
}

fn sealed() -> Binding {
    let secret = Secret::new("x".repeat(32)).unwrap();
    Binding::Sealed(SealingKeys::new("a", &secret).unwrap())
}

fn held() -> Binding {
    Binding::Held(Attempts::default())
}

/// Begins, and returns what the browser sends back: `name=value`.
fn begin(binding: &mut Binding, state: &str, seed: u8) -> String {
    let entropy = Entropy::from_bytes([seed; 32]);
    let start = binding
        .begin(started(state, 0), LIFE, entropy, at(0))
        .unwrap();
    start.set_cookie.split(';').next().unwrap().to_owned()
}

fn find(binding: &mut Binding, state: &str, cookies: Option<&str>) -> Result<String, Error> {
    let callback = Callback::from_query(&format!("code=c&state={state}")).unwrap();
    let client_id = ClientId::parse("PK").unwrap();
    let found = binding.find(&callback, cookies, &client_id)?;
    Ok(found.state().to_owned())
}

fn why(found: Result<String, Error>) -> &'static str {
    match found.unwrap_err().reason() {
        Reason::BrowserNotBound => "not bound",
        Reason::AttemptUnknown => "unknown",
        Reason::SealBroken { .. } => "broken",
        Reason::Callback(_) => "callback",
        Reason::TooManyAttempts { .. } => "too many",
        other => panic!("{other:?}"),
    }
}

#[test]
fn auth_167_the_cookie_fits_the_way_the_answer_comes() {
    for (hybrid, same_site) in [(false, "Lax"), (true, "None")] {
        for mut binding in [sealed(), held()] {
            let mut start = started("s1", 0);
            if hybrid {
                start.pending.response_type = ResponseType::CodeIdToken;
            }
            let entropy = Entropy::from_bytes([1; 32]);
            let set = binding
                .begin(start, LIFE, entropy, at(0))
                .unwrap()
                .set_cookie;
            let (pair, attributes) = set.split_once("; ").unwrap();
            assert!(pair.starts_with(COOKIE_PREFIX), "{pair}");
            let expected = format!("Path=/; Max-Age=600; Secure; HttpOnly; SameSite={same_site}");
            assert_eq!(attributes, expected);
            assert!(!set.contains("Domain"), "the prefix forbids it");
            for secret in ["s1", "the-nonce", "the-verifier"] {
                assert!(!pair.contains(secret), "{pair}");
            }
        }
    }
}

#[test]
fn auth_167_two_tabs_each_find_their_own() {
    for mut binding in [sealed(), held()] {
        let (one, two) = (begin(&mut binding, "s1", 1), begin(&mut binding, "s2", 2));
        assert_ne!(one.split('=').next(), two.split('=').next(), "a name each");
        let jar = format!("theme=dark; {one};{two} ; {COOKIE_PREFIX}other=x");
        assert_eq!(find(&mut binding, "s2", Some(&jar)).unwrap(), "s2");
        assert_eq!(find(&mut binding, "s1", Some(&jar)).unwrap(), "s1");
    }
}

#[test]
fn auth_167_an_answer_in_another_browser_is_refused() {
    for (mut binding, foreign) in [(sealed(), "broken"), (held(), "not bound")] {
        let (one, two) = (begin(&mut binding, "s1", 1), begin(&mut binding, "s2", 2));
        let (name, value) = one.split_once('=').unwrap();
        let (_, other) = two.split_once('=').unwrap();
        let long = format!("{one}; x={}", "y".repeat(MAX_COOKIES));
        for (cookies, expected) in [
            (None, "not bound"),
            (Some(String::new()), "not bound"),
            (Some(two.clone()), "not bound"),
            (Some(format!("{name}x={value}")), "not bound"),
            (Some(value.to_owned()), "not bound"),
            (Some(format!("{name}=")), foreign),
            (Some(format!("{name}={value}x")), foreign),
            // Twice: one of them is somebody else's, and nobody can tell which.
            (Some(format!("{one}; {one}")), "not bound"),
            (Some(format!("{one}; {name}={other}")), "not bound"),
            (Some(long), "not bound"),
        ] {
            let found = find(&mut binding, "s1", cookies.as_deref());
            assert_eq!(why(found), expected, "{cookies:?}");
        }
        // The other attempt's own content under this name: it opens, and is not the one.
        let swapped = find(&mut binding, "s1", Some(&format!("{name}={other}")));
        let expected = if foreign == "broken" {
            "callback"
        } else {
            "not bound"
        };
        assert_eq!(why(swapped), expected);
        // None of this ended the sign-in that is under way.
        assert_eq!(find(&mut binding, "s1", Some(&one)).unwrap(), "s1");
    }
}

#[test]
fn the_cookie_header_at_below_and_above_its_limit() {
    let mut binding = sealed();
    let one = begin(&mut binding, "s1", 1);
    for (length, fine) in [
        (MAX_COOKIES - 1, true),
        (MAX_COOKIES, true),
        (MAX_COOKIES + 1, false),
    ] {
        let padding = "y".repeat(length - one.len() - "; x=".len());
        let header = format!("{one}; x={padding}");
        assert_eq!(header.len(), length);
        assert_eq!(
            find(&mut binding, "s1", Some(&header)).is_ok(),
            fine,
            "{length}"
        );
    }
}

/// AUTH-167 allows to find an attempt by `state` alone; that allows login CSRF, so it takes a switch.
#[test]
fn auth_167_state_alone_is_refused_unless_allowed() {
    let mut binding = held();
    begin(&mut binding, "s1", 1);
    assert_eq!(why(find(&mut binding, "s1", None)), "not bound");
    let mut binding = Binding::Held(Attempts::default().insecure_allow_state_alone());
    let cookie = begin(&mut binding, "s1", 1);
    let (name, _) = cookie.split_once('=').unwrap();
    assert_eq!(why(find(&mut binding, "s2", None)), "unknown");
    let wrong = find(&mut binding, "s1", Some(&format!("{name}=x")));
    assert_eq!(why(wrong), "not bound", "a wrong cookie is worse than none");
    assert_eq!(find(&mut binding, "s1", None).unwrap(), "s1");
    assert_eq!(why(find(&mut binding, "s1", None)), "unknown", "once");
}

#[test]
fn auth_166_an_attempt_that_is_held_is_taken_once() {
    let mut binding = held();
    let one = begin(&mut binding, "s1", 1);
    assert!(find(&mut binding, "s1", Some(&one)).is_ok());
    assert_eq!(why(find(&mut binding, "s1", Some(&one))), "unknown");
    for state in ["", "&x=1"] {
        assert_eq!(why(find(&mut binding, state, Some(&one))), "callback");
    }
}

#[test]
fn attempts_at_below_and_above_the_capacity() {
    let mut attempts = Binding::Held(Attempts::with_capacity(3));
    let mut put = |state: &str, seconds: u64| {
        let entropy = Entropy::from_bytes([1; 32]);
        let begun = attempts.begin(started(state, seconds), LIFE, entropy, at(seconds));
        begun.map(drop).map_err(|error| why(Err(error)))
    };
    for (state, seconds, expected) in [
        ("s1", 0, Ok(())),
        ("s2", 1, Ok(())),
        ("s3", 2, Ok(())),
        ("s4", 3, Err("too many")),
        // At its limit an attempt may still be answered.
        ("s4", 600, Err("too many")),
        ("s4", 601, Ok(())),
        ("s5", 601, Err("too many")),
        ("s5", 700, Ok(())),
        ("s6", 700, Ok(())),
        ("s7", 700, Err("too many")),
    ] {
        assert_eq!(put(state, seconds), expected, "{state} after {seconds} s");
    }
    assert_eq!(Attempts::with_capacity(usize::MAX).capacity(), MAX_ATTEMPTS);
    assert!(Attempts::default().is_empty());
}

#[test]
fn auth_166_the_cookie_is_taken_away_again() {
    let mut binding = held();
    let one = begin(&mut binding, "s1", 1);
    let (name, _) = one.split_once('=').unwrap();
    let callback = Callback::from_query("error=access_denied&state=s1").unwrap();
    let clear = Binding::clear_cookie(&callback);
    let expected = format!("{name}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None");
    assert_eq!(clear, expected);
    let nobody = Binding::clear_cookie(&Callback::from_query("code=c").unwrap());
    assert!(nobody.starts_with(COOKIE_PREFIX) && nobody.contains("Max-Age=0"));
}

#[test]
fn auth_208_debug_shows_no_attempt() {
    let mut binding = held();
    let entropy = Entropy::from_bytes([1; 32]);
    let start = binding
        .begin(started("the-state", 0), LIFE, entropy, at(0))
        .unwrap();
    let (_, value) = start
        .set_cookie
        .split(';')
        .next()
        .unwrap()
        .split_once('=')
        .unwrap();
    let shown = format!("{start:?} {binding:?} {:?}", sealed());
    for secret in ["the-state", "the-nonce", "the-verifier", value] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
