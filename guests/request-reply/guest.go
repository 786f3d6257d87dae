// On "ask": sends a request to "answer" and gives what came back to "out". On "answer": replies with
// the body and with another message.
package guest

import (
	. "go.bytecodealliance.org/pkg/wit/types"
	producer "wit_component/wasi_messaging_producer"
	asking "wit_component/wasi_messaging_request_reply"
	. "wit_component/wasi_messaging_types"
)

func Handle(message *Message) Result[Unit, Error] {
	defer message.Drop()
	if message.Topic().SomeOr("") == "ask" {
		return ask(message)
	}
	return answer(message)
}

func answer(question *Message) Result[Unit, Error] {
	replied := asking.Reply(question, MakeMessage(question.Data()))
	if replied.IsErr() {
		return replied
	}
	return asking.Reply(question, MakeMessage([]byte("again")))
}

func ask(message *Message) Result[Unit, Error] {
	out := ClientConnect("default")
	if out.IsErr() {
		return Err[Unit](out.Err())
	}
	defer out.Ok().Drop()
	options := asking.MakeRequestOptions()
	options.SetTimeoutMs(2000)
	options.SetExpectedReplies(2)
	question := MakeMessage(message.Data())
	defer question.Drop()
	replies := asking.Request(out.Ok(), "answer", question, Some(options))
	if replies.IsErr() {
		return Err[Unit](replies.Err())
	}
	for _, reply := range replies.Ok() {
		sent := producer.Send(out.Ok(), "out", reply)
		if sent.IsErr() {
			return sent
		}
	}
	return Ok[Unit, Error](Unit{})
}
