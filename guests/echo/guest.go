// Sends a copy of every message to "out"; a message on "fail" is refused.
package guest

import (
	. "go.bytecodealliance.org/pkg/wit/types"
	producer "wit_component/wasi_messaging_producer"
	. "wit_component/wasi_messaging_types"
)

func Handle(message *Message) Result[Unit, Error] {
	defer message.Drop()
	topic := message.Topic()
	if topic.SomeOr("") == "fail" {
		return Err[Unit](MakeErrorOther("asked to fail"))
	}
	copied := MakeMessage(message.Data())
	if contentType := message.ContentType(); contentType.IsSome() {
		copied.SetContentType(contentType.Some())
	}
	if metadata := message.Metadata(); metadata.IsSome() {
		copied.SetMetadata(metadata.Some())
	}
	if topic.IsSome() {
		copied.AddMetadata("from", topic.Some())
	}
	client := ClientConnect("default")
	if client.IsErr() {
		copied.Drop()
		return Err[Unit](client.Err())
	}
	defer client.Ok().Drop()
	return producer.Send(client.Ok(), "out", copied)
}
