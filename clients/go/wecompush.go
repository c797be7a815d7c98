// Package wecompush is a client for a wecom-push gateway. It is one file, which needs the standard library only and Go 1.19 or
// newer. Copy it into your project.
//
//	gateway, err := wecompush.New("wp_simulator", "http://127.0.0.1:7788")
//	accepted, err := gateway.Send(ctx, wecompush.Message{
//		"app": "alerts", "to": map[string]any{"mobiles": []string{"13800000001"}},
//		"msgtype": "text", "text": map[string]any{"content": "磁盘 91%"},
//	}, "")
//	result, err := gateway.WaitFor(ctx, accepted.ID, time.Minute)
//
// The gateway's /openapi.json describes requests, answers and events. MIT licence.
package wecompush

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Message is the body of POST /v1/messages.
type Message map[string]any

// Accepted is a message on the gateway's disk.
type Accepted struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	Recipients int    `json:"recipients"`
}

// Result is a message, with the number of its recipients in each state; "total" is the number of all.
type Result struct {
	ID         string         `json:"id"`
	App        string         `json:"app"`
	State      string         `json:"state"`
	Recipients map[string]int `json:"recipients"`
	FinishedAt *string        `json:"finished_at"`
}

// Recipient is the result of one address.
type Recipient struct {
	Type         string  `json:"type"`
	Address      string  `json:"address"`
	State        string  `json:"state"`
	UserID       *string `json:"userid"`
	MsgID        *string `json:"msgid"`
	Errcode      *int    `json:"errcode"`
	Reason       *string `json:"reason"`
	DelayedUntil *string `json:"delayed_until"`
	At           *string `json:"at"`
}

// Event is something that has happened. An event of type "reset" says that earlier ones were missed.
type Event struct {
	ID        int64           `json:"id"`
	At        string          `json:"at"`
	Type      string          `json:"type"`
	App       *string         `json:"app"`
	MessageID *string         `json:"message_id"`
	Data      json.RawMessage `json:"data"`
}

// FieldError is one mistake in a request. Path is a JSON pointer into the request's body.
type FieldError struct {
	Path    string `json:"path"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
	Errcode *int   `json:"errcode,omitempty"`
}

// Problem is the error when the gateway refuses a request (RFC 9457); errors.As finds it. To tell problems apart, use Code.
type Problem struct {
	Type   string `json:"type"`
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	// It never changes. "unexpected_answer" means that the answer did not come from a gateway.
	Code string `json:"code"`
	// What to do.
	Hint   string       `json:"hint"`
	Errors []FieldError `json:"errors"`
	// How long to wait before the request is repeated; 0 if the gateway does not say.
	RetryAfter time.Duration `json:"-"`
}

func (p *Problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail) }

// ErrorsOf returns the mistakes in one field. The path is a JSON pointer, such as "/to/mobiles".
func (p *Problem) ErrorsOf(path string) []FieldError {
	var found []FieldError
	for _, one := range p.Errors {
		if one.Path == path {
			found = append(found, one)
		}
	}
	return found
}

// Unreachable says that no gateway answered in time. Whether the request arrived is unknown.
type Unreachable struct {
	URL string
	Err error
}

func (u *Unreachable) Error() string { return fmt.Sprintf("%s did not answer: %v", u.URL, u.Err) }
func (u *Unreachable) Unwrap() error { return u.Err }

// Gateway is a gateway, or several that share a database. A call that fails is repeated if the gateway's answer allows it. It
// may be used by several goroutines. Set its fields before the first call.
type Gateway struct {
	// How long a call may take, repeats included.
	Within time.Duration
	// How long to wait for the answer of one gateway.
	Try time.Duration
	// The language of problems: "en" or "zh".
	Language string
	// It must have no timeout of its own, because that would end streams.
	HTTP *http.Client

	key     string
	urls    []string
	mutex   sync.Mutex
	current int
}

// New takes a key and the addresses of one or more gateways. Any of them may answer a call.
func New(key string, urls ...string) (*Gateway, error) {
	if len(urls) == 0 {
		return nil, errors.New("no address is given; name one gateway at least")
	}
	gateway := &Gateway{Within: time.Minute, Try: 15 * time.Second, Language: "en", HTTP: &http.Client{}, key: key}
	for _, one := range urls {
		gateway.urls = append(gateway.urls, strings.TrimRight(one, "/"))
	}
	return gateway, nil
}

type traceKey struct{}

// WithTrace returns a context with a trace (W3C Trace Context). Messages sent with it belong to that trace, their calls to WeCom
// included. The state may be "".
func WithTrace(ctx context.Context, traceparent string, tracestate string) context.Context {
	return context.WithValue(ctx, traceKey{}, [2]string{traceparent, tracestate})
}

// Send hands a message to the gateway. It returns when the message is on the gateway's disk, not when it has been sent. All
// repeats use one idempotency key. If your program itself may start again and repeat the send, pass a key of your own, or ""
// for a new one. After Unreachable the message may have been accepted; to send it again without a second copy, use the same key.
func (g *Gateway) Send(ctx context.Context, message Message, idempotencyKey string) (*Accepted, error) {
	if idempotencyKey == "" {
		random := make([]byte, 16)
		if _, err := rand.Read(random); err != nil {
			return nil, err
		}
		idempotencyKey = hex.EncodeToString(random)
	}
	accepted := &Accepted{}
	header := http.Header{"Idempotency-Key": {idempotencyKey}}
	if trace, isGiven := ctx.Value(traceKey{}).([2]string); isGiven {
		for index, name := range [2]string{"Traceparent", "Tracestate"} {
			if trace[index] != "" {
				header.Set(name, trace[index])
			}
		}
	}
	return accepted, g.do(ctx, g.Within, request{"POST", "/v1/messages", message, header, true}, accepted)
}

// Message returns the present state of a message.
func (g *Gateway) Message(ctx context.Context, id string) (*Result, error) {
	return g.message(ctx, id, g.Within)
}

// WaitFor waits until every recipient has a final state, or until the time is over, and returns the message. Recipients["pending"]
// says how many have no final state yet.
func (g *Gateway) WaitFor(ctx context.Context, id string, within time.Duration) (*Result, error) {
	ends := time.Now().Add(within)
	for wait := 100 * time.Millisecond; ; wait = least(wait*3/2, 5*time.Second) {
		result, err := g.message(ctx, id, most(time.Until(ends), 5*time.Second))
		left := time.Until(ends)
		if err != nil || result.Recipients["pending"] == 0 || left <= 0 {
			return result, err
		}
		if err := pause(ctx, least(wait, left)); err != nil {
			return nil, err
		}
	}
}

func (g *Gateway) message(ctx context.Context, id string, within time.Duration) (*Result, error) {
	result := &Result{}
	return result, g.do(ctx, within, request{method: "GET", path: "/v1/messages/" + url.PathEscape(id), isSafe: true}, result)
}

// Recipients returns the results of the recipients, in the order in which the message names them. With a state other than "" it
// returns only the recipients in that state.
func (g *Gateway) Recipients(ctx context.Context, id string, state string) ([]Recipient, error) {
	query := url.Values{"limit": {"1000"}}
	if state != "" {
		query.Set("state", state)
	}
	var all []Recipient
	for {
		var page struct {
			Items      []Recipient `json:"items"`
			NextCursor *string     `json:"next_cursor"`
		}
		path := "/v1/messages/" + url.PathEscape(id) + "/recipients?" + query.Encode()
		if err := g.do(ctx, g.Within, request{method: "GET", path: path, isSafe: true}, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.NextCursor == nil {
			return all, nil
		}
		query.Set("cursor", *page.NextCursor)
	}
}

// Do makes a request to any route, and reads the answer into result unless that is nil. A request that changes something is
// repeated only if the gateway says that it did nothing.
func (g *Gateway) Do(ctx context.Context, method string, path string, body any, result any) error {
	isSafe := method == "GET" || method == "HEAD"
	return g.do(ctx, g.Within, request{method: method, path: path, body: body, isSafe: isSafe}, result)
}

type request struct {
	method string
	path   string
	body   any
	header http.Header
	// A second request would change nothing more.
	isSafe bool
}

func (g *Gateway) do(ctx context.Context, within time.Duration, asked request, result any) error {
	var body []byte
	if asked.body != nil {
		var err error
		if body, err = json.Marshal(asked.body); err != nil {
			return err
		}
	}
	ends := time.Now().Add(within)
	for tries := 1; ; tries++ {
		at := g.url()
		err := g.ask(ctx, least(g.Try, time.Until(ends)), at, asked, body, result)
		if err == nil || ctx.Err() != nil {
			return err
		}
		var problem *Problem
		isRefused := errors.As(err, &problem)
		if isRefused && !mayRepeat(problem, asked.isSafe) || !isRefused && !asked.isSafe {
			return err
		}
		// The rate limit of a key holds for all gateways together, so another one would refuse too.
		isOfKey := isRefused && problem.Status == http.StatusTooManyRequests
		if !isOfKey {
			g.leave(at)
			if tries%len(g.urls) != 0 && time.Until(ends) > 0 {
				continue
			}
		}
		wait := backoff(tries / len(g.urls))
		if isRefused {
			wait = most(wait, problem.RetryAfter)
		}
		if wait >= time.Until(ends) {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// It reads the whole answer first, so that half an answer counts as no answer.
func (g *Gateway) ask(ctx context.Context, try time.Duration, at string, asked request, body []byte, result any) error {
	limited, cancel := context.WithTimeout(ctx, try)
	defer cancel()
	answer, err := g.open(limited, at, asked, body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return &Unreachable{at, err}
	}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		return unexpected(answer.StatusCode, text)
	}
	if result == nil || len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, result)
}

func (g *Gateway) open(ctx context.Context, at string, asked request, body []byte) (*http.Response, error) {
	asking, err := http.NewRequestWithContext(ctx, asked.method, at+asked.path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range asked.header {
		asking.Header[name] = values
	}
	asking.Header.Set("Authorization", "Bearer "+g.key)
	asking.Header.Set("Accept-Language", g.Language)
	if body != nil {
		asking.Header.Set("Content-Type", "application/json")
	}
	answer, err := g.HTTP.Do(asking)
	if err != nil {
		return nil, &Unreachable{at, err}
	}
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return answer, nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return nil, &Unreachable{at, err}
	}
	return nil, problemOf(answer, text)
}

// Now makes Events begin with the events that are still to come.
const Now int64 = -1

// Events calls a function for each event that follows the event with the id after, until the context ends or the function
// returns an error. With after 0 it begins with the oldest event that the gateway keeps, with Now it begins with the next one.
// When a connection breaks, the next gateway continues after the last whole event. It returns Problem, or Unreachable when no
// gateway has answered for as long as within; 0 means that it tries without end.
func (g *Gateway) Events(ctx context.Context, after int64, within time.Duration, each func(Event) error) error {
	last := ""
	if after != Now {
		last = strconv.FormatInt(after, 10)
	}
	answered := time.Now()
	for tries := 1; ; tries++ {
		at := g.url()
		var ofCaller error
		err := g.blocks(ctx, at, last, func(id string, data []byte) error {
			answered = time.Now()
			if id != "" {
				last = id
			}
			// The first block only says where to continue. When no other follows, the pauses between tries become longer.
			if data != nil || id == "" {
				tries = 0
			}
			if data == nil {
				return nil
			}
			var event Event
			if ofCaller = json.Unmarshal(data, &event); ofCaller == nil {
				ofCaller = each(event)
			}
			return ofCaller
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if ofCaller != nil {
			return ofCaller
		}
		var problem *Problem
		isRefused := errors.As(err, &problem)
		if isRefused && !mayRepeat(problem, true) {
			return err
		}
		g.leave(at)
		if tries%len(g.urls) != 0 {
			continue
		}
		wait := backoff(tries / len(g.urls))
		if isRefused {
			wait = most(wait, problem.RetryAfter)
		}
		if within != 0 && time.Since(answered)+wait >= within {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// It calls a function for each whole block of a stream until the stream breaks. A heartbeat has neither id nor data.
func (g *Gateway) blocks(ctx context.Context, at string, last string, each func(id string, data []byte) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(longestSilence, cancel)
	defer silence.Stop()
	header := http.Header{"Accept": {"text/event-stream"}}
	if last != "" {
		header.Set("Last-Event-Id", last)
	}
	answer, err := g.open(ctx, at, request{method: "GET", path: "/v1/events", header: header}, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return unexpected(answer.StatusCode, text)
	}
	reader := bufio.NewReader(answer.Body)
	var id string
	var data []string
	isEmpty := true
	for {
		// When the connection breaks within a line, the first half comes with an error.
		line, err := reader.ReadString('\n')
		if err != nil {
			return &Unreachable{at, err}
		}
		silence.Reset(longestSilence)
		line = strings.TrimRight(line, "\r\n")
		if line != "" {
			isEmpty = false
			name, value, _ := strings.Cut(line, ":")
			value = strings.TrimPrefix(value, " ")
			switch name {
			case "id":
				id = value
			case "data":
				data = append(data, value)
			}
			continue
		}
		if !isEmpty {
			var whole []byte
			if data != nil {
				whole = []byte(strings.Join(data, "\n"))
			}
			if err := each(id, whole); err != nil {
				return err
			}
		}
		id, data, isEmpty = "", nil, true
	}
}

// A gateway sends at least a heartbeat every 30 seconds.
const longestSilence = 75 * time.Second

func (g *Gateway) url() string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.urls[g.current]
}

// Another call may have left the gateway before; then nothing changes.
func (g *Gateway) leave(at string) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.urls[g.current] == at {
		g.current = (g.current + 1) % len(g.urls)
	}
}

// A gateway that refuses a request with one of these codes has done nothing, so any request may be repeated.
var nothingDone = map[string]bool{
	"backlog_full":         true,
	"files_unavailable":    true,
	"reading_interrupted":  true,
	"shutting_down":        true,
	"storage_busy":         true,
	"too_busy":             true,
	"too_many_connections": true,
	"too_many_streams":     true,
}

func mayRepeat(problem *Problem, isSafe bool) bool {
	if problem.Status == http.StatusTooManyRequests || nothingDone[problem.Code] {
		return true
	}
	switch problem.Status {
	// These may pass without a change. Whether the gateway did something is unknown.
	case 408, 500, 502, 503, 504:
		return isSafe
	}
	return false
}

func backoff(turn int) time.Duration {
	if turn > 10 {
		turn = 10
	}
	longest := least(200*time.Millisecond<<turn, 5*time.Second)
	return longest/2 + time.Duration(mathrand.Int63n(int64(longest/2)))
}

func problemOf(answer *http.Response, text []byte) error {
	problem := &Problem{}
	if json.Unmarshal(text, problem) != nil || problem.Code == "" {
		problem = unexpected(answer.StatusCode, text)
	}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
		problem.RetryAfter = time.Duration(seconds) * time.Second
	}
	return problem
}

func unexpected(status int, text []byte) *Problem {
	shown := strings.TrimSpace(string(text))
	if len(shown) > 100 {
		shown = strings.ToValidUTF8(shown[:100], "")
	}
	return &Problem{
		Type:   "about:blank",
		Title:  "The answer is none of a gateway",
		Status: status,
		Detail: fmt.Sprintf("What answered with status %d is no gateway of wecom-push: %s", status, shown),
		Code:   "unexpected_answer",
		Hint:   "Check the base URL, and the proxy in front of the gateway.",
	}
}

func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func least(one time.Duration, other time.Duration) time.Duration {
	if one < other {
		return one
	}
	return other
}

func most(one time.Duration, other time.Duration) time.Duration {
	if one > other {
		return one
	}
	return other
}
