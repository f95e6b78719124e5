//! From a request to its answer: faults first, then the endpoint that the path names.

use std::time::{Duration, UNIX_EPOCH};

use http::header::{CONTENT_TYPE, DATE};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::clock::Clock;
use crate::fault::Fault;
use crate::reply::{Call, Reply};
use crate::server::Hangup;
use crate::state::{State, lock};
use crate::{identity, odata, profile, tools};

/// Answers a call; `refused` is what the server says to it before any endpoint sees it.
pub(crate) async fn respond(
    state: &State,
    call: &Call,
    refused: Option<StatusCode>,
) -> Result<Reply, Hangup> {
    let faults = lock(&state.faults).take(&call.path);
    let mut answer_is_lost = false;
    let mut instead = None;
    for fault in faults {
        match fault {
            Fault::Delay { duration, .. } => tokio::time::sleep(duration).await,
            Fault::Drop { .. } => return Err(Hangup),
            Fault::DropAfter { .. } => answer_is_lost = true,
            // Met where the document is made, not here.
            Fault::Alter { .. } => {}
            Fault::Status {
                status,
                body,
                content_type,
                headers,
                ..
            } => {
                instead = Some(ordered(status, body, &content_type, &headers));
            }
        }
    }
    let mut reply = match (instead, refused) {
        (Some(reply), _) => reply,
        (None, Some(status)) => Reply::page(status),
        (None, None) => route(state, call),
    };
    if answer_is_lost {
        return Err(Hangup);
    }
    reply
        .headers
        .entry(DATE)
        .or_insert_with(|| date(&state.options.clock));
    Ok(reply)
}

/// The endpoints, by path. Whatever is not listed is a page not found; the global authority has sign-in only.
fn route(state: &State, call: &Call) -> Reply {
    let path = call.path.as_str();
    if path.starts_with("/id/") || path.starts_with("/example-idp/") {
        return identity::route(state, call);
    }
    if state.is_global() {
        return Reply::page(StatusCode::NOT_FOUND);
    }
    if let Some(rest) = path.strip_prefix(odata::ROOT) {
        return odata::answer(state, call, rest);
    }
    match path {
        "/tools/auto-discovery" | "/sys/auto-discovery" => tools::auto_discovery(state, call),
        "/tools/ver" => tools::version(call),
        "/tools/server-info" => tools::server_info(state, call),
        "/profile/me" => profile::answer(state, call),
        _ => Reply::page(StatusCode::NOT_FOUND),
    }
}

fn ordered(status: u16, body: Vec<u8>, content_type: &str, headers: &[(String, String)]) -> Reply {
    let status = StatusCode::from_u16(status).ok();
    let status = status.filter(|status| !status.is_informational());
    let mut reply = Reply::empty(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    reply.body = body.into();
    let content_type = (!content_type.is_empty()).then_some((CONTENT_TYPE.as_str(), content_type));
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in content_type.into_iter().chain(headers) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            reply.headers.append(name, value);
        }
    }
    reply
}

/// The clock as an HTTP date; years that HTTP cannot write are cut to the nearest that it can.
fn date(clock: &Clock) -> HeaderValue {
    const LATEST: i64 = 253_402_300_799;
    let seconds = clock.now().unix_seconds().clamp(0, LATEST).unsigned_abs();
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    HeaderValue::try_from(date).expect("a date has only visible characters")
}

#[cfg(test)]
mod tests {
    use super::*;
    use erpnet_types::Timestamp;

    #[test]
    fn dates_follow_the_clock_and_stay_writable() {
        let at = |millis| date(&Clock::fixed(Timestamp::from_unix_millis(millis)));
        assert_eq!(at(951_868_800_000), "Wed, 01 Mar 2000 00:00:00 GMT");
        assert_eq!(at(i64::MIN), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(at(i64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
    }
}
