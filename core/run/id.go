package run

// Valid reports whether the ID is a ULID in its canonical form: 26 characters
// of Crockford's base 32, upper case, at most 128 bits. An ID that comes from
// outside is checked before it becomes part of a path.
func (id ID) Valid() bool {
	if len(id) != 26 || id[0] > '7' {
		return false
	}
	for i := range len(id) {
		c := id[i]
		digit := c >= '0' && c <= '9'
		letter := c >= 'A' && c <= 'Z' && c != 'I' && c != 'L' && c != 'O' && c != 'U'
		if !digit && !letter {
			return false
		}
	}
	return true
}
