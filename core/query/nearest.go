package query

// Nearest returns the known word with the fewest changes from another, see Distance,
// the first of several. It returns "" where known is empty.
func Nearest(word string, known []string) string {
	best, least := "", -1
	for _, k := range known {
		if d := Distance(word, k); least < 0 || d < least {
			best, least = k, d
		}
	}
	return best
}

// Distance counts what has to be done to a word to make another of it: bytes that are
// changed, added, left out, or swapped with their neighbour (optimal string alignment).
func Distance(a, b string) int {
	var before, last []int // the rows above
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
