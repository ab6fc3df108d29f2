#define _GNU_SOURCE  // dladdr
#include "CGraphviz.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Declared here and not taken from gvc.h, so that the project builds where only the library is installed.
// The types are opaque to us.
typedef struct GVC_s GVC_t;
typedef struct Agraph_s Agraph_t;
typedef int (*error_writer)(char *);

// What a plugin is made of: gvplugin.h, gvcext.h, gvplugin_textlayout.h and textspan.h. Graphviz counts the version of
// these with the soname of its libraries, and 6 is the only one that we load.
typedef struct { const char *name; void *address; } symbol;
typedef struct { int id; const char *type; int quality; void *engine; void *features; } plugin_type;
typedef struct { int api; plugin_type *types; } plugin_api;
typedef struct { const char *package; plugin_api *apis; } plugin_library;
enum { API_RENDER, API_LAYOUT, API_TEXTLAYOUT };
typedef struct { char *name, *color; void *alias; double size; unsigned flags; } text_font;
enum { FONT_BOLD = 1 };
typedef struct {
    char *text;
    text_font *font;
    void *layout;
    void (*free_layout)(void *);
    double baseline, below_middle, width, height;
    char justification;
} text_span;

struct teach_graphviz {
    GVC_t *context;
    GVC_t *(*gvContextPlugins)(const symbol *, int);
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

// MARK: Text

static teach_graphviz_measure measure_text;

// As the plugin of pango sizes a line, but for its width: whole points, rounded up; 1.1 times the font's size in height;
// the baseline 0.2 of it below the middle.
static int lay_text_out(text_span *span, char **font_path) {
    (void)font_path;
    double size = span->font->size;
    span->layout = NULL;  // nothing of ours to free
    span->free_layout = NULL;
    span->width = (int)(measure_text(span->text, span->font->name, span->font->flags & FONT_BOLD, size) + 1);
    span->height = (int)(size * 1.1 + 1);
    span->baseline = size;
    span->below_middle = 0.2 * size;
    return 1;
}

static struct { int (*layout)(text_span *, char **); } text_engine = {lay_text_out};
static plugin_type text_types[] = {{0, "textlayout", 100, &text_engine, NULL}, {0}};
static plugin_api text_apis[] = {{API_TEXTLAYOUT, text_types}, {0}};
static plugin_library text_library = {"teach", text_apis};

// Loads a plugin that lies where the library looks for its own: in `graphviz` beside it.
static void *plugin(struct teach_graphviz *graphviz, const char *library, const char *file, const char *name) {
    Dl_info place;
    if (!dladdr((void *)graphviz->gvContext, &place) || !place.dli_fname) return NULL;
    const char *end = strrchr(place.dli_fname, '/');
    const char *version = strstr(library, ".so");
    if (!end || !version) return NULL;
    char path[PATH_MAX];
    int length = snprintf(
        path, sizeof path, "%.*s/graphviz/%s%s", (int)(end - place.dli_fname), place.dli_fname, file, version);
    if (length < 0 || (size_t)length >= sizeof path) return NULL;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    return handle ? dlsym(handle, name) : NULL;
}

// A context with three plugins and no others: what draws SVG, what places pinned nodes, and our measures of text.
static GVC_t *small_context(struct teach_graphviz *graphviz, const char *library) {
    // A context keeps the list.
    static symbol plugins[4];
    plugins[0] = (symbol){
        "gvplugin_core_LTX_library", plugin(graphviz, library, "libgvplugin_core", "gvplugin_core_LTX_library")};
    plugins[1] = (symbol){
        "gvplugin_neato_layout_LTX_library",
        plugin(graphviz, library, "libgvplugin_neato_layout", "gvplugin_neato_layout_LTX_library")};
    plugins[2] = (symbol){"gvplugin_teach_LTX_library", &text_library};
    return plugins[0].address && plugins[1].address ? graphviz->gvContextPlugins(plugins, 0) : NULL;
}

enum teach_graphviz_status teach_graphviz_open(
    const char *library, teach_graphviz_measure measure, struct teach_graphviz **result) {
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
        {"gvContextPlugins", (void **)&graphviz->gvContextPlugins},
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
    if (measure) {
        measure_text = measure;
        graphviz->context = small_context(graphviz, library);
        if (!graphviz->context) goto missing;
    } else {
        graphviz->context = graphviz->gvContext();
    }
    if (!graphviz->context) {
        free(graphviz);
        return TEACH_GRAPHVIZ_NO_MEMORY;
    }
    *result = graphviz;
    return TEACH_GRAPHVIZ_OK;

missing:;
    char *reason = dlerror();
    if (reason) note_message(reason);
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
