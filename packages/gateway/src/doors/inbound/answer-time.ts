/**
 * The time, in seconds since 1970, at which a message was accepted. It is read from the message's id, so that a repeat gets
 * the same answer.
 */
export function secondsOf(messageId: string): number {
  return Math.floor(millisecondsOf(messageId) / 1000)
}

/** Ids contain UUIDs of version 7, which begin with their time. */
export function millisecondsOf(messageId: string): number {
  return Number.parseInt(
    messageId
      .slice(messageId.indexOf("_") + 1)
      .replaceAll("-", "")
      .slice(0, 12),
    16,
  )
}
