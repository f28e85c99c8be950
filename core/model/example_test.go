package model_test

import (
	"fmt"

	"assay/core/model"
)

func ExampleInspect() {
	fsys, name, err := model.OpenDir("") // "" is the model inside the binary
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := model.Inspect(fsys, name)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %s, %d layers, %d parameters\n", info.Name, info.Config.Architecture, info.Config.Layers, info.Parameters)
	fmt.Println(info.Tokenizer)
	// Output:
	// recall-7m: LlamaForCausalLM, 8 layers, 6951168 parameters
	// byte-level BPE (gpt2), 2710 ids
}
