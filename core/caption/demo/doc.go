// Package demo holds the world that ships inside the binary: cut-outs of 90
// everyday classes in two drawing styles, 48 drawn backgrounds in 12 families,
// and the trained captioner tinycap with the card of its errors.
//
// Sources and licences of the cut-outs are in NOTICE. The files are those that
// the captioner was trained with; reading them is safe for concurrent use.
package demo
