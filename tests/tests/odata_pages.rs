//! Page after page over real HTTP: a query's builder and the page machine, driven by a client.

use std::collections::HashSet;

use erpnet::odata::{EntityRef, Guid, NextLink, Pages, Query, desc};
use erpnet::{Error, ErrorKind, Page, ServiceApp, blocking};
use erpnet_sandbox::{Application, NextLinks, Sandbox};
use serde_json::{Map, Value};

type Row = Map<String, Value>;

fn connect(sandbox: &Sandbox) -> blocking::Client {
    let app = Application::service("com.example/pages")
        .scopes("read")
        .secret("demo-secret");
    let record = sandbox.register(app).unwrap();
    blocking::connect(
        ServiceApp::new(sandbox.instance(), record.client_id.as_str(), "demo-secret").unwrap(),
    )
    .unwrap()
}

/// Reads until there is no more, or the machine stops.
fn read(client: &blocking::Client, pages: &mut Pages) -> Result<Vec<Guid>, Error> {
    let mut ids = Vec::new();
    while let Some(request) = pages.next_request()? {
        let page: Page<Row> = client.send(request)?.json()?;
        for row in pages.accept(page) {
            let reference: EntityRef = serde_json::from_value(row["@odata.id"].clone()).unwrap();
            assert_eq!(reference.entity_set(), "Crm_Customers");
            ids.push(reference.id());
        }
    }
    Ok(ids)
}

#[test]
fn auth_281_282_every_row_comes_once_however_links_are_written() {
    for form in [NextLinks::Relative, NextLinks::Absolute] {
        let sandbox = Sandbox::builder().next_links(form).start().unwrap();
        let client = connect(&sandbox);
        let base = Query::of("Crm_Customers").select(["Id", "Number"]);
        let whole: Page<Row> = client
            .get(base.clone().page_size(1000).count(true).path().unwrap())
            .unwrap();
        let total = whole.value.len();
        assert!(total > 21, "{total} rows are no three pages");
        assert_eq!(whole.count, Some(total as u64));

        let queries = [
            base.clone(),
            base.clone().page_size(7),
            base.clone().page_size(7).order_by(desc("Number")),
        ];
        for query in queries {
            let mut pages = Pages::of(&query).unwrap();
            let ids = read(&client, &mut pages).unwrap();
            assert!(pages.is_complete());
            assert_eq!(
                (ids.len(), ids.iter().collect::<HashSet<_>>().len()),
                (total, total)
            );
            assert_eq!(pages.rows(), total as u64);

            // Stopped after two pages, stored as text, and read on.
            let mut first = Pages::of(&query).unwrap().limit(2);
            let mut parts = read(&client, &mut first).unwrap();
            if let Some(position) = first.position() {
                let stored = serde_json::to_string(&position).unwrap();
                let position: NextLink = serde_json::from_str(&stored).unwrap();
                parts.extend(read(&client, &mut Pages::resume(&position)).unwrap());
            }
            assert_eq!(parts, ids);
        }

        // AUTH-283: by `$skip` it comes to the same.
        let mut pages = Pages::by_skip(&base.clone().page_size(7)).unwrap();
        assert_eq!(read(&client, &mut pages).unwrap().len(), total);
    }
}

#[test]
fn auth_266_a_link_that_leads_elsewhere_gets_no_request() {
    let sandbox = Sandbox::start().unwrap();
    let client = connect(&sandbox);
    client.token().unwrap();
    sandbox.clear_requests();
    for link in [
        "https://evil.example/api/domain/odata/X",
        "/id/connect/token",
        "../../../id/connect/userinfo",
    ] {
        let error = read(&client, &mut Pages::resume(&NextLink::from(link))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Security, "{link}");
    }
    // Nor does a query with a fault.
    let faulty = Query::of("Crm_Customers").select(["no name"]);
    let error = client.send(erpnet::ApiRequest::get(&faulty)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let calls = sandbox.requests();
    assert!(
        !calls.iter().any(|call| call.path.contains("/odata/")),
        "{calls:?}"
    );
}
