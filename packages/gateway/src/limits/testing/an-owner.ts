let owners = 0

/** A message id that is unique in this process. */
export function anOwner(): string {
  return `msg_${++owners}`
}
