import Core
import Files
import FoundationEssentials
import Plugins
import Proxying
import SystemPackage

extension Site {
    /// The same as the database has it.
    var unamended: Site {
        var copy = self
        copy.amended = nil
        return copy
    }
}

/// What hooks have made of the text of a site, as it is remembered.
struct Amendment: Sendable {
    let host: Host
    let app: AppName?
    let id: AppID
    var plainSite: Site

    init(of site: Site, on host: Host) throws {
        self.host = host
        app = try? AppName(site.title)
        id = try AppID(site.id)
        plainSite = site.unamended
    }

    private var path: FilePath { host.paths.amended(of: id) }

    func kept() throws -> AmendedText? {
        try readFile(path).flatMap { try? JSONDecoder().decode(AmendedText.self, from: Data($0)) }
    }

    func keep(_ text: AmendedText?) throws {
        guard let text else { return try removeFile(path) }
        if try kept() != text { try writeFile(path, Array(try JSONEncoder().encode(text))) }
    }

    /// The site without any; nothing is remembered from now on.
    func dropped() throws -> Site {
        try removeFile(path)
        return plainSite
    }
}

/// One site's way through the hooks, and back.
final class AmendmentTurn: Sendable {
    private let amendment: Amendment
    private let plain: String
    private let staged: FilePath
    private let snippets: FilePath?
    private let before: [String: [UInt8]]
    private let former: [UInt8]?

    init(_ amendment: Amendment, plain: String) throws {
        self.amendment = amendment
        self.plain = plain
        staged = amendment.host.paths.dokku(of: amendment.id).appending("nginx.conf")
        snippets = amendment.host.proxy.snippets(of: amendment.id.text)
        before = try Self.files(in: snippets)
        former = try readFile(staged)
    }

    /// Lays the new text where hooks look for it.
    func stage() async throws {
        try await DokkuTree(on: amendment.host).publish(amendment.id)
        try writeFile(staged, Array(plain.utf8), isDurable: false)
    }

    /// The site with what the hooks have left.
    func amendedSite() throws -> Site {
        var site = amendment.plainSite
        let text = try readFile(staged).map { String(decoding: $0, as: UTF8.self) }
        if let text, text != plain { site.amended = AmendedText(plain: plain, text: text) }
        return site
    }

    func hasOtherSnippets() throws -> Bool { try Self.files(in: snippets) != before }

    func keep() throws { try amendment.keep(try amendedSite().amended) }

    func putBack() throws {
        if let former { try writeFile(staged, former) } else { try removeFile(staged) }
        guard let snippets else { return }
        for name in try Self.files(in: snippets).keys where before[name] == nil {
            try removeFile(snippets.appending(name))
        }
        for (name, bytes) in before where try readFile(snippets.appending(name)) != bytes {
            try writeFile(snippets.appending(name), bytes)
        }
    }

    private static func files(in folder: FilePath?) throws -> [String: [UInt8]] {
        guard let folder else { return [:] }
        var files: [String: [UInt8]] = [:]
        for name in try listFolder(folder) where kindOfFile(folder.appending(name)) == .file {
            files[name] = try readFile(folder.appending(name))
        }
        return files
    }
}
