//! The granted folders, opened once. Instances are given these very folders: what is at their paths
//! later, say a link that a guest put there, does not matter.

use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

use crate::error::{Error, Result, one_line};
use crate::grants::Folder;

pub(crate) struct Folders(WasiFilesystemCtx);

impl Folders {
    /// # Errors
    ///
    /// One is not there, or may not be read.
    pub(crate) fn open(folders: &[Folder]) -> Result<Self> {
        let mut wasi = WasiCtxBuilder::new();
        for folder in folders {
            let perms = match folder.write {
                true => FsPerms::ReadWrite,
                false => FsPerms::ReadOnly,
            };
            wasi.preopened_dir(&folder.path, &folder.guest, perms)
                .map_err(|error| {
                    let (path, error) = (folder.path.display(), one_line(&error));
                    Error::Failure(format!("cannot open the granted folder {path}: {error}"))
                })?;
        }
        Ok(Self(wasi.build().filesystem().clone()))
    }

    /// Gives an instance all of them.
    pub(crate) fn give(&self, wasi: &mut WasiCtx) {
        *wasi.filesystem() = self.0.clone();
    }
}
