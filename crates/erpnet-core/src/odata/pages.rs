//! Page after page, without the requests: what to ask next, and when to stop.

use std::collections::BTreeSet;
use std::hash::Hash;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::next_link::NextLink;
use super::query::{MAX_PAGE_SIZE, Query};
use crate::api::{ApiRequest, Page};
use crate::error::{Error, Reason};

/// The most pages that are read in one go; reading can be resumed after that.
pub const MAX_PAGES: u64 = 100_000;

/// The most empty pages in a row, each with a link to another.
pub const MAX_EMPTY_PAGES: u32 = 16;

/// Why pages cannot be read on. What was read before stays read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageFault {
    /// A link to a page that was read before.
    #[error(
        "expected a link to a new page, found one that was followed before (page {page}): the pages form a loop"
    )]
    Loop {
        /// The page with the link, counted from 1.
        page: u64,
    },
    /// Too many pages.
    #[error("expected at most {limit} pages in one go; resume from the position for more")]
    TooManyPages {
        /// The limit, [`MAX_PAGES`].
        limit: u64,
    },
    /// Page after page without a row.
    #[error("expected rows, found {limit} empty pages in a row")]
    EmptyPages {
        /// The limit, [`MAX_EMPTY_PAGES`].
        limit: u32,
    },
}

/// The pages of one query: a state machine that a client asks for the next request and tells what came.
///
/// ```text
///            next_request: Some          accept
///   start ─────────────────────▶ asked ─────────▶ start (with a link), end (without one)
///                                  │
///                                  └─ the call failed: next_request gives the same request again
/// ```
///
/// ```
/// use erpnet_core::api::{Page, Row};
/// use erpnet_core::odata::{Pages, Query};
///
/// let mut pages = Pages::of(&Query::of("General_Products_Products").select(["Id"]))?;
/// while let Some(request) = pages.next_request()? {
/// #   let page = if pages.pages() == 0 { r#"{"value":[{"Id":1}],"@odata.nextLink":"X?$skiptoken=a"}"# } else { r#"{"value":[{"Id":2}]}"# };
///     // let page: Page<Row> = client.send(request)?.json()?;
///     let page: Page<Row> = serde_json::from_str(page)?;
///     for row in pages.accept(page) {
///         println!("{row:?}");
///     }
///     // `pages.position()` can be stored here: `Pages::resume` goes on from it.
/// }
/// assert!(pages.is_complete());
/// assert_eq!((pages.pages(), pages.rows()), (2, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Links are followed as given (AUTH-281); whether they stay below the root is checked when the request is made
/// (AUTH-282). A page that came is never lost: faults come out of the next [`next_request`](Self::next_request).
#[derive(Clone)]
pub struct Pages {
    request: ApiRequest,
    next: Option<String>,
    seen: BTreeSet<u128>,
    pages: u64,
    rows: u64,
    empty_in_a_row: u32,
    limit: Option<u64>,
    /// The path that `$skip` is added to, for instances without links.
    by_skip: Option<String>,
    fault: Option<PageFault>,
}

impl Pages {
    /// All pages of a query. Without `$top`, pages of [`MAX_PAGE_SIZE`] rows are asked for (AUTH-284): there are no links
    /// without it (AUTH-283). A grouped query is asked as it is, for its `$top` would cut off groups.
    ///
    /// # Errors
    /// As [`Query::path`].
    pub fn of(query: &Query) -> Result<Self, Error> {
        let path = paged(query)?;
        Ok(Self::from_request(ApiRequest::get(path)))
    }

    /// The same for instances before version 26.2, which give no links: `$skip` is counted up until a page is empty
    /// (AUTH-283). Give an order, or rows may come twice or not at all. Where a link comes, it is followed.
    ///
    /// # Errors
    /// As [`Query::path`]; also when the query has `$skip` already.
    pub fn by_skip(query: &Query) -> Result<Self, Error> {
        // Whether it could be added at all.
        query.clone().skip(0).path()?;
        let path = paged(query)?;
        let mut pages = Self::from_request(ApiRequest::get(&path));
        pages.by_skip = Some(path);
        Ok(pages)
    }

    /// The pages that begin with a request of yours; its language and headers go with each of them.
    #[must_use]
    pub fn from_request(request: ApiRequest) -> Self {
        let path = request.path().to_owned();
        let mut pages = Self {
            request,
            next: Some(path),
            seen: BTreeSet::new(),
            pages: 0,
            rows: 0,
            empty_in_a_row: 0,
            limit: None,
            by_skip: None,
            fault: None,
        };
        pages.note();
        pages
    }

    /// The rest of what was read before, from a stored [`position`](Self::position).
    #[must_use]
    pub fn resume(position: &NextLink) -> Self {
        Self::from_request(ApiRequest::get(position.as_str()))
    }

    /// Stops after so many pages; [`position`](Self::position) then says where.
    #[must_use]
    pub fn limit(mut self, pages: u64) -> Self {
        self.limit = Some(pages);
        self
    }

    /// What to ask next; `None` when there is nothing more, or the limit is reached. Asked again before a page was
    /// accepted, it answers the same.
    ///
    /// # Errors
    /// [`Reason::Paging`]: the pages form a loop, are too many or stay empty.
    pub fn next_request(&self) -> Result<Option<ApiRequest>, Error> {
        if let Some(fault) = &self.fault {
            return Err(Reason::Paging(fault.clone()).into());
        }
        let Some(next) = &self.next else {
            return Ok(None);
        };
        if self.limit.is_some_and(|limit| self.pages >= limit) {
            return Ok(None);
        }
        if self.pages >= MAX_PAGES {
            return Err(Reason::Paging(PageFault::TooManyPages { limit: MAX_PAGES }).into());
        }
        Ok(Some(self.request.clone().with_path(next.clone())))
    }

    /// Takes the answer to the last request, and hands its rows out.
    pub fn accept<T>(&mut self, page: Page<T>) -> Vec<T> {
        self.advance(page.value.len(), page.next_link);
        page.value
    }

    /// The same for readers that stream: how many rows there were, and the link.
    pub fn advance(&mut self, rows: usize, next_link: Option<String>) {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.pages += 1;
        self.rows = self.rows.saturating_add(rows);
        self.empty_in_a_row = if rows == 0 {
            self.empty_in_a_row + 1
        } else {
            0
        };
        self.next = match (next_link, &self.by_skip) {
            (None, Some(path)) if rows > 0 => Some(format!("{path}&$skip={}", self.rows)),
            (link, _) => link,
        };
        if self.next.is_none() {
            return;
        }
        if !self.note() {
            self.fault = Some(PageFault::Loop { page: self.pages });
        } else if self.empty_in_a_row > MAX_EMPTY_PAGES {
            self.fault = Some(PageFault::EmptyPages {
                limit: MAX_EMPTY_PAGES,
            });
        }
    }

    /// Remembers a fingerprint of the link; whether it is new. The links themselves would take memory without bound.
    fn note(&mut self) -> bool {
        let mut hasher = SipHasher13::new();
        self.next.hash(&mut hasher);
        self.seen.insert(hasher.finish128().as_u128())
    }

    /// Where reading goes on: to be stored once the rows before it are. `None` when there is nothing more.
    #[must_use]
    pub fn position(&self) -> Option<NextLink> {
        self.next.clone().map(NextLink::from)
    }

    /// Whether the last page was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.next.is_none()
    }

    /// How many pages were accepted.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// How many rows were accepted.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

fn paged(query: &Query) -> Result<String, Error> {
    let path = if query.given_top().is_some() || query.is_grouped() {
        query.path()?.to_owned()
    } else {
        query.clone().page_size(MAX_PAGE_SIZE).path()?.to_owned()
    };
    Ok(path)
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("request", &self.request)
            .field("pages", &self.pages)
            .field("rows", &self.rows)
            .field("complete", &self.is_complete())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::{Aggregate, Apply};
    use proptest::prelude::*;

    fn page(rows: usize, link: Option<&str>) -> Page<usize> {
        Page {
            value: (0..rows).collect(),
            next_link: link.map(str::to_owned),
            count: None,
        }
    }

    fn path(pages: &Pages) -> Option<String> {
        pages
            .next_request()
            .unwrap()
            .map(|request| request.path().to_owned())
    }

    fn products() -> Query {
        Query::of("General_Products_Products")
    }

    #[test]
    fn auth_283_284_there_are_no_links_without_top() {
        let first = |query: &Query| path(&Pages::of(query).unwrap()).unwrap();
        assert_eq!(first(&products()), "General_Products_Products?$top=1000");
        assert_eq!(
            first(&products().top(20)),
            "General_Products_Products?$top=20"
        );
        let grouped = products().apply(Apply::aggregate([Aggregate::count("N")]));
        assert_eq!(first(&grouped), grouped.path().unwrap());
        assert!(Pages::of(&Query::of("a b")).is_err());
    }

    #[test]
    fn auth_281_links_are_followed_as_given_until_there_is_none() {
        let mut pages = Pages::from_request(ApiRequest::get("X?$top=2").accept_language("bg"));
        for link in [
            "X?$top=2&$skiptoken=a",
            "https://h/odata/X?%24top=2&%24skip=4",
            "X?%24weird",
        ] {
            assert!(path(&pages).is_some());
            assert_eq!(pages.accept(page(2, Some(link))), [0, 1]);
            assert_eq!(path(&pages).as_deref(), Some(link));
            assert_eq!(
                path(&pages).as_deref(),
                Some(link),
                "asking changes nothing"
            );
            assert_eq!(pages.position().unwrap().as_str(), link);
        }
        assert!(!pages.is_complete());
        pages.accept(page(1, None));
        assert!(pages.is_complete() && path(&pages).is_none() && pages.position().is_none());
        assert_eq!((pages.pages(), pages.rows()), (4, 7));
    }

    #[test]
    fn a_loop_is_found_and_its_rows_are_not_lost() {
        for cycle in 1..5 {
            let mut pages = Pages::from_request(ApiRequest::get("X?0"));
            let mut rows = 0;
            let fault = loop {
                match pages.next_request() {
                    Ok(Some(_)) => {
                        let link = format!("X?{}", (pages.pages() + 1) % cycle);
                        rows += pages.accept(page(3, Some(&link))).len();
                    }
                    Ok(None) => panic!("a loop has no end"),
                    Err(error) => break error,
                }
            };
            assert!(
                matches!(fault.reason(), Reason::Paging(PageFault::Loop { page }) if *page == cycle)
            );
            assert_eq!(rows as u64, cycle * 3);
            assert_eq!(pages.rows(), cycle * 3);
        }
    }

    #[test]
    fn empty_pages_have_a_limit() {
        let run = |empty: u32| {
            let mut pages = Pages::from_request(ApiRequest::get("X"));
            for n in 0..empty {
                pages.accept(page(0, Some(&format!("X?{n}"))));
            }
            pages.next_request().is_ok()
        };
        assert!(run(MAX_EMPTY_PAGES - 1) && run(MAX_EMPTY_PAGES) && !run(MAX_EMPTY_PAGES + 1));
        // A row in between begins a new count.
        let mut pages = Pages::from_request(ApiRequest::get("X"));
        for n in 0..MAX_EMPTY_PAGES * 3 {
            pages.accept(page(
                usize::from(n % MAX_EMPTY_PAGES == 0),
                Some(&format!("X?{n}")),
            ));
        }
        assert!(pages.next_request().is_ok());
    }

    #[test]
    fn pages_have_a_limit() {
        let mut pages = Pages::from_request(ApiRequest::get("X"));
        let after = |n: u64, pages: &Pages| pages.pages() == n && pages.next_request().is_ok();
        for n in 0..MAX_PAGES {
            assert!(n < MAX_PAGES - 1 || after(n, &pages));
            pages.advance(1, Some(format!("X?{n}")));
        }
        let error = pages.next_request().unwrap_err();
        assert!(matches!(
            error.reason(),
            Reason::Paging(PageFault::TooManyPages { .. })
        ));
        let rest = Pages::resume(&pages.position().unwrap());
        assert!(rest.next_request().unwrap().is_some());
        // A limit of the caller's is no fault.
        let mut pages = Pages::from_request(ApiRequest::get("X")).limit(1);
        assert!(path(&pages).is_some());
        pages.accept(page(1, Some("X?1")));
        assert!(path(&pages).is_none() && !pages.is_complete());
        assert_eq!(
            path(&Pages::resume(&pages.position().unwrap())).as_deref(),
            Some("X?1")
        );
    }

    #[test]
    fn auth_283_old_instances_are_read_by_skip() {
        let mut pages = Pages::by_skip(&products().top(2)).unwrap();
        assert_eq!(path(&pages).unwrap(), "General_Products_Products?$top=2");
        pages.accept(page(2, None));
        assert_eq!(
            path(&pages).unwrap(),
            "General_Products_Products?$top=2&$skip=2"
        );
        // An instance that gives fewer than asked has not come to its end.
        pages.accept(page(1, None));
        assert_eq!(
            path(&pages).unwrap(),
            "General_Products_Products?$top=2&$skip=3"
        );
        pages.accept(page(0, None));
        assert!(pages.is_complete());
        // One that was updated meanwhile gives links.
        let mut pages = Pages::by_skip(&products()).unwrap();
        pages.accept(page(2, Some("X?$skiptoken=a")));
        assert_eq!(path(&pages).unwrap(), "X?$skiptoken=a");
        assert!(Pages::by_skip(&products().skip(5)).is_err());
    }

    #[test]
    fn debug_shows_no_query() {
        let query = products().filter(crate::odata::field("Name").eq("secret"));
        assert!(!format!("{:?}", Pages::of(&query).unwrap()).contains("secret"));
    }

    proptest! {
        /// Whatever a server sends, the machine ends, and no request is made twice.
        #[test]
        fn no_request_is_made_twice(links in proptest::collection::vec(proptest::option::of("[a-d]{1,2}"), 1..60)) {
            let mut pages = Pages::from_request(ApiRequest::get("X"));
            let mut asked = std::collections::HashSet::new();
            for link in links {
                let Ok(Some(request)) = pages.next_request() else { break };
                prop_assert!(asked.insert(request.path().to_owned()));
                pages.accept(page(1, link.as_deref()));
            }
            prop_assert_eq!(pages.rows(), asked.len() as u64);
        }
    }
}
