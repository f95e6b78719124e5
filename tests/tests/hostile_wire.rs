//! As `hostile`, below HTTP: bodies without end, heads without end, connections that break.

use std::time::Duration;

use erpnet_client::TransportErrorKind::{BodyTooLarge, Interrupted, Protocol, Timeout};
use erpnet_tests::drivers;
use erpnet_tests::hostile::Stage;
use erpnet_tests::hostile_table::{Behave, Verdict, class, meet};
use erpnet_tests::instance;

const JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const NO_PAUSE: Duration = Duration::ZERO;

#[test]
fn bodies_without_end_are_cut_off() {
    let verdict = Verdict::Lost(&[BodyTooLarge]);
    class("an endless chunked body", &verdict, |c, _| {
        c.read();
        c.write(format!("{JSON}Transfer-Encoding: chunked\r\n\r\n"));
        let chunk = format!("4000\r\n{}\r\n", "[".repeat(0x4000));
        c.repeat(chunk.as_bytes(), NO_PAUSE);
    });
    class(
        "an endless body up to the end of the connection",
        &verdict,
        |c, _| {
            c.read();
            c.write(format!("{JSON}\r\n"));
            c.repeat(&[b' '; 0x4000], NO_PAUSE);
        },
    );
    class("10 MB, announced", &verdict, |c, _| {
        c.read();
        c.write(format!("{JSON}Content-Length: 10485760\r\n\r\n"));
        c.repeat(&[b' '; 0x4000], NO_PAUSE);
    });
    class("an absurd announcement", &verdict, |c, _| {
        c.read();
        c.write(format!("{JSON}Content-Length: {}\r\n\r\n{{", i64::MAX));
        c.keep_silent();
    });
    // The largest lengths mean something else to some HTTP libraries.
    let verdict = Verdict::Lost(&[BodyTooLarge, Protocol]);
    class("the largest announcement", &verdict, |c, _| {
        c.read();
        c.write(format!("{JSON}Content-Length: {}\r\n\r\n{{", u64::MAX - 1));
        c.keep_silent();
    });
}

#[test]
fn drips_end_at_the_deadline() {
    let verdict = Verdict::Lost(&[Timeout]);
    class("silence", &verdict, |c, _| {
        c.read();
        c.keep_silent();
    });
    class("a body byte by byte", &verdict, |c, _| {
        c.read();
        c.write(format!("{JSON}Content-Length: 100000\r\n\r\n"));
        c.repeat(b" ", Duration::from_millis(50));
    });
    class("a chunked body byte by byte", &verdict, |c, _| {
        c.read();
        c.write(format!("{JSON}Transfer-Encoding: chunked\r\n\r\n"));
        c.repeat(b"1\r\n \r\n", Duration::from_millis(50));
    });
    class("a head byte by byte", &verdict, |c, _| {
        c.read();
        c.write("HTTP/1.1 200 OK\r\nX: ");
        c.repeat(b"x", Duration::from_millis(50));
    });
    class("a body that stops short", &verdict, |c, _| {
        c.read();
        c.write(format!("{JSON}Content-Length: 10\r\n\r\n{{"));
        c.keep_silent();
    });
}

#[test]
fn heads_without_end_are_cut_off() {
    let verdict = Verdict::Lost(&[Protocol, Interrupted]);
    class("a header of 1 MB", &verdict, |c, _| {
        c.read();
        c.write(format!(
            "HTTP/1.1 200 OK\r\nX: {}\r\n\r\n",
            "x".repeat(1 << 20)
        ));
    });
    class("endless headers", &verdict, |c, _| {
        c.read();
        c.write("HTTP/1.1 200 OK\r\n");
        c.repeat(format!("X: {}\r\n", "x".repeat(1000)).as_bytes(), NO_PAUSE);
    });
    class("a header flood", &verdict, |c, _| {
        c.read();
        c.write(format!(
            "HTTP/1.1 200 OK\r\n{}\r\n",
            "A: b\r\n".repeat(100_000)
        ));
    });
    class("an endless status line", &verdict, |c, _| {
        c.read();
        c.write("HTTP/1.1 200 ");
        c.repeat(&[b'x'; 1000], NO_PAUSE);
    });
}

#[test]
fn what_is_not_http() {
    let verdict = Verdict::Lost(&[Protocol, Interrupted]);
    for (name, behave) in [
        (
            "another protocol",
            (|c, _| {
                c.read();
                c.write("SSH-2.0-OpenSSH_9.9\r\n");
            }) as Behave,
        ),
        ("random bytes", |c, _| {
            c.read();
            c.write([0x80, 0xff, 0, 1, 2, 3, 0x0a, 0x0d]);
        }),
        ("a bare body", |c, _| {
            c.read();
            c.write("{\"access_token\":\"x\"}");
        }),
        ("an unknown version", |c, _| {
            c.read();
            c.write("HTTP/3.7 200 OK\r\n\r\n");
        }),
        ("no status", |c, _| {
            c.read();
            c.write("HTTP/1.1 OK\r\n\r\n");
        }),
        ("a status of four digits", |c, _| {
            c.read();
            c.write("HTTP/1.1 2000 OK\r\n\r\n");
        }),
        ("a head that breaks off", |c, _| {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nContent-Le");
        }),
        ("a header without colon", |c, _| {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nno colon\r\n\r\n");
        }),
        ("two lengths", |c, _| {
            c.read();
            c.write(format!(
                "{JSON}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}} "
            ));
        }),
        ("a negative length", |c, _| {
            c.read();
            c.write(format!("{JSON}Content-Length: -2\r\n\r\n{{}}"));
        }),
        ("a chunk that is no number", |c, _| {
            c.read();
            c.write(format!(
                "{JSON}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n"
            ));
        }),
        ("a chunk beyond all numbers", |c, _| {
            c.read();
            c.write(format!(
                "{JSON}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{{}}\r\n"
            ));
        }),
        ("chunks without an end", |c, _| {
            c.read();
            c.write(format!(
                "{JSON}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n"
            ));
        }),
    ] {
        class(name, &verdict, behave);
    }
}

#[test]
fn connections_that_break() {
    let verdict = Verdict::Lost(&[Interrupted]);
    for (name, behave) in [
        ("closed without an answer", (|c, _| c.read()) as Behave),
        ("reset without an answer", |_, _| ()),
        ("reset within the head", |c, _| {
            c.write("HTTP/1.1 200 OK\r\nX: ");
        }),
        ("reset after the head", |c, _| {
            c.write(format!("{JSON}Content-Length: 100\r\n\r\n"));
        }),
        ("reset within the body", |c, _| {
            c.write(format!("{JSON}Content-Length: 100\r\n\r\n{{\"a\":"));
        }),
        ("shorter than announced", |c, _| {
            c.read();
            c.write(format!("{JSON}Content-Length: 100\r\n\r\n{{}}"));
        }),
    ] {
        class(name, &verdict, behave);
    }
}

/// Interim answers come before the answer, and are passed over (RFC 9110 section 15.2).
#[test]
fn interim_answers_are_passed_over() {
    for driver in drivers::real() {
        for stage in [Stage::Sites, Stage::Metadata, Stage::Token, Stage::Api] {
            let behave: Behave = match stage {
                Stage::Sites => |c, _| interim(c, "sites"),
                Stage::Metadata => |c, _| interim(c, "metadata"),
                Stage::Token => |c, _| interim(c, "token"),
                _ => |c, _| interim(c, "customers"),
            };
            let at = format!("an interim answer at {stage:?} through {}", driver.name());
            meet(driver.as_ref(), stage, behave, &at).expect(&at);
        }
    }
}

fn interim(c: &mut erpnet_tests::hostile::Connection<'_>, document: &str) {
    c.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    let reply = instance::response(document, c.root);
    c.answer("200 OK\r\nContent-Type: application/json", reply.body);
}
