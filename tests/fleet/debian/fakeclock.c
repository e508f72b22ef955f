// fakeclock.so: a clock of its own for one node; namespaces have none. Listed in the node's /etc/ld.so.preload. The
// offset from the machine's clock lives in /var/lib/fleet/clock, so that all processes of the node see one that sets or
// slews it. Programs that make system calls themselves (Go: docker) and the time stamps of files keep the machine's
// clock.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define BILLION INT64_C(1000000000)
enum { k_no_limit_us = 16000000, k_spins = 100000 };

// offset_ns comes first: the fleet's `clock` writes it from outside.
struct clock_state {
  int64_t offset_ns;  // at the moment since_ns of the machine's clock
  int64_t since_ns;
  int64_t rate_ppb;  // how much faster than the machine's clock it runs
  int64_t freq, tick, maxerror, esterror;
  int32_t status, touched;
  uint32_t sequence;  // odd while it is being changed
};

static struct clock_state* clock_file;
static int may_set;

__attribute__((constructor)) static void open_clock(void) {
  const int saved = errno;
  int fd = open("/var/lib/fleet/clock", O_RDWR | O_CLOEXEC);
  const int writable = fd >= 0;
  if (!writable) {
    fd = open("/var/lib/fleet/clock", O_RDONLY | O_CLOEXEC);
  }
  if (fd >= 0) {
    void* map = mmap(0, sizeof(struct clock_state), writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
    clock_file = map == MAP_FAILED ? 0 : map;
    close(fd);
  }
  // Asked for once: chronyd forbids itself this call later.
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};
  may_set = clock_file && writable && syscall(SYS_capget, &header, data) == 0 &&
            (data[0].effective & (1u << CAP_SYS_TIME)) != 0;
  errno = saved;
}

static int machine_clock(clockid_t id, struct timespec* out) {
  static int (*next)(clockid_t, struct timespec*);
  if (!next) {
    next = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  }
  return next ? next(id, out) : (int)syscall(SYS_clock_gettime, id, out);
}

static int64_t to_ns(const struct timespec* t) {
  return t->tv_sec * BILLION + t->tv_nsec;
}

static struct timespec from_ns(int64_t ns) {
  struct timespec t = {ns / BILLION, ns % BILLION};
  if (t.tv_nsec < 0) {
    t.tv_nsec += BILLION;
    t.tv_sec--;
  }
  return t;
}

static int64_t offset_at(int64_t machine_ns) {
  if (!clock_file) {
    return 0;
  }
  const volatile struct clock_state* c = clock_file;
  int64_t offset = 0;
  for (int spin = 0; spin < k_spins; spin++) {
    const uint32_t before = __atomic_load_n(&c->sequence, __ATOMIC_ACQUIRE);
    const int64_t passed = c->since_ns ? machine_ns - c->since_ns : 0;
    offset = c->offset_ns + (int64_t)((double)passed * (double)c->rate_ppb * 1e-9);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (before % 2 == 0 && before == __atomic_load_n(&c->sequence, __ATOMIC_RELAXED)) {
      break;
    }
  }
  return offset;
}

static void begin_change(void) {
  for (int spin = 0; spin < k_spins; spin++) {
    uint32_t now = __atomic_load_n(&clock_file->sequence, __ATOMIC_RELAXED);
    if (now % 2 == 0 &&
        __atomic_compare_exchange_n(&clock_file->sequence, &now, now + 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
      return;
    }
  }  // whoever held it was killed: take it over
}

static void end_change(void) {
  __atomic_store_n(&clock_file->sequence, (clock_file->sequence | 1) + 1, __ATOMIC_RELEASE);
}

static void change(int64_t by_ns, int64_t rate_ppb) {
  struct timespec t;
  machine_clock(CLOCK_REALTIME, &t);
  const int64_t now = to_ns(&t);
  const int64_t offset = offset_at(now);
  begin_change();
  clock_file->offset_ns = offset + by_ns;
  clock_file->since_ns = now;
  clock_file->rate_ppb = rate_ppb;
  end_change();
}

static int shift(int64_t by_ns) {
  if (!may_set) {
    errno = EPERM;
    return -1;
  }
  change(by_ns, clock_file->rate_ppb);
  return 0;
}

static void forget_synchronisation(void) {  // what the kernel does when the clock is stepped
  clock_file->maxerror = clock_file->esterror = k_no_limit_us;
  clock_file->touched = 1;
  clock_file->status |= STA_UNSYNC;
}

static int is_wall_clock(clockid_t id) {
  return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI;
}

int clock_gettime(clockid_t id, struct timespec* out) {
  const int result = machine_clock(id, out);
  if (result == 0 && is_wall_clock(id)) {
    const int64_t now = to_ns(out);
    *out = from_ns(now + offset_at(now));
  }
  return result;
}

int gettimeofday(struct timeval* restrict out, void* restrict zone) {
  (void)zone;
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  out->tv_sec = t.tv_sec;
  out->tv_usec = t.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  if (out) {
    *out = t.tv_sec;
  }
  return t.tv_sec;
}

int clock_settime(clockid_t id, const struct timespec* wanted) {
  struct timespec now;
  if (id != CLOCK_REALTIME) {
    errno = EINVAL;
    return -1;
  }
  clock_gettime(CLOCK_REALTIME, &now);
  const int result = shift(to_ns(wanted) - to_ns(&now));
  if (result == 0) {
    forget_synchronisation();
  }
  return result;
}

int settimeofday(const struct timeval* wanted, const struct timezone* zone) {
  (void)zone;
  if (!wanted) {
    return 0;
  }
  const struct timespec t = {wanted->tv_sec, wanted->tv_usec * 1000};
  return clock_settime(CLOCK_REALTIME, &t);
}

int adjtime(const struct timeval* delta, struct timeval* old) {  // slews at once
  if (old) {
    old->tv_sec = old->tv_usec = 0;
  }
  return delta ? shift(delta->tv_sec * BILLION + delta->tv_usec * INT64_C(1000)) : 0;
}

static void apply(const struct timex* x) {
  struct clock_state* c = clock_file;
  const int nano = (x->modes & ADJ_NANO) != 0;
  if ((x->modes & ADJ_OFFSET_SINGLESHOT) == ADJ_OFFSET_SINGLESHOT) {
    if (x->modes != ADJ_OFFSET_SS_READ) {
      shift(x->offset * INT64_C(1000));
    }
    return;
  }
  if (x->modes & ADJ_SETOFFSET) {
    shift(x->time.tv_sec * BILLION + x->time.tv_usec * (nano ? 1 : 1000));
    forget_synchronisation();
  }
  if (x->modes & ADJ_OFFSET) {
    shift(x->offset * (nano || (c->status & STA_NANO) ? 1 : 1000));
  }
  if (x->modes & (ADJ_FREQUENCY | ADJ_TICK)) {
    c->freq = x->modes & ADJ_FREQUENCY ? x->freq : c->freq;
    c->tick = x->modes & ADJ_TICK ? x->tick : c->tick;
    const int64_t from_tick = c->tick ? (c->tick - 10000) * INT64_C(100000) : 0;
    change(0, from_tick + c->freq * 1000 / 65536);  // freq is parts per million with 16 binary places
  }
  if (x->modes & ADJ_MAXERROR) {
    c->maxerror = x->maxerror;
    c->touched = 1;
  }
  c->esterror = x->modes & ADJ_ESTERROR ? x->esterror : c->esterror;
  if (x->modes & ADJ_STATUS) {
    c->status = (c->status & STA_NANO) | (x->status & ~STA_RONLY);
  }
  if (nano) {
    c->status |= STA_NANO;
  }
  if (x->modes & ADJ_MICRO) {
    c->status &= ~STA_NANO;
  }
}

int clock_adjtime(clockid_t id, struct timex* x) {
  if (id != CLOCK_REALTIME) {
    errno = EINVAL;
    return -1;
  }
  struct timex answer = {0};
  int result = (int)syscall(SYS_clock_adjtime, CLOCK_REALTIME, &answer);
  if (result < 0) {
    return result;
  }
  if (x->modes) {
    if (!may_set) {
      errno = EPERM;
      return -1;
    }
    apply(x);
  }
  answer.modes = x->modes;
  *x = answer;
  if (clock_file) {
    const struct clock_state* c = clock_file;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    x->freq = c->freq;
    x->tick = c->tick ? c->tick : 10000;
    x->status = c->touched ? c->status : c->status | STA_UNSYNC;
    x->offset = 0;
    x->maxerror = c->touched ? c->maxerror : k_no_limit_us;
    x->esterror = c->touched ? c->esterror : k_no_limit_us;
    x->time.tv_sec = t.tv_sec;
    x->time.tv_usec = x->status & STA_NANO ? t.tv_nsec : t.tv_nsec / 1000;
    result = x->status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
  }
  return result;
}

int adjtimex(struct timex* x) {
  return clock_adjtime(CLOCK_REALTIME, x);
}

int ntp_adjtime(struct timex* x) {
  return clock_adjtime(CLOCK_REALTIME, x);
}

// The kernel stamps packets by the machine's clock, and ping, chronyd and timesyncd read these stamps.
static void shift_stamps(struct msghdr* message) {
  if (!clock_file || !message->msg_controllen) {
    return;
  }
  for (struct cmsghdr* c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level != SOL_SOCKET) {
      continue;
    }
    if (c->cmsg_type == SO_TIMESTAMP) {
      struct timeval* v = (struct timeval*)CMSG_DATA(c);
      const int64_t stamp = v->tv_sec * BILLION + v->tv_usec * INT64_C(1000);
      const struct timespec t = from_ns(stamp + offset_at(stamp));
      v->tv_sec = t.tv_sec;
      v->tv_usec = t.tv_nsec / 1000;
    } else if (c->cmsg_type == SO_TIMESTAMPNS || c->cmsg_type == SO_TIMESTAMPING) {
      struct timespec* t = (struct timespec*)CMSG_DATA(c);
      if (t->tv_sec) {
        const int64_t stamp = to_ns(t);
        *t = from_ns(stamp + offset_at(stamp));
      }
    }
  }
}

ssize_t recvmsg(int fd, struct msghdr* message, int flags) {
  const ssize_t result = syscall(SYS_recvmsg, fd, message, flags);
  if (result >= 0) {
    shift_stamps(message);
  }
  return result;
}

int recvmmsg(int fd, struct mmsghdr* messages, unsigned count, int flags, struct timespec* timeout) {
  const int result = (int)syscall(SYS_recvmmsg, fd, messages, count, flags, timeout);
  for (int i = 0; i < result; i++) {
    shift_stamps(&messages[i].msg_hdr);
  }
  return result;
}
