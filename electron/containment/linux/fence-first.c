// Loaded into contained programs (LD_PRELOAD) so that reading inside the fence costs nothing: a file is opened for reading by a call
// that says it wants no more than the Landlock ruleset allows (FENCE_ONLY in filter.ts), which the supervisor is not asked about.
// Where the ruleset refuses, the ordinary call follows, which the supervisor answers.
//
// Nothing depends on it: whoever makes such calls without it gets what the ruleset allows, and a program without it is only slower.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>

#define FENCE_ONLY 0x9add0cL
#define CHANGES (O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))

static long open_call(int directory, const char *path, int flags, unsigned mode, long fence) {
  long result;
#if defined(__x86_64__)
  register long r10 __asm__("r10") = mode;
  register long r8 __asm__("r8") = fence;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"((long)SYS_openat), "D"((long)directory), "S"(path), "d"((long)flags), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = SYS_openat;
  register long x0 __asm__("x0") = directory;
  register long x1 __asm__("x1") = (long)path;
  register long x2 __asm__("x2") = flags;
  register long x3 __asm__("x3") = mode;
  register long x4 __asm__("x4") = fence;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  result = x0;
#else
#error "no such processor is supported"
#endif
  return result;
}

static int open_fence_first(int directory, const char *path, int flags, unsigned mode) {
  long result = -EACCES;
  if ((flags & CHANGES) == O_RDONLY) result = open_call(directory, path, flags, 0, FENCE_ONLY);
  if (result == -EACCES) result = open_call(directory, path, flags, mode, 0);
  if (result >= 0) return (int)result;
  errno = (int)-result;
  return -1;
}

#define MODE_ARGUMENT(mode, flags)                        \
  unsigned mode = 0;                                      \
  if ((flags) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) { \
    va_list more;                                         \
    va_start(more, flags);                                \
    mode = va_arg(more, unsigned);                        \
    va_end(more);                                         \
  }

int open(const char *path, int flags, ...) {
  MODE_ARGUMENT(mode, flags)
  return open_fence_first(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE_ARGUMENT(mode, flags)
  return open_fence_first(AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...) {
  MODE_ARGUMENT(mode, flags)
  return open_fence_first(directory, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...) {
  MODE_ARGUMENT(mode, flags)
  return open_fence_first(directory, path, flags, mode);
}

// What _FORTIFY_SOURCE makes of calls without a mode.
int __open_2(const char *path, int flags) { return open_fence_first(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return open_fence_first(AT_FDCWD, path, flags, 0); }
int __openat_2(int directory, const char *path, int flags) { return open_fence_first(directory, path, flags, 0); }
int __openat64_2(int directory, const char *path, int flags) { return open_fence_first(directory, path, flags, 0); }

DIR *opendir(const char *path) {
  int fd = open_fence_first(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC, 0);
  return fd < 0 ? NULL : fdopendir(fd);
}

// fopen(3): the C library opens the file without calling open.
FILE *fopen(const char *path, const char *mode) {
  int flags = mode[0] == 'r' ? O_RDONLY : mode[0] == 'w' ? O_WRONLY | O_CREAT | O_TRUNC : O_WRONLY | O_CREAT | O_APPEND;
  for (const char *sign = mode + 1; *sign != 0 && *sign != ','; sign++) {
    if (*sign == '+') flags = (flags & ~O_ACCMODE) | O_RDWR;
    if (*sign == 'x') flags |= O_EXCL;
    if (*sign == 'e') flags |= O_CLOEXEC;
  }
  int fd = open_fence_first(AT_FDCWD, path, flags, 0666);
  return fd < 0 ? NULL : fdopen(fd, mode);
}

FILE *fopen64(const char *path, const char *mode) { return fopen(path, mode); }
