package import Core

/// What `setup` found out or was told about this machine; one row a key.
package struct HostSettings: Sendable, Equatable, Codable {
    /// Eight hex digits; two roots on one engine never meet because theirs differ.
    package var instance: String
    /// Nothing outside the root is touched, and nobody else is become.
    package var isSandbox: Bool
    package var engineSocket: String
    /// The engine's network of this instance, an IPv4 /20.
    package var subnet: String
    package var nginxConfiguration: String
    package var nginxPidFile: String
    /// Where host port 80 and 443 of every app are really answered.
    package var httpPort: Int
    package var httpsPort: Int
    package var sshPort: Int
    /// The address nginx listens on; nil is every one.
    package var bindAddress: String?
    /// As people reach this machine by ssh: `slipway@host`.
    package var sshAddress: String

    package init(
        instance: String,
        isSandbox: Bool,
        engineSocket: String,
        subnet: String,
        nginxConfiguration: String,
        nginxPidFile: String,
        httpPort: Int,
        httpsPort: Int,
        sshPort: Int,
        bindAddress: String?,
        sshAddress: String
    ) {
        self.instance = instance
        self.isSandbox = isSandbox
        self.engineSocket = engineSocket
        self.subnet = subnet
        self.nginxConfiguration = nginxConfiguration
        self.nginxPidFile = nginxPidFile
        self.httpPort = httpPort
        self.httpsPort = httpsPort
        self.sshPort = sshPort
        self.bindAddress = bindAddress
        self.sshAddress = sshAddress
    }

    /// The engine's network of this instance.
    package var network: String { "slipway-\(instance)" }

    /// The command a person types to give us `words`.
    package func command(_ words: String) -> String {
        sshPort == 22 ? "ssh \(sshAddress) \(words)" : "ssh -p \(sshPort) \(sshAddress) \(words)"
    }

    /// The address of an app's repository.
    package func remote(_ app: AppName) -> String {
        sshPort == 22 ? "\(sshAddress):\(app)" : "ssh://\(sshAddress):\(sshPort)/\(app)"
    }
}
