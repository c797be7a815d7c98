import type { CallItem } from "./call-item.ts"

/**
 * A command that makes the same call. The ledger masks tokens and secrets, so the command takes them from
 * `$ACCESS_TOKEN` and `$CORPSECRET`. Of an uploaded file only the name is known, so the command reads it from the
 * current folder.
 */
export function curlOf(call: CallItem, origin: string): string {
  const query = Object.entries(call.query).map(([name, value]) => `${encodeURIComponent(name)}=${valueOf(name, value)}`)
  const url = `"${origin}${inDoubleQuotes(call.path)}${query.length === 0 ? "" : `?${query.join("&")}`}"`
  const upload = uploadIn(call)
  if (upload !== undefined) return `curl ${url} -F ${inQuotes(`${upload.part}=@${upload.filename}`)}`
  if (call.body_base64 === "") return `curl ${url}`
  const text = textOf(call.body_base64)
  if (text === undefined) return `base64 -d <<< ${call.body_base64} | curl ${url} --data-binary @-`
  const type = typeof call.body === "object" ? " -H 'Content-Type: application/json'" : ""
  return `curl ${url}${type} --data-raw ${withSecrets(inQuotes(text))}`
}

const SECRETS: Readonly<Record<string, string>> = { access_token: "$ACCESS_TOKEN", corpsecret: "$CORPSECRET" }
const MASK = "***"

function valueOf(name: string, value: unknown): string {
  const secret = value === MASK ? SECRETS[name] : undefined
  return secret ?? encodeURIComponent(String(value))
}

// `$`, backquote and backslash have a meaning even between double quotes.
const inDoubleQuotes = (text: string): string => text.replaceAll(/["$`\\]/g, String.raw`\$&`)

const inQuotes = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** Closes the single quotes around each variable, because variables are not replaced between them. */
function withSecrets(quoted: string): string {
  return quoted.replaceAll(
    /((access_token|corpsecret)["=:\s]+)\*\*\*/g,
    (_, before: string, name: string) => `${before}'"${SECRETS[name] ?? ""}"'`,
  )
}

/** Undefined for bytes that no shell takes as an argument: NUL, or bytes that are not UTF-8. */
function textOf(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0)
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes("\0") ? undefined : text
  } catch {
    return undefined
  }
}

function uploadIn({ path, body }: CallItem): { readonly part: string; readonly filename: string } | undefined {
  if (!/\/media\/upload(?:img)?$/.test(path) || typeof body !== "object" || body === null) return undefined
  for (const [part, file] of Object.entries<unknown>({ ...body })) {
    if (typeof file === "object" && file !== null && "filename" in file && typeof file.filename === "string")
      return { part, filename: file.filename }
  }
  return undefined
}
