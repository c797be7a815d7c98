/*
 * Records, in order, the operations of a process on the files of one folder; loaded by LD_PRELOAD. RECORD_FOLDER names the
 * folder, RECORD_LOG the log. A record is: kind (1 byte), length of path (4), length of data (4), offset (8), path, data;
 * numbers are little-endian. Kinds: C create, W write, T truncate (offset is the length), B a sync begins, S it is done
 * (offset is the thread), U unlink, R rename, L link (data is the new path), M marker: a write to a file called `markers`.
 * Not recorded: `-shm`, which does not outlive a power loss, and `-reserve`, whose content means nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *folder;
static size_t folder_length;
static int log_handle = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

__attribute__((constructor)) static void start(void) {
  folder = getenv("RECORD_FOLDER");
  const char *log = getenv("RECORD_LOG");
  if (!folder || !log) return;
  folder_length = strlen(folder);
  log_handle = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int ends_with(const char *text, const char *end) {
  size_t a = strlen(text), b = strlen(end);
  return a >= b && strcmp(text + a - b, end) == 0;
}

static int is_watched(const char *path) {
  if (log_handle < 0 || strncmp(path, folder, folder_length) != 0) return 0;
  if (path[folder_length] != '/' && path[folder_length] != 0) return 0;
  return !ends_with(path, "-shm") && !ends_with(path, "-reserve");
}

static int is_watched_handle(int handle, char path[PATH_MAX]) {
  if (log_handle < 0 || handle < 3 || handle == log_handle) return 0;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return is_watched(path);
}

static void record(char kind, const char *path, uint64_t offset, const void *data, size_t length) {
  int before = errno;
  uint32_t path_length = (uint32_t)strlen(path), data_length = (uint32_t)length;
  char head[17];
  head[0] = kind;
  memcpy(head + 1, &path_length, 4);
  memcpy(head + 5, &data_length, 4);
  memcpy(head + 9, &offset, 8);
  struct iovec parts[3] = {{head, sizeof head}, {(void *)path, path_length}, {(void *)data, length}};
  pthread_mutex_lock(&lock);
  ssize_t written = syscall(SYS_writev, log_handle, parts, 3);
  pthread_mutex_unlock(&lock);
  /* An incomplete log would prove nothing. */
  if (written != (ssize_t)(sizeof head + path_length + length)) abort();
  errno = before;
}

static void record_write(int handle, const void *data, ssize_t length, uint64_t offset) {
  char path[PATH_MAX];
  if (length > 0 && is_watched_handle(handle, path)) record('W', path, offset, data, (size_t)length);
}

ssize_t pwrite64(int handle, const void *data, size_t length, off64_t offset) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  ssize_t written = real(handle, data, length, offset);
  record_write(handle, data, written, (uint64_t)offset);
  return written;
}

ssize_t pwrite(int handle, const void *data, size_t length, off_t offset) {
  return pwrite64(handle, data, length, offset);
}

ssize_t write(int handle, const void *data, size_t length) {
  REAL(ssize_t, "write", int, const void *, size_t);
  char path[PATH_MAX];
  if (!is_watched_handle(handle, path)) return real(handle, data, length);
  if (ends_with(path, "/markers")) {
    record('M', path, 0, data, length);
    return (ssize_t)length;
  }
  struct stat status;
  int is_appending = (fcntl(handle, F_GETFL) & O_APPEND) != 0;
  off_t offset = is_appending && fstat(handle, &status) == 0 ? status.st_size : lseek(handle, 0, SEEK_CUR);
  ssize_t written = real(handle, data, length);
  if (written > 0) record('W', path, (uint64_t)offset, data, (size_t)written);
  return written;
}

int ftruncate64(int handle, off64_t length) {
  REAL(int, "ftruncate64", int, off64_t);
  int result = real(handle, length);
  char path[PATH_MAX];
  if (result == 0 && is_watched_handle(handle, path)) record('T', path, (uint64_t)length, NULL, 0);
  return result;
}

int ftruncate(int handle, off_t length) { return ftruncate64(handle, length); }

static int record_sync(int handle, int (*real)(int)) {
  char path[PATH_MAX];
  int is_recorded = is_watched_handle(handle, path);
  uint64_t thread = (uint64_t)syscall(SYS_gettid);
  if (is_recorded) record('B', path, thread, NULL, 0);
  int result = real(handle);
  if (is_recorded && result == 0) record('S', path, thread, NULL, 0);
  return result;
}

int fsync(int handle) {
  REAL(int, "fsync", int);
  return record_sync(handle, real);
}

int fdatasync(int handle) {
  REAL(int, "fdatasync", int);
  return record_sync(handle, real);
}

int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  int result = real(path);
  if (result == 0 && is_watched(path)) record('U', path, 0, NULL, 0);
  return result;
}

int unlinkat(int folder_handle, const char *path, int flags) {
  REAL(int, "unlinkat", int, const char *, int);
  char whole[PATH_MAX] = "";
  if (path[0] == '/' || folder_handle == AT_FDCWD) snprintf(whole, sizeof whole, "%s", path);
  else {
    char link[64], base[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder_handle);
    ssize_t length = readlink(link, base, sizeof base - 1);
    base[length < 0 ? 0 : length] = 0;
    if (snprintf(whole, sizeof whole, "%s/%s", base, path) >= (int)sizeof whole) abort();
  }
  int result = real(folder_handle, path, flags);
  if (result == 0 && is_watched(whole)) record('U', whole, 0, NULL, 0);
  return result;
}

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  int result = real(from, to);
  if (result == 0 && is_watched(from)) record('R', from, 0, to, strlen(to));
  return result;
}

int link(const char *from, const char *to) {
  REAL(int, "link", const char *, const char *);
  int result = real(from, to);
  if (result == 0 && is_watched(from)) record('L', from, 0, to, strlen(to));
  return result;
}

static int open_recording(const char *path, int flags, mode_t mode) {
  int is_new = is_watched(path) && (flags & O_CREAT) && access(path, F_OK) != 0;
  int is_emptied = is_watched(path) && !is_new && (flags & O_TRUNC);
  int handle = (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
  if (handle >= 0 && is_new) record('C', path, 0, NULL, 0);
  if (handle >= 0 && is_emptied) record('T', path, 0, NULL, 0);
  return handle;
}

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_recording(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_recording(path, flags, mode);
}
