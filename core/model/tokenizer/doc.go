// Package tokenizer reads a byte-level BPE tokenizer.json and turns text into token ids and back.
//
// The order of work is that of Hugging Face's tokenizers library: added tokens are cut out of the text first, what is
// left is normalised (NFC or not at all), split into pieces by the pre-tokeniser, written as bytes, and merged by rank
// inside each piece. The library's post-processor is left out on purpose: Encode never adds a BOS or EOS, because whoever
// builds a prompt from parts decides where one belongs.
//
// Pre-tokenisers are regular expressions with look-ahead and Unicode classes, which Go's regexp does not have; scan.go
// holds a hand-written scanner for each one that is known (GPT-2, SmolLM, Llama-3, Qwen). A file with another pattern,
// normaliser, decoder or model is refused with the thing shown, never read as something similar.
//
// Decode(Encode(x)) is x, byte for byte, for any text without a normaliser and for any normalised text with one, as long
// as the vocabulary holds all 256 byte symbols; invalid UTF-8 is carried through as bytes.
//
// A Tokenizer is immutable after Parse and safe for concurrent use.
package tokenizer
