// Metadata is an ordered list in which a key may stand more than once.
package guest

import (
	"fmt"
	"slices"

	. "go.bytecodealliance.org/pkg/wit/types"
	producer "wit_component/wasi_messaging_producer"
	. "wit_component/wasi_messaging_types"
)

type pair = Tuple2[string, string]

func expect(message *Message, pairs ...pair) {
	if found := message.Metadata(); found.IsNone() || !slices.Equal(found.Some(), pairs) {
		panic(fmt.Sprintf("%v, not %v", found, pairs))
	}
}

func expectNone(message *Message) {
	if message.Metadata().IsSome() {
		panic("metadata that nobody set")
	}
}

func Handle(message *Message) Result[Unit, Error] {
	// The host sends these, in this order.
	expect(message, pair{"a", "1"}, pair{"b", "2"}, pair{"a", "3"})
	rules()

	// What the host sees of it: the changed list.
	message.RemoveMetadata("b")
	message.AddMetadata("c", "é")
	out := ClientConnect("default")
	if out.IsErr() {
		return Err[Unit](out.Err())
	}
	defer out.Ok().Drop()
	return producer.Send(out.Ok(), "out", message)
}

func rules() {
	made := MakeMessage([]byte{})
	defer made.Drop()
	expectNone(made)
	made.RemoveMetadata("a") // sets nothing
	expectNone(made)
	made.AddMetadata("a", "1")
	made.AddMetadata("b", "")
	made.AddMetadata("A", "2")
	expect(made, pair{"a", "1"}, pair{"b", ""}, pair{"A", "2"})

	// Adding replaces every pair of the key; the new one stands where the first stood.
	made.SetMetadata([]pair{{"z", "0"}, {"a", "1"}, {"b", "2"}, {"a", "3"}})
	expect(made, pair{"z", "0"}, pair{"a", "1"}, pair{"b", "2"}, pair{"a", "3"})
	made.AddMetadata("a", "4")
	expect(made, pair{"z", "0"}, pair{"a", "4"}, pair{"b", "2"})

	// Removing removes every pair of the key, and nothing if there is none.
	made.SetMetadata([]pair{{"a", "1"}, {"b", "2"}, {"a", "3"}})
	made.RemoveMetadata("a")
	expect(made, pair{"b", "2"})
	made.RemoveMetadata("a")
	expect(made, pair{"b", "2"})

	// Set to an empty list is not the same as never set.
	made.SetMetadata([]pair{})
	expect(made)

	// A key may be empty; removing the last pair leaves an empty list, too.
	made.AddMetadata("", "é")
	expect(made, pair{"", "é"})
	made.RemoveMetadata("")
	expect(made)
}
