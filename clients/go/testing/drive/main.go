// Makes one call of the client and prints what it gives: drive URLS KEY COMMAND OPTIONS. For the tests.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"wecompush"
)

type options struct {
	Message wecompush.Message
	Key     string
	ID      string
	After   *int64
	Count   int
	Types   []string
	Within  *float64

	Traceparent string
	Tracestate  string
}

var errEnough = errors.New("enough")

func main() {
	err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4])
	var problem *wecompush.Problem
	var unreachable *wecompush.Unreachable
	switch {
	case err == nil || errors.Is(err, errEnough):
	case errors.As(err, &problem):
		text, _ := json.Marshal(problem)
		shown := map[string]any{}
		_ = json.Unmarshal(text, &shown)
		shown["retry_after"] = problem.RetryAfter.Seconds()
		show(map[string]any{"problem": shown})
	case errors.As(err, &unreachable):
		show(map[string]any{"unreachable": unreachable.Error()})
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(urls string, key string, command string, given string) error {
	var asked options
	if err := json.Unmarshal([]byte(given), &asked); err != nil {
		return err
	}
	gateway, err := wecompush.New(key, strings.Split(urls, ",")...)
	if err != nil {
		return err
	}
	within := gateway.Within
	if asked.Within != nil {
		within = time.Duration(*asked.Within * float64(time.Second))
	}
	gateway.Within = within
	ctx := context.Background()
	switch command {
	case "send":
		if asked.Traceparent != "" {
			ctx = wecompush.WithTrace(ctx, asked.Traceparent, asked.Tracestate)
		}
		accepted, err := gateway.Send(ctx, asked.Message, asked.Key)
		return showResult(accepted, err)
	case "wait":
		result, err := gateway.WaitFor(ctx, asked.ID, within)
		return showResult(result, err)
	case "recipients":
		recipients, err := gateway.Recipients(ctx, asked.ID, "")
		for _, recipient := range recipients {
			show(recipient)
		}
		return err
	case "events":
		after := wecompush.Now
		if asked.After != nil {
			after = *asked.After
		}
		return gateway.Events(ctx, after, 0, func(event wecompush.Event) error {
			if asked.Types != nil && !strings.Contains(strings.Join(asked.Types, " "), event.Type) {
				return nil
			}
			show(event)
			if asked.Count--; asked.Count == 0 {
				return errEnough
			}
			return nil
		})
	}
	return fmt.Errorf("no such command: %s", command)
}

func showResult(result any, err error) error {
	if err == nil {
		show(result)
	}
	return err
}

func show(value any) {
	text, _ := json.Marshal(value)
	fmt.Println(string(text))
}
