package stat_test

import (
	"fmt"

	"assay/core/stat"
)

func ExampleSpearman() {
	fmt.Println(stat.Spearman([]float64{1, 2, 3, 4}, []float64{1, 8, 27, 64}))
	// Output: 1
}

func ExampleQuantile() {
	fmt.Println(stat.Quantile([]float64{4, 1, 3, 2, 5}, 0.95))
	// Output: 4.8
}
