import Core
import FoundationEssentials
import Plugins
import Testing

@testable import Features

@Suite struct `A template of apps` {
    private func read(_ text: String) throws -> AppTemplate {
        try TemplateReader.read(Array(text.utf8), name: try TemplateName("blog"), plugin: "mine")
    }

    private static let least = """
        [template]
        description = "A blog"
        image = "blog:1"

        """

    private static let services = """
        [services.db]
        kind = "postgres"
        [services.cache]
        kind = "redis"

        """

    @Test func `has what it says and else nothing`() throws {
        let least = try read(Self.least)
        #expect(least.summary == "A blog" && least.image.text == "blog:1" && least.plugin == "mine")
        #expect(least.services.isEmpty && least.mounts.isEmpty && least.config.isEmpty && least.notes.isEmpty)
        #expect(least.ports.isEmpty && least.scale.isEmpty && least.properties.isEmpty && !least.needsDomain)
        let more = try read(
            """
            [template]
            description = "A blog"
            image = "blog"
            ports = ["http:80:3000"]
            notes = ["{{url}} of {{app}}", "{{db.service}}"]
            [services.db]
            kind = "postgres"
            image = "registry.example.com:5000/postgres"
            version = "16"
            memory = "256m"
            [services.cache]
            kind = "redis"
            [storage]
            "/data" = "data"
            [config]
            URL = "{{db.url}}?x={{app}}"
            HOME = "http://{{domain}}/"
            KEY = "{{random}}{{random}}"
            [scale]
            web = 2
            [properties.nginx]
            client-max-body-size = "64m"
            [properties.checks]
            wait-to-retire = "5"
            """
        )
        #expect(more.services.map(\.alias) == ["cache", "db"] && more.services[1].memory == 256 << 20)
        #expect(more.services[1].version == "16" && more.services[0].image == nil)
        #expect(more.mounts.map(\.text) == ["data:/data"] && more.ports.map(\.text) == ["http:80:3000"])
        #expect(more.scale == [.web: 2] && more.properties.map(\.noun).sorted() == ["checks", "nginx"])
        #expect(more.needsDomain)
        let key = try #require(more.config[try ConfigKey("KEY")])
        var count = 0
        let filled = key.filled { _ in
            count += 1
            return "\(count)"
        }
        #expect(filled == "12" && key.places == [.random, .random])
    }

    @Test func `of WordPress says what its image wants to know`() throws {
        let text = try TemplateStage.shipped("templates/wordpress.toml")
        let found = try TemplateReader.read(Array(text.utf8), name: try TemplateName("wordpress"), plugin: "template")
        #expect(found.image.text == "wordpress:6" && found.ports.map(\.text) == ["http:80:80"])
        #expect(found.services.map(\.kind.text) == ["mariadb"] && found.mounts.map(\.text) == ["html:/var/www/html"])
        let values = found.config.map { key, text in
            (
                key.text,
                text.filled { place in
                    if case .service(_, let part) = place { "<\(part)>" } else { "<\(place.text)>" }
                }
            )
        }
        let config = Dictionary(uniqueKeysWithValues: values)
        #expect(config["WORDPRESS_DB_HOST"] == "<host>:<port>" && config["WORDPRESS_DB_USER"] == "<user>")
        #expect(config["WORDPRESS_DB_PASSWORD"] == "<password>" && config["WORDPRESS_DB_NAME"] == "<database>")
        for name in ["AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE"] {
            #expect(config["WORDPRESS_\(name)_KEY"] == "<random><random>")
            #expect(config["WORDPRESS_\(name)_SALT"] == "<random><random>")
        }
        #expect(config.count == 12 && !found.needsDomain)
    }

    @Test(
        arguments: [
            ("[template]\n", "description is missing in [template]"), ("", "[template] is missing"),
            ("[template]\ndescription = \"x\"\n", "image is missing in [template]"),
            ("[template]\ndescription = \"x\"\nimage = \"a b\"\n", "is not the name of an image"),
            ("[template]\ndescription = 1\n", "is to be text"),
            ("[template]\ndescription = \"x\\ny\"\nimage = \"a\"\n", "no line of at most 200"),
            ("[template]\ndescription = \"x\"\nimage = \"a\"\nimages = \"b\"\n", "did you mean image?"),
            ("template = 1\n", "is to be a table"),
        ])
    func `without its heading is refused`(text: String, words: String) { refuse(text, words) }

    @Test(
        arguments: [
            ("[service.db]\nkind = \"redis\"\n", "\"service\" is not known in the file; did you mean services?"),
            ("[other]\nx = 1\n", "there are config, properties"),
            ("[services.db]\nkin = \"redis\"\n", "\"kin\" is not known in [services.db]; did you mean kind?"),
            ("[services.db]\nversion = \"1\"\n", "kind is missing in [services.db]"),
            ("[services.db]\nkind = \"Redis\"\n", "is not a kind of service"),
            ("[services.DB]\nkind = \"redis\"\n", "at most 20 of a-z and 0-9"),
            ("[services]\ndb = \"redis\"\n", "is to be a table"),
            ("[services.db]\nkind = \"redis\"\nimage = \"a:1\"\n", "without its version"),
            ("[services.db]\nkind = \"redis\"\nversion = \"1/2\"\n", "is not a version"),
            ("[services.db]\nkind = \"redis\"\nmemory = \"much\"\n", "is not an amount of memory"),
            ("[storage]\n\"data\" = \"data\"\n", "is not a folder"),
            ("[storage]\n\"/data\" = \"/etc\"\n", "is not the name of a volume"),
            ("[storage]\n\"/data\" = \"a:ro\"\n", "is not the name of a volume"),
            ("[storage]\n\"/data\" = 1\n", "is to be text"),
            ("[storage]\n\"/data\" = \"a\"\n\"/data/\" = \"b\"\n", "stands there twice"),
            ("[config]\n\"A B\" = \"x\"\n", "is not a configuration key"), ("[config]\nA = 1\n", "is to be text"),
            ("[config]\nA = \"{{app\"\n", "not closed"), ("[config]\nA = \"{{url}}\"\n", "there is no {{url}} here"),
            ("[config]\nA = \"{{ap}}\"\n", "did you mean {{app}}?"),
            ("[config]\nA = \"{{db.host}}\"\n", "there is no {{db.host}} here"),
            ("[scale]\nweb = \"2\"\n", "a number from 0"), ("[scale]\n\"a b\" = 2\n", "is not a process type"),
            ("[properties.ngin]\nx = \"y\"\n", "did you mean nginx?"),
            ("[properties.nginx]\nclient-max-body-sise = \"1m\"\n", "did you mean client-max-body-size?"),
            ("[properties.nginx]\nclient-max-body-size = \"much\"\n", "client-max-body-size: "),
            ("[properties.nginx]\nclient-max-body-size = 1\n", "is to be text"),
        ])
    func `with a mistake is refused, with its line`(more: String, words: String) { refuse(Self.least + more, words) }

    @Test(
        arguments: [
            ("ports = [\"tcp:80:80\"]", "cannot be mapped"), ("ports = [\"http:80\", \"http:80:1\"]", "mapped twice"),
            ("ports = \"http:80\"", "is to be a list"),
            ("notes = [\"{{db.password}}\"]", "there is no {{db.password}}"),
            ("notes = [\"{{random}}\"]", "there is no {{random}}"), ("notes = \"x\"", "is to be a list"),
            ("notes = [\"a\\u001bb\"]", "no line of at most"),
        ])
    func `maps ports and says words as they can be`(line: String, words: String) {
        refuse(Self.least + line + "\n" + Self.services, words)
    }

    @Test func `asks for parts of its services that there are`() throws {
        refuse(Self.least + Self.services + "[config]\nA = \"{{db.hots}}\"\n", "did you mean {{db.host}}?")
        refuse(Self.least + Self.services + "[config]\nA = \"{{dba.host}}\"\n", "did you mean {{db.host}}?")
        let found = try read(Self.least + Self.services + "[config]\nA = \"{{cache.url}}\"\n")
        #expect(found.config.values.first?.places == [.service("cache", .url)])
    }

    @Test func `names services after the app`() throws {
        let service = TemplateService(alias: "db", kind: try ServiceKindName("redis"))
        #expect(try service.name(for: try AppName("blog")).text == "blog-db")
        #expect(try service.name(for: try AppName("blog.example.com")).text == "blog-example-com-db")
        let long = try AppName(String(repeating: "a", count: 38))
        #expect(throws: Failure.self) { try service.name(for: long) }
        for bad in ["", "A", "-a", "a/b", "..", String(repeating: "a", count: 41)] {
            #expect(throws: Failure.self) { try TemplateName(bad) }
        }
    }

    private func refuse(_ text: String, _ words: String) {
        do {
            _ = try read(text)
            Issue.record("\(text) was read")
        } catch {
            let found = error as? TomlError
            #expect(found?.reason.contains(words) == true, "\(text): \(error)")
            #expect((found?.line ?? 0) > 0)
        }
    }
}
