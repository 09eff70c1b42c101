//! A condition that is broken on purpose.

use std::collections::BTreeMap;

/// A name, and the edits that break the condition.
pub(crate) struct Mutant {
    pub(crate) name: &'static str,
    pub(crate) edits: &'static [Edit],
}

/// A text that occurs exactly once in a file, and the text that replaces it.
pub(crate) struct Edit {
    pub(crate) file: &'static str,
    pub(crate) text: &'static str,
    pub(crate) broken: &'static str,
}

/// Files by name.
pub(crate) type Files = BTreeMap<&'static str, String>;

impl Mutant {
    /// The files that it changes, which `read` returns.
    pub(crate) fn whole(
        &self,
        read: impl Fn(&str) -> Result<String, String>,
    ) -> Result<Files, String> {
        let files = self
            .edits
            .iter()
            .map(|edit| Ok((edit.file, read(edit.file)?)));
        files.collect()
    }

    /// The same files with the edits.
    pub(crate) fn broken(&self, mut files: Files) -> Result<Files, String> {
        for edit in self.edits {
            let content = files.get_mut(edit.file).expect("all its files are here");
            match content.matches(edit.text).count() {
                1 => *content = content.replacen(edit.text, edit.broken, 1),
                count => {
                    let Edit { file, text, .. } = edit;
                    return Err(format!(
                        "this stands {count} times in {file}, not once:\n{text}"
                    ));
                }
            }
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDIT: Edit = Edit {
        file: "lock.rs",
        text: "lock();",
        broken: "",
    };

    fn broken(content: &str, edits: &'static [Edit]) -> Result<String, String> {
        let mutant = Mutant {
            name: "no-lock",
            edits,
        };
        let files = mutant.whole(|_| Ok(content.to_owned()))?;
        Ok(mutant.broken(files)?.remove("lock.rs").unwrap())
    }

    #[test]
    fn each_edit_replaces_its_text() {
        assert_eq!(broken("a(); lock(); b();", &[EDIT]).unwrap(), "a();  b();");
        const SECOND: Edit = Edit {
            text: "b();",
            broken: "b(); lock();",
            ..EDIT
        };
        assert_eq!(
            broken("lock(); b();", &[EDIT, SECOND]).unwrap(),
            " b(); lock();"
        );
    }

    #[test]
    fn a_text_that_does_not_occur_exactly_once_is_an_error() {
        assert!(
            broken("a();", &[EDIT])
                .unwrap_err()
                .contains("0 times in lock.rs")
        );
        assert!(
            broken("lock(); lock();", &[EDIT])
                .unwrap_err()
                .contains("2 times in lock.rs")
        );
    }
}
