//! Another allocator for a server that knows nothing of it: the dynamic linker loads it first.

use std::fs;
use std::path::PathBuf;

pub(super) fn missing() -> Option<&'static str> {
    let missing = "apt-get install libmimalloc2.0, or whatever has libmimalloc.so.2 below /usr/lib";
    library().is_none().then_some(missing)
}

/// The library, directly in `/usr/lib` or in the folder of an architecture.
pub(super) fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    let folders = folders.map(|folder| folder.path());
    let mut libraries = folders
        .chain([PathBuf::from("/usr/lib")])
        .map(|folder| folder.join("libmimalloc.so.2"));
    libraries.find(|library| library.exists())
}
