// Package captionbench is the screen of the caption bench: the issues of a
// campaign, and of the one under the cursor both pictures, both captions with
// what the oracle read in them, the verdict with its reason, and what people have
// said of it. Beside them stand the campaign's figures: precision by truth and by
// label with their intervals, classes by category, overlap levels.
//
// Everything but the pixels comes out of a run.Reader, in commands, and grows
// while the campaign does. Pixels come from a Painter, which composes a pair
// again from the parameters of the campaign; they are asked for when the cursor
// has rested, so that holding a key down sends no picture.
//
// Replies carry the generation of what they were asked for, so an answer about a
// run or a pair that was left is dropped.
package captionbench
