/* A driver's library of one GPU with an old list of processes: for the real binding. */
#include <string.h>

typedef unsigned int u32;
typedef unsigned long long u64;

static int device;

struct pci { char legacy[16]; u32 domain, bus, dev, id, sub; char bus_id[32]; };
struct memory { u32 version; u64 total, reserved, free, used; };
struct field { u32 id, scope; long long at, took; u32 type, result; u64 value; };
struct process { u32 pid; u64 used; u32 gpu_instance, compute_instance; };
struct use { u32 pid; u64 at; u32 sm, mem, enc, dec; };

int nvmlInitWithFlags(u32 flags) { return 0; }
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(u32 *count) { *count = 1; return 0; }
int nvmlDeviceGetHandleByIndex_v2(u32 index, void **found) { *found = &device; return 0; }
int nvmlDeviceGetUUID(void *d, char *text, u32 size) { strcpy(text, "GPU-x"); return 0; }
int nvmlDeviceGetName(void *d, char *text, u32 size) { strcpy(text, "Stub"); return 0; }
int nvmlDeviceGetPciInfo_v3(void *d, struct pci *info) {
  memset(info, 0, sizeof *info);
  info->bus = 0x3b;
  return 0;
}
int nvmlDeviceGetMinorNumber(void *d, u32 *minor) { *minor = 3; return 0; }
int nvmlDeviceGetUtilizationRates(void *d, u32 *rates) { rates[0] = 37; rates[1] = 2; return 0; }
int nvmlDeviceGetMemoryInfo_v2(void *d, struct memory *info) {
  if (info->version != 0x02000028) return 25;
  info->total = 80ull << 30;
  info->reserved = 1ull << 30;
  info->used = 10ull << 30;
  info->free = 69ull << 30;
  return 0;
}
int nvmlDeviceGetPowerUsage(void *d, u32 *power) { *power = 123456; return 0; }
int nvmlDeviceGetEnforcedPowerLimit(void *d, u32 *power) { *power = 300000; return 0; }
int nvmlDeviceGetTemperature(void *d, u32 sensor, u32 *found) {
  *found = 61;
  return sensor ? 2 : 0;
}
int nvmlDeviceGetTemperatureThreshold(void *d, u32 kind, u32 *found) {
  *found = 92;
  return kind == 1 ? 0 : 2;
}
/* The name of older drivers, and the bit of a power limit. */
int nvmlDeviceGetCurrentClocksThrottleReasons(void *d, u64 *bits) { *bits = 4; return 0; }
int nvmlDeviceGetMigMode(void *d, u32 *now, u32 *then) { return 3; }
int nvmlDeviceGetFieldValues(void *d, int count, struct field *fields) {
  for (int i = 0; i < count; i++) {
    fields[i].result = fields[i].id == 83 ? 0 : 3;
    fields[i].type = 3;
    fields[i].value = 777000;
  }
  return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v2(void *d, u32 *count, struct process *found) {
  u32 room = *count;
  *count = 3;
  if (room < 3 || !found) return 7;
  found[0].pid = 4242;
  found[0].used = 5ull << 30;
  found[1].pid = 0;
  found[1].used = 1ull << 30;
  found[2].pid = 4243;
  found[2].used = ~0ull;
  return 0;
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *d, u32 *count, struct process *found) {
  *count = 0;
  return 0;
}
int nvmlDeviceGetProcessUtilization(void *d, struct use *found, u32 *count, u64 since) {
  if (since >= 1700000000000000ull) { *count = 0; return 0; }
  if (!found || *count < 1) { *count = 1; return 7; }
  found[0].pid = 4242;
  found[0].at = 1700000000000000ull;
  found[0].sm = 55;
  *count = 1;
  return 0;
}
const char *nvmlErrorString(int code) { return "stub"; }
