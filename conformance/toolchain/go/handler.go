package export_wasi_messaging_incoming_handler

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	"wit_component/collect"
	"wit_component/guest"
	messaging "wit_component/wasi_messaging_types"
)

// Handle is what the host calls.
func Handle(message *messaging.Message) witTypes.Result[witTypes.Unit, messaging.Error] {
	defer collect.Garbage()
	return guest.Handle(message)
}
