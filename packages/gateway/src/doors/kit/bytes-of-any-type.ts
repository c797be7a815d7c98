import type { App } from "./app.ts"

/** The content type of all bodies in a part of the server where they are read as bytes, whatever type their clients name. */
export const BYTES_TYPE = "application/octet-stream"

/** Makes bodies arrive as bytes, including those of invalid types or of none. */
export function readBytesOfAnyType(app: App): void {
  app.removeAllContentTypeParsers()
  // Registered by its name too: a type that only `*` matches is parsed again at each request.
  app.addContentTypeParser([BYTES_TYPE, "*"], { parseAs: "buffer" }, (_request, body, done) => done(null, body))
}
