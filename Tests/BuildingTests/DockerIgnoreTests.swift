import Core
import Testing

@testable import Building

/// Cases follow Docker's documentation and the behaviour of its pattern matcher.
@Suite struct DockerIgnoreTests {
    @Test(arguments: [
        ("node_modules", "node_modules/a/b", true), ("node_modules", "x/node_modules/a", false),
        ("node_modules/", "node_modules/a", true), ("/node_modules", "node_modules", true),
        ("./a/../b", "b/c", true), ("a//b", "a/b", true), (" \tspaced  ", "spaced", true),
        ("*.md", "README.md", true), ("*.md", "docs/a.md", false), ("*/*.md", "docs/a.md", true),
        ("**/*.md", "README.md", true), ("**/*.md", "a/b/c.md", true), ("**/*.md", "a/b/c.mdx", false),
        ("a/**/z", "a/z", true), ("a/**/z", "a/b/c/z", true), ("a/**/z", "a/b/cz", false),
        ("foo/**", "foo/bar/baz", true), ("foo/**", "foo", false), ("foo/**", "food/x", false),
        ("**", "anything/at/all", true), ("**/foo", "foo", true), ("**/foo", "a/b/foo", true),
        ("**/foo", "a/xfoo", false), ("**foo", "a/xfoo", true), ("**/foo/bar", "x/foo/bar/y", true),
        ("a?c", "abc", true), ("a?c", "a/c", false), ("a?c", "abbc", false), ("?", "日", true),
        ("[a-c]x", "bx", true), ("[a-c]x", "dx", false), ("[^a]x", "bx", true), ("[^a]x", "ax", false),
        ("a[\\]]b", "a]b", true), ("a\\*b", "a*b", true), ("a\\*b", "axb", false), ("a.b", "axb", false),
        ("a+(b)$|{}", "a+(b)$|{}", true), ("#not", "#not", false), (" #yes", "#yes", true), ("", "a", false),
        (".", "a", false), ("/", "a", false), ("..", "a", false), ("*", "a/b/c", true), ("*", ".hidden", true),
        ("temp?/*", "temp1/x", true), ("*/temp*", "somedir/temporary.txt", true),
        ("*/temp*", "somedir/sub/temporary.txt", false), ("café", "café", true), ("a b", "a b/c", true),
    ])
    func `one pattern`(_ pattern: String, _ path: String, _ isIgnored: Bool) throws {
        #expect(try DockerIgnore(pattern).ignores(path) == isIgnored)
    }

    @Test(arguments: [
        ("*.md\n!README.md", "README.md", false), ("*.md\n!README.md", "OTHER.md", true),
        ("!README.md\n*.md", "README.md", true), ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
        ("*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false),
        ("folder\n!folder/keep", "folder/keep", false), ("folder\n!folder/keep", "folder/keep/x", false),
        ("folder\n!folder/keep", "folder/other", true), ("*\n!src\n!package.json", "src/a/b", false),
        ("*\n!src\n!package.json", "lib/a", true), ("*\n!src/**/*.js", "src/a/b.js", false),
        ("*\n!src/**/*.js", "src/a/b.ts", true), ("a\n! a/b", "a/b", false), ("a\n!/a/b", "a/b", false),
        ("\u{feff}a", "a", true), ("a\r\nb", "a", true), ("a\r\nb\r\n", "b", true), ("# a\nb", "a", false),
        ("**\n!**/*.swift", "Sources/x.swift", false), ("a/b\n!a", "a/b", false),
    ])
    func `several patterns, the last that matches counts`(_ text: String, _ path: String, _ isIgnored: Bool) throws {
        #expect(try DockerIgnore(text).ignores(path) == isIgnored)
    }

    @Test(arguments: ["!", "a\n!  ", "[", "a[b", "[]", "a\\", "[z-a]", "[a-"])
    func `what is no pattern is refused`(_ text: String) {
        #expect(throws: Failure.self) { try DockerIgnore(text) }
    }

    @Test func `no pattern takes long`() throws {
        let ignore = try DockerIgnore("a" + String(repeating: "*a", count: 40) + "b")
        #expect(!ignore.ignores(String(repeating: "a", count: 400)))
        let folders = try DockerIgnore(String(repeating: "**/x/", count: 20) + "y")
        #expect(!folders.ignores(String(repeating: "x/", count: 200) + "z"))
    }

    @Test(arguments: [
        ("a/./b/", "a/b"), ("/a/../../b", "/b"), ("../a", "../a"), ("a/..", "."), ("", "."), ("///", "/"),
    ])
    func `paths are cleaned`(_ given: String, _ clean: String) {
        #expect(IgnorePattern.clean(given) == clean)
    }

    @Test func `the Dockerfile and the ignore file are always sent`() async throws {
        let context = try await BuildContext(tree([".dockerignore": "*"]), dockerfile: "deploy/Dockerfile")
        #expect(context.keeps("deploy/Dockerfile"))
        #expect(context.keeps(".dockerignore"))
        #expect(!context.keeps("Dockerfile"))
        #expect(!context.keeps("src/a"))
    }

    @Test func `a Dockerfile's own ignore file goes before the general one`() async throws {
        let files = [".dockerignore": "a", "deploy/Dockerfile.dockerignore": "b"]
        let context = try await BuildContext(tree(files), dockerfile: "deploy/Dockerfile")
        #expect(context.keeps("a"))
        #expect(!context.keeps("b"))
        #expect(context.keeps(".dockerignore"))
        #expect(!context.keepsForClassic(".dockerignore"))
        let other = try await BuildContext(tree(files), dockerfile: "Dockerfile")
        #expect(!other.keeps("a"))
        #expect(other.keepsForClassic(".dockerignore"))
    }
}

/// A tree of text files; its archive has nothing in it.
func tree(_ files: [String: String]) -> SourceTree {
    SourceTree(
        paths: files.keys.sorted(),
        read: { files[$0].map { Array($0.utf8) } },
        tar: { _, _ in AsyncThrowingStream<[UInt8], any Error> { nil } }
    )
}
