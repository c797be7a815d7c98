/** Texts of JSON never hold a raw control character, so this one keeps them apart (RFC 7464 uses it alike). */
const RECORD_SEPARATOR = "\u001E"

export function packParts(parts: readonly string[]): string {
  return parts.join(RECORD_SEPARATOR)
}

export function unpackParts(packed: string): string[] {
  return packed.split(RECORD_SEPARATOR)
}
