//! The Domain API: a small, honest piece of OData in the dialect of ERP.net (section 11 of the rules).

mod failure;
mod generate;
mod metadata;
mod query;
mod schema;
mod store;

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::guard::{Need, authenticate};
use crate::reply::{Call, Reply};
use crate::state::{State, lock};
use crate::tools::VERSION;
use failure::Failure;
use query::Query;
use schema::{SETS, Set};
pub(crate) use store::Store;

/// Where the Domain API has its OData root.
pub(crate) const ROOT: &str = "/api/domain/odata/";

/// The content type that the Domain API sends.
const JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// What a path below the root names.
enum Resource<'a> {
    Service,
    Metadata,
    Version,
    Set(&'static Set),
    Count(&'static Set),
    Entity(&'static Set, &'a str),
}

impl<'a> Resource<'a> {
    fn find(path: &'a str) -> Option<Self> {
        let set = |name: &str| SETS.iter().find(|set| set.name == name);
        match path {
            "" => return Some(Self::Service),
            "$metadata" => return Some(Self::Metadata),
            "GetVersion" | "GetVersion()" => return Some(Self::Version),
            _ => {}
        }
        if let Some(name) = path.strip_suffix("/$count") {
            return set(name).map(Self::Count);
        }
        let entity = || store::entity(path).map(|(set, id)| Self::Entity(set, id));
        set(path).map(Self::Set).or_else(entity)
    }
}

/// Answers a call below the root: who asks, whether they may (AUTH-148, AUTH-149), and then what.
pub(crate) fn answer(state: &State, call: &Call, path: &str) -> Reply {
    let need = if call.is_read() {
        Need::Read
    } else {
        Need::Update
    };
    let allowed = authenticate(state, &call.headers).and_then(|grant| grant.require(state, need));
    if let Err(refusal) = allowed {
        return refusal.reply();
    }
    let path = percent_decode_str(path).decode_utf8_lossy();
    let reply = match Resource::find(&path) {
        Some(resource) if call.is_read() => read(state, call, &resource),
        Some(resource) => write(state, call, &resource),
        None => Err(Failure::NotFound(format!(
            "no resource was found for the segment '{path}'"
        ))),
    };
    let mut reply = reply.unwrap_or_else(|failure| failure.reply());
    let version = HeaderName::from_static("odata-version");
    reply
        .headers
        .insert(version, HeaderValue::from_static("4.0"));
    reply
}

fn read(state: &State, call: &Call, resource: &Resource<'_>) -> Result<Reply, Failure> {
    let root = format!("{}{ROOT}", state.root);
    let query = call.query.as_deref();
    let context = |name: &str| format!("{root}$metadata#{name}");
    let plain = || match query {
        None | Some("") => Ok(()),
        Some(_) => Err(Failure::Query(
            "this resource takes no query options".to_owned(),
        )),
    };
    match *resource {
        Resource::Service => {
            plain()?;
            Ok(ok(&metadata::service(&root)))
        }
        Resource::Metadata => {
            plain()?;
            Ok(Reply::new(
                StatusCode::OK,
                "application/xml",
                metadata::csdl(),
            ))
        }
        Resource::Version => {
            plain()?;
            Ok(ok(
                &json!({ "@odata.context": context("Erp.OpenObject"), "version": VERSION }),
            ))
        }
        Resource::Count(set) => {
            plain()?;
            let count = lock(&state.data).count(set).to_string();
            Ok(Reply::new(StatusCode::OK, "text/plain", count))
        }
        Resource::Set(set) => {
            let query = Query::parse(set, query)?;
            let page = lock(&state.data).page(set, &query);
            let mut body = json!({ "@odata.context": context(set.name), "value": page.rows });
            if query.count {
                body["@odata.count"] = json!(page.total);
            }
            // AUTH-283: only with `$top`, and only when there are more rows.
            if let Some(last) = page.last_of_more {
                let link = query.next_link(&root, set, &last, state.options.next_links);
                body["@odata.nextLink"] = json!(link);
            }
            Ok(ok(&body))
        }
        Resource::Entity(set, id) => {
            let query = Query::parse_single(set, query)?;
            let row = query.project(set, lock(&state.data).get(set, id)?);
            Ok(ok(&entity(row, &context(set.name))))
        }
    }
}

fn write(state: &State, call: &Call, resource: &Resource<'_>) -> Result<Reply, Failure> {
    if call.query.as_deref().is_some_and(|query| !query.is_empty()) {
        return Err(Failure::Query(
            "the sandbox takes no query options when writing".to_owned(),
        ));
    }
    let now = state.options.clock.now();
    let mut data = lock(&state.data);
    match (&call.method, resource) {
        (&Method::POST, Resource::Set(set)) => {
            let row = data.create(set, &call.body, now)?;
            let context = format!("{}{ROOT}$metadata#{}", state.root, set.name);
            let row = Query::default().project(set, &row);
            let mut reply = ok(&entity(row, &context));
            reply.status = StatusCode::CREATED;
            Ok(reply)
        }
        (&Method::PATCH, Resource::Entity(set, id)) => {
            data.update(set, id, &call.body, now)?;
            Ok(Reply::empty(StatusCode::NO_CONTENT))
        }
        (&Method::DELETE, Resource::Entity(set, id)) => {
            data.delete(set, id)?;
            Ok(Reply::empty(StatusCode::NO_CONTENT))
        }
        _ => Err(Failure::Method),
    }
}

fn entity(mut row: generate::Row, context: &str) -> Value {
    row.insert(
        "@odata.context".to_owned(),
        json!(format!("{context}/$entity")),
    );
    Value::Object(row)
}

fn ok(body: &Value) -> Reply {
    Reply::ok(body).with(CONTENT_TYPE, JSON)
}
