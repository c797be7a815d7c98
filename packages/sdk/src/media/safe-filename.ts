/**
 * Makes a name under which a file can be saved in a folder of any system, from a name chosen by a stranger: no path, no
 * character that a system forbids or a terminal executes, no name of a Windows device, at most 255 bytes.
 * @returns undefined when nothing is left
 */
export function safeFilename(name: string): string | undefined {
  const base = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1)
  // Cc and Cf: control characters, and characters that change the direction of the text after them.
  const signs = base.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}<>:"|?*]/gu, "_")
  // Windows drops blanks and dots at the end, so that two names would become one.
  const trimmed = withoutEnd(signs.trimStart())
  const named = DEVICE.test(trimmed) ? `_${trimmed}` : trimmed
  return named === "" ? undefined : shortened(named)
}

function withoutEnd(name: string): string {
  let end = name.length
  while (end > 0 && ". ".includes(name.charAt(end - 1))) end--
  return name.slice(0, end)
}

const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/** The name, cut before its extension. */
function shortened(name: string): string {
  const dot = name.lastIndexOf(".")
  const extension = dot > 0 && name.length - dot <= MAX_EXTENSION_LENGTH ? name.slice(dot) : ""
  let stem = ""
  let bytes = bytesOf(extension)
  for (const sign of name.slice(0, name.length - extension.length)) {
    bytes += bytesOf(sign)
    if (bytes > MAX_BYTES) break
    stem += sign
  }
  return stem + extension
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}

const MAX_BYTES = 255
const MAX_EXTENSION_LENGTH = 20
