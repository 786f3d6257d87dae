//! Lines of a component on their way to its log, no more than its quota.

use std::sync::Arc;

use crate::event::{ComponentId, Event, Stream};
use crate::port::Port;
use crate::quota::Quota;

/// What is written during the handling that a port serves now.
pub(crate) struct Journal {
    component: ComponentId,
    port: Arc<Port>,
    quota: Arc<Quota>,
}

impl Journal {
    pub(crate) fn new(component: ComponentId, port: Arc<Port>, quota: Arc<Quota>) -> Self {
        Self {
            component,
            port,
            quota,
        }
    }

    /// Counts a line; says before it how many were left out, if any were. Whether it may be written.
    pub(crate) fn admit(&self) -> bool {
        let admission = self.quota.admit();
        self.tell_dropped(admission.report);
        admission.granted
    }

    /// Writes a line that was admitted.
    pub(crate) fn write(&self, stream: Stream, line: String) {
        self.port.hub().push(Event::Log {
            component: self.component,
            handling: self.port.handling(),
            stream,
            line,
        });
    }

    /// Says that the guest wanted something that is not granted.
    pub(crate) fn denied(&self, line: String) {
        self.tell(Stream::Denied, line);
    }

    /// Says that the guest wanted more of something than there is for an instance.
    pub(crate) fn limited(&self, line: String) {
        self.tell(Stream::Limited, line);
    }

    fn tell(&self, stream: Stream, line: String) {
        if self.admit() {
            self.write(stream, line);
        }
    }

    /// A handling is over: says if lines were left out.
    pub(crate) fn end(&self) {
        self.tell_dropped(self.quota.report_early());
    }

    fn tell_dropped(&self, count: Option<u64>) {
        if let Some(count) = count {
            self.write(Stream::Dropped, dropped_text(count));
        }
    }
}

pub(crate) fn dropped_text(count: u64) -> String {
    match count {
        1 => "1 line left out".into(),
        _ => format!("{count} lines left out"),
    }
}
