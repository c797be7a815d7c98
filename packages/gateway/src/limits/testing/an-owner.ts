let owners = 0

/** The id of a message that nobody else asks for. */
export function anOwner(): string {
  return `msg_${++owners}`
}
