import type { MediaFile } from "./examine.ts"

/**
 * A form with one file in it, as browsers write it. By hand rather than by `FormData`, of which each HTTP client wants
 * its own and Node's `https` takes none: a blob of three pieces is read while it is sent and has a length everywhere.
 * @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 */
export function multipartOf({ blob, filename }: Pick<MediaFile, "blob" | "filename">): Blob {
  const boundary = `----wecom-push-${crypto.randomUUID()}`
  const head = [
    `--${boundary}`,
    // Raw UTF-8: `filename*=` is not understood by all versions of WeCom.
    `Content-Disposition: form-data; name="media"; filename="${filename.replaceAll('"', "%22")}"`,
    "Content-Type: application/octet-stream",
    "",
    "",
  ].join("\r\n")
  return new Blob([head, blob, `\r\n--${boundary}--\r\n`], { type: `multipart/form-data; boundary=${boundary}` })
}
