//! What a listener on the loopback interface answers, request by request.

use super::loopback::*;
use super::*;
use crate::error::{Error, ErrorKind, Reason};

type Header<'a> = (&'a str, &'a [u8]);

const HOST: Header<'_> = ("Host", b"127.0.0.1:8400");
const FORM: Header<'_> = ("Content-Type", b"application/x-www-form-urlencoded");

fn judge() -> LoopbackJudge {
    LoopbackJudge::new("http://127.0.0.1:8400/cb".parse().unwrap(), "the-state")
}

fn head<'a>(method: &'a str, target: &'a str, headers: &'a [Header<'a>]) -> RequestHead<'a> {
    RequestHead {
        method,
        target,
        headers,
    }
}

fn get(judge: &mut LoopbackJudge, target: &str) -> Judgement {
    judge.judge(&head("GET", target, &[HOST]), b"")
}

#[test]
fn auth_171_whatever_is_not_awaited_is_answered_and_changes_nothing() {
    let long = format!(
        "/cb?state=the-state&code={}",
        "x".repeat(MAX_CALLBACK_CODE + 1)
    );
    let cases: [(&str, &str, &[Header<'_>], u16); 27] = [
        ("GET", "/favicon.ico", &[HOST], 404),
        ("GET", "/", &[HOST], 404),
        ("GET", "/cb/?code=c&state=the-state", &[HOST], 404),
        ("GET", "/CB?code=c&state=the-state", &[HOST], 404),
        ("GET", "/cb#?code=c&state=the-state", &[HOST], 404),
        ("HEAD", "/cb?code=c&state=the-state", &[HOST], 405),
        ("OPTIONS", "/cb?code=c&state=the-state", &[HOST], 405),
        ("PUT", "/cb?code=c&state=the-state", &[HOST, FORM], 405),
        ("get", "/cb?code=c&state=the-state", &[HOST], 405),
        ("GET", "/cb", &[HOST], 400),
        ("GET", "/cb?", &[HOST], 400),
        ("GET", "/cb?code=c", &[HOST], 400),
        ("GET", "/cb?code=c&state=", &[HOST], 400),
        ("GET", "/cb?code=c&state=The-state", &[HOST], 400),
        ("GET", "/cb?code=c&state=the-stat", &[HOST], 400),
        ("GET", "/cb?error=access_denied", &[HOST], 400),
        ("GET", "/cb?error=access_denied&state=x", &[HOST], 400),
        ("GET", "/cb?code=c&state=the-state&code=d", &[HOST], 400),
        ("GET", "/cb?code=%zz&state=the-state", &[HOST], 400),
        ("GET", &long, &[HOST], 400),
        (
            "GET",
            "http://127.0.0.1:8400/cb?code=c&state=the-state",
            &[HOST],
            400,
        ),
        ("GET", "/cb?code=c&state=the-state", &[], 400),
        ("GET", "/cb?code=c&state=the-state", &[HOST, HOST], 400),
        (
            "GET",
            "/cb?code=c&state=the-state",
            &[("host", b"\xff")],
            400,
        ),
        (
            "GET",
            "/cb?code=c&state=the-state",
            &[("host", b"attacker.example:8400")],
            421,
        ),
        (
            "GET",
            "/cb?code=c&state=the-state",
            &[("host", b"localhost:8400")],
            421,
        ),
        (
            "GET",
            "/cb?code=c&state=the-state",
            &[("host", b"127.0.0.1")],
            421,
        ),
    ];
    let mut judge = judge();
    for (method, target, headers, status) in cases {
        let found = judge.judge(&head(method, target, headers), b"");
        assert_eq!(found.answer.status(), status, "{method} {target}");
        assert!(
            found.callback.is_none() && !judge.is_answered(),
            "{method} {target}"
        );
        assert_eq!(
            found.answer.body().is_empty(),
            method == "HEAD",
            "{method} {target}"
        );
        assert!(!found.answer.to_http().contains("the-state"));
    }
    let awaited = get(&mut judge, "/cb?code=c&state=the-state");
    assert!(awaited.callback.is_some(), "it still waits");
}

#[test]
fn auth_207_one_callback_is_handed_out() {
    let mut judge = judge();
    let first = get(&mut judge, "/cb?code=c&state=the-state&session_state=x");
    assert_eq!(first.answer.status(), 200);
    assert!(first.answer.body().contains("You can close this window"));
    let callback = first.callback.unwrap();
    assert_eq!(
        (callback.code(), callback.mode()),
        (Some("c"), ResponseMode::Query)
    );
    assert!(judge.is_answered());
    for again in [
        "/cb?code=c&state=the-state",
        "/cb?code=d&state=the-state",
        "/cb?error=x&state=the-state",
    ] {
        let found = get(&mut judge, again);
        assert!(
            found.callback.is_none() && found.answer.status() == 200,
            "{again}"
        );
        assert!(found.answer.body().contains("answered already"), "{again}");
    }
    let forged = get(&mut judge, "/cb?code=c&state=x");
    assert_eq!(
        forged.answer.status(),
        400,
        "whether it was answered is told to those who know the state"
    );
    assert_eq!(get(&mut judge, "/favicon.ico").answer.status(), 404);
}

#[test]
fn auth_168_form_posts_are_taken_from_the_body_only() {
    let charset: Header<'_> = (
        "content-type",
        b"Application/X-WWW-Form-Urlencoded ; charset=UTF-8",
    );
    let good = b"code=c&id_token=e.y.J&state=the-state";
    let cases: [(&str, &[Header<'_>], &[u8], u16); 8] = [
        ("/cb", &[HOST, FORM], good, 200),
        ("/cb", &[HOST, charset], good, 200),
        ("/cb?code=evil", &[HOST, FORM], good, 200),
        ("/cb?code=c&state=the-state", &[HOST, FORM], b"", 400),
        ("/cb", &[HOST, FORM], b"code=c&state=x", 400),
        ("/cb", &[HOST], good, 415),
        ("/cb", &[HOST, ("Content-Type", b"text/plain")], good, 415),
        ("/other", &[HOST, FORM], good, 404),
    ];
    for (target, headers, body, status) in cases {
        let found = judge().judge(&head("POST", target, headers), body);
        assert_eq!(found.answer.status(), status, "{target} {headers:?}");
        assert_eq!(found.callback.is_some(), status == 200);
        if let Some(callback) = found.callback {
            assert_eq!(callback.mode(), ResponseMode::FormPost);
            assert_eq!(
                (callback.code(), callback.id_token()),
                (Some("c"), Some("e.y.J"))
            );
        }
    }
}

#[test]
fn auth_173_174_the_page_says_how_it_ended() {
    let cases = [
        ("code=c", "You can close this window", None),
        ("error=access_denied", "Sign-in cancelled", None),
        ("error=access_denied&code=c", "Sign-in cancelled", None),
        (
            "error=login_required",
            "Sign-in not completed",
            Some("<code>login_required</code>"),
        ),
        (
            "error=%3Cscript%3E",
            "Sign-in not completed",
            Some("<code>&lt;script&gt;</code>"),
        ),
        ("x=y", "Sign-in not completed", None),
        ("id_token=e.y.J", "Sign-in not completed", None),
    ];
    for (query, title, detail) in cases {
        let found = get(&mut judge(), &format!("/cb?{query}&state=the-state"));
        assert!(
            found.callback.is_some() && found.answer.status() == 200,
            "{query}"
        );
        let page = found.answer.body();
        assert!(
            page.contains(&format!("<h1>{title}</h1>")),
            "{query}: {page}"
        );
        assert!(
            detail.is_none_or(|detail| page.contains(detail)),
            "{query}: {page}"
        );
        assert!(!page.contains("<script"));
    }
    let endless = format!("/cb?error={}&state=the-state", "y".repeat(10_000));
    assert!(get(&mut judge(), &endless).answer.body().len() < 2500);
}

#[test]
fn bodies_have_one_known_length_within_the_limit() {
    let length = |text: &'static str| ("Content-Length", text.as_bytes());
    let (below, at, above) = (
        (MAX_LOOPBACK_BODY - 1).to_string(),
        MAX_LOOPBACK_BODY.to_string(),
        (MAX_LOOPBACK_BODY + 1).to_string(),
    );
    let cases: [(&[Header<'_>], Result<usize, u16>); 14] = [
        (
            &[HOST, FORM, ("content-length", below.as_bytes())],
            Ok(MAX_LOOPBACK_BODY - 1),
        ),
        (
            &[HOST, FORM, ("content-length", at.as_bytes())],
            Ok(MAX_LOOPBACK_BODY),
        ),
        (
            &[HOST, FORM, ("content-length", above.as_bytes())],
            Err(413),
        ),
        (&[HOST, FORM, length("0")], Ok(0)),
        (&[HOST, FORM, length(" 7 ")], Ok(7)),
        (
            &[HOST, FORM, length("99999999999999999999999999")],
            Err(413),
        ),
        (&[HOST, FORM, length("-1")], Err(400)),
        (&[HOST, FORM, length("+1")], Err(400)),
        (&[HOST, FORM, length("")], Err(400)),
        (&[HOST, FORM, length("7, 7")], Err(400)),
        (&[HOST, FORM, length("7"), length("7")], Err(400)),
        (
            &[HOST, FORM, length("7"), ("Transfer-Encoding", b"chunked")],
            Err(411),
        ),
        (&[HOST, FORM], Err(411)),
        (&[FORM, length("7")], Err(400)),
    ];
    for (headers, expected) in cases {
        let found = judge().body_length(&head("POST", "/cb", headers));
        assert_eq!(
            found.map_err(|answer| answer.status()),
            expected,
            "{headers:?}"
        );
    }
    assert_eq!(
        judge().body_length(&head("GET", "/cb?code=c", &[HOST])),
        Ok(0)
    );
    let early = judge()
        .body_length(&head("GET", "/favicon.ico", &[HOST]))
        .unwrap_err();
    assert_eq!(early.status(), 404);
}

#[test]
fn auth_105_each_spelling_of_the_loopback_host_is_its_own() {
    for (uri, host, foreign) in [
        (
            "http://localhost:8400/cb",
            "LocalHost:8400",
            "127.0.0.1:8400",
        ),
        ("http://[::1]:8400/cb", "[::1]:8400", "localhost:8400"),
        ("http://127.0.0.1:8400/cb", "127.0.0.1:8400", "[::1]:8400"),
    ] {
        let mut judge = LoopbackJudge::new(uri.parse().unwrap(), "the-state");
        let mut ask = |host: &str| {
            let headers = [("Host", host.as_bytes())];
            judge
                .judge(&head("GET", "/cb?code=c&state=the-state", &headers), b"")
                .answer
                .status()
        };
        assert_eq!((ask(foreign), ask(host)), (421, 200), "{uri}");
    }
}

#[test]
fn auth_171_pasted_addresses_are_judged_by_state_too() {
    let fault = |result: Result<Callback, Error>| match result.unwrap_err().reason() {
        Reason::Callback(fault) => fault.clone(),
        other => panic!("{other:?}"),
    };
    let mut judge = judge();
    assert_eq!(
        fault(judge.judge_pasted("http://127.0.0.1:8400/cb")),
        CallbackFault::NoQuery
    );
    for foreign in [
        "http://127.0.0.1:8400/cb?code=c&state=x",
        "http://127.0.0.1:8400/cb?code=c",
    ] {
        assert_eq!(
            fault(judge.judge_pasted(foreign)),
            CallbackFault::WrongState
        );
        assert_eq!(
            Error::from(CallbackFault::WrongState).kind(),
            ErrorKind::Security
        );
    }
    let pasted = "'http://127.0.0.1:8400/cb?code=c&state=the-state'\n";
    assert_eq!(judge.judge_pasted(pasted).unwrap().code(), Some("c"));
    assert_eq!(fault(judge.judge_pasted(pasted)), CallbackFault::Repeated);
    assert!(
        get(&mut judge, "/cb?code=c&state=the-state")
            .callback
            .is_none()
    );
}

#[test]
fn auth_208_neither_requests_nor_the_judge_are_shown() {
    let mut judge = judge();
    let headers = [HOST, ("Cookie", b"s3cret".as_slice())];
    let request = head("GET", "/cb?code=s3cret&state=the-state", &headers);
    let judgement = judge.judge(&request, b"");
    let shown = format!("{request:?} {judge:?} {judgement:?}");
    assert!(
        !shown.contains("s3cret") && !shown.contains("the-state"),
        "{shown}"
    );
}
