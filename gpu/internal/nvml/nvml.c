#define _GNU_SOURCE
#include "table.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void *device;
typedef struct { unsigned gpu, memory; } utilization;
typedef struct { unsigned long long total, free, used; } memory_v1;
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } memory_v2;
typedef struct { unsigned version; unsigned sensor; int degrees; } temperature_v1;
typedef struct {
    char legacy[16];
    unsigned domain, bus, device, id, subsystem;
    char bus_id[32];
} pci_info;

// versioned is how the library wants the version field of a struct filled.
#define VERSIONED(type, n) ((unsigned)(sizeof(type) | ((n) << 24)))

struct assay_nvml {
    void *so;
    int read; // a card was read before
    int (*init)(void);
    const char *(*error_string)(int);
    int (*driver_version)(char *, unsigned);
    int (*count)(unsigned *);
    int (*by_index)(unsigned, device *);
    int (*name)(device, char *, unsigned);
    int (*uuid)(device, char *, unsigned);
    int (*pci)(device, pci_info *);
    int (*utilization_rates)(device, utilization *);
    int (*memory_info)(device, memory_v1 *);
    int (*memory_info_v2)(device, memory_v2 *);
    int (*temperature)(device, int, unsigned *);
    int (*temperature_v)(device, temperature_v1 *);
    int (*temperature_threshold)(device, int, unsigned *);
    int (*power_usage)(device, unsigned *);
    int (*power_limit)(device, unsigned *);
    int (*clock)(device, int, unsigned *);
    int (*clock_max)(device, int, unsigned *);
    int (*pcie)(device, int, unsigned *);
    int (*reasons)(device, unsigned long long *);
    int (*energy)(device, unsigned long long *);
    int (*mig_mode)(device, unsigned *, unsigned *);
    int (*mig_slots)(device, unsigned *);
    int (*mig_device)(device, unsigned, device *);
    int (*gpu_instance)(device, unsigned *);
    int (*compute_instance)(device, unsigned *);
    int (*compute_processes)(device, unsigned *, void *);
    int (*graphics_processes)(device, unsigned *, void *);
};

// handlers notes the signal handlers of the process and puts those back that
// were changed since.
typedef struct { struct sigaction old[65]; int known[65]; } handlers;

static void note(handlers *h) {
    for (int s = 1; s < 65; s++)
        h->known[s] = sigaction(s, NULL, &h->old[s]) == 0;
}

static void put_back(const handlers *h) {
    for (int s = 1; s < 65; s++) {
        struct sigaction now;
        if (!h->known[s] || sigaction(s, NULL, &now) != 0)
            continue;
        if (now.sa_sigaction != h->old[s].sa_sigaction || now.sa_flags != h->old[s].sa_flags)
            sigaction(s, &h->old[s], NULL);
    }
}

// find looks names up, the newest first, into a function pointer.
static void find(void *so, void *into, const char *a, const char *b, const char *c) {
    const char *names[3] = {a, b, c};
    void *p = NULL;
    for (int i = 0; i < 3 && p == NULL && names[i] != NULL; i++)
        p = dlsym(so, names[i]);
    memcpy(into, &p, sizeof p); // ISO C has no cast from an object to a function pointer
}

assay_nvml *assay_nvml_load(const char *path, char *err, size_t n) {
    handlers h;
    note(&h);
    dlerror();
    void *so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (so == NULL) {
        const char *why = dlerror();
        snprintf(err, n, "%s", why != NULL ? why : "dlopen gives no reason");
        put_back(&h);
        return NULL;
    }
    put_back(&h);
    assay_nvml *l = calloc(1, sizeof *l);
    if (l == NULL) {
        snprintf(err, n, "no memory for the table of functions");
        return NULL;
    }
    l->so = so;
    find(so, &l->init, "nvmlInit_v2", "nvmlInit", NULL);
    find(so, &l->error_string, "nvmlErrorString", NULL, NULL);
    find(so, &l->driver_version, "nvmlSystemGetDriverVersion", NULL, NULL);
    find(so, &l->count, "nvmlDeviceGetCount_v2", "nvmlDeviceGetCount", NULL);
    find(so, &l->by_index, "nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex", NULL);
    find(so, &l->name, "nvmlDeviceGetName", NULL, NULL);
    find(so, &l->uuid, "nvmlDeviceGetUUID", NULL, NULL);
    find(so, &l->pci, "nvmlDeviceGetPciInfo_v3", NULL, NULL); // older ones fill another struct
    find(so, &l->utilization_rates, "nvmlDeviceGetUtilizationRates", NULL, NULL);
    find(so, &l->memory_info, "nvmlDeviceGetMemoryInfo", NULL, NULL);
    find(so, &l->memory_info_v2, "nvmlDeviceGetMemoryInfo_v2", NULL, NULL);
    find(so, &l->temperature, "nvmlDeviceGetTemperature", NULL, NULL);
    find(so, &l->temperature_v, "nvmlDeviceGetTemperatureV", NULL, NULL);
    find(so, &l->temperature_threshold, "nvmlDeviceGetTemperatureThreshold", NULL, NULL);
    find(so, &l->power_usage, "nvmlDeviceGetPowerUsage", NULL, NULL);
    find(so, &l->power_limit, "nvmlDeviceGetEnforcedPowerLimit", NULL, NULL);
    find(so, &l->clock, "nvmlDeviceGetClockInfo", NULL, NULL);
    find(so, &l->clock_max, "nvmlDeviceGetMaxClockInfo", NULL, NULL);
    find(so, &l->pcie, "nvmlDeviceGetPcieThroughput", NULL, NULL);
    find(so, &l->reasons, "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons", NULL);
    find(so, &l->energy, "nvmlDeviceGetTotalEnergyConsumption", NULL, NULL);
    find(so, &l->mig_mode, "nvmlDeviceGetMigMode", NULL, NULL);
    find(so, &l->mig_slots, "nvmlDeviceGetMaxMigDeviceCount", NULL, NULL);
    find(so, &l->mig_device, "nvmlDeviceGetMigDeviceHandleByIndex", NULL, NULL);
    find(so, &l->gpu_instance, "nvmlDeviceGetGpuInstanceId", NULL, NULL);
    find(so, &l->compute_instance, "nvmlDeviceGetComputeInstanceId", NULL, NULL);
    find(so, &l->compute_processes, "nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2", "nvmlDeviceGetComputeRunningProcesses");
    find(so, &l->graphics_processes, "nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2", "nvmlDeviceGetGraphicsRunningProcesses");
    return l;
}

int assay_nvml_init(assay_nvml *l) {
    if (l->init == NULL || l->count == NULL || l->by_index == NULL)
        return ASSAY_NO_CALL;
    handlers h;
    note(&h);
    int code = l->init();
    put_back(&h);
    return code;
}

const char *assay_nvml_text(assay_nvml *l, int code) {
    return l->error_string != NULL ? l->error_string(code) : NULL;
}

int assay_nvml_driver(assay_nvml *l, char *out, unsigned n) {
    out[0] = 0;
    return l->driver_version != NULL ? l->driver_version(out, n) : ASSAY_NO_CALL;
}

int assay_nvml_count(assay_nvml *l, unsigned *n) {
    *n = 0;
    return l->count(n);
}

int assay_nvml_slots(assay_nvml *l, unsigned card, unsigned *n) {
    device d = NULL;
    *n = 0;
    if (l->mig_slots == NULL || l->mig_device == NULL)
        return ASSAY_NO_CALL;
    int code = l->by_index(card, &d);
    return code != 0 ? code : l->mig_slots(d, n);
}

static void set(assay_nvml_card *c, int figure, int code, uint64_t value) {
    c->code[figure] = code;
    c->value[figure] = code == 0 ? value : 0;
}

// ask_unsigned reads a figure that a call fills by itself.
static void ask_unsigned(assay_nvml_card *c, int figure, int (*call)(device, unsigned *), device d) {
    unsigned v = 0;
    int code = call != NULL ? call(d, &v) : ASSAY_NO_CALL;
    set(c, figure, code, v);
}

static void ask_kind(assay_nvml_card *c, int figure, int (*call)(device, int, unsigned *), device d, int kind) {
    unsigned v = 0;
    int code = call != NULL ? call(d, kind, &v) : ASSAY_NO_CALL;
    set(c, figure, code, v);
}

static void ask_long(assay_nvml_card *c, int figure, int (*call)(device, unsigned long long *), device d) {
    unsigned long long v = 0;
    int code = call != NULL ? call(d, &v) : ASSAY_NO_CALL;
    set(c, figure, code, v);
}

static void ask_memory(assay_nvml *l, device d, assay_nvml_card *c) {
    memory_v2 m = {.version = VERSIONED(memory_v2, 2)};
    int code = l->memory_info_v2 != NULL ? l->memory_info_v2(d, &m) : ASSAY_NO_CALL;
    set(c, ASSAY_MEM_TOTAL, code, m.total);
    set(c, ASSAY_MEM_RESERVED, code, m.reserved);
    set(c, ASSAY_MEM_USED, code, m.used);
    if (code == 0 || l->memory_info == NULL)
        return;
    // The first version counts what is reserved as used.
    memory_v1 old = {0};
    code = l->memory_info(d, &old);
    set(c, ASSAY_MEM_TOTAL, code, old.total);
    set(c, ASSAY_MEM_USED, code, old.used);
}

static void ask_temperature(assay_nvml *l, device d, assay_nvml_card *c) {
    temperature_v1 t = {.version = VERSIONED(temperature_v1, 1)};
    int code = l->temperature_v != NULL ? l->temperature_v(d, &t) : ASSAY_NO_CALL;
    if (code == 0 && t.degrees >= 0) {
        set(c, ASSAY_TEMP, 0, (uint64_t)t.degrees);
        return;
    }
    set(c, ASSAY_TEMP, code, 0);
    if (l->temperature != NULL)
        ask_kind(c, ASSAY_TEMP, l->temperature, d, 0);
}

static int text(int (*call)(device, char *, unsigned), device d, char *out, unsigned n) {
    out[0] = 0;
    int code = call != NULL ? call(d, out, n) : ASSAY_NO_CALL;
    out[n - 1] = 0;
    return code;
}

static void read_card(assay_nvml *l, device d, int slot, int pcie, assay_nvml_card *c) {
    c->name_code = text(l->name, d, c->name, sizeof c->name);
    c->uuid_code = text(l->uuid, d, c->uuid, sizeof c->uuid);
    pci_info p;
    memset(&p, 0, sizeof p);
    c->pci_code = l->pci != NULL ? l->pci(d, &p) : ASSAY_NO_CALL;
    memcpy(c->pci, p.bus_id, sizeof c->pci);
    c->pci[sizeof c->pci - 1] = 0;
    ask_memory(l, d, c);
    if (slot >= 0) { // an instance has memory and a name; the rest belongs to its card
        ask_unsigned(c, ASSAY_GPU_INSTANCE, l->gpu_instance, d);
        ask_unsigned(c, ASSAY_COMPUTE_INSTANCE, l->compute_instance, d);
        return;
    }
    utilization u = {0, 0};
    int code = l->utilization_rates != NULL ? l->utilization_rates(d, &u) : ASSAY_NO_CALL;
    set(c, ASSAY_UTIL, code, u.gpu);
    set(c, ASSAY_UTIL_MEM, code, u.memory);
    ask_temperature(l, d, c);
    ask_kind(c, ASSAY_TEMP_SLOW, l->temperature_threshold, d, 1);
    ask_unsigned(c, ASSAY_POWER, l->power_usage, d);
    ask_unsigned(c, ASSAY_POWER_LIMIT, l->power_limit, d);
    ask_kind(c, ASSAY_SM_CLOCK, l->clock, d, 1);
    ask_kind(c, ASSAY_SM_CLOCK_MAX, l->clock_max, d, 1);
    ask_kind(c, ASSAY_MEM_CLOCK, l->clock, d, 2);
    if (pcie) {
        ask_kind(c, ASSAY_PCIE_TX, l->pcie, d, 0);
        ask_kind(c, ASSAY_PCIE_RX, l->pcie, d, 1);
    }
    ask_long(c, ASSAY_REASONS, l->reasons, d);
    ask_long(c, ASSAY_ENERGY, l->energy, d);
    unsigned current = 0, pending = 0;
    code = l->mig_mode != NULL ? l->mig_mode(d, &current, &pending) : ASSAY_NO_CALL;
    set(c, ASSAY_MIG, code, current);
}

int assay_nvml_read(assay_nvml *l, unsigned card, int slot, int pcie, assay_nvml_card *out) {
    memset(out, 0, sizeof *out);
    for (int i = 0; i < ASSAY_FIGURES; i++)
        out->code[i] = ASSAY_NOT_ASKED;
    device d = NULL;
    int code = l->by_index(card, &d);
    if (code == 0 && slot >= 0) {
        device whole = d;
        code = l->mig_device != NULL ? l->mig_device(whole, (unsigned)slot, &d) : ASSAY_NO_CALL;
    }
    if (code != 0)
        return code;
    if (l->read) {
        read_card(l, d, slot, pcie, out);
        return 0;
    }
    handlers h;
    note(&h);
    read_card(l, d, slot, pcie, out);
    put_back(&h);
    l->read = 1;
    return 0;
}

// Drivers have filled the same version of the call with structs of 16, 24 and 32
// bytes (nvitop#79, go-nvml#75, nvitop#226). The buffer has room for the longest,
// is filled with a pattern, and how far the pattern is gone tells the length.
enum { LONGEST = 32, PATTERN = 0xA5 };

int assay_nvml_processes(assay_nvml *l, unsigned card, int graphics, assay_nvml_process *out, unsigned cap, unsigned *n) {
    *n = 0;
    int (*call)(device, unsigned *, void *) = graphics ? l->graphics_processes : l->compute_processes;
    if (call == NULL)
        return ASSAY_NO_CALL;
    device d = NULL;
    int code = l->by_index(card, &d);
    if (code != 0)
        return code;
    unsigned char *buf = malloc((size_t)cap * LONGEST);
    if (buf == NULL)
        return 20; // NVML_ERROR_MEMORY
    memset(buf, PATTERN, (size_t)cap * LONGEST);
    unsigned got = cap;
    code = call(d, &got, buf);
    if (code != 0 || got > cap)
        got = 0; // 7 INSUFFICIENT_SIZE: more than cap, an absurd number
    size_t end = (size_t)got * LONGEST;
    while (end > 0 && buf[end - 1] == PATTERN)
        end--;
    size_t stride = got == 0 ? 24 : end <= (size_t)got * 16 ? 16 : end <= (size_t)got * 24 ? 24 : LONGEST;
    for (unsigned i = 0; i < got; i++) {
        const unsigned char *p = buf + i * stride;
        uint64_t mem;
        uint32_t instance = 0xFFFFFFFFu;
        memcpy(&out[i].pid, p, 4);
        memcpy(&mem, p + 8, 8);
        if (stride > 16)
            memcpy(&instance, p + 16, 4);
        out[i].has_mem = mem != UINT64_MAX; // NVML_VALUE_NOT_AVAILABLE
        out[i].mem_bytes = out[i].has_mem ? mem : 0;
        out[i].gpu_instance = instance == 0xFFFFFFFFu ? -1 : (int)instance;
    }
    free(buf);
    *n = got;
    return code;
}
