package job

import "assay/core/bench"

// sweepKinds returns the campaigns over methods, exponents and seeds.
func sweepKinds() []bench.Kind { return nil }
