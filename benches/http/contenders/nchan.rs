//! nchan in nginx, with one worker: a queue in C, and no handlers.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub(super) fn missing() -> Option<&'static str> {
    let is_there = Path::new(MODULE).exists() && Path::new(NGINX).exists();
    (!is_there).then_some("apt-get install --no-install-recommends nginx libnginx-mod-nchan")
}

/// Its brief polls expire after this timeout, of which it takes whole seconds.
pub(super) fn command(port: u16, timeout: Duration) -> io::Result<Command> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("nchan");
    fs::create_dir_all(&folder)?;
    let configuration = include_str!("nchan.conf")
        .replace("@MODULE@", MODULE)
        .replace("@FOLDER@", &folder.to_string_lossy())
        .replace("@PORT@", &port.to_string())
        .replace("@BRIEF@", BRIEF_POLLS)
        .replace("@TIMEOUT@", &timeout.as_secs().to_string());
    let file = folder.join("nchan.conf");
    fs::write(&file, configuration)?;
    let mut command = Command::new(NGINX);
    command.arg("-p").arg(&folder).arg("-c").arg(&file);
    // Before it has read the configuration, errors would go to where this installation logs.
    command.args(["-e", "stderr"]);
    Ok(command)
}

/// How many it holds, as one line of its status says.
pub(super) fn subscribers(status: &str) -> Option<&str> {
    status
        .lines()
        .find_map(|line| line.strip_prefix("subscribers: "))
}

pub(super) const BRIEF_POLLS: &str = "/brief/";

/// Where Debian puts them.
const MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";
const NGINX: &str = "/usr/sbin/nginx";
