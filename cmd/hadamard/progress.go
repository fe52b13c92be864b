package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress draws a bar once the work has taken a second.
type progress struct {
	start time.Time
	bar   *progressbar.ProgressBar
}

// patience is how long work stays silent.
const patience = time.Second

// terminalProgress returns the progress of work on that many bytes, or nil,
// which draws nothing, if w is no terminal.
func terminalProgress(w io.Writer, total int) *progress {
	if !isTerminal(w) {
		return nil
	}
	return newProgress(w, total)
}

func newProgress(w io.Writer, total int) *progress {
	bar := progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("multiply"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionFullWidth(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
	bar.StartWithoutRender()
	return &progress{start: time.Now(), bar: bar}
}

// report says how many of the bytes are done.
func (p *progress) report(done int) {
	if p != nil && time.Since(p.start) >= patience {
		_ = p.bar.Set(done) // a bar that can not be drawn is no reason to stop
	}
}

// finish removes the bar.
func (p *progress) finish() {
	if p != nil && time.Since(p.start) >= patience {
		_ = p.bar.Clear()
	}
}
