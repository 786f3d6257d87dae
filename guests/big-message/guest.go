// Sends a body of as many bytes as the body it got says; one over the limit fails with error.other.
package guest

import (
	"bytes"
	"strconv"

	. "go.bytecodealliance.org/pkg/wit/types"
	producer "wit_component/wasi_messaging_producer"
	. "wit_component/wasi_messaging_types"
)

func Handle(message *Message) Result[Unit, Error] {
	defer message.Drop()
	size, err := strconv.Atoi(string(message.Data()))
	if err != nil {
		panic(err)
	}
	body := bytes.Repeat([]byte("x"), size)
	big := MakeMessage([]byte("small"))
	big.SetData(body)
	if !bytes.Equal(big.Data(), body) {
		panic("the body is not what was set")
	}
	out := ClientConnect("default")
	if out.IsErr() {
		big.Drop()
		return Err[Unit](out.Err())
	}
	defer out.Ok().Drop()
	return producer.Send(out.Ok(), "out", big)
}
