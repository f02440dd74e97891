#ifndef SLIPWAY_CGIT_SHIM_H
#define SLIPWAY_CGIT_SHIM_H
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

/* glibc shows it only under _GNU_SOURCE, which a module map cannot set. */
extern int syncfs(int descriptor);

/* Options are variadic, so Swift cannot set them.

   Packs are mapped in windows of 1 MiB, 16 MiB in all, and at most 8 MiB of objects are cached: the defaults (1 GiB,
   8 GiB, 256 MiB) would let one large push fill the memory of a small host. References and objects are synced to disk.
   No configuration outside the repository is read, and its owner is not asked for: every repository opened here lies
   below our own root. */
static inline int slipway_git_start(void) {
    int result = git_libgit2_init();
    if (result < 0) return result;
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)1 << 20);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)16 << 20);
    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)8 << 20);
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_SYSTEM, "");
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_XDG, "");
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, "");
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_PROGRAMDATA, "");
    return 0;
}
#endif
