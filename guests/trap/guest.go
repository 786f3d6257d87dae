// Panics, which traps, unless the topic is "fine".
package guest

import (
	. "go.bytecodealliance.org/pkg/wit/types"
	. "wit_component/wasi_messaging_types"
)

func Handle(message *Message) Result[Unit, Error] {
	defer message.Drop()
	if message.Topic().SomeOr("") != "fine" {
		panic("last words")
	}
	return Ok[Unit, Error](Unit{})
}
