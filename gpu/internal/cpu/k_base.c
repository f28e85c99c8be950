// Kernels for any CPU.
#define ISA_NAME "base"
#define TABLE assay_base
#include "vec_base.h"
#include "kern_table.h"
