import Support
import SystemPackage
import Testing

@testable import Files

struct LinksTests {
    let folder: FilePath
    private let owner: TemporaryFolder

    init() throws {
        owner = try TemporaryFolder()
        folder = owner.path
    }

    @Test func `a link is made, changed, and left alone when it is right`() throws {
        let path = folder.appending("home/shop")
        #expect(linkTarget(path) == nil && kindOfFile(path) == nil)
        try makeLink(path, to: "../apps/1")
        try makeLink(path, to: "../apps/1")
        #expect(linkTarget(path) == "../apps/1" && kindOfFile(path) == .link)
        try makeLink(path, to: "../apps/2")
        #expect(linkTarget(path) == "../apps/2")
        #expect(try listFolder(folder.appending("home")) == ["shop"])
    }

    @Test func `a file gives way to a link, a folder does not`() throws {
        try writeFile(folder.appending("file"), [1])
        try makeLink(folder.appending("file"), to: "elsewhere")
        #expect(linkTarget(folder.appending("file")) == "elsewhere")
        try makeFolder(folder.appending("folder"))
        #expect(throws: FileError.self) { try makeLink(folder.appending("folder"), to: "elsewhere") }
        #expect(kindOfFile(folder.appending("folder")) == .folder)
    }

    @Test func `a tree is copied with its modes, without links and what is skipped`() throws {
        let (source, target) = (folder.appending("a"), folder.appending("b"))
        try writeFile(source.appending("acl/ana"), [])
        try writeFile(source.appending("htpasswd"), Array("x".utf8), mode: [.ownerReadWrite, .otherRead])
        try writeFile(source.appending("nginx.conf"), Array("skipped".utf8))
        try makeLink(source.appending("etc"), to: "/etc")
        try copyTree(source, to: target, skipping: ["nginx.conf"])
        #expect(try listFolder(target) == ["acl", "htpasswd"])
        #expect(try listFolder(target.appending("acl")) == ["ana"])
        #expect(try readFile(target.appending("htpasswd")) == Array("x".utf8))
    }
}
