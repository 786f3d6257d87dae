//! A message, and what a guest may do to its metadata.

use bytes::Bytes;

/// Headers in order; a key may occur more than once.
pub type Metadata = Vec<(String, String)>;

/// What a pair of metadata takes besides its text.
const PAIR: usize = size_of::<(String, String)>();

/// Bytes on their way, with what describes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Where it was received or is to go; none for one that a guest made and did not send yet.
    pub topic: Option<String>,
    /// A media type.
    pub content_type: Option<String>,
    /// The payload.
    pub data: Bytes,
    /// None until something set it, which is not the same as empty.
    pub metadata: Option<Metadata>,
}

impl Message {
    /// Bytes it takes, but for what a handle to it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let pairs = self.metadata.iter().flatten();
        let pairs = pairs.map(|(key, value)| PAIR + key.len() + value.len());
        self.data.len() + text(&self.topic) + text(&self.content_type) + pairs.sum::<usize>()
    }

    /// Sets the one value of `key`: it stands where the first one stood, the others are gone.
    pub fn add_metadata(&mut self, key: String, value: String) {
        let pairs = self.metadata.get_or_insert_default();
        let Some(first) = pairs.iter().position(|pair| pair.0 == key) else {
            pairs.push((key, value));
            return;
        };
        let mut index = 0;
        pairs.retain(|pair| {
            let keep = index <= first || pair.0 != key;
            index += 1;
            keep
        });
        pairs[first].1 = value;
    }

    /// Removes every value of `key`. Metadata that was never set stays so.
    pub fn remove_metadata(&mut self, key: &str) {
        if let Some(pairs) = &mut self.metadata {
            pairs.retain(|pair| pair.0 != key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Message {
        let metadata = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        Message {
            metadata: Some(metadata.collect()),
            ..Message::default()
        }
    }

    #[test]
    fn everything_counts() {
        let mut message = with(&[("a", "12"), ("", "")]);
        message.topic = Some("topic".into());
        message.content_type = Some("text".into());
        message.data = "data!!".into();
        assert_eq!(message.size(), 2 * PAIR + 3 + 5 + 4 + 6);
        assert_eq!(Message::default().size(), 0);
    }

    #[test]
    fn add_stands_where_the_first_stood() {
        let mut message = with(&[("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"), ("a", "5")]);
        message.add_metadata("a".into(), "new".into());
        assert_eq!(message, with(&[("a", "new"), ("b", "2"), ("c", "4")]));
    }

    #[test]
    fn add_to_none_makes_some() {
        let mut message = Message::default();
        message.add_metadata("a".into(), "1".into());
        assert_eq!(message, with(&[("a", "1")]));
    }

    #[test]
    fn remove_takes_every_value() {
        let mut message = with(&[("a", "1"), ("b", "2"), ("a", "3")]);
        message.remove_metadata("a");
        assert_eq!(message, with(&[("b", "2")]));
    }

    #[test]
    fn remove_from_none_stays_none() {
        let mut message = Message::default();
        message.remove_metadata("a");
        assert_eq!(message.metadata, None);
    }
}
