/**
 * Decodes a header in the form of RFC 2047, `=?UTF-8?B?…?=` or `=?UTF-8?Q?…?=`, which programs use for text that is not
 * ASCII. A word that cannot be decoded stays as it is.
 * @see https://www.rfc-editor.org/rfc/rfc2047
 */
export function decodeWords(header: string): string {
  if (!header.includes("=?")) return header
  // White space between two words belongs to neither of them.
  const joined = header.replaceAll(/\?=\s+=\?/g, "?==?")
  return joined.replaceAll(WORD, (whole, charset: string, coding: string, text: string) => {
    try {
      const bytes = coding.toUpperCase() === "B" ? Buffer.from(text, "base64") : quotedBytes(text)
      return new TextDecoder(charset, { fatal: true }).decode(bytes)
    } catch {
      return whole
    }
  })
}

const WORD = /=\?([\w-]{1,40})(?:\*[\w-]{1,20})?\?([BbQq])\?([^?\s]*)\?=/g

function quotedBytes(text: string): Buffer {
  const latin1 = text
    .replaceAll("_", " ")
    .replaceAll(/=([\dA-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  return Buffer.from(latin1, "latin1")
}
