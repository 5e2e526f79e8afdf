// The wall clock, TEST_SHIFT seconds on, and the times of files with it: `script/test --at`. What waits does so as ever,
// where under libfaketime 0.9.10 sleeping ends too early, and files keep the times of the machine.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t shift(void) {
    const char *told = getenv("TEST_SHIFT");
    return told ? atol(told) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    if (syscall(SYS_clock_gettime, clock, at)) return -1;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) at->tv_sec += shift();
    return 0;
}

int gettimeofday(struct timeval *at, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *at = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return at ? (*at = now.tv_sec) : now.tv_sec;
}

static int moved(int failed, struct stat *file) {
    if (failed) return -1;
    file->st_atim.tv_sec += shift();
    file->st_mtim.tv_sec += shift();
    file->st_ctim.tv_sec += shift();
    return 0;
}

int fstatat(int folder, const char *path, struct stat *file, int how) {
    return moved(syscall(SYS_newfstatat, folder, path, file, how), file);
}
int stat(const char *path, struct stat *file) { return fstatat(AT_FDCWD, path, file, 0); }
int lstat(const char *path, struct stat *file) { return fstatat(AT_FDCWD, path, file, AT_SYMLINK_NOFOLLOW); }
int fstat(int open, struct stat *file) { return moved(syscall(SYS_fstat, open, file), file); }
int fstatat64(int folder, const char *path, struct stat64 *file, int how) {
    return fstatat(folder, path, (struct stat *)file, how);
}
int stat64(const char *path, struct stat64 *file) { return stat(path, (struct stat *)file); }
int lstat64(const char *path, struct stat64 *file) { return lstat(path, (struct stat *)file); }
int fstat64(int open, struct stat64 *file) { return fstat(open, (struct stat *)file); }

static long set(int folder, const char *path, const struct timespec at[2], int how) {
    struct timespec real[2];
    if (!at) return syscall(SYS_utimensat, folder, path, 0, how);
    for (int one = 0; one < 2; one++) {
        real[one] = at[one];
        if (at[one].tv_nsec != UTIME_NOW && at[one].tv_nsec != UTIME_OMIT) real[one].tv_sec -= shift();
    }
    return syscall(SYS_utimensat, folder, path, real, how);
}
int utimensat(int folder, const char *path, const struct timespec at[2], int how) { return set(folder, path, at, how); }
int futimens(int open, const struct timespec at[2]) { return set(open, 0, at, 0); }

// Until when a thread waits: by the wall clock, or by one that began with the machine, which is always far behind.
static clockid_t real(const struct timespec *until, struct timespec *at) {
    int wall = until->tv_sec > 1000000000;
    *at = (struct timespec){until->tv_sec - (wall ? shift() : 0), until->tv_nsec};
    return wall ? CLOCK_REALTIME : CLOCK_MONOTONIC;
}
int pthread_cond_timedwait(pthread_cond_t *told, pthread_mutex_t *held, const struct timespec *until) {
    struct timespec at;
    clockid_t clock = real(until, &at);
    return pthread_cond_clockwait(told, held, clock, &at);
}
int pthread_mutex_timedlock(pthread_mutex_t *held, const struct timespec *until) {
    struct timespec at;
    clockid_t clock = real(until, &at);
    return pthread_mutex_clocklock(held, clock, &at);
}
int sem_timedwait(sem_t *told, const struct timespec *until) {
    struct timespec at;
    clockid_t clock = real(until, &at);
    return sem_clockwait(told, clock, &at);
}
