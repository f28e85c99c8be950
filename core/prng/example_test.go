package prng_test

import (
	"fmt"

	"assay/core/prng"
)

func ExampleSample() {
	fmt.Println(prng.Sample(prng.New(7, "kv/random"), 10, 4))
	fmt.Println(prng.Sample(prng.New(7, "kv/random"), 10, 2))
	// Output:
	// [3 8 7 2]
	// [3 8]
}
