//! The listener over real sockets: who is answered, who is dropped, what ends it, what is left behind.

use std::future::Future;
use std::io::{Read, Write};
use std::net::{Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::pin::pin;
use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use erpnet_core::sign_in::{
    Callback, CallbackFault, LoopbackFault, LoopbackRedirect, MAX_LOOPBACK_BODY, MAX_LOOPBACK_HEAD,
    MAX_LOOPBACK_HEADERS, ResponseMode,
};
use erpnet_core::{Error, ErrorKind, Reason};

use super::serve::{MAX_CONNECTIONS, Times};
use super::{LoopbackHandle, LoopbackListener, LoopbackSocket};
use crate::runtime::{BoxFuture, Runtime};

/// Long enough that only a fault reaches it.
const LONG: Duration = Duration::from_secs(20);
const STATE: &str = "the-state";

/// A redirect on a port that no other test here uses, below those that systems give to outgoing connections: a port
/// that one test left is not another's, and no connection meets itself.
fn redirect(host: &str) -> LoopbackRedirect {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let offset = std::process::id().wrapping_mul(37) + NEXT.fetch_add(1, Ordering::Relaxed);
    let port = 20_000 + offset % 12_000;
    format!("http://{host}:{port}/cb").parse().unwrap()
}

fn socket(host: &str) -> LoopbackSocket {
    // Another program may have the port.
    let mut tries = (0..100).map(|_| LoopbackSocket::bind(&[redirect(host)]));
    tries.find_map(Result::ok).expect("a free port")
}

fn listener_with(host: &str, times: Times) -> LoopbackListener {
    socket(host).listen_for(STATE, times).unwrap()
}

fn listener() -> LoopbackListener {
    listener_with("127.0.0.1", Times::default())
}

fn has_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

fn connect(redirect: &LoopbackRedirect) -> TcpStream {
    let stream = TcpStream::connect(redirect.addresses()[0]).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

fn host(redirect: &LoopbackRedirect) -> &str {
    let rest = redirect.as_str().strip_prefix("http://").unwrap();
    rest.split('/').next().unwrap()
}

fn get(redirect: &LoopbackRedirect, target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", host(redirect))
}

fn callback_request(redirect: &LoopbackRedirect) -> String {
    get(redirect, &format!("/cb?code=c0de&state={STATE}"))
}

/// Reads the answer to its end; what is lost to a reset counts as not answered.
fn answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    String::from_utf8(text).unwrap()
}

fn ask(redirect: &LoopbackRedirect, request: &[u8]) -> String {
    let mut stream = connect(redirect);
    // The listener may answer and close before all of a request is written.
    let _ = stream.write_all(request);
    answer(&mut stream)
}

fn status(answer: &str) -> u16 {
    let line = answer.strip_prefix("HTTP/1.1 ").unwrap_or("0");
    line.split(' ').next().unwrap().parse().unwrap()
}

fn fault(error: &Error) -> &LoopbackFault {
    match error.reason() {
        Reason::Loopback(fault) => fault,
        other => panic!("{other:?}"),
    }
}

/// That nothing listens any more and no thread is left.
fn assert_gone(redirect: &LoopbackRedirect) {
    for address in redirect.addresses() {
        assert!(
            TcpStream::connect(address).is_err(),
            "{address} still answers"
        );
    }
    if cfg!(target_os = "linux") {
        let name = format!("erpnet-lb-{}", redirect.port());
        for task in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
            let comm = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            assert_ne!(comm.trim(), name, "a thread is left");
        }
    }
}

/// Waits in the background, as the application does.
fn waiting(listener: LoopbackListener) -> thread::JoinHandle<Result<Callback, Error>> {
    thread::spawn(move || listener.wait(LONG))
}

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
fn auth_105_localhost_is_listened_on_at_both_addresses_where_there_are_two() {
    if !has_ipv6() {
        return;
    }
    for which in [0, 1] {
        let listener = listener_with("localhost", Times::default());
        let redirect = listener.redirect().clone();
        let wait = waiting(listener);
        let mut stream = TcpStream::connect(redirect.addresses()[which]).unwrap();
        stream
            .write_all(callback_request(&redirect).as_bytes())
            .unwrap();
        assert_eq!(status(&answer(&mut stream)), 200);
        assert!(wait.join().unwrap().is_ok());
        assert_gone(&redirect);
    }
    // Whoever held the other one would get the answer.
    let other = socket("[::1]");
    let port = other.redirect().port();
    let half_taken = format!("http://localhost:{port}/cb").parse().unwrap();
    let error = LoopbackListener::bind(&half_taken, STATE).unwrap_err();
    let ports = format!("[::1]:{port}");
    assert_eq!(fault(&error), &LoopbackFault::PortTaken { ports });
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
fn auth_106_a_taken_port_is_named_and_the_next_registered_one_is_used() {
    let first = listener();
    let taken = first.redirect().clone();
    let error = LoopbackListener::bind(&taken, STATE).unwrap_err();
    let ports = taken.addresses()[0].to_string();
    assert_eq!(
        fault(&error),
        &LoopbackFault::PortTaken {
            ports: ports.clone()
        }
    );
    assert!(error.to_string().contains(&ports) && error.advice().contains("registered"));
    assert_eq!(error.kind(), ErrorKind::Config);

    let spare = socket("127.0.0.1").redirect().clone();
    let bound = LoopbackSocket::bind(&[taken.clone(), spare.clone()]).unwrap();
    assert_eq!(bound.redirect(), &spare);
    drop(bound);
    let error = LoopbackSocket::bind(&[taken.clone(), taken]).unwrap_err();
    assert_eq!(
        fault(&error),
        &LoopbackFault::PortTaken {
            ports: format!("{ports}, {ports}")
        }
    );
    assert_eq!(
        LoopbackSocket::bind(&[]).unwrap_err().kind(),
        ErrorKind::Config
    );
}

#[test]
fn two_listeners_wait_side_by_side() {
    let (one, two) = (listener(), listener());
    let (first, second) = (one.redirect().clone(), two.redirect().clone());
    let (one, two) = (waiting(one), waiting(two));
    assert_eq!(
        status(&ask(&second, callback_request(&second).as_bytes())),
        200
    );
    assert!(two.join().unwrap().is_ok());
    assert_gone(&second);
    assert!(!one.is_finished());
    assert_eq!(
        status(&ask(&first, callback_request(&first).as_bytes())),
        200
    );
    assert!(one.join().unwrap().is_ok());
}

#[test]
fn a_callback_that_came_before_anyone_waits_is_kept() {
    let listener = listener();
    let redirect = listener.redirect().clone();
    assert_eq!(
        status(&ask(&redirect, callback_request(&redirect).as_bytes())),
        200
    );
    assert_eq!(listener.wait(LONG).unwrap().code(), Some("c0de"));
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

#[test]
fn auth_172_344_a_timeout_says_what_to_look_at() {
    let listener = listener();
    let redirect = listener.redirect().clone();
    let waited = Duration::from_millis(30);
    let error = listener.wait(waited).unwrap_err();
    let expected = LoopbackFault::NoCallback {
        redirect: redirect.to_string(),
        waited,
    };
    assert_eq!(fault(&error), &expected);
    assert!(
        error
            .advice()
            .contains(&format!("`ImpersonateLoginUrl` holds `{redirect}` exactly"))
    );
    assert_gone(&redirect);
}

#[test]
fn cancelling_and_dropping_close_the_socket_at_once() {
    let cancelled = listener();
    let redirect = cancelled.redirect().clone();
    let handle = cancelled.handle();
    // In the middle of a request, too.
    let mut stream = connect(&redirect);
    stream.write_all(b"GET /cb").unwrap();
    let wait = waiting(cancelled);
    handle.clone().cancel();
    let error = wait.join().unwrap().unwrap_err();
    assert_eq!(
        (fault(&error), error.kind()),
        (&LoopbackFault::Cancelled, ErrorKind::UserCancelled)
    );
    assert_gone(&redirect);
    handle.cancel();
    assert_eq!(fault(&handle.paste("x").unwrap_err()), &LoopbackFault::Over);

    let dropped = listener();
    let redirect = dropped.redirect().clone();
    drop(dropped);
    assert_gone(&redirect);
    let held = LoopbackSocket::bind(slice::from_ref(&redirect)).unwrap();
    drop(held);
    assert_gone(&redirect);
}

#[test]
fn a_pasted_address_ends_it_too() {
    let listener = listener();
    let redirect = listener.redirect().clone();
    let handle = listener.handle();
    let foreign = handle
        .paste(&format!("{redirect}?code=c&state=x"))
        .unwrap_err();
    assert_eq!(
        foreign.reason(),
        &Reason::Callback(CallbackFault::WrongState)
    );
    let wait = waiting(listener);
    handle
        .paste(&format!(" '{redirect}?code=pasted&state={STATE}'\n"))
        .unwrap();
    assert_eq!(wait.join().unwrap().unwrap().code(), Some("pasted"));
    assert_gone(&redirect);
}

/// A runtime of threads, for tests of futures.
struct Threads;

#[async_trait]
impl Runtime for Threads {
    async fn sleep(&self, duration: Duration) {
        let bell = Arc::new(event_listener::Event::new());
        let rung = bell.listen();
        thread::spawn(move || {
            thread::sleep(duration);
            bell.notify(1);
        });
        rung.await;
    }

    fn spawn(&self, task: BoxFuture) {
        thread::spawn(move || block_on(task));
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn futures_wait_time_out_are_cancelled_and_dropped() {
    let answered = listener();
    let redirect = answered.redirect().clone();
    let asked = thread::spawn({
        let redirect = redirect.clone();
        move || ask(&redirect, callback_request(&redirect).as_bytes())
    });
    let callback = block_on(answered.wait_async(&Threads, LONG)).unwrap();
    assert_eq!(callback.code(), Some("c0de"));
    assert_eq!(status(&asked.join().unwrap()), 200);
    assert_gone(&redirect);

    let late = listener();
    let redirect = late.redirect().clone();
    let error = block_on(late.wait_async(&Threads, Duration::from_millis(20))).unwrap_err();
    assert!(matches!(fault(&error), LoopbackFault::NoCallback { .. }));
    assert_gone(&redirect);

    let cancelled = listener();
    let handle = cancelled.handle();
    let canceller = thread::spawn(move || handle.cancel());
    let error = block_on(cancelled.wait_async(&Threads, LONG)).unwrap_err();
    assert_eq!(fault(&error), &LoopbackFault::Cancelled);
    canceller.join().unwrap();

    let dropped = listener();
    let redirect = dropped.redirect().clone();
    {
        let mut future = pin!(dropped.wait_async(&Threads, Duration::from_millis(1)));
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }
    // `pin!` drops at the end of its block.
    assert_gone(&redirect);
}

#[test]
fn auth_208_nothing_is_shown() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    let listener = listener();
    let handle: LoopbackHandle = listener.handle();
    shared(&handle);
    let shown = format!("{listener:?} {handle:?}");
    assert!(!shown.contains(STATE), "{shown}");
    let stream = connect(listener.redirect());
    stream.shutdown(Shutdown::Both).unwrap();
}
