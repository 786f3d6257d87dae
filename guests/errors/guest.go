// Returns the error that the topic names, with the body as its words.
package guest

import (
	. "go.bytecodealliance.org/pkg/wit/types"
	. "wit_component/wasi_messaging_types"
)

func Handle(message *Message) Result[Unit, Error] {
	defer message.Drop()
	words := string(message.Data())
	switch message.Topic().SomeOr("") {
	case "timeout":
		return Err[Unit](MakeErrorTimeout())
	case "connection":
		return Err[Unit](MakeErrorConnection(words))
	case "permission-denied":
		return Err[Unit](MakeErrorPermissionDenied(words))
	case "other":
		return Err[Unit](MakeErrorOther(words))
	}
	return Ok[Unit, Error](Unit{})
}
