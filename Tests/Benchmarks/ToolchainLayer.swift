import Glibc

/// A layer with the host's C compiler, shell and strace: the files of their packages and of those that they need.
enum ToolchainLayer {
    /// Fills `directory`, which is made.
    ///
    /// - Throws: `CannotMeasure`
    static func make(at directory: String) throws {
        try shell(
            """
            set -e
            mkdir -p \(directory)
            apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks \
                --no-replaces --no-enhances gcc libc6-dev strace dash busybox-static | grep '^[a-z]' | sort -u \
                > \(directory).packages
            # Where /bin and its like are links into /usr, packages may still name their files by the link.
            merged=; for name in bin sbin lib lib64; do
                if [ -L /$name ]; then merged="$merged -e s|^/$name/|/usr/$name/|"; ln -s usr/$name \(directory)/$name; fi
            done
            for package in $(cat \(directory).packages); do dpkg-query -L $package 2>/dev/null || true; done \
                | sed -e 's|^|&|' $merged | grep -E '^/(usr/)?(s?bin|lib|include)' | sort -u | while read -r path; do
                    if [ -f "$path" ]; then echo "${path#/}"; fi
                done | tar -C / --no-recursion -cf - -T - | tar -C \(directory) -xf -
            cd \(directory)
            test -e bin/sh || ln -s dash bin/sh
            mkdir -p tmp proc dev sys
            chmod 1777 tmp
            """)
    }
}

/// What keeps a benchmark from measuring.
struct CannotMeasure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Runs a shell script to its end.
///
/// - Throws: `CannotMeasure` when it fails.
func shell(_ script: String) throws {
    let words: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(script)]
    defer { for word in words { free(word) } }
    var pid: pid_t = 0
    guard posix_spawn(&pid, "/bin/sh", nil, nil, words + [nil], environ) == 0 else {
        throw CannotMeasure("sh cannot be started")
    }
    var status: CInt = 0
    while waitpid(pid, &status, 0) == -1, errno == EINTR {}
    if status != 0 { throw CannotMeasure("a script failed (status \(status >> 8)): \(script)") }
}
