// A user without privilege works in a user namespace of their own. The whole command steps in, so that what
// subordinate ids own can be read and removed, and it does so here, because unshare(2) gives a new user namespace
// to a process of one thread only, and Swift's runtime may start threads.

#include <stdbool.h>
#include <string.h>

#include "CEntry.h"
#include "user_namespace.h"

static bool is_one_of(const char *word, const char *const *words) {
    for (; *words; words++)
        if (strcmp(word, *words) == 0) return true;
    return false;
}

/// Whether the command touches layers or containers. Those that only read the record, and help, do not, and shall
/// cost nothing; a verb that is not known here does.
static bool touches_layers(int count, char **arguments) {
    static const char *const readers[] = {"list",      "show", "events", "whatif", "help", "-h", "--help",
                                          "--version", "--generate-completion-script", NULL};
    if (count < 2) return false;
    const char *name = strrchr(arguments[0], '/');
    bool is_docker = strcmp(name ? name + 1 : arguments[0], "docker") == 0;
    if (count > 2 && strcmp(arguments[2], "--help") == 0) return false;
    if (is_docker) return strcmp(arguments[1], "--help") != 0 && strcmp(arguments[1], "help") != 0;
    return !is_one_of(arguments[1], readers);
}

// The C library hands the arguments to what runs before main (elf(5), .init_array).
__attribute__((constructor)) static void step_in(int count, char **arguments, char **environment) {
    (void)environment;
    if (touches_layers(count, arguments) && !user_namespace_is_needless()) user_namespace_enter();
}
