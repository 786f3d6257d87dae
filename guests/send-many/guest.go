// Sends as many messages as the body says, numbered from 0, to "out".
package guest

import (
	"strconv"

	. "go.bytecodealliance.org/pkg/wit/types"
	producer "wit_component/wasi_messaging_producer"
	. "wit_component/wasi_messaging_types"
)

func Handle(message *Message) Result[Unit, Error] {
	defer message.Drop()
	count, err := strconv.Atoi(string(message.Data()))
	if err != nil {
		panic(err)
	}
	out := ClientConnect("default")
	if out.IsErr() {
		return Err[Unit](out.Err())
	}
	defer out.Ok().Drop()
	for number := range count {
		sent := producer.Send(out.Ok(), "out", MakeMessage([]byte(strconv.Itoa(number))))
		if sent.IsErr() {
			return sent
		}
	}
	return Ok[Unit, Error](Unit{})
}
