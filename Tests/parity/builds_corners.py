"""Corner cases of Dockerfiles, for builds.py: links and files on the way to a destination, broken archives, what a second
HEALTHCHECK says, words about sources. The context is that of builds.py."""

CASES = {
    "links that lead to nothing yet": ("""FROM busybox
RUN ln -s /n/m /l; ln -s n2 /r; ln -s ../../../n3 /u; ln -s /a2 /a1; ln -s /c/d /a2
COPY f1 /l
COPY f1 /r/
COPY f1 /u/m/
COPY d /a1
WORKDIR /l2
RUN ln -s /w/x /l2/l
WORKDIR /l2/l/y
RUN pwd
""", []),
    "an archive over a link": ("""FROM busybox
RUN mkdir -p /x /y; ln -s /y /x/d; ln -s /y /x/f1
ADD t.tar /x/
ADD --chown=7:8 t.tgz /own/er/
""", []),
    "a second health check": ("""FROM busybox
HEALTHCHECK --interval=5s --retries=4 CMD a
RUN true
HEALTHCHECK --timeout=7s CMD ["b", "c"]
HEALTHCHECK NONE
HEALTHCHECK --start-period=1s CMD d
""", []),
    "a name that goes up and down": ("FROM busybox\nCOPY nosuch/../f1 /x\nCOPY d/../f2.txt /d/./e/../\n", []),
    "ports in order": ("FROM busybox\nENV P=99\nEXPOSE 8080 $P 100-102 53/UDP\n", []),
    "a directory that is a file": ("FROM busybox\nWORKDIR /etc/passwd\n", []),
    "a foreign file of a stage": ("FROM busybox AS a\nFROM busybox\nCOPY --from=a ../etc /x\n", []),
    "files of nothing": ("FROM busybox\nCOPY --from=scratch /a /x\n", []),
    "files of a stage before the first": ("FROM busybox\nCOPY --from=-1 /a /x\n", []),
    "files of an image with a bad name": ("FROM busybox\nCOPY --from=Big /a /x\n", []),
    "a base with a bad name": ("FROM Big\n", []),
    "nothing to copy": ("FROM busybox\nCOPY\n", []),
    "nothing to copy from": ("FROM busybox\nCOPY f1\n", []),
    "a chain of triggers": ("FROM busybox AS one\nONBUILD ENV Q=1\nONBUILD RUN echo $Q\nFROM one AS two\nONBUILD RUN echo two\nFROM two\n", []),
    "names of arguments again": ("ARG B=busybox\nARG T=latest\nFROM ${B}:${T:-x}\nRUN echo \"[$B][$T]\"\nARG B\nARG T=zz\nRUN echo \"[$B][$T]\"\n", []),
}
