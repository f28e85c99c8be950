"""The PyTorch worker of assay's fuzz bench: one file, only torch and the standard library.

It speaks the line protocol of core/fuzz/wire (see there for what every message
means) on standard input and output, and only evaluates: it compares nothing.
"""
import array
import base64
import gc
import inspect
import json
import os
import random
import signal
import sys
import types

os.environ.setdefault("OMP_NUM_THREADS", "1")
PROTO = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)  # what libraries print goes where nobody parses it

import faulthandler
import warnings

faulthandler.enable()
warnings.simplefilter("ignore")

import torch
import torch.autograd.forward_ad as fwAD

torch.set_num_threads(1)
F64, C128 = torch.float64, torch.complex128
DTYPES = {"f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16,
          "c128": torch.complex128, "c64": torch.complex64, "i64": torch.int64, "i32": torch.int32,
          "u8": torch.uint8, "bool": torch.bool}
NAMES = {v: k for k, v in DTYPES.items()}
VALUES = 4096  # most output values of a run that are sent

# Words by which the library says that there is no derivative (nablaFuzz, torch_adtest).
REFUSALS = ("requires grad is being used in an in-place", "support automatic differentiation", "cannot export tensors",
            "is not differentiable", "not differentiable with respect", "not implemented for", "is not implemented",
            "not implemented", "does not support", "not supported", "unsupported", "has no attribute 'requires_grad'",
            "must be tensor, not bool", "make_dual", "value cannot be converted", "cannot resize variables that require grad",
            "only supported for complex", "forward gradient", "complex grad_output", "can only be created for",
            "only tensors of floating point", "specified up to", "is ill-defined", "not well-defined", "not yet implemented", "trying to use forward ad", "batching rule")


def send(message):
    PROTO.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
    PROTO.flush()


def fault(e):
    text = str(e)[:2000]
    low = text.lower()
    refused = isinstance(e, NotImplementedError) or any(r in low for r in REFUSALS)
    return {"type": type(e).__name__, "text": text, "refused": refused and "internal assert" not in low}
