import Core
import Testing

struct AddressLoginTests {
    @Test func `a login is taken out of an address, and sent to that site alone`() throws {
        let login = try #require(AddressLogin("https://ana:p%40ss%3a@git.example.com:8443/a/b@c.git"))
        #expect(login.address == "https://git.example.com:8443/a/b@c.git")
        #expect(login.user == "ana" && login.password == "p@ss:")
        // RFC 7617 section 2.
        #expect(
            login.gitSetting == ("http.https://git.example.com:8443/.extraHeader", "Authorization: Basic YW5hOnBAc3M6")
        )
        #expect(login.curlOptions == "user = \"ana:p@ss:\"\n")
    }

    @Test func `a token alone is a name without a password`() throws {
        let login = try #require(AddressLogin("https://t0\"\\ken@example.com/x"))
        #expect(login.address == "https://example.com/x" && login.password.isEmpty)
        #expect(login.curlOptions == "user = \"t0\\\"\\\\ken:\"\n")
    }

    @Test(arguments: ["https://example.com/a@b", "ssh://git@example.com/x", "git@example.com:x", "/a@b", ""])
    func `other addresses hold none`(_ text: String) { #expect(AddressLogin(text) == nil) }

    @Test func `bytes that are written as hex digits`() {
        #expect("a%2Fb%c3%a4".withoutPercentEncoding == "a/bä")
        for wrong in ["%", "%4", "%zz", "%+1", "%ff"] { #expect(wrong.withoutPercentEncoding == nil) }
    }
}
