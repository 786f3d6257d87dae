// A command: sends its arguments after the first to the topic that the first says.
package guest

import (
	"fmt"
	"os"

	. "go.bytecodealliance.org/pkg/wit/types"
	producer "wit_component/wasi_messaging_producer"
	. "wit_component/wasi_messaging_types"
)

func Run() Result[Unit, Unit] {
	failed := Err[Unit](Unit{})
	out := ClientConnect("default")
	if out.IsErr() || len(os.Args) < 2 {
		return failed
	}
	defer out.Ok().Drop()
	topic := os.Args[1]
	for _, word := range os.Args[2:] {
		if sent := producer.Send(out.Ok(), topic, MakeMessage([]byte(word))); sent.IsErr() {
			fmt.Fprintln(os.Stderr, "not sent:", sent.Err())
			return failed
		}
	}
	fmt.Println("sent to", topic)
	return Ok[Unit, Unit](Unit{})
}
