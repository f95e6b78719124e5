//! As much of HTML as the pages of the sandbox need: the form, its hidden fields, a link, and what went wrong.

use crate::error::SandboxError;

pub(super) struct Page {
    title: String,
    problem: Option<String>,
    pub(super) form: Option<Form>,
    /// Where the button-like link leads.
    pub(super) link: Option<String>,
}

pub(super) struct Form {
    pub(super) action: String,
    /// The hidden fields.
    pub(super) fields: Vec<(String, String)>,
}

impl Form {
    /// The body of the form, with what was typed.
    pub(super) fn filled(&self, pairs: &[(&str, &str)]) -> String {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&self.fields).extend_pairs(pairs).finish()
    }
}

impl Page {
    pub(super) fn read(body: &[u8]) -> Self {
        let html = String::from_utf8_lossy(body);
        let problem = html.split_once("<p class=\"bad\"");
        let form = html
            .split_once("<form ")
            .map(|(_, form)| form.split("</form>").next().unwrap_or(form));
        let link = html
            .split_once("<a class=\"button\"")
            .and_then(|(_, link)| attribute(link, "href"));
        Self {
            title: between(&html, "<title>", "</title>").unwrap_or_default(),
            problem: problem.and_then(|(_, rest)| between(rest, ">", "</p>")),
            form: form.and_then(|form| {
                let inputs = form.split("<input type=\"hidden\"").skip(1);
                let field = |input| Some((attribute(input, "name")?, attribute(input, "value")?));
                Some(Form {
                    action: attribute(form, "action")?,
                    fields: inputs.filter_map(field).collect(),
                })
            }),
            link,
        }
    }

    /// This page is where it ended.
    pub(super) fn end(&self) -> SandboxError {
        let problem = self.problem.as_ref().map(|problem| format!(": {problem}"));
        SandboxError::NoCallback {
            page: format!("{}{}", self.title, problem.unwrap_or_default()),
        }
    }
}

/// The value of an attribute of the element that `html` is in.
fn attribute(html: &str, name: &str) -> Option<String> {
    let element = html.split('>').next()?;
    between(element, &format!("{name}=\""), "\"")
}

fn between(html: &str, start: &str, end: &str) -> Option<String> {
    let (_, rest) = html.split_once(start)?;
    let (text, _) = rest.split_once(end)?;
    Some(unescape(text))
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_problems_are_found() {
        let page = Page::read(
            b"<title>T &amp; U</title><p class=\"bad\" role=\"alert\">no &lt;</p><form method=\"post\" action=\"/a\">\
              <input type=\"hidden\" name=\"n\" value=\"&quot;1&amp;lt;\"><input type=\"text\" name=\"x\" value=\"y\"></form>\
              <a class=\"button\" href=\"/l?a=1&amp;b=2\">",
        );
        let form = page.form.as_ref().unwrap();
        assert_eq!(
            (form.action.as_str(), form.filled(&[("b", "c")])),
            ("/a", "n=%221%26lt%3B&b=c".to_owned())
        );
        assert_eq!(page.link.as_deref(), Some("/l?a=1&b=2"));
        assert_eq!(
            page.end().to_string(),
            "the sign-in stopped at a page: T & U: no <"
        );
        assert!(Page::read(b"").form.is_none());
    }
}
