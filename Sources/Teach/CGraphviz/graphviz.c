#include "CGraphviz.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Declared here and not taken from gvc.h, so that the project builds where only the library is installed.
// The types are opaque to us.
typedef struct GVC_s GVC_t;
typedef struct Agraph_s Agraph_t;
typedef int (*error_writer)(char *);

struct teach_graphviz {
    GVC_t *context;
    GVC_t *(*gvContext)(void);
    int (*gvFreeContext)(GVC_t *);
    int (*gvLayout)(GVC_t *, Agraph_t *, const char *);
    int (*gvFreeLayout)(GVC_t *, Agraph_t *);
    // The length is `unsigned int *` up to Graphviz 11 and `size_t *` later.
    int (*gvRenderData)(GVC_t *, Agraph_t *, const char *, char **, void *);
    void (*gvFreeRenderData)(char *);
    Agraph_t *(*agmemread)(const char *);
    int (*agclose)(Agraph_t *);
    void (*agreadline)(int);
    int (*agseterr)(int);
    error_writer (*agseterrf)(error_writer);
};

// agseterrf's writer is given no context of ours, hence the globals.
static char messages[4096];
static size_t messages_length;

static void forget_messages(void) {
    messages_length = 0;
    messages[0] = 0;
}

// Called several times for one message: the level, a colon, the text. What does not fit is left out.
static int note_message(char *text) {
    int written = snprintf(messages + messages_length, sizeof messages - messages_length, "%s", text);
    if (written > 0) {
        messages_length += (size_t)written;
        if (messages_length >= sizeof messages) messages_length = sizeof messages - 1;
    }
    return 0;
}

const char *teach_graphviz_messages(void) { return messages; }

enum teach_graphviz_status teach_graphviz_open(const char *library, struct teach_graphviz **result) {
    forget_messages();
    *result = NULL;
    struct teach_graphviz *graphviz = calloc(1, sizeof *graphviz);
    if (!graphviz) return TEACH_GRAPHVIZ_NO_MEMORY;

    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!handle) goto missing;

    // libcgraph is among libgvc's own dependencies, so dlsym(3) finds its functions by the same handle, in
    // the version that this libgvc was built for.
    struct { const char *name; void **function; } wanted[] = {
        {"gvContext", (void **)&graphviz->gvContext},
        {"gvFreeContext", (void **)&graphviz->gvFreeContext},
        {"gvLayout", (void **)&graphviz->gvLayout},
        {"gvFreeLayout", (void **)&graphviz->gvFreeLayout},
        {"gvRenderData", (void **)&graphviz->gvRenderData},
        {"gvFreeRenderData", (void **)&graphviz->gvFreeRenderData},
        {"agmemread", (void **)&graphviz->agmemread},
        {"agclose", (void **)&graphviz->agclose},
        {"agseterr", (void **)&graphviz->agseterr},
        {"agseterrf", (void **)&graphviz->agseterrf},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        *wanted[i].function = dlsym(handle, wanted[i].name);
        if (!*wanted[i].function) goto missing;
    }

    // Only for the line number in a syntax error: done without where a later library drops it.
    *(void **)&graphviz->agreadline = dlsym(handle, "agreadline");

    graphviz->agseterrf(note_message);
    graphviz->agseterr(0);  // AGWARN: warnings too; a label that does not fit its box is one
    graphviz->context = graphviz->gvContext();
    if (!graphviz->context) {
        free(graphviz);
        return TEACH_GRAPHVIZ_NO_MEMORY;
    }
    *result = graphviz;
    return TEACH_GRAPHVIZ_OK;

missing:
    note_message(dlerror());
    if (handle) dlclose(handle);
    free(graphviz);
    return TEACH_GRAPHVIZ_NO_LIBRARY;
}

enum teach_graphviz_status teach_graphviz_render(
    struct teach_graphviz *graphviz, const char *source, const char *engine, const char *format,
    char **bytes, size_t *length) {
    *bytes = NULL;
    *length = 0;

    // The parser stops at a graph's closing brace and keeps what follows it, be it a line break, for the next
    // source. Only a syntax error empties its buffer, so give it one; a whole graph may come out before that.
    Agraph_t *left_over;
    while ((left_over = graphviz->agmemread("}"))) graphviz->agclose(left_over);
    forget_messages();

    if (graphviz->agreadline) graphviz->agreadline(1);  // the parser counts lines across sources
    Agraph_t *graph = graphviz->agmemread(source);
    if (!graph) return TEACH_GRAPHVIZ_BAD_SOURCE;

    enum teach_graphviz_status status = TEACH_GRAPHVIZ_NO_LAYOUT;
    if (graphviz->gvLayout(graphviz->context, graph, engine) == 0) {
        // Zero first: an older library writes only the lower half, as long as that comes first in memory.
        size_t count = 0;
        status = TEACH_GRAPHVIZ_NO_RENDERER;
        if (graphviz->gvRenderData(graphviz->context, graph, format, bytes, &count) == 0 && *bytes) {
            *length = count;
            status = TEACH_GRAPHVIZ_OK;
        }
        graphviz->gvFreeLayout(graphviz->context, graph);
    }
    graphviz->agclose(graph);
    return status;
}

void teach_graphviz_free_bytes(struct teach_graphviz *graphviz, char *bytes) {
    if (bytes) graphviz->gvFreeRenderData(bytes);
}

void teach_graphviz_close(struct teach_graphviz *graphviz) {
    if (!graphviz) return;
    graphviz->gvFreeContext(graphviz->context);
    free(graphviz);
}
