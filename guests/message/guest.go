// A message in the guest's hands: what it starts with, and that setters set.
package guest

import (
	"bytes"

	. "go.bytecodealliance.org/pkg/wit/types"
	producer "wit_component/wasi_messaging_producer"
	. "wit_component/wasi_messaging_types"
)

func expect(so bool, what string) {
	if !so {
		panic("not so: " + what)
	}
}

func has(message *Message, data string) bool {
	return bytes.Equal(message.Data(), []byte(data))
}

func Handle(message *Message) Result[Unit, Error] {
	newMessage()
	everyByte()

	// What arrived may be changed, too: this is the guest's copy.
	expect(message.Topic().Some() == "in", "topic")
	expect(message.ContentType().Some() == "text/plain", "content type")
	message.SetData([]byte("changed"))
	expect(has(message, "changed"), "changed")
	expect(message.Topic().Some() == "in", "topic after the change")

	// … and sent on as it is, without a copy.
	out := ClientConnect("default")
	if out.IsErr() {
		return Err[Unit](out.Err())
	}
	defer out.Ok().Drop()
	return producer.Send(out.Ok(), "out", message)
}

func newMessage() {
	made := MakeMessage([]byte("first\x00\xff"))
	defer made.Drop()
	expect(made.Topic().IsNone(), "no topic")
	expect(made.ContentType().IsNone(), "no content type")
	expect(made.Metadata().IsNone(), "no metadata")
	expect(has(made, "first\x00\xff"), "first")

	made.SetData([]byte{})
	expect(has(made, ""), "empty")
	made.SetData([]byte("second"))
	expect(has(made, "second"), "second")
	expect(has(made, "second"), "second again")

	made.SetContentType("text/plain")
	made.SetContentType("text/csv")
	expect(made.ContentType().Some() == "text/csv", "the later content type")
	made.SetContentType("") // not the same as never set
	expect(made.ContentType().IsSome(), "a content type")
	expect(made.ContentType().Some() == "", "an empty content type")
	expect(made.Topic().IsNone(), "still no topic")
}

func everyByte() {
	all := make([]byte, 256)
	for at := range all {
		all[at] = byte(at)
	}
	made := MakeMessage(all)
	defer made.Drop()
	expect(bytes.Equal(made.Data(), all), "every byte")
}
