#define _GNU_SOURCE
#include "said.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

_Thread_local int failed;
_Thread_local const char *role = "main";

// One write(2) a line: several processes share the file.
static void line(const char *kind, const char *call, const char *a, const char *b, const char *c, const char *d) {
    char text[4096];
    int length = snprintf(text, sizeof text, "%s\t%s\t%ld\t%s\t%s\t%s\t%s\t%d\t%s\n", kind, role,
                          syscall(SYS_gettid), call, a, b, c, failed, d);
    if (write(1, text, (size_t)length) != length) _exit(90);
}

void said(const char *call, const char *written, const char *paths, const char *flags, const char *effects) {
    line("call", call, written, paths, flags, failed ? "" : effects);
}

void hole(const char *call, const char *reason) { line("hole", call, reason, "", "", ""); }

const char *f(const char *format, ...) {
    static _Thread_local char buffers[32][512];
    static _Thread_local int next;
    char *buffer = buffers[next++ % 32];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(buffer, sizeof buffers[0], format, arguments);
    va_end(arguments);
    return buffer;
}
