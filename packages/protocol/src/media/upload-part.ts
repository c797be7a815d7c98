/** A part of an uploaded form, as a form parser gives it. */
export interface UploadPart {
  readonly name: string | undefined
  readonly filename: string | undefined
}

/**
 * Which part of an upload is the file: of several parts the one with the highest rank, and of equals the first. WeCom
 * documents a part `media` with a file name, and two public clients send `file`. Others omit the file name, and put
 * texts beside the file; so a part of any name is the file when no other part looks more like one.
 * @see https://developer.work.weixin.qq.com/document/path/90253
 */
export function uploadPartRank({ name, filename }: UploadPart): number {
  if (filename !== undefined && filename !== "") return 3
  return name === "media" || name === "file" ? 2 : 1
}

/**
 * The name of an uploaded file for its receivers: the last part of a path, quotes unescaped as browsers escape them,
 * and U+FFFD for control characters. Quotes and backslashes of a name stay.
 * @returns undefined when no name is left
 */
export function uploadedFilename(sent: string | undefined): string | undefined {
  if (sent === undefined) return undefined
  // Browsers, curl and Python's requests escape this one character, and no other that a name may contain.
  const quoted = sent.replaceAll("%22", '"')
  const name = lastPart(quoted).replaceAll(/\p{Cc}/gu, "\uFFFD")
  return name === "" || name === "." || name === ".." ? undefined : name.toWellFormed()
}

/** A name may contain a backslash, except when it is clearly a Windows path. */
function lastPart(path: string): string {
  const afterSlash = path.slice(path.lastIndexOf("/") + 1)
  return WINDOWS_PATH.test(path) ? afterSlash.slice(afterSlash.lastIndexOf("\\") + 1) : afterSlash
}

const WINDOWS_PATH = /^(?:[a-z]:\\|\\\\)/i
