// Package torch is the PyTorch target: any torch from 1.12 to 2.x that a Python can
// import. Its worker is one Python file that needs torch alone, joined from the
// sources below worker; reproducers are Python files that import nothing else either.
package torch
