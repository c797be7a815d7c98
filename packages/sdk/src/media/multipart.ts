import { chunksIn, withReader } from "../blob-chunks.ts"
import type { MediaFile } from "./examine.ts"

/** A form with one file in it. */
export interface Form {
  readonly body: Blob
  /** The part before the bytes of the file. */
  readonly headBytes: number
}

export interface FormParts {
  /** The form name of the file; `media` unless given. */
  readonly part?: string
  /** Fields before the file. Names and values are ours, and have no line breaks. */
  readonly fields?: Readonly<Record<string, string>>
}

/**
 * A form as browsers write it. It is not made with `FormData`: each HTTP client wants its own class, and Node's `https`
 * takes none. A blob of three pieces is read while it is sent and has a length everywhere.
 * @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 */
export function multipartOf(
  { blob, filename }: Pick<MediaFile, "blob" | "filename">,
  { part = "media", fields = {} }: FormParts = {},
): Form {
  const boundary = `----wecom-push-${crypto.randomUUID()}`
  const lines = [
    ...Object.entries(fields).flatMap(([name, value]) => [
      `--${boundary}`,
      `Content-Disposition: form-data; name="${name}"`,
      "",
      value,
    ]),
    `--${boundary}`,
    // Raw UTF-8, because not all versions of WeCom understand `filename*=`.
    `Content-Disposition: form-data; name="${part}"; filename="${filename.replaceAll("\\", String.raw`\\`).replaceAll('"', "%22")}"`,
    "Content-Type: application/octet-stream",
    "",
    "",
  ]
  const head = new TextEncoder().encode(lines.join("\r\n"))
  const tail = new TextEncoder().encode(`\r\n--${boundary}--\r\n`)
  const body = new Blob([head, blob, tail], { type: `multipart/form-data; boundary=${boundary}` })
  const read = async function* () {
    yield head
    yield* chunksIn(blob)
    yield tail
  }
  return { body: withReader(body, read), headBytes: head.byteLength }
}
