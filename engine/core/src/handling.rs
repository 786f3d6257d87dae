//! One piece of work for a guest, as a future, and what comes out of it.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::component::Component;
use crate::event::Outcome;
use crate::instance::Instance;
use crate::message::Message;
use crate::port::Port;

/// What a guest is to do.
pub(crate) enum Work {
    /// Handle a message.
    Message(Message),
    /// Run as a command, with these arguments.
    Command(Vec<String>),
    /// Nothing but start.
    Start,
}

/// How it ended, and the instance if it may be used again.
pub(crate) struct Run {
    pub(crate) outcome: Outcome,
    pub(crate) instance: Option<Instance>,
}

impl Run {
    pub(crate) fn without_instance(outcome: Outcome) -> Self {
        let instance = None;
        Self { outcome, instance }
    }
}

/// A guest at work. Dropping it stops the guest and drops its instance.
pub(crate) struct Guest(Pin<Box<dyn Future<Output = Run> + Send>>);

impl Guest {
    /// Puts a guest to work, in `instance` or else in a new one.
    pub(crate) fn new(
        component: Arc<Component>,
        port: Arc<Port>,
        instance: Option<Instance>,
        work: Work,
    ) -> Self {
        Self(match work {
            Work::Message(message) => Box::pin(handle(component, port, instance, message)),
            Work::Command(arguments) => {
                Box::pin(
                    async move { Run::without_instance(component.run(port, &arguments).await) },
                )
            }
            Work::Start => Box::pin(start(component, port)),
        })
    }

    /// Lets it run. A panic ends it, with an outcome that says so.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Run> {
        contain(|| self.0.as_mut().poll(cx))
            .unwrap_or_else(|outcome| Poll::Ready(Run::without_instance(outcome)))
    }

    /// Stops it. A panic meanwhile is nobody's concern.
    pub(crate) fn discard(self) {
        let _ = contain(|| drop(self));
    }
}

async fn handle(
    component: Arc<Component>,
    port: Arc<Port>,
    instance: Option<Instance>,
    message: Message,
) -> Run {
    let mut instance = match instance {
        Some(instance) => instance,
        None => match component.instantiate(port).await {
            Ok(instance) => instance,
            Err(outcome) => return Run::without_instance(outcome),
        },
    };
    let outcome = instance.handle(message).await;
    let well = matches!(outcome, Outcome::Ok | Outcome::Failed(_));
    let options = &component.options;
    let keep = well && !options.fresh && instance.is_reusable(options.max_messages_per_instance);
    Run {
        outcome,
        instance: keep.then_some(instance),
    }
}

async fn start(component: Arc<Component>, port: Arc<Port>) -> Run {
    match component.instantiate(port).await {
        Ok(instance) => Run {
            outcome: Outcome::Ok,
            instance: (!component.options.fresh).then_some(instance),
        },
        Err(outcome) => Run::without_instance(outcome),
    }
}

/// Does something; a panic in it is the engine's failure.
pub(crate) fn contain<T>(action: impl FnOnce() -> T) -> Result<T, Outcome> {
    catch_unwind(AssertUnwindSafe(action)).map_err(|payload| {
        let text = panic_text(payload.as_ref());
        Outcome::Engine(format!("the engine panicked: {text}"))
    })
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no text")
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn poll(future: impl Future<Output = Run> + Send + 'static) -> (Guest, Poll<Run>) {
        let mut guest = Guest(Box::pin(future));
        let poll = guest.poll(&mut Context::from_waker(Waker::noop()));
        (guest, poll)
    }

    #[test]
    fn a_panic_is_the_engines_failure() {
        let (_, Poll::Ready(run)) = poll(async { panic!("on {}", "purpose") }) else {
            unreachable!("a panic ends it");
        };
        let text = "the engine panicked: on purpose".into();
        assert_eq!(run.outcome, Outcome::Engine(text));
        assert!(run.instance.is_none());
    }

    #[test]
    fn a_panic_while_discarding_is_contained() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("on purpose");
            }
        }
        let (guest, poll) = poll(async {
            let _bomb = Bomb;
            std::future::pending().await
        });
        assert!(poll.is_pending());
        guest.discard();
    }
}
