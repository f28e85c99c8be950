// What of NVML is used, declared without its header. Numbers and layouts are
// those of the public header; they are an ABI and do not change.
#ifndef ASSAY_NVML_TABLE_H
#define ASSAY_NVML_TABLE_H

#include <stddef.h>
#include <stdint.h>

// The figures of a card, in the units of the library.
enum {
    ASSAY_UTIL,         // per cent of the last sample period
    ASSAY_UTIL_MEM,     // per cent of it with memory traffic
    ASSAY_MEM_TOTAL,    // bytes
    ASSAY_MEM_RESERVED, // bytes
    ASSAY_MEM_USED,     // bytes
    ASSAY_TEMP,         // degrees Celsius
    ASSAY_TEMP_SLOW,    // degrees Celsius at which the card slows itself down
    ASSAY_POWER,        // milliwatts
    ASSAY_POWER_LIMIT,  // milliwatts
    ASSAY_SM_CLOCK,     // MHz
    ASSAY_SM_CLOCK_MAX, // MHz
    ASSAY_MEM_CLOCK,    // MHz
    ASSAY_PCIE_TX,      // KiB/s
    ASSAY_PCIE_RX,      // KiB/s
    ASSAY_REASONS,      // bits: why the clocks are what they are
    ASSAY_ENERGY,       // millijoules since the driver was loaded
    ASSAY_MIG,          // 1 where the card is partitioned
    ASSAY_GPU_INSTANCE,
    ASSAY_COMPUTE_INSTANCE,
    ASSAY_FIGURES
};

// ASSAY_NO_CALL stands beside NVML's codes: the library has no such function.
// ASSAY_NOT_ASKED: the figure was left out this time.
enum { ASSAY_NO_CALL = -1, ASSAY_NOT_ASKED = -2 };

typedef struct {
    int code[ASSAY_FIGURES]; // 0: value holds; else NVML's code or one of the above
    uint64_t value[ASSAY_FIGURES];
    int name_code, uuid_code, pci_code;
    char name[96], uuid[96], pci[32];
} assay_nvml_card;

typedef struct {
    uint32_t pid;
    int has_mem;
    uint64_t mem_bytes;
    int gpu_instance; // -1 for none
} assay_nvml_process;

typedef struct assay_nvml assay_nvml;

// assay_nvml_load opens a library; NULL with the words of dlerror in err.
assay_nvml *assay_nvml_load(const char *path, char *err, size_t n);
// assay_nvml_init initialises it and returns its code.
int assay_nvml_init(assay_nvml *l);
// assay_nvml_text is what the library says about a code; NULL where it says nothing.
const char *assay_nvml_text(assay_nvml *l, int code);
int assay_nvml_driver(assay_nvml *l, char *out, unsigned n);
int assay_nvml_count(assay_nvml *l, unsigned *n);
// assay_nvml_slots is how many instances a partitioned card may have.
int assay_nvml_slots(assay_nvml *l, unsigned card, unsigned *n);
// assay_nvml_read fills out for a card, or for the instance in a slot of it
// (-1: the card itself). pcie asks for the two figures that take 20 ms each.
// The code is that of finding the card.
int assay_nvml_read(assay_nvml *l, unsigned card, int slot, int pcie, assay_nvml_card *out);
// assay_nvml_processes lists at most cap processes that compute (graphics 0) or draw.
int assay_nvml_processes(assay_nvml *l, unsigned card, int graphics, assay_nvml_process *out, unsigned cap, unsigned *n);

#endif
