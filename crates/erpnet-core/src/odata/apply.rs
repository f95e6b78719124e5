//! Groups and sums: `$apply` (OData extension for data aggregation), as ERP.net has it.

use super::expression::Expression;
use super::filter::Filter;
use super::text::Text;

/// What `$apply` does with the rows, step by step.
///
/// ```
/// use erpnet_core::odata::{Aggregate, Apply, Expand, Query, field};
///
/// let months = Apply::compute(field("DocumentDate").year_month(), "YearMonth")
///     .then(Apply::group_by(["YearMonth"], [Aggregate::sum("LineAmount", "TotalAmount")]));
/// let query = Query::of("Crm_Sales_SalesAnalytics").apply(months);
/// assert_eq!(
///     query.text()?,
///     "Crm_Sales_SalesAnalytics?$apply=compute(yearmonth(DocumentDate) as YearMonth)\
///      /groupby((YearMonth),aggregate(LineAmount with sum as TotalAmount))"
/// );
/// # Ok::<(), erpnet_core::Error>(())
/// ```
///
/// Groups come in no order that can be relied on, and amounts in different currencies are different groups. Keys that are
/// references are expanded with [`Query::expand_group`](super::Query::expand_group).
#[derive(Clone)]
#[must_use]
pub struct Apply {
    text: Text,
}

/// One figure of a group; the last argument names it in the answer.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Aggregate<'a> {
    of: &'a str,
    how: &'static str,
    name: &'a str,
}

impl<'a> Aggregate<'a> {
    /// How many rows.
    pub fn count(name: &'a str) -> Self {
        let (of, how) = ("$count", "");
        Self { of, how, name }
    }

    /// The sum of a number, an amount or a quantity.
    pub fn sum(of: &'a str, name: &'a str) -> Self {
        let how = " with sum";
        Self { of, how, name }
    }

    /// The smallest value.
    pub fn min(of: &'a str, name: &'a str) -> Self {
        let how = " with min";
        Self { of, how, name }
    }

    /// The largest value.
    pub fn max(of: &'a str, name: &'a str) -> Self {
        let how = " with max";
        Self { of, how, name }
    }

    /// The average. Standard OData; the Domain API's documentation does not list it.
    pub fn average(of: &'a str, name: &'a str) -> Self {
        let how = " with average";
        Self { of, how, name }
    }

    /// How many different values.
    pub fn count_distinct(of: &'a str, name: &'a str) -> Self {
        let how = " with countdistinct";
        Self { of, how, name }
    }

    fn write(self, text: &mut Text) {
        if self.how.is_empty() {
            text.push(self.of);
        } else {
            text.path("a path of attributes", self.of);
        }
        text.push(self.how);
        text.push(" as ");
        text.name("a name for a figure", self.name);
    }
}

impl Apply {
    fn new(begin: impl FnOnce(&mut Text)) -> Self {
        let mut text = Text::new();
        begin(&mut text);
        Self { text }
    }

    /// One group for each combination of keys, with its figures; at least one key.
    pub fn group_by<'a, S: AsRef<str>>(
        keys: impl IntoIterator<Item = S>,
        figures: impl IntoIterator<Item = Aggregate<'a>>,
    ) -> Self {
        Self::new(|text| {
            text.push("groupby((");
            text.list("the list of keys", ",", keys, |text, key| {
                text.path("a key to group by", key.as_ref());
            });
            text.push(")");
            let mut figures = figures.into_iter().peekable();
            if figures.peek().is_some() {
                text.push(",");
                aggregate(text, figures);
            }
            text.push(")");
        })
    }

    /// Figures over all rows; at least one.
    pub fn aggregate<'a>(figures: impl IntoIterator<Item = Aggregate<'a>>) -> Self {
        Self::new(|text| aggregate(text, figures))
    }

    /// A computed attribute for the steps that follow.
    pub fn compute(expression: Expression, name: &str) -> Self {
        let mut text = expression.into_text();
        text.wrap("compute(", " as ");
        text.name("a name for a computed attribute", name);
        text.push(")");
        Self { text }
    }

    /// Only some of the rows. The Domain API documents `$filter` beside `$apply` for that: it is evaluated first.
    pub fn filter(filter: Filter) -> Self {
        let mut text = filter.into_text();
        text.wrap("filter(", ")");
        Self { text }
    }

    /// A step as you write it.
    pub fn raw(step: &str) -> Self {
        Self::new(|text| text.raw("`$apply`", step))
    }

    /// The next step, on what this one left.
    pub fn then(mut self, next: Self) -> Self {
        self.text.push("/");
        self.text.append(next.text);
        self
    }

    pub(super) fn into_text(self) -> Text {
        self.text
    }
}

fn aggregate<'a>(text: &mut Text, figures: impl IntoIterator<Item = Aggregate<'a>>) {
    text.push("aggregate(");
    text.list("the list of figures", ",", figures, |text, figure| {
        figure.write(text);
    });
    text.push(")");
}

impl std::fmt::Debug for Apply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Apply({} bytes)", self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::field;

    #[test]
    fn steps_are_written_in_order() {
        let apply = Apply::filter(field("A").ge(1))
            .then(Apply::group_by(
                ["A", "B/C"],
                [Aggregate::min("D", "Least"), Aggregate::max("D", "Most")],
            ))
            .then(Apply::aggregate([Aggregate::average("Least", "Mean")]))
            .then(Apply::raw("identity"));
        assert_eq!(
            apply.text.finished().unwrap(),
            "filter(A ge 1)/groupby((A,B/C),aggregate(D with min as Least,D with max as Most))\
             /aggregate(Least with average as Mean)/identity"
        );
        assert_eq!(
            Apply::group_by(["A"], []).text.finished().unwrap(),
            "groupby((A))"
        );
    }

    #[test]
    fn faults_come_out() {
        for bad in [
            Apply::group_by::<&str>([], []),
            Apply::group_by(["a b"], []),
            Apply::aggregate([]),
            Apply::aggregate([Aggregate::sum("A", "B C")]),
            Apply::aggregate([Aggregate::sum("$count", "B")]),
            Apply::compute(field("A"), "B/C"),
            Apply::raw(""),
            Apply::raw("identity").then(Apply::raw("a\u{7f}")),
        ] {
            assert!(bad.text.finished().is_err(), "{}", bad.text.as_str());
        }
    }
}
