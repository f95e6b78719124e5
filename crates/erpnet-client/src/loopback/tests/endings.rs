//! What begins and ends the listening, and what is left behind: nothing.

use super::*;

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
