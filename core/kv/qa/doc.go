// Package qa scores generated answers against expected ones: F1 over tokens or
// words, and Rouge-L.
//
// F1 follows the CacheBlend prototype (arXiv 2405.16444, example/utils.py): an
// answer is cut at its first newline and reduced to Yes or No where it begins
// with one, normalised, tokenised, and compared as a multiset of token ids; the
// LongBench variant compares words. Rouge-L is the F-measure of the longest
// common subsequence of words (C.-Y. Lin, ROUGE: A Package for Automatic
// Evaluation of Summaries, 2004), stemmed by M. F. Porter's rules (An algorithm
// for suffix stripping, Program 14(3), 1980).
//
// Every score is from 0 to 1; with several expected answers the best counts, with
// none it is 0. All functions are pure and safe for concurrent use.
package qa
