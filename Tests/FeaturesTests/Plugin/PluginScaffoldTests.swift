import Core
import Files
import Programs
import Support
import SystemPackage
import Testing

@testable import Features
@testable import Plugins

@Suite(.timeLimit(.minutes(5))) struct PluginScaffoldTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `a plugin in sh works as it is`() async throws {
        let plugin = try write("notify", isSwift: false)
        let hooks = SwiftHooks(library: "/nowhere", cache: folder.path, programs: .live, compiler: "/nowhere")
        let outcome = try await hooks.test(plugin, in: folder.path.appending("stage"))
        #expect(outcome?.text == "notify: all is well\n", "\(outcome?.errorText ?? "")")
        #expect(plugin.startsEnabled && plugin.config == ["GREETING": "hello"])
        #expect(try plugin.verbs() == ["greet"])
    }

    @Test(.enabled(if: SwiftCompiler.find(named: nil, in: SwiftCompiler.usualPlaces) != nil, "no Swift compiler here"))
    func `a plugin in Swift works as it is`() async throws {
        let plugin = try write("notify", isSwift: true)
        let house = #filePath.split(separator: "/").dropLast(4).reduce(FilePath("/")) { $0.appending(String($1)) }
        let library = folder.path.appending("SlipwayHooks")
        for file in try listFolder(house.appending("Sources/SlipwayHooks")) {
            let bytes = try readFile(house.appending("Sources/SlipwayHooks/\(file)")) ?? []
            try writeFile(library.appending(file), bytes)
        }
        let hooks = SwiftHooks(library: library, cache: folder.path.appending("cache/hooks"), programs: .live)
        let outcome = try await hooks.test(plugin, in: folder.path.appending("stage"))
        #expect(outcome?.text == "notify: all is well\n", "\(outcome?.errorText ?? "")")
    }

    private func write(_ name: String, isSwift: Bool) throws -> Plugin {
        let place = folder.path.appending("plugins/\(name)")
        for file in PluginScaffold.files(named: name, isSwift: isSwift) {
            try writeFile(place.appending(file.path), Array(file.text.utf8), mode: file.mode)
        }
        return try #require(try Plugin(in: place))
    }
}
