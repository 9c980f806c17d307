/* CUDA's library without a GPU: what each process holds stands in a file of FAKE_GPU_FOLDER. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef unsigned long long u64;

#define CONTEXT (300ull << 20)
#define ROOM (64ull << 30)
#define BLOCKS 1024

static u64 held, sizes[BLOCKS];
static int file;

static void path(char *text) {
  snprintf(text, 4096, "%s/%d", getenv("FAKE_GPU_FOLDER"), (int)getpid());
}
/* Written over in one go: whoever reads it never finds it empty. */
static void tell(void) {
  char text[32];
  int length = snprintf(text, sizeof text, "%020llu", held);
  if (pwrite(file, text, length, 0) != length) abort();
}
static void leave(void) {
  char text[4096];
  path(text);
  unlink(text);
}
int cuInit(unsigned flags) { return 0; }
int cuDeviceGet(int *device, int number) { *device = number; return 0; }
int cuDevicePrimaryCtxRetain(void **context, int device) {
  *context = sizes;
  char text[4096];
  path(text);
  file = open(text, O_CREAT | O_RDWR, 0600);
  if (file < 0) return 101; /* no such device */
  held = CONTEXT;
  atexit(leave);
  tell();
  return 0;
}
int cuCtxSetCurrent(void *context) { return context != sizes; }
int cuCtxSynchronize(void) { return 0; }
int cuMemAlloc_v2(u64 *block, size_t size) {
  if (held + size > ROOM) return 2; /* out of memory */
  for (int i = 1; i < BLOCKS; i++)
    if (!sizes[i]) {
      sizes[i] = size;
      held += size;
      *block = i;
      tell();
      return 0;
    }
  return 2;
}
int cuMemFree_v2(u64 block) {
  if (!block || block >= BLOCKS || !sizes[block]) return 1;
  held -= sizes[block];
  sizes[block] = 0;
  tell();
  return 0;
}
int cuMemsetD8_v2(u64 block, unsigned char value, size_t size) {
  if (!block || block >= BLOCKS || sizes[block] < size) return 1;
  usleep(500);
  tell(); /* its file is as new as its last work */
  return 0;
}
