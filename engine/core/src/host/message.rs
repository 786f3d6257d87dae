//! `wasi:messaging/types.message`.

use bytes::Bytes;
use wasmtime::component::{Linker, Resource};
use wasmtime::{Result, StoreContextMut};

use crate::bindings::types::HostMessage;
use crate::event::HandlingId;
use crate::message::{Message, Metadata};
use crate::state::{Kept, State};

/// A guest's handle to a message.
#[derive(Default)]
#[allow(unreachable_pub, reason = "`bindgen!` exports it again")]
pub struct Held {
    pub(crate) message: Message,
    /// The handling this message was delivered for; none if the guest made it, or it is a reply.
    pub(crate) delivered: Option<HandlingId>,
}

impl Kept for Held {
    fn size(&self) -> usize {
        self.message.size()
    }
}

impl State {
    fn message(&self, message: &Resource<Held>) -> Result<&Message> {
        Ok(&self.table.get(message)?.message)
    }

    fn change_message(
        &mut self,
        message: &Resource<Held>,
        change: impl FnOnce(&mut Message),
    ) -> Result<()> {
        self.change(message, |held| change(&mut held.message))
    }
}

/// Lets `message.data` write the payload straight into the guest's memory, where the trait that
/// `bindgen!` makes would have us copy it first.
pub(super) fn add_data_without_copy(linker: &mut Linker<State>) -> Result<()> {
    type Call<'a> = StoreContextMut<'a, State>;

    linker.allow_shadowing(true);
    linker
        .instance("wasi:messaging/types@0.2.0-draft")?
        .func_wrap("[method]message.data", |call: Call<'_>, (message,)| {
            let message = call.data().message(&message)?;
            Ok((Bytes::clone(&message.data),))
        })?;
    linker.allow_shadowing(false);
    Ok(())
}

impl HostMessage for State {
    fn new(&mut self, data: Vec<u8>) -> Result<Resource<Held>> {
        let message = Message {
            data: data.into(),
            ..Message::default()
        };
        self.push(Held {
            message,
            delivered: None,
        })
    }

    fn topic(&mut self, message: Resource<Held>) -> Result<Option<String>> {
        Ok(self.message(&message)?.topic.clone())
    }

    fn content_type(&mut self, message: Resource<Held>) -> Result<Option<String>> {
        Ok(self.message(&message)?.content_type.clone())
    }

    fn set_content_type(&mut self, message: Resource<Held>, content_type: String) -> Result<()> {
        self.change_message(&message, |it| it.content_type = Some(content_type))
    }

    fn data(&mut self, message: Resource<Held>) -> Result<Vec<u8>> {
        Ok(self.message(&message)?.data.to_vec())
    }

    fn set_data(&mut self, message: Resource<Held>, data: Vec<u8>) -> Result<()> {
        self.change_message(&message, |it| it.data = data.into())
    }

    fn metadata(&mut self, message: Resource<Held>) -> Result<Option<Metadata>> {
        Ok(self.message(&message)?.metadata.clone())
    }

    fn add_metadata(&mut self, message: Resource<Held>, key: String, value: String) -> Result<()> {
        self.change_message(&message, |it| it.add_metadata(key, value))
    }

    fn set_metadata(&mut self, message: Resource<Held>, metadata: Metadata) -> Result<()> {
        self.change_message(&message, |it| it.metadata = Some(metadata))
    }

    fn remove_metadata(&mut self, message: Resource<Held>, key: String) -> Result<()> {
        self.change_message(&message, |it| it.remove_metadata(&key))
    }

    fn drop(&mut self, message: Resource<Held>) -> Result<()> {
        self.take(message).map(drop)
    }
}
