package gpu

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

	"assay/gpu/internal/cpu"
)

// The geometry of lane-interleaved rANS (Duda, arXiv 1311.2540): lanes share one
// stream of 16-bit words, and a GPU warp or one wide register decodes them side
// by side.
const (
	RANSLanes = 32      // symbols of a step, each lane with its own table
	RANSTotal = 1 << 12 // sum of the frequencies of a lane
	RANSLow   = 1 << 16 // a lane's state is at least this between steps
	// MaxRANSLevels bounds the alphabet: symbols are bytes.
	MaxRANSLevels = 256
)

// RANSTable holds the cumulative frequencies of 32 lanes, [levels+1][32]: row 0
// is 0, the last row RANSTotal, and every symbol has a frequency of at least 1.
type RANSTable struct {
	Levels int
	Cum    []uint16
}

// check refuses a table that would index outside or divide by zero.
func (t RANSTable) check(op string) error {
	if t.Levels < 2 || t.Levels > MaxRANSLevels || len(t.Cum) != (t.Levels+1)*RANSLanes {
		return &Error{Op: op, Arg: "table", Err: ErrShape, Expected: "2 to 256 levels and (levels+1)*32 entries", Got: fmt.Sprintf("%d levels, %d entries", t.Levels, len(t.Cum))}
	}
	for lane := range RANSLanes {
		if t.Cum[lane] != 0 || t.Cum[t.Levels*RANSLanes+lane] != RANSTotal {
			return &Error{Op: op, Arg: "table", Err: ErrRange, Expected: "cumulative frequencies from 0 to 4096", Got: fmt.Sprintf("another sum in lane %d", lane)}
		}
	}
	for i := RANSLanes; i < len(t.Cum); i++ {
		if t.Cum[i] <= t.Cum[i-RANSLanes] {
			return &Error{Op: op, Arg: "table", Err: ErrRange, Expected: "a frequency of at least 1 for every symbol", Got: fmt.Sprintf("none for symbol %d of lane %d", i/RANSLanes-1, i%RANSLanes)}
		}
	}
	return nil
}

func checkRows(op, arg string, n, stride, steps int) error {
	if steps < 0 || stride < RANSLanes || (steps > 0 && (steps-1)*stride+RANSLanes > n) {
		return &Error{Op: op, Arg: arg, Err: ErrShape, Expected: fmt.Sprintf("%d rows of 32, %d apart", steps, stride), Got: fmt.Sprintf("%d bytes", n)}
	}
	return nil
}

// EncodeRANS codes steps rows of 32 symbols, stride bytes apart, on the caller's
// thread: the words in the order of decoding, little-endian, appended to out.
// states holds the initial states, each at least RANSLow, and receives those
// that DecodeRANS begins with.
func (d *Device) EncodeRANS(out []byte, sym []byte, stride, steps int, t RANSTable, states *[RANSLanes]uint32) ([]byte, error) {
	const op = "EncodeRANS"
	if err := t.check(op); err != nil {
		return nil, err
	}
	if err := checkRows(op, "sym", len(sym), stride, steps); err != nil {
		return nil, err
	}
	for i := range steps {
		for _, s := range sym[i*stride : i*stride+RANSLanes] {
			if int(s) >= t.Levels {
				return nil, &Error{Op: op, Arg: "sym", Err: ErrRange, Expected: fmt.Sprintf("symbols below %d", t.Levels), Got: fmt.Sprint(s)}
			}
		}
	}
	words := make([]uint16, (steps+1)*RANSLanes) // a lane gives out at most one word a step
	n, err := d.cpu.RANSEncode(sym, stride, steps, t.Cum, states, words)
	if err != nil {
		return nil, closed(op, err)
	}
	if n < 0 {
		return nil, &Error{Op: op, Err: ErrOOM, Expected: "room for the words"}
	}
	for _, w := range words[len(words)-n:] {
		out = binary.LittleEndian.AppendUint16(out, w)
	}
	return out, nil
}

// DecodeRANS decodes steps rows of 32 symbols into dst, stride bytes apart, on
// the caller's thread. It never reads past the stream (zeros follow it) nor
// writes past dst, and every symbol is below Levels whatever the stream holds.
// It returns how many bytes the rows took, more than there are where the stream
// is cut, and leaves the states behind the last row.
func (d *Device) DecodeRANS(dst []byte, stride, steps int, t RANSTable, states *[RANSLanes]uint32, stream []byte) (int, error) {
	const op = "DecodeRANS"
	if err := t.check(op); err != nil {
		return 0, err
	}
	if err := checkRows(op, "dst", len(dst), stride, steps); err != nil {
		return 0, err
	}
	n, err := d.cpu.RANSDecode(dst, stride, steps, t.Cum, t.Levels, states, words(stream))
	if err != nil {
		return 0, closed(op, err)
	}
	return 2 * n, nil
}

// words views little-endian bytes as words where their place allows it, and
// copies them otherwise. A last odd byte is no word.
func words(b []byte) []uint16 {
	n := len(b) / 2
	if n == 0 {
		return nil
	}
	if p := unsafe.Pointer(unsafe.SliceData(b)); littleEndian && uintptr(p)%2 == 0 {
		return unsafe.Slice((*uint16)(p), n)
	}
	out := make([]uint16, n)
	for i := range out {
		out[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return out
}

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

func closed(op string, err error) error {
	if errors.Is(err, cpu.ErrClosed) {
		return &Error{Op: op, Err: ErrClosed}
	}
	return err
}
