//! `wasi:filesystem`, in the folders that are granted. What is open has a limit, and what is refused is
//! logged.

use wasmtime::Result;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::FsPerms;
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, DescriptorType, ErrorCode, HostDescriptor, OpenFlags, PathFlags,
};

use crate::state::State;

/// Of wasmtime; guests of other versions of 0.2 are given it as well.
const TYPES: &str = "wasi:filesystem/types@0.2.12";
/// Characters of a path that are shown.
const MAX_SHOWN: usize = 253;

type Call<'a> = StoreContextMut<'a, State>;

struct Opening {
    folder: Resource<Descriptor>,
    path_flags: PathFlags,
    path: String,
    open_flags: OpenFlags,
    flags: DescriptorFlags,
}

/// Takes the place of wasmtime's `open-at`, by which alone a guest comes to have a file open.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    linker.allow_shadowing(true);
    linker.instance(TYPES)?.func_wrap_async(
        "[method]descriptor.open-at",
        |mut call: Call<'_>, (folder, path_flags, path, open_flags, flags)| {
            let opening = Opening {
                folder,
                path_flags,
                path,
                open_flags,
                flags,
            };
            Box::new(async move { Ok((call.data_mut().open_at(opening).await?,)) })
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

impl State {
    async fn open_at(
        &mut self,
        opening: Opening,
    ) -> Result<Result<Resource<Descriptor>, ErrorCode>> {
        if !self.may_open() {
            return Ok(Err(ErrorCode::InsufficientMemory));
        }
        let Opening {
            folder,
            path_flags,
            path,
            open_flags,
            flags,
        } = opening;
        let is_read_only = matches!(
            self.table.get(&folder)?,
            Descriptor::Dir(folder) if folder.perms == FsPerms::ReadOnly
        );
        let reason = match is_read_only && changes(open_flags, flags) {
            true => "to write is not granted; to allow it, add `write = true` to its folder in",
            false => "is not granted: it leads out of its folder; to allow it, add where it is to",
        };
        let shown: String = path.chars().take(MAX_SHOWN).collect();
        if self.is_special(&folder, path_flags, &path).await {
            self.journal().denied(format!(
                "opening {shown:?} is never granted: it is neither a file nor a folder"
            ));
            return Ok(Err(ErrorCode::NotPermitted));
        }
        let files = &mut self.filesystem();
        match files
            .open_at(folder, path_flags, path, open_flags, flags)
            .await
        {
            Ok(descriptor) => {
                self.open.add(self.table.get(&descriptor)?);
                Ok(Ok(descriptor))
            }
            Err(error) => {
                let code = error.downcast()?;
                if matches!(code, ErrorCode::NotPermitted) {
                    self.journal().denied(format!(
                        "opening {shown:?} {reason} `files` of the component"
                    ));
                }
                Ok(Err(code))
            }
        }
    }
}

impl State {
    /// Whether there is a pipe, a socket or a device: to open one may take for ever, and a thread that
    /// all components need.
    async fn is_special(
        &mut self,
        folder: &Resource<Descriptor>,
        path_flags: PathFlags,
        path: &str,
    ) -> bool {
        let folder = Resource::new_borrow(folder.rep());
        let files = &mut self.filesystem();
        let found = files.stat_at(folder, path_flags, path.to_owned()).await;
        found.is_ok_and(|found| {
            !matches!(
                found.type_,
                DescriptorType::RegularFile
                    | DescriptorType::Directory
                    | DescriptorType::SymbolicLink
            )
        })
    }
}

fn changes(open: OpenFlags, flags: DescriptorFlags) -> bool {
    open.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE)
        || flags.intersects(DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY)
}
