//! Copies of folders.

use std::path::Path;
use std::{fs, io};

/// Copies a file or a folder with all its contents. The copies have the present time, so that cargo compiles them
/// again.
pub(crate) fn copy_as_new(from: &Path, to: &Path) -> io::Result<()> {
    walk(from, to, &|from, to| fs::write(to, fs::read(from)?))
}

/// The same, but the times stay, so that cargo does not compile again.
pub(crate) fn copy_as_old(from: &Path, to: &Path) -> io::Result<()> {
    walk(from, to, &|from, to| {
        fs::copy(from, to)?;
        let modified = fs::metadata(from)?.modified()?;
        fs::File::options()
            .write(true)
            .open(to)?
            .set_modified(modified)
    })
}

fn walk(from: &Path, to: &Path, copy: &dyn Fn(&Path, &Path) -> io::Result<()>) -> io::Result<()> {
    if !from.is_dir() {
        return copy(from, to);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        walk(&entry.path(), &to.join(entry.file_name()), copy)?;
    }
    Ok(())
}
