#pragma once
#include <stddef.h>
#include <stdint.h>

// What a transfer tells while it goes on; an answer other than 0 ends it.
typedef struct {
    void *context;
    int (*header)(void *context, const char *line, size_t count);
    int (*body)(void *context, const void *bytes, size_t count);
    // Called at least once a second; `total` is 0 where the server does not tell it.
    int (*progress)(void *context, int64_t total, int64_t now);
} teach_curl_receiver;

typedef struct {
    // Last-Modified in seconds since 1970; -1 without one.
    int64_t modified;
    // The path of the URL, decoded; to be freed. NULL where there is none.
    char *path;
    // Why it failed.
    char message[256];
} teach_curl_answer;

// Fetches a URL of http or https with libcurl, which is loaded at the first one: no other command pays for the thirty
// libraries that it brings. Follows ten redirects. Returns 0, or -1 with a message.
int teach_curl_get(const char *url, const teach_curl_receiver *receiver, teach_curl_answer *answer);
