package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// interrupted is the cause of a context that a signal has canceled.
type interrupted struct{ signal os.Signal }

func (e interrupted) Error() string {
	return fmt.Sprintf("interrupted (%v)", e.signal)
}

// exitCode is that of a program that a signal ended, as shells have it.
func (e interrupted) exitCode() int {
	if s, ok := e.signal.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return exitError
}

// untilSignal returns a context that the first of the signals ends. The second ends the
// program. Those that the program was started to ignore, as by nohup, stay ignored.
func untilSignal(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	arrived := make(chan os.Signal, 1)
	for _, s := range endingSignals {
		if !signal.Ignored(s) {
			signal.Notify(arrived, s)
		}
	}
	go func() {
		s := <-arrived
		signal.Stop(arrived)
		cancel(interrupted{s})
	}()
	return ctx
}

// await returns what f does, or ctx.Err() as soon as ctx is done: then f, which may wait
// for a pipe or decode for minutes, is left to itself until the program ends.
func await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
