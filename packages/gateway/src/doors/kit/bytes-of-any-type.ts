import type { App } from "./app.ts"

/** The type that bodies get in a part of the server where they come as bytes, whatever their clients call them. */
export const BYTES_TYPE = "application/octet-stream"

/** Bodies come as bytes: of ill-formed types too, or of none. */
export function readBytesOfAnyType(app: App): void {
  app.removeAllContentTypeParsers()
  // By its name too: a type that only the `*` takes is taken apart anew with each request.
  app.addContentTypeParser([BYTES_TYPE, "*"], { parseAs: "buffer" }, (_request, body, done) => done(null, body))
}
