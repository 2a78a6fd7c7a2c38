//! Where operators are listened to: a Unix socket that only the service's user may open, or loopback.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::net::{TcpListener, UnixListener, UnixStream};

use crate::config::AdminBind;

/// Longest path of a socket on Linux (`sockaddr_un`, unix(7)), less its closing zero.
const MAX_PATH: usize = 107;

/// A listener that is bound.
pub struct Listener {
    address: AdminBind,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Unix(UnixListener, SocketFile),
    Tcp(TcpListener),
}

/// Removes the socket's file when the listener goes.
pub(super) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Gone already, or in a folder that is: nobody is served there either way.
        let _ = fs::remove_file(&self.0);
    }
}

impl Listener {
    /// Binds the address. The file of a host that is gone is replaced, that of one that lives is not.
    ///
    /// # Errors
    /// If the address is taken, or cannot be one.
    pub async fn bind(address: &AdminBind) -> io::Result<Self> {
        match address {
            AdminBind::Tcp(wanted) => {
                let listener = TcpListener::bind(wanted).await?;
                Ok(Self { address: AdminBind::Tcp(listener.local_addr()?), kind: Kind::Tcp(listener) })
            }
            AdminBind::Unix(path) => {
                let listener = bind_unix(path).await?;
                let file = SocketFile(path.clone());
                Ok(Self { address: address.clone(), kind: Kind::Unix(listener, file) })
            }
        }
    }

    /// Where it listens; a port that was 0 is the one that was taken.
    pub fn address(&self) -> &AdminBind {
        &self.address
    }
}

async fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    if path.as_os_str().len() > MAX_PATH {
        let text = format!(
            "the path of a socket may have {MAX_PATH} bytes at most; set `admin.bind` to a shorter one"
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    if UnixStream::connect(path).await.is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "another host serves there"));
    }
    match fs::symlink_metadata(path) {
        Ok(there) if there.file_type().is_socket() => fs::remove_file(path)?,
        Ok(_) => return Err(io::Error::new(io::ErrorKind::AlreadyExists, "what lies there is no socket")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    // Bound under a name of our own and renamed, so that it is never open to others, not even for a moment.
    let private = path.with_extension(format!("{}.tmp", std::process::id()));
    let listener = if private.as_os_str().len() > MAX_PATH {
        UnixListener::bind(path)?
    } else {
        UnixListener::bind(&private)?
    };
    let bound = if private.exists() { &private } else { path };
    fs::set_permissions(bound, Permissions::from_mode(0o600))?;
    if bound != path {
        fs::rename(bound, path)?;
    }
    Ok(listener)
}
