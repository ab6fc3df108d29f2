#pragma once

// What a call that was just made should look like in the record: the program says it, the test compares.

#include <errno.h>
#include <sys/types.h>

// The errno of the last `DO`, 0 when it succeeded; each thread has its own.
extern _Thread_local int failed;

// Makes a system call by its number.
#define DO(...) (failed = syscall(__VA_ARGS__) == -1 ? errno : 0)

// Prints one line of the expected record, of the last call: the kernel's name for it, the paths as written, the paths
// as the container sees them, its flags in words, and what it did to the upper layer (if it succeeded). Lists are
// separated by ", ".
void said(const char *call, const char *written, const char *paths, const char *flags, const char *effects);

// Prints that the last call should be a hole, with these words in its reason; without a call, that the last look at
// the upper layer should find this path.
void hole(const char *call, const char *reason);

// Who makes the calls: a name without spaces; inherited by fork, not by threads.
extern _Thread_local const char *role;

// printf into one of many buffers of the calling thread, which live long enough for a line.
const char *f(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Every call of the table in every form, made by `name` in /w/NAME and on the files of /low/NAME.
void every_form(const char *name);

// Every call that only looks, in every form.
void every_look(void);

// Paths behind another root.
void chrooted(void);

// A descriptor that came over a socket leads where its file is.
void passed(void);

// Calls that could not be followed get ENOSYS.
void refused(void);

// Waits for a child, which must end well.
void await(pid_t child);
