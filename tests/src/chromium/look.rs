//! Looks at a page as people see it: wide and narrow, light and dark.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Window;

const SIZES: [(&str, u32, u32); 2] = [("wide", 1100, 760), ("narrow", 360, 740)];
const SCHEMES: [&str; 2] = ["light", "dark"];

/// What is wrong with a page, as a list of texts: a part that is wider than the screen, fields without labels, text that
/// stands out too little from what is behind it (WCAG 2.2, 1.4.3: 4.5 to 1), a page without language or title.
const FAULTS: &str = include_str!("faults.js");

impl Window {
    /// Checks the page in every size and scheme, and keeps pictures of it where `ERPNET_SCREENSHOTS` says so.
    ///
    /// # Panics
    /// When something is wrong with it.
    pub fn look(&self, name: &str) {
        for (size, width, height) in SIZES {
            let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
            self.browser("Emulation.setDeviceMetricsOverride", &metrics);
            for scheme in SCHEMES {
                let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
                self.browser(
                    "Emulation.setEmulatedMedia",
                    &json!({ "features": [feature] }),
                );
                let faults = self.post("/execute/sync", &json!({ "script": FAULTS, "args": [] }));
                assert_eq!(faults, json!([]), "{name}, {size} and {scheme}");
                self.keep(&format!("{name}-{size}-{scheme}"));
            }
        }
        self.browser("Emulation.setEmulatedMedia", &json!({ "features": [] }));
        self.browser("Emulation.clearDeviceMetricsOverride", &json!({}));
    }

    /// Turns scripts of pages off.
    pub fn without_scripts(&self) {
        self.browser(
            "Emulation.setScriptExecutionDisabled",
            &json!({ "value": true }),
        );
    }

    fn keep(&self, name: &str) {
        let Some(folder) = &self.shots else {
            return;
        };
        let shot = self.browser(
            "Page.captureScreenshot",
            &json!({ "captureBeyondViewport": true }),
        );
        let bytes = STANDARD.decode(shot["data"].as_str().unwrap_or_default());
        fs::create_dir_all(folder).expect("a folder for screenshots");
        fs::write(
            folder.join(format!("{name}.png")),
            bytes.expect("a picture"),
        )
        .expect("a file");
    }

    /// A command of the browser's own protocol.
    fn browser(&self, command: &str, parameters: &Value) -> Value {
        self.post(
            "/goog/cdp/execute",
            &json!({ "cmd": command, "params": parameters }),
        )
    }
}
