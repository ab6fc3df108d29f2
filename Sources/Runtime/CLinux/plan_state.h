#pragma once

// What the interpreter's files share; not seen by Swift.

#include "plan.h"

enum { PLAN_BUFFERED_RECORDS = 32 };

struct plan_state {
    const struct plan *plan;
    /// An O_PATH descriptor of the new root, once it is mounted; else -1.
    int root;
    /// O_PATH descriptors of what masked paths are hidden behind, once they are needed; else -1.
    int null;
    int empty;
    size_t buffered;
    struct plan_record records[PLAN_BUFFERED_RECORDS];
};

/// Writes the buffered records; the child ends here when nobody reads them any more.
void plan_flush(struct plan_state *state);
void plan_report(
    struct plan_state *state, enum plan_record_kind kind, uint32_t instruction, int error, int64_t nanoseconds);
int64_t plan_now(void);

// Each answers 0, an errno, or PLAN_NOT_MINE.
enum { PLAN_NOT_MINE = -1 };
int plan_filesystem(struct plan_state *state, const struct plan_instruction *it);
int plan_process(struct plan_state *state, const struct plan_instruction *it);
/// Makes a pseudo-terminal of the new root's devpts the child's own, and sends its other end to who holds the socket.
int plan_terminal(const struct plan_instruction *it);

/// clone3(2) with a stack in `arguments`; the child calls `body`, which must not return. Answers the child's id or a
/// negative errno.
long plan_clone_on_stack(const void *arguments, size_t size, void (*body)(void *), void *argument);
