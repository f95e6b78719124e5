//! One pass over an object with a list of objects in it, such as a key set: what is looked into need not be looked through
//! before.

use super::scan::{Member, NotJson, Scanner};

/// What was come by in the list.
pub(crate) enum Step<'a> {
    /// A member of an object.
    Member(Member<'a>),
    /// The end of an item, which was an object or not.
    Item { is_object: bool },
}

/// Steps through the items of the list `name`; how often a member of that name came, and whether it was a list each time.
/// All of the text has been JSON when there is no error.
pub(crate) fn object_with_list<'a>(
    text: &'a str,
    name: &str,
    mut step: impl FnMut(Step<'a>),
) -> Result<(usize, bool), NotJson> {
    let (mut times, mut is_list) = (0, true);
    let mut scanner = Scanner::new(text);
    let mut more = scanner.first(b'{', b'}', "an object")?;
    while more {
        let (found, escaped) = scanner.name_and_colon()?;
        let list = !escaped && found == name && scanner.peek() == Some(b'[');
        if list {
            items(&mut scanner, &mut step)?;
            times += 1;
        } else if scanner.value_of(found, escaped)?.decoded_name()? == name {
            times += 1;
            is_list = false;
        }
        more = scanner.another(b'}', "a comma or the end of the object")?;
    }
    scanner.end()?;
    Ok((times, is_list))
}

fn items<'a>(scanner: &mut Scanner<'a>, step: &mut impl FnMut(Step<'a>)) -> Result<(), NotJson> {
    let mut more = scanner.first(b'[', b']', "an array")?;
    while more {
        let is_object = scanner.peek() == Some(b'{');
        if is_object {
            let mut more = scanner.first(b'{', b'}', "an object")?;
            while more {
                step(Step::Member(scanner.member()?));
                more = scanner.another(b'}', "a comma or the end of the object")?;
            }
        } else {
            scanner.value()?;
        }
        step(Step::Item { is_object });
        more = scanner.another(b']', "a comma or the end of the array")?;
    }
    Ok(())
}
