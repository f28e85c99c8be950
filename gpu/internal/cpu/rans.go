package cpu

// #include "table.h"
import "C"

import "unsafe"

// RANSEncode codes steps rows of 32 symbols, stride bytes apart, into the end of
// words and returns how many words that took, -1 where there was no room. cum is
// [levels+1][32]; states are replaced by the final ones.
func (d *Device) RANSEncode(sym []byte, stride, steps int, cum []uint16, states *[32]uint32, words []uint16) (int, error) {
	h, err := d.enter()
	if err != nil {
		return 0, err
	}
	defer d.leave()
	return int(C.assay_rans_encode(h, bytePtr(sym), C.int64_t(stride), C.int64_t(steps), wordPtr(cum), (*C.uint32_t)(&states[0]), wordPtr(words), C.int64_t(len(words)))), nil
}

// RANSDecode decodes steps rows of 32 symbols into dst, stride bytes apart, and
// returns how many words it took: more than there are where the stream is cut.
func (d *Device) RANSDecode(dst []byte, stride, steps int, cum []uint16, levels int, states *[32]uint32, words []uint16) (int, error) {
	h, err := d.enter()
	if err != nil {
		return 0, err
	}
	defer d.leave()
	return int(C.assay_rans_decode(h, bytePtr(dst), C.int64_t(stride), C.int64_t(steps), wordPtr(cum), C.int(levels), (*C.uint32_t)(&states[0]), wordPtr(words), C.int64_t(len(words)))), nil
}

func bytePtr(s []byte) *C.uint8_t    { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(s))) }
func wordPtr(s []uint16) *C.uint16_t { return (*C.uint16_t)(unsafe.Pointer(unsafe.SliceData(s))) }
