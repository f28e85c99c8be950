// A libnvidia-ml.so.1 for tests: cards that are not there, told by environment
// variables that are read at nvmlInit.
//
//   FAKENVML_CARDS=2          how many cards
//   FAKENVML_INIT=18          what nvmlInit returns
//   FAKENVML_LOST=1           the card with this index is lost (15)
//   FAKENVML_MIG=0            the card with this index is partitioned
//   FAKENVML_REFUSE=3         utilisation, temperature, power, clocks return this code
//   FAKENVML_HANG=nvmlInit    the call of this name sleeps for a minute
//   FAKENVML_GATE=/path       and only while this file exists
//   FAKENVML_STRIDE=24        bytes of a process as the library writes them
//   FAKENVML_PID=1234         process on card 0
//   FAKENVML_SIGNALS=1        nvmlInit takes signals over, without an alternate stack
//   FAKENVML_PRINT=1          nvmlInit prints on standard output, as stub libraries do
//   FAKENVML_LOG=/path        where calls of nvmlDeviceGetPcieThroughput are noted
//
// With -DOLD the newer half of the names is missing.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int cards, lost, mig, refuse, stride;

static int number(const char *name, int otherwise) {
    const char *v = getenv(name);
    return v != NULL && *v != 0 ? atoi(v) : otherwise;
}

static void may_hang(const char *call) {
    const char *v = getenv("FAKENVML_HANG"), *gate = getenv("FAKENVML_GATE");
    if (v == NULL || strcmp(v, call) != 0)
        return;
    for (int i = 0; i < 6000 && (gate == NULL || access(gate, F_OK) == 0); i++)
        usleep(10000);
}

static void taken(int sig) { (void)sig; }

int nvmlInit_v2(void) {
    may_hang("nvmlInit");
    cards = number("FAKENVML_CARDS", 1);
    lost = number("FAKENVML_LOST", -1);
    mig = number("FAKENVML_MIG", -1);
    refuse = number("FAKENVML_REFUSE", 0);
    stride = number("FAKENVML_STRIDE", 24);
    if (number("FAKENVML_PRINT", 0)) {
        printf("WARNING: this is a stub\n");
        fflush(stdout);
    }
    if (number("FAKENVML_SIGNALS", 0)) {
        int list[] = {SIGINT, SIGCHLD, SIGWINCH, SIGURG, SIGUSR1};
        for (unsigned i = 0; i < sizeof list / sizeof *list; i++)
            signal(list[i], taken);
    }
    return number("FAKENVML_INIT", 0);
}

const char *nvmlErrorString(int code) {
    switch (code) {
    case 0: return "Success";
    case 3: return "Not Supported";
    case 15: return "GPU is lost";
    case 18: return "Driver/library version mismatch";
    case 9: return "Driver Not Loaded";
    }
    return "Unknown Error";
}

int nvmlSystemGetDriverVersion(char *out, unsigned n) {
    snprintf(out, n, "550.54.14");
    return 0;
}

int nvmlDeviceGetCount_v2(unsigned *n) {
    may_hang("nvmlDeviceGetCount");
    *n = (unsigned)cards;
    return 0;
}

// Handles count from 1; those of instances from 100 times their card.
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) {
    if ((int)i >= cards)
        return 2;
    *d = (void *)(long)(i + 1);
    return 0;
}

static int index_of(void *d) { return (long)d >= 100 ? (int)((long)d / 100) - 1 : (int)(long)d - 1; }
static int part_of(void *d) { return (long)d >= 100 ? (int)((long)d % 100) : -1; }

static int fault(void *d) { return index_of(d) == lost ? 15 : 0; }

// refused is for figures that consumer cards and permissions keep back.
static int refused(void *d) { return fault(d) ? 15 : part_of(d) >= 0 ? 3 : refuse; }

int nvmlDeviceGetName(void *d, char *out, unsigned n) {
    if (part_of(d) >= 0)
        snprintf(out, n, "NVIDIA H100 80GB HBM3 MIG 3g.40gb");
    else
        snprintf(out, n, "NVIDIA H100 80GB HBM3");
    return fault(d);
}

int nvmlDeviceGetUUID(void *d, char *out, unsigned n) {
    snprintf(out, n, "%s-0000%d%d", part_of(d) >= 0 ? "MIG" : "GPU", index_of(d), part_of(d) + 1);
    return fault(d);
}

struct pci { char legacy[16]; unsigned domain, bus, device, id, subsystem; char bus_id[32]; };

int nvmlDeviceGetPciInfo_v3(void *d, struct pci *p) {
    snprintf(p->bus_id, sizeof p->bus_id, "00000000:%02X:00.0", 0x40 + index_of(d));
    return 0;
}

int nvmlDeviceGetUtilizationRates(void *d, unsigned *u) {
    may_hang("nvmlDeviceGetUtilizationRates");
    u[0] = index_of(d) == 0 ? 98 : 0;
    u[1] = 41;
    return refused(d);
}

int nvmlDeviceGetMemoryInfo(void *d, unsigned long long *m) {
    m[0] = 80ull << 30;
    m[1] = 17ull << 30;
    m[2] = 63ull << 30;
    return fault(d);
}

#ifndef OLD
struct memory_v2 { unsigned version; unsigned long long total, reserved, free, used; };

int nvmlDeviceGetMemoryInfo_v2(void *d, struct memory_v2 *m) {
    if (m->version != (sizeof *m | 2u << 24))
        return 25;
    if (part_of(d) >= 0) {
        m->total = 40ull << 30;
        m->used = (unsigned long long)(1 + part_of(d)) << 30;
        return fault(d);
    }
    m->total = 80ull << 30;
    m->reserved = 1ull << 30;
    m->used = 62ull << 30;
    m->free = m->total - m->used - m->reserved;
    return fault(d);
}

struct temperature { unsigned version, sensor; int degrees; };

int nvmlDeviceGetTemperatureV(void *d, struct temperature *t) {
    if (t->version != (sizeof *t | 1u << 24))
        return 25;
    t->degrees = 71;
    return refused(d);
}

int nvmlDeviceGetCurrentClocksEventReasons(void *d, unsigned long long *bits) {
    *bits = 0x04 | 0x40;
    return refused(d);
}

int nvmlDeviceGetMigMode(void *d, unsigned *now, unsigned *next) {
    *now = *next = index_of(d) == mig;
    return mig < 0 ? 3 : fault(d);
}

int nvmlDeviceGetMaxMigDeviceCount(void *d, unsigned *n) {
    (void)d;
    *n = 7;
    return 0;
}

int nvmlDeviceGetMigDeviceHandleByIndex(void *d, unsigned i, void **out) {
    if (i != 0 && i != 2)
        return 6; // an empty slot
    *out = (void *)(long)((index_of(d) + 1) * 100 + (int)i);
    return 0;
}

int nvmlDeviceGetGpuInstanceId(void *d, unsigned *id) {
    *id = (unsigned)part_of(d) + 1;
    return 0;
}

int nvmlDeviceGetComputeInstanceId(void *d, unsigned *id) {
    (void)d;
    *id = 0;
    return 0;
}

int nvmlDeviceGetTotalEnergyConsumption(void *d, unsigned long long *mj) {
    *mj = 123456789;
    return refused(d);
}
#else
int nvmlDeviceGetCurrentClocksThrottleReasons(void *d, unsigned long long *bits) {
    *bits = 1;
    return refused(d);
}
#endif

int nvmlDeviceGetTemperature(void *d, int sensor, unsigned *t) {
    (void)sensor;
    *t = 70;
    return refused(d);
}

int nvmlDeviceGetTemperatureThreshold(void *d, int kind, unsigned *t) {
    *t = kind == 1 ? 90 : 95;
    return refused(d);
}

int nvmlDeviceGetPowerUsage(void *d, unsigned *mw) {
    *mw = 430500;
    return refused(d);
}

int nvmlDeviceGetEnforcedPowerLimit(void *d, unsigned *mw) {
    *mw = 700000;
    return refused(d);
}

int nvmlDeviceGetClockInfo(void *d, int kind, unsigned *mhz) {
    *mhz = kind == 1 ? 1755 : 2619;
    return refused(d);
}

int nvmlDeviceGetMaxClockInfo(void *d, int kind, unsigned *mhz) {
    *mhz = kind == 1 ? 1980 : 2619;
    return refused(d);
}

int nvmlDeviceGetPcieThroughput(void *d, int counter, unsigned *kib) {
    const char *log = getenv("FAKENVML_LOG");
    if (log != NULL && counter == 0) {
        FILE *f = fopen(log, "a");
        fprintf(f, "%d\n", index_of(d));
        fclose(f);
    }
    *kib = counter == 0 ? 1024 : 2048;
    return refused(d);
}

// one writes a process as long as the library pretends its struct to be.
static void one(unsigned char *p, unsigned pid, unsigned long long mem, unsigned instance) {
    unsigned compute = instance == 0xFFFFFFFFu ? instance : 0;
    unsigned long long protect = 0;
    memcpy(p, &pid, 4);
    memcpy(p + 8, &mem, 8);
    if (stride >= 24) {
        memcpy(p + 16, &instance, 4);
        memcpy(p + 20, &compute, 4);
    }
    if (stride >= 32)
        memcpy(p + 24, &protect, 8);
}

static int list(void *d, unsigned *n, unsigned char *out, int graphics) {
    int code = fault(d);
    if (code != 0 || index_of(d) != 0) {
        *n = 0;
        return code;
    }
    unsigned whole = index_of(d) == mig ? 1 : 0xFFFFFFFFu;
    if (graphics) {
        one(out, 77, 1ull << 20, whole);
        *n = 1;
        return 0;
    }
    one(out, (unsigned)number("FAKENVML_PID", 4242), 3ull << 30, whole);
    one(out + stride, 4243, ~0ull, whole == 1 ? 3 : whole);
    *n = 2;
    return 0;
}

#ifdef OLD
int nvmlDeviceGetComputeRunningProcesses(void *d, unsigned *n, unsigned char *out) {
    stride = 16;
    return list(d, n, out, 0);
}
#else
int nvmlDeviceGetComputeRunningProcesses_v3(void *d, unsigned *n, unsigned char *out) { return list(d, n, out, 0); }
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *d, unsigned *n, unsigned char *out) { return list(d, n, out, 1); }
#endif
