import Testing

@testable import Proxying

@Suite struct `A template` {
    private func text(_ template: String, _ variables: [String: String] = [:]) throws -> String {
        try Template(template).rendered(variables).text
    }

    @Test(arguments: [
        ("plain { text }", "plain { text }"), ("{{ .A }}", "one"), ("{{.A}}-{{ $.A }}", "one-one"),
        ("[{{ .NONE }}]", "[]"),
        ("a {{- /* no */ -}} b", "ab"), ("a {{/* no */}} b", "a  b"), ("a\n  {{- \" x\" }}", "a x"),
        ("{{ .A -}}  \n b", "oneb"), ("{{ \"q\\\"\\n\" }}", "q\"\n"), ("{{ `a\\n` }}", "a\\n"),
        ("{{ 12 }}{{ -3 }}", "12-3"),
        ("{{ true }}", "true"), ("{{ $x := .A }}{{ $x }}{{ $x = \"two\" }}{{ $x }}", "onetwo"),
        ("{{ var \"A\" }}", "one"), ("{{ \"A\" | var }}", "one"),
    ])
    func `says what it holds`(template: String, expected: String) throws {
        #expect(try text(template, ["A": "one", "B": "2"]) == expected)
    }

    @Test(arguments: [
        ("{{ if .A }}y{{ else }}n{{ end }}", "y"), ("{{ if .NONE }}y{{ else }}n{{ end }}", "n"),
        ("{{ if .E }}y{{ else if .A }}z{{ else }}n{{ end }}", "z"),
        ("{{ if and .A (eq .B \"2\") }}y{{ end }}", "y"), ("{{ if (and (.A) (ne .A \"one\")) }}y{{ end }}", ""),
        ("{{ if or .NONE .B }}y{{ end }}", "y"), ("{{ if not .NONE }}y{{ end }}", "y"),
        ("{{ if and .NONE (index .NONE 3) }}y{{ end }}", ""), ("{{ if eq .A \"x\" \"one\" }}y{{ end }}", "y"),
        ("{{ if eq .NONE \"\" }}y{{ end }}", "y"), ("{{ if lt 2 10 }}y{{ end }}{{ if ge 2 2 }}z{{ end }}", "yz"),
        ("{{ if gt \"b\" \"a\" }}y{{ end }}{{ if le 3 2 }}z{{ end }}", "y"),
        ("{{ with .A }}{{ . }}{{ else }}n{{ end }}{{ with .E }}{{ . }}{{ else }}n{{ end }}", "onen"),
        ("{{ with $x := .A }}{{ $x }}{{ $.B }}{{ end }}", "one2"),
    ])
    func `chooses`(template: String, expected: String) throws {
        #expect(try text(template, ["A": "one", "B": "2", "E": ""]) == expected)
    }

    @Test(arguments: [
        ("{{ range $x := .L | split \" \" }}<{{ $x }}>{{ end }}", "<a:1><b:2>"),
        ("{{ range $i, $x := split \" \" .L }}{{ $i }}={{ $x }};{{ end }}", "0=a:1;1=b:2;"),
        ("{{ range .L | split \" \" }}{{ $p := . | split \":\" }}{{ index $p 0 }}{{ end }}", "ab"),
        ("{{ range .NONE }}x{{ else }}none{{ end }}", "none"),
        ("{{ range $x := .E | split \" \" }}[{{ $x }}]{{ end }}", "[]"),
        ("{{ range seq 3 }}{{ if eq . \"1\" }}{{ continue }}{{ end }}{{ . }}{{ end }}", "02"),
        ("{{ range seq 3 }}{{ if eq . \"1\" }}{{ break }}{{ end }}{{ . }}{{ end }}", "0"),
        ("{{ $n := \"\" }}{{ range seq 2 }}{{ $n = . }}{{ end }}{{ $n }}", "1"),
        ("{{ range $k, $v := .L | split \" \" | splitkv \":\" }}{{ $k }}{{ $v }},{{ end }}", "a1,b2,"),
    ])
    func `goes through lists`(template: String, expected: String) throws {
        #expect(try text(template, ["L": "a:1 b:2", "E": ""]) == expected)
    }

    @Test(arguments: [
        ("{{ \"a b\" | split \" \" | join \"+\" }}", "a+b"), ("{{ \"a.b\" | replace \".\" \"-\" }}", "a-b"),
        ("{{ \" a \" | trim }}", "a"), ("{{ .NONE | default \"80\" }}{{ \"8\" | default \"80\" }}", "808"),
        ("{{ if \"shop\" | contains \"ho\" }}y{{ end }}", "y"), ("{{ \"ab\" | upper }}{{ lower \"AB\" }}", "ABab"),
        ("{{ len \"abc\" }}", "3"), ("{{ printf \"%s:%d%%\" \"a\" 5 }}", "a:5%"),
        ("{{ printf \"%4s|%-3v|\" \"a\" 1 }}", "   a|1  |"),
        ("{{ print \"a\" 1 }}", "a1"), ("{{ (split \" \" \"a b\") }}", "[a b]"), ("{{ \"a\" | capitalize }}", "A"),
        ("{{ \"a a b\" | split \" \" | uniq | join \",\" }}", "a,b"), ("{{ \"x\\ny\" | indent \"  \" }}", "  x\n  y"),
        ("{{ if hasPrefix \"sh\" \"shop\" }}y{{ end }}", "y"), ("{{ base64enc \"a\" }}", "YQ=="),
    ])
    func `calls functions`(template: String, expected: String) throws { #expect(try text(template) == expected) }

    @Test(arguments: [
        ("a\n{{ if .A }}", 2, "no {{end}}"), ("{{ end }}", 1, "closes nothing"), ("{{ else }}", 1, "closes nothing"),
        ("\n\n{{ .A ", 3, "not closed"), ("{{ \"a }}", 1, "not closed"), ("{{/* a", 1, "not closed"),
        ("{{ $x }}", 1, "not known"),
        ("{{ $x = 1 }}", 1, "before it is declared"), ("{{ nosuch 1 }}", 1, "no function"),
        ("{{ sh \"id\" }}", 1, "outside the template"),
        ("{{ .A 1 }}", 1, "only a function"), ("{{ 1 | .A }}", 1, "behind |"), ("{{ }}", 1, "missing"),
        ("{{ (1 }}", 1, "bracket"),
        ("{{ eq 1 \"1\" }}", 1, "compared"), ("{{ index (split \" \" \"a\") 1 }}", 1, "outside a list"),
        ("{{ break }}", 1, "outside a range"),
        ("{{ range \"abc\" }}{{ end }}", 1, "goes through lists"),
        ("{{ range seq 2 }}\n{{ .A }}{{ end }}", 2, "inside range"),
        ("{{ define \"x\" }}{{ end }}", 1, "not part"), ("{{ split \" \" }}", 1, "it takes 2"),
        ("{{ printf \"%s\" }}", 1, "too few"),
        ("{{ if .A }}{{ else foo }}{{ end }}", 1, "not known"), ("{{ 99999999999999999999 }}", 1, "whole number"),
        ("{{ a - }}", 1, ""),
    ])
    func `that is wrong names the line`(template: String, line: Int, reason: String) throws {
        #expect {
            _ = try Template(template).rendered(["A": "x"])
        } throws: { error in
            guard let error = error as? TemplateError else { return false }
            return error.line == line && (reason.isEmpty || error.reason.contains(reason))
        }
    }

    @Test func `that would not end is stopped`() throws {
        let nested = "{{ range seq 10000 }}{{ range seq 10000 }}{{ end }}{{ end }}"
        #expect(throws: TemplateError.self) { try Template(nested).rendered([:]) }
        let long = "{{ range seq 10000 }}" + String(repeating: "x", count: 1000) + "{{ end }}"
        #expect(throws: TemplateError.self) { try Template(long).rendered([:]) }
        let deep = String(repeating: "{{ if .A }}", count: 60) + String(repeating: "{{ end }}", count: 60)
        #expect(throws: TemplateError.self) { try Template(deep).rendered([:]) }
    }

    @Test func `knows from which of its lines each line of the text is`() throws {
        let template = "one\n{{ range seq 2 }}\ntwo {{ . }};\n{{ end -}}\n\nlast"
        let outcome = try Template(template).rendered([:])
        #expect(outcome.text == "one\n\ntwo 0;\n\ntwo 1;\nlast")
        #expect(outcome.lines == [1, 2, 3, 2, 3, 6] || outcome.lines == [1, 2, 3, 4, 3, 6], "\(outcome.lines)")
        #expect(outcome.lines.count == outcome.text.split(separator: "\n", omittingEmptySubsequences: false).count)
    }
}
