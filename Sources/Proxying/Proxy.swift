package import SystemPackage

/// What brings requests from the outside world to the instances of apps.
///
/// A maker holds one lock for the whole host while it changes anything, and changes everything it is given as one.
package protocol Proxy: Sendable {
    /// Tells the proxy about these sites, all in one test and one reload; what is already so costs nothing.
    ///
    /// When it returns, every new request is answered as the sites say. `publish([])` only puts right what a dead
    /// publisher left. It is not ended by cancellation once it has begun.
    ///
    /// - Throws: ``ProxyError``; then nothing has changed.
    func publish(_ sites: [Site]) async throws

    /// Takes the sites with these ids away; an unknown id is fine. Same promises as ``publish(_:)``.
    func withdraw(_ ids: [String]) async throws

    /// Asks the proxy whether it would accept what is on the disk now.
    ///
    /// - Throws: ``ProxyError/refused(_:)``, with the owner of the offending line.
    func check() async throws

    /// The same for one site, whatever is wrong with the others.
    ///
    /// - Throws: ``ProxyError/refused(_:)`` for what is the site's, or for what is no site's: nginx looks no further.
    func check(only id: String) async throws

    /// Makes the proxy read everything again, what is not ours too, once it has tested it. Same promises as
    /// ``publish(_:)``.
    func reload() async throws

    /// Asks the proxy whether it would take these sites, and changes nothing.
    ///
    /// - Throws: ``ProxyError``, as ``publish(_:)`` would.
    func rehearse(_ sites: [Site]) async throws

    /// Takes away what is ours on the disk and what the proxy refuses, until it accepts the rest.
    ///
    /// A site's text is removed until it is published again; a file that a person put there is renamed to end in
    /// `.broken`.
    /// - Parameter id: The only site that may lose something; nil is every one.
    /// - Returns: What is gone.
    /// - Throws: ``ProxyError/refused(_:)`` for what is not ours.
    func clean(_ id: String?) async throws -> [FilePath]

    /// Starts the proxy that the host is set up with, if it would accept what is on the disk.
    ///
    /// - Returns: False when it runs already.
    func start() async throws -> Bool

    /// Ends the proxy once it has finished the requests it has; nobody is answered then.
    ///
    /// - Returns: False when it does not run.
    func stop() async throws -> Bool

    /// Where files of people may be put that are part of a site.
    func snippets(of id: String) -> FilePath?

    /// The text written for a site; nil when there is none.
    func configuration(of id: String) throws -> String?

    /// The text that would be written for a site now; nil where there is none to show.
    func text(for site: Site) throws -> String?

    /// Writes what all sites stand on; doing it again is fine and brings it up to date with the host.
    func install() async throws

    /// Whether the text on the disk is what would be written for this site now.
    func isServing(_ site: Site) throws -> Bool

    /// Where the requests and errors of each of these sites are logged, in their order.
    func logFiles(of sites: [Site]) throws -> [LogFiles]

    /// The number of what is published; it rises with every change.
    ///
    /// Once a publish has returned, every new request is answered by this generation or a newer one.
    func generation() throws -> Int

    /// Whether anything still lives that may send requests where a generation before this one sent them.
    ///
    /// Until it is false, an address that this generation gave up must not be given to anybody else.
    func hasWorkers(olderThan generation: Int) throws -> Bool

    /// How many old workers still finish what they began: long requests and web sockets of before the last reloads.
    func drainingWorkers() throws -> Int

    /// How what all sites stand on is, and which sites there are.
    func audit() async throws -> ProxyAudit
}

/// What a proxy that changes without old workers answers.
extension Proxy {
    package func reload() async throws { try await publish([]) }
    package func check(only id: String) async throws { try await check() }
    package func rehearse(_ sites: [Site]) async throws {}
    package func clean(_ id: String?) async throws -> [FilePath] { [] }
    package func start() async throws -> Bool { false }
    package func stop() async throws -> Bool { false }
    package func snippets(of id: String) -> FilePath? { nil }
    package func text(for site: Site) throws -> String? { nil }
    package func logFiles(of sites: [Site]) throws -> [LogFiles] { sites.map { _ in LogFiles() } }
    package func generation() throws -> Int { 0 }
    package func hasWorkers(olderThan generation: Int) throws -> Bool { false }
    package func drainingWorkers() throws -> Int { 0 }
    package func audit() async throws -> ProxyAudit { ProxyAudit(sites: []) }
}
