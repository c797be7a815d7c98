// Messages of PostgreSQL's protocol, as sent: https://www.postgresql.org/docs/current/protocol-message-formats.html

/** Names of the settings in the first message of a client. */
export function startupOf(message: Buffer): readonly string[] {
  const [...parts] = message.subarray(8, message.readInt32BE(0)).toString("utf8").split("\0")
  return parts.filter((part, index) => index % 2 === 0 && part !== "")
}

/**
 * The messages that a server sends to a client after its login: it is let in, how texts are encoded, the server is
 * ready.
 */
export function greeting(): Buffer {
  return Buffer.concat([
    messageOf("R", int32(0)),
    messageOf("S", texts("client_encoding", "UTF8")),
    messageOf("S", texts("standard_conforming_strings", "on")),
    messageOf("S", texts("server_version", "18.0")),
    // No process of the server has this number.
    messageOf("K", Buffer.concat([int32(1), int32(1)])),
    messageOf("Z", Buffer.from("I")),
  ])
}

export function refusal(sentence: string): Buffer {
  return messageOf("E", texts("SFATAL", "C08P01", `M${sentence}`, ""))
}

/** Whether the server's "ready" message says that it is in a transaction. Undefined for any other message. */
export function isReady(message: Buffer): "idle" | "in transaction" | undefined {
  if (message[0] !== READY) return undefined
  return message[5] === IDLE ? "idle" : "in transaction"
}

const READY = 0x5a // Z
const IDLE = 0x49 // I

/** Cuts received bytes into whole messages. */
export function messageCutter(): (bytes: Buffer) => readonly Buffer[] {
  let rest = Buffer.alloc(0)
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    const whole: Buffer[] = []
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const length = rest.readInt32BE(1) + 1
      whole.push(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
    return whole
  }
}

function messageOf(type: string, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(content.length + 4), content])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function texts(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.map((part) => `${part}\0`).join(""))
}
