//! The listener over real sockets.

mod endings;
mod requests;

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
use erpnet_core::sign_in::loopback::{MAX_LOOPBACK_BODY, MAX_LOOPBACK_HEAD, MAX_LOOPBACK_HEADERS};
use erpnet_core::sign_in::{
    Callback, CallbackFault, LoopbackFault, LoopbackRedirect, ResponseMode,
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
