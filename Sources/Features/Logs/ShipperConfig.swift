import Core
import FoundationEssentials

/// What the shipper is told: which containers it reads and where their lines go.
struct ShipperConfig: Sendable, Equatable {
    struct Source: Sendable, Equatable {
        /// `docker`, `cron`, and the app where it is one's.
        var name: String
        /// `label=value`; a container has all of them.
        var labels: [String]
        var sink: LogSink
    }

    var sources: [Source] = []

    /// The same sources give the same text.
    var text: String {
        get throws {
            var (sources, sinks): ([String: ShipperValue], [String: ShipperValue]) = ([:], [:])
            for source in self.sources {
                let name = "docker-source:\(source.name)"
                sources[name] = .table([
                    "type": .text("docker_logs"), "include_labels": .list(source.labels.map { .text($0) }),
                ])
                var sink = ShipperValue.table([:])
                for option in source.sink.options { sink.set(option.path[...], ShipperValue(option: option.value)) }
                sink.set(["type"], .text(source.sink.type))
                sink.set(["inputs"], .list([.text(name)]))
                sinks["docker-sink:\(source.name)"] = sink
            }
            if sources.isEmpty {
                // A shipper without any source does not start.
                sources["none"] = .table(["type": .text("internal_metrics")])
                sinks["none"] = .table(["type": .text("blackhole"), "inputs": .list([.text("none")])])
            }
            let all: ShipperValue = .table([
                "sources": .table(sources), "sinks": .table(sinks), "data_dir": .text("/tmp"),
            ])
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            return String(decoding: try encoder.encode(all), as: UTF8.self) + "\n"
        }
    }
}
