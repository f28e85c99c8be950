// Package themes turns theme files into the escape sequences that screens draw
// with, at the colour depth of the terminal.
//
// A theme is a TOML file: a palette of named colours, roles ("warn", "cursor-row")
// made of them, and the colours of charts. It may inherit from another theme and
// state only what differs. The files beside this one are built into the program;
// a folder of the user may add some and replace any.
//
// Screens name roles, never colours, so that meaning can be carried by attributes
// where there is no colour at all. Every role resolves at four depths: 24 bits, 256
// and 16 colours, and attributes alone. Appearance never changes layout or text.
//
// Loading checks what cannot be seen at a glance: unknown keys, the syntax of
// colours, a contrast of at least 4.5 for text and 3 for quiet text on the declared
// background (as in WCAG 2.1), ramps that grow monotonously in lightness, and
// that ok, warn and error stay apart for people who see two primary colours. Errors
// name file, line and key. A theme with an origin is a palette that somebody has
// published, whose contrasts are left as they are.
//
// A Set and a Theme are read-only once made and safe for concurrent use.
package themes
