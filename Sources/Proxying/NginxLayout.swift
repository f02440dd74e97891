import Glibc
package import SystemPackage

/// Where an nginx and its files are, and how it may be spoken to.
package struct NginxLayout: Sendable {
    package var binary: FilePath
    /// What the running nginx was started with.
    package var mainConfiguration: FilePath
    /// Ours: `slipway.conf`, `generation.conf`, `sites/`, `facts.json`, `journal.json`, `workers.json`.
    package var folder: FilePath
    package var pidFile: FilePath
    /// Where a mapping of port 80 is served.
    package var httpPort: Int
    /// Where a mapping of port 443 is served.
    package var httpsPort: Int
    /// The only IPv4 address to listen on; nil listens on every address of the host, IPv6 too where it has any.
    package var bindAddress: String?
    /// The lock that all publishers of this host share.
    package var lock: FilePath
    /// Words in front of nginx's own command line where we are not root, `["/usr/bin/sudo", "-n"]`.
    package var elevation: [String]
    /// Access and error logs of the sites.
    package var logFolder: FilePath
    /// nginx's own error log, read for the reason when a reload fails; it need not be readable.
    package var errorLog: FilePath
    package var hasIPv6: Bool

    package init(
        folder: FilePath,
        lock: FilePath,
        binary: FilePath = "/usr/sbin/nginx",
        mainConfiguration: FilePath = defaultConfiguration,
        pidFile: FilePath = "/run/nginx.pid",
        httpPort: Int = 80,
        httpsPort: Int = 443,
        bindAddress: String? = nil,
        elevation: [String] = [],
        logFolder: FilePath = "/var/log/nginx",
        errorLog: FilePath = "/var/log/nginx/error.log",
        hasIPv6: Bool? = nil
    ) {
        self.folder = folder
        self.lock = lock
        self.binary = binary
        self.mainConfiguration = mainConfiguration
        self.pidFile = pidFile
        self.httpPort = httpPort
        self.httpsPort = httpsPort
        self.bindAddress = bindAddress
        self.elevation = elevation
        self.logFolder = logFolder
        self.errorLog = errorLog
        self.hasIPv6 = hasIPv6 ?? (access("/proc/net/if_inet6", F_OK) == 0)
    }

    package static let defaultConfiguration: FilePath = "/etc/nginx/nginx.conf"

    /// The line for nginx's `http` block.
    ///
    /// As a pattern it includes nothing, instead of failing, when the file is gone.
    package var includeLine: String { "include \(folder.string)/slipway.con[f];" }

    /// The nginx command lines that are run with ``elevation`` in front: what a sudoers rule must allow, word by word.
    package var elevated: [[String]] {
        [words("-t"), words("-T"), words("-s", "reload"), words(), words("-s", "quit")]
            + ["start", "stop"].map(service)
    }

    /// How the host's own manager of services is told, where there is one.
    func service(_ verb: String) -> [String] { ["/usr/bin/systemctl", verb, "nginx"] }

    /// The folder for files of a site that are included in each of its servers: `*.conf`.
    package func snippets(of id: String) -> FilePath { own.appending(id).appending("nginx.conf.d") }

    /// An nginx command line without ``elevation``.
    func words(_ arguments: String...) -> [String] {
        let isDefault = mainConfiguration == Self.defaultConfiguration
        return [binary.string] + (isDefault ? [] : ["-c", mainConfiguration.string]) + arguments
    }

    var main: FilePath { folder.appending("slipway.conf") }
    var generationFile: FilePath { folder.appending("generation.conf") }
    var sites: FilePath { folder.appending("sites") }
    /// A folder for each site with what people put there by hand.
    var own: FilePath { folder.appending("own") }
    var facts: FilePath { folder.appending("facts.json") }
    var journal: FilePath { folder.appending("journal.json") }
    var workers: FilePath { folder.appending("workers.json") }

    func siteFile(_ id: String) -> FilePath { sites.appending("\(id).conf") }

    /// The port that people see for a mapping's.
    func shown(_ port: Int) -> Int {
        switch port {
        case 80: httpPort
        case 443: httpsPort
        default: port
        }
    }

    /// A server name that no client asks for, the same for the same folder and different for two: under it the
    /// running nginx tells which generation of our files it has (FNV-1a of the folder's path).
    var generationName: String {
        let hash = folder.string.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "generation-\(String(hash, radix: 16)).slipway.invalid"
    }
}
