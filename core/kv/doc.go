// Package kv holds the nouns of the KV bench: prompts made of segments, the
// modes in which they can be served, and the documents that runs store.
//
// A prompt is a prefix, chunks and a question. The KV cache of each chunk was
// computed earlier and alone; what is lost when such caches are put together,
// and what recomputing a few tokens brings back, is what the bench measures
// (CacheBlend, arXiv 2405.16444). The engine is in kv/blend, the cache of
// chunks in kv/store, the runs in kv/job. This package imports neither the
// compute module nor any engine, so that screens may use it.
package kv
