package picture

import (
	"image"
	"sync/atomic"
)

// Lazy is a picture that is made when somebody looks at it and kept until it is to be
// forgotten: a corpus is of a few megabytes as files, and of a hundred as pixels. It
// is safe for concurrent use; two that look at once may both make it.
type Lazy struct {
	produce func() *image.NRGBA
	kept    atomic.Pointer[image.NRGBA]
}

// NewLazy returns a picture that produce makes: the same each time, never nil.
func NewLazy(produce func() *image.NRGBA) *Lazy { return &Lazy{produce: produce} }

// Image returns the picture, which nobody may change.
func (l *Lazy) Image() *image.NRGBA {
	if p := l.kept.Load(); p != nil {
		return p
	}
	p := l.produce()
	l.kept.Store(p)
	return p
}

// Forget gives the pixels up; the next look makes them again.
func (l *Lazy) Forget() { l.kept.Store(nil) }
