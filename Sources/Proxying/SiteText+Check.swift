import Core
import SystemPackage

/// Nothing of a site reaches the text before it has been here; properties are checked as they are used.
extension SiteText {
    func check() throws {
        guard site.id.utf8.allSatisfy(\.isLowercaseLetterOrDigit), (1...64).contains(site.id.utf8.count) else {
            throw bad("its id may hold only letters and digits")
        }
        do {
            _ = try AppName(site.title)
            for name in site.names { _ = try DomainName(name) }
        } catch { throw bad(error.what) }
        for name in site.options.keys { _ = try option(name) }
        if let files = site.certificate {
            guard isPlainPath(files.certificate), isPlainPath(files.key) else {
                throw bad("a certificate's path may hold only letters, digits and - _ . / + @ , : ~")
            }
        }
        if let includes = site.includes, !isPlainPath(includes) { throw bad("the path of its own files is not plain") }
        if let page = site.maintenance {
            guard (0...604_800).contains(page.retryAfter) else { throw bad("it may be away for a week at most") }
            if let folder = page.folder, !isPlainPath(folder) { throw bad("the path of its page is not plain") }
        }
        try checkMappings()
    }

    private func checkMappings() throws {
        var seen: Set<Int> = []
        if let own = site.ownPort {
            guard (try? Port(own)) != nil, own != 80, own != 443 else { throw bad("\(own) is no port of its own") }
        }
        for mapping in site.placedMappings {
            guard (try? Port(mapping.hostPort)) != nil else { throw bad("\(mapping.hostPort) is not a port") }
            guard seen.insert(mapping.hostPort).inserted else {
                throw bad("port \(mapping.hostPort) is mapped twice")
            }
            if let address = mapping.upstream.first(where: { !isEndpoint($0) }) {
                throw bad("\(quoted(address)) is not an address and port")
            }
            // On such a socket older versions would take every request of every other site for HTTP/2 too.
            if mapping.scheme == .grpc, mapping.hostPort == 80, !facts.version.hasHTTP2Directive {
                throw bad("grpc without encryption cannot share port 80 in nginx before 1.25.1; map another port")
            }
            if mapping.hostPort == 443, !mapping.scheme.isEncrypted {
                throw bad("port 443 speaks TLS; map \(mapping.scheme.rawValue) to another port")
            }
            if mapping.hostPort == 80, mapping.scheme.isEncrypted {
                throw bad("port 80 does not speak TLS; map \(mapping.scheme.rawValue) to another port")
            }
        }
    }
}
