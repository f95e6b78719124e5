//! The application server's public tools: auto-discovery, version, server information.

use http::StatusCode;
use serde_json::json;

use crate::builder::DiscoveryPaths;
use crate::reply::{Call, Reply};
use crate::site;
use crate::state::{State, lock};

/// The version that the sandbox says it has: one with reference tokens and next links (AUTH-034).
pub const VERSION: &str = "26.2.0.76";

fn only_read(call: &Call, answer: impl FnOnce() -> Reply) -> Reply {
    if call.is_read() {
        answer()
    } else {
        Reply::page(StatusCode::METHOD_NOT_ALLOWED).with(http::header::ALLOW, "GET")
    }
}

/// `GET /tools/auto-discovery` and `/sys/auto-discovery` (AUTH-010).
pub(crate) fn auto_discovery(state: &State, call: &Call) -> Reply {
    let hidden = match state.options.discovery_paths {
        DiscoveryPaths::Both => "",
        DiscoveryPaths::ToolsOnly => "/sys/",
        DiscoveryPaths::SysOnly => "/tools/",
    };
    if !hidden.is_empty() && call.path.starts_with(hidden) {
        return Reply::page(StatusCode::NOT_FOUND);
    }
    only_read(call, || {
        let host = state.instance.host();
        let sites = lock(&state.sites);
        Reply::ok(&site::document(
            host.as_str(),
            &state.options.database,
            &sites,
        ))
    })
}

/// `GET /tools/ver` (AUTH-031).
pub(crate) fn version(call: &Call) -> Reply {
    only_read(call, || Reply::text(VERSION))
}

/// `GET /tools/server-info` (AUTH-030).
pub(crate) fn server_info(state: &State, call: &Call) -> Reply {
    let download = |file: &str| format!("{}/sys/downloads/{file}", state.root);
    only_read(call, || {
        Reply::ok(&json!({
            "version": VERSION,
            "downloads": {
                "whatsNew": download("ErpNet_Whats_New.txt"),
                "winClient": download("ErpNet.WinClient.Setup.x86.msi"),
                "posClient": download("EnterpriseOne.Pos.Setup.x86.msi"),
                "winClient64": download("ErpNet.WinClient.Setup.x64.msi"),
                "posClient64": download("EnterpriseOne.Pos.Setup.x64.msi"),
            },
            "internalApi": { "useHttpCompression": false },
        }))
    })
}
