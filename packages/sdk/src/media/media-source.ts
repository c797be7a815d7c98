/** The bytes of a file. A stream is read once, and kept in a temporary file if it is long. */
export type MediaContent = Uint8Array | Blob | AsyncIterable<Uint8Array>

/** A file that WeCom does not have yet. Receivers see its `filename`; a path or a `File` already has one. */
export type MediaSource =
  | MediaContent
  | { readonly path: string; readonly filename?: string }
  | { readonly content: MediaContent; readonly filename?: string }

/**
 * `T` with a file allowed in place of each `media_id` and `thumb_media_id`: `send` uploads it and puts the id there.
 * WeCom's own types stay as they are, so every `T` is a `WithFiles<T>`.
 */
export type WithFiles<T> = T extends readonly (infer Item)[]
  ? readonly WithFiles<Item>[]
  : T extends object
    ? { [K in keyof T]: K extends "media_id" | "thumb_media_id" ? T[K] | MediaSource : WithFiles<T[K]> }
    : T

/** Whether a value is a file, and not an id or anything else. */
export function isMediaSource(value: unknown): value is MediaSource {
  if (isMediaContent(value)) return true
  if (typeof value !== "object" || value === null) return false
  if ("path" in value) return typeof value.path === "string"
  return "content" in value && isMediaContent(value.content)
}

export function isMediaContent(value: unknown): value is MediaContent {
  if (value instanceof Uint8Array || value instanceof Blob) return true
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value
}
