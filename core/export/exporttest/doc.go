// Package exporttest holds what the tests of the exports of all benches share: files
// that people have looked at, and what makes a table tidy.
//
// Only tests import it.
package exporttest
