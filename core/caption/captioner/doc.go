// Package captioner asks captioners for captions: the built-in one, a command
// (one run a picture, or lines of JSON over a pipe), an OpenAI-compatible
// endpoint, an Azure-style describe endpoint, or a file of captions.
//
// An adapter answers one question; Asker puts the cache, the rate limit, the
// retries and the budget around any of them. Trouble with one picture is an
// Answer with a Failure and the campaign goes on; an error ends it: a wrong key,
// an endpoint that is none, a spent budget.
//
// Commands run in a process group of their own and die with it. What they print
// is untrusted: bounded, and never shown raw. Keys come from the environment and
// reach neither records nor logs.
package captioner
