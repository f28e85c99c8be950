package kv_test

import (
	"fmt"

	"assay/core/kv"
)

func ExampleAssemble() {
	p, err := kv.ParsePrompt([]byte(`{"prefix": "ab", "chunks": ["cd", [5, 6]], "question": "g"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := kv.Assemble(p, letters)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range a.Segments {
		fmt.Println(s.Kind, s.Index, a.Of(s))
	}
	// Output:
	// prefix 0 [0 1 2]
	// chunk 1 [3 4]
	// chunk 2 [5 6]
	// question 3 [7]
}

func ExampleExpand() {
	specs, err := kv.Expand([]string{"full", "blend"}, []float64{0.05, 0.15}, []string{"v", "k"}, kv.Spec{})
	fmt.Println(kv.Keys(specs), err)
	// Output: [full blend.05v blend.05k blend.15v blend.15k] <nil>
}
