// Package plot holds what a chart needs before anything is drawn: scales,
// ticks, decimation of long series, reduction of matrices to the cells of a
// pane, and the quantisation of values to the 16 steps of a color ramp; the
// scenes that charts are described by; and a writer that draws scenes as SVG.
//
// It knows neither terminals nor files, so the widgets of the screen and the
// pictures of reports share it. Every function is pure and deterministic;
// costs are linear in the values (n log n where quantiles are asked for), and a
// widget calls them when its data change, never in each frame.
//
// NaN means "no value" throughout: it breaks a line, is left out of a
// reduction, and has the step NoStep.
package plot
