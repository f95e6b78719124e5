//! An authorization request that ends on a page of the identity service: the application hears nothing (AUTH-172).

/// Why, for a person; and the field of the Trusted Application record to look at.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) error: &'static str,
    pub(crate) problem: String,
    pub(crate) field: Option<&'static str>,
}

impl Stop {
    pub(crate) fn new(error: &'static str, problem: impl Into<String>) -> Self {
        Self {
            error,
            problem: problem.into(),
            field: None,
        }
    }

    pub(crate) fn request(problem: impl Into<String>) -> Self {
        Self::new("invalid_request", problem)
    }

    pub(crate) fn server() -> Self {
        Self::new("server_error", "The sandbox has no random numbers")
    }

    pub(crate) fn field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }
}
