#pragma once

#include <stddef.h>

// libgvc, loaded when the first picture is drawn. Nothing here is linked against Graphviz, so a program
// that draws nothing needs no Graphviz and pays nothing for it when it starts.
//
// Graphviz keeps its state in globals: one call at a time, whoever holds the context. The caller locks.

/// The library and one context of it (GVC_t), which keeps its plugins and fonts from picture to picture.
struct teach_graphviz;

/// What a call came to.
enum teach_graphviz_status {
    TEACH_GRAPHVIZ_OK = 0,
    /// The library cannot be loaded, or lacks a function.
    TEACH_GRAPHVIZ_NO_LIBRARY,
    /// agmemread(3) refused the source.
    TEACH_GRAPHVIZ_BAD_SOURCE,
    /// gvLayout refused: no such engine, or the graph cannot be laid out.
    TEACH_GRAPHVIZ_NO_LAYOUT,
    /// gvRenderData refused: no plugin for the format.
    TEACH_GRAPHVIZ_NO_RENDERER,
    TEACH_GRAPHVIZ_NO_MEMORY,
};

/// The width in points of a line of UTF-8 in a font of this name, weight and size in points.
typedef double (*teach_graphviz_measure)(const char *text, const char *font, int is_bold, double size);

/// Loads `library` with dlopen(3) and makes a context in `*result`. On TEACH_GRAPHVIZ_NO_LIBRARY
/// teach_graphviz_messages has what dlerror(3) said.
///
/// Without `measure` the context has all of the library's plugins: pango measures text, and fontconfig has to find the
/// fonts first. With it, text is as wide as `measure` says, pinned nodes (`nop2`) are the only layout and SVG the only
/// format; where the plugins for these do not lie beside the library, that is TEACH_GRAPHVIZ_NO_LIBRARY too.
enum teach_graphviz_status teach_graphviz_open(
    const char *library, teach_graphviz_measure measure, struct teach_graphviz **result);

/// Reads `source` as DOT, lays it out with `engine` and renders it as `format`. `*bytes` is the caller's, to
/// be given back with teach_graphviz_free_bytes. Graphviz's own words, warnings included, are then in
/// teach_graphviz_messages, also on success.
enum teach_graphviz_status teach_graphviz_render(
    struct teach_graphviz *graphviz, const char *source, const char *engine, const char *format,
    char **bytes, size_t *length);

void teach_graphviz_free_bytes(struct teach_graphviz *graphviz, char *bytes);

/// The messages of the last call, one after another; valid until the next call.
const char *teach_graphviz_messages(void);

/// Frees the context. The library stays loaded: its plugins cannot be unloaded safely.
void teach_graphviz_close(struct teach_graphviz *graphviz);
