package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// progress keeps a line about work that takes longer than a second.
type progress struct {
	w     io.Writer
	total int       // bytes
	start time.Time // of the work
	drawn time.Time // when the line was last
	width int       // of the line that stands
}

const (
	patience = time.Second            // how long work stays silent
	refresh  = 100 * time.Millisecond // how long a line stands
)

// terminalProgress returns the progress of work on that many bytes, or nil,
// which draws nothing, if w is no terminal.
func terminalProgress(w io.Writer, total int) *progress {
	if !isTerminal(w) {
		return nil
	}
	return &progress{w: w, total: total, start: time.Now()}
}

// report says how many of the bytes are done.
func (p *progress) report(done int) {
	if p == nil {
		return
	}
	now := time.Now()
	if took := now.Sub(p.start); took >= patience && now.Sub(p.drawn) >= refresh && done > 0 {
		p.drawn = now
		p.draw(progressLine(int64(done), int64(p.total), took))
	}
}

// progressLine is at most 79 characters wide, so that it stays one line.
func progressLine(done, total int64, took time.Duration) string {
	return barLine("multiply", fmt.Sprintf("%s of %s", decimalSize(done), decimalSize(total)), float64(done)/float64(total), took)
}

// barLine shows which part of some work is done, which took so long.
func barLine(work, what string, part float64, took time.Duration) string {
	const bar = 24
	filled := min(int(part*bar), bar)
	left := time.Duration(float64(took) * (1/part - 1))
	return fmt.Sprintf("%s  %3.0f%%  [%s%s]  %s, %s left",
		work, 100*part, strings.Repeat("#", filled), strings.Repeat(".", bar-filled), what, left.Round(time.Second))
}

// draw puts a line in the place of the one that stands. That it can not be written is no
// reason to stop the work.
func (p *progress) draw(line string) {
	width := utf8.RuneCountInString(line)
	_, _ = fmt.Fprintf(p.w, "\r%s%s", line, strings.Repeat(" ", max(0, p.width-width)))
	p.width = width
}

// during shows a text while f runs, if that takes long.
func (p *progress) during(text string, f func() error) error {
	if p == nil {
		return f()
	}
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
	}
	p.draw(text)
	defer p.finish()
	return <-done
}

// finish removes the line.
func (p *progress) finish() {
	if p != nil && p.width > 0 {
		p.draw("")
		_, _ = io.WriteString(p.w, "\r")
	}
}
