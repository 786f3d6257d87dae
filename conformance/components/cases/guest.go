// The cases of the conformance suite: a message on BASE.CASE plays CASE, BASE.out hears of it.
package guest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	. "go.bytecodealliance.org/pkg/wit/types"
	producer "wit_component/wasi_messaging_producer"
	requestreply "wit_component/wasi_messaging_request_reply"
	. "wit_component/wasi_messaging_types"
)

var (
	kinds = map[uint8]string{
		Error_Timeout:          "timeout",
		Error_Connection:       "connection",
		Error_PermissionDenied: "permission-denied",
		Error_Other:            "other",
	}
	mixed = Metadata{{F0: "a", F1: "1"}, {F0: "b", F1: "2"}, {F0: "a", F1: "3"}}
	odd   = Metadata{
		{F0: "", F1: ""},
		{F0: "ключ", F1: "wért 🦀"},
		{F0: "K", F1: "1"},
		{F0: "k", F1: "2"},
	}

	base    string
	handled int
)

// --- words ----------------------------------------------------------------------------------

// failure is an error of the interface; as an error of Go it says its kind.
type failure struct{ reason Error }

func (it failure) Error() string { return kinds[it.reason.Tag()] }

func other(text string) error { return failure{MakeErrorOther(text)} }

func kindOf(err error) string {
	if err != nil {
		return err.Error()
	}
	return "ok"
}

func returned[T any](result Result[T, Error]) (value T, err error) {
	if result.IsErr() {
		return value, failure{result.Err()}
	}
	return result.Ok(), nil
}

func done(result Result[Unit, Error]) error {
	_, err := returned(result)
	return err
}

func caseOf(topic string) string { return topic[strings.LastIndex(topic, ".")+1:] }

func topicOf(name string) string { return base + "." + name }

func connectTo(name string) (*Client, error) { return returned(ClientConnect(name)) }

func send(client *Client, topic string, message *Message) error {
	return done(producer.Send(client, topic, message))
}

// tell takes the message.
func tell(message *Message) error {
	defer message.Drop()
	out, err := connectTo("default")
	if err != nil {
		return err
	}
	defer out.Drop()
	return send(out, topicOf("out"), message)
}

func say(words string) error { return tell(MakeMessage([]byte(words))) }

// describe says "data=DATA type=none metadata=none"; "(TYPE)", "empty" or "(KEY=VALUE)(KEY=VALUE)".
// It takes the message.
func describe(message *Message) error {
	defer message.Drop()
	kind := "none"
	if contentType := message.ContentType(); contentType.IsSome() {
		kind = "(" + contentType.Some() + ")"
	}
	pairs := "none"
	if metadata := message.Metadata(); metadata.IsSome() {
		pairs = pairsOf(metadata.Some())
	}
	return say(fmt.Sprintf("data=%s type=%s metadata=%s", message.Data(), kind, pairs))
}

func pairsOf(metadata Metadata) string {
	if len(metadata) == 0 {
		return "empty"
	}
	var pairs strings.Builder
	for _, pair := range metadata {
		fmt.Fprintf(&pairs, "(%s=%s)", pair.F0, pair.F1)
	}
	return pairs.String()
}

func copyOf(message *Message) *Message {
	copied := MakeMessage(message.Data())
	if contentType := message.ContentType(); contentType.IsSome() {
		copied.SetContentType(contentType.Some())
	}
	if metadata := message.Metadata(); metadata.IsSome() {
		copied.SetMetadata(metadata.Some())
	}
	return copied
}

func request(name, data string, milliseconds, expected uint32) ([]*Message, error) {
	options := requestreply.MakeRequestOptions()
	options.SetTimeoutMs(milliseconds)
	options.SetExpectedReplies(expected)
	question := MakeMessage([]byte(data))
	defer question.Drop()
	return requestWith(name, question, Some(options))
}

func requestPlainly(name string, question *Message) ([]*Message, error) {
	return requestWith(name, question, None[*requestreply.RequestOptions]())
}

func requestWith(
	name string, question *Message, options Option[*requestreply.RequestOptions],
) ([]*Message, error) {
	out, err := connectTo("default")
	if err != nil {
		return nil, err
	}
	defer out.Drop()
	return returned(requestreply.Request(out, topicOf(name), question, options))
}

// requestOne asks for one reply, and panics if it got several.
func requestOne(name, data string, milliseconds uint32) (*Message, error) {
	replies, err := request(name, data, milliseconds, 1)
	if err != nil {
		return nil, err
	}
	if len(replies) != 1 {
		panic(fmt.Sprintf("%d replies", len(replies)))
	}
	return replies[0], nil
}

func drop(messages []*Message) {
	for _, message := range messages {
		message.Drop()
	}
}

// tellData asks, and tells the data of each reply; or the kind of the error.
func tellData(name, data string, milliseconds, expected uint32) error {
	replies, err := request(name, data, milliseconds, expected)
	if err != nil {
		return say(kindOf(err))
	}
	defer drop(replies)
	for _, reply := range replies {
		if err := say(string(reply.Data())); err != nil {
			return err
		}
	}
	return nil
}

// tellCount asks, and tells how many replies came; or the kind of the error.
func tellCount(name string, milliseconds, expected uint32) error {
	replies, err := request(name, "question", milliseconds, expected)
	if err != nil {
		return say(kindOf(err))
	}
	defer drop(replies)
	return say(fmt.Sprintf("%d replies", len(replies)))
}

func reply(to, answer *Message) error { return done(requestreply.Reply(to, answer)) }

// --- messages that came ---------------------------------------------------------------------

func echo(message *Message) error { return tell(copyOf(message)) }

func forward(message *Message) error { return tell(message) }

func forwardChanged(message *Message) error {
	message.SetData([]byte("changed"))
	message.SetContentType("text/changed")
	message.AddMetadata("added", "yes")
	return tell(message)
}

func topic(message *Message) error {
	return say(caseOf(message.Topic().SomeOr("")))
}

func dataTwice(message *Message) error {
	if bytes.Equal(message.Data(), message.Data()) {
		return say("same")
	}
	return say("different")
}

// --- messages of its own ----------------------------------------------------------------------

func newMessage(*Message) error { return describe(MakeMessage([]byte("data"))) }

func newTopic(*Message) error { return sayWhetherTopic(MakeMessage([]byte("data"))) }

// sayWhetherTopic takes the message.
func sayWhetherTopic(message *Message) error {
	defer message.Drop()
	if message.Topic().IsNone() {
		return say("none")
	}
	return say("some")
}

func setContentType(*Message) error {
	own := MakeMessage([]byte("data"))
	own.SetContentType("text/a")
	own.SetContentType("text/b")
	return describe(own)
}

func setContentTypeEmpty(*Message) error {
	own := MakeMessage([]byte("data"))
	own.SetContentType("")
	return describe(own)
}

func setData(*Message) error {
	own := MakeMessage([]byte("data"))
	own.SetData([]byte("other data"))
	return describe(own)
}

func setDataEmpty(*Message) error {
	own := MakeMessage([]byte("data"))
	own.SetData(nil)
	return describe(own)
}

func largeData(*Message) error {
	data := make([]byte, 16<<20)
	for i := range data {
		data[i] = byte(i % 251)
	}
	own := MakeMessage(data)
	defer own.Drop()
	got := own.Data()
	if !bytes.Equal(got, data) {
		return say("different")
	}
	return say(strconv.Itoa(len(got)))
}

func addMetadata(*Message) error {
	own := MakeMessage([]byte("data"))
	own.AddMetadata("a", "1")
	own.AddMetadata("b", "2")
	return describe(own)
}

func addMetadataReplaces(*Message) error {
	own := MakeMessage([]byte("data"))
	own.SetMetadata(mixed)
	own.AddMetadata("a", "4")
	return describe(own)
}

func setMetadata(*Message) error {
	own := MakeMessage([]byte("data"))
	own.SetMetadata(mixed)
	return describe(own)
}

func setMetadataReplaces(*Message) error {
	own := MakeMessage([]byte("data"))
	own.AddMetadata("x", "1")
	own.SetMetadata(Metadata{{F0: "a", F1: "1"}})
	return describe(own)
}

func setMetadataEmpty(*Message) error {
	own := MakeMessage([]byte("data"))
	own.SetMetadata(nil)
	return describe(own)
}

func removeMetadata(*Message) error {
	own := MakeMessage([]byte("data"))
	own.SetMetadata(mixed)
	own.RemoveMetadata("a")
	return describe(own)
}

func removeMetadataAbsent(*Message) error {
	own := MakeMessage([]byte("data"))
	own.SetMetadata(Metadata{{F0: "a", F1: "1"}})
	own.RemoveMetadata("z")
	return describe(own)
}

func removeMetadataUnset(*Message) error {
	own := MakeMessage([]byte("data"))
	own.RemoveMetadata("z")
	return describe(own)
}

func removeMetadataLast(*Message) error {
	own := MakeMessage([]byte("data"))
	own.SetMetadata(Metadata{{F0: "a", F1: "1"}})
	own.RemoveMetadata("a")
	return describe(own)
}

func oddMetadata(*Message) error {
	own := MakeMessage([]byte("data"))
	own.SetMetadata(odd)
	return describe(own)
}

func largeMetadata(*Message) error {
	key, value := strings.Repeat("k", 65536), strings.Repeat("v", 65536)
	own := MakeMessage([]byte("data"))
	defer own.Drop()
	own.AddMetadata(key, value)
	pairs := own.Metadata().SomeOr(nil)
	if len(pairs) != 1 || pairs[0].F0 != key || pairs[0].F1 != value {
		return say("different")
	}
	return say("same")
}

func manyMetadata(*Message) error {
	own := MakeMessage([]byte("data"))
	defer own.Drop()
	for number := range 1000 {
		own.AddMetadata(strconv.Itoa(number), "v")
	}
	pairs := own.Metadata().SomeOr(nil)
	return say(fmt.Sprintf("%d %s", len(pairs), pairs[999].F0))
}

// --- clients ------------------------------------------------------------------------------------

func connect(*Message) error { return sayKindOfConnect("default") }

func connectUnknown(*Message) error { return sayKindOfConnect("no-such-client") }

func connectEmpty(*Message) error { return sayKindOfConnect("") }

func sayKindOfConnect(name string) error {
	client, err := connectTo(name)
	if err == nil {
		defer client.Drop()
	}
	return say(kindOf(err))
}

// connectTimes gives clients, and what drops them all.
func connectTimes(times int) (clients []*Client, dropAll func(), err error) {
	dropAll = func() {
		for _, client := range clients {
			client.Drop()
		}
	}
	for range times {
		client, err := connectTo("default")
		if err != nil {
			dropAll()
			return nil, nil, err
		}
		clients = append(clients, client)
	}
	return clients, dropAll, nil
}

func connectTwice(*Message) error {
	clients, dropAll, err := connectTimes(2)
	if err != nil {
		return err
	}
	defer dropAll()
	if err := send(clients[0], topicOf("out"), MakeMessage([]byte("one"))); err != nil {
		return err
	}
	return send(clients[1], topicOf("out"), MakeMessage([]byte("two")))
}

func connectMany(*Message) error {
	clients, dropAll, err := connectTimes(1000)
	if err != nil {
		return err
	}
	defer dropAll()
	count := MakeMessage([]byte(strconv.Itoa(len(clients))))
	return send(clients[len(clients)-1], topicOf("out"), count)
}

func disconnectThenSend(*Message) error {
	gone, err := connectTo("default")
	if err != nil {
		return err
	}
	defer gone.Drop()
	if err := done(gone.Disconnect()); err != nil {
		return err
	}
	return say(kindOf(send(gone, topicOf("out"), MakeMessage([]byte("lost")))))
}

func disconnectTwice(*Message) error {
	gone, err := connectTo("default")
	if err != nil {
		return err
	}
	defer gone.Drop()
	if err := done(gone.Disconnect()); err != nil {
		return err
	}
	return say(kindOf(done(gone.Disconnect())))
}

func disconnectOther(*Message) error {
	clients, dropAll, err := connectTimes(2)
	if err != nil {
		return err
	}
	defer dropAll()
	if err := done(clients[0].Disconnect()); err != nil {
		return err
	}
	return send(clients[1], topicOf("out"), MakeMessage([]byte("other")))
}

func reconnect(*Message) error {
	gone, err := connectTo("default")
	if err != nil {
		return err
	}
	defer gone.Drop()
	if err := done(gone.Disconnect()); err != nil {
		return err
	}
	return say("again")
}

// --- sending ------------------------------------------------------------------------------------

func sendMany(*Message) error {
	out, err := connectTo("default")
	if err != nil {
		return err
	}
	defer out.Drop()
	for number := range 200 {
		err := send(out, topicOf("out"), MakeMessage([]byte(strconv.Itoa(number))))
		if err != nil {
			return err
		}
	}
	return nil
}

func sayKindOfSend(to string) error {
	out, err := connectTo("default")
	if err != nil {
		return err
	}
	defer out.Drop()
	return say(kindOf(send(out, to, MakeMessage([]byte("x")))))
}

func sendDenied(*Message) error { return sayKindOfSend(topicOf("denied")) }

func sendEmptyTopic(*Message) error { return sayKindOfSend("") }

func sendIllegalTopic(*Message) error { return sayKindOfSend("no topic\r\n.*") }

func sendThenError(*Message) error {
	if err := say("sent"); err != nil {
		return err
	}
	return other("after sending")
}

func sendThenTrap(*Message) error {
	if err := say("sent"); err != nil {
		return err
	}
	panic("after sending")
}

// --- outcomes -----------------------------------------------------------------------------------

func ok(*Message) error { return nil }

func errorTimeout(*Message) error { return failure{MakeErrorTimeout()} }

func errorConnection(message *Message) error {
	return failure{MakeErrorConnection(string(message.Data()))}
}

func errorPermissionDenied(message *Message) error {
	return failure{MakeErrorPermissionDenied(string(message.Data()))}
}

func errorOther(message *Message) error { return other(string(message.Data())) }

func trap(*Message) error { panic("a trap") }

func spin(*Message) error {
	for {
	}
}

func memoryHog(*Message) error {
	var blocks [][]byte
	for {
		blocks = append(blocks, bytes.Repeat([]byte{1}, 1<<20))
	}
}

func state(*Message) error {
	handled++
	return say(strconv.Itoa(handled))
}

func failOnce(*Message) error {
	handled++
	if handled == 1 {
		return other("the first time")
	}
	return say("second")
}

func printWords(*Message) error {
	fmt.Println("words on standard output")
	return say("printed")
}

// --- asking -------------------------------------------------------------------------------------

func ask(message *Message) error {
	question := copyOf(message)
	defer question.Drop()
	replies, err := requestPlainly("answer", question)
	if err != nil {
		return err
	}
	defer drop(replies)
	return describe(replies[0])
}

func askTwo(*Message) error { return tellData("answer-twice", "question", 5000, 2) }

func askThree(*Message) error { return tellData("answer-twice", "question", 300, 3) }

func askNever(*Message) error { return tellCount("answer-never", 200, 1) }

func askNobody(*Message) error { return tellCount("nobody", 500, 1) }

func askDenied(*Message) error { return tellCount("denied", 500, 1) }

func askZero(*Message) error { return tellCount("answer", 500, 0) }

func askNoWait(*Message) error { return tellCount("answer-never", 0, 1) }

func askTrap(*Message) error { return tellCount("answer-trap", 500, 1) }

func askError(*Message) error { return tellCount("answer-error", 500, 1) }

func askChain(*Message) error { return tellData("chain-one", "0", 5000, 1) }

func askGoesOn(*Message) error { return tellData("answer-goes-on", "question", 5000, 1) }

func askTopic(*Message) error {
	answer, err := requestOne("answer", "question", 5000)
	if err != nil {
		return err
	}
	return sayWhetherTopic(answer)
}

func askBorrowed(*Message) error {
	own := MakeMessage([]byte("kept"))
	defer own.Drop()
	replies, err := requestPlainly("answer", own)
	if err != nil {
		return err
	}
	defer drop(replies)
	own.AddMetadata("asked", "yes")
	return tell(own)
}

func askLate(*Message) error {
	if early, err := request("answer-late", "one", 150, 1); err == nil {
		defer drop(early)
		return say("too early")
	}
	return tellData("answer-late", "two", 5000, 1)
}

func askMany(*Message) error {
	for number := range 50 {
		question := strconv.Itoa(number)
		answer, err := requestOne("answer", question, 5000)
		if err != nil {
			return err
		}
		data := string(answer.Data())
		answer.Drop()
		if data != question {
			return say("mixed up")
		}
	}
	return say("50")
}

func askItself(message *Message) error {
	if string(message.Data()) == "answer" {
		return reply(message, MakeMessage([]byte("myself")))
	}
	return tellData("ask-itself", "answer", 1000, 1)
}

// --- answering ----------------------------------------------------------------------------------

func answer(message *Message) error { return reply(message, copyOf(message)) }

func answerTwice(message *Message) error {
	if err := reply(message, MakeMessage([]byte("first"))); err != nil {
		return err
	}
	return reply(message, MakeMessage([]byte("second")))
}

func answerLate(message *Message) error {
	// Nobody answers this: it only takes its time.
	if replies, err := request("answer-never", "wait", 400, 1); err == nil {
		drop(replies)
	}
	return reply(message, copyOf(message))
}

func answerError(*Message) error { return other("no answer") }

func answerGoesOn(message *Message) error {
	if err := reply(message, MakeMessage([]byte("reply"))); err != nil {
		return err
	}
	return say("went on")
}

func chainOne(message *Message) error {
	answer, err := requestOne("chain-two", string(message.Data())+" 1", 5000)
	if err != nil {
		return err
	}
	defer answer.Drop()
	return reply(message, MakeMessage(answer.Data()))
}

func chainTwo(message *Message) error {
	return reply(message, MakeMessage(append(message.Data(), " 2"...)))
}

func replyNoAddress(message *Message) error {
	return say(kindOf(reply(message, MakeMessage([]byte("to nobody")))))
}

func replyToOwn(*Message) error {
	own := MakeMessage([]byte("own"))
	defer own.Drop()
	return say(kindOf(reply(own, MakeMessage([]byte("to nobody")))))
}

var cases = map[string]func(*Message) error{
	"echo":                    echo,
	"forward":                 forward,
	"forward-changed":         forwardChanged,
	"topic":                   topic,
	"data-twice":              dataTwice,
	"new-message":             newMessage,
	"new-topic":               newTopic,
	"set-content-type":        setContentType,
	"set-content-type-empty":  setContentTypeEmpty,
	"set-data":                setData,
	"set-data-empty":          setDataEmpty,
	"large-data":              largeData,
	"add-metadata":            addMetadata,
	"add-metadata-replaces":   addMetadataReplaces,
	"set-metadata":            setMetadata,
	"set-metadata-replaces":   setMetadataReplaces,
	"set-metadata-empty":      setMetadataEmpty,
	"remove-metadata":         removeMetadata,
	"remove-metadata-absent":  removeMetadataAbsent,
	"remove-metadata-unset":   removeMetadataUnset,
	"remove-metadata-last":    removeMetadataLast,
	"odd-metadata":            oddMetadata,
	"large-metadata":          largeMetadata,
	"many-metadata":           manyMetadata,
	"connect":                 connect,
	"connect-unknown":         connectUnknown,
	"connect-empty":           connectEmpty,
	"connect-twice":           connectTwice,
	"connect-many":            connectMany,
	"disconnect-then-send":    disconnectThenSend,
	"disconnect-twice":        disconnectTwice,
	"disconnect-other":        disconnectOther,
	"reconnect":               reconnect,
	"send-many":               sendMany,
	"send-denied":             sendDenied,
	"send-empty-topic":        sendEmptyTopic,
	"send-illegal-topic":      sendIllegalTopic,
	"send-then-error":         sendThenError,
	"send-then-trap":          sendThenTrap,
	"ok":                      ok,
	"error-timeout":           errorTimeout,
	"error-connection":        errorConnection,
	"error-permission-denied": errorPermissionDenied,
	"error-other":             errorOther,
	"trap":                    trap,
	"spin":                    spin,
	"memory-hog":              memoryHog,
	"state":                   state,
	"fail-once":               failOnce,
	"print":                   printWords,
	"ask":                     ask,
	"ask-two":                 askTwo,
	"ask-three":               askThree,
	"ask-never":               askNever,
	"ask-nobody":              askNobody,
	"ask-denied":              askDenied,
	"ask-zero":                askZero,
	"ask-no-wait":             askNoWait,
	"ask-trap":                askTrap,
	"ask-error":               askError,
	"ask-chain":               askChain,
	"ask-goes-on":             askGoesOn,
	"ask-topic":               askTopic,
	"ask-borrowed":            askBorrowed,
	"ask-late":                askLate,
	"ask-many":                askMany,
	"ask-itself":              askItself,
	"answer":                  answer,
	"answer-twice":            answerTwice,
	"answer-never":            ok,
	"answer-trap":             trap,
	"answer-error":            answerError,
	"answer-late":             answerLate,
	"answer-goes-on":          answerGoesOn,
	"chain-one":               chainOne,
	"chain-two":               chainTwo,
	"reply-no-address":        replyNoAddress,
	"reply-to-own":            replyToOwn,
}

func Handle(message *Message) Result[Unit, Error] {
	defer message.Drop()
	topic := message.Topic().SomeOr("")
	name := caseOf(topic)
	base = strings.TrimSuffix(topic, "."+name)
	play, known := cases[name]
	if !known {
		return Err[Unit](MakeErrorOther("there is no such case"))
	}
	if err := play(message); err != nil {
		return Err[Unit](err.(failure).reason)
	}
	return Ok[Unit, Error](Unit{})
}
