// Package modeltest writes small random model folders for tests and computes what they must answer.
//
// Write makes a complete Hugging Face folder (config.json, safetensors in one file or shards, optionally tokenizer.json)
// from a few sizes and a seed. The returned Files hold every weight as it was stored, and Files.Logits runs a plain
// float64 forward pass over them that shares no code with package model: an independent answer to compare with.
//
// Files is not safe for concurrent use while a test changes its weights.
package modeltest
