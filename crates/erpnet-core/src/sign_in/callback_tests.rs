//! Callbacks by table: what is read, what is tolerated, what is refused and how.

use super::*;
use crate::error::{Error, ErrorKind, MAX_CODE, MAX_DESCRIPTION, Reason};
use crate::jose::MAX_TOKEN_LEN;

fn fault(result: Result<Callback, Error>) -> CallbackFault {
    let error = result.expect_err("the callback is refused");
    assert!(!error.advice().is_empty());
    match error.reason() {
        Reason::Callback(fault) => fault.clone(),
        other => panic!("{other:?}"),
    }
}

fn refusal(query: &str) -> Error {
    Callback::from_query(query).unwrap().refusal().unwrap()
}

#[test]
fn auth_168_query_and_form_are_read_and_told_apart() {
    let query = Callback::from_query("code=a%2Bb+c&state=s%20t").unwrap();
    assert_eq!(query.mode(), ResponseMode::Query);
    assert_eq!(
        (query.code(), query.state(), query.id_token()),
        (Some("a+b c"), Some("s t"), None)
    );
    let form =
        Callback::from_form(b"code=c&id_token=e.y.J&state=s&iss=https%3A%2F%2Fa%2Fid").unwrap();
    assert_eq!(form.mode(), ResponseMode::FormPost);
    assert_eq!(
        (form.id_token(), form.issuer(), form.error()),
        (Some("e.y.J"), Some("https://a/id"), None)
    );
    assert!(form.refusal().is_none());
    assert_eq!(ResponseMode::FormPost.to_string(), "form_post");
    assert_eq!(ResponseMode::Query.to_string(), "query");
}

#[test]
fn auth_169_other_members_are_tolerated() {
    let callback = Callback::from_query(
        "?scope=openid%20read&code=c&session_state=a.b&state=s&&new=%E2%82%AC&flag",
    )
    .unwrap();
    assert_eq!((callback.code(), callback.state()), (Some("c"), Some("s")));
}

#[test]
fn auth_170_a_member_that_comes_twice_is_refused() {
    let cases = [
        ("code=a&code=b", "code"),
        ("code=a&code=a", "code"),
        ("code=a&c%6Fde=b", "code"),
        ("code=&code=b", "code"),
        ("state&state=s", "state"),
        ("id_token=a&state=s&id_token=a", "id_token"),
        ("iss=a&iss=b", "iss"),
        ("error=a&error=b", "error"),
        (
            "error_description=a&error_description=b",
            "error_description",
        ),
        ("error_uri=a&error_uri=b", "error_uri"),
        ("secret-name=a&secret-name=b", "another member"),
    ];
    for (query, member) in cases {
        let expected = CallbackFault::Duplicate { member };
        assert_eq!(fault(Callback::from_query(query)), expected, "{query}");
        assert_eq!(
            fault(Callback::from_form(query.as_bytes())),
            expected,
            "{query}"
        );
        assert_eq!(Error::from(expected).kind(), ErrorKind::Security);
    }
}

#[test]
fn auth_171_state_is_compared_whole() {
    let callback = Callback::from_query("state=abc&code=c").unwrap();
    for (expected, same) in [
        ("abc", true),
        ("abd", false),
        ("ab", false),
        ("abcd", false),
        ("", false),
        ("ABC", false),
    ] {
        assert_eq!(callback.state_is(expected), same, "{expected}");
    }
    for without in ["code=c", "code=c&state=", "code=c&state"] {
        assert!(
            !Callback::from_query(without).unwrap().state_is(""),
            "{without}"
        );
    }
}

#[test]
fn auth_172_the_trailing_mark_of_error_redirects_is_ignored() {
    let query = "error=access_denied&state=s#_=_";
    let read = [
        Callback::from_query(query).unwrap(),
        Callback::from_form(query.as_bytes()).unwrap(),
        Callback::from_url(&format!("http://127.0.0.1:8400/cb?{query}")).unwrap(),
    ];
    for callback in read {
        assert_eq!(callback.state(), Some("s"), "{:?}", callback.mode());
        assert_eq!(callback.error(), Some("access_denied"));
    }
}

#[test]
fn auth_172_to_174_and_187_errors_have_kinds() {
    let cases = [
        ("access_denied", ErrorKind::UserCancelled),
        ("login_required", ErrorKind::ReauthRequired),
        ("consent_required", ErrorKind::ReauthRequired),
        ("interaction_required", ErrorKind::ReauthRequired),
        ("account_selection_required", ErrorKind::ReauthRequired),
        ("temporarily_unavailable", ErrorKind::Unavailable),
        ("server_error", ErrorKind::Unavailable),
        ("unauthorized_client", ErrorKind::RegistrationMismatch),
        ("unsupported_response_type", ErrorKind::RegistrationMismatch),
        ("invalid_scope", ErrorKind::RegistrationMismatch),
        ("invalid_request", ErrorKind::Protocol),
        ("Access_Denied", ErrorKind::Protocol),
        ("x", ErrorKind::Protocol),
    ];
    for (code, kind) in cases {
        let error = refusal(&format!("error={code}&state=s"));
        assert_eq!(error.kind(), kind, "{code}");
        assert_eq!(
            error.is_transient(),
            kind == ErrorKind::Unavailable,
            "{code}"
        );
        assert_eq!(
            error.needs_sign_in(),
            kind == ErrorKind::ReauthRequired,
            "{code}"
        );
        assert!(error.to_string().contains(code) && !error.advice().is_empty());
    }
}

#[test]
fn auth_173_an_error_wins_over_a_code() {
    let callback = Callback::from_query("error=access_denied&code=access_denied&state=s").unwrap();
    assert!(callback.code().is_some());
    let refusal = callback.refusal().unwrap();
    assert_eq!(refusal.kind(), ErrorKind::UserCancelled);
}

#[test]
fn auth_173_what_an_error_says_is_bounded_cleaned_and_struck() {
    let hostile = format!(
        "error=%1b[2J{}&error_description=c0de-c0de%0d%0a%E2%80%AE{}&code=c0de-c0de&error_uri=u",
        "x".repeat(MAX_CODE),
        "y".repeat(MAX_DESCRIPTION)
    );
    let error = refusal(&hostile);
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("c0de") && !shown.contains('\u{1b}') && !shown.contains('\u{202e}'));
    let Reason::SignInRefused(refused) = error.reason() else {
        panic!("{error:?}");
    };
    assert_eq!(refused.code().chars().count(), MAX_CODE + 1);
    assert_eq!(
        refused.description().unwrap().chars().count(),
        MAX_DESCRIPTION + 1
    );
    assert_eq!(
        refusal("error=x&error_description=%00").to_string(),
        "the sign-in ended with `x`"
    );
    assert_eq!(
        refusal("error=x&error_description=why").to_string(),
        "the sign-in ended with `x`: why"
    );
}

#[test]
fn encoding_is_strict() {
    let cases = [
        ("code=%", "code"),
        ("code=%4", "code"),
        ("state=%g0", "state"),
        ("state=%0g", "state"),
        ("id_token=%+1", "id_token"),
        ("error=%ff", "error"),
        ("iss=%E2%82", "iss"),
        ("%ff=x", "a member's name"),
    ];
    for (query, what) in cases {
        assert_eq!(
            fault(Callback::from_query(query)),
            CallbackFault::Encoding { what },
            "{query}"
        );
    }
    assert_eq!(
        fault(Callback::from_form(b"code=\xff\xfe")),
        CallbackFault::Encoding { what: "code" }
    );
    // Of no meaning here, therefore not read.
    assert!(Callback::from_query("session_state=%ff").is_ok());
    for (query, member) in [
        ("code=a%0ab", "code"),
        ("state=%00", "state"),
        ("state=%7f", "state"),
        ("id_token=%C3%A9", "id_token"),
    ] {
        assert_eq!(
            fault(Callback::from_query(query)),
            CallbackFault::Characters { member },
            "{query}"
        );
    }
}

#[test]
fn every_limit_holds_at_below_and_above() {
    let members = [
        ("code", MAX_CALLBACK_CODE),
        ("state", MAX_CALLBACK_STATE),
        ("id_token", MAX_TOKEN_LEN),
    ];
    for (what, limit) in members {
        for (length, fits) in [(limit - 1, true), (limit, true), (limit + 1, false)] {
            let form = format!("{what}={}", "x".repeat(length));
            let read = Callback::from_form(form.as_bytes());
            assert_eq!(read.is_ok(), fits, "{what} {length}");
            if !fits {
                let found = limit + 1;
                assert_eq!(fault(read), CallbackFault::TooLong { what, limit, found });
            }
        }
    }
    for (length, fits) in [
        (MAX_CALLBACK - 1, true),
        (MAX_CALLBACK, true),
        (MAX_CALLBACK + 1, false),
    ] {
        let query = format!("x={}", "y".repeat(length - 2));
        let url = format!("https://a/?{}", "y".repeat(length - "https://a/?".len()));
        assert_eq!(query.len(), length);
        assert_eq!(Callback::from_query(&query).is_ok(), fits, "{length}");
        assert_eq!(
            Callback::from_form(query.as_bytes()).is_ok(),
            fits,
            "{length}"
        );
        assert_eq!(Callback::from_url(&url).is_ok(), fits, "{length}");
    }
    for (count, fits) in [
        (MAX_CALLBACK_MEMBERS - 1, true),
        (MAX_CALLBACK_MEMBERS, true),
        (MAX_CALLBACK_MEMBERS + 1, false),
    ] {
        let query: String = (0..count).map(|n| format!("m{n}=&")).collect();
        let read = Callback::from_query(&query);
        assert_eq!(read.is_ok(), fits, "{count}");
        if !fits {
            assert_eq!(fault(read), CallbackFault::TooManyMembers);
        }
    }
}

#[test]
fn pasted_addresses_are_read_as_people_paste_them() {
    let good = [
        "http://127.0.0.1:8400/cb?code=c&state=s",
        "  http://127.0.0.1:8400/cb?code=c&state=s \r\n",
        "\"http://127.0.0.1:8400/cb?code=c&state=s\"",
        "'http://127.0.0.1:8400/cb?code=c&state=s'\n",
        "<http://127.0.0.1:8400/cb?code=c&state=s>",
        "“http://127.0.0.1:8400/cb?code=c&state=s”",
        "http://127.0.0.1:8400/cb?code=c\n  &sta\nte=s",
        "127.0.0.1:8400/cb?code=c&state=s",
        "?code=c&state=s",
        "http://127.0.0.1:8400/cb?code=c&state=s#",
        "http://127.0.0.1:8400/cb?code=c&state=s#section",
    ];
    for pasted in good {
        let callback = Callback::from_url(pasted).unwrap();
        assert_eq!(
            (callback.code(), callback.state()),
            (Some("c"), Some("s")),
            "{pasted}"
        );
        assert_eq!(callback.mode(), ResponseMode::Query);
    }
    for nothing in [
        "",
        "   ",
        "http://127.0.0.1:8400/cb",
        "c0de",
        "http://127.0.0.1:8400/cb#_=_",
    ] {
        assert_eq!(
            fault(Callback::from_url(nothing)),
            CallbackFault::NoQuery,
            "{nothing}"
        );
    }
}

#[test]
fn auth_164_an_answer_in_the_fragment_is_refused_and_explained() {
    for fragment in [
        "code=c&state=s",
        "id_token=e.y.J",
        "state=s&id_token=e",
        "error=access_denied",
        "access_token=t",
    ] {
        let url = format!("https://app.example.com/cb?a=b#{fragment}");
        let refused = Callback::from_url(&url);
        let shown = refused.as_ref().unwrap_err().clone();
        assert_eq!(fault(refused), CallbackFault::InFragment, "{fragment}");
        assert!(shown.to_string().contains('#') && shown.advice().contains("form_post"));
        assert!(Callback::from_query(&format!("a=b#{fragment}")).is_err());
    }
}

#[test]
fn auth_208_nothing_of_a_callback_is_shown() {
    let callback = Callback::from_query(
        "code=c0de&state=st4te&id_token=t0ken&iss=1ssuer&error=err0r&error_description=desc&error_uri=ur1&x=0ther",
    )
    .unwrap();
    assert_eq!(
        format!("{callback:?}"),
        r#"Callback { mode: Query, members: {"code", "state", "id_token", "iss", "error", "error_description", "error_uri"} }"#
    );
    for broken in [
        "s3cret=1&s3cret=2",
        "code=s3cret%zz",
        "state=s3cret%00",
        "s3cret%zz=1",
        "id_token=s3cret&id_token=s3cret",
    ] {
        let error = Callback::from_query(broken).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{broken}");
    }
}
