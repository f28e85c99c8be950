package safetensors

// DType is an element type as the header spells it, "BF16" for example.
type DType string

// The element types that weights are read in. Size knows the others of the format as well, because tensors that a model
// does not use still have to be measured.
const (
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"
)

// Size is the number of bytes of one element, or 0 for a type that the format does not define.
func (d DType) Size() int {
	switch d {
	case "BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2":
		return 1
	case "U16", "I16", F16, BF16:
		return 2
	case "U32", "I32", F32:
		return 4
	case "U64", "I64", "F64", "C64":
		return 8
	default:
		return 0
	}
}
