//! Everything that is said to `tracing` and to `log`, at the finest level, by anyone in this process.

use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// A span or an event, as a subscriber is told it.
#[derive(Clone, Debug)]
pub struct Said {
    /// By whom: `erpnet::exchange`, `hyper_util::client`, ..
    pub target: String,
    /// The name of a span; empty for an event.
    pub span: String,
    /// Names and values; an event's text is `message`.
    pub fields: Vec<(String, String)>,
}

impl Said {
    /// In one line, as logs have it.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = format!("{} {}", self.target, self.span);
        for (name, value) in &self.fields {
            let _ = write!(line, " {name}={value}");
        }
        line
    }

    /// Whether it is this SDK that says it.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.target.starts_with("erpnet")
    }
}

static HEARD: Mutex<Vec<Said>> = Mutex::new(Vec::new());

/// Listens from now on, in the whole process.
///
/// # Panics
/// When somebody else already does.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let ids = AtomicU64::new(1);
        tracing::subscriber::set_global_default(Ear(ids)).expect("the only subscriber");
        log::set_logger(&Logger).expect("the only logger");
        log::set_max_level(log::LevelFilter::Trace);
    });
}

/// What was said since the last call.
pub fn take() -> Vec<Said> {
    std::mem::take(&mut HEARD.lock().expect("nobody panics with it"))
}

fn hear(said: Said) {
    HEARD.lock().expect("nobody panics with it").push(said);
}

struct Ear(AtomicU64);

impl Subscriber for Ear {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        hear(said(attributes.metadata(), true, fields));
        Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _span: &Id, values: &Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        hear(Said {
            target: "recorded later".to_owned(),
            span: String::new(),
            fields: fields.0,
        });
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        hear(said(event.metadata(), false, fields));
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}
    fn enter(&self, _span: &Id) {}
    fn exit(&self, _span: &Id) {}
}

fn said(metadata: &Metadata<'_>, span: bool, fields: Fields) -> Said {
    Said {
        target: metadata.target().to_owned(),
        span: if span { metadata.name() } else { "" }.to_owned(),
        fields: fields.0,
    }
}

#[derive(Default)]
struct Fields(Vec<(String, String)>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push((field.name().to_owned(), format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name().to_owned(), value.to_owned()));
    }
}

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _metadata: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        hear(Said {
            target: record.target().to_owned(),
            span: String::new(),
            fields: vec![("message".to_owned(), record.args().to_string())],
        });
    }

    fn flush(&self) {}
}
