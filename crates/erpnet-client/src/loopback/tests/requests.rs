//! Requests over real sockets: who is answered how, who is dropped, who cannot hold up whom.

use super::*;

#[test]
fn auth_207_one_callback_ends_it_and_closes_the_socket() {
    for name in ["127.0.0.1", "[::1]", "localhost"] {
        if name == "[::1]" && !has_ipv6() {
            continue;
        }
        let listener = listener_with(name, Times::default());
        let redirect = listener.redirect().clone();
        let wait = waiting(listener);
        let page = ask(&redirect, callback_request(&redirect).as_bytes());
        assert!(
            status(&page) == 200 && page.contains("You can close this window"),
            "{page}"
        );
        assert!(page.contains("\r\nConnection: close\r\n") && page.ends_with("</html>\n"));
        let callback = wait.join().unwrap().unwrap();
        assert_eq!(
            (callback.code(), callback.mode()),
            (Some("c0de"), ResponseMode::Query)
        );
        assert_gone(&redirect);
    }
}

#[test]
fn auth_171_icons_forgeries_and_garbage_come_first_and_change_nothing() {
    let listener = listener();
    let redirect = listener.redirect().clone();
    let wait = waiting(listener);
    let host = host(&redirect).to_owned();
    let requests = [
        (get(&redirect, "/favicon.ico"), 404),
        (get(&redirect, "/"), 404),
        (get(&redirect, "/cb"), 400),
        (get(&redirect, "/cb?code=evil&state=guess"), 400),
        (get(&redirect, "/cb?error=access_denied"), 400),
        (
            callback_request(&redirect).replacen("GET", "DELETE", 1),
            405,
        ),
        (
            callback_request(&redirect).replace(&host, "rebound.example"),
            421,
        ),
        (callback_request(&redirect).replace("Host", "Hast"), 400),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}".to_owned(), 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 400),
        ("hello\r\n\r\n".to_owned(), 400),
        ("\u{0}".repeat(4096), 400),
        (
            format!("GET /cb HTTP/1.1\r\nHost: {host}\r\nno colon\r\n\r\n"),
            400,
        ),
        (
            format!(
                "POST /cb HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nstate=the"
            ),
            415,
        ),
    ];
    for (request, expected) in requests {
        let found = ask(&redirect, request.as_bytes());
        assert_eq!(status(&found), expected, "{request:?}: {found}");
        assert!(!found.contains(STATE));
    }
    // One that leaves in the middle, one that says nothing.
    drop(connect(&redirect));
    connect(&redirect)
        .write_all(b"GET /cb?code=c0de&sta")
        .unwrap();
    assert!(!wait.is_finished());
    assert_eq!(
        status(&ask(&redirect, callback_request(&redirect).as_bytes())),
        200
    );
    assert_eq!(wait.join().unwrap().unwrap().code(), Some("c0de"));
    assert_gone(&redirect);
}

#[test]
fn auth_168_forms_arrive_in_any_pieces() {
    let body = format!("code=c0de&id_token=e.y.J&state={STATE}");
    for piece in [1, 7, 10_000] {
        let listener = listener();
        let redirect = listener.redirect().clone();
        let wait = waiting(listener);
        let request = format!(
            "POST /cb HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Origin: https://demodb.my.erp.net\r\nContent-Length: {}\r\n\r\n{body}",
            host(&redirect),
            body.len()
        );
        let mut stream = connect(&redirect);
        for part in request.as_bytes().chunks(piece) {
            stream.write_all(part).unwrap();
        }
        assert_eq!(status(&answer(&mut stream)), 200, "{piece}");
        let callback = wait.join().unwrap().unwrap();
        assert_eq!(
            (callback.mode(), callback.id_token()),
            (ResponseMode::FormPost, Some("e.y.J"))
        );
    }
}

#[test]
fn a_query_arrives_byte_by_byte() {
    let listener = listener();
    let redirect = listener.redirect().clone();
    let wait = waiting(listener);
    let mut stream = connect(&redirect);
    for byte in callback_request(&redirect).bytes() {
        stream.write_all(&[byte]).unwrap();
        thread::yield_now();
    }
    assert_eq!(status(&answer(&mut stream)), 200);
    assert!(wait.join().unwrap().is_ok());
}

#[test]
fn stalled_connections_do_not_hold_up_the_real_one() {
    let listener = listener();
    let redirect = listener.redirect().clone();
    let wait = waiting(listener);
    let start = Instant::now();
    let mut stalled: Vec<TcpStream> = (0..3 * MAX_CONNECTIONS)
        .map(|_| connect(&redirect))
        .collect();
    for stream in &mut stalled {
        // Some say nothing, all stay; the oldest may be dropped already.
        let _ = stream.write_all(b"GET /cb?code=");
    }
    assert_eq!(
        status(&ask(&redirect, callback_request(&redirect).as_bytes())),
        200
    );
    assert!(
        start.elapsed() < Times::default().request,
        "nobody's time limit was waited for"
    );
    assert!(wait.join().unwrap().is_ok());
    drop(stalled);
    assert_gone(&redirect);
}

#[test]
fn connections_are_limited_at_below_and_above() {
    // Those that stay open, and one that asks beside them.
    for (stalled, dropped) in [
        (MAX_CONNECTIONS - 2, 0),
        (MAX_CONNECTIONS - 1, 0),
        (MAX_CONNECTIONS, 1),
    ] {
        let listener = listener();
        let redirect = listener.redirect().clone();
        let mut open: Vec<TcpStream> = (0..stalled).map(|_| connect(&redirect)).collect();
        let icon = ask(&redirect, get(&redirect, "/favicon.ico").as_bytes());
        assert_eq!(status(&icon), 404, "{stalled}");
        let is_closed = |stream: &mut TcpStream| {
            stream.set_nonblocking(true).unwrap();
            stream.read(&mut [0]).is_ok()
        };
        let closed: Vec<bool> = open.iter_mut().map(is_closed).collect();
        let expected: Vec<bool> = (0..stalled).map(|n| n < dropped).collect();
        assert_eq!(closed, expected, "the oldest goes first");
    }
}

#[test]
fn a_request_has_its_time() {
    let times = Times {
        request: Duration::from_millis(400),
        ..Times::default()
    };
    let listener = listener_with("127.0.0.1", times);
    let redirect = listener.redirect().clone();
    let mut slow = connect(&redirect);
    slow.write_all(b"GET /cb").unwrap();
    let mut silent = connect(&redirect);
    assert_eq!(status(&answer(&mut slow)), 408);
    assert_eq!(
        answer(&mut silent),
        "",
        "a connection opened ahead is just closed"
    );
    assert!(listener.slot.is_waiting());
}

#[test]
fn heads_and_bodies_are_limited_at_below_and_above() {
    let listener = listener();
    let redirect = listener.redirect().clone();
    let start = get(&redirect, "/other").trim_end().to_owned();
    let with_pad = |length: usize| {
        let pad = length - start.len() - "\r\nX: \r\n\r\n".len();
        format!("{start}\r\nX: {}\r\n\r\n", "y".repeat(pad))
    };
    for (length, expected) in [
        (MAX_LOOPBACK_HEAD - 1, 404),
        (MAX_LOOPBACK_HEAD, 404),
        (MAX_LOOPBACK_HEAD + 1, 431),
        (2 * (MAX_LOOPBACK_HEAD + MAX_LOOPBACK_BODY), 431),
    ] {
        let request = with_pad(length);
        assert_eq!(request.len(), length);
        assert_eq!(
            status(&ask(&redirect, request.as_bytes())),
            expected,
            "{length}"
        );
    }
    let endless = "z".repeat(2 * MAX_LOOPBACK_HEAD);
    assert_eq!(status(&ask(&redirect, endless.as_bytes())), 431);
    for (count, expected) in [
        (MAX_LOOPBACK_HEADERS - 1, 404),
        (MAX_LOOPBACK_HEADERS, 404),
        (MAX_LOOPBACK_HEADERS + 1, 431),
    ] {
        let more: String = (1..count).map(|n| format!("X-{n}: y\r\n")).collect();
        let request = format!("{start}\r\n{more}\r\n");
        assert_eq!(
            status(&ask(&redirect, request.as_bytes())),
            expected,
            "{count}"
        );
    }
    for (length, expected) in [
        (MAX_LOOPBACK_BODY - 1, 400),
        (MAX_LOOPBACK_BODY, 400),
        (MAX_LOOPBACK_BODY + 1, 413),
    ] {
        let request = format!(
            "POST /cb HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\n{}",
            host(&redirect),
            "b".repeat(length)
        );
        assert_eq!(
            status(&ask(&redirect, request.as_bytes())),
            expected,
            "{length}"
        );
    }
    assert!(listener.slot.is_waiting());
}

#[test]
fn a_callback_sent_twice_at_once_is_answered_twice_and_handed_out_once() {
    let listener = listener();
    let redirect = listener.redirect().clone();
    let (mut first, mut second) = (connect(&redirect), connect(&redirect));
    let request = callback_request(&redirect);
    first.write_all(request.as_bytes()).unwrap();
    second.write_all(request.as_bytes()).unwrap();
    assert!(listener.wait(LONG).is_ok());
    let pages = [answer(&mut first), answer(&mut second)];
    assert!(
        pages
            .iter()
            .any(|page| page.contains("You can close this window</h1>"))
    );
    // The other one came in time or found the socket closed; never a second hand-over.
    let again = |page: &String| page.is_empty() || page.contains("answered already");
    assert_eq!(
        pages.iter().filter(|page| again(page)).count(),
        1,
        "{pages:?}"
    );
    assert_gone(&redirect);
}

#[test]
fn auth_174_a_cancelled_sign_in_is_an_answer_too() {
    let listener = listener();
    let redirect = listener.redirect().clone();
    let wait = waiting(listener);
    let target = format!("/cb?error=access_denied&state={STATE}");
    assert!(ask(&redirect, get(&redirect, &target).as_bytes()).contains("Sign-in cancelled"));
    let callback = wait.join().unwrap().unwrap();
    assert_eq!(callback.refusal().unwrap().kind(), ErrorKind::UserCancelled);
}
