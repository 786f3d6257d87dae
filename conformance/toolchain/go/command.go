package export_wasi_cli_run

import (
	witTypes "go.bytecodealliance.org/pkg/wit/types"
	_ "wit_component/collect"
	"wit_component/guest"
)

// Run is what the host calls.
func Run() witTypes.Result[witTypes.Unit, witTypes.Unit] {
	return guest.Run()
}
