package gpu

import "fmt"

// DType is the type of a tensor's elements.
type DType uint8

// Element types. The numbers are shared with the C kernels.
const (
	F32  DType = iota // IEEE 754 binary32
	F16               // IEEE 754 binary16, storage only
	BF16              // bfloat16, storage only
	I32               // int32, storage only
)

var dtypeNames = [...]string{F32: "f32", F16: "f16", BF16: "bf16", I32: "i32"}

// Size returns the bytes of one element, 0 for an unknown type.
func (t DType) Size() int {
	switch t {
	case F32, I32:
		return 4
	case F16, BF16:
		return 2
	}
	return 0
}

// String returns the lower-case name, such as "bf16".
func (t DType) String() string {
	if int(t) < len(dtypeNames) {
		return dtypeNames[t]
	}
	return fmt.Sprintf("dtype(%d)", uint8(t))
}

// ParseDType returns the type called name, as String prints it.
func ParseDType(name string) (DType, error) {
	for i, n := range dtypeNames {
		if n == name {
			return DType(i), nil
		}
	}
	return 0, &Error{Op: "ParseDType", Arg: "name", Expected: "f32, f16, bf16 or i32", Got: fmt.Sprintf("%q", name), Err: ErrUnsupported}
}
