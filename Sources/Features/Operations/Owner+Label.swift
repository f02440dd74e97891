import Scheduling

/// The process that a container is there for, in the container's labels: when it is dead, nobody needs the container.
extension Owner {
    static let label = "slipway.attendant"

    var labelText: String { "\(process) \(processStart) \(boot)" }

    fileprivate init?(labelText: String) {
        let words = labelText.split(separator: " ").map(String.init)
        guard words.count == 3, let process = Int32(words[0]) else { return nil }
        self.init(process: process, processStart: words[1], boot: words[2])
    }
}

extension ScheduledInstance {
    /// The process it is there for; nil when it is there for itself.
    var attendant: Owner? { labels[Owner.label].flatMap { Owner(labelText: $0) } }
}
