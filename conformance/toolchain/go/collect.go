// Package collect keeps Go's garbage collector from where it may not run.
package collect

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	witRuntime "go.bytecodealliance.org/pkg/wit/runtime"
)

// Go reads the wall clock in a collection. A component must not call anything while its host
// allocates in it (cabi_realloc), so a collection that begins there traps with "cannot leave component
// instance". So none begins by itself: Garbage runs one between calls. Still so in Go 1.27, see
// wasmtime's issue 14318.
func init() { debug.SetGCPercent(-1) }

// Bytes that may be allocated before the next collection.
const allowance = 4 << 20

var (
	allocated = []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	collected uint64
)

// Garbage frees what is not used any more, if there may be much of it. What the host allocated here
// is pinned, and generated code of a plain export never unpins it: each body that arrived would stay.
func Garbage() {
	witRuntime.Unpin()
	metrics.Read(allocated)
	if now := allocated[0].Value.Uint64(); now-collected > allowance {
		runtime.GC()
		collected = now
	}
}
