package tokenizer_test

import (
	"fmt"
	"io/fs"

	"assay/core/model/demo"
	"assay/core/model/tokenizer"
)

func ExampleTokenizer_Encode() {
	text, err := fs.ReadFile(demo.FS(), "tokenizer.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	tok, err := tokenizer.Parse(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	ids := tok.Encode("Ada plays the cello.\n")
	for _, id := range ids {
		fmt.Printf("[%s]", tok.Token(id))
	}
	fmt.Printf("\n%q\n", tok.Decode(ids))
	// Output:
	// [Ada][ plays][ the][ cello][.][\n]
	// "Ada plays the cello.\n"
}
