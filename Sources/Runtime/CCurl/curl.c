#include "CCurl.h"

#define CURL_DISABLE_DEPRECATION
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

// The functions of the library that are used, with the types that its header gives them.
#define FUNCTIONS(use)                                                                                                 \
    use(curl_global_init) use(curl_easy_init) use(curl_easy_setopt) use(curl_easy_perform) use(curl_easy_getinfo)      \
    use(curl_easy_cleanup) use(curl_easy_strerror) use(curl_url) use(curl_url_set) use(curl_url_get)                   \
    use(curl_url_cleanup) use(curl_free)

static struct {
#define DECLARE(name) __typeof__(&name) name;
    FUNCTIONS(DECLARE)
} lib;

static const char *missing;
static pthread_once_t loading = PTHREAD_ONCE_INIT;

static void load(void) {
    void *handle = dlopen("libcurl.so.4", RTLD_NOW);
    if (handle == NULL) handle = dlopen("libcurl-gnutls.so.4", RTLD_NOW);
    if (handle == NULL) {
        missing = "libcurl.so.4 is not there: install libcurl4";
        return;
    }
#define FIND(name)                                                                                                     \
    lib.name = (__typeof__(&name))dlsym(handle, #name);                                                                \
    if (lib.name == NULL) missing = "libcurl lacks " #name ": install libcurl4 of 7.62 or newer";
    FUNCTIONS(FIND)
    if (missing == NULL && lib.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        missing = "libcurl cannot be initialized";
}

static size_t take_header(char *line, size_t size, size_t count, void *data) {
    const teach_curl_receiver *receiver = data;
    return receiver->header(receiver->context, line, size * count) == 0 ? size * count : 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data) {
    const teach_curl_receiver *receiver = data;
    // Of nothing, 0 is the answer for "go on", too.
    return receiver->body(receiver->context, bytes, size * count) == 0 ? size * count : (size_t)-1;
}

static int take_progress(void *data, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up) {
    (void)up_total, (void)up;
    const teach_curl_receiver *receiver = data;
    return receiver->progress(receiver->context, total, now);
}

static char *path_of(const char *url) {
    CURLU *parsed = lib.curl_url();
    char *path = NULL, *copy = NULL;
    if (parsed != NULL && lib.curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK
        && lib.curl_url_get(parsed, CURLUPART_PATH, &path, CURLU_URLDECODE) == CURLUE_OK) {
        copy = strdup(path);
        lib.curl_free(path);
    }
    lib.curl_url_cleanup(parsed);
    return copy;
}

int teach_curl_get(const char *url, const teach_curl_receiver *receiver, teach_curl_answer *answer) {
    memset(answer, 0, sizeof *answer);
    answer->modified = -1;
    pthread_once(&loading, load);
    CURL *curl = missing == NULL ? lib.curl_easy_init() : NULL;
    if (curl == NULL) {
        snprintf(answer->message, sizeof answer->message, "%s", missing != NULL ? missing : "no memory for libcurl");
        return -1;
    }
    char message[CURL_ERROR_SIZE] = "";
    lib.curl_easy_setopt(curl, CURLOPT_URL, url);
    lib.curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    lib.curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    // In HTTP/1.1 the status has its words.
    lib.curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    lib.curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    lib.curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
    lib.curl_easy_setopt(curl, CURLOPT_USERAGENT, "teach");
    // Other threads have the signals.
    lib.curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    lib.curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
    // Nothing at all for five minutes.
    lib.curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    lib.curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 300L);
    lib.curl_easy_setopt(curl, CURLOPT_FILETIME, 1L);
    lib.curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
    lib.curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    lib.curl_easy_setopt(curl, CURLOPT_HEADERDATA, receiver);
    lib.curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    lib.curl_easy_setopt(curl, CURLOPT_WRITEDATA, receiver);
    lib.curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    lib.curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, take_progress);
    lib.curl_easy_setopt(curl, CURLOPT_XFERINFODATA, receiver);
    CURLcode code = lib.curl_easy_perform(curl);
    if (code == CURLE_OK) {
        curl_off_t modified = -1;
        if (lib.curl_easy_getinfo(curl, CURLINFO_FILETIME_T, &modified) == CURLE_OK) answer->modified = modified;
        answer->path = path_of(url);
    } else {
        const char *text = message[0] != 0 ? message : lib.curl_easy_strerror(code);
        snprintf(answer->message, sizeof answer->message, "%s", text);
    }
    lib.curl_easy_cleanup(curl);
    return code == CURLE_OK ? 0 : -1;
}
