//! What holds for every sequence of attempts and answers, and for every sealed text.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erpnet_types::{ClientId, Secret, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::pending::tests::pending;
use super::request::SignInUrl;
use super::*;
use crate::entropy::Entropy;
use crate::time::Now;

const LIFE: Duration = Duration::from_secs(600);

fn now() -> Now {
    Now {
        wall: Timestamp::from_unix_seconds(1_000_000),
        mono: Duration::ZERO,
    }
}

fn keys(name: &str) -> SealingKeys {
    SealingKeys::new(name, &Secret::new("x".repeat(32)).unwrap()).unwrap()
}

fn app() -> ClientId {
    ClientId::parse("PK").unwrap()
}

fn start(state: u8) -> SignInStart {
    let mut pending = pending();
    pending.state = Zeroizing::new(format!("state-{state}"));
    let url = SignInUrl::of("https://demodb.my.erp.net/id/connect/authorize");
    SignInStart { url, pending }
}

/// A person begins a sign-in in one of three browsers, or an answer comes to one of them, honest or not.
#[derive(Clone, Debug)]
enum Happening {
    Begins {
        browser: usize,
        state: u8,
    },
    Answer {
        browser: usize,
        state: u8,
        stolen: Option<usize>,
    },
}

fn happening() -> impl Strategy<Value = Happening> {
    let (browser, state) = (0..3_usize, 0..5_u8);
    prop_oneof![
        (browser.clone(), state.clone())
            .prop_map(|(browser, state)| Happening::Begins { browser, state }),
        (browser.clone(), state, proptest::option::of(browser)).prop_map(
            |(browser, state, stolen)| {
                Happening::Answer {
                    browser,
                    state,
                    stolen,
                }
            }
        ),
    ]
}

proptest! {
    /// Held or sealed: an answer is taken in the browser that began this attempt last and in no other; held, once.
    #[test]
    fn auth_166_167_no_sequence_gives_an_attempt_to_another_browser(happenings in vec(happening(), 0..40), is_held: bool) {
        let mut binding = if is_held { Binding::Held(Attempts::default()) } else { Binding::Sealed(keys("a")) };
        let mut jars: [Vec<String>; 3] = Default::default();
        // Who began an attempt that is still to be answered.
        let mut begun: [Option<usize>; 5] = [None; 5];
        for (seed, happening) in happenings.into_iter().enumerate() {
            match happening {
                // A `state` is drawn at random, so none comes twice.
                Happening::Begins { state, .. } if begun[usize::from(state)].is_some() => {}
                Happening::Begins { browser, state } => {
                    let entropy = Entropy::from_bytes([u8::try_from(seed).unwrap(); 32]);
                    let web = binding.begin(start(state), LIFE, entropy, now()).unwrap();
                    let pair = web.set_cookie.split(';').next().unwrap().to_owned();
                    let name = pair.split('=').next().unwrap().to_owned();
                    jars.iter_mut().for_each(|jar| jar.retain(|known| !known.starts_with(&name)));
                    jars[browser].push(pair);
                    begun[usize::from(state)] = Some(browser);
                }
                Happening::Answer { browser, state, stolen } => {
                    let callback = Callback::from_query(&format!("code=c&state=state-{state}")).unwrap();
                    let own = jars[browser].join("; ");
                    // Cookies of another browser under names that do not fit.
                    let other = stolen.map(|from| jars[from].join("; ").replace(COOKIE_PREFIX, "__Host-x-"));
                    let header = format!("{own}; {}", other.unwrap_or_default());
                    let found = binding.find(&callback, Some(&header), &app());
                    let right = begun[usize::from(state)] == Some(browser);
                    prop_assert_eq!(found.is_ok(), right, "{:?}", found);
                    if let Ok(found) = found {
                        prop_assert!(found.answers(&callback));
                        if is_held {
                            begun[usize::from(state)] = None;
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn auth_166_what_is_sealed_opens_as_it_was(
        return_to in proptest::option::of(".{0,300}"), session in proptest::option::of("\\PC{0,60}"), max_age in proptest::option::of(any::<u32>()),
        fresh: bool, hybrid: bool, promised: bool, seed: [u8; 32],
    ) {
        let mut before = pending();
        before.return_to = return_to;
        before.session = session;
        before.max_age = max_age.map(|age| Duration::from_secs(u64::from(age)));
        before.fresh = fresh;
        before.callback_has_issuer = promised;
        if hybrid {
            before.response_type = ResponseType::CodeIdToken;
        }
        let sealed = keys("a").seal(&before, Entropy::from_bytes(seed)).unwrap();
        let after = keys("a").open(&sealed, &app()).unwrap();
        let shown = |pending: &PendingSignIn| {
            let secrets = (pending.state().to_owned(), pending.nonce().to_owned(), pending.verifier().to_string());
            let asked = (pending.issuer().to_owned(), pending.redirect_uri().to_string(), pending.scopes().to_string());
            let told = (pending.return_to().map(str::to_owned), pending.session().map(str::to_owned));
            (secrets, asked, told, pending.started(), pending.oldest_sign_in(), pending.response_mode(), pending.callback_has_issuer)
        };
        prop_assert_eq!(shown(&after), shown(&before));
    }

    #[test]
    fn auth_166_nothing_that_was_changed_opens(place in any::<prop::sample::Index>(), with in 1_u8.., cut in any::<prop::sample::Index>(), more in vec(any::<u8>(), 1..20)) {
        let sealed = keys("a").seal(&pending(), Entropy::from_bytes([5; 32])).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        let mut changed = bytes.clone();
        changed[place.index(bytes.len())] ^= with;
        let longer = [bytes.clone(), more].concat();
        for bad in [&changed[..], &bytes[..cut.index(bytes.len())], &longer] {
            prop_assert!(keys("a").open(&URL_SAFE_NO_PAD.encode(bad), &app()).is_err());
        }
        prop_assert!(keys("b").open(&sealed, &app()).is_err());
        prop_assert!(keys("a").open(&sealed, &ClientId::parse("PKx").unwrap()).is_err());
    }

    #[test]
    fn no_text_panics(text in ".{0,200}", bytes in vec(any::<u8>(), 0..200)) {
        for text in [text, URL_SAFE_NO_PAD.encode(&bytes)] {
            prop_assert!(keys("a").open(&text, &app()).is_err());
            let callback = Callback::from_query("code=c&state=s").unwrap();
            prop_assert!(Binding::Sealed(keys("a")).find(&callback, Some(&text), &app()).is_err());
        }
    }
}
