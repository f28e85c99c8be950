package store_test

import (
	"fmt"
	"os"

	"assay/core/kv/store"
)

func Example() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	key := store.Key{Model: "a1b2", DType: "f32", Policy: "bos", RoPE: store.RoPEPre, IDs: []int32{12, 7}}
	_, reason := s.Get(key)
	fmt.Println(reason)

	shape := store.Shape{Layers: 1, Tokens: 2, Channels: 1}
	err = s.Put(key, shape, func(layer int, p store.Part) []byte { return []byte{0, 0, 128, 63, 0, 0, 0, 64} })
	fmt.Println(err)

	e, _ := s.Get(key)
	defer e.Close()
	v := make([]byte, 8)
	fmt.Println(e.Read(0, store.V, v), v)

	key.Policy = "none"
	_, reason = s.Get(key)
	fmt.Println(reason)
	// Output:
	// never stored
	// <nil>
	// <nil> [0 0 128 63 0 0 0 64]
	// key field chunk policy differs
}
