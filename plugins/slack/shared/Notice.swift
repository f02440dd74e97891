import SlipwayHooks

/// Says something in the channel of an app, or in that of all apps.
///
/// - Returns: What Slack answered; nil where no channel is set.
@discardableResult
func notice(_ text: String, of app: App? = nil) throws -> Reply? {
    guard let url = try app.flatMap({ try hook.properties["url", of: $0] }) ?? hook.properties["url"] else { return nil }
    let escaped = text.split(separator: "&", omittingEmptySubsequences: false).joined(separator: "&amp;")
        .split(separator: "<", omittingEmptySubsequences: false).joined(separator: "&lt;")
    let body = JSON.object(["text": .string(escaped)]).description
    let reply = try hook.post(url, body, keepsBody: false, within: .seconds(5))
    // The address is the password of the channel, so it is not among these words.
    if !reply.isSuccess { hook.warn("Slack took no notice: \(reply.status == 0 ? reply.problem : "\(reply.status)")") }
    return reply
}
